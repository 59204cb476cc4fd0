import json

import pytest
from hypothesis import given, settings, strategies as st

from surrogate.errors import SimulatorError
from surrogate.workers.frames import LARGEST, Frames, framed, packed, plain

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.complex_numbers() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
)


@given(bodies=st.lists(st.binary(max_size=50)), cuts=st.lists(st.integers(1, 7), min_size=1))
def test_frames_come_out_as_they_went_in_however_they_are_cut(
    bodies: list[bytes], cuts: list[int]
) -> None:
    stream = b"".join(framed(body) for body in bodies)
    frames, found = Frames(), list[bytes]()
    while stream:
        size = cuts[len(found) % len(cuts)]
        found.extend(frames.feed(stream[:size]))
        stream = stream[size:]
    assert found == bodies


@settings(max_examples=40)
@given(value=ANYTHING)
def test_anything_can_be_told_as_json(value: object) -> None:
    json.loads(json.dumps(plain(value), allow_nan=False))


def test_what_json_can_hold_is_left_as_it_is() -> None:
    value = {"ending": "post", "path": [1.5, 2, None], "in": True}
    assert plain(value) == value


def test_a_message_has_its_length_in_front() -> None:
    assert packed({"a": 1}) == b'\x00\x00\x00\x07{"a":1}'


def test_a_length_beyond_reason_is_refused() -> None:
    with pytest.raises(SimulatorError, match="claims 1852796783 bytes"):
        list(Frames().feed(b"nooonsense"))
    with pytest.raises(SimulatorError, match="at most"):
        framed(bytes(LARGEST + 1))
