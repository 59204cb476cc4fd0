"""The shot simulator keeps the contract of simulators, and one run is a lane of many."""

import json

import numpy as np
import pytest

from simulators.football import shot
from simulators.football.flight import FRAME
from simulators.football.shots import Ending, shoot
from simulators.football.simulator import FootballSimulator
from surrogate.errors import SimulatorError
from surrogate.oracle import Illustrated, Replayable, Simulator, SimulatorSource, simulate
from surrogate.outcome import Answer
from surrogate.space import Point
from tests.clocks import ManualClock

PENALTY: Point = {**{n: p.default or 0.0 for n, p in shot.space.parameters.items()}}


def answer(simulator: FootballSimulator, point: Point, seed: int) -> Answer:
    given = simulate(simulator, point, seed)
    assert isinstance(given, Answer)
    return given


def points(count: int) -> list[dict[str, float | int | str]]:
    return shot.space.decode(shot.space.draw(count, np.random.default_rng(8)))


def test_the_shot_is_a_simulator_that_can_be_replayed_and_drawn() -> None:
    assert isinstance(shot, Simulator)
    assert isinstance(shot, Replayable)
    assert isinstance(shot, Illustrated)
    assert (shot.backdrop.across, shot.backdrop.up) == ("y", "x")


def test_an_import_path_gives_the_shot_with_its_knobs_and_settings() -> None:
    source = SimulatorSource("simulators.football:shot", {"level": "legend"}, {"pace": "real_time"})
    loaded = source.load()
    assert loaded == FootballSimulator().with_knobs({"level": "legend"}).with_settings(
        {"pace": "real_time"}
    )


def test_the_same_point_and_seed_give_the_same_shot() -> None:
    assert answer(shot, PENALTY, 3) == answer(shot, PENALTY, 3)


@pytest.mark.parametrize("count", [100, pytest.param(2500, marks=pytest.mark.slow)])
def test_a_batch_of_shots_is_bit_for_bit_the_single_runs(count: int) -> None:
    chosen = points(count)
    draws = np.concatenate([shot.draws_of(i) for i in range(count)])
    batch = shoot(shot.columns(chosen), draws, shot.design)
    for i, point in enumerate(chosen):
        single = answer(shot, point, i)
        assert single.values["margin"] == batch.margin[i]
        assert single.cost == batch.frames[i]
        assert single.detail["ending"] == Ending(batch.ending[i]).word


def test_the_margin_is_positive_for_goals_and_only_for_goals() -> None:
    draws = np.random.default_rng(1).standard_normal((5000, 10))
    shots = shoot(shot.columns(points(5000)), draws, shot.design)
    np.testing.assert_array_equal(shots.margin > 0, shots.goal)


def test_a_replay_ends_as_the_run_did_and_lasts_as_long_as_it_cost() -> None:
    for seed in range(20):
        run, replay = answer(shot, PENALTY, seed), shot.replay(PENALTY, seed)
        assert replay.ending == run.detail["ending"]
        assert run.cost is not None
        assert len(replay.tracks["ball"]) == len(replay.tracks["keeper"]) == run.cost
        assert replay.fps == pytest.approx(60)


def test_a_run_in_real_time_takes_its_frames_over_sixty_seconds() -> None:
    clock = ManualClock()
    simulator = FootballSimulator(pace="real_time", clock=clock)
    run = answer(simulator, PENALTY, 5)
    assert run.cost is not None
    assert clock.now() == pytest.approx(run.cost * FRAME)


def test_pace_changes_no_outcome() -> None:
    simulator = FootballSimulator(pace="real_time", clock=ManualClock())
    assert answer(simulator, PENALTY, 5) == answer(shot, PENALTY, 5)


def test_knobs_survive_json() -> None:
    design = shot.with_knobs({"level": "amateur", "defects": ["ridge"], "reach": 2.5})
    again = shot.with_knobs(json.loads(json.dumps(design.knobs)))
    assert again == design


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"levle": "legend"}, "has no knob 'levle'; its knobs are: level"),
        ({"level": "god"}, "level 'god': one of amateur"),
        ({"reaction": 0.5}, r"reaction 0.5 s is outside 0.12..0.4 s"),
        ({"reach": "long"}, "reach: a number of m was expected"),
        ({"defects": ["hole"]}, "defect 'hole': one of near_post"),
        ({"defects": 3}, "defects: a list of names"),
        ({"defect_seed": -1}, "defect_seed -1 is negative"),
    ],
)
def test_a_knob_that_is_not_possible_is_refused_with_a_sentence(
    changes: dict[str, object], words: str
) -> None:
    with pytest.raises(SimulatorError, match=words):
        shot.with_knobs(changes)


def test_an_unknown_pace_is_refused() -> None:
    with pytest.raises(SimulatorError, match="pace 'slow': one of unlimited, real_time"):
        shot.with_settings({"pace": "slow"})
