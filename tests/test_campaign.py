"""The facade: create, run, ask and tell, read, reopen; and what it refuses."""

import importlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from surrogate import Binary, Campaign, Count, Goal, Infeasible, Real, Space, simulator
from surrogate.errors import NotEnoughData, OutcomeError, PlanError, PointError, SimulatorError
from surrogate.plan import Plan
from surrogate.records import QueryState, Reason
from surrogate.stopping import Misplaced, Spent

SPACE = Space({"x": Real(0, 10, unit="m"), "y": Real(-1, 1)})


@simulator(space=SPACE, outcome=Binary("hit"))
def throw(point: Any, *, rng: np.random.Generator) -> Any:
    return bool(rng.random() < 1 / (1 + np.exp(2 * (point["x"] - 5))))


def made(folder: Path, **changes: Any) -> Campaign:
    keys: dict[str, Any] = {"goal": Goal.boundary(0.5), "store": folder / "runs.db", "seed": 1}
    return Campaign.create("throws", throw, **{**keys, **changes})


def told(campaign: Campaign, count: int) -> None:
    for _ in range(count // 8):
        for query in campaign.ask(8):
            campaign.tell(query, float(query.point["x"]) < 5)


def test_a_campaign_runs_to_its_budget_and_finds_the_boundary(tmp_path: Path) -> None:
    with made(tmp_path, runs=60) as campaign:
        summary = campaign.run(workers=2)
        assert summary.progress.done == 60
        (spot,) = campaign.sweet_spots()
        with pytest.raises(PlanError, match=r"the level: a probability above 0 .*, 80 came"):
            campaign.sweet_spots(80)
        with pytest.raises(PlanError, match="the level: a probability above 0"):
            campaign.certificates(80)
        assert spot.box["x"][1] == pytest.approx(5.0, abs=1.2)
        near, far = campaign.predict([{"x": 1, "y": 0}, {"x": 9, "y": 0}]).mean
        assert near > 0.8
        assert far < 0.2


def test_a_campaign_may_stop_before_its_budget_and_says_how_it_came_to_that(tmp_path: Path) -> None:
    with made(tmp_path, runs=400) as campaign:
        summary = campaign.run(workers=2, stop=Misplaced(enough=0.05) & Spent(runs=24))
        status = campaign.status()
    assert 24 <= summary.progress.done < 400
    assert "of the space is expected on the wrong side, 5 % is enough" in status.ended
    runs = [runs for runs, _ in status.outlook.history]
    assert runs == sorted(runs)
    assert runs[-1] == summary.progress.done
    assert status.outlook.history[-1][1] <= 0.05


def test_the_loop_in_own_hands_learns_too_and_survives_reopening(tmp_path: Path) -> None:
    with made(tmp_path) as campaign:
        told(campaign, 48)
        before = campaign.predict(np.array([[2.0, 0.0], [8.0, 0.0]]))
    with Campaign.open(tmp_path / "runs.db", "throws", throw) as again:
        after = again.predict(np.array([[2.0, 0.0], [8.0, 0.0]]))
        assert again.status().counts.queries == {QueryState.DONE: 48}
        assert [runs for runs, _ in again.status().outlook.history] == [16, 24, 32, 40]
    np.testing.assert_array_equal(before.mean, after.mean)
    assert before.mean[0] > 0.8
    assert before.mean[1] < 0.2


def test_reading_changes_nothing_that_is_stored(tmp_path: Path) -> None:
    with made(tmp_path) as campaign:
        told(campaign, 24)
        before = campaign.status().counts, campaign.queries(), campaign.status().revision
        campaign.predict([{"x": 1, "y": 0}])
        shown = campaign.map()
        campaign.sweet_spots()
        assert shown.revision == campaign.status().revision > 0
        assert (campaign.status().counts, campaign.queries(), campaign.status().revision) == before


def test_asking_twice_gives_different_queries_until_they_are_told(tmp_path: Path) -> None:
    with made(tmp_path) as campaign:
        first, second = campaign.ask(3), campaign.ask(3)
        assert {q.index for q in first}.isdisjoint({q.index for q in second})
        assert campaign.status().counts.queries == {QueryState.LEASED: 6}


def test_a_point_that_was_never_asked_is_learned_from(tmp_path: Path) -> None:
    with made(tmp_path) as campaign:
        campaign.tell({"x": 1, "y": 0}, True)
        campaign.tell({"x": 9, "y": 0}, False)
        campaign.tell({"x": 5, "y": 0.5}, Infeasible("the wind was too strong"))
        assert [query.reason for query in campaign.queries()] == [Reason.PERSON] * 3
        assert [observation.feasible for observation in campaign.observations()] == [
            True,
            True,
            False,
        ]
        near, far = campaign.predict([{"x": 1, "y": 0}, {"x": 9, "y": 0}]).mean
        assert near > far


def test_telling_the_same_again_writes_nothing_and_another_result_is_told_of(
    tmp_path: Path,
) -> None:
    with made(tmp_path) as campaign:
        (query,) = campaign.ask()
        campaign.tell(query, True)
        campaign.tell(query, True)
        assert len(campaign.runs()) == 1
        campaign.tell(query, False)
        assert [dict(seen.values) for seen in campaign.observations()] == [{"hit": 1.0}]
        assert "the simulator is not reproducible" in campaign.status().notes[0]


def test_who_keeps_a_query_alive_has_it_for_longer(tmp_path: Path) -> None:
    with made(tmp_path) as campaign:
        campaign.ask(2, seconds=0.0)
        campaign.keep([0], seconds=60.0)
        assert [query.index for query in campaign.ask()] == [1]


def test_telling_the_same_query_twice_counts_it_once(tmp_path: Path) -> None:
    with made(tmp_path) as campaign:
        (query,) = campaign.ask(1)
        campaign.tell(query, True)
        campaign.tell(query, True)
        assert len(campaign.observations()) == 1


def test_a_count_is_told_as_k_of_n(tmp_path: Path) -> None:
    @simulator(space=SPACE, outcome=Count("hits", of=10))
    def throws(point: Any, *, rng: np.random.Generator) -> int:
        return int(rng.binomial(10, 0.9 if point["x"] < 5 else 0.1))

    with made(tmp_path).create(
        "counts", throws, goal=Goal.map(), store=tmp_path / "c.db"
    ) as campaign:
        campaign.tell({"x": 1, "y": 0}, 9)
        campaign.tell({"x": 9, "y": 0}, 0)
        assert campaign.predict([{"x": 1, "y": 0}]).mean[0] > 0.6
        with pytest.raises(OutcomeError, match="a whole number from 0 to 10"):
            campaign.tell({"x": 9, "y": 0}, 11)


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ([{"x": 11, "y": 0}], "parameter 'x': 11 is outside 0..10 m"),
        ([{"x": 1}], "parameter 'y' is missing"),
        (np.zeros((2, 3)), r"an array of shape \(n, 2\) was expected"),
    ],
)
def test_points_outside_the_space_are_refused(tmp_path: Path, points: Any, words: str) -> None:
    with made(tmp_path) as campaign:
        campaign.tell({"x": 1, "y": 0}, True)
        with pytest.raises(PointError, match=words):
            campaign.predict(points)


