"""Sweet spots are the regions that were planted, with their size, certainty and a real run."""

import json
import math
from functools import cache

import numpy as np
import pytest

from surrogate.answers.spots import Spots, find_spots, mean_response
from surrogate.outcome import Binary, Count, Number
from surrogate.records import Observation, Query, Reason
from surrogate.space import Array, Categorical, Real, Scalar, Space
from tests.answers.process import Process

PITCH = Space({"x": Real(0.0, 10.0, unit="m"), "y": Real(0.0, 10.0, unit="m")}, {"keeper": 1.0})


def hills(units: Array) -> Array:
    """Two discs above zero: radius 0.2 around (0.3, 0.3), 0.1 around (0.8, 0.8)."""
    large = 0.2 - np.linalg.norm(units[:, :2] - 0.3, axis=1)
    small = 0.1 - np.linalg.norm(units[:, :2] - 0.8, axis=1)
    return np.asarray(np.maximum(8 * np.maximum(large, small), -2))


def known(dimension: int = 2) -> Process:
    at = np.random.default_rng(0).random((350, dimension))
    return Process(hills, at, scale=0.12, noise=0.05)


def runs(values: list[tuple[float, float, float]], name: str = "goal") -> list[Observation]:
    points: list[dict[str, Scalar]] = [{"x": x, "y": y, "keeper": 1.0} for x, y, _ in values]
    return [
        Observation(j, point, {name: value})
        for j, (point, (_, _, value)) in enumerate(zip(points, values, strict=True))
    ]


def asked(observations: list[Observation]) -> list[Query]:
    return [Query(o.query, o.point, 100 + o.query, Reason.START, "") for o in observations]


@cache
def spots(*values: tuple[float, float, float]) -> Spots:
    observations = runs(list(values))
    return find_spots(known(), PITCH, 0.5, observations=observations, queries=asked(observations))


def test_the_planted_discs_are_found_with_their_area_in_the_users_units() -> None:
    found = spots()
    assert [spot.unit for spot in found] == ["m²", "m²"]
    assert found[0].size == pytest.approx(math.pi * 4, rel=0.08)
    assert found[1].size == pytest.approx(math.pi * 1, rel=0.2)
    assert found[0].share == pytest.approx(found[0].size / 100)
    assert found[0].centroid["x"] == pytest.approx(3.0, abs=0.15)


def test_boxes_and_peaks_are_in_own_units_and_belong_together() -> None:
    for spot in spots():
        for name, ends in spot.box.items():
            assert float(ends[0]) <= float(spot.peak[name]) <= float(ends[1])
    ends = spots()[0].box["x"]
    assert (float(ends[0]), float(ends[1])) == pytest.approx((1.0, 5.0), abs=0.25)


def test_the_peak_and_the_mean_come_with_intervals_that_hold_them() -> None:
    for spot in spots():
        for value in (spot.response, spot.peak_response):
            assert 0 <= value.lower <= value.mean <= value.upper <= 1
        assert spot.peak_response.mean >= spot.response.mean > 0.5
        assert 0.5 < spot.confidence <= 1


def test_the_example_is_a_run_inside_that_showed_the_outcome() -> None:
    values = [(3.0, 3.0, 0.0), (3.4, 3.0, 1.0), (2.0, 2.5, 1.0), (8.0, 8.0, 0.0), (5.5, 9.0, 1.0)]
    first, second = spots(*values)
    assert first.runs == 3
    assert first.example is not None
    assert (first.example.query, first.example.seed, first.example.value) == (1, 101, 1.0)
    assert second.example is not None
    assert second.example.query == 3  # the only one inside, whatever it gave
    assert spots((0.1, 9.9, 1.0))[0].example is None


def test_a_run_without_a_query_cannot_be_replayed_and_is_no_example() -> None:
    found = find_spots(known(), PITCH, 0.5, observations=runs([(3.0, 3.0, 1.0)]))
    assert found[0].example is None


def test_hard_spots_are_the_other_side() -> None:
    sweet, hard = spots(), find_spots(known(), PITCH, 0.5, above=False)
    assert sum(spot.share for spot in (*sweet, *hard)) == pytest.approx(1.0, abs=0.002)
    assert hard[0].response.mean < 0.5
    assert hard[0].peak_response.mean <= hard[0].response.mean


def test_no_level_is_passed_by_a_flat_surface() -> None:
    flat = Process(
        lambda units: np.full(len(units), -2.0), np.random.default_rng(0).random((90, 2))
    )
    assert len(find_spots(flat, PITCH, 0.9)) == 0


