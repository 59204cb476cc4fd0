"""How a campaign stands: shares of sides, holes, and what a refit moved."""

import numpy as np
import pytest

from simulators.problems.reliability import rp22
from surrogate.asking.standing import divergences, no_large_hole, standing, watched
from surrogate.dataset import Dataset
from surrogate.design import fill
from surrogate.goal import Goal
from surrogate.models.numbers import NumberRecipe, NumberSurrogate
from surrogate.outcome import Number
from surrogate.rarity import shares

GOAL = Goal.boundary(0.0)
OUTCOME = Number("g", noise="none")


def fitted(runs: int) -> tuple[NumberSurrogate, Dataset]:
    units = fill(rp22.space, 0, runs, 1)
    data = Dataset(
        OUTCOME, units, rp22.on(units), np.ones(runs), np.full(runs, np.nan), np.arange(runs)
    )
    return NumberRecipe(OUTCOME, 2, ("analytic",)).fit(data), data


def test_the_smaller_side_of_a_known_problem_has_its_exact_share() -> None:
    surrogate, data = fitted(30)
    now = standing(surrogate, rp22.space, GOAL, data.units)
    assert now.trusted
    assert now.smaller == pytest.approx(rp22.exact["failure probability"], rel=0.1)
    assert now.doubt < 0.05


def test_a_design_that_left_most_of_the_space_out_is_not_trusted() -> None:
    units = fill(rp22.space, 0, 40, 1)
    assert no_large_hole(rp22.space, units)
    assert not no_large_hole(rp22.space, 0.2 * units)


def test_nothing_is_trusted_before_both_sides_were_seen() -> None:
    surrogate, data = fitted(30)
    safe = data.units[data.values > 0]
    assert not standing(surrogate, rp22.space, GOAL, safe).trusted


def test_a_surrogate_has_not_moved_from_itself_and_has_from_an_earlier_one() -> None:
    (now, data), (before, _) = fitted(30), fitted(15)
    rows = watched(rp22.space)[:64]
    same, other = divergences(now, now, rows), divergences(now, before, rows)
    assert same is not None
    assert other is not None
    np.testing.assert_allclose(same, 0.0, atol=1e-5)
    assert min(other) > 0.1
    stands = standing(now, rp22.space, GOAL, data.units, now)
    assert stands.agreed == 1.0
    assert stands.bound is not None
    assert stands.bound < 0.01


def test_surrogates_that_know_everything_to_the_last_digit_can_be_compared() -> None:
    """RP22 is a polynomial: its variance is cancellation alone, and may come out negative."""
    (now, data), (before, _) = fitted(60), fitted(56)
    bound = standing(now, rp22.space, GOAL, data.units, before).bound
    assert bound is not None
    assert np.isfinite(bound)


def test_where_the_simulator_declines_nothing_is_expected_on_the_wrong_side() -> None:
    surrogate, data = fitted(15)
    right = standing(
        surrogate,
        rp22.space,
        GOAL,
        data.units,
        chance=lambda rows: np.where(rows[:, 0] > 0.5, 1.0, 0.0),
    )
    rows = watched(rp22.space)
    above = surrogate.exceedance(rows[rows[:, 0] > 0.5], 0.0)
    counted = shares(rp22.space, rows)[rows[:, 0] > 0.5]
    by_hand = float(counted @ np.minimum(above, 1.0 - above) / counted.sum())
    assert right.wrong == pytest.approx(by_hand)
