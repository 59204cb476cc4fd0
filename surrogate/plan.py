"""The plan: what was chosen for a campaign, as one validated TOML file.

Identity keys (simulator, knobs, space, outcome, goal, seed, design) say what a campaign learns and
never change in its life; the others say how it runs and may. `Plan.load` reads and checks a file
by itself; `check_against` checks it against the simulator it names. Every complaint is a
`PlanError` that names the file, the key, what was expected, what came and what to do.
"""

import hashlib
import json
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, ValidationError, field_validator

from surrogate.complaint import complaints
from surrogate.designs import DesignEntry, read_version
from surrogate.enough import StopSection
from surrogate.errors import PlanError, unreadable
from surrogate.expression import Expression
from surrogate.gate_section import GateSection
from surrogate.goal import Goal
from surrogate.oracle import Simulator, SimulatorSource, imported
from surrogate.outcome import Number, Outcome
from surrogate.pool import Domain, Pool
from surrogate.sections import (
    BudgetSection,
    GoalSection,
    ParentSection,
    RecipeEntry,
    RecipeSection,
    Section,
    SimulatorSection,
    SpaceEntry,
    TellSection,
    WorkersSection,
    fingerprints,
    narrowed,
)
from surrogate.space import Parameter, Point, Scalar, Space

Text = Annotated[str, Field(min_length=1)]
_POOL = "items of the pool"  # how their print stands among those of files

Seed = Annotated[int, Field(ge=0, lt=2**63)]


