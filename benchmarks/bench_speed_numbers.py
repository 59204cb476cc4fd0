"""What a Gaussian process for numbers costs beside scikit-learn's, as ratios in one run.

Both have the same covariance (a fixed level and a scaled ARD Matern-5/2), the same bounds and the
same runs, and both learn their hyper-parameters: ours once, by MAP; scikit-learn's regressor from
three starts. CPU seconds on one core, BLAS on one thread. The likelihood is that of the runs at
each one's hyper-parameters, in nats; ours is to be the same or better.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern

from benchmarks.bench_speed import best
from benchmarks.table import Table
from simulators.problems.emulation import borehole, front
from simulators.problems.problem import Problem
from surrogate.blas import one_thread
from surrogate.dataset import Dataset
from surrogate.design import sobol
from surrogate.models.number_evidence import NumberModel
from surrogate.models.number_forms import number_form
from surrogate.models.numbers import NumberRecipe, NumberSurrogate
from surrogate.models.sites import number_sites
from surrogate.outcome import Number

Array = NDArray[np.float64]

PROBLEMS = (front, borehole)
ROUNDING = 1e-10  # what scikit-learn adds to its diagonal unless it is told otherwise
MANY = 100_000
MORE = 8  # runs told at once


def tables(quick: bool, seeds: int | None) -> list[Table]:
    sizes = (100, 200) if quick else (100, 200, 400, 800, 1600)
    with one_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        contests = [_contest(problem, n) for problem in PROBLEMS for n in sizes]
    return [_fits(contests), _readings(contests)]


@dataclass(frozen=True)
class _Contest:
    """CPU seconds and log likelihoods of both, on one problem with n runs."""

    problem: str
    n: int
    fit: tuple[float, float]
    likelihood: tuple[float, float]
    predict: tuple[float, float]
    tell: float
    refit: float


def _contest(problem: Problem, n: int) -> _Contest:
    d = problem.space.dimension
    data = _dataset(problem, n + MORE)
    some = _dataset(problem, n)
    form = number_form("smooth", (0,) * d)
    assert isinstance(some.outcome, Number)
    recipe = NumberRecipe(some.outcome, d, ("smooth",))
    times = 5 if n <= 200 else 1
    ours, theirs = recipe.fit(some), _theirs(some)
    model = NumberModel(form, number_sites(some))
    at_theirs = np.log([theirs.kernel_.k2.k1.constant_value, *theirs.kernel_.k2.k2.length_scale])
    rows = sobol(d, MANY, seed=3)
    return _Contest(
        problem.name,
        n,
        (best(lambda: recipe.fit(some), times), best(lambda: _theirs(some), min(times, 2))),
        (model.evidence(model.theta(ours.hyperparameters))[0], model.evidence(at_theirs)[0]),
        (best(lambda: ours.predict(rows), 2), best(lambda: theirs.predict(rows, True), 1)),
        best(lambda: _told(ours, data, n), 3),
        best(lambda: recipe.fit(data, start=ours.hyperparameters, optimise=False), 3),
    )


def _told(surrogate: NumberSurrogate, data: Dataset, n: int) -> NumberSurrogate:
    return surrogate.told(data.units[n:], data.values[n:])


def _theirs(data: Dataset) -> GaussianProcessRegressor:
    matern = Matern([0.5] * data.dimension, (0.01, 100.0), nu=2.5)
    kernel = ConstantKernel(1.0, "fixed") + ConstantKernel(1.0, (1e-3, 1e4)) * matern
    model = GaussianProcessRegressor(kernel, alpha=ROUNDING, n_restarts_optimizer=2, random_state=0)
    return model.fit(data.units, (data.values - data.values.mean()) / data.values.std())


def _dataset(problem: Problem, n: int) -> Dataset:
    units = sobol(problem.space.dimension, n, seed=1)
    outcome = problem.outcome
    assert isinstance(outcome, Number)
    return Dataset(outcome, units, problem.on(units), np.ones(n), np.full(n, np.nan), np.arange(n))


def _fits(contests: list[_Contest]) -> Table:
    columns = ("problem", "n", "ours s", "scikit-learn s", "times faster", "to beat")
    rows = [(c.problem, c.n, *c.fit, c.fit[1] / c.fit[0], 5.0, *c.likelihood) for c in contests]
    note = "likelihood in nats, higher is better; to beat: 5 times faster at the same or better"
    return Table(
        "a fit with hyper-parameters, CPU seconds",
        (*columns, "likelihood ours", "scikit-learn's"),
        tuple(rows),
        note,
    )


def _readings(contests: list[_Contest]) -> Table:
    rows = [
        (c.problem, c.n, *c.predict, c.predict[1] / c.predict[0], c.tell, c.refit) for c in contests
    ]
    return Table(
        f"{MANY} predictions with interval; {MORE} runs told without and with a refit, CPU s",
        ("problem", "n", "predict", "scikit-learn", "times faster", "tell", "refit"),
        tuple(rows),
    )
