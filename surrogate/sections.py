"""The tables of a plan, and what an entry of [space] makes of a simulator's parameter.

`plan` joins them to a whole; here each table checks itself.
"""

import hashlib
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from surrogate.errors import SpaceError
from surrogate.goal import Goal, GoalKind, Limit
from surrogate.oracle import Ration
from surrogate.pool import Domain, Pool
from surrogate.space import Categorical, Integer, Normal, Parameter, Scalar, Space

_LONGEST_NAME = 255  # bytes; a longer text is no file's name
_AUDIT_FROM = 100  # runs: a smaller budget has none to spare for the yardstick
_POOL_START = 4  # items: a rule learns from the fifth on, once both answers were seen
_MOST_SENTINELS = 40  # a change of a tenth of the space is missed by so many once in 67 times
_AUDIT_LEAST = 20  # audit runs below which their own error hides any quality


class Section(BaseModel):
    """What every table of a plan has in common: no unknown key, no guessed type, no NaN."""

    model_config = ConfigDict(
        defer_build=True,
        extra="forbid",
        strict=True,
        frozen=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )


class SimulatorSection(Section):
    """Which simulator is asked, on which design, run in which way."""

    use: str = Field(pattern=r"^[\w.]+:\w+$", examples=["my_module:my_simulator"])
    """Where it is imported from, as module:attribute; the plan's folder is searched first."""
    knobs: dict[str, Any] = Field(default_factory=dict, examples=[{"level": "professional"}])
    """Design decisions that differ from the simulator's own."""
    settings: dict[str, Any] = Field(default_factory=dict, examples=[{"pace": "unlimited"}])
    """How it runs; changes no outcome."""
    declare: dict[str, Any] = Field(default_factory=dict, examples=[{"command": ["./solver"]}])
    """What an adapter makes a simulator of: a program and how to talk to it, say."""
    files: dict[str, str] = Field(default_factory=dict, examples=[{"deck.template": "5d41402a"}])
    """What the files that `declare` names held, in short; filled in when a plan is loaded."""


class RecipeSection(Section):
    """How the surrogate is made, where a name does not say it all."""

    use: str = Field(min_length=1, examples=["sklearn.ensemble:RandomForestClassifier"])
    """A recipe's name, or any scikit-learn estimator as module:Class."""
    parameters: dict[str, Any] = Field(default_factory=dict, examples=[{"n_estimators": 200}])
    """What the estimator is made with; one that is an object is a table with its class as `is`."""


def _recipe_kind(entry: object) -> str:
    """Which of the forms of `surrogate` this is."""
    return "(table)" if isinstance(entry, Mapping | RecipeSection) else "(name)"


RecipeEntry = Annotated[
    Annotated[RecipeSection, Tag("(table)")] | Annotated[str, Field(min_length=1), Tag("(name)")],
    Discriminator(_recipe_kind),
]


def fingerprints(declare: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """A short hash of each file in `folder` that a declaration names: templates, copies, an FMU.

    The program itself is left out: its code may be mended without another question being asked.
    """
    data = [value for key, value in declare.items() if key != "command"]
    named = sorted({text for text in _texts(data) if not Path(text).is_absolute()})
    found = [(text, folder / text) for text in named if len(text.encode()) <= _LONGEST_NAME]
    return {text: _fingerprint(path) for text, path in found if path.is_file()}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def _fingerprint(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=8)).hexdigest()


class Range(Section):
    """A free parameter: a part of the simulator's range, all of it where an end is missing."""

    low: float | None = Field(default=None, examples=[0.0])
    """Lower end, in the parameter's own unit."""
    high: float | None = Field(default=None, examples=[1.0])
    """Upper end, in the parameter's own unit."""
    scale: Literal["linear", "log"] | None = Field(default=None, examples=["linear"])
    """Other than the simulator's own scale."""
    mean: float | None = Field(default=None, examples=[0.5])
    """With `sd`: the normal distribution that shares of the space refer to."""
    sd: float | None = Field(default=None, gt=0, examples=[0.1])
    """Its standard deviation."""

    @model_validator(mode="after")
    def _is_well_formed(self) -> Self:
        if self.low is not None and self.high is not None and not self.low < self.high:
            raise ValueError(
                f"low {self.low:g} is not below high {self.high:g}; the smaller number is low"
            )
        if (self.mean is None) != (self.sd is None):
            raise ValueError("mean and sd go together; give both, or neither for uniform")
        return self


