"""What is read once and asked for twice is read once, and never taken for something else."""

import numpy as np
from numpy.typing import NDArray

from surrogate.models.remembering import recalled

Array = NDArray[np.float64]


class Reader:
    """Counts how often it was asked."""

    def __init__(self, answer: float) -> None:
        self.answer, self.asked = answer, 0

    def __call__(self, units: Array) -> Array:
        self.asked += 1
        return np.full(len(units), self.answer)


def test_many_points_are_read_once_for_who_asks_again() -> None:
    one, units = Reader(1.0), np.zeros((5000, 2))
    first, again = recalled(one, units, one), recalled(one, units, one)
    assert one.asked == 1
    assert first is again


def test_another_owner_and_other_points_are_read_anew() -> None:
    one, other, units = Reader(1.0), Reader(2.0), np.zeros((5000, 2))
    assert recalled(one, units, one)[0] == 1.0
    assert recalled(other, units, other)[0] == 2.0
    assert recalled(one, units, one)[0] == 1.0
    recalled(one, units.copy(), one)
    assert one.asked == 2


def test_few_points_may_be_changed_in_place_between_two_readings() -> None:
    units = np.zeros((3, 2))
    reader = Reader(0.0)
    recalled(reader, units, reader)
    units += 1.0
    recalled(reader, units, reader)
    assert reader.asked == 2
