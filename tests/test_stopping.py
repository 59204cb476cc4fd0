"""When to stop: rules alone and combined, and the guard against stopping too early."""

import math

import numpy as np
import pytest
from scipy.special import lambertw

from surrogate.stopping import (
    Audited,
    Doubtful,
    Misplaced,
    Spent,
    Standing,
    SteadyError,
    SteadySides,
    Stopping,
    agreement,
    error_bound,
    forecast,
    history,
)

SURE = Standing(50, wrong=0.001, smaller=0.2, audit=0.01)


def falling(count: int, power: float = 2.0) -> list[Standing]:
    """A course whose error falls as a power of the runs: 1 at one run."""
    return [Standing(10 * k, error=(10.0 * k) ** -power) for k in range(1, count + 1)]


@pytest.mark.parametrize(
    "rule",
    [Doubtful(enough=0.01), Misplaced(enough=0.01), Audited(enough=0.05), SteadySides(last=1)],
)
def test_what_was_learned_stops_nothing_while_it_is_not_trusted(rule: Stopping) -> None:
    for trusted in (True, False):
        each = Standing(50, trusted, wrong=0.001, smaller=0.2, audit=0.01, agreed=1.0)
        assert bool(rule.reason([each] * 4)) is trusted


def test_a_side_that_is_not_there_is_in_doubt_for_ever() -> None:
    nothing_fails = Standing(12, wrong=1e-9, smaller=0.0)
    assert Doubtful(enough=0.5).reason([nothing_fails] * 5) == ""


def test_one_good_standing_is_not_enough_where_two_in_a_row_are_wanted() -> None:
    assert Doubtful(enough=0.01, times=2).reason([SURE]) == ""
    assert "0.5 % of the smaller side" in Doubtful(enough=0.01, times=2).reason([SURE, SURE])


def test_budgets_hold_whatever_was_learned() -> None:
    spent = Standing(100, trusted=False, cost=7.0)
    assert Spent(runs=100).reason([spent]) == "the budget of 100 runs is spent"
    assert Spent(cost=7.5).reason([spent]) == ""


def test_and_wants_both_reasons_and_or_takes_the_first() -> None:
    course = [SURE, SURE]
    both, either = Spent(runs=60) & Misplaced(enough=0.01), Spent(runs=60) | Misplaced(enough=0.01)
    assert both.reason(course) == ""
    assert "wrong side" in either.reason(course)
    assert " and " in (Spent(runs=50) & Misplaced(enough=0.01)).reason(course)


def test_steady_predictions_agree_to_the_stated_kappa() -> None:
    steady = [Standing(10 * k, agreed=0.995) for k in range(5)]
    assert SteadySides(last=3, times=1).reason(steady)
    shaky = [*steady, Standing(60, agreed=0.9)]
    assert SteadySides(last=3, times=1).reason(shaky) == ""


def test_agreement_is_cohens_kappa() -> None:
    """20 both yes, 15 both no, 5 and 10 apart: kappa 0.4 (Cohen 1960 as often worked through)."""
    a = np.repeat([True, False, True, False], [20, 15, 5, 10])
    b = np.repeat([True, False, False, True], [20, 15, 5, 10])
    assert agreement(a, b) == pytest.approx(0.4)


def test_the_error_bound_goes_to_nothing_with_the_divergence_and_has_no_jump() -> None:
    assert error_bound(0.0, 0.0) == 0.0
    assert error_bound(1.001e-8, 0) == pytest.approx(error_bound(0.999e-8, 0), rel=2e-2)
    by_hand = np.exp(lambertw(-0.5 / math.e).real + 1.0) - 1.0
    assert error_bound(0.5, 0.0) == pytest.approx(by_hand)


def test_a_steady_error_is_judged_against_its_first_bounds() -> None:
    course = [Standing(k, bound=1.0) for k in range(6)]
    assert SteadyError(enough=0.05, times=1).reason(course) == ""
    course += [Standing(7, bound=0.01)]
    assert SteadyError(enough=0.05, times=1).reason(course)


def test_the_forecast_goes_on_as_the_error_fell() -> None:
    """As runs to the power -2: from 100 runs to a quarter of the error it takes a hundred more."""
    course = falling(10)
    assert forecast(course, course[-1].error / 4) == 100
    assert forecast(course, 0.5) == 0


def test_what_is_out_of_sight_or_does_not_fall_has_no_forecast() -> None:
    course = falling(10)
    assert forecast(course, course[-1].error / 1000) is None
    assert forecast(falling(10, power=-0.5), 0.01) is None
    assert forecast(course[:3], 1e-9) is None


def test_a_history_keeps_its_ends_however_long_it_is() -> None:
    course = falling(1000)
    shown = history(course, most=50)
    assert len(shown) == 50
    assert (shown[0][0], shown[-1][0]) == (10, 10000)
    assert history([Standing(5), *course[:2]]) == ((10, 0.01), (20, 0.0025))
