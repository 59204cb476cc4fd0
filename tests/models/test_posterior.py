"""A process that has read exact runs of something smooth: what rounding would hide is kept."""

import numpy as np
from numpy.typing import NDArray

from surrogate.kernels import Constant, ard
from surrogate.models.posterior import Posterior, conditioned
from surrogate.profiles import Matern52, Rbf

Array = NDArray[np.float64]

RNG = np.random.default_rng(4)
SITES, GRID = RNG.random((200, 2)), 0.1 + 0.8 * RNG.random((40, 2))
SMOOTH = Constant(1e3) * ard(Rbf(), (0.5, 0.5))


def response(units: Array) -> Array:
    return np.asarray(30.0 * np.sin(3.0 * units[:, 0]) * units[:, 1])


def read(n: int) -> Posterior:
    return conditioned(SMOOTH, SITES[:n], response(SITES[:n]), np.zeros(n))


def test_covariances_after_exact_runs_are_right_to_a_ten_trillionth_of_the_prior() -> None:
    process = read(200)
    for found in (process.covariance(GRID, GRID), process.beside(GRID)(GRID)):
        values = np.linalg.eigvalsh(0.5 * (found + found.T))
        assert -2e-11 < values[0] < values[-1] < 3e-10


def test_told_exact_runs_it_is_the_process_that_has_read_them_all() -> None:
    told = read(190).told(SITES[190:], response(SITES[190:]), np.zeros(10))
    assert told.lower is not None
    np.testing.assert_allclose(told.lower @ told.lower.T, SMOOTH(SITES, SITES), atol=1e-9)
    assert np.linalg.eigvalsh(told.covariance(GRID, GRID))[0] > -2e-11
    np.testing.assert_allclose(told.mean(GRID), response(GRID), atol=1e-4)


def test_stretched_it_has_the_same_mean_and_so_much_more_variance() -> None:
    process = read(200)
    wide = process.stretched(4.0)
    np.testing.assert_allclose(wide.mean(GRID), process.mean(GRID), rtol=1e-12)
    np.testing.assert_allclose(
        wide.covariance(GRID, GRID), 4.0 * process.covariance(GRID, GRID), atol=1e-10
    )


def test_with_noise_nothing_needs_to_be_solved() -> None:
    rough = Constant(2.0) * ard(Matern52(), (0.3, 0.3))
    assert conditioned(rough, SITES, response(SITES), np.full(200, 0.1)).lower is None
