"""An environment with `reset` and `step`, as gymnasium's are, as a simulator of whole episodes.

    [simulator]
    use = "simulators.adapters.gymnasium:environment"

    [simulator.declare]
    environment = "CartPole-v1"           # or "module:Class" beside the plan
    policy = "my_policy:act"              # act(observation, point) gives the action
    prepare = "my_policy:place"           # place(environment, point), after reset, if any
    make = ["sutton_barto_reward"]        # parameters that go to the environment's making
    space.gain = { low = 0, high = 5 }
    outcomes.kept_up = { kind = "binary", value = "steps >= 200" }

A formula may name `reward` (of the whole episode), `gain` (of its last step), `steps`,
`terminated`, `truncated`, the last observation's numbers `o0`, `o1`, ..., and every number in the
last `info`. Each run makes an environment of its own, seeded from the run's generator, inside the
worker's process: one that raises is an error, one that hangs or dies costs that run alone.
"""

import math
import numbers
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

from surrogate.declared import FormulaOutcome, SpaceTables, TableAdapter, outcomes_of
from surrogate.errors import NotFinite, PlanError, SimulatorError, optional
from surrogate.expression import Expression
from surrogate.oracle import Designed, imported
from surrogate.outcome import Answer, Outcome
from surrogate.space import Point, Space

_PACKAGE = "gymnasium"
_LONGEST = 10_000  # steps: an environment that never ends an episode is ended


class EnvironmentTable(SpaceTables):
    """The whole of [simulator.declare] for an environment."""

    environment: str
    policy: str = ""
    prepare: str = ""
    make: list[str] = Field(default_factory=list)
    arguments: dict[str, Any] = Field(default_factory=dict)
    steps: int = Field(default=_LONGEST, ge=1)
    outcomes: dict[str, FormulaOutcome] = Field(min_length=1)


@dataclass(frozen=True)
class Environment(Designed):
    """A declared environment. Satisfies `oracle.Simulator`; made by `environment.declared`.

    Its knobs are the arguments that it is made with.
    """

    space: Space
    outcomes: tuple[Outcome, ...]
    table: EnvironmentTable

    def __call__(self, point: Point, *, rng: np.random.Generator) -> Answer:
        """One episode. Its cost is its number of steps."""
        whole = self.space.complete(point)
        given = {name: whole[name] for name in self.table.make}
        made = _make(self.table.environment, {**self.knobs, **given})
        try:
            ended = self._episode(made, whole, rng)
        finally:
            made.close()
        values = {name: _number(entry.value, ended) for name, entry in self.table.outcomes.items()}
        return Answer(values, cost=ended["steps"])

    def _episode(self, made: Any, point: Point, rng: np.random.Generator) -> dict[str, float]:
        seed = int(rng.integers(2**31))
        observation, info = made.reset(seed=seed)
        made.action_space.seed(seed)
        if self.table.prepare:
            placed = imported(self.table.prepare, (), "prepare")(made, point)
            observation = observation if placed is None else placed
        act = imported(self.table.policy, (), "policy") if self.table.policy else None
        reward, gained, steps, terminated, truncated = 0.0, 0.0, 0, False, False
        while not (terminated or truncated or steps >= self.table.steps):
            action = act(observation, point) if act else made.action_space.sample()
            observation, gained, terminated, truncated, info = made.step(action)
            reward, steps = reward + float(gained), steps + 1
        last = np.ravel(np.asarray(observation, dtype=float))
        return {
            **{key: float(value) for key, value in info.items() if isinstance(value, numbers.Real)},
            **{f"o{i}": value for i, value in enumerate(last.tolist())},
            "reward": reward,
            "gain": float(gained),
            "steps": float(steps),
            "terminated": float(terminated),
            "truncated": float(truncated),
        }


def _environment(read: EnvironmentTable, folder: Path) -> Environment:
    """The environment that a plan's [simulator.declare] describes; raises `PlanError`."""
    space = read.made_space()
    for name in read.make:
        if name not in space.names:
            raise PlanError(
                f"key 'simulator.declare.make': '{name}' is no parameter; "
                f"there are {', '.join(space.names)}"
            )
    for entry in read.outcomes.values():
        Expression(entry.value)
    name, outcomes = read.name or read.environment, outcomes_of(read.outcomes)
    return Environment(name, space, outcomes, read, knobs=read.arguments)


environment = TableAdapter(EnvironmentTable, _environment)


def _make(name: str, arguments: Mapping[str, Any]) -> Any:
    if ":" in name:
        return imported(name, (), "environment")(**arguments)
    why = (
        f"environment '{name}' needs {_PACKAGE}, which is not installed: "
        f"pip install {_PACKAGE} (for LunarLander: pip install '{_PACKAGE}[box2d]')"
    )
    package = optional(_PACKAGE, SimulatorError, why)
    try:
        return package.make(name, **arguments)
    except Exception as problem:  # whatever an environment's making raises
        raise SimulatorError(
            f"environment '{name}' cannot be made: {type(problem).__name__}: {problem}; "
            "mend its name or its arguments"
        ) from problem


def _number(formula: str, ended: Mapping[str, float]) -> Any:
    expression = Expression(formula)
    if unknown := expression.names - set(ended):
        raise SimulatorError(
            f"formula {formula!r} names {sorted(unknown)}; an episode ends with {sorted(ended)}"
        )
    for name in sorted(expression.names):
        if not math.isfinite(ended[name]):
            raise NotFinite(
                f"the episode ended with {name} = {ended[name]}, which {formula!r} reads; a finite "
                "number was expected"
            )
    return expression({name: np.asarray(value) for name, value in ended.items()}).item()
