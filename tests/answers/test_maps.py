"""A map is the surrogate itself on a grid, in the user's coordinates, with an honest note."""

import json

import numpy as np
import pytest

from surrogate.answers.maps import View, default_view, make_map
from surrogate.errors import PointError
from surrogate.expression import Expression
from surrogate.models.beside import learn_beside
from surrogate.outcome import Number
from surrogate.records import Observation
from surrogate.space import Array, Categorical, Integer, Real, Space
from tests.answers.process import Process

PITCH = Space(
    {"x": Real(1.0, 16.5, unit="m"), "y": Real(-20.0, 20.0, unit="m")},
    fixed={"keeper": 1.0},
    pair=("x", "y"),
)


def slope(units: Array) -> Array:
    return np.asarray(4 * units[:, 0] - 2)


def process(dimension: int = 2, count: int = 60) -> Process:
    return Process(slope, np.random.default_rng(1).random((count, dimension)))


def told(count: int, value: float | None = None) -> list[Observation]:
    return [
        Observation(j, {"x": 5.0, "y": 0.0}, {"goal": value if value is not None else j % 2})
        for j in range(count)
    ]


def test_a_map_is_what_the_surrogate_predicts_at_its_cells() -> None:
    chart = make_map(process(), PITCH, View("x", "y", size=32, level=0.5))
    assert chart.y is not None
    points = [
        {"x": float(chart.x.values[3]), "y": float(chart.y.values[20])},
        {"x": float(chart.x.values[30]), "y": float(chart.y.values[5])},
    ]
    read = process().predict(PITCH.encode(points))
    assert [chart.mean[20, 3], chart.mean[5, 30]] == pytest.approx(read.mean.tolist())
    assert [chart.lower[20, 3], chart.upper[5, 30]] == pytest.approx([read.lower[0], read.upper[1]])


def test_swapping_the_axes_transposes_the_map() -> None:
    one = make_map(process(), PITCH, View("x", "y", size=16))
    other = make_map(process(), PITCH, View("y", "x", size=16))
    np.testing.assert_allclose(one.mean, other.mean.T)


def test_axes_carry_the_users_units_and_ends() -> None:
    chart = make_map(process(), PITCH, View("x", "y", size=31))
    assert chart.y is not None
    assert (chart.x.label, chart.x.low, chart.x.high) == ("x [m]", 1.0, 16.5)
    assert chart.x.values[[0, -1]] == pytest.approx([1.25, 16.25])
    assert chart.mean.shape == (31, 31)


def test_undecided_is_where_the_interval_contains_the_level() -> None:
    chart = make_map(process(count=8), PITCH, View("x", "y", size=24, level=0.5))
    expected = (chart.lower <= 0.5) & (chart.upper >= 0.5)
    assert np.array_equal(chart.undecided, expected)
    assert 0 < expected.mean() < 1
    assert not make_map(process(), PITCH, View("x", "y", size=24)).undecided.any()


def test_where_the_simulator_declines_nothing_is_undecided_and_the_map_says_so() -> None:
    units = np.random.default_rng(0).random((60, PITCH.dimension))
    seen = [
        Observation(k, point, {"goal": 1.0} if unit[0] > 0.4 else {})
        for k, (point, unit) in enumerate(zip(PITCH.decode(units), units, strict=True))
    ]
    beside = learn_beside(PITCH, seen, priced=False)
    chart = make_map(process(count=8), PITCH, View("x", "y", size=24, level=0.5), beside=beside)
    assert chart.declined[:, :7].all()
    assert not chart.declined[:, 13:].any()
    assert not (chart.declined & chart.undecided).any()
    assert np.min(chart.to_json()["answers"]) < 0.5


def test_other_parameters_are_held_where_asked_else_at_default_else_in_the_middle() -> None:
    space = Space(
        {
            "a": Real(0.0, 1.0),
            "b": Real(0.0, 1.0),
            "c": Real(0.0, 1.0, unit="s", default=0.25),
            "d": Real(0.0, 4.0),
        }
    )
    chart = make_map(process(4), space, View("a", "b", size=8))
    assert chart.held == {"c": 0.25, "d": 2.0}
    assert chart.caption() == "c = 0.25 s, d = 2"
    held = make_map(process(4), space, View("a", "b", size=8, held={"d": 3.0}))
    read = process(4).predict(space.encode([{"a": 1 / 16, "b": 1 / 16, "c": 0.25, "d": 3.0}]))
    assert held.mean[0, 0] == pytest.approx(read.mean[0])


