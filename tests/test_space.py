"""Spaces: points go into the cube and come back, and bad ones are named."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

from surrogate.errors import PointError, SpaceError
from surrogate.expression import Expression
from surrogate.outcome import Number
from surrogate.space import Categorical, Integer, Normal, Parameter, Real, Space

reals = st.tuples(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6)).map(lambda t: Real(t[0], t[0] + t[1]))
logs = st.tuples(st.floats(1e-6, 1e3), st.floats(1.01, 1e6)).map(
    lambda t: Real(t[0], t[0] * t[1], scale="log")
)
integers = st.tuples(st.integers(-1000, 1000), st.integers(1, 1000)).map(
    lambda t: Integer(t[0], t[0] + t[1])
)
categories = st.integers(2, 9).map(lambda k: Categorical(tuple("abcdefghi"[:k])))
spaces = st.dictionaries(
    st.text(min_size=1, max_size=8), st.one_of(reals, logs, integers, categories), min_size=1
).map(Space)

PITCH = Space(
    {"x": Real(0, 16.5, unit="m", default=11.0), "y": Real(-20, 20, unit="m", default=0.0)},
    pair=("x", "y"),
)


@given(spaces, st.integers(0, 2**32))
def test_a_decoded_row_encodes_to_its_snapped_self(space: Space, seed: int) -> None:
    rows = np.random.default_rng(seed).random((5, space.dimension))
    assert space.encode(space.decode(rows)) == pytest.approx(space.snap(rows), abs=1e-6)


@given(spaces, st.integers(0, 2**32))
def test_snapping_twice_is_snapping_once(space: Space, seed: int) -> None:
    rows = space.snap(np.random.default_rng(seed).random((5, space.dimension)))
    assert space.snap(rows) == pytest.approx(rows, abs=1e-12)


@given(spaces, st.integers(0, 2**32))
def test_drawn_points_belong_to_their_space(space: Space, seed: int) -> None:
    for point in space.decode(space.draw(4, np.random.default_rng(seed))):
        assert space.complete(point) == point


@pytest.mark.parametrize(
    ("point", "words"),
    [
        ({"x": 1}, "parameter 'y' is missing: give x, y; x came"),
        ({"x": 1, "y": 2, "z": 3}, "parameter 'z' came, but the space has x, y"),
        ({"x": 17, "y": 0}, "parameter 'x': 17 is outside 0..16.5 m"),
        ({"x": float("nan"), "y": 0}, "parameter 'x': a finite number was expected"),
        ({"x": True, "y": 0}, "parameter 'x': a number was expected, True came"),
        ({"x": "far", "y": 0}, "parameter 'x': a number was expected, 'far' came"),
    ],
)
def test_a_bad_point_is_refused_by_name(point: dict[str, Any], words: str) -> None:
    with pytest.raises(PointError, match=words):
        PITCH.encode([point])


def test_a_held_parameter_may_be_given_with_its_own_value_alone() -> None:
    held = PITCH.restricted({"x": Real(0, 5), "y": 2.0})
    assert held.complete({"x": 1.0, "y": 2}) == {"x": 1.0, "y": 2.0}
    with pytest.raises(PointError, match=r"'y': 3.0 came, but it is held at 2.0; leave it out"):
        held.complete({"x": 1.0, "y": 3.0})


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Real(300.0, 250.0), "low 300.0 is not below high 250.0"),
        (lambda: Real(0, 1, scale="log"), "low 0 is not positive, as a log scale needs"),
        (lambda: Real(0, float("inf")), "must be finite"),
        (lambda: Categorical(("a", "a")), "two or more different names"),
        (lambda: Space({}), "at least one free parameter"),
        (lambda: PITCH.restricted({"z": 1}), "parameter 'z' is not one of the simulator's: x, y"),
        (lambda: PITCH.restricted({"x": Real(0, 20)}), "parameter 'x': 20 is outside 0..16.5 m"),
        (lambda: PITCH.restricted({"x": 1, "y": 2}), "every parameter is held"),
        (lambda: PITCH.restricted({"x": Integer(1, 2)}), "parameter 'x' is Real, not Integer"),
    ],
)
def test_a_bad_space_is_refused_with_a_sentence(make: Any, words: str) -> None:
    with pytest.raises(SpaceError, match=words):
        make()


def test_restricting_narrows_fixes_and_holds_at_the_default() -> None:
    part = PITCH.restricted({"x": Real(5, 10)})
    assert part.names == ("x",)
    assert part.decode(np.array([[0.5]])) == [{"y": 0.0, "x": 7.5}]
    assert part.parameters["x"].unit == "m"
    assert part.pair is None


def test_a_parameter_without_default_must_be_named() -> None:
    with pytest.raises(SpaceError, match="parameter 'b' is neither given nor has a default"):
        Space({"a": Real(0, 1), "b": Real(0, 1)}).restricted({"a": Real(0, 1)})


def test_constraints_hold_for_every_drawn_point() -> None:
    space = Space({"x": Real(0, 1), "y": Real(0, 1)}, constraints=(Expression("x + y <= 0.3"),))
    rows = space.draw(200, np.random.default_rng(0))
    assert rows.shape == (200, 2)
    assert (rows.sum(axis=1) <= 0.3).all()


def test_constraints_that_leave_nothing_are_reported() -> None:
    space = Space({"x": Real(0, 1)}, constraints=(Expression("x > 2"),))
    with pytest.raises(SpaceError, match="leave next to nothing"):
        space.draw(1, np.random.default_rng(0))


def test_a_constraint_on_an_unknown_name_is_refused() -> None:
    with pytest.raises(SpaceError, match=r"names \['z'\]; the space has x"):
        Space({"x": Real(0, 1)}, constraints=(Expression("z > 2"),))


def test_a_log_scale_puts_the_geometric_mean_in_the_middle() -> None:
    assert Real(1, 100, scale="log").from_unit(np.array([0.5])) == pytest.approx([10.0])


def test_the_middle_of_a_range_about_zero_is_zero_though_it_was_summed() -> None:
    middles = np.array([0.5, 0.5 - 2**-54, 0.1 + 0.1 + 0.3 - 1e-16])
    assert Real(-8, 8).from_unit(middles).tolist() == [0.0, 0.0, 0.0]
    assert Real(0, 8).from_unit(np.array([1e-18]))[0] == pytest.approx(8e-18)


def test_a_normal_parameter_has_its_mean_and_sd() -> None:
    parameter: Parameter = Real(-5, 5, distribution=Normal(1.0, 0.5))
    space = Space({"u": parameter})
    drawn = space.columns(space.draw(4000, np.random.default_rng(1)))["u"]
    assert drawn.mean() == pytest.approx(1.0, abs=0.03)
    assert drawn.std() == pytest.approx(0.5, abs=0.03)


def test_names_may_be_any_text() -> None:
    space = Space({"body.mass[1]": Real(0, 2), "lambda": Real(0, 1)})
    assert space.encode([{"body.mass[1]": 1, "lambda": 1}]).tolist() == [[0.5, 1.0]]


@pytest.mark.parametrize("said", ["1", "-", ""])
def test_a_bare_number_has_no_unit_to_say_behind_it(said: str) -> None:
    parameters: dict[str, Parameter] = {
        "gain": Real(0.1, 10, unit=said),
        "teeth": Integer(8, 40, unit=said),
    }
    assert {Space(parameters).unit(name) for name in parameters} == {""}
    assert Number("ratio", unit=said).unit == ""
