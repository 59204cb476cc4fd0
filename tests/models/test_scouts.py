"""Runs made again: hints against Bayes' theorem over what may have become of a patch."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from surrogate.dataset import Dataset
from surrogate.models.scouts import Scouts, told
from surrogate.outcome import Binary
from surrogate.records import Sentinel

Array = NDArray[np.float64]

UNITS = np.random.default_rng(0).random((8, 2))
BEFORE = np.array([-0.3, 0.2, -0.5, 0.7, -0.1, 0.4, np.nan, 0.6])
RUNS = [Sentinel(10 + i, 100 + i, {"x": i}) for i in range(8)]
SCOUTS = Scouts(RUNS, 8, UNITS, np.full(8, 0.02), {"margin": BEFORE})
HUNTED = replace(SCOUTS, first=5)


def again(margins: Array, more: int = 2) -> Dataset:
    """The scouts' runs with these margins, and some others."""
    count = len(UNITS) + more
    units = np.concatenate([UNITS, np.random.default_rng(1).random((more, 2))])
    margin = np.append(margins, np.full(more, 0.1))
    one = np.ones(count)
    values = (margin > 0).astype(float)
    return Dataset(
        Binary("goal"), units, values, one, np.nan * one, np.arange(count), helps={"margin": margin}
    )


@pytest.mark.parametrize("step", [0.0, 1.0, -1.0])
@pytest.mark.parametrize("c", [0.01, 0.4, 0.99])
def test_a_hint_is_the_log_ratio_of_what_a_run_said_with_and_without_a_patch(
    c: float, step: float
) -> None:
    # was, is: the chance of both, and of nothing said, a rise and a fall
    worlds = {
        (0, 1): ((1 - c) * 0.03, (0.1, 0.9 * 0.8, 0.9 * 0.2)),
        (1, 1): (c * 0.5, (0.98, 0.01, 0.01)),
        (1, 0): (c * 0.5, (0.1, 0.9 * 0.2, 0.9 * 0.8)),
        (0, 0): ((1 - c) * 0.97, (0.98, 0.01, 0.01)),
    }
    at = {0.0: 0, 1.0: 1, -1.0: 2}[step]
    chances = [
        sum(p * said[at] for (_, now), (p, said) in worlds.items() if now == then)
        / sum(p for (_, now), (p, _) in worlds.items() if now == then)
        for then in (1, 0)
    ]
    assert told(np.array([c]), np.array([step]))[0] == pytest.approx(
        np.log(chances[0] / chances[1])
    )


def test_what_stayed_the_same_speaks_against_a_new_patch_and_what_rose_for_it() -> None:
    margins = np.where(np.isfinite(BEFORE), BEFORE, 0.3)
    margins[4] += 0.5
    hints = SCOUTS.hints(again(margins), "margin", 1.0)
    assert hints[4] > 3.0
    assert np.all(hints[[0, 1, 2, 3, 5, 7]] < -1.0)
    assert hints[[6, 8, 9]].tolist() == [0.0, 0.0, 0.0]
    assert SCOUTS.hints(again(margins), "margin", -1.0)[4] < hints[4]


def test_where_a_patch_was_and_nothing_changed_it_still_is() -> None:
    there = replace(SCOUTS, inside=np.full(8, 0.99))
    assert np.all(there.hints(again(BEFORE), "margin", 1.0)[[0, 1, 2]] > 2.0)


def test_a_run_or_two_that_came_out_as_before_do_not_hide_a_patch_that_others_show() -> None:
    margins = np.where(np.isfinite(BEFORE), BEFORE, 0.3)
    margins[[0, 1, 2]] += 0.4
    hints = replace(SCOUTS, inside=np.full(8, 1e-4)).hints(again(margins), "margin", 1.0)
    assert hints[[0, 1, 2, 3, 4]].sum() > 1.5 * hints[0]


def test_a_patch_is_gone_where_most_runs_that_it_held_changed() -> None:
    margins = np.where(np.isfinite(BEFORE), BEFORE, 0.3)
    margins[[1, 3]] -= 0.4
    data = again(margins)
    for held, truly in (([1, 3], True), ([0, 1, 3], True), ([0, 1, 2], False), ([0, 2], False)):
        inside = np.full(8, 0.01)
        inside[held] = 0.99
        assert SCOUTS.gone(data, "margin", inside) is truly
    assert not SCOUTS.gone(data, "margin", np.zeros(8))
    assert not SCOUTS.gone(data, "speed", np.ones(8))


def test_later_runs_are_known_by_their_place_and_only_once() -> None:
    margins = np.where(np.isfinite(BEFORE), BEFORE, 0.3)
    margins[5] += 0.4
    data = again(margins)
    twice = data.some(np.array([0, 1, 2, 3, 4, 8, 7, 5, 5]))  # some other run comes fifth
    twice = replace(twice, queries=np.arange(9))
    found, scout, step = HUNTED.steps(twice, "margin")
    assert dict(zip(scout.tolist(), found.tolist(), strict=True)) == {
        **{i: i for i in range(5)},
        7: 6,
        5: 7,
    }
    assert step[scout == 5] == pytest.approx(0.4)
    news = HUNTED.news(twice, "margin")
    assert news.queries.tolist() == [0, 1, 2, 3, 4, 5, 7, 8]
    assert HUNTED.at(UNITS[5]) == RUNS[5]
    assert HUNTED.at(UNITS[4]) is None
    assert HUNTED.at(UNITS[5] + 1e-6) is None


def test_seeds_that_fell_out_of_step_or_a_change_all_over_say_nothing() -> None:
    for margins in (BEFORE + 0.001, np.random.default_rng(2).normal(size=8)):
        assert not SCOUTS.hints(again(margins), "margin", 1.0).any()


def test_runs_that_were_not_made_again_say_nothing() -> None:
    data = again(BEFORE)
    elsewhere = replace(data, units=data.units + 0.01)
    assert not SCOUTS.hints(elsewhere, "margin", 1.0).any()
    assert not SCOUTS.hints(replace(data, queries=data.queries + 50), "margin", 1.0).any()
    assert not replace(SCOUTS, values={}).hints(data, "margin", 1.0).any()
