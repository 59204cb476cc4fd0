"""A change is named only where the runs themselves bear it out on both sides."""

from dataclasses import replace

import numpy as np
import pytest

from surrogate.answers.difference import between
from surrogate.answers.drift import find_drift
from surrogate.answers.ground import Side
from surrogate.answers.witnesses import LEAST
from surrogate.records import Observation
from tests.answers.process import Process
from tests.answers.test_drift import FIRST, PITCH, SECOND, hills, side


def with_runs(one: Side, *spots: tuple[float, float, float], seed: int = 0) -> Side:
    """The side with 200 runs on a design that has these spots, whatever its map says."""
    rows = np.random.default_rng(seed).random((200, 2))
    yes = hills(*spots)(rows) > 0
    points = PITCH.decode(rows)
    runs = [
        Observation(j, p, {"goal": float(v)})
        for j, (p, v) in enumerate(zip(points, yes, strict=True))
    ]
    return replace(one, observations=tuple(runs))


def flat(name: str) -> Side:
    """A campaign that is sure of a flat map."""
    rows = np.random.default_rng(0).random((300, 2))
    return Side(name, PITCH, Process(lambda u: np.full(len(u), -1.6), rows, scale=0.15))


def test_a_map_that_missed_a_spot_makes_no_change_of_it() -> None:
    missed = with_runs(flat("v1"), FIRST)
    seen = with_runs(side("v2", FIRST, seed=2), FIRST, seed=2)
    found = find_drift(between(missed, seen), 0.5)
    assert [str(spot.verdict) for spot in found.spots] == ["unknown"]
    assert not found.overall.sure
    assert not found.map().sure[25:50, 25:50].any()


def test_the_same_step_is_a_change_where_the_runs_saw_it_too() -> None:
    before = with_runs(flat("v1"), (0.0, 0.0, 0.0))
    after = with_runs(side("v2", FIRST, seed=2), FIRST, seed=2)
    found = find_drift(between(before, after), 0.5)
    assert [str(spot.verdict) for spot in found.spots] == ["new"]
    assert found.map().sure[32:44, 32:44].all()


def test_what_a_run_says_is_its_log_likelihood_ratio() -> None:
    point = Observation(0, {"x": 3.0, "y": 3.0}, {"goal": 1.0})
    before = replace(side("v1", FIRST), observations=(point,))
    after = side("v2", SECOND, seed=2)
    (gain,) = between(before, after).witnesses[0].gains
    p = [s.surrogate.predict(np.array([[0.3, 0.3]])).mean[0] for s in (before, after)]
    assert gain == pytest.approx(np.log(p[0] / p[1]))
    assert pytest.approx(np.log(20)) == LEAST


def test_a_vague_map_that_joins_a_new_spot_to_an_old_one_hides_neither() -> None:
    before = side("v1", (0.25, 0.5, 0.12))
    joined = side("v2", (0.25, 0.5, 0.12), (0.5, 0.5, 0.13), (0.75, 0.5, 0.12), seed=2, runs=600)
    found = find_drift(between(before, joined), 0.5)
    assert "new" in {str(spot.verdict) for spot in found.spots}
