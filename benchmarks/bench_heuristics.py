"""A guess made by hand as prior: how many runs a good, biased, useless or adversarial one costs.

To beat: 0.5, 0.8, 1.1 and 1.2 of the runs without it, to the error that is had without it after
`RUNS`. The good guess is wrong by some six tenths of that. Far below what a guess is wrong by it
saves nothing: its ripples are then to be learned, which are no simpler than the truth. And after
200 runs of branin rounding decides: two campaigns with the same map differ twofold.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.bench_iterations import ANALYTIC, analytic, errors, learned
from benchmarks.table import Table
from benchmarks.trials import run_trials
from surrogate.design import sobol
from surrogate.goal import Goal
from surrogate.learner import Learner
from surrogate.models.guided import guided_by
from surrogate.models.heuristic import HeuristicRecipe
from surrogate.models.recipes import recipe_for
from surrogate.space import Point

Array = NDArray[np.float64]

RUNS = {"discrim_lowdim": 200, "branin": 24}  # of the campaign whose error is to be had
TENTHS = range(2, 13)  # of these runs, after which errors are taken
RIPPLES = {"discrim_lowdim": 0.03, "branin": 0.5}
SPANS = {"discrim_lowdim": 1.0, "branin": 300.0}  # of what there is to be guessed
BEAT = {"good": 0.5, "biased": 0.8, "useless": 1.1, "adversarial": 1.2}
PROBLEMS = ("discrim_lowdim", "branin")
_POINTS = 2048


def guess(problem: str, kind: str) -> Callable[[Point], float]:
    """The truth with ripples; half of that and a quarter of the span more; something else; or the
    truth in one half of the space, which wins trust, and upside down in the other, which betrays
    it.

    A bias is what can be taken off: half of the truth a little aside, and a slope, was wrong by
    .039 of discrim_lowdim with all of it taken off, which is more than 60 runs leave without it.
    """
    chosen, span = ANALYTIC[problem], SPANS[problem]

    def truth(units: Array) -> float:
        return float(chosen.on(units)[0])

    def said(point: Point) -> float:
        units = chosen.space.encode([point])
        wave = float(np.sin(9.0 * units.sum()))
        ripple = RIPPLES[problem] * wave
        if kind == "good":
            return truth(units) + ripple
        if kind == "biased":
            return 0.5 * (truth(units) + ripple) + 0.25 * span
        if kind == "useless":
            return wave
        return (truth(units) if units[0, 0] < 0.5 else -truth(units)) + ripple

    return said


def trial(problem: str, kind: str, seed: int, at: list[int]) -> dict[str, Any]:
    design = analytic(ANALYTIC[problem], "none")
    plain = recipe_for(design.outcome, design.space.dimension)
    guided = guided_by([HeuristicRecipe(guess(problem, kind), design.space)], plain)
    learner = Learner(
        space=design.space,
        outcome=design.outcome,
        goal=design.goal if design.goal.level is not None else Goal.map(),
        seed=seed,
        recipe=plain if kind == "none" else guided,
        start=10,
        budget=max(at),
    )
    units = design.space.from_uniform(sobol(design.space.dimension, _POINTS, seed=1))
    truth = design.truth(units)
    course = learned(learner, design, at)
    return {str(one.runs): errors(one.fitted, design, units, truth) for one in course}


def tables(quick: bool, seeds: int | None) -> list[Table]:
    count = seeds or (1 if quick else 20)
    problems = PROBLEMS[:1] if quick else PROBLEMS
    kinds = ("none", "good", "adversarial") if quick else ("none", *BEAT)
    grid = [
        {"problem": problem, "kind": kind, "seed": seed, "at": _after(problem)}
        for problem in problems
        for kind in kinds
        for seed in range(count)
    ]
    results = run_trials("heuristics_quick" if quick else "heuristics", trial, grid)
    by_case: dict[tuple[str, str], list[Any]] = {}
    for p, result in zip(grid, results, strict=True):
        by_case.setdefault((str(p["problem"]), str(p["kind"])), []).append(result)
    rows = [
        _row(problem, kind, by_case[problem, "none"], by_case[problem, kind])
        for problem, kind in by_case
        if kind != "none"
    ]
    columns = ("problem", "guess", "runs without", "their error", "runs needed", "share", "to beat")
    note = f"{count} seeds, medians of the mean absolute error; 5 % more is as good"
    return [Table("runs with a guess, beside those without", columns, tuple(rows), note)]


def _after(problem: str) -> list[int]:
    """The numbers of runs after which errors are taken."""
    return [tenths * RUNS[problem] // 10 for tenths in TENTHS]


def _row(problem: str, kind: str, without: list[Any], given: list[Any]) -> tuple[Any, ...]:
    runs, at = RUNS[problem], _after(problem)
    goal = _middle(without, runs)
    needed = next((n for n in at if _middle(given, n) <= 1.05 * goal), None)
    share = f"> {at[-1] / runs:.2f}" if needed is None else f"{needed / runs:.2f}"
    return (problem, kind, runs, goal, needed or f"> {at[-1]}", share, BEAT[kind])


def _middle(results: list[Any], runs: int) -> float:
    return float(np.median([r[str(runs)]["mae"] for r in results]))