def test_a_map_before_the_first_run_says_what_is_missing(tmp_path: Path) -> None:
    with made(tmp_path) as campaign, pytest.raises(NotEnoughData, match="no finished run yet"):
        campaign.map()


def test_an_edited_identity_key_is_refused_with_what_was_and_is(tmp_path: Path) -> None:
    made(tmp_path).close()
    with pytest.raises(PlanError, match=r"seed was 1.* and is now 2"):
        made(tmp_path, seed=2)


def test_a_simulator_that_breaks_its_contract_leaves_nothing_behind(tmp_path: Path) -> None:
    @simulator(space=SPACE, outcome=Binary("hit"))
    def wrong(point: Any, *, rng: np.random.Generator) -> str:
        return "yes"

    with pytest.raises(SimulatorError, match="True or False was expected, 'yes' came"):
        Campaign.create("wrong", wrong, goal=Goal.boundary(0.5), store=tmp_path / "w.db")
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_merely_fails_is_no_reason_to_refuse(tmp_path: Path) -> None:
    @simulator(space=SPACE, outcome=Binary("hit"))
    def fragile(point: Any, *, rng: np.random.Generator) -> bool:
        if point["x"] > 4.9:
            raise RuntimeError("the mesh broke")
        return True

    with Campaign.create(
        "fragile", fragile, goal=Goal.boundary(0.5), store=tmp_path / "f.db"
    ) as campaign:
        assert campaign.status().counts.queries == {}


def test_a_folder_of_dataframe_like_points_is_understood(tmp_path: Path) -> None:
    class Frame:
        def to_dict(self, orient: str) -> list[dict[str, float]]:
            assert orient == "records"
            return [{"x": 1.0, "y": 0.0}]

    with made(tmp_path) as campaign:
        campaign.tell({"x": 1, "y": 0}, True)
        assert campaign.predict(Frame()).mean.shape == (1,)


MODULE = """
from surrogate import Number, Real, Space, simulator

@simulator(space=Space({{"x": Real(0, 1)}}), outcome=Number("y"))
def fall(point, *, rng):
    return {factor} * point["x"]
"""
PLAN = """
name = "falls"
[simulator]
use = "changing_fall:fall"
[goal]
kind = "map"
[budget]
runs = 10
"""


def edited(folder: Path, factor: float) -> Plan:
    """A plan beside a module of that code, as after an edit."""
    (folder / "changing_fall.py").write_text(MODULE.format(factor=factor))
    (folder / "plan.toml").write_text(PLAN)
    sys.modules.pop("changing_fall", None)
    importlib.invalidate_caches()
    return Plan.load(folder / "plan.toml")


def test_changed_code_of_a_simulator_wants_a_word(tmp_path: Path) -> None:
    with Campaign.from_plan(edited(tmp_path, 2.5)) as campaign:
        (query,) = campaign.ask()
    with Campaign.from_plan(edited(tmp_path, 3.25)) as campaign:  # nothing has run yet
        campaign.tell(query, 0.5)
        before = campaign.version
    with pytest.raises(PlanError, match=f"print {before[5:]}, now .*--same-design"):
        Campaign.from_plan(edited(tmp_path, 4.125))
    with Campaign.from_plan(edited(tmp_path, 4.125), same_design=True) as campaign:
        assert campaign.version != before
    Campaign.from_plan(edited(tmp_path, 4.125)).close()
    Campaign.from_plan(edited(tmp_path, 5.5), fresh=True).close()
