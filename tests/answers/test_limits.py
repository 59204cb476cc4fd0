"""A region in a few limits: exact where the region is a box, measured where it is not."""

import numpy as np
import pytest

from surrogate.answers.limits import Wording, worded
from surrogate.regions import lattice
from surrogate.space import Array, Categorical, Integer, Mask, Real, Space

PLANE = Space({"x": Real(0.0, 16.5, unit="m"), "keeper depth": Real(0.0, 5.0, unit="m")})


def said(space: Space, inside: Mask) -> Wording:
    return worded(lattice(space), np.flatnonzero(inside))


def units(space: Space) -> Array:
    return lattice(space).units


def test_a_corner_is_said_in_two_limits() -> None:
    u = units(PLANE)
    found = said(PLANE, (u[:, 0] < 9.2 / 16.5) & (u[:, 1] > 3.1 / 5.0))
    x, depth = found.boxes[0]
    assert x.low is depth.high is None
    assert x.high == pytest.approx(9.2, abs=0.15)
    assert depth.low == pytest.approx(3.1, abs=0.05)
    assert found.words == f"x under {x.high:g} m and keeper depth over {depth.low:g} m"
    assert found.precision > 0.97
    assert found.recall > 0.97


def test_precision_and_recall_are_those_of_the_words() -> None:
    u = units(PLANE)
    disc = ((u - 0.5) ** 2).sum(axis=1) < 0.09
    found = said(PLANE, disc)
    taken = found.holds(lattice(PLANE), u)
    assert found.precision == pytest.approx((taken & disc).sum() / taken.sum())
    assert found.recall == pytest.approx((taken & disc).sum() / disc.sum())
    assert 0.85 < found.precision <= 1


def test_two_arms_take_two_boxes() -> None:
    u = units(PLANE)
    found = said(PLANE, (u[:, 0] < 0.2) | (u[:, 1] < 0.2))
    assert len(found.boxes) == 2
    assert found.precision > 0.97
    assert found.recall > 0.97
    assert "; or " in found.words


def test_everything_is_everywhere() -> None:
    assert said(PLANE, np.ones(len(units(PLANE)), dtype=bool)).words == "everywhere"


def test_choices_and_whole_numbers_are_said_as_such() -> None:
    space = Space({"n": Integer(1, 10), "foot": Categorical(("left", "right", "head"))})
    u = units(space)
    foot = u[:, 1] > 1 / 3
    found = said(space, (u[:, 0] > 0.25) & (u[:, 0] < 0.75) & foot)
    assert found.words == "n 4..7 and foot right or head"
    assert found.precision == found.recall == 1.0


def test_a_log_scale_is_rounded_in_its_own_digits() -> None:
    space = Space({"k": Real(1e-4, 1e4, scale="log"), "z": Real(0.0, 1.0)})
    found = said(space, units(space)[:, 0] < 0.25)
    (limit,) = found.boxes[0]
    assert limit.high == pytest.approx(0.01, rel=0.2)
    assert limit.low is None


def test_a_box_is_found_in_seven_dimensions_by_the_parameters_that_matter() -> None:
    space = Space({f"x{j}": Real(0.0, 1.0) for j in range(7)})
    u = units(space)
    found = said(space, (u[:, 2] > 0.6) & (u[:, 5] < 0.3))
    assert {limit.name for limit in found.boxes[0]} == {"x2", "x5"}
    assert found.precision > 0.95
    assert found.recall > 0.95
