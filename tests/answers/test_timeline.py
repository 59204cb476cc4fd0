"""A spot is one line through the iterations, wherever it moved to."""

import json
from itertools import pairwise

import pytest

from surrogate.answers.timeline import Timeline, follow
from surrogate.errors import PointError
from tests.answers.test_drift import FIRST, SECOND, drift, side

MOVED = (0.75, 0.35, 0.15)


def timeline() -> Timeline:
    builds = [
        side("v1", FIRST, SECOND, seed=1),
        side("v2", FIRST, MOVED, seed=2),
        side("v3", FIRST, seed=3),
        side("v4", FIRST, SECOND, seed=4),
    ]
    return follow([drift(a, b) for a, b in pairwise(builds)])


def test_a_spot_that_moved_is_one_line_and_one_that_came_back_another() -> None:
    found = timeline()
    told = sorted([m.campaign for m in line] for line in found.lines)
    assert told == [["v1", "v2"], ["v1", "v2", "v3", "v4"], ["v4"]]
    moved = next(line for line in found.lines if len(line) == 2)
    assert [moment.verdict for moment in moved] == ["", "moved"]


def test_every_moment_has_its_size_and_strength_with_intervals() -> None:
    for line in timeline().lines:
        for moment in line:
            assert moment.size.lower <= moment.size.mean <= moment.size.upper
            assert moment.strength.lower <= moment.strength.mean <= moment.strength.upper


def test_the_json_of_a_timeline_is_plain() -> None:
    plain = json.loads(json.dumps(timeline().to_json()))
    assert plain["campaigns"] == ["v1", "v2", "v3", "v4"]
    assert len(plain["headlines"]) == 3


def test_one_campaign_is_no_timeline() -> None:
    with pytest.raises(PointError, match="two campaigns at least"):
        follow([])