def test_specks_are_left_out_and_counted() -> None:
    speck = Process(lambda units: np.full(len(units), 3.0), np.full((1, 2), 0.8), scale=0.006)
    found = find_spots(speck, PITCH, 0.6)
    assert (len(found), found.specks) == (0, 1)


def test_spots_are_ranked_from_one_and_read_like_a_tuple() -> None:
    found = spots()
    assert [spot.rank for spot in found] == [1, 2]
    assert found[0] is found.spots[0]
    assert found[:1] == found.spots[:1]


def test_a_cylinder_in_three_dimensions_keeps_its_share() -> None:
    space = Space({name: Real(0.0, 10.0, unit="m") for name in "xyz"})
    first = find_spots(Process(hills, _even(3), scale=0.2, noise=0.05), space, 0.5)[0]
    assert first.unit == "m³"
    assert first.share == pytest.approx(math.pi * 0.04, rel=0.15)
    low, high = first.box["z"]
    assert float(high) - float(low) > 9


def _even(dimension: int) -> Array:
    from scipy.stats import qmc

    points: Array = qmc.Sobol(dimension, rng=np.random.default_rng(0)).random(512)
    return points


def test_a_spot_names_the_choices_that_it_holds_for() -> None:
    space = Space({"x": Real(0.0, 1.0), "foot": Categorical(("left", "right"))})

    def right(units: Array) -> Array:
        return np.asarray(np.where(units[:, 1] > 0.5, 2.0, -2.0))

    at = np.random.default_rng(0).random((200, 2)).round(1) * [1, 0] + [0, 0.25]
    at[::2, 1] = 0.75
    (spot,) = find_spots(Process(right, at, scale=0.2, noise=0.1), space, 0.5)
    assert spot.box["foot"] == ("right",)
    assert spot.share == pytest.approx(0.5)


def test_the_json_of_spots_is_plain_and_whole() -> None:
    found = json.loads(json.dumps(spots((3.0, 3.0, 1.0)).to_json()))
    assert found["level"] == 0.5
    assert found["side"] == "above"
    first = found["spots"][0]
    assert first["example"]["seed"] == 100
    assert first["peak"]["lower"] <= first["peak"]["mean"] <= first["peak"]["upper"]


def test_the_mean_over_one_point_is_its_own_interval() -> None:
    surrogate, point = known(), np.array([[0.35, 0.3]])
    read = surrogate.predict(point)
    value = mean_response(surrogate, point, np.ones(1))
    assert value.mean == pytest.approx(read.mean[0])
    assert (value.lower, value.upper) == pytest.approx((read.lower[0], read.upper[0]), abs=0.02)


def test_a_mean_over_many_points_is_known_better_than_each() -> None:
    surrogate = Process(hills, np.random.default_rng(0).random((60, 2)), scale=0.1, noise=0.5)
    units = np.random.default_rng(1).random((300, 2))
    read = surrogate.predict(units)
    value = mean_response(surrogate, units, np.full(300, 1 / 300))
    assert value.upper - value.lower < 0.5 * float((read.upper - read.lower).mean())


@pytest.mark.parametrize("outcome", [Count("goal", of=10), Number("goal")])
def test_counts_and_numbers_have_spots_too(outcome: Count | Number | Binary) -> None:
    at = np.random.default_rng(0).random((300, 2))
    surrogate = Process(hills, at, scale=0.12, noise=0.05, outcome=outcome)
    level = 0.0 if isinstance(outcome, Number) else 0.5
    observations = runs([(3.0, 3.0, 1.0)])
    found = find_spots(
        surrogate, PITCH, level, observations=observations, queries=asked(observations)
    )
    assert found[0].size == pytest.approx(math.pi * 4, rel=0.1)
    assert found[0].response.lower <= found[0].response.mean <= found[0].response.upper


@pytest.mark.parametrize("f", [2.5, -2.5])
def test_the_interval_of_a_probability_stays_within_0_and_1(f: float) -> None:
    """Also where the points that are drawn at do not stand well for the mean over all."""
    sure = Process(lambda units: np.full(len(units), f), np.array([[0.5, 0.5]]), 0.1, 0.1)
    units = np.vstack([np.full((1, 2), 0.5), np.random.default_rng(0).random((120, 2))])
    for heavy in range(56, 65):  # one of them, which not all draws need hold, has nearly all weight
        weight = np.full(121, 0.1 / 120)
        weight[heavy] = 0.9
        value = mean_response(sure, np.roll(units, heavy, axis=0), weight)
        assert 0 <= value.lower <= value.mean <= value.upper <= 1
