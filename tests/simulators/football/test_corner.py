"""The corner kick shares the physics of the shot, and is a simulator of its own."""

import numpy as np

from simulators.football import corner
from simulators.football.corner_kick import DRAWS, take_corner
from simulators.football.shots import Ending
from simulators.football.truth import goal_rate
from surrogate.oracle import Replayable, Simulator, SimulatorSource, simulate
from surrogate.outcome import Answer

RNG = np.random.default_rng(12)


def test_the_corner_is_found_by_its_import_path() -> None:
    found = SimulatorSource("simulators.football:corner").load()
    assert isinstance(found, Simulator)
    assert isinstance(found, Replayable)
    assert found.name == "corner kick"


def test_a_batch_of_corners_is_bit_for_bit_the_single_runs() -> None:
    chosen = corner.space.decode(corner.space.draw(25, np.random.default_rng(8)))
    draws = np.concatenate([corner.draws_of(i) for i in range(25)])
    batch = take_corner(corner.columns(chosen), draws, corner.design)
    for i, point in enumerate(chosen):
        single = simulate(corner, point, i)
        assert isinstance(single, Answer)
        assert single.values["margin"] == batch.margin[i]
        assert single.cost == batch.frames[i]
        assert single.detail["ending"] == Ending(batch.ending[i]).word


def test_headers_score_more_often_from_nearer_until_the_keeper_claims_the_cross() -> None:
    x = np.array([2.0, 6.0, 9.0, 14.0])
    rates, _ = goal_rate(corner, {"x": x}, 1000, np.random.default_rng(3))
    assert rates[1] > rates[2] > rates[3]
    assert rates[0] < rates[1]


def test_a_practised_cross_meets_its_attacker() -> None:
    still = np.zeros((1, DRAWS))
    for x, y in ((5.0, 4.0), (8.0, 0.0), (11.0, 6.0)):
        where = {"x": np.asarray(x), "y": np.asarray(y), "swing": np.asarray(20.0)}
        run = take_corner(corner.columns(where), still, corner.design)
        assert run.ending[0] not in (Ending.MISSED, Ending.CLAIMED)


def test_a_worse_delivery_is_missed_more_often() -> None:
    draws = np.random.default_rng(1).standard_normal((2000, DRAWS))
    shares = []
    for error in (0.3, 2.0):
        columns = corner.columns({"delivery_error": np.asarray(error)})
        run = take_corner(columns, draws, corner.design)
        shares.append(float(np.mean(run.ending == Ending.MISSED)))
    assert shares[1] > shares[0] + 0.2


def test_the_margin_of_a_corner_is_positive_for_goals_only() -> None:
    units = corner.space.draw(2000, np.random.default_rng(6))
    draws = np.random.default_rng(1).standard_normal((2000, DRAWS))
    run = take_corner(corner.space.columns(units), draws, corner.design)
    np.testing.assert_array_equal(run.margin > 0, run.goal)
    assert run.frames.min() > 60


def test_a_replayed_corner_shows_the_cross_and_lasts_as_long_as_it_cost() -> None:
    endings = set()
    for seed, point in enumerate(corner.space.decode(corner.space.draw(12, RNG))):
        run, replay = simulate(corner, point, seed), corner.replay(point, seed)
        assert isinstance(run, Answer)
        assert replay.ending == run.detail["ending"]
        assert len(replay.tracks["ball"]) == run.cost
        endings.add(replay.ending)
    assert len(endings) > 1
