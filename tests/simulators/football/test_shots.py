"""The game is football: penalties, distance, angle, skill, and every input matters."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from simulators.football import shot, shots
from simulators.football.design import LEVELS
from simulators.football.flight import BALL_RADIUS
from simulators.football.shots import DRAWS, Ending, Play, shoot
from simulators.football.simulator import FootballSimulator
from simulators.football.truth import goal_rate

# The draws that change sign in a mirror: side, lateral error, where the keeper sees it, defender.
MIRRORED = [0, 2, 6, 8]


def rate(simulator: FootballSimulator = shot, *, count: int = 3000, **inputs: Any) -> float:
    columns = {name: np.asarray(value) for name, value in inputs.items()}
    return float(goal_rate(simulator, columns, count, np.random.default_rng(4))[0][0])


def columns_of(count: int, seed: int) -> dict[str, NDArray[Any]]:
    return shot.space.columns(shot.space.draw(count, np.random.default_rng(seed)))


def test_penalties_are_scored_as_often_as_in_play() -> None:
    # 70 to 85 %: about three quarters of penalties are scored (REFERENCE, football facts)
    for speed in (24.0, 26.0):
        assert 0.70 <= rate(x=11.0, y=0.0, keeper_depth=0.0, speed=speed, count=20_000) <= 0.85


def test_shots_mirrored_in_the_middle_of_the_pitch_end_as_mirror_images() -> None:
    draws = np.random.default_rng(2).standard_normal((4000, DRAWS))
    given = columns_of(4000, 3)
    other = dict(given)
    for name in ("y", "keeper_offset", "curl"):
        other[name] = -given[name]
    mirrored = draws.copy()
    mirrored[:, MIRRORED] *= -1
    here, there = shoot(given, draws, shot.design), shoot(other, mirrored, shot.design)
    np.testing.assert_array_equal(here.ending, there.ending)
    np.testing.assert_array_equal(here.margin, there.margin)
    np.testing.assert_array_equal(here.frames, there.frames)


def test_a_shot_does_not_depend_on_the_others_of_its_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    draws = np.random.default_rng(5).standard_normal((6000, DRAWS))
    given = columns_of(6000, 6)
    whole = shoot(given, draws, shot.design)
    monkeypatch.setattr(shots, "BLOCK", 1000)
    chosen = np.random.default_rng(7).permutation(6000)[:2357]
    part = shoot({k: c[chosen] for k, c in given.items()}, draws[chosen], shot.design)
    np.testing.assert_array_equal(part.margin, whole.margin[chosen])
    np.testing.assert_array_equal(part.frames, whole.frames[chosen])


def test_goals_fall_with_distance() -> None:
    rates = [rate(x=x) for x in (4.0, 8.0, 11.0, 14.0, 18.0)]
    assert all(near > far + 0.02 for near, far in pairwise(rates))


def test_goals_fall_as_the_angle_narrows() -> None:
    bearings = np.radians([0.0, 30.0, 50.0, 70.0, 80.0])
    rates = [rate(x=9 * np.cos(a), y=9 * np.sin(a)) for a in bearings]
    assert all(wide > narrow + 0.02 for wide, narrow in pairwise(rates))


def test_a_better_goalkeeper_concedes_less_at_every_level() -> None:
    spots = {"x": np.array([6.0, 9.0, 11.0, 13.0]), "y": np.array([3.0, -5.0, 0.0, 2.0])}
    rates = [
        goal_rate(shot.with_knobs({"level": level}), spots, 2000, np.random.default_rng(1))[0]
        for level in LEVELS
    ]
    assert np.all(np.diff(rates, axis=0) < 0.01)
    assert np.all(np.diff(np.mean(rates, axis=1)) < -0.05)


@pytest.mark.parametrize(
    ("knob", "poor", "good"),
    [("reaction", 0.40, 0.12), ("reach", 1.8, 2.6), ("dive_speed", 3.0, 6.0)],
)
def test_each_skill_saves_goals(knob: str, poor: float, good: float) -> None:
    weak, strong = shot.with_knobs({knob: poor}), shot.with_knobs({knob: good})
    assert rate(weak, x=12.0) > rate(strong, x=12.0) + 0.1


@pytest.mark.parametrize(
    ("name", "values", "elsewhere"),
    [
        ("x", (8.0, 16.0), {}),
        ("y", (0.0, 8.0), {}),
        ("keeper_depth", (0.0, 3.0), {}),
        ("keeper_offset", (0.0, 2.0), {"x": 14.0}),
        ("speed", (18.0, 30.0), {}),
        ("aim_error", (0.5, 5.0), {}),
        ("placement", (0.0, 0.75), {}),
        ("height", (0.3, 2.2), {}),
        ("curl", (0.0, 95.0), {"x": 14.0}),
        ("defender", ("none", "blocking"), {"x": 16.0, "placement": 0.3}),
    ],
)
def test_every_input_moves_the_rate_somewhere(
    name: str, values: tuple[Any, Any], elsewhere: dict[str, float]
) -> None:
    low, high = (rate(**{**elsewhere, name: value}) for value in values)
    assert abs(high - low) > 0.05


def test_a_perfect_shot_without_a_keeper_in_reach_goes_where_it_was_aimed() -> None:
    seen: list[Play] = []
    columns = shot.columns(
        {"x": np.asarray(20.0), "y": np.asarray(5.0), "curl": np.asarray(60.0)}
        | {"height": np.asarray(1.5), "placement": np.asarray(0.5), "speed": np.asarray(30.0)}
    )
    still = np.zeros((1, DRAWS))
    still[0, [0, 1]] = 9.0, -9.0  # the right side, and no chip
    for curl in (0.0, 60.0, -60.0):
        seen.clear()
        columns["curl"] = np.asarray(curl)
        weak = shot.with_knobs({"reaction": 0.40, "reach": 1.8, "dive_speed": 3.0}).design
        run = shoot(columns | {"keeper_offset": np.asarray(-2.0)}, still, weak, watch=seen.append)
        assert run.goal[0]
        last = seen[-1].ball
        assert last.y[0] == pytest.approx(0.5 * 3.66, abs=0.35)
        assert last.z[0] == pytest.approx(1.5, abs=0.35)
        assert last.x[0] <= -BALL_RADIUS


def test_every_ending_happens() -> None:
    given = columns_of(4000, 9)
    run = shoot(given, np.random.default_rng(1).standard_normal((4000, DRAWS)), shot.design)
    seen = {Ending(code).word for code in np.unique(run.ending)}
    assert seen == {"goal", "saved", "post", "wide", "over", "blocked"}


def test_an_advanced_goalkeeper_is_chipped_and_goes_back_for_it() -> None:
    seen: list[Play] = []
    columns = shot.columns({"x": np.asarray(20.0), "keeper_depth": np.asarray(6.0)})
    draws = np.zeros((1, DRAWS))
    shoot(columns, draws, shot.design, watch=seen.append)
    assert max(play.ball.z[0] for play in seen) > 3.0
    assert seen[-1].keeper.q[0] < seen[0].keeper.q[0] - 1.0
