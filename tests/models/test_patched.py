"""The process with a patch against its worlds, each conditioned by itself and summed by chance."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import multivariate_normal

from surrogate.kernels import Constant, ard
from surrogate.models.patched import Halves, PatchedPosterior
from surrogate.models.posterior import Posterior, conditioned
from surrogate.models.shapes import Shapes
from surrogate.models.worlds import Patches
from surrogate.profiles import Matern52

Array = NDArray[np.float64]

KERNEL = Constant(0.3) + Constant(0.2) * ard(Matern52(), (0.5, 0.5))
NOISE = 1.5
SHAPES = Shapes(
    np.array([[0.1, 0.1], [0.3, 0.2]]),
    np.array([[0.5, 0.5], [0.8, 0.7]]),
    np.array([[False, False], [True, True]]),
)
LIFTS = np.array([0.9, 0.6])
CHANCES = np.array([0.5, 0.3])
SITES = np.random.default_rng(0).random((30, 2))
VALUES = np.random.default_rng(1).normal(size=30)
POINTS = np.array([[0.2, 0.2], [0.45, 0.45], [0.7, 0.45], [0.95, 0.9]])


def taught(shift: Array, sites: Array = SITES, values: Array = VALUES) -> Posterior:
    return conditioned(KERNEL, sites, values - shift, np.full(len(sites), NOISE))


def shifts(points: Array) -> list[Array]:
    """What each world adds to f: the two shapes, and nothing."""
    return [*(SHAPES.hold(points) * LIFTS).T, np.zeros(len(points))]


def process() -> PatchedPosterior:
    weights = np.column_stack([taught(shift).weights for shift in shifts(SITES)[:-1]])
    return PatchedPosterior(taught(np.zeros(30)), Patches(SHAPES, CHANCES, LIFTS, 0.0, weights))


def means(points: Array) -> Array:
    worlds = zip(shifts(SITES), shifts(points), strict=True)
    return np.stack([taught(known).mean(points) + here for known, here in worlds])


W = np.array([0.5, 0.3, 0.2])


def test_moments_are_those_of_the_worlds_by_the_laws_of_total_mean_and_variance() -> None:
    f = means(POINTS)
    mean, variance = process().latent(POINTS)
    np.testing.assert_allclose(mean, W @ f, rtol=1e-9)
    np.testing.assert_allclose(process().mean(POINTS), mean, rtol=1e-9)
    within = taught(np.zeros(30)).latent(POINTS)[1]
    np.testing.assert_allclose(variance, within + W @ f**2 - (W @ f) ** 2, rtol=1e-9)


def test_covariances_agree_with_variances_and_with_the_worlds() -> None:
    whole = process().covariance(POINTS, POINTS)
    np.testing.assert_allclose(np.diagonal(whole), process().latent(POINTS)[1], rtol=1e-6)
    f = means(POINTS) - W @ means(POINTS)
    expected = taught(np.zeros(30)).covariance(POINTS, POINTS) + (f.T * W) @ f
    np.testing.assert_allclose(whole, expected, rtol=1e-6)


def test_a_half_is_the_worlds_in_which_a_patch_is_there_or_is_not() -> None:
    halves = process().halves(POINTS)
    np.testing.assert_allclose(halves.inside, [0.5, 0.8, 0.3, 0.0])
    f = means(POINTS)[:, 0]
    assert halves.m[0, 0] == pytest.approx(f[0])
    assert halves.m[1, 0] == pytest.approx((0.3 * f[1] + 0.2 * f[2]) / 0.5)
    assert halves.m[1, 3] == pytest.approx(W @ means(POINTS)[:, 3])


def test_what_is_told_counts_as_if_it_had_been_known_from_the_start() -> None:
    more, values, noise = POINTS[:2], np.array([0.8, -0.4]), np.array([0.7, 1.1])
    told = process().told(more, values, noise)
    sites = np.concatenate([SITES, more])
    total = np.concatenate([np.full(30, NOISE), noise])
    K = KERNEL(more, SITES) @ np.linalg.inv(KERNEL(SITES, SITES) + NOISE * np.eye(30))
    spread = KERNEL(more, more) - K @ KERNEL(SITES, more) + np.diag(noise)
    f = means(more)
    after = W * [multivariate_normal.pdf(values, mean=mean, cov=spread) for mean in f]
    np.testing.assert_allclose(told.patches.worlds, after / after.sum(), rtol=1e-6)
    whole = np.concatenate([VALUES, values])
    for k, shift in enumerate(shifts(sites)[:-1]):
        anew = conditioned(KERNEL, sites, whole - shift, total)
        np.testing.assert_allclose(told.patches.weights[:, k], anew.weights, rtol=1e-6)


def test_quantiles_are_where_the_two_normals_together_hold_as_much() -> None:
    halves = Halves(
        np.array([0.4, 0.0]), np.array([[1.0, 1.0], [-1.0, -0.5]]), np.full((2, 2), 0.1)
    )
    for p in (0.025, 0.5, 0.7, 0.975):
        np.testing.assert_allclose(halves.below(halves.quantile(p)), p, atol=1e-9)
    assert halves.quantile(0.975)[0] > 1.0 > -1.0 > halves.quantile(0.025)[0]


def test_the_chance_of_a_yes_is_that_of_draws() -> None:
    halves = Halves(np.array([0.3]), np.array([[0.8], [-0.5]]), np.array([[0.2], [0.1]]))
    rng = np.random.default_rng(3)
    inside = rng.random(200_000) < 0.3
    f = np.where(inside, rng.normal(0.8, 0.2**0.5, 200_000), rng.normal(-0.5, 0.1**0.5, 200_000))
    assert halves.chance()[0] == pytest.approx(ndtr(f).mean(), abs=0.003)
    assert halves.mean()[0] == pytest.approx(f.mean(), abs=0.01)
    assert halves.variance()[0] == pytest.approx(f.var(), abs=0.01)


def test_nothing_is_asked_of_no_points() -> None:
    assert process().mean(np.empty((0, 2))).shape == (0,)
    assert process().halves(np.empty((0, 2))).m.shape == (2, 0)


def test_left_out_sites_are_judged_by_the_worlds_together() -> None:
    miss, variance = process().left_out()
    precision = np.linalg.inv(KERNEL(SITES, SITES) + NOISE * np.eye(30))
    shift = W @ np.stack(shifts(SITES))
    np.testing.assert_allclose(variance, 1.0 / np.diagonal(precision), rtol=1e-9)
    np.testing.assert_allclose(miss, precision @ (VALUES - shift) * variance, rtol=1e-9)
