"""Laws of the probit likelihood's moments; numbers by scipy's adaptive quadrature."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.stats import norm

from surrogate.models.likelihood import Probit, _many_trials, hazard, information
from surrogate.models.propagation import match

Array = NDArray[np.float64]


def log_expected(yes: float, no: float, m: float, v: float, lapse: float = 0.0) -> float:
    """log of the expected likelihood under N(m, v), by adaptive quadrature."""

    def density(f: float) -> float:
        up, down = (norm.logcdf(x) for x in (f, -f))
        if lapse:
            up, down = (np.log(lapse + (1 - 2 * lapse) * norm.cdf(x)) for x in (f, -f))
        return float(np.exp(yes * up + no * down + norm.logpdf(f, m, v**0.5)))

    reach = 12.0 * v**0.5
    middle = [m - 2.0 * v**0.5, m, m + 2.0 * v**0.5, 0.0]
    inside = [point for point in middle if abs(point - m) < reach]
    total, _ = quad(density, m - reach, m + reach, points=inside, epsabs=0, epsrel=1e-11, limit=400)
    return float(np.log(total))


def one(value: float) -> Array:
    return np.array([value])


@pytest.mark.parametrize(
    ("yes", "no", "m", "v"),
    [
        (1.0, 0.0, 0.3, 1.7),
        (0.0, 1.0, 2.0, 0.4),
        (7.0, 3.0, -0.5, 2.0),
        (20.0, 0.0, 0.0, 9.0),
        (0.0, 3.0, 1.5, 4.0),
        (500.0, 500.0, 1.0, 1.0),
        (1.0, 1.0, 0.0, 25.0),
        (10.0, 0.0, 0.0, 30.0),
    ],
)
def test_moments_agree_with_adaptive_quadrature(yes: float, no: float, m: float, v: float) -> None:
    found = Probit(one(yes), one(no)).moments(one(m), one(v))
    h = 1e-3
    low, middle, high = (log_expected(yes, no, m + k * h, v) for k in (-1, 0, 1))
    assert found.log_z[0] == pytest.approx(middle, abs=1e-6)
    assert found.alpha[0] == pytest.approx((high - low) / (2 * h), abs=1e-5, rel=1e-4)
    assert found.beta[0] == pytest.approx(-(high - 2 * middle + low) / h**2, abs=2e-4, rel=1e-3)


@pytest.mark.parametrize(
    ("yes", "no", "m", "v", "within"),
    [
        (18.0, 22.0, 0.1, 0.1, 1e-6),
        (18.0, 22.0, 0.1, 4.0, 1e-6),
        (18.0, 22.0, 3.0, 1e4, 0.01),
        (0.0, 40.0, 5.0, 1e6, 0.01),
        (3.0, 5.0, 0.0, 1e8, np.inf),
    ],
)
def test_a_wide_belief_is_left_with_what_the_answers_say(
    yes: float, no: float, m: float, v: float, within: float
) -> None:
    f = np.linspace(min(-8.0, m - 8 * v**0.5), max(8.0, m + 8 * v**0.5), 100_001)
    log_tilted = yes * norm.logcdf(f) + no * norm.logcdf(-f) - 0.5 * (f - m) ** 2 / v
    tilted = np.exp(log_tilted - log_tilted.max())
    tilted /= tilted.sum()
    mean = tilted @ f
    precision = 1.0 / (tilted @ (f - mean) ** 2)
    found = match(Probit(one(yes), one(no)).moments(one(m), one(v)), one(m), one(v))
    assert 0.0 < found.tau[0] <= (yes + no) * (1.0 + 1e-6)
    assert found.tau[0] == pytest.approx(precision - 1.0 / v, rel=within)
    assert found.nu[0] == pytest.approx(mean * precision - m / v, rel=within)


@pytest.mark.parametrize(("yes", "no", "m", "v"), [(0, 5, -14.8, 140.0), (5, 0, 160.0, 9960.0)])
def test_a_belief_far_wider_than_the_likelihoods_bend_keeps_its_precision_positive(
    yes: float, no: float, m: float, v: float
) -> None:
    f = np.linspace(m - 10 * v**0.5, m + 10 * v**0.5, 400_001)
    log_tilted = yes * norm.logcdf(f) + no * norm.logcdf(-f) - 0.5 * (f - m) ** 2 / v
    tilted = np.exp(log_tilted - log_tilted.max())
    tilted /= tilted.sum()
    mean = tilted @ f
    found = Probit(one(yes), one(no)).moments(one(m), one(v))
    assert found.alpha[0] == pytest.approx((mean - m) / v, rel=0.01)
    assert found.beta[0] == pytest.approx((1 - (tilted @ (f - mean) ** 2) / v) / v, rel=0.01)
    assert match(found, one(m), one(v)).tau[0] > 0.0


def test_one_trial_by_quadrature_equals_its_closed_form() -> None:
    rng = np.random.default_rng(3)
    m, v = rng.normal(0, 2, 50), rng.uniform(0.01, 9, 50)
    yes = rng.integers(0, 2, 50).astype(float)
    closed = Probit(yes, 1 - yes).moments(m, v)
    summed = _many_trials(Probit(yes, 1 - yes), m, v)
    np.testing.assert_allclose(summed.log_z, closed.log_z, atol=1e-6)
    np.testing.assert_allclose(summed.alpha, closed.alpha, atol=1e-6)
    np.testing.assert_allclose(summed.beta, closed.beta, atol=1e-5)


def test_hazard_is_finite_and_right_in_both_far_tails() -> None:
    z = np.array([-200.0, -40.0, -3.0, 0.0, 3.0, 40.0])
    # Mills ratio: phi/Phi(-x) = x + 1/x - 2/x^3 + ... for large x
    assert hazard(z)[0] == pytest.approx(200.0 + 1 / 200.0, rel=1e-7)
    assert hazard(z)[2] == pytest.approx(norm.pdf(3) / norm.sf(3), rel=1e-12)
    assert hazard(z)[3] == pytest.approx(2 / np.sqrt(2 * np.pi), rel=1e-14)
    assert 0 <= hazard(z)[5] < 1e-300


def test_a_yes_or_no_informs_most_at_even_odds() -> None:
    z = np.linspace(-6, 6, 121)
    assert np.argmax(information(z)) == 60
    assert information(z)[60] == pytest.approx(2 / np.pi, rel=1e-14)


@pytest.mark.parametrize("counts", [(1.0, 0.0), (0.0, 1.0), (4.0, 1.0), (0.0, 6.0)])
@pytest.mark.parametrize("belief", [(0.4, 1.5), (-2.5, 0.6), (3.0, 4.0)])
def test_moments_with_lapses_agree_with_adaptive_quadrature(
    counts: tuple[float, float], belief: tuple[float, float]
) -> None:
    (yes, no), (m, v), h = counts, belief, 1e-3
    found = Probit(one(yes), one(no), 0.05).moments(one(m), one(v))
    low, middle, high = (log_expected(yes, no, m + k * h, v, 0.05) for k in (-1, 0, 1))
    assert found.log_z[0] == pytest.approx(middle, abs=1e-3)
    assert found.alpha[0] == pytest.approx((high - low) / (2 * h), abs=2e-3)
    assert found.beta[0] == pytest.approx(-(high - 2 * middle + low) / h**2, abs=1e-2)


def test_an_answer_that_can_only_be_a_lapse_pulls_hardly_at_all() -> None:
    surprise = one(-6.0), one(0.1)
    sure, doubtful = (Probit(one(1.0), one(0.0), lapse).moments(*surprise) for lapse in (0.0, 0.05))
    assert sure.alpha[0] > 4.0
    assert doubtful.alpha[0] < 1e-4
