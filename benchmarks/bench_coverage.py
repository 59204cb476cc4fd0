"""Coverage: how often nominal 90 % intervals hold the truth, pooled over campaigns.

Level sets of yes and no (the true probability), failure boundaries and whole maps of numbers (the
response), each at 10 to 200 runs on 1,000 points of the space. A fifth of the runs are an audit;
`shown` are the intervals that people are shown, numbers' as wide as the audit calls for once it
has nine runs. To beat at 50 runs and more: 86 to 95 % of probabilities, 86 to 94 % of numbers.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.loop import observed, steps
from benchmarks.table import Table
from benchmarks.trials import run_trials
from simulators.problems import emulation, level_sets, reliability
from simulators.problems.problem import Problem
from surrogate.goal import Goal
from surrogate.learner import Learner
from surrogate.models.base import Marginal
from surrogate.models.recipes import recipe_for
from surrogate.outcome import Number

Array = NDArray[np.float64]

NOMINAL = 0.9
RUNS = (10, 20, 50, 100, 200)
POINTS = 1000
SLACK = 1e-3  # of a probability, where it saturates at 0 or 1; of a number's sd, 1e-6 of that
QUICK = ("discrim_lowdim", "franke")
BY_NAME: dict[str, Problem] = {
    problem.name: problem
    for problem in (*level_sets.PROBLEMS, *reliability.PROBLEMS, *emulation.PROBLEMS)
}


def trial(problem: str, seed: int, runs: list[int]) -> dict[str, dict[str, float]]:
    """Shares of points whose truth lies inside, by number of runs."""
    simulator = BY_NAME[problem]
    space, outcome = simulator.space, simulator.outcome
    level = simulator.level
    learner = Learner(
        space=space,
        outcome=outcome,
        goal=Goal.map() if level is None else Goal.boundary(float(level)),
        seed=seed,
        recipe=recipe_for(outcome, space.dimension),
        start=10,
        audit=max(runs) // 5,
        budget=max(runs),
    )
    rows = space.draw(POINTS, np.random.default_rng(1000 + seed))
    truth = simulator.on(rows)
    slack = SLACK * (1e-6 * float(truth.std()) if isinstance(outcome, Number) else 1.0)
    found = {}
    batches = steps(learner, lambda query: observed(simulator, query), batch=10)
    for known, fitted in batches:
        if fitted is not None and len(known) in runs:
            found[str(len(known))] = {
                "raw": covered(fitted.surrogate, rows, truth, slack),
                "shown": covered(learner.shown(known, fitted), rows, truth, slack),
            }
        if len(known) >= max(runs):
            break
    return found


def covered(surrogate: Marginal, rows: Array, truth: Array, slack: float) -> float:
    """The share of rows whose truth lies in the interval."""
    read = surrogate.predict(rows, NOMINAL)
    return float(np.mean((read.lower <= truth + slack) & (truth - slack <= read.upper)))


def tables(quick: bool, seeds: int | None) -> list[Table]:
    count = seeds or (3 if quick else 8)
    runs = [n for n in RUNS if n <= (100 if quick else 200)]
    names = QUICK if quick else tuple(BY_NAME)
    grid = [{"problem": name, "seed": k, "runs": runs} for name in names for k in range(count)]
    results = run_trials(f"coverage{'_quick' if quick else ''}", trial, grid)
    rows: list[Sequence[Any]] = []
    for kind, number in (("probabilities", False), ("numbers", True)):
        mine = [
            (p["problem"], r)
            for p, r in zip(grid, results, strict=True)
            if isinstance(BY_NAME[str(p["problem"])].outcome, Number) is number
        ]
        shown = ("raw", "shown") if number else ("raw",)
        for name in dict.fromkeys(problem for problem, _ in mine):
            part = [r for problem, r in mine if problem == name]
            rows += [(name, which, len(part), *_cells(part, which, runs)) for which in shown]
        whole = [r for _, r in mine]
        rows += [(f"all {kind}", which, len(whole), *_cells(whole, which, runs)) for which in shown]
        rows.append(("to beat", "", "", *(_bar(n, number=number) for n in runs)))
    columns = ("problem", "intervals", "campaigns", *(f"% @{n}" for n in runs))
    return [Table("truth inside nominal 90 % intervals, means over campaigns", columns, (*rows,))]


def _cells(results: list[Any], which: str, runs: list[int]) -> tuple[float, ...]:
    return tuple(100 * float(np.mean([r[str(n)][which] for r in results])) for n in runs)


def _bar(runs: int, *, number: bool) -> str:
    if runs < 50:
        return ""
    return "86 to 94" if number else "86 to 95"
