"""Failure boundaries: how few runs tell a failure probability, at the campaign's own stop.

The published problems of `simulators.problems.reliability`, no audit. A campaign asks one query
at a time (or four) for the boundary g = 0 and stops by itself when the failure probability is in
doubt by less than 1.5 % of itself three times in a row, and no large hole is left. The probability
is then read off the surrogate's mean by 2^16 points of the widened distribution.
To beat: medians of 70, 60, 40 and 40 calls with an error of 2 % (median) and 5 % (95th
percentile); no error above 10 %; batches of 4 with at most 15 % more calls.
"""

from typing import Any

import numpy as np

from benchmarks.table import Table
from benchmarks.trials import run_trials
from simulators.problems.reliability import PROBLEMS
from surrogate.asking.standing import standing
from surrogate.design import sobol
from surrogate.goal import Goal
from surrogate.learner import Fitted, Learner
from surrogate.models.recipes import recipe_for
from surrogate.rarity import shares, widened
from surrogate.records import Observation
from surrogate.space import Space
from surrogate.stopping import Doubtful, Spent, Standing

BY_NAME = {problem.name: problem for problem in PROBLEMS}
CALLS = dict(zip(BY_NAME, (70, 60, 40, 40), strict=True))  # medians to beat
ELSEWHERE = dict(zip(BY_NAME, ("126 / 123", "103 / 107", "", ""), strict=True))  # AK-MCS, U / EFF
MOST = 200
RULE = Doubtful(enough=0.015, times=3) | Spent(runs=MOST)
POINTS = 2**16


def trial(problem: str, seed: int, batch: int) -> dict[str, Any]:
    simulator = BY_NAME[problem]
    learner = Learner(
        space=simulator.space,
        outcome=simulator.outcome,
        goal=Goal.boundary(0.0),
        seed=seed,
        recipe=recipe_for(simulator.outcome, simulator.space.dimension),
        start=12,
        budget=MOST,
    )
    observations: list[Observation] = []
    course: list[Standing] = []
    fitted: Fitted | None = None
    while not RULE.reason(course):
        wanted = batch if len(observations) >= learner.start else learner.start
        queries = learner.ask(wanted, first=len(observations), pending=(), fitted=fitted)
        values = simulator.at([query.point for query in queries]).tolist()
        observations += [
            Observation(q.index, q.point, {"g": v}) for q, v in zip(queries, values, strict=True)
        ]
        before = fitted
        fitted = learner.fit(observations, fitted.revision if fitted else None)
        assert fitted is not None
        earlier = before.surrogate if before else None
        now = standing(fitted.surrogate, learner.space, learner.goal, fitted.units, earlier)
        course.append(now)
    assert fitted is not None
    exact = simulator.exact["failure probability"]
    return {
        "calls": len(observations),
        "error": abs(_probability(simulator.space, fitted) / exact - 1.0),
        "doubt": course[-1].doubt,
    }


def _probability(space: Space, fitted: Fitted) -> float:
    rows = widened(space, sobol(space.dimension, POINTS, seed=11))
    counted = shares(space, rows)
    fails = fitted.surrogate.predict(rows).mean < 0
    return float(counted @ fails / counted.sum())


def tables(quick: bool, seeds: int | None) -> list[Table]:
    count = seeds or (2 if quick else 50)
    batches = (1,) if quick else (1, 4)
    grid = [
        {"problem": name, "seed": seed, "batch": batch}
        for batch in batches
        for name in BY_NAME
        for seed in range(count)
    ]
    results = run_trials(f"reliability{'_quick' if quick else ''}", trial, grid)
    rows = [
        _row(name, batch, [r for p, r in zip(grid, results, strict=True) if _is(p, name, batch)])
        for batch in batches
        for name in BY_NAME
    ]
    columns = ("problem", "batch", "calls", "quartiles", "to beat", "AK-MCS U / EFF")
    errors = ("error %", "95th %", "worst %", "to beat %")
    return [Table(f"at the campaign's own stop, {count} seeds", (*columns, *errors), tuple(rows))]


def _is(parameters: dict[str, Any], name: str, batch: int) -> bool:
    return (parameters["problem"], parameters["batch"]) == (name, batch)


def _row(name: str, batch: int, results: list[Any]) -> tuple[object, ...]:
    calls = [result["calls"] for result in results]
    errors = 100 * np.array([result["error"] for result in results])
    low, middle, high = np.percentile(calls, [25, 50, 75])
    most = CALLS[name] if batch == 1 else CALLS[name] * 1.15
    return (
        name,
        batch,
        float(middle),
        f"{low:.0f} to {high:.0f}",
        most,
        ELSEWHERE[name],
        float(np.median(errors)),
        float(np.percentile(errors, 95)),
        float(errors.max()),
        "2, 5, 10",
    )
