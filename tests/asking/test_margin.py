"""Margin rules: closest, most halving, unlike one another, and never stuck on one side."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from surrogate.asking.margin import (
    RULES,
    MarginWays,
    choose_by_margin,
    newly_covered,
    pick,
    ratio,
    simple,
)
from surrogate.asking.request import Request
from surrogate.dataset import Dataset
from surrogate.design import fresh
from surrogate.errors import NothingToAsk, PlanError
from surrogate.goal import Goal
from surrogate.models.svm import SideSurrogate, SupportVectorRecipe
from surrogate.outcome import Binary
from surrogate.pool import Pool
from surrogate.records import Reason
from surrogate.space import Real, Space

Array = NDArray[np.float64]

GOAL = Binary("goal")
CLOSEST = MarginWays(trade=1.0, explore_every=0)
SPREAD = MarginWays(trade=0.2, explore_every=0)


def fitted(units: Array, yes: NDArray[np.bool_]) -> SideSurrogate:
    n = len(units)
    data = Dataset(GOAL, units, yes.astype(float), np.ones(n), np.full(n, np.nan), np.arange(n))
    found = SupportVectorRecipe(GOAL, units.shape[1]).fit(data)
    assert isinstance(found, SideSurrogate)
    return found


def halves(n: int = 20) -> tuple[SideSurrogate, Array]:
    units = np.random.default_rng(0).random((n, 2))
    return fitted(units, units[:, 0] > 0.5), units


def pool(n: int = 200) -> Array:
    return np.random.default_rng(1).random((n, 2))


def test_simple_margin_takes_the_candidates_closest_to_the_divide() -> None:
    surrogate, done = halves()
    rows = pick(surrogate, pool(), 5, taken=done, ways=CLOSEST).rows
    nearest = np.argsort(np.abs(surrogate.decision(pool())))[:5]
    np.testing.assert_array_equal(rows, nearest)


def test_diversity_keeps_a_batch_apart() -> None:
    surrogate, done = halves()
    likeness = []
    for ways in (CLOSEST, SPREAD):
        batch = pool()[pick(surrogate, pool(), 6, taken=done, ways=ways).rows]
        likeness.append(np.triu(surrogate.similarity(batch, batch), 1).max())
    assert likeness[1] < likeness[0]


def test_a_batch_of_one_is_the_closest_whatever_the_trade() -> None:
    surrogate, done = halves()
    one = [pick(surrogate, pool(), 1, taken=done, ways=w).rows[0] for w in (CLOSEST, SPREAD)]
    assert one[0] == one[1]


def test_a_batch_never_repeats_itself() -> None:
    surrogate, done = halves()
    rows = pick(surrogate, pool(30), 30, taken=done).rows
    assert len(np.unique(rows)) == 30


@pytest.mark.parametrize("rule", ["maxmin", "ratio"])
def test_between_two_labels_the_middle_halves_best(rule: str) -> None:
    surrogate = fitted(np.array([[0.2, 0.5], [0.8, 0.5]]), np.array([False, True]))
    line = np.column_stack([np.linspace(0.25, 0.75, 11), np.full(11, 0.5)])
    scores = RULES[rule](surrogate, line)
    assert abs(int(np.argmin(scores)) - 5) <= 1


def test_a_symmetric_candidate_has_a_ratio_of_one() -> None:
    surrogate = fitted(np.array([[0.2, 0.5], [0.8, 0.5]]), np.array([False, True]))
    np.testing.assert_allclose(ratio(surrogate, np.array([[0.5, 0.5]])), -1.0, atol=1e-3)


def test_the_margin_shrinks_with_a_label_that_surprises() -> None:
    surrogate, _ = halves()
    deep = np.array([[0.9, 0.5]])
    plus, minus = surrogate.margins_after(deep)
    assert minus[0] < plus[0]


def test_ranking_is_by_decision_value_also_where_probabilities_are_flat() -> None:
    rng = np.random.default_rng(2)
    units = rng.random((12, 2))
    surrogate = fitted(units, rng.random(12) < 0.5)
    flat = np.ptp(surrogate.predict(pool()).mean) < 0.2
    assert flat
    assert np.ptp(simple(surrogate, pool())) > 0.1


def test_until_both_classes_were_seen_everything_explores() -> None:
    units = pool(4)
    picked = pick(fitted(units, np.ones(4, dtype=bool)), pool()[4:], 6, taken=units)
    assert picked.explores.all()


def test_every_eighth_index_explores() -> None:
    surrogate, done = halves()
    picked = pick(surrogate, pool(), 9, taken=done, first=20)
    np.testing.assert_array_equal(np.flatnonzero(picked.explores), [3])


def test_exploration_finds_a_cluster_that_the_divide_does_not_touch() -> None:
    surrogate, done = halves()
    far = np.full((10, 2), 3.0) + 0.01 * pool(10)
    candidates = np.concatenate([0.5 + 0.1 * (pool(40) - 0.5), far])
    picked = pick(surrogate, candidates, 1, taken=done, ways=MarginWays(explore_first=1))
    assert picked.rows[0] >= 40


def test_what_is_taken_covers_nothing_new() -> None:
    alike = np.array([[1.0, 0.9, 0.0], [0.9, 1.0, 0.0], [0.0, 0.0, 1.0]])
    np.testing.assert_allclose(newly_covered(alike, np.array([1.0, 0.9, 0.0])), [0.0, 0.1, 1.0])


def test_more_than_there_are_cannot_be_asked() -> None:
    surrogate, done = halves()
    with pytest.raises(NothingToAsk, match="4 candidates were wanted, 3 are left"):
        pick(surrogate, pool(3), 4, taken=done)


def test_an_unknown_rule_is_refused_with_those_there_are() -> None:
    with pytest.raises(PlanError, match="simple, maxmin, ratio"):
        MarginWays(rule="widest")


def test_rows_that_were_taken_are_not_seen_again() -> None:
    rows = np.array([[0.1, 0.2], [0.3, 0.4], [0.1, 0.2]])
    np.testing.assert_array_equal(fresh(rows, rows[1:2]), rows[:1])


@pytest.mark.parametrize("rule", ["simple", "maxmin", "ratio"])
def test_a_space_is_asked_like_a_pool(rule: str) -> None:
    surrogate, done = halves()
    space = Space({"x": Real(0.0, 1.0), "y": Real(0.0, 1.0)})
    request = Request(space, Goal.boundary(0.5), 8, seed=1, done=done, rule=rule, effort="quick")
    choices = choose_by_margin(surrogate, request)
    assert [c.reason is Reason.COVERAGE for c in choices] == [False] * 7 + [True]
    asked = np.array([c.units for c in choices if c.reason is Reason.BOUNDARY])
    assert np.abs(asked[:, 0] - 0.5).max() < 0.2
    assert choose_by_margin(surrogate, request)[0].units.tolist() == choices[0].units.tolist()


def test_density_draws_the_choice_from_an_outlier_to_a_cluster_as_close() -> None:
    surrogate, done = halves()
    lone, many = np.array([[0.5, 0.02]]), np.full((20, 2), 0.5) + 0.02 * (pool(20) - 0.5)
    candidates = np.concatenate([lone, many])
    near = np.abs(surrogate.decision(candidates))
    rows = [
        pick(surrogate, candidates, 1, taken=done, ways=replace(CLOSEST, density=density)).rows[0]
        for density in (0.0, 100.0)
    ]
    assert rows[0] == near.argmin()
    assert rows[1] > 0


def test_items_of_a_pool_are_asked_without_a_share_that_explores() -> None:
    surrogate, done = halves()
    items = Pool.of({"x": pool()}, ["x"])
    choices = choose_by_margin(surrogate, Request(items, Goal.boundary(0.5), 9, seed=1, done=done))
    assert {choice.reason for choice in choices} == {Reason.BOUNDARY}
    assert len(fresh(np.array([choice.units for choice in choices]), done)) == 9


def test_a_negative_density_is_refused() -> None:
    with pytest.raises(PlanError, match=r"density -1\.0 is negative"):
        MarginWays(density=-1.0)
