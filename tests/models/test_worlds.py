"""Patches that are known each by itself, put side by side in the same worlds."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from surrogate.models.shapes import Shapes
from surrogate.models.worlds import BORNE_OUT, Patches, likeliest, together

Array = NDArray[np.float64]

WEIGHTS = np.array([0.3, -0.2])
LEFT, RIGHT = np.array([[0.2, 0.2]]), np.array([[0.8, 0.8]])


def boxes(*corners: tuple[float, float]) -> Shapes:
    low = np.array([[one, one] for one, _ in corners])
    high = np.array([[other, other] for _, other in corners])
    return Shapes(low, high, np.zeros(low.shape, dtype=bool))


def known(shapes: Shapes, chances: list[float], lift: float, taken: float) -> Patches:
    """A patch known alone; in each of its worlds `taken` is off the weights."""
    count = len(chances)
    weights = np.tile(WEIGHTS[:, None] - taken, (1, count))
    return Patches(shapes, np.array(chances), np.full(count, lift), 5.0, weights)


ONE = known(boxes((0.1, 0.3), (0.15, 0.25)), [0.5, 0.3], 0.9, 0.01)
OTHER = known(boxes((0.7, 0.9)), [0.9], -0.6, 0.002)


def test_in_worlds_with_others_each_is_as_likely_as_it_is_alone() -> None:
    first, second = together([ONE, OTHER], WEIGHTS)
    for found, alone, place in ((first, ONE, LEFT), (second, OTHER, RIGHT)):
        assert found.chance == pytest.approx(alone.chance, abs=1e-9)
        assert found.cover(place)[0] == pytest.approx(alone.cover(place)[0], abs=1e-9)
        assert found.worlds.sum() == pytest.approx(1.0)
        assert found.worlds[-1] == pytest.approx(0.2 * 0.1, abs=0.005)


def test_f_is_shifted_where_any_of_them_is() -> None:
    for found in together([ONE, OTHER], WEIGHTS):
        shift = found.shift(np.concatenate([LEFT, RIGHT]))
        np.testing.assert_allclose(shift, [0.8 * 0.9, -0.9 * 0.6], rtol=0.01)
        held, shifts = found.look(np.concatenate([LEFT, RIGHT]))
        np.testing.assert_array_equal(held, shifts != 0.0)


def test_each_world_takes_all_its_shifts_off_the_readings() -> None:
    found = together([ONE, OTHER], WEIGHTS)[0]
    taken = WEIGHTS[:, None] - found.weights
    there, also = found.lifts != 0.0, found.others[0].lifts != 0.0
    np.testing.assert_allclose(taken, np.tile(0.01 * there + 0.002 * also, (2, 1)), atol=1e-12)
    assert {(bool(a), bool(b)) for a, b in zip(there, also, strict=True)} == {
        (True, True),
        (True, False),
        (False, True),
    }


def test_what_is_not_borne_out_is_seen_beside_the_rest_and_the_rest_without_it() -> None:
    rare = replace(OTHER, chances=np.array([1e-6]), log_factor=1.0)
    first, second = together([ONE, rare], WEIGHTS)
    assert first.others == ()
    assert second.shift(LEFT)[0] == pytest.approx(0.72, rel=0.01)
    assert second.chance == pytest.approx(1e-6)
    assert second.log_factor == 1.0
    assert likeliest([second, first]) is first
    doubtful = replace(ONE, log_factor=BORNE_OUT)
    assert together([doubtful, rare], WEIGHTS) == (doubtful, rare)


def test_evidences_of_patches_that_are_both_there_add_up() -> None:
    first, second = together([ONE, OTHER], WEIGHTS)
    assert first.log_factor == second.log_factor == 10.0


def test_fewer_worlds_are_worlds_with_the_others_too() -> None:
    found = together([ONE, OTHER], WEIGHTS)[0].fewer()
    assert len(found.chances) <= 256
    assert len(found.others[0].lifts) == len(found.chances)
    assert found.shift(RIGHT)[0] == pytest.approx(-0.54, rel=0.1)
