"""A map that has slid or stretched is found again from a few runs; one that has not stays."""

import numpy as np
import pytest
from scipy.special import ndtr

from surrogate.models.likelihood import Probit
from surrogate.models.warp import ToldChances, ToldNumbers, Warp, likeliest_warp
from surrogate.space import Array, Mask

RNG = np.random.default_rng(4)
ROWS = RNG.random((40, 2))
BOTH = np.array([True, True])


def still(dimension: int = 2) -> Warp:
    return Warp.of(None, dimension)


def hills(rows: Array) -> Array:
    return np.asarray(3.0 * np.sin(5.0 * rows[:, 0]) + 2.0 * np.cos(4.0 * rows[:, 1]))


def moved(slide: tuple[float, float], stretch: tuple[float, float] = (0.0, 0.0)) -> Warp:
    return Warp(np.array(slide), np.array(stretch))


def found(y: Array, movable: Mask = BOTH) -> Warp:
    return likeliest_warp(hills, ToldNumbers(y, 1.0), ROWS, still(), movable)


def test_a_slide_is_found_to_the_last_digits_from_numbers_without_noise() -> None:
    warp = found(hills(moved((0.06, -0.03))(ROWS)))
    np.testing.assert_allclose(warp.slide, [0.06, -0.03], atol=1e-5)


def test_a_stretch_is_told_from_a_slide() -> None:
    warp = found(hills(moved((0.0, 0.02), (0.1, 0.0))(ROWS)))
    np.testing.assert_allclose([*warp.slide, *warp.stretch], [0, 0.02, 0.1, 0], atol=1e-4)


def test_where_nothing_moved_nothing_moves() -> None:
    assert not found(hills(ROWS)).moves
    noisy = [found(hills(ROWS) + np.random.default_rng(k).normal(size=40)) for k in range(20)]
    assert sum(one.moves for one in noisy) <= 1


def test_a_change_of_a_fifth_of_the_space_does_not_pull_the_rest_along() -> None:
    patch = 5.0 * (ROWS < 0.5).all(axis=1)
    assert np.mean(patch > 0) >= 0.2
    warp = found(hills(moved((0.06, -0.03))(ROWS)) + patch)
    np.testing.assert_allclose(warp.slide, [0.06, -0.03], atol=0.01)


def test_a_column_that_may_not_move_stays() -> None:
    warp = found(hills(moved((0.06, -0.03))(ROWS)), np.array([True, False]))
    assert warp.slide[0] == pytest.approx(0.06, abs=0.02)
    assert warp.slide[1] == warp.stretch[1] == 0.0


def test_a_slide_is_found_from_yes_and_no_within_what_they_can_tell() -> None:
    rows = RNG.random((200, 2))
    yes = (RNG.random(200) < ndtr(hills(moved((0.1, 0.0))(rows)))).astype(float)
    told = ToldChances(Probit(yes, 1.0 - yes), np.full(200, 0.01))
    warp = likeliest_warp(hills, told, rows, still(), BOTH)
    assert warp.slide == pytest.approx([0.1, 0.0], abs=0.03)


def test_without_runs_nothing_moves() -> None:
    told = ToldNumbers(np.empty(0), 1.0)
    assert not likeliest_warp(hills, told, np.empty((0, 2)), still(), BOTH).moves


def test_beyond_the_parents_cube_its_edge_stands() -> None:
    warp = moved((0.2, 0.0))
    rows = np.array([[0.5, 0.5], [0.95, 0.5], [1.1, 0.5]])
    np.testing.assert_allclose(warp(rows)[:, 0], [0.7, 1.0, 1.1])
    np.testing.assert_allclose(warp.beyond(rows), [0.0, 0.15, 0.2], atol=1e-12)


def test_hyper_parameters_hold_a_warp() -> None:
    warp = moved((0.1, -0.2), (0.0, 0.05))
    again = Warp.of(warp.named, 2)
    assert (again.slide == warp.slide).all()
    assert (again.stretch == warp.stretch).all()
    assert still().named == {}