def _kind(entry: object) -> str:
    """Which of the forms of a [space] entry this is."""
    if isinstance(entry, Mapping | Range):
        return "range"
    if isinstance(entry, list | tuple):
        return "choices"
    return "text" if isinstance(entry, str) else "number"


SpaceEntry = Annotated[
    Annotated[Range, Tag("range")]
    | Annotated[list[str], Tag("choices")]
    | Annotated[str, Tag("text")]
    | Annotated[float, Tag("number")],
    Discriminator(_kind),
]


class LimitSection(Section):
    """What another outcome must be where the optimum is sought."""

    low: float | None = Field(default=None, examples=[0.0])
    """At least this, in the outcome's own unit."""
    high: float | None = Field(default=None, examples=[250.0])
    """At most this."""


class GoalSection(Section):
    """The question."""

    kind: Literal["map", "boundary", "optimum"] = Field(examples=["boundary"])
    """Know the response everywhere, where it crosses the level, or where it is best."""
    level: float | None = Field(default=None, examples=[0.5])
    """In the outcome's own unit; a probability for yes-or-no outcomes."""
    best: Literal["highest", "lowest"] = Field(default="highest", examples=["lowest"])
    """With `kind = "optimum"`: which response is sought."""
    limits: dict[str, LimitSection] = Field(
        default_factory=dict, examples=[{"stress": {"high": 250.0}}]
    )
    """With `kind = "optimum"`: what other outcomes, numbers that each run gives too, must be."""

    @model_validator(mode="after")
    def _boundary_has_a_level(self) -> Self:
        if self.kind == "boundary" and self.level is None:
            raise ValueError("kind 'boundary' needs a level; write level = 0.5")
        return self

    def value(self) -> Goal:
        """The goal as the words layer knows it; raises `PlanError` for keys that do not fit."""
        limits = tuple(
            Limit(
                name,
                -math.inf if each.low is None else each.low,
                math.inf if each.high is None else each.high,
            )
            for name, each in self.limits.items()
        )
        return Goal(GoalKind(self.kind), self.level, self.best == "lowest", limits)

    @property
    def optimum_keys(self) -> dict[str, Any]:
        """The identity keys that are there only where a plan has them."""
        keys: dict[str, Any] = {"goal.best": self.best} if self.best == "lowest" else {}
        if self.limits:
            keys["goal.limits"] = {k: x.model_dump(mode="json") for k, x in self.limits.items()}
        return keys


def goal_keys(goal: Goal) -> dict[str, Any]:
    """The table of a plan that says `goal`."""
    keys: dict[str, Any] = {"kind": goal.kind.value, "level": goal.level}
    if goal.lowest:
        keys["best"] = "lowest"
    if goal.limits:
        ends = {limit.outcome: {"low": limit.low, "high": limit.high} for limit in goal.limits}
        keys["limits"] = {
            name: {end: x for end, x in each.items() if math.isfinite(x)}
            for name, each in ends.items()
        }
    return keys