def test_fixed_parameters_stand_in_the_caption() -> None:
    assert make_map(process(), PITCH, View("x", "y", size=8)).caption() == "keeper = 1"


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (View("x", "z"), "a map of 'z' was asked for; choose from x, y"),
        (View("x", "x"), "two different parameters"),
        (View("x", "y", held={"q": 1.0}), "'q'"),
    ],
)
def test_a_view_that_the_space_cannot_show_is_refused(view: View, words: str) -> None:
    with pytest.raises(PointError, match=words):
        make_map(process(), PITCH, view)


def test_a_held_value_outside_its_range_is_refused() -> None:
    space = Space({name: Real(0.0, 1.0) for name in "abc"})
    with pytest.raises(PointError, match=r"parameter 'c': 3 is outside 0\.\.1"):
        make_map(process(3), space, View("a", "b", held={"c": 3.0}))


def test_one_axis_gives_a_curve() -> None:
    space = Space({"a": Real(0.0, 1.0)})
    view = default_view(space, 0.5)
    assert (view.x, view.y) == ("a", None)
    chart = make_map(process(1), space, view)
    assert (chart.y, chart.mean.shape) == (None, (1, 128))


def test_whole_numbers_and_choices_have_one_cell_each() -> None:
    space = Space({"n": Integer(2, 5), "foot": Categorical(("left", "right"))})
    chart = make_map(process(), space, default_view(space))
    assert chart.mean.shape == (2, 4)
    assert chart.x.values.tolist() == [2, 3, 4, 5]
    assert chart.y is not None
    assert chart.y.values.tolist() == ["left", "right"]


def test_cells_that_the_constraints_forbid_are_marked_and_never_undecided() -> None:
    space = Space(PITCH.parameters, constraints=(Expression("y > 0"),))
    chart = make_map(process(count=3), space, View("x", "y", size=10, level=0.5))
    assert chart.allowed.mean() == 0.5
    assert not chart.undecided[~chart.allowed].any()


def test_the_json_of_a_map_is_whole_and_plain() -> None:
    chart = make_map(process(), PITCH, View("x", "y", size=9, level=0.5), revision=3)
    found = json.loads(json.dumps(chart.to_json()))
    assert (found["revision"], found["level"], found["held"]) == (3, 0.5, {"keeper": 1.0})
    assert np.asarray(found["mean"]) == pytest.approx(chart.mean, abs=1e-5)
    assert found["note"] == chart.note


def test_ten_equal_outcomes_are_not_trusted_whatever_the_intervals_say() -> None:
    view = View("x", "y", size=16, level=0.5)
    note = make_map(process(), PITCH, view, observations=told(40, 0.0)).note
    assert note == "Not trustworthy yet: all 40 runs so far gave no goal."
    few = make_map(process(), PITCH, view, observations=told(4)).note
    assert few == "Not trustworthy yet: only 4 runs so far."


def test_trust_grows_with_the_surrogates_own_certainty() -> None:
    view = View("x", "y", size=16, level=0.5)
    vague = make_map(process(count=1), PITCH, view, observations=told(40))
    sure = make_map(process(count=80), PITCH, view, observations=told(40))
    assert (vague.trust.worthy, sure.trust.worthy) == (False, True)
    assert sure.note.startswith("Trustworthy: about")


def test_the_share_on_the_wrong_side_is_the_mean_of_the_lesser_chance() -> None:
    chart = make_map(process(count=1), PITCH, View("x", "y", size=16, level=0.5))
    assert chart.above is not None
    wrong = np.minimum(chart.above, 1 - chart.above).mean()
    assert f"{100 * wrong:.2g} %" in chart.note


def test_a_number_is_trusted_by_its_interval_against_its_span() -> None:
    number = Process(slope, np.random.default_rng(1).random((60, 2)), outcome=Number("v", "m"))
    chart = make_map(number, PITCH, View("x", "y", size=16))
    assert chart.response == "v [m]"
    assert chart.trust.worthy
    assert chart.mean.max() > 1.5
