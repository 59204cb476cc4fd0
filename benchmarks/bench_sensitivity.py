"""Sobol indices of formulas whose indices are known, from surrogates of few runs.

Largest error of any first or total index, over seeds; the intervals that hold the exact value.
"""

from typing import Any

import numpy as np

from benchmarks.table import Table
from benchmarks.trials import run_trials
from simulators.problems.emulation import g_function, g_indices, ishigami, ishigami_indices
from surrogate.answers.sensitivity import sensitivity
from surrogate.dataset import Dataset
from surrogate.design import sobol
from surrogate.models.recipes import recipe_for

STUDIES = {
    "ishigami": (ishigami, ishigami_indices()),
    "g-function": (g_function, g_indices()),
}
TO_BEAT = 0.03  # of any index, at 200 runs


def trial(problem: str, runs: int, seed: int) -> dict[str, Any]:
    simulator, exact = STUDIES[problem]
    units = sobol(simulator.space.dimension, runs, seed=seed)
    values, rows = simulator.on(units), np.arange(runs)
    data = Dataset(simulator.outcome, units, values, np.ones(runs), np.full(runs, np.nan), rows)
    surrogate = recipe_for(simulator.outcome, simulator.space.dimension).fit(data)
    found = sensitivity(surrogate, simulator.space, seed=seed)
    errors, inside = [], []
    for j, name in enumerate(simulator.space.names):
        effect = found.of(name)
        for index, truth in ((effect.first, exact[0][j]), (effect.total, exact[1][j])):
            errors.append(abs(index.mean - float(truth)))
            inside.append(bool(index.lower - 1e-3 <= truth <= index.upper + 1e-3))
    return {"worst": max(errors), "inside": float(np.mean(inside))}


def tables(quick: bool, seeds: int | None) -> list[Table]:
    count = seeds or (2 if quick else 10)
    stages = (100, 200)
    names = ("ishigami",) if quick else tuple(STUDIES)
    rows = []
    for problem in names:
        for runs in stages:
            grid = [{"problem": problem, "runs": runs, "seed": seed} for seed in range(count)]
            results = run_trials(f"sensitivity_{problem}_{runs}", trial, grid, jobs=1)
            worst = [r["worst"] for r in results]
            held = float(np.mean([r["inside"] for r in results]))
            rows.append((problem, runs, float(np.median(worst)), max(worst), held, TO_BEAT))
    columns = ("problem", "runs", "largest error", "worst seed", "95 % intervals hold", "to beat")
    return [Table(f"Sobol indices, {count} seeds", columns, tuple(rows))]
