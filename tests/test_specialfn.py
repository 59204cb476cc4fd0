"""The bivariate normal distribution function against exact cases and other people's code."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.special import ndtr
from scipy.stats import multivariate_normal, norm

from surrogate.specialfn import bivariate_excess, bivariate_normal

Array = NDArray[np.float64]
CORRELATIONS = [-0.999, -0.95, -0.8, -0.5, -0.1, 0.002, 0.11, 0.29, 0.49, 0.64, 0.74, 0.9, 0.99]


def pairs(count: int) -> tuple[Array, Array]:
    rng = np.random.default_rng(4)
    return 2.5 * rng.standard_normal(count), 2.5 * rng.standard_normal(count)


def by_quadrature(h: float, k: float, rho: float) -> float:
    """Phi2 as the integral of phi(x) Phi((k - rho x) / sqrt(1 - rho^2)) over x up to h."""
    across = np.sqrt(1 - rho * rho)
    bend = k / rho if rho else 0.0
    inside = [p for p in (bend, 0.0) if -12 < p < h]
    value, _ = quad(
        lambda x: norm.pdf(x) * ndtr((k - rho * x) / across),
        -12,
        h,
        points=inside or None,
        epsabs=1e-14,
        epsrel=1e-13,
        limit=400,
    )
    return float(value)


@pytest.mark.parametrize("rho", [-0.97, -0.6, -0.2, 0.05, 0.3, 0.7, 0.93, 0.99999])
def test_the_distribution_function_equals_a_plain_integral(rho: float) -> None:
    for h, k in [(0.3, -0.7), (-2.1, 0.4), (1.0, 1.0), (-3.0, -2.9), (2.5, -2.5), (0.0, 0.8)]:
        assert bivariate_normal(h, k, rho) == pytest.approx(by_quadrature(h, k, rho), abs=1e-12)


def test_the_distribution_function_equals_scipys() -> None:
    for h, k, rho in [(0.3, -0.7, 0.4), (-1.0, 0.2, -0.85), (1.5, 0.1, 0.97)]:
        theirs = multivariate_normal.cdf([h, k], cov=[[1, rho], [rho, 1]], abseps=1e-12)
        assert bivariate_normal(h, k, rho) == pytest.approx(theirs, abs=1e-8)


def test_at_the_origin_it_is_a_quarter_and_the_angle() -> None:
    rho = np.linspace(-1, 1, 401)
    expected = 0.25 + np.arcsin(rho) / (2 * np.pi)
    np.testing.assert_allclose(bivariate_normal(0.0, 0.0, rho), expected, atol=1e-15)


def test_independent_and_tied_variables_are_the_closed_cases() -> None:
    h, k = pairs(200)
    np.testing.assert_allclose(bivariate_normal(h, k, 0.0), ndtr(h) * ndtr(k), atol=1e-15)
    np.testing.assert_allclose(bivariate_normal(h, k, 1.0), ndtr(np.minimum(h, k)), atol=1e-15)
    tied = np.maximum(ndtr(h) - ndtr(-k), 0)
    np.testing.assert_allclose(bivariate_normal(h, k, -1.0), tied, atol=1e-15)


def test_infinite_bounds_leave_one_variable() -> None:
    h, _ = pairs(50)
    for rho in CORRELATIONS:
        np.testing.assert_allclose(bivariate_normal(h, np.inf, rho), ndtr(h), atol=1e-14)
        np.testing.assert_allclose(bivariate_normal(h, -np.inf, rho), 0.0, atol=1e-14)


@pytest.mark.parametrize("rho", CORRELATIONS)
def test_the_two_variables_may_change_places_and_signs(rho: float) -> None:
    h, k = pairs(300)
    np.testing.assert_allclose(bivariate_normal(h, k, rho), bivariate_normal(k, h, rho), atol=1e-14)
    mirrored = ndtr(h) - bivariate_normal(h, -k, -rho)
    np.testing.assert_allclose(bivariate_normal(h, k, rho), mirrored, atol=1e-14)


@pytest.mark.parametrize("rho", CORRELATIONS)
def test_the_quick_excess_keeps_its_stated_error(rho: float) -> None:
    h, k = pairs(4000)
    exact = bivariate_normal(h, k, rho) - ndtr(h) * ndtr(k)
    assert np.abs(bivariate_excess(h, k, rho) - exact).max() < 1e-7


def test_the_excess_grows_with_the_correlation() -> None:
    h, k = pairs(100)
    rho = np.linspace(-0.999, 0.999, 500)
    rising = np.diff(bivariate_excess(h[:, None], k[:, None], rho), axis=1)
    assert rising.min() > -1e-7


def test_arguments_broadcast_and_may_be_empty() -> None:
    assert bivariate_excess(np.zeros((3, 1)), np.zeros(5), 0.1).shape == (3, 5)
    assert bivariate_normal(np.zeros((0, 4)), 1.0, 0.2).shape == (0, 4)
