"""Designs made before anything is known."""

import numpy as np
import pytest

from surrogate.design import cells, fill, fresh, latin, sobol
from surrogate.errors import NothingToAsk
from surrogate.expression import Expression
from surrogate.space import Categorical, Integer, Real, Space

SQUARE = Space({"x": Real(0, 2), "y": Real(-1, 1)})
HALF = Space({"x": Real(0, 1), "y": Real(0, 1)}, constraints=(Expression("x + y <= 1"),))
BOARD = Space({"row": Integer(1, 4), "piece": Categorical(("king", "queen", "rook"))})


def test_a_sequence_can_be_continued_from_any_index() -> None:
    whole = fill(SQUARE, 0, 50, 7)
    parts = [fill(SQUARE, 0, 13, 7), fill(SQUARE, 13, 1, 7), fill(SQUARE, 14, 36, 7)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_sobol_rows_do_not_depend_on_how_many_are_drawn() -> None:
    np.testing.assert_array_equal(sobol(3, 5, seed=1), sobol(3, 9, seed=1)[:5])


def test_another_seed_gives_another_design() -> None:
    assert not np.allclose(fill(SQUARE, 0, 8, 1), fill(SQUARE, 0, 8, 2))


def test_a_power_of_two_of_sobol_points_fills_every_slice_of_every_axis_once() -> None:
    rows = fill(SQUARE, 0, 64, 3)
    for column in rows.T:
        assert sorted(np.floor(column * 64)) == list(range(64))


def test_rows_obey_the_constraints_also_when_continued() -> None:
    rows = np.concatenate([fill(HALF, 0, 40, 5), fill(HALF, 40, 40, 5)])
    assert HALF.allowed(rows).all()
    assert len(fresh(rows)) == 80


def test_a_finite_space_is_used_up_before_anything_repeats() -> None:
    rows = fill(BOARD, 0, 12, 0)
    assert len(np.unique(rows, axis=0)) == 12 == cells(BOARD)
    with pytest.raises(NothingToAsk, match="has only 2 left") as caught:
        fill(BOARD, 10, 3, 0)
    assert caught.value.found == 2


def test_points_to_avoid_are_left_out() -> None:
    taken = fill(BOARD, 0, 9, 0)
    rest = fill(BOARD, 0, 3, 1, avoid=taken)
    assert len(fresh(np.concatenate([taken, rest]))) == 12


def test_impossible_constraints_are_said_and_not_searched_for_ever() -> None:
    nowhere = Space({"x": Real(0, 1)}, constraints=(Expression("x > 2"),))
    with pytest.raises(NothingToAsk, match="loosen a constraint"):
        fill(nowhere, 0, 1, 0)
    with pytest.raises(NothingToAsk, match="loosen one"):
        latin(nowhere, 1, seed=0)


def test_a_latin_hypercube_has_one_row_in_every_slice() -> None:
    rows = latin(SQUARE, 20, seed=0)
    for column in rows.T:
        assert sorted(np.floor(column * 20)) == list(range(20))


def test_a_latin_hypercube_obeys_constraints_and_snaps() -> None:
    rows = latin(HALF, 100, seed=2)
    assert rows.shape == (100, 2)
    assert HALF.allowed(rows).all()
    np.testing.assert_array_equal(BOARD.snap(latin(BOARD, 9, seed=1)), latin(BOARD, 9, seed=1))


def test_sobol_covers_better_than_chance() -> None:
    def largest_hole(rows: np.ndarray) -> float:
        grid = np.stack(np.meshgrid(*[np.linspace(0, 1, 40)] * 2), axis=-1).reshape(-1, 1, 2)
        return float(np.sqrt(((grid - rows) ** 2).sum(-1)).min(axis=1).max())

    ours = [largest_hole(fill(SQUARE, 0, 64, seed)) for seed in range(10)]
    chance = [largest_hole(np.random.default_rng(seed).random((64, 2))) for seed in range(10)]
    assert np.median(ours) < 0.75 * np.median(chance)
