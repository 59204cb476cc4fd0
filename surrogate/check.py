"""Examines a plan's simulator with a run or a handful, before a campaign spends its budget on it.

`try_out` makes one run before a campaign is made, so that a broken contract leaves nothing. A run
that merely fails is no reason to refuse: the campaign records such runs and learns from them. An
answer of the wrong type, a NaN or an undeclared name is, since every run would be so.

`gather` makes more runs and keeps them as `findings.Evidence`; `findings.judge` says what they
show. The same few points are run four times: twice in fresh processes (is it the same for a
seed?), once again afterwards in another order (does a run leave something behind?), and once side
by side (do two instances get in each other's way?). Then other points, and other seeds at one of
which the answer is in doubt.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from surrogate.design import fill
from surrogate.errors import PlanError, SimulatorError, SurrogateError
from surrogate.findings import Evidence, Finding, Weight, answered, hindered, judge
from surrogate.oracle import Simulator, SimulatorSource
from surrogate.plan import Plan
from surrogate.records import Run, seeds
from surrogate.space import Array
from surrogate.told import ToldSimulator
from surrogate.workers.base import Task
from surrogate.workers.local import LocalEngine
from surrogate.workers.opening import limits

_BREACHES = ("OutcomeError", "NotFinite", "SimulatorError")  # of the contract


@dataclass(frozen=True)
class Effort:
    """How many points are run four times, how many more once, how many seeds at one point."""

    repeated: int = 8
    spread: int = 24
    replicates: int = 12


QUICK = Effort(repeated=4, spread=8, replicates=4)


def examine(plan: Plan, effort: Effort) -> tuple[Finding, ...]:
    """Load the plan's simulator, run it, and judge; raises `PlanError` for a plan that is wrong."""
    source = plan.source()
    try:
        simulator = source.load()
    except PlanError:
        raise
    except SurrogateError as problem:
        return (*_shadow(plan), Finding(Weight.PROBLEM, "answers", str(problem)))
    if isinstance(simulator, ToldSimulator):
        told = "its runs are told of, not made here, so there is nothing to examine"
        return (Finding(Weight.NOTE, "answers", told),)
    return (*_shadow(plan), *judge(plan, simulator, gather(plan, simulator, source, effort)))


def gather(plan: Plan, simulator: Simulator, source: SimulatorSource, effort: Effort) -> Evidence:
    """Make the runs on this machine. Stops after the first few where none of them answered."""
    space, outcome = plan.check_against(simulator)
    units = fill(space, 0, effort.repeated + effort.spread, plan.seed)
    points = tuple(space.decode(units))
    tasks = [Task(i, 1, point, seeds(plan.seed, i, "check")) for i, point in enumerate(points)]
    repeated, spread = tasks[: effort.repeated], tasks[effort.repeated :]

    ran = partial(_ran, plan, simulator, source)
    once = ran([*repeated, *repeated[::-1]])
    first, after = once[: len(repeated)], once[len(repeated) :][::-1]
    found = Evidence(points, first, after=after)
    if not any(answered(run) for run in first):
        return found
    side = ran(repeated, max(2, min(plan.workers.slots, len(repeated))))
    slots = 1 if hindered(first, side) else plan.workers.slots
    found = replace(found, again=ran(repeated), side=side, spread=ran(spread, slots))
    place = undecided(units, [run.values.get(outcome.name) for run in found.wide])
    others = [
        replace(tasks[place], seed=seeds(plan.seed, i, "check replicates"))
        for i in range(effort.replicates)
    ]
    return replace(found, place=place, replicates=ran(others, slots))


def undecided(units: Array, values: Sequence[float | None]) -> int:
    """Which point's answer lies nearest the middle of all; of those, which its neighbour denies.

    `units` are the points in the cube, shape `(n, d)`, `values` their answers, None where there
    is none. Noise shows best there: away from its boundary a yes or no hardly varies.
    """
    known = [k for k, value in enumerate(values) if value is not None]
    answers = np.array([values[k] for k in known], dtype=float)
    if len(known) < 2:
        return known[0] if known else 0
    away = np.linalg.norm(units[known][:, None] - units[known][None], axis=2)
    np.fill_diagonal(away, np.inf)
    denied = np.abs(answers - answers[np.argmin(away, axis=1)])
    from_middle = np.abs(answers - (answers.min() + answers.max()) / 2)
    return known[int(np.lexsort((-denied, from_middle))[0])]


def _shadow(plan: Plan) -> list[Finding]:
    """A folder beside the plan that takes the place of a package that is not its own."""
    package = plan.simulator.use.partition(":")[0].partition(".")[0]
    if package == "simulators" and (plan.folder / package / "__init__.py").exists():
        text = f"the folder '{package}' beside the plan hides the one that comes with Surrogate"
        return [Finding(Weight.NOTE, "import", text + "; rename it, unless it is meant")]
    return []


def try_out(plan: Plan, simulator: Simulator, source: SimulatorSource) -> Run | None:
    """A run of the middle of the space; raises `SimulatorError` when the contract is broken.

    None where the oracle is elsewhere, and cannot be tried.
    """
    space, _ = plan.check_against(simulator)
    if isinstance(simulator, ToldSimulator):
        return None
    middle = space.decode(space.snap(np.full((1, space.dimension), 0.5)))[0]
    (run,) = _ran(plan, simulator, source, [Task(0, 1, middle, seeds(plan.seed, 0, "try out"))])
    if run.detail.get("exception") in _BREACHES:
        raise SimulatorError(f"simulator '{simulator.name}' at {middle}: {run.message}")
    return run


def _ran(
    plan: Plan, simulator: Simulator, source: SimulatorSource, batch: Sequence[Task], slots: int = 1
) -> tuple[Run, ...]:
    """The runs of tasks on this machine, within the plan's limits."""
    engine = LocalEngine(source, slots=slots, limits=limits(plan, simulator))
    try:
        return tuple(f.result() for f in [engine.submit(task) for task in batch])
    finally:
        engine.close(kill=True)
