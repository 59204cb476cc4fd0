"""The paired test: nothing changed, all changed, seeds that mean something else, and where."""

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import binom

from surrogate.models.change import chance_change, number_change, share_interval

RNG = np.random.default_rng(5)
UNITS = RNG.random((60, 2))
P = np.full(60, 0.5)


def drawn(p: np.ndarray, seed: int) -> np.ndarray:
    return (np.random.default_rng(seed).random(len(p)) < p).astype(float)


def test_the_same_seeds_on_the_same_design_answer_the_same_and_pair() -> None:
    change = chance_change(UNITS, drawn(P, 1), drawn(P, 1), 1.0, P)
    assert change.pairs
    assert change.words.startswith("0 of 60 sentinels that were run again answered otherwise")
    assert change.spread(UNITS).max() < 0.1


def test_one_random_draw_more_and_seeds_do_not_pair() -> None:
    change = chance_change(UNITS, drawn(P, 1), drawn(P, 2), 1.0, P)
    assert not change.pairs
    assert "nothing shows that seeds pair" in change.words
    assert np.ptp(change.spread(UNITS)) == 0.0


def test_the_share_that_answers_otherwise_is_by_how_much_the_chance_has_changed() -> None:
    units, p = RNG.random((4000, 1)), np.full(4000, 0.4)
    change = chance_change(units, drawn(p, 3), drawn(p + 0.1, 3), 1.0, p)
    assert change.changed.mean() == pytest.approx(0.1, abs=0.015)


def test_trust_falls_where_sentinels_moved_and_stays_elsewhere() -> None:
    after = np.where(UNITS[:, 0] > 0.8, 1.0 - drawn(P, 1), drawn(P, 1))
    change = chance_change(UNITS, drawn(P, 1), after, 1.0, P)
    moved, kept = change.spread(np.array([[0.95, 0.5], [0.1, 0.5]]))
    assert moved > 1.0
    assert kept < 0.5


def test_seeds_that_do_not_pair_are_taken_for_pairs_in_few_cases() -> None:
    p = ndtr(RNG.normal(size=60))
    taken = [
        chance_change(UNITS, drawn(p, k), drawn(p, 1000 + k), 1.0, p).pairs for k in range(200)
    ]
    assert np.mean(taken) < 0.05


def test_a_large_change_in_few_places_does_not_hide_that_counts_pair() -> None:
    before = np.random.default_rng(1).binomial(40, 0.35, 60).astype(float)
    after = before + np.where(UNITS[:, 0] > 0.8, 17.0, 0.0)
    change = chance_change(UNITS, before, after, 40.0, 0.35 * np.ones(60))
    assert change.d.mean() > change.anew.e.mean()
    assert change.pairs
    moved, kept = change.spread(np.array([[0.95, 0.5], [0.1, 0.5]]))
    assert moved > 3.0 * kept


def test_a_large_change_in_few_places_does_not_hide_that_noisy_numbers_pair() -> None:
    before = RNG.normal(size=60)
    after = before + np.where(UNITS[:, 0] > 0.8, 9.0, 0.0)
    assert number_change(UNITS, before, after, 1.0, 5.0).pairs
    assert not number_change(UNITS, before, RNG.normal(size=60), 1.0, 5.0).pairs


def test_counts_drawn_anew_are_taken_for_pairs_in_few_cases_and_said_to_differ_as_they_do() -> None:
    rng = np.random.default_rng(7)
    counts = rng.binomial(20, P, (200, 2, 60)).astype(float)
    found = [chance_change(UNITS, before, after, 20.0, P) for before, after in counts]
    assert np.mean([one.pairs for one in found]) < 0.05
    alone = np.mean([one.changed.sum() for one in found])
    assert found[0].anew.otherwise.sum() == pytest.approx(alone, rel=0.02)


@pytest.mark.parametrize(("trials", "p"), [(1, 0.3), (2, 0.5), (9, 0.02), (30, 0.6)])
def test_what_chance_alone_makes_of_counts_is_the_sum_over_all_pairs(trials: int, p: float) -> None:
    chance = binom.pmf(np.arange(trials + 1), trials, p)
    one = chance_change(UNITS[:1], np.zeros(1), np.zeros(1), float(trials), np.array([p])).anew
    d = np.abs(np.subtract.outer(np.arange(trials + 1), np.arange(trials + 1))) / trials
    b, both = np.minimum(d / one.e, 1.0), np.outer(chance, chance)
    assert one.otherwise[0] == pytest.approx(both[d > 0].sum())
    assert one.b[0] == pytest.approx((both * b).sum())
    assert one.variance[0] == pytest.approx((both * b**2).sum() - (both * b).sum() ** 2)


def test_a_number_without_noise_pairs_and_shows_its_change_where_it_is() -> None:
    before = UNITS[:, 0]
    change = number_change(UNITS, before, before + (UNITS[:, 1] > 0.8), 0.0, 1.0)
    moved, kept = change.spread(np.array([[0.5, 0.95], [0.5, 0.1]]))
    assert change.pairs
    assert moved > 2.0 * kept


def test_noise_alone_is_no_change_of_a_number() -> None:
    one, other = RNG.normal(size=60), RNG.normal(size=60)
    change = number_change(UNITS, one, other, 1.0, 5.0)
    assert not change.pairs
    assert change.spread(UNITS).max() < 1.5


def test_without_sentinels_nothing_is_said() -> None:
    none = np.empty(0)
    change = chance_change(np.empty((0, 2)), none, none, 1.0, none)
    assert change.words == ""
    assert len(change.spread(UNITS)) == 60


def test_the_interval_of_a_share_is_clopper_and_pearsons() -> None:
    # scipy.stats.binomtest(4, 40).proportion_ci(method="exact")
    assert share_interval(4, 40) == pytest.approx((0.02792542, 0.23663740), abs=1e-7)
