"""Two spaces joined: what an old run or an old map says of the new one, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from surrogate.bridge import Bridge, Declared, crossing, usable
from surrogate.errors import PointError, SpaceError
from surrogate.pool import Pool
from surrogate.space import Categorical, Integer, Real, Space

OLD = Space({"x": Real(0, 10), "side": Categorical(("left", "right"))})


def test_a_space_joined_to_itself_changes_no_row() -> None:
    rows = OLD.draw(50, np.random.default_rng(1))
    bridge = Bridge(OLD, OLD)
    np.testing.assert_allclose(bridge.to_old(rows), rows, atol=1e-12)
    assert bridge.known(rows).all()
    assert not bridge.apart(rows).any()


@given(st.floats(-5, 20))
def test_a_widened_range_reaches_beyond_the_old_cube(x: float) -> None:
    new = Space({**OLD.parameters, "x": Real(-5, 20)})
    row = new.encode([{"x": x, "side": "left"}])
    assert Bridge(OLD, new).to_old(row)[0, 0] == pytest.approx(x / 10, abs=1e-9)


def test_a_narrowed_range_has_no_use_for_runs_outside() -> None:
    new = Space({**OLD.parameters, "x": Real(0, 5)})
    found = usable(Bridge(OLD, new), [{"x": x, "side": "left"} for x in (1.0, 4.0, 6.0, 9.0)])
    assert (found.runs, found.of) == (2, 4)
    assert found.why_not == {
        "parameter 'x': 6 is outside 0..5": 1,
        "parameter 'x': 9 is outside 0..5": 1,
    }


def test_of_a_choice_that_is_new_the_old_map_knows_nothing() -> None:
    new = Space({**OLD.parameters, "side": Categorical(("left", "right", "middle"))})
    rows = new.encode([{"x": 1.0, "side": side} for side in ("left", "middle")])
    assert Bridge(OLD, new).known(rows).tolist() == [True, False]


def test_a_renamed_parameter_keeps_its_runs() -> None:
    new = Space({"distance": Real(0, 10), "side": OLD.parameters["side"]})
    bridge = Bridge(OLD, new, Declared(renamed={"distance": "x"}))
    assert bridge.to_new({"x": 3.0, "side": "left"}) == {"distance": 3.0, "side": "left"}


def test_an_added_parameter_is_where_old_runs_had_it_and_far_from_it_elsewhere() -> None:
    new = Space({**OLD.parameters, "wind": Real(-5, 5)})
    bridge = Bridge(OLD, new, Declared(added={"wind": 0.0}))
    assert bridge.to_new({"x": 3.0, "side": "left"})["wind"] == 0.0
    rows = new.encode([{"x": 1.0, "side": "left", "wind": wind} for wind in (0.0, 5.0)])
    np.testing.assert_allclose(bridge.apart(rows), [0.0, 0.5])


def test_a_parameter_that_the_parent_held_is_added_at_the_value_it_was_held_at() -> None:
    old = Space({"x": Real(0, 10)}, fixed={"n": 2})
    bridge = Bridge(old, Space({"x": Real(0, 10), "n": Integer(1, 4)}))
    assert bridge.to_new({"x": 3.0, "n": 2}) == {"x": 3.0, "n": 2}


def test_a_removed_parameter_leaves_the_runs_that_had_it_where_the_new_design_does() -> None:
    old = Space({"x": Real(0, 10), "drag": Real(0, 1)})
    bridge = Bridge(old, Space({"x": Real(0, 10)}), Declared(removed={"drag": 0.5}))
    assert bridge.to_new({"x": 3.0, "drag": 0.5}) == {"x": 3.0}
    with pytest.raises(PointError, match=r"'drag' was not at 0.5, where the new design has it"):
        bridge.to_new({"x": 3.0, "drag": 0.4})
    np.testing.assert_allclose(bridge.to_old(np.array([[0.3]])), [[0.3, 0.5]])


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ({**OLD.parameters, "wind": Real(0, 1)}, "'wind' is new; say which value"),
        ({"side": OLD.parameters["side"]}, "'x' of the parent is not in the new space"),
        ({**OLD.parameters, "side": Real(0, 1)}, "'side' was Categorical and is Real"),
    ],
)
def test_what_nobody_said_is_asked_for(new: dict[str, Real], said: str) -> None:
    with pytest.raises(SpaceError, match=said):
        Bridge(OLD, Space(new))


def test_items_are_joined_by_their_names_whatever_their_column_was_called() -> None:
    features = {"heat": [1.0, 2.0, 3.0], "alloy": ["A", "B", "C"]}
    pool = Pool.of(features, ["heat"], key="alloy")
    bridge = crossing(Pool.of(features, ["heat"]), pool)
    assert bridge.to_new({"item": "B"}) == {"alloy": "B"}
    assert bridge.columns == ("heat",)
    assert usable(bridge, [{"item": "A"}, {"item": "D"}, {"item": "E"}]).why_not == {
        "its item is no longer in the pool": 2
    }


def test_a_pool_and_a_space_have_nothing_to_do_with_each_other() -> None:
    pool = Pool.of({"heat": [1.0, 2.0]}, ["heat"])
    with pytest.raises(SpaceError, match="the parent has a space, the new campaign a pool"):
        crossing(OLD, pool)
    with pytest.raises(SpaceError, match="a pool's items go by their names"):
        crossing(pool, pool, Declared(renamed={"heat": "warmth"}))
