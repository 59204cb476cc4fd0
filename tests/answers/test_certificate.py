"""A certificate claims what is so: size, core, centre, the way to the edge, what runs said."""

import json
import math
from functools import cache

import numpy as np
import pytest

from surrogate.answers.certificate import Certificates, certify, spot_members
from surrogate.answers.spots import Sides, find_spots, read_sides
from surrogate.answers.verifying import claim, drawn_inside, runs_testing
from surrogate.errors import PointError
from surrogate.models.change import share_interval
from surrogate.outcome import Number
from surrogate.records import Observation, Query, Reason
from surrogate.space import Array, Categorical, Integer, Real, Space
from tests.answers.process import Process
from tests.answers.test_spots import PITCH, known


@cache
def sides() -> Sides:
    return read_sides(known(), PITCH, 0.5)


@cache
def found() -> Certificates:
    return certify(sides())


def test_the_discs_areas_lie_in_their_intervals_between_core_and_hull() -> None:
    for one, area in zip(found().found, (4 * math.pi, math.pi), strict=True):
        assert one.volume.lower < area < one.volume.upper * 1.02
        assert one.core.size < one.volume.mean < one.hull.size
    assert found().volume.lower < 5 * math.pi < found().volume.upper


def test_certificates_and_spots_speak_of_the_same_regions_in_the_same_order() -> None:
    spots = find_spots(known(), PITCH, 0.5)
    for spot, one in zip(spots, found().found, strict=True):
        assert one.rank == spot.rank
        assert one.volume.mean == pytest.approx(spot.size, rel=0.1)


def test_the_core_is_truly_inside_the_disc() -> None:
    core = found().of(1).core_members
    assert np.linalg.norm(core - 0.3, axis=1).max() < 0.2


def test_the_centre_of_a_disc_is_its_middle_and_its_margins_reach_the_edge() -> None:
    centre = found().of(1).centre
    assert (centre.point["x"], centre.point["y"]) == pytest.approx((3.0, 3.0), abs=0.3)
    down, up = centre.margin["x"]
    assert down + up == pytest.approx(4.0, abs=0.35)


def cliff(units: Array) -> Array:
    """Highest right at an edge: it climbs to x = .6 and falls from there."""
    return np.asarray(np.where(units[:, 0] < 0.6, 4 * units[:, 0], -3.0))


def test_with_inputs_that_stray_one_aims_away_from_the_cliff_where_the_peak_is() -> None:
    space = Space({"x": Real(0.0, 1.0)})
    at = np.linspace(0, 1, 60)[:, None]
    here = read_sides(Process(cliff, at, scale=0.03, noise=0.05, outcome=Number("h")), space, 1.0)
    sure, loose = (certify(here, tolerance={"x": t}).of(1).centre for t in (0.0, 0.15))
    assert float(sure.point["x"]) > 0.55
    assert float(loose.point["x"]) == pytest.approx(0.45, abs=0.05)
    assert loose.expected.mean < sure.expected.mean


def test_a_tolerance_of_what_is_no_number_is_refused() -> None:
    space = Space({"x": Real(0.0, 1.0), "foot": Categorical(("left", "right"))})
    here = read_sides(Process(cliff, np.full((1, 2), 0.5)), space, 0.5)
    with pytest.raises(PointError, match="a free number's half width, 0 or more, was expected"):
        certify(here, tolerance={"foot": 1.0})


def test_whole_numbers_stray_in_whole_steps() -> None:
    space = Space({"n": Integer(1, 9)})
    at = np.linspace(0, 1, 30)[:, None]
    centre = certify(read_sides(Process(cliff, at, scale=0.1), space, 0.5), tolerance={"n": 1.0})
    assert centre.of(1).centre.point["n"] in range(1, 6)


def test_hard_spots_are_certified_as_the_other_side() -> None:
    hard = certify(read_sides(known(), PITCH, 0.5, above=False))
    assert hard.volume.mean + found().volume.mean == pytest.approx(100.0, rel=0.001)
    assert hard.of(1).core.size > 70


def test_a_spot_that_is_not_there_is_refused_with_how_many_there_are() -> None:
    with pytest.raises(PointError, match="spot 3 was meant, but there are 2, numbered from 1"):
        found().of(3)
    with pytest.raises(PointError, match="there are 2"):
        spot_members(sides(), 0)


def test_verifying_points_lie_inside_the_spot_and_spread_over_it() -> None:
    members = spot_members(sides(), 1)
    rows = drawn_inside(sides(), members, 300, np.random.default_rng(0))
    assert len(np.unique(rows, axis=0)) == 300
    assert np.linalg.norm(rows - 0.3, axis=1).max() < 0.22
    assert rows.mean(axis=0) == pytest.approx([0.3, 0.3], abs=0.02)


def test_rate_intervals_are_those_of_clopper_and_pearson() -> None:
    # 8 of 10: scipy.stats.binomtest(8, 10).proportion_ci()
    assert share_interval(8, 10) == pytest.approx((0.44390454, 0.97478927), abs=1e-7)
    assert share_interval(0, 10) == pytest.approx((0.0, 0.30849710), abs=1e-7)
    assert share_interval(0, 0) == (0.0, 1.0)


def verifying(values: list[float], level: float = 0.5) -> tuple[list[Observation], list[Query]]:
    why = f"drawn inside spot 1, to verify {claim(level, above=True)}"
    points = [{"x": 3.0, "y": 3.0, "keeper": 1.0}] * len(values)
    observations = [
        Observation(j, p, {"goal": v}) for j, (p, v) in enumerate(zip(points, values, strict=True))
    ]
    return observations, [Query(j, p, 0, Reason.VERIFY, why) for j, p in enumerate(points)]


def test_runs_that_say_yes_confirm_a_spot_and_others_refute_it() -> None:
    for values, word in (
        ([1.0] * 20, "confirmed"),
        ([0.0] * 20, "refuted"),
        ([1.0, 0.0], "not decided"),
    ):
        tests = runs_testing(*verifying(values), claim(0.5, above=True))
        one = certify(sides(), tests=tests).of(1).confirmed
        assert one.runs == len(values)
        assert word in one.words


def test_runs_that_tested_another_level_say_nothing_of_this_one() -> None:
    assert runs_testing(*verifying([1.0], level=0.8), claim(0.5, above=True)) == ()


def test_the_json_of_certificates_is_plain() -> None:
    plain = json.loads(json.dumps(found().to_json()))
    first = plain["certificates"][0]
    assert first["rule"]["words"].startswith("x ")
    assert first["volume"]["lower"] <= first["volume"]["mean"] <= first["volume"]["upper"]