class Plan(Section):
    """One campaign's plan. Frozen; made by `load`, or from keywords like any pydantic model."""

    name: Text = Field(examples=["penalty-box"])
    """The campaign's name in its store."""
    seed: Seed = Field(default=0, examples=[1])
    """Decides everything that chance decides."""
    design: DesignEntry = Field(default="", examples=["v1"])
    """The version of the design that is simulated: a word of your own, or where it is read."""
    parent: ParentSection | None = None
    """The campaign before this one; absent: none, or that of `surrogate run --from`."""
    store: str | None = Field(default=None, examples=["penalty_box.db"])
    """Where records are kept, relative to the plan; absent: <plan>.db beside it."""
    surrogate: RecipeEntry = Field(default="gp", examples=["gp"])
    """The recipe of the surrogate: its name, or a table with `use` and `parameters`."""
    rule: str | None = Field(default=None, examples=["eavc"])
    """What a query is worth; absent: the goal's own. "sobol", "latin" and "uniform" are
    baselines."""
    outcome: str | None = Field(default=None, examples=["goal"])
    """The question among the simulator's outcomes; absent: its first."""
    helps: list[Text] = Field(default_factory=list, examples=[["margin"]])
    """Other outcomes, numbers, that each run gives beside a yes or no and that may foretell it.
    With surrogate "gp-patches", one, such as a signed margin: it tells where small defects lie."""
    heuristic: Text | None = Field(default=None, examples=["1 / hypot(x, y)"])
    """A guess of the response: a formula over the parameters, module:attribute, a function of a
    point, or map.npz, a portable map. It need be neither right nor on the response's scale; a
    chance, 0..1, of a yes or no may be taken at its word."""
    tune: list[Text] = Field(default_factory=list, examples=[["keeper depth"]])
    """Parameters that a designer sets; `surrogate tune` says how to change them."""
    mirror: list[Text] = Field(default_factory=list, examples=[["y"]])
    """Parameters in which the response is its own mirror image about the middle of the range: each
    run then teaches both sides."""
    monotone: dict[str, Literal["rising", "falling"]] = Field(
        default_factory=dict, examples=[{"x": "rising", "y": "falling"}]
    )
    """Parameters with which the response rises, or falls, all over the space; of a yes or no, its
    chance. The map keeps to that unless the runs speak clearly against it."""
    constraints: list[Text] = Field(default_factory=list, examples=[["x + y < 10"]])
    """Formulas that must be true of a point."""
    simulator: SimulatorSection
    """What is simulated, by its module or by a table that declares it."""
    space: dict[str, SpaceEntry] | None = Field(
        default=None, examples=[{"x": {"low": 0, "high": 1}}]
    )
    """A range leaves free, a value holds; not named is held at its default. Absent: all free."""
    goal: GoalSection
    """What the campaign is to find out."""
    budget: BudgetSection
    """How much it may spend."""
    stop: StopSection | None = Field(default=None, examples=[{"wrong": 0.01}])
    """When enough was learned, before the budget is spent."""
    workers: WorkersSection = Field(default=WorkersSection())
    """Where and how runs are done."""
    gate: GateSection | None = Field(default=None, examples=[{"overall": {"within": 0.02}}])
    """What `surrogate compare --gate` holds this campaign to, beside the one before."""
    tell: TellSection | None = None
    """Where what a scheduled re-run found is told; absent: nowhere."""

    _path: Path | None = PrivateAttr(None)
    _label: str = PrivateAttr("(no file)")

    @field_validator("constraints")
    @classmethod
    def _formulas_can_be_read(cls, formulas: list[str]) -> list[str]:
        for text in formulas:
            try:
                Expression(text)
            except PlanError as problem:
                raise ValueError(str(problem)) from problem
        return formulas

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Plan":
        """The plan in a TOML file; raises `PlanError` with everything that is wrong with it."""
        place = Path(path)
        plan = cls.from_mapping(_toml(place), path=place)
        if files := fingerprints(plan.simulator.declare, plan.folder):
            simulator = plan.simulator.model_copy(update={"files": files})
            plan = plan.model_copy(update={"simulator": simulator})
        return plan

    @classmethod
    def from_mapping(
        cls, keys: Mapping[str, Any], label: str = "", *, path: str | os.PathLike[str] | None = None
    ) -> "Plan":
        """The plan of already parsed keys, as if they stood in a file at `path`.

        `label` names them in a `PlanError`; absent, the file's name does.
        """
        label = label or (Path(path).name if path else "(no file)")
        try:
            plan = cls.model_validate(dict(keys))
        except ValidationError as problem:
            lines = complaints(problem, cls)
            raise PlanError("\n".join(f"plan {label}: {line}" for line in lines)) from problem
        plan._path = Path(path).resolve() if path else None
        plan._label = label
        version = read_version(plan.design, plan.folder)
        return plan if version == plan.design else plan.model_copy(update={"design": version})

    @property
    def version(self) -> str:
        """The design's version, as it was read when the plan was loaded."""
        return read_version(self.design, self.folder)

    @property
    def path(self) -> Path | None:
        """The file it was loaded from, absolute; None for a plan made from keywords."""
        return self._path

    @property
    def folder(self) -> Path:
        """Where relative paths start: the plan's folder, or the working directory."""
        return self._path.parent if self._path else Path.cwd()

    @property
    def store_path(self) -> str:
        """Path or URL of the store; by default the plan's name with .db beside it."""
        if self.store is not None:
            return self.store if "://" in self.store else str(self.folder / self.store)
        return str(self.folder / f"{self.stem}.db")

    @property
    def stem(self) -> str:
        """What files that belong to this plan are named after."""
        return self._path.stem if self._path else self.name

    def source(self) -> SimulatorSource:
        """Where processes get the simulator; modules beside the plan are found first."""
        use = self.simulator
        paths = (str(self.folder),)
        return SimulatorSource(use.use, use.knobs, use.settings, paths, declare=use.declare)

    def guess(self, heuristic: str) -> Expression | Callable[[Point], float]:
        """The heuristic as a formula or a function; raises `PlanError` and `SimulatorError`."""
        if not re.fullmatch(r"[\w.]+:\w+", heuristic):
            return Expression(heuristic)
        found: Callable[[Point], float] = imported(heuristic, (str(self.folder),), "heuristic")
        return found

    def recipe_section(self) -> RecipeSection:
        """The surrogate's recipe, also where it is a name alone."""
        given = self.surrogate
        return given if isinstance(given, RecipeSection) else RecipeSection(use=given)

    def identity_keys(self) -> dict[str, Any]:
        """The keys that never change in a campaign's life, flat and JSON-able, numbers as floats.

        A number is the same however it is written: 1 and 1.0 are one identity.
        """
        chosen = {
            "seed": self.seed,
            "design": self.version,
            "outcome": self.outcome,
            "constraints": list(self.constraints),
            "simulator.use": self.simulator.use,
            "simulator.knobs": self.simulator.knobs,
            "goal.kind": self.goal.kind,
            "goal.level": self.goal.level,
            "space": self.model_dump(mode="json", exclude_none=True).get("space"),
        }
        chosen |= self.goal.optimum_keys
        if self.simulator.declare:
            chosen["simulator.declare"] = self.simulator.declare
        for name, text in self.simulator.files.items():
            chosen[name if name == _POOL else f"file {name}"] = text
        return {key: _canonical(value) for key, value in chosen.items()}

    def identity(self) -> str:
        """A hash of the identity keys: 32 hexadecimal digits."""
        text = json.dumps(self.identity_keys(), sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def changed_identity(self, stored: "Plan") -> tuple[str, ...]:
        """Which identity keys differ from an earlier plan, one sentence each."""
        before, now = stored.identity_keys(), self.identity_keys()
        return tuple(
            f"{key} was {before.get(key)!r} and is now {now.get(key)!r}"
            for key in {**before, **now}
            if now.get(key) != before.get(key)
        )

    def with_pool(self, domain: Domain) -> "Plan":
        """This plan with what the simulator's pool holds as a part of its identity."""
        if not isinstance(domain, Pool):
            return self
        files = {**self.simulator.files, _POOL: domain.digest}
        return self.model_copy(
            update={"simulator": self.simulator.model_copy(update={"files": files})}
        )

    def is_on(self, pool: Pool) -> bool:
        """Whether it is the pool that a campaign of this plan began with."""
        return self.simulator.files.get(_POOL) == pool.digest

    def expect_same_pool(self, domain: Domain) -> None:
        """Raise `PlanError` for another pool than that with which a campaign began."""
        if isinstance(domain, Pool) and not self.is_on(domain):
            raise PlanError(
                f"campaign '{self.name}': its pool is not the one that it began with (there are "
                f"{len(domain)} items now); put the old one back"
            )

    def to_json(self) -> dict[str, Any]:
        """What a store keeps: the given keys, JSON-able; `from_mapping` reads it back."""
        return self.model_dump(mode="json", exclude_unset=True)

    @classmethod
    def schema_json(cls) -> dict[str, Any]:  # type: ignore[override]
        """The JSON Schema of a plan, for editors and for people."""
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **cls.model_json_schema(),
        }

    def space_changes(self, space: Space) -> dict[str, Parameter | Scalar]:
        """What `Space.restricted` takes, in the kinds that the simulator's space has.

        Raises `SpaceError` for an entry that does not go with the parameter's kind.
        """
        if self.space is None:
            return dict(space.parameters)
        return {name: narrowed(name, entry, space) for name, entry in self.space.items()}

    def check_against(self, simulator: Simulator) -> tuple[Domain, Outcome]:
        """The campaign's space and question; raises `PlanError` where plan and simulator differ."""
        try:
            outcome = self._question(simulator)
            space = self._domain(simulator.space)
            check_level(self.goal.value(), outcome)
            self._check_helps(simulator, outcome)
            self._check_limits(simulator, outcome)
            if self.stop is not None:
                self.stop.check(self.goal.value(), space, self.budget.audit_runs)
        except PlanError as problem:
            raise type(problem)(f"plan {self._label}: {problem}") from problem
        return space, outcome

    def _domain(self, domain: Domain) -> Domain:
        """The part of the simulator's space that the plan asks about, or all of its pool."""
        if isinstance(domain, Space):
            space = domain.restricted(self.space_changes(domain))
            formulas = tuple(Expression(text) for text in self.constraints)
            return replace(space, constraints=space.constraints + formulas)
        for key in ("space", "constraints"):
            if getattr(self, key):
                raise PlanError(
                    f"key '{key}': the simulator has a pool of {len(domain)} items and no "
                    "parameters; leave the key out, and leave items out of the pool's file"
                )
        return domain

    def _check_helps(self, simulator: Simulator, question: Outcome) -> None:
        graded = [o.name for o in simulator.outcomes if isinstance(o, Number)]
        if self.helps and isinstance(question, Number):
            raise PlanError(
                f"key 'helps': a yes or no can be helped, outcome '{question.name}' is a number; "
                "leave the key out"
            )
        for name in self.helps:
            if name not in graded:
                raise PlanError(
                    f"key 'helps': simulator '{simulator.name}' has no number '{name}'; "
                    f"it has {', '.join(graded) or 'none'}"
                )

    def _check_limits(self, simulator: Simulator, question: Outcome) -> None:
        numbers = [o.name for o in simulator.outcomes if isinstance(o, Number) and o != question]
        for name in self.goal.limits:
            if name not in numbers:
                raise PlanError(
                    f"key 'goal.limits.{name}': a number beside the question was expected; "
                    f"simulator '{simulator.name}' has {', '.join(numbers) or 'none'}"
                )

    def _question(self, simulator: Simulator) -> Outcome:
        declared = {outcome.name: outcome for outcome in simulator.outcomes}
        name = self.outcome or next(iter(declared))
        if name not in declared:
            raise PlanError(
                f"key 'outcome': simulator '{simulator.name}' has no outcome '{name}'; "
                f"it has {', '.join(declared)}"
            )
        return declared[name]


def check_level(goal: Goal, outcome: Outcome, said: str = "key 'goal.level'") -> None:
    """Raise `PlanError` when the goal's level is none that the outcome can have.

    `said` names where the level stands.
    """
    level = goal.level
    if level is None:
        return
    if not isinstance(outcome, Number):
        if not 0 < level < 1:
            raise PlanError(
                f"{said}: a probability above 0 and below 1 was expected for outcome "
                f"'{outcome.name}', {level:g} came; 0.5 is a usual one"
            )
    elif not outcome.low < level < outcome.high:
        raise PlanError(
            f"{said}: outcome '{outcome.name}' lies in {outcome.low:g}.."
            f"{outcome.high:g}, {level:g} came; choose a level inside"
        )


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as problem:
        raise PlanError(f"there is no plan at {path}; check the path") from problem
    except (OSError, UnicodeDecodeError) as problem:
        said = unreadable(f"plan {path}", problem)
        raise PlanError(f"{said}; a text file in UTF-8 was expected") from problem
    except tomllib.TOMLDecodeError as problem:
        raise PlanError(f"plan {path.name} is not TOML: {problem}; mend that line") from problem


def _canonical(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _canonical(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
