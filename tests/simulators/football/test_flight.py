"""The ball obeys mechanics: parabola, energy, drag crisis, lift, bounce, woodwork."""

import math
from dataclasses import fields, replace

import numpy as np
import pytest

from simulators.football.flight import (
    BALL_RADIUS,
    FRAME,
    GRAVITY,
    Ball,
    bounce,
    drag_coefficient,
    fly,
    strike_frame,
)
from simulators.football.pitch import GOAL_HEIGHT, HALF_GOAL, POST_RADIUS


def balls(count: int, seed: int = 0) -> Ball:
    rng = np.random.default_rng(seed)
    axis = rng.standard_normal((3, count))
    axis /= np.linalg.norm(axis, axis=0)
    return Ball(
        x=rng.uniform(0.5, 40, count),
        y=rng.uniform(-30, 30, count),
        z=rng.uniform(BALL_RADIUS, 3, count),
        vx=rng.uniform(-35, 0, count),
        vy=rng.uniform(-20, 20, count),
        vz=rng.uniform(-10, 15, count),
        ax=axis[0],
        ay=axis[1],
        az=axis[2],
        spin=rng.uniform(0, 95, count),
    )


def one(**given: float) -> Ball:
    whole = dict.fromkeys((item.name for item in fields(Ball)), 0.0) | {"az": 1.0} | given
    return Ball(**{name: np.array([value]) for name, value in whole.items()})


def test_without_air_a_ball_follows_the_parabola() -> None:
    start = ball = balls(200)
    for _ in range(60):
        ball = fly(ball, density=0.0)
    time = 60 * FRAME
    np.testing.assert_allclose(ball.x, start.x + start.vx * time, atol=1e-11)
    np.testing.assert_allclose(ball.y, start.y + start.vy * time, atol=1e-11)
    height = start.z + start.vz * time - GRAVITY * time**2 / 2
    np.testing.assert_allclose(ball.z, height, atol=1e-11)


def test_a_ball_never_gains_energy_in_flight_on_the_ground_or_at_the_woodwork() -> None:
    ball = balls(4000)
    for _ in range(120):
        after, _ = strike_frame(ball, bounce(fly(ball)))
        assert np.all(after.energy <= ball.energy + 1e-9)
        ball = after


def test_drag_falls_through_the_crisis_between_twelve_and_fifteen_metres_a_second() -> None:
    speeds = np.array([5.0, 12.0, 13.5, 15.0, 30.0])
    np.testing.assert_allclose(drag_coefficient(speeds), [0.47, 0.47, 0.335, 0.20, 0.20])


def test_a_slow_ball_falls_at_its_terminal_velocity() -> None:
    ball = one(z=5000.0, vz=-11.0)
    for _ in range(3000):
        ball = fly(ball)
    # m g = rho A v^2 C_D / 2; with C_D = 0.20 above the crisis and no balance below it
    area = math.pi * BALL_RADIUS**2
    terminal = math.sqrt(2 * 0.43 * GRAVITY / (1.2 * area * 0.20))
    assert ball.vz[0] == pytest.approx(-terminal, rel=1e-3)


def test_curl_bends_a_free_kick_by_metres() -> None:
    straight, curled = one(z=0.3, vx=-28.0, vz=5.0), one(z=0.3, vx=-28.0, vz=5.0, spin=60.0)
    for _ in range(54):
        straight, curled = fly(straight), fly(curled)
    assert straight.y[0] == 0.0
    # Side force rho A v^2 C_L / 2 with C_L = .8 * .11 * 60 / v: about v * .28 m/s2 for .9 s
    assert -5.0 < curled.y[0] < -2.0


def test_lift_alone_turns_a_ball_without_changing_its_speed_by_much() -> None:
    ball = one(vx=-25.0, spin=40.0)
    slow = fly(ball)
    without = fly(replace(ball, spin=np.array([0.0])))
    speeds = [math.hypot(b.vx[0], b.vy[0]) for b in (slow, without)]
    assert speeds[0] == pytest.approx(speeds[1], rel=1e-4)


def test_a_dropped_ball_comes_up_again_to_the_square_of_its_restitution() -> None:
    ball = one(z=2.0 + BALL_RADIUS)
    heights = []
    for _ in range(80):
        ball = bounce(fly(ball, density=0.0))
        heights.append(ball.z[0] - BALL_RADIUS)
    first = next(i for i, height in enumerate(heights) if height == 0.0)
    assert max(heights[first:]) == pytest.approx(2.0 * 0.6**2, abs=0.05)


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_a_ball_on_the_middle_of_a_post_comes_straight_back(side: float) -> None:
    ball = one(x=0.4, y=side * (HALF_GOAL + POST_RADIUS), z=1.0, vx=-30.0)
    after, struck = strike_frame(ball, fly(ball))
    assert struck[0]
    assert after.vx[0] == pytest.approx(0.97 * 0.75 * 30.0, rel=0.02)
    assert after.vy[0] == pytest.approx(0.0, abs=1e-9)
    assert after.x[0] == pytest.approx(BALL_RADIUS + POST_RADIUS)


def test_a_ball_on_the_underside_of_the_bar_goes_down_and_one_on_top_goes_up() -> None:
    for height, sign in ((GOAL_HEIGHT + POST_RADIUS - 0.1, -1.0), (2.6, 1.0)):
        ball = one(x=0.4, z=height, vx=-30.0)
        after, struck = strike_frame(ball, fly(ball))
        assert struck[0]
        assert sign * after.vz[0] > 5.0


def test_a_ball_between_the_posts_touches_nothing() -> None:
    ball = one(x=0.2, y=HALF_GOAL - BALL_RADIUS - 0.02, z=1.0, vx=-30.0)
    after = fly(ball)
    same, struck = strike_frame(ball, after)
    assert not struck[0]
    assert same.x[0] == after.x[0]
