"""A change is named only where the runs themselves bear it out on both sides."""

from dataclasses import replace

import numpy as np
import pytest

from surrogate.answers.difference import between
from surrogate.answers.drift import find_drift
from surrogate.answers.ground import Side
from surrogate.answers.witnesses import LEAST
from surrogate.records import Observation, Query, Reason
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


def graded(name: str, other: float) -> Side:
    """A campaign of 40 runs, 10 of them in the first spot, which gave this margin there."""
    rng = np.random.default_rng(3)
    rows = np.concatenate([rng.uniform(0.32, 0.43, (10, 2)), rng.uniform(0.6, 0.9, (30, 2))])
    margins = np.append(np.full(10, other), rng.normal(size=30))
    runs = [
        Observation(j, point, {"goal": float(j % 2), "margin": float(margin)})
        for j, (point, margin) in enumerate(zip(PITCH.decode(rows), margins, strict=True))
    ]
    asked = [Query(o.query, o.point, o.query, Reason.BOUNDARY, "") for o in runs]
    one = flat(name) if other == 0.0 else side(name, FIRST, seed=2)
    return replace(one, observations=tuple(runs), queries=tuple(asked))


def test_pairs_that_gave_another_margin_bear_a_change_out_where_yes_and_no_stayed() -> None:
    before, after = graded("v1", 0.0), graded("v2", 0.5)
    found = find_drift(between(before, after), 0.5)
    assert [str(spot.verdict) for spot in found.spots] == ["new"]
    difference = between(before, after)
    assert difference.pairs.changed.sum() == 10
    for told in difference.witnesses:
        here = told.units[:, 0] < 0.5
        assert told.borne(here) == pytest.approx(10 * np.log(1.0 / 0.02))
        half = np.append(np.flatnonzero(here)[:2], np.flatnonzero(~here)[:3])
        some = np.isin(np.arange(40), half)
        ratio = 2 * np.log(0.4 / 0.02) + 3 * np.log(0.6 / 0.98)
        assert told.borne(some) == pytest.approx(ratio)
        assert told.borne(~here) == pytest.approx(told.gains[~here].sum())


def test_an_outcome_that_differs_all_over_the_space_bears_nothing_out() -> None:
    before, after = graded("v1", 0.0), graded("v2", 0.5)
    shifted = [
        replace(o, values={**o.values, "margin": o.values["margin"] + 0.1})
        for o in after.observations
    ]
    difference = between(before, replace(after, observations=tuple(shifted)))
    assert len(difference.pairs.changed) == 0
    assert [str(one.verdict) for one in find_drift(difference, 0.5).spots] == ["unknown"]
