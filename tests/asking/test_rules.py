"""Gains against integrals done the slow way."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtr

from surrogate.asking import rules
from surrogate.asking.scene import Sight, Sites, explained, look
from surrogate.outcome import Number
from surrogate.specialfn import bivariate_normal
from tests.asking.process import Process, process

Array = NDArray[np.float64]
G = 0.3
NODES, RAW = np.polynomial.hermite_e.hermegauss(80)
WEIGHTS = RAW / RAW.sum()


def sight(surrogate: Process, *, flying: Array | None = None) -> Sight:
    rng = np.random.default_rng(3)
    candidates, places = look(surrogate, rng.random((7, 2))), look(surrogate, rng.random((9, 2)))
    sites = Sites(places, np.full(9, 1 / 9))
    c = surrogate.covariance(candidates.units, places.units)
    zero = np.zeros_like(c)
    plain = Sight(candidates, sites, c, zero, zero[:, 0], zero[0])
    if flying is None:
        return plain
    readings = look(surrogate, flying)
    where = np.concatenate([candidates.units, places.units])
    factor = explained(
        surrogate.covariance(flying, flying), readings.noise, surrogate.covariance(flying, where)
    )
    here, there = factor[:, :7], factor[:, 7:]
    return replace(
        plain, e=here.T @ there, own=(here**2).sum(axis=0), theirs=(there**2).sum(axis=0)
    )


def chances_after(view: Sight, row: int) -> tuple[float, Array, Array]:
    """P(y = 1) at a candidate, and P(f_q <= G) after a yes and after a no, by quadrature."""
    here, there = view.candidates, view.sites.points
    f = here.m[row] + np.sqrt(here.v[row]) * NODES
    yes = WEIGHTS * ndtr(f)
    slope = view.c[row] / here.v[row]
    mean = there.m + slope * (f[:, None] - here.m[row])
    below = ndtr((G - mean) / np.sqrt(there.v - slope * view.c[row]))
    no = WEIGHTS - yes
    return float(yes.sum()), yes @ below / yes.sum(), no @ below / no.sum()


def by_answers(view: Sight, row: int, loss: object) -> float:
    assert callable(loss)
    yes, after_yes, after_no = chances_after(view, row)
    there = view.sites.points
    now = loss(ndtr((G - there.m) / np.sqrt(there.v)))
    return float((now - yes * loss(after_yes) - (1 - yes) * loss(after_no)).mean())


def test_the_volume_change_is_the_mean_absolute_change_over_both_answers() -> None:
    view = sight(process())
    gains = rules.volume_change(view, G)
    for row in range(7):
        yes, after_yes, after_no = chances_after(view, row)
        there = view.sites.points
        now = ndtr((G - there.m) / np.sqrt(there.v))
        moved = yes * abs((now - after_yes).mean()) + (1 - yes) * abs((now - after_no).mean())
        assert gains[row] == pytest.approx(moved, abs=2e-6)


def test_the_volume_change_is_the_published_formula() -> None:
    view = sight(process())
    here, there = view.candidates, view.sites.points
    t, s = np.sqrt(1 + here.v), np.sqrt(there.v)
    yes, below = ndtr(here.m / t), ndtr((G - there.m) / s)
    joint = bivariate_normal((here.m / t)[:, None], (G - there.m) / s, -view.c / (t[:, None] * s))
    first = joint / yes[:, None]
    second = (below - joint) / (1 - yes)[:, None]
    eavc = yes * np.abs((below - first).mean(axis=1)) + (1 - yes) * np.abs(
        (below - second).mean(axis=1)
    )
    np.testing.assert_allclose(rules.volume_change(view, G), eavc, atol=1e-7)


def test_the_fall_of_undecided_sides_is_what_the_answers_leave() -> None:
    view = sight(process())
    gains = rules.side_variance(view, G)
    for row in range(7):
        assert gains[row] == pytest.approx(
            by_answers(view, row, lambda p: 2 * p * (1 - p)), abs=2e-6
        )


def test_information_and_error_rules_are_what_the_answers_leave() -> None:
    view = sight(process())
    information, error = rules.side_information(view, G), rules.side_error(view, G)
    for row in range(7):
        entropy = by_answers(view, row, lambda p: -p * np.log(p) - (1 - p) * np.log1p(-p))
        assert information[row] == pytest.approx(entropy, abs=5e-6)
        wrong = by_answers(view, row, lambda p: np.minimum(p, 1 - p))
        assert error[row] == pytest.approx(wrong, abs=2e-6)


def test_the_fall_of_the_variance_of_p_is_what_the_answers_leave() -> None:
    view = sight(process())
    gains = rules.chance_variance(view, G)
    here, there = view.candidates, view.sites.points
    for row in range(7):
        f = here.m[row] + np.sqrt(here.v[row]) * NODES
        slope = view.c[row] / here.v[row]
        mean = there.m + slope * (f[:, None] - here.m[row])
        p = ndtr(mean / np.sqrt(1 + there.v - slope * view.c[row]))
        yes = WEIGHTS * ndtr(f)
        after_yes, after_no = yes @ p / yes.sum(), (WEIGHTS - yes) @ p / (1 - yes.sum())
        p_now = ndtr(there.m / np.sqrt(1 + there.v))
        spread = yes.sum() * after_yes**2 + (1 - yes.sum()) * after_no**2 - p_now**2
        assert gains[row] == pytest.approx(spread.mean(), abs=2e-6)


def test_a_count_teaches_more_than_one_trial_and_less_than_certainty() -> None:
    view = sight(process())
    gains = [rules.chance_variance(replace(view, trials=trials), G) for trials in (1, 2, 10, 10**9)]
    for fewer, more in pairwise(gains):
        assert (more > fewer).all()
    # a run of endless trials tells p itself: the gain is the squared correlation of chances
    here, there = view.candidates, view.sites.points
    t, t_there = np.sqrt(1 + here.v), np.sqrt(1 + there.v)
    for row in range(7):
        f = here.m[row] + np.sqrt(here.v[row]) * NODES
        variance = WEIGHTS @ ndtr(f) ** 2 - (WEIGHTS @ ndtr(f)) ** 2
        rho = view.c[row] / (t[row] * t_there)
        joint = bivariate_normal(here.m[row] / t[row], there.m / t_there, rho)
        covariance = joint - ndtr(here.m[row] / t[row]) * ndtr(there.m / t_there)
        assert gains[-1][row] == pytest.approx((covariance**2).mean() / variance, rel=1e-4)


def test_a_run_in_flight_leaves_the_covariance_expected_after_it() -> None:
    surrogate, flying = process(), np.array([[0.4, 0.6]])
    view = sight(surrogate, flying=flying)
    m, v = surrogate.latent(flying)
    noise = float(look(surrogate, flying).noise[0])
    expected = np.zeros(7)
    for node, weight in zip(NODES, WEIGHTS, strict=True):
        reading = m + np.sqrt(v + noise) * node
        # the same process, told this reading with its own noise: condition by hand
        across = surrogate.covariance(
            flying, np.concatenate([view.candidates.units, view.sites.points.units])
        )[0]
        gain = across / (v[0] + noise)
        here = replace(
            view.candidates,
            m=view.candidates.m + gain[:7] * (reading - m),
            v=view.candidates.v - gain[:7] * across[:7],
        )
        there = replace(
            view.sites.points,
            m=view.sites.points.m + gain[7:] * (reading - m),
            v=view.sites.points.v - gain[7:] * across[7:],
        )
        left = view.c - np.outer(gain[:7], across[7:])
        zero = np.zeros_like(left)
        after = Sight(here, Sites(there, view.sites.w), left, zero, zero[:, 0], zero[0])
        expected += weight * rules.volume_change(after, G)
    # the rule bounds the mean of |.| by |mean of .|, which is less only where signs differ and
    # little is to be gained
    ours = rules.volume_change(view, G)
    assert (ours <= expected + 1e-6).all()
    np.testing.assert_allclose(ours, expected, atol=1e-3)
    large = expected > 2e-3
    np.testing.assert_allclose(ours[large], expected[large], rtol=1e-3)


@pytest.mark.parametrize("rule", [*rules.FOR_CHANCES.values()], ids=lambda rule: rule.name)
def test_no_rule_for_chances_ever_promises_a_loss(rule: rules.Rule) -> None:
    for view in (sight(process()), sight(process(), flying=np.array([[0.2, 0.2], [0.8, 0.4]]))):
        assert rule.gains(view, G).min() > -1e-9


@pytest.mark.parametrize("name", ["eavc", "sides", "globalmi", "variance", "crossing", "narrowing"])
def test_runs_in_flight_make_the_same_place_worth_less(name: str) -> None:
    surrogate = process()
    plain = sight(surrogate)
    flying = sight(surrogate, flying=np.repeat(plain.candidates.units[:1], 6, axis=0))
    rule = rules.FOR_CHANCES[name]
    assert rule.gains(flying, G)[0] < 0.6 * rule.gains(plain, G)[0]


def test_a_place_that_hangs_together_with_nothing_is_worth_nothing() -> None:
    view = sight(process())
    lonely = replace(view, c=np.zeros_like(view.c))
    for rule in rules.FOR_CHANCES.values():
        np.testing.assert_allclose(rule.gains(lonely, G), 0.0, atol=1e-12)


def test_the_error_rule_has_plateaus_where_no_answer_changes_a_side() -> None:
    view = sight(process())
    sure = replace(view.sites.points, m=np.full(9, 5.0))
    assert rules.side_error(replace(view, sites=Sites(sure, view.sites.w)), G) == pytest.approx(0.0)


def test_the_crossing_rule_is_the_expected_fall_over_readings() -> None:
    surrogate = process(outcome=Number("depth"))
    view = sight(surrogate)
    here, there = view.candidates, view.sites.points
    for row in range(7):
        fall = view.c[row] ** 2 / (here.v[row] + surrogate.noise)
        means = there.m + np.sqrt(fall) * NODES[:, None]
        p = ndtr((means - G) / np.sqrt(there.v - fall))
        now = ndtr((there.m - G) / np.sqrt(there.v))
        expected = (now * (1 - now) - WEIGHTS @ (p * (1 - p))).mean()
        assert rules.crossing(view, G)[row] == pytest.approx(expected, abs=1e-6)


def test_the_latent_rule_is_the_fall_of_the_posterior_variance() -> None:
    surrogate = process(outcome=Number("depth"))
    view = sight(surrogate)
    gains = rules.latent_variance(view, float("nan"))
    for row in range(7):
        later = surrogate.after(view.candidates.units[row : row + 1], np.zeros(1))
        fall = (
            surrogate.latent(view.sites.points.units)[1] - later.latent(view.sites.points.units)[1]
        )
        assert gains[row] == pytest.approx(fall.mean(), abs=1e-9)


def test_readings_in_flight_count_for_numbers_exactly() -> None:
    surrogate, flying = process(outcome=Number("depth")), np.array([[0.3, 0.5], [0.35, 0.5]])
    view = sight(surrogate, flying=flying)
    later = surrogate.after(flying, np.zeros(2))
    np.testing.assert_allclose(
        rules.latent_variance(view, G), rules.latent_variance(sight(later), G), atol=1e-8
    )
