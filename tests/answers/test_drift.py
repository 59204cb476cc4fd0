"""What changed between two campaigns is told with the right verdict, and no more than is sure."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtri

from surrogate.answers.change import discoveries, least_sure
from surrogate.answers.difference import between
from surrogate.answers.drift import Drift, Verdict, find_drift
from surrogate.answers.ground import Side, common_ground
from surrogate.dataset import gather
from surrogate.errors import PointError
from surrogate.models.base import Marginal, Prediction
from surrogate.models.recipes import recipe_for
from surrogate.outcome import Number, Outcome
from surrogate.records import Observation, Query, Reason
from surrogate.space import Array, Categorical, Integer, Real, Space
from tests.answers.process import GOAL, Process

PITCH = Space({"x": Real(0.0, 10.0, unit="m"), "y": Real(0.0, 10.0, unit="m")})
FIRST, SECOND = (0.3, 0.3, 0.18), (0.75, 0.75, 0.15)

Spot = tuple[float, float, float]


def hills(*spots: Spot) -> Callable[[Array], Array]:
    def truth(units: Array) -> Array:
        reach = [r - np.linalg.norm(units - [x, y], axis=1) for x, y, r in spots]
        return np.asarray(np.clip(8 * np.max([*reach, np.full(len(units), -0.2)], axis=0), -2, 2))

    return truth


def side(name: str, *spots: Spot, seed: int = 0, runs: int = 140, noise: float = 0.1) -> Side:
    at = np.random.default_rng(seed).random((runs, 2))
    return Side(name, PITCH, Process(hills(*spots), at, scale=0.15, noise=noise))


def drift(before: Side, after: Side) -> Drift:
    return find_drift(between(before, after), 0.5)


def verdicts(found: Drift) -> list[str]:
    return sorted(str(spot.verdict) for spot in found.spots)


def test_the_same_design_looked_at_twice_has_the_same_spots() -> None:
    found = drift(side("v1", FIRST, SECOND, seed=1), side("v2", FIRST, SECOND, seed=2))
    assert verdicts(found) == ["same", "same"]
    assert not found.overall.sure
    assert found.headline == "Nothing changed for sure: 2 sweet spots are the same."
    assert least_sure(found.difference) == np.inf


def test_a_spot_that_was_mended_is_gone_and_one_that_came_is_new() -> None:
    mended = drift(side("v1", FIRST, SECOND), side("v2", FIRST, seed=2))
    assert verdicts(mended) == ["gone", "same"]
    assert "1 sweet spot is gone" in mended.headline
    again = drift(side("v2", FIRST, seed=2), side("v3", FIRST, SECOND, seed=3))
    assert verdicts(again) == ["new", "same"]


def test_a_spot_that_comes_up_beside_where_one_was_has_moved() -> None:
    found = drift(side("v1", FIRST, SECOND), side("v2", FIRST, (0.75, 0.35, 0.15), seed=2))
    assert verdicts(found) == ["moved", "same"]
    moved = found.spots[0]
    assert moved.before.middle is not None
    assert moved.after.middle is not None
    assert float(moved.before.middle["y"]) == pytest.approx(7.5, abs=0.3)
    assert float(moved.after.middle["y"]) == pytest.approx(3.5, abs=0.3)


@pytest.mark.parametrize(
    ("radius", "runs", "said"), [(0.28, 140, ["gone", "new"]), (0.22, 28, ["moved"])]
)
def test_a_spot_of_another_size_is_another_one_unless_its_size_is_hardly_known(
    radius: float, runs: int, said: list[str]
) -> None:
    before = side("v1", (0.3, 0.3, 0.14))
    after = side("v2", (0.65, 0.4, radius), seed=2, runs=runs)
    assert sorted(verdicts(drift(before, after))) == said


def test_a_spot_that_shifts_by_less_than_its_width_has_moved_too() -> None:
    found = drift(side("v1", (0.4, 0.5, 0.2)), side("v2", (0.55, 0.5, 0.2), seed=2))
    assert verdicts(found) == ["moved"]


def strip(name: str, width: float, seed: int) -> Side:
    """A spot along one edge of the pitch."""
    at = np.random.default_rng(seed).random((140, 2))
    truth = Process(lambda units: np.clip(8 * (width - units[:, 0]), -2, 2), at, scale=0.3)
    return Side(name, PITCH, truth)


@pytest.mark.parametrize(("before", "after", "said"), [(0.45, 0.8, "grew"), (0.8, 0.45, "shrank")])
def test_a_spot_at_the_edge_that_grew_has_not_moved(before: float, after: float, said: str) -> None:
    assert verdicts(drift(strip("v1", before, 1), strip("v2", after, 2))) == [said]


def test_a_spot_that_comes_up_where_it_touches_the_old_one_has_moved_as_a_whole() -> None:
    found = drift(side("v1", FIRST, SECOND), side("v2", FIRST, (0.75, 0.47, 0.15), seed=2))
    assert verdicts(found) == ["moved", "same"]
    assert found.spots[0].after.share.mean == pytest.approx(np.pi * 0.15**2, rel=0.1)


def with_runs(one: Side, told: Sequence[tuple[float, float, float]]) -> Side:
    """A side that was told of goals (or misses) at places of the pitch."""
    runs = tuple(Observation(j, {"x": x, "y": y}, {"goal": v}) for j, (x, y, v) in enumerate(told))
    queries = tuple(Query(o.query, o.point, 7 + o.query, Reason.START, "") for o in runs)
    return replace(one, observations=runs, queries=queries)


@pytest.mark.parametrize(("answer", "said"), [(0.0, ["moved"]), (1.0, ["gone", "unknown"])])
def test_where_to_a_spot_went_needs_no_runs_of_before_but_none_may_speak_against_it(
    answer: float, said: list[str]
) -> None:
    was, comes = (0.3, 0.3, 0.18), (0.7, 0.3, 0.18)
    here = [(3.0, 3.0 + step, 1.0) for step in (-0.5, 0.0, 0.5)]
    there = [(x + 4.0, y, v) for x, y, v in here]
    before = with_runs(side("v1", was), [*here, (7.0, 3.0, answer)])
    after = with_runs(side("v2", comes, seed=2), [*((x, y, 0.0) for x, y, _ in here), *there])
    assert verdicts(drift(before, after)) == said


def test_growing_and_shrinking_come_with_the_step_in_own_units() -> None:
    found = drift(side("v1", (0.5, 0.5, 0.15)), side("v2", (0.5, 0.5, 0.3), seed=2))
    assert verdicts(found) == ["grew"]
    step, unit = found.spots[0].change, found.spots[0].unit
    assert unit == "m²"
    assert step.mean == pytest.approx(np.pi * 100 * (0.3**2 - 0.15**2), rel=0.08)
    back = drift(side("v2", (0.5, 0.5, 0.3), seed=2), side("v1", (0.5, 0.5, 0.15)))
    assert verdicts(back) == ["shrank"]


def test_a_spot_that_few_runs_speak_of_is_unknown() -> None:
    found = drift(side("v1", FIRST), side("v2", FIRST, seed=2, runs=12, noise=1.0))
    assert Verdict.UNKNOWN in {spot.verdict for spot in found.spots}
    assert not found.changes


def test_the_difference_of_independent_campaigns_has_the_sum_of_their_variances() -> None:
    one = between(side("v1", FIRST), side("v2", FIRST, seed=2, runs=20))
    q = np.random.default_rng(0).random((5, 2))
    sd = one.steps(q).sd
    parts = [s.surrogate.latent(q)[1] for s in (one.before, one.after)]  # type: ignore[attr-defined]
    assert sd == pytest.approx(np.sqrt(parts[0] + parts[1]), rel=1e-6)


def test_draws_agree_with_the_closed_form() -> None:
    one = between(side("v1", FIRST, runs=40), side("v2", FIRST, seed=2, runs=20))
    q = np.random.default_rng(0).random((3, 2))
    before, after = one.draws(q, 40_000)
    step = ndtri(np.clip(after, 1e-12, 1 - 1e-12)) - ndtri(np.clip(before, 1e-12, 1 - 1e-12))
    steps = one.steps(q)
    assert step.mean(axis=0) == pytest.approx(steps.link[1] - steps.link[0], abs=0.03)
    assert step.std(axis=0) == pytest.approx(steps.sd, rel=0.03)


def told(seed: int, noise_seed: int, truth: float = 0.0) -> Side:
    """Fifty noisy numbers at places of `seed`, their noise and query seeds from `noise_seed`."""
    places = np.random.default_rng(seed).random((50, 2))
    noise = np.random.default_rng(noise_seed).normal(0, 0.3, 50)
    points = PITCH.decode(places)
    values = np.sin(3 * places[:, 0]) + truth + noise
    runs = tuple(
        Observation(j, p, {"m": float(v)})
        for j, (p, v) in enumerate(zip(points, values, strict=True))
    )
    queries = tuple(
        Query(j, p, 100 * noise_seed + j, Reason.START, "") for j, p in enumerate(points)
    )
    outcome = Number("m")
    surrogate = recipe_for(outcome, 2).fit(gather(PITCH, outcome, runs))
    return Side("v", PITCH, surrogate, runs, queries)


def test_runs_repeated_with_their_seeds_take_their_noise_out_of_the_difference() -> None:
    paired, fresh = between(told(0, 1), told(0, 1, truth=0.2)), between(told(0, 1), told(0, 2))
    q = np.random.default_rng(1).random((20, 2))
    assert (len(paired.pairs), len(fresh.pairs)) == (50, 0)
    assert paired.pairs.alike > 0.9
    assert paired.steps(q).sd.mean() < 0.9 * fresh.steps(q).sd.mean()


def test_seeds_out_of_step_pair_nothing() -> None:
    after = told(0, 2)
    seeds = tuple(replace(query, seed=query.seed - 100) for query in after.queries)
    stale = between(told(0, 1), replace(after, queries=seeds))
    assert len(stale.pairs) == 50
    assert stale.pairs.alike < 0.4


def test_false_discoveries_follow_benjamini_and_hochberg_by_hand() -> None:
    # their own example of 15 tests at .05: the first four pass
    doubts = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459]
    doubts += [0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    assert discoveries(np.array(doubts), 0.05).tolist() == [True] * 4 + [False] * 11
    assert not discoveries(np.array([0.06, 0.5]), 0.05).any()


def test_a_mean_shift_everywhere_is_told_of_the_whole() -> None:
    found = find_drift(between(told(0, 1), told(0, 1, truth=0.5)), 0.9)
    assert found.overall.sure
    assert found.overall.change.mean == pytest.approx(0.5, abs=0.05)
    assert "over all rose by 0.5" in found.headline


def test_the_map_of_the_change_is_sure_where_the_spot_was_and_not_far_from_it() -> None:
    found = drift(side("v1", FIRST, SECOND), side("v2", FIRST, seed=2))
    chart = found.map()
    there = (chart.x.values > 7) & (chart.x.values < 8)
    assert chart.sure[np.ix_(there, there)].all()
    assert not chart.sure[:20, -20:].any()
    assert chart.change[np.ix_(there, there)].max() < -0.5


def test_runs_to_replay_lie_in_the_spot_and_showed_it() -> None:
    before = with_runs(side("v1", FIRST), [(3.0, 3.0, 1.0), (3.5, 3.0, 0.0), (9.0, 1.0, 1.0)])
    (gone,) = drift(before, side("v2", (0.3, 0.3, 0.01), seed=2)).spots
    assert [run.query for run in gone.before.runs] == [0]
    assert gone.before.runs[0].seed == 7


def test_json_of_a_drift_is_plain_and_whole() -> None:
    found = drift(side("v1", FIRST, SECOND), side("v2", FIRST, seed=2))
    plain = json.loads(json.dumps(found.to_json()))
    assert plain["before"]["campaign"] == "v1"
    assert {spot["verdict"] for spot in plain["spots"]} == {"gone", "same"}
    assert plain["false_discovery_rate"] == 0.05
    json.dumps(found.map().to_json())


def over(space: Space, outcome: Outcome = GOAL) -> Side:
    at = np.full((1, space.dimension), 0.5)
    return Side("v", space, Process(hills((0.5, 0.5, 0.1)), at, outcome=outcome))


def test_campaigns_are_compared_over_what_both_leave_free() -> None:
    wide = Space({"x": Real(0, 10), "y": Real(0, 4), "k": Integer(0, 5)})
    narrow = Space({"x": Real(2, 12), "y": Real(0, 4)}, {"k": 3})
    ground = common_ground(over(wide), over(narrow))
    assert ground.space.parameters["x"] == Real(2, 10)
    assert ground.held == ({"k": 3}, {})
    assert ground.narrowed == ("x",)
    rows = ground.units(0, np.array([[0.0, 0.5]]))
    assert wide.decode(rows) == [{"x": 2.0, "y": 2.0, "k": 3}]


def test_choices_that_both_know_are_common_and_keep_their_meaning() -> None:
    before = Space({"x": Real(0, 1), "foot": Categorical(("left", "right"))})
    after = Space({"x": Real(0, 1), "foot": Categorical(("head", "right", "left"))})
    ground = common_ground(over(before), over(after))
    rows = np.array([[0.5, 0.25]])
    said = [side.decode(ground.units(k, rows))[0]["foot"] for k, side in enumerate(ground.sides)]
    assert said == ["right", "right"]


def test_what_has_nothing_in_common_is_refused_with_a_sentence() -> None:
    x, z = Space({"x": Real(0, 1)}), Space({"z": Real(0, 1)})
    with pytest.raises(PointError, match="leave no parameter of one name free"):
        common_ground(over(x), over(z))
    with pytest.raises(PointError, match=r"0..1 and 2..3 do not meet"):
        common_ground(over(x), over(Space({"x": Real(2, 3)})))
    with pytest.raises(PointError, match="compare campaigns of one question"):
        common_ground(over(x), over(x, Number("margin")))


@dataclass(frozen=True)
class Alone:
    """A surrogate that reads each point by itself; `asked` says how many at a time."""

    inner: Marginal
    outcome: Outcome = GOAL
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)

    def predict(self, units: Array, coverage: float = 0.95) -> Prediction:
        self.asked.append(len(units))
        return self.inner.predict(units, coverage)

    def exceedance(self, units: Array, level: float) -> Array:
        return self.inner.exceedance(units, level)


def test_a_surrogate_that_knows_only_its_own_points_says_what_is_taken_on_trust() -> None:
    whole = side("v1", FIRST)
    found = between(replace(whole, surrogate=Alone(whole.surrogate)), whole)
    assert "How its errors hang together is not told" in found.note
    assert verdicts(find_drift(found, 0.5)) == ["same"]


def test_spots_and_the_map_of_the_change_come_of_one_reading() -> None:
    before, after = side("v1", FIRST), side("v2", FIRST, seed=2)
    counted = Alone(before.surrogate)
    found = find_drift(between(replace(before, surrogate=counted), after), 0.5)
    found.map()
    assert counted.asked.count(len(found.difference.picture)) == 1
