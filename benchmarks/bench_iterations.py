"""A changed design: what a child campaign needs to be as good as a cold start is at 400 runs.

To beat: 160 runs, sentinels counted, after a small change; 440 when everything changed. A child
begins with the map of a parent of 400 runs of the design before. Shifted analytic problems; the
football game's versions are played by `bench_game`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.loop import Stage, heir, stages
from benchmarks.table import Table
from benchmarks.trials import run_trials
from simulators.problems.emulation import branin
from simulators.problems.level_sets import discrim_lowdim, hartmann6_binary
from simulators.problems.problem import Problem
from surrogate.design import sobol
from surrogate.goal import Goal
from surrogate.learner import Fitted, Learner
from surrogate.lineage import Past
from surrogate.models.inherited import FORM
from surrogate.models.recipes import recipe_for
from surrogate.outcome import Number, Outcome
from surrogate.records import Observation, Query
from surrogate.space import Space

Array = NDArray[np.float64]

RUNS = 400  # of the parent, and of the cold start that is to be equalled
SENTINELS = 40
SMALL, LARGE = 160, 440  # runs that a child may need after a small and after a total change
AT = (40, 80, 120, 160, 240, 320, 400, 440)
AUDIT = 20
BATCH = 8
_POINTS = 2048  # that stand for the space in errors
SLACK = 1.05
_SHORT, _LONG = AT[:5], AT


@dataclass(frozen=True)
class Design:
    """One version of something to be learned: a run of it, and its truth."""

    space: Space
    outcome: Outcome
    goal: Goal
    run: Callable[[Query], float]
    truth: Callable[[Array], Array]


def analytic(problem: Problem, change: str) -> Design:
    """A problem with an even shift of its inputs, a bump, or turned inside out."""

    def response(units: Array) -> Array:
        if change == "shifted":
            units = np.clip(units + 0.03, 0.0, 1.0)
        elif change == "all":
            units = units[:, ::-1] ** 2 if problem.space.dimension > 1 else 1.0 - units
            units = 1.0 - units
        values = problem.on(units)
        if change == "bump":
            near = np.exp(-0.5 * np.sum((units - 0.3) ** 2, axis=1) / 0.08**2)
            is_number = isinstance(problem.outcome, Number)
            values = values + 40.0 * near if is_number else values + near * (0.4 - 0.8 * values)
            values = values if is_number else np.clip(values, 0.0, 1.0)
        return values

    def run(query: Query) -> float:
        value = float(response(problem.space.encode([query.point]))[0])
        if isinstance(problem.outcome, Number):
            return value
        return float(np.random.default_rng(query.seed).random() < value)

    goal = Goal.map() if problem.level is None else Goal.boundary(problem.level)
    return Design(problem.space, problem.outcome, goal, run, response)


ANALYTIC: Mapping[str, Problem] = {
    "discrim_lowdim": discrim_lowdim,
    "branin": branin,
    "hartmann6": hartmann6_binary,
}


CASES = (
    ("discrim_lowdim", "none", _SHORT),
    ("discrim_lowdim", "shifted", _SHORT),
    ("discrim_lowdim", "bump", _SHORT),
    ("discrim_lowdim", "all", _LONG),
    ("branin", "shifted", _SHORT),
    ("branin", "bump", _SHORT),
    ("branin", "all", _LONG),
    ("hartmann6", "shifted", _SHORT),
)


def learned(learner: Learner, design: Design, at: Sequence[int]) -> list[Stage]:
    def observe(queries: Sequence[Query]) -> list[Observation]:
        name = design.outcome.name
        return [
            Observation(q.index, q.point, {name: design.run(q)}, reason=q.reason) for q in queries
        ]

    return list(stages(learner, observe, at=at, batch=BATCH))


def cold(design: Design, seed: int) -> Learner:
    return Learner(
        space=design.space,
        outcome=design.outcome,
        goal=design.goal,
        seed=seed,
        recipe=recipe_for(design.outcome, design.space.dimension),
        start=max(10, 5 * design.space.dimension),
        audit=AUDIT,
        budget=RUNS,
    )


def child(design: Design, past: Past, seed: int) -> Learner:
    return heir(replace(cold(design, seed), budget=LARGE), past, SENTINELS)


def errors(fitted: Fitted, design: Design, units: Array, truth: Array) -> dict[str, float]:
    mean = fitted.surrogate.predict(units).mean
    found = {"mae": float(np.mean(np.abs(mean - truth)))}
    if design.goal.level is not None:
        level = design.goal.level
        found["area"] = float(np.mean((mean > level) != (truth > level)))
    return found


def trial(problem: str, change: str, seed: int, at: list[int]) -> dict[str, Any]:
    before, after = (analytic(ANALYTIC[problem], one) for one in ("none", change))
    learner = cold(before, 1000 + seed)
    (parent,) = learned(learner, before, [RUNS])
    revision = parent.fitted.revision
    past = Past("v1", learner, parent.observations, parent.queries, revision)
    units = after.space.from_uniform(sobol(after.space.dimension, _POINTS, seed=1))
    score = partial(errors, design=after, units=units, truth=after.truth(units))
    (anew,) = learned(cold(after, 2000 + seed), after, [RUNS])
    course = learned(child(after, past, 2000 + seed), after, at)
    return {
        "parent": score(parent.fitted),
        "cold": score(anew.fitted),
        "child": {str(one.runs): score(one.fitted) for one in course},
        "warm": {str(one.runs): is_warm(one.fitted) for one in course},
    }


def is_warm(fitted: Fitted) -> bool:
    return fitted.surrogate.hyperparameters.get("form") == FORM


def tables(quick: bool, seeds: int | None) -> list[Table]:
    count = seeds or (1 if quick else 20)
    cases = (("discrim_lowdim", "shifted", AT[:4]),) if quick else CASES
    grid = [
        {"problem": problem, "change": change, "seed": seed, "at": list(at)}
        for problem, change, at in cases
        for seed in range(count)
    ]
    results = run_trials("iterations_quick" if quick else "iterations", trial, grid)
    rows = []
    for problem, change, at in cases:
        pairs = zip(grid, results, strict=True)
        mine = [r for p, r in pairs if (p["problem"], p["change"]) == (problem, change)]
        rows.append(_row(problem, change, list(at), mine))
    columns = (
        *("problem", "change", "error of", "the parent's map", f"cold, {RUNS} runs"),
        *(f"child, {SMALL}", f"child, {LARGE}", "runs needed", "to beat", "warm %"),
    )
    note = (
        f"{count} seeds, medians; a child's runs count its {SENTINELS} sentinels; needed: the "
        f"first of {', '.join(map(str, AT))} with a cold start's error at {RUNS}, or 5 % more"
    )
    return [Table("a child beside a cold start", columns, tuple(rows), note)]


def _row(problem: str, change: str, at: list[int], results: list[Any]) -> tuple[Any, ...]:
    key = "area" if "area" in results[0]["cold"] else "mae"
    middle = {n: float(np.median([r["child"][str(n)][key] for r in results])) for n in at}
    anew, parent = (float(np.median([r[who][key] for r in results])) for who in ("cold", "parent"))
    needed = next((n for n in at if middle[n] <= SLACK * anew), None)
    judged = LARGE if change == "all" else SMALL
    warm = 100.0 * float(np.mean([r["warm"][str(judged)] for r in results]))
    shown = (middle.get(SMALL, "-"), middle.get(LARGE, "-"))
    return (problem, change, key, parent, anew, *shown, needed or f"> {max(at)}", judged, warm)
