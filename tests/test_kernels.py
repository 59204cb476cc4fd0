"""Laws of covariances; numbers from scikit-learn's kernels, which share the same definitions."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.gaussian_process.kernels import RBF, DotProduct, Matern

from surrogate.kernels import Constant, Kernel, Linear, Plane, Stationary, ard
from surrogate.profiles import Matern32, Matern52, Profile, Rbf

Array = NDArray[np.float64]
LENGTHS = (0.3, 0.7, 1.4)


def points(n: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).random((n, 3))


def composed() -> Kernel:
    bands = Constant(0.2) * Stationary(Rbf(), (0.1,), (1,))
    slope = Constant(0.3) * Linear(2)
    both = Constant(0.8) * ard(Matern52(), LENGTHS) * ard(Rbf(), LENGTHS)
    return Constant(1.5) + both + bands + slope + Plane(0.6)


@pytest.mark.parametrize(
    ("profile", "theirs"),
    [
        (Rbf(), RBF(LENGTHS)),
        (Matern32(), Matern(LENGTHS, nu=1.5)),
        (Matern52(), Matern(LENGTHS, nu=2.5)),
    ],
)
def test_correlations_equal_scikit_learns(profile: Profile, theirs: Matern) -> None:
    a, b = points(7), points(5, seed=1)
    np.testing.assert_allclose(ard(profile, LENGTHS)(a, b), theirs(a, b), rtol=1e-12)


def test_a_plane_beside_a_correlation_equals_scikit_learns_sum() -> None:
    a, b = points(7), points(5, seed=1)
    ours = Constant(2.0) * ard(Matern52(), LENGTHS) + Plane(0.7)
    theirs = 2.0 * Matern(LENGTHS, nu=2.5) + 0.7 * DotProduct(0.0)
    np.testing.assert_allclose(ours(a, b), theirs(a - 0.5, b - 0.5), rtol=1e-12)


@pytest.mark.parametrize("profile", [Rbf(), Matern32(), Matern52()])
def test_a_slope_is_the_derivative_of_its_value(profile: Profile) -> None:
    squared, h = np.linspace(0.05, 9, 40), 1e-6
    difference = (profile.value(squared + h) - profile.value(squared - h)) / (2 * h)
    np.testing.assert_allclose(profile.evaluate(squared)[1], difference, atol=1e-8)


@pytest.mark.parametrize(
    "kernel",
    [ard(Matern32(), LENGTHS), ard(Matern52(), LENGTHS), ard(Rbf(), LENGTHS), composed()],
)
def test_contracted_gradients_agree_with_differences(kernel: Kernel) -> None:
    a = points(9)
    weights = np.random.default_rng(2).normal(size=(9, 9))
    weights += weights.T
    _, pull = kernel.evaluate(a)
    theta, h = kernel.theta, 1e-6
    for j, derivative in enumerate(pull(weights)):
        step = h * np.eye(len(theta))[j]
        rise = kernel.at(theta + step)(a, a) - kernel.at(theta - step)(a, a)
        assert derivative == pytest.approx(np.sum(weights * rise) / (2 * h), rel=1e-6, abs=1e-8)


def test_every_hyper_parameter_has_a_derivative_and_a_fixed_constant_has_none() -> None:
    kernel = Constant(1.0, free=False) + Constant(2.0) * ard(Matern52(), LENGTHS)
    a = points(4)
    assert len(kernel.theta) == len(kernel.evaluate(a)[1](np.ones((4, 4)))) == 4
    np.testing.assert_allclose(kernel.at(kernel.theta)(a, a), kernel(a, a), rtol=1e-14)


def test_a_composed_covariance_is_symmetric_and_positive() -> None:
    a = points(30)
    K = composed()(a, a)
    np.testing.assert_array_equal(K, K.T)
    np.testing.assert_allclose(np.diagonal(K), composed().diagonal(a), rtol=1e-14)
    assert np.linalg.eigvalsh(K).min() > -1e-12


def test_columns_that_are_not_active_do_not_matter() -> None:
    kernel = Stationary(Matern52(), (0.2,), (1,))
    a, b = points(5), points(5)
    b[:, [0, 2]] = 0.5
    np.testing.assert_array_equal(kernel(a, a), kernel(b, b))


def test_an_endless_length_makes_all_points_alike() -> None:
    np.testing.assert_allclose(ard(Matern52(), (1e9,) * 3)(points(4), points(4)), 1.0, atol=1e-12)
