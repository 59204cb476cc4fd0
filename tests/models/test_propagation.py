"""Expectation propagation against integration on a grid, differences, and its own laws."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import multivariate_normal, norm

from surrogate.linalg import factorise
from surrogate.models.likelihood import Probit
from surrogate.models.propagation import Propagated, propagate, settle
from surrogate.models.updating import Exact, ExactlyUpdated, Thin, thinned

Array = NDArray[np.float64]

PAIR = np.array([[2.0, 1.4], [1.4, 2.5]])
TRIPLE = np.array([[1.5, 0.9, 0.3], [0.9, 2.0, -0.4], [0.3, -0.4, 1.0]])
CASES = [
    (PAIR, [1, 0], [0, 1]),
    (PAIR, [1, 1], [0, 0]),
    (PAIR, [7, 2], [3, 2]),
    (TRIPLE, [1, 0, 1], [0, 1, 0]),
    (TRIPLE, [1, 1, 1], [0, 0, 0]),
    (TRIPLE, [5, 0, 1], [0, 4, 1]),
]


def integrated(K: Array, likelihood: Probit) -> tuple[float, Array, Array]:
    """log Z, mean and variance of the exact posterior, by summing over a grid."""
    n = len(K)
    axis = np.linspace(-9.0, 9.0, {1: 20001, 2: 601, 3: 91}[n])
    grid = np.stack(np.meshgrid(*[axis] * n, indexing="ij"), axis=-1).reshape(-1, n)
    log_prior = multivariate_normal(np.zeros(n), K).logpdf(grid).reshape(-1)
    log_data = norm.logcdf(grid) @ likelihood.yes + norm.logcdf(-grid) @ likelihood.no
    mass = np.exp(log_prior + log_data) * (axis[1] - axis[0]) ** n
    total = mass.sum()
    mean = mass @ grid / total
    return float(np.log(total)), mean, mass @ (grid - mean) ** 2 / total


def marginals(K: Array, found: Propagated[ExactlyUpdated]) -> tuple[Array, Array]:
    half = found.updated.root() @ K
    return K @ found.weights, np.diagonal(K) - (half**2).sum(axis=0)


def counts(yes: list[int], no: list[int]) -> Probit:
    return Probit(np.array(yes, dtype=float), np.array(no, dtype=float))


@pytest.mark.parametrize(("K", "yes", "no"), CASES)
def test_moments_and_evidence_agree_with_integration_within_a_hundredth(
    K: Array, yes: list[int], no: list[int]
) -> None:
    likelihood = counts(yes, no)
    log_z, mean, variance = integrated(K, likelihood)
    found = propagate(K, likelihood)
    m, v = marginals(K, found)
    assert found.converged
    assert found.log_evidence == pytest.approx(log_z, abs=0.005)
    np.testing.assert_allclose(m, mean, atol=0.01)
    np.testing.assert_allclose(v, variance, atol=0.01)
    exact_p = norm.cdf(mean / np.sqrt(1 + variance))
    np.testing.assert_allclose(norm.cdf(m / np.sqrt(1 + v)), exact_p, atol=0.002)


def test_one_site_is_exact() -> None:
    likelihood, K = counts([3], [1]), np.array([[4.0]])
    log_z, mean, variance = integrated(K, likelihood)
    found = propagate(K, likelihood)
    m, v = marginals(K, found)
    assert (m[0], v[0]) == pytest.approx((mean[0], variance[0]), abs=1e-5)
    assert found.log_evidence == pytest.approx(log_z, abs=1e-5)


def test_the_evidence_of_one_yes_under_a_symmetric_prior_is_a_half() -> None:
    found = propagate(np.array([[3.0]]), counts([1], [0]))
    assert found.log_evidence == pytest.approx(np.log(0.5), abs=1e-8)


def test_sensitivity_is_the_derivative_of_the_evidence() -> None:
    likelihood, h = counts([5, 0, 1], [0, 4, 1]), 1e-5
    sensitivity = propagate(TRIPLE, likelihood).sensitivity()
    for i, j in [(0, 0), (1, 1), (0, 1), (2, 0)]:
        step = np.zeros((3, 3))
        step[i, j] = step[j, i] = h
        up, down = (propagate(TRIPLE + sign * step, likelihood).log_evidence for sign in (1, -1))
        assert np.sum(sensitivity * step) / h == pytest.approx((up - down) / (2 * h), abs=1e-6)


def test_duplicated_sites_are_worth_as_much_as_one_site_of_both_counts() -> None:
    twice = np.array([[2.0, 2.0], [2.0, 2.0]])
    apart, together = (
        propagate(twice, counts([1, 0], [0, 1])),
        propagate(twice[:1, :1], counts([1], [1])),
    )
    m_apart, v_apart = marginals(twice, apart)
    m, v = marginals(twice[:1, :1], together)
    assert (m_apart[0], v_apart[0]) == pytest.approx((m[0], v[0]), abs=0.01)


def test_warm_messages_lead_to_the_same_fixed_point_in_fewer_sweeps() -> None:
    rng = np.random.default_rng(1)
    x = rng.random(80)
    K = 1.0 + 4.0 * np.exp(-0.5 * ((x[:, None] - x) / 0.2) ** 2)
    yes = (rng.random(80) < 0.5 + 0.4 * np.sin(6 * x)).astype(float)
    cold = propagate(K, Probit(yes, 1 - yes))
    warm = propagate(1.02 * K, Probit(yes, 1 - yes), start=cold.messages)
    again = propagate(1.02 * K, Probit(yes, 1 - yes))
    assert warm.sweeps < again.sweeps
    np.testing.assert_allclose(warm.weights, again.weights, atol=1e-5)


@pytest.mark.parametrize("amplitude", [0.001, 1.0, 100.0, 1e4])
@pytest.mark.parametrize("length", [0.02, 0.2, 2.0, 20.0])
def test_it_converges_for_every_prior_that_a_search_may_visit(
    amplitude: float, length: float
) -> None:
    rng = np.random.default_rng(5)
    x = rng.random(60)
    K = 1.0 + amplitude * np.exp(-np.abs(x[:, None] - x) / length)
    for yes in (np.ones(60), (x > 0.4).astype(float), (rng.random(60) < 0.5).astype(float)):
        found = propagate(K, Probit(yes, 1 - yes))
        assert found.converged
        assert np.isfinite(found.log_evidence)


def test_no_sites_have_evidence_one() -> None:
    found = propagate(np.empty((0, 0)), counts([], []))
    assert found.log_evidence == 0.0


def wavy(n: int) -> tuple[Array, Probit]:
    rng = np.random.default_rng(3)
    x = np.sort(rng.random(n))
    yes = (rng.random(n) < 0.5 + 0.45 * np.sin(7 * x)).astype(float)
    return 1.0 + 4.0 * np.exp(-0.5 * ((x[:, None] - x) / 0.3) ** 2), Probit(yes, 1 - yes)


def test_a_thin_prior_that_leaves_nothing_out_gives_the_exact_update() -> None:
    K, likelihood = wavy(12)
    thin = settle(Thin(factorise(K), np.zeros(12)), likelihood)
    exact = propagate(K, likelihood)
    assert thin.log_evidence == pytest.approx(exact.log_evidence, abs=1e-6)
    np.testing.assert_allclose(thin.weights, exact.weights, atol=1e-5)
    np.testing.assert_allclose(thin.sensitivity(), exact.sensitivity(), atol=1e-5)


def test_squares_are_those_of_the_precision_thin_or_exact() -> None:
    K, likelihood = wavy(40)
    phi = (np.random.default_rng(1).random((40, 6)) < 0.3).astype(float)
    for found in (settle(thinned(K, 1e-3), likelihood), propagate(K, likelihood)):
        expected = np.diagonal(phi.T @ found.updated.precision() @ phi)
        np.testing.assert_allclose(found.updated.squares(phi), expected, rtol=1e-8)


def test_a_thousandth_left_out_moves_the_evidence_by_less_than_a_hundredth() -> None:
    K, likelihood = wavy(150)
    prior = thinned(K, 1e-3)
    assert isinstance(prior, Thin)
    assert prior.columns.shape[1] < 20
    gap = settle(prior, likelihood).log_evidence - propagate(K, likelihood).log_evidence
    assert abs(gap) < 0.01


def test_a_prior_of_unrelated_sites_is_not_thinned() -> None:
    assert isinstance(thinned(np.eye(30), 1e-3), Exact)


def test_nearly_certain_answers_take_few_sweeps() -> None:
    """Sweeps without mixing take 121 here."""
    rng = np.random.default_rng(5)
    units = rng.random((80, 2))
    K = 1.0 + 36.0 * np.exp(-0.5 * ((units[:, None] - units) ** 2).sum(axis=-1) / 0.16)
    yes = (units[:, 0] + units[:, 1] ** 2 > 0.8).astype(float)
    found = propagate(K, Probit(yes, 1 - yes))
    assert found.converged
    assert found.sweeps < 30
