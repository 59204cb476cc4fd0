"""Whole maps of numbers: our queries, and Sobol points with our surrogate and with scikit-learn's.

Error is the root mean square on 5,000 random points over the sd of the response; medians over
seeds; no audit, batches of 4. To beat at 100 runs: the best of five public set-ups, measured on
the same functions (Sobol points with scikit-learn's Matern-5/2, SMT's and BoTorch's processes;
the points of `adaptive` with scikit-learn's; BoTorch's qNIPV).
"""

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from benchmarks.loop import campaign
from benchmarks.table import Table
from benchmarks.trials import run_trials
from simulators.problems.emulation import PROBLEMS, franke
from simulators.problems.problem import Problem
from surrogate.goal import Goal
from surrogate.learner import Learner
from surrogate.models.recipes import recipe_for
from surrogate.outcome import Number

Array = NDArray[np.float64]

NOISE = 0.05  # sd of the noisy problem, where the response's own is about 0.28
NOISY = replace(franke, name="franke, noisy", outcome=Number("f", noise="unknown"))
BY_NAME = {problem.name: problem for problem in (*PROBLEMS, NOISY)}
TO_BEAT = {  # at 100 runs
    "branin": 8e-6,
    "franke": 0.0102,
    "front": 0.083,
    "gramacy": 0.015,
    "ishigami": 0.29,
    "piston": 0.042,
    "borehole": 0.0035,
    "wing weight": 0.0155,
}
WAYS = ("ours", "sobol", "scikit-learn")


def trial(problem: str, way: str, seed: int, runs: list[int]) -> dict[str, float]:
    """Error by number of runs."""
    simulator = BY_NAME[problem]
    assert isinstance(simulator.outcome, Number)
    learner = Learner(
        space=simulator.space,
        outcome=simulator.outcome,
        goal=Goal.map(),
        seed=seed,
        recipe=recipe_for(simulator.outcome, simulator.space.dimension),
        start=max(10, 2 * simulator.space.dimension),
        budget=max(runs),
        rule="" if way == "ours" else "sobol",
    )
    rows = np.random.default_rng(99).random((5000, simulator.space.dimension))
    truth = simulator.on(rows)
    if way == "scikit-learn":
        means = {n: _theirs(simulator, learner, n, rows) for n in runs}
    else:
        stages = campaign(learner, lambda q: _values(simulator, q), at=runs, batch=4)
        means = {s.runs: s.fitted.surrogate.predict(rows).mean for s in stages}
    return {
        str(n): float(np.sqrt(np.mean((m - truth) ** 2)) / truth.std()) for n, m in means.items()
    }


def _values(problem: Problem, queries: Any) -> Array:
    values = problem.at([query.point for query in queries])
    if problem.outcome != NOISY.outcome:
        return values
    draws = [np.random.default_rng(query.seed).standard_normal() for query in queries]
    return values + NOISE * np.array(draws)


def _theirs(problem: Problem, learner: Learner, n: int, rows: Array) -> Array:
    queries = learner.ask(n, first=0, pending=(), fitted=None)
    values = _values(problem, queries)
    d = problem.space.dimension
    kernel = ConstantKernel(1.0, (1e-3, 1e4)) * Matern([0.5] * d, (0.01, 100.0), nu=2.5)
    if problem is NOISY:
        kernel = kernel + WhiteKernel(0.01)
    model = GaussianProcessRegressor(kernel, n_restarts_optimizer=2, random_state=0)
    level, scale = values.mean(), values.std()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(problem.space.encode([q.point for q in queries]), (values - level) / scale)
    return np.asarray(level + scale * model.predict(rows))


def tables(quick: bool, seeds: int | None) -> list[Table]:
    names = ("branin", "gramacy", "ishigami") if quick else tuple(BY_NAME)
    runs = [40] if quick else [40, 100, 200]
    count = seeds or (1 if quick else 10)
    grid = [
        {"problem": name, "way": way, "seed": seed, "runs": runs}
        for seed in range(count)
        for name in names
        for way in WAYS
    ]
    results = run_trials(f"whole_maps{'_quick' if quick else ''}", trial, grid)

    def median(name: str, way: str, n: int) -> float:
        pairs = zip(grid, results, strict=True)
        mine = [r[str(n)] for p, r in pairs if p["problem"] == name and p["way"] == way]
        return float(np.median(mine))

    rows = [
        (name, *(median(name, way, n) for n in runs for way in WAYS), TO_BEAT.get(name, ""))
        for name in names
    ]
    columns = ("problem", *(f"{way} @{n}" for n in runs for way in WAYS), "to beat @100")
    return [Table(f"error over sd, medians of {count} seeds", columns, tuple(rows))]