class BudgetSection(Section):
    """How much may be spent."""

    runs: int = Field(ge=1, examples=[400])
    """Queries to be done in all."""
    cost: float | None = Field(default=None, gt=0, examples=[20000.0])
    """What all runs may cost, in the simulator's own count, else in seconds of run time: queries
    are then chosen by their worth per cost. Absent: cost has no say."""
    audit: int | None = Field(default=None, ge=0, examples=[40])
    """How many of them are drawn at random, as the yardstick; absent: a tenth, at
    least 20, and none in budgets below 100."""
    start: int | None = Field(default=None, ge=1, examples=[20])
    """How many space-filling ones come first; absent: 5 a free parameter, at least 10."""

    @model_validator(mode="after")
    def _parts_fit_in_the_whole(self) -> Self:
        parts = (self.audit or 0) + (self.start or 0)
        if parts > self.runs:
            raise ValueError(
                f"audit and start make {parts} runs, more than runs = {self.runs}; lower them"
            )
        return self

    @property
    def audit_runs(self) -> int:
        """Audit runs: as said, else a tenth and at least 20, and none below 100 runs."""
        if self.audit is not None:
            return self.audit
        return max(self.runs // 10, _AUDIT_LEAST) if self.runs >= _AUDIT_FROM else 0

    def start_runs(self, domain: Domain) -> int:
        """Space-filling runs at the start: as said, else 5 a free parameter and at least 10.

        Of a pool, 4 items: its features are many, and its first items stand for the others.
        """
        usual = _POOL_START if isinstance(domain, Pool) else max(10, 5 * domain.dimension)
        wanted = usual if self.start is None else self.start
        return min(wanted, self.runs - self.audit_runs)


class WorkersSection(Section):
    """Who does the runs."""

    engine: Literal["local", "dask"] = Field(default="local", examples=["dask"])
    """Processes on this machine, or the workers of a Dask cluster."""
    scheduler: str | None = Field(default=None, examples=["tcp://10.0.0.1:8786"])
    """With `engine = "dask"`: the address of the cluster's scheduler."""
    count: int | None = Field(default=None, ge=1, le=4096, examples=[16])
    """Simulators side by side; absent: one a core."""
    time_limit: float = Field(default=600.0, gt=0, examples=[20.0])
    """Seconds of wall time after which a run is killed."""
    late: Literal["fails", "declines"] = Field(default="fails", examples=["declines"])
    """What a run past its time limit means: trouble with this run, which teaches nothing, or that
    the simulator declines the point, which is learned from."""
    memory_gb: float | None = Field(default=None, gt=0, examples=[4.0])
    """Memory of one run in gigabytes; absent: no limit."""
    runs_per_second: float | None = Field(default=None, gt=0, examples=[5.0])
    """How many runs may begin in a second, all workers together; absent: the simulator's own."""
    cost_per_second: float | None = Field(default=None, gt=0, examples=[600.0])
    """How much cost runs may spend in a second, in the unit of the simulator's costs."""
    at_once: int | None = Field(default=None, ge=1, examples=[4])
    """How many runs may go on at once, however many workers there are: licence tokens, say."""

    @property
    def ration(self) -> Ration:
        """What the plan allows of a shared or metered simulator."""
        return Ration(self.runs_per_second, self.cost_per_second, self.at_once)

    @model_validator(mode="after")
    def _engine_and_scheduler_go_together(self) -> Self:
        if self.engine == "dask":
            if self.scheduler is None:
                raise ValueError(
                    "engine 'dask' needs the address of a scheduler; write "
                    'scheduler = "tcp://10.0.0.1:8786"'
                )
            if self.count is not None:
                raise ValueError(
                    "count is for processes on this machine, and with engine 'dask' the cluster's "
                    "workers are those that are there; leave it out"
                )
        elif self.scheduler is not None:
            raise ValueError('a scheduler belongs to a cluster; write engine = "dask" too')
        return self

    @property
    def slots(self) -> int:
        """How many runs may go on side by side."""
        return self.count or os.cpu_count() or 1

    @property
    def shared(self) -> tuple[int, str]:
        """Among how many here the runs are shared, and who shares their time, in words."""
        if self.engine == "dask":
            return 1, "divided by the workers of the cluster"
        return self.slots, f"on {self.slots} workers"


class ParentSection(Section):
    """The campaign that this one begins from, and what became of its space. Of a pool, items go by
    their names, and nothing is declared."""

    campaign: str = Field(default="previous", min_length=1, examples=["previous"])
    """The iteration before, a campaign of this store by name, or of another as STORE#NAME."""
    renamed: dict[str, str] = Field(default_factory=dict, examples=[{"speed": "velocity"}])
    """Of each parameter that had another name, that name."""
    added: dict[str, float | str] = Field(default_factory=dict, examples=[{"wind": 0.0}])
    """Of each parameter that the parent did not have, the value that its runs were made with."""
    removed: dict[str, float | str] = Field(default_factory=dict, examples=[{"drag": 0.1}])
    """Of each parameter that is no more, the value that the new design has it at."""
    sentinels: int | None = Field(default=None, ge=0, examples=[40])
    """How many of the parent's runs are made again with the same seeds; absent: a quarter of the
    budget and at most 40."""

    def count(self, budget: BudgetSection) -> int:
        """How many sentinels there shall be."""
        usual = min(budget.runs // 4, _MOST_SENTINELS)
        wanted = usual if self.sentinels is None else self.sentinels
        return min(wanted, budget.runs - budget.audit_runs)


class TellSection(Section):
    """Where what a scheduled re-run found is told, as JSON; see `schedule`. All that are given."""

    webhook: str | None = Field(
        default=None, pattern=r"^https?://", examples=["https://example.org/hook"]
    )
    """An address that the JSON is posted to."""
    file: str | None = Field(default=None, min_length=1, examples=["found.jsonl"])
    """A file beside the plan that a line is added to."""
    command: list[str] = Field(default_factory=list, examples=[["python", "notify.py"]])
    """A program, run in the plan's folder, that gets the JSON on its standard input."""


def narrowed(name: str, entry: SpaceEntry, space: Space) -> Parameter | Scalar:
    """What a [space] entry makes of the parameter of that name: a part of it, or a value.

    Raises `SpaceError` for an entry that does not go with the parameter's kind.
    """
    parameter = space.parameters.get(name)
    if parameter is None:
        raise SpaceError(
            f"key 'space.{name}': the simulator has no such parameter; it has "
            f"{', '.join(space.names)}"
        )
    if isinstance(entry, list):
        if not isinstance(parameter, Categorical):
            raise SpaceError(
                f"key 'space.{name}': a range {{ low, high }} or a number was expected, a list came"
            )
        default = parameter.default if parameter.default in entry else None
        return replace(parameter, choices=tuple(entry), default=default)
    return _narrower(name, entry, parameter) if isinstance(entry, Range) else entry


def _narrower(name: str, entry: Range, parameter: Parameter) -> Parameter:
    if isinstance(parameter, Categorical):
        if entry.model_fields_set:
            raise SpaceError(
                f"key 'space.{name}': one of its choices, a list of them, or {{}} for all was "
                f"expected; the choices are {', '.join(parameter.choices)}"
            )
        return parameter
    low = parameter.low if entry.low is None else entry.low
    high = parameter.high if entry.high is None else entry.high
    default = parameter.default
    if default is not None and not low <= default <= high:
        parameter = replace(parameter, default=None)
    if isinstance(parameter, Integer):
        _refuse_fractions(name, entry)
        return replace(parameter, low=int(low), high=int(high))
    normal = parameter.distribution
    if entry.mean is not None and entry.sd is not None:
        normal = Normal(entry.mean, entry.sd)
    scale = entry.scale or parameter.scale
    try:
        return replace(parameter, low=low, high=high, scale=scale, distribution=normal)
    except SpaceError as problem:
        raise SpaceError(f"key 'space.{name}': {problem}") from problem


def _refuse_fractions(name: str, entry: Range) -> None:
    ends = [end for end in (entry.low, entry.high) if end is not None]
    if any(end != int(end) for end in ends) or entry.scale or entry.mean is not None:
        raise SpaceError(
            f"key 'space.{name}': whole numbers for low and high were expected and nothing else, "
            f"for the simulator counts it in steps of 1; {entry.model_dump(exclude_none=True)} came"
        )
