"""Bent inputs, interactions and choices: laws of covariances, limits where they are plain ones."""

import numpy as np
import pytest
from numpy.typing import NDArray

from surrogate.kernels import Constant, Kernel, Stationary, ard
from surrogate.models.covariances import Embedded, Interactions, Warped
from surrogate.profiles import Matern52, Rbf

Array = NDArray[np.float64]
BENT = Warped(Matern52(), (0.3, 0.7, 1.4), (0.5, 1.0, 2.0), (1.5, 1.0, 0.7))
JOINT = Interactions(Rbf(), (0.5, 2.0, 0.01), (0.3, 0.7, 1.4))
CHOOSING = Embedded(ard(Matern52(), (0.3, 0.7, 1.4, 0.2)), (0, 3))


def points(n: int, d: int = 3) -> Array:
    return np.random.default_rng(n).random((n, d))


@pytest.mark.parametrize("kernel", [BENT, JOINT, CHOOSING])
def test_contracted_gradients_agree_with_differences(kernel: Kernel) -> None:
    a = points(9, 2 if kernel is CHOOSING else 3)
    weights = np.random.default_rng(2).normal(size=(9, 9))
    weights += weights.T
    _, pull = kernel.evaluate(a)
    theta, h = kernel.theta, 1e-6
    slopes = pull(weights)
    assert slopes.shape == theta.shape
    for j, derivative in enumerate(slopes):
        step = h * np.eye(len(theta))[j]
        rise = kernel.at(theta + step)(a, a) - kernel.at(theta - step)(a, a)
        assert derivative == pytest.approx(np.sum(weights * rise) / (2 * h), rel=1e-5, abs=1e-8)


def test_an_even_warp_changes_nothing() -> None:
    even = Warped(Rbf(), (0.3, 0.7, 1.4), (1.0, 1.0, 1.0), (1.0, 1.0, 1.0))
    a, b = points(6), points(4)
    np.testing.assert_allclose(even(a, b), ard(Rbf(), (0.3, 0.7, 1.4))(a, b), rtol=1e-6)


def test_interactions_are_the_product_of_one_and_an_effect_of_each_input() -> None:
    a, b = points(6), points(4)
    whole: Kernel = Constant(1.0)
    for j, (share, length) in enumerate(zip(JOINT.shares, JOINT.lengths, strict=True)):
        whole = whole * (Constant(1.0) + Constant(share) * Stationary(Rbf(), (length,), (j,)))
    np.testing.assert_allclose(JOINT(a, b), whole(a, b), rtol=1e-12)
    np.testing.assert_allclose(JOINT.diagonal(a), np.diagonal(JOINT(a, a)), rtol=1e-12)


def test_the_order_of_choices_does_not_matter() -> None:
    """With equal lengths any two choices are equally far apart; an ordered column tells them."""
    equal = Embedded(ard(Matern52(), (0.5, 0.5, 0.5)), (3,))
    cells = (np.arange(3)[:, None] + 0.5) / 3
    K = equal(cells, cells)
    assert K[0, 1] == K[0, 2] == K[1, 2] < K[0, 0] == 1.0
