"""The striker: where he aims, how he strikes, and how far he misses.

He looks at the goal past the keeper, takes the side that is more open (not always), compensates
for gravity, drag and curl, and errs by an angle. Against an advanced keeper he may chip. All
arrays are `(n,)`; only operations that round alike for any length are used, see `flight`.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from simulators.football.flight import (
    AIR_DENSITY,
    BALL_RADIUS,
    FORCE_FACTOR,
    GRAVITY,
    LIFT_LIMIT,
    LIFT_SLOPE,
    Array,
    Ball,
    Mask,
    drag_coefficient,
)
from simulators.football.keeper import Keeper
from simulators.football.pitch import HALF_GOAL

SIDE_DOUBT = 0.35  # SD of the striker's judgement, in units of the goal's openness (-1..1)
CHIP_DEPTH = 4.0  # m off the line at which he chips every other time
CHIP_SHARE_SCALE = 1.0  # m: one more makes that 84 %
CHIP_SLOPE = 0.75  # rise over run of a chip
CHIP_RISE = CHIP_SLOPE / math.sqrt(1 + CHIP_SLOPE**2)  # of its speed, upwards
CHIP_HEIGHT = 0.6  # m: where a chip should cross the line
CHIP_PLACEMENT = 0.35
CHIP_BACKSPIN = 25.0  # rad/s
CHIP_NEAREST = 5.0  # m: closer than that there is no room to chip
STEEPEST_DRIVE = 0.7  # of the speed that a drive may spend upwards
SPEED_SPREAD = 0.03  # relative SD of the struck speed
DEGREE = 3.141592653589793 / 180.0


@dataclass(frozen=True)
class Shot:
    """What the striker is about to do, all of shape `(n,)`; the inputs of the space.

    `x`, `y`, `z`: the ball (m); `speed` (m/s); `aim_error` (degrees, SD); `placement`: how near to
    a post he aims, 0 the middle, 1 the post; `height` (m) at the line; `curl` (rad/s, positive
    turns the ball towards larger y).
    """

    x: Array
    y: Array
    z: Array
    speed: Array
    aim_error: Array
    placement: Array
    height: Array
    curl: Array


@dataclass(frozen=True)
class Chances:
    """The striker's draws, standard normal, each `(n,)`."""

    side: Array
    chip: Array
    lateral: Array
    upward: Array
    power: Array


@dataclass(frozen=True)
class Aim:
    """Where a ball should go, each `(n,)`, in metres."""

    x: Array
    y: Array
    z: Array


def openness(shot: Shot, keeper_x: Array, keeper_y: Array) -> Array:
    """How much wider the goal is beside the keeper towards +y than towards -y, in -1..1.

    The rays from the ball to both posts are cut at the keeper's distance from the line; the
    difference of the gaps is divided by the width between the rays.
    """
    share = (shot.x - keeper_x) / shot.x
    right = shot.y + (HALF_GOAL - shot.y) * share
    left = shot.y + (-HALF_GOAL - shot.y) * share
    lean: Array = ((right - keeper_y) + (left - keeper_y)) / (right - left)
    return np.minimum(np.maximum(lean, -1.0), 1.0)


def strike(shot: Shot, chances: Chances, keeper: Keeper) -> Ball:
    """The struck balls, chips or drives."""
    keeper_x, keeper_y, off_line = keeper.x, keeper.y, keeper.q - keeper.line
    side = np.where(openness(shot, keeper_x, keeper_y) + SIDE_DOUBT * chances.side > 0, 1.0, -1.0)
    distance = np.sqrt(shot.x * shot.x + shot.y * shot.y)
    urge = (off_line - CHIP_DEPTH) / CHIP_SHARE_SCALE + chances.chip > 0
    chips = urge & (distance - keeper.q > CHIP_NEAREST)
    aim = Aim(
        np.zeros_like(shot.x),
        side * np.where(chips, CHIP_PLACEMENT, shot.placement) * HALF_GOAL,
        np.where(chips, CHIP_HEIGHT, shot.height),
    )
    wanted = np.where(chips, _chip_speed(shot, aim), shot.speed)
    speed = np.minimum(wanted, shot.speed) * (1.0 + SPEED_SPREAD * chances.power)
    played = replace(shot, speed=speed, curl=np.where(chips, 0.0, shot.curl))
    return kick(played, aim, chances, chips)


def kick(shot: Shot, aim: Aim, chances: Chances, chips: Mask) -> Ball:
    """The ball struck at the shot's speed towards the aim, and the error made; chips rise more.

    The direction is turned by the two angles of error.
    """
    ux, uy, uz = _launch(shot, aim, chips)
    flat = np.sqrt(ux * ux + uy * uy)
    lx, ly = -uy / flat, ux / flat  # level, across the direction
    side = _tangent(shot.aim_error * chances.lateral * DEGREE)
    up = _tangent(shot.aim_error * chances.upward * DEGREE)
    # (ux, uy, uz) x (lx, ly, 0) has its third component up, and is the other way across.
    wx = ux + side * lx - up * uz * ux / flat
    wz = uz + up * flat
    wy = uy + side * ly - up * uz * uy / flat
    scale = shot.speed / np.sqrt(wx * wx + wy * wy + wz * wz)
    still = np.zeros_like(wx)
    return Ball(
        x=shot.x + still,
        y=shot.y + still,
        z=shot.z + still,
        vx=wx * scale,
        vy=wy * scale,
        vz=wz * scale,
        # A chip spins backwards about the level axis; a curled ball about the upright one.
        ax=np.where(chips, -lx, 0.0),
        ay=np.where(chips, -ly, 0.0),
        az=np.where(chips, 0.0, np.where(shot.curl < 0, 1.0, -1.0)),
        spin=np.where(chips, CHIP_BACKSPIN, np.abs(shot.curl)),
    )


def _chip_speed(shot: Shot, aim: Aim) -> Array:
    """The speed at which a ball struck at CHIP_SLOPE comes down at the aim.

    v^2 = g D^2 (1 + m^2) / (2 (m D + z0 - z)), made larger for drag, to first order in k D.
    """
    run_x, run_y = aim.x - shot.x, aim.y - shot.y
    run = np.sqrt(run_x * run_x + run_y * run_y)
    fall = np.maximum(CHIP_SLOPE * run + shot.z - aim.z, 0.5)
    bare = GRAVITY * run * run * (1 + CHIP_SLOPE * CHIP_SLOPE) / (2 * fall)
    drag = AIR_DENSITY * FORCE_FACTOR * drag_coefficient(np.sqrt(bare))
    return np.asarray(np.sqrt(bare * (1 + drag * run)))


def _launch(shot: Shot, aim: Aim, chips: Mask) -> tuple[Array, Array, Array]:
    """The direction to strike in, a unit vector: gravity, drag and curl compensated.

    Flight time over a run D at drag k: t = (exp(k D) - 1) / (k v), by its series. Three rounds of
    fixed point settle how much of the speed goes upwards.
    """
    speed, curl = shot.speed, shot.curl
    run_x, run_y = aim.x - shot.x, aim.y - shot.y
    run = np.sqrt(run_x * run_x + run_y * run_y)
    drag = AIR_DENSITY * FORCE_FACTOR * drag_coefficient(0.85 * speed)
    slow = drag * run
    stretch = run * (1 + slow / 2 + slow * slow / 6)
    rise = np.zeros_like(speed)
    for _ in range(3):
        flat = np.sqrt(speed * speed - rise * rise)
        time = stretch / flat
        rise = (aim.z - shot.z) / time + GRAVITY * time / 2
        rise = np.minimum(np.maximum(rise, -STEEPEST_DRIVE * speed), STEEPEST_DRIVE * speed)
    rise = np.where(chips, CHIP_RISE * speed, rise)
    flat = np.sqrt(speed * speed - rise * rise)
    grip = np.minimum(LIFT_SLOPE * BALL_RADIUS * np.abs(curl), LIFT_LIMIT * speed)
    swerve = AIR_DENSITY * FORCE_FACTOR * grip * flat * time * time / 2
    swerve = np.where(curl < 0, -swerve, swerve)
    # Positive curl carries the ball along (run_y, -run_x), so the aim moves the other way.
    to_x, to_y = run_x - swerve * run_y / run, run_y + swerve * run_x / run
    norm = np.sqrt(to_x * to_x + to_y * to_y)
    return flat * to_x / (norm * speed), flat * to_y / (norm * speed), rise / speed


def _tangent(angle: Array) -> Array:
    """Tangent of a small angle by its series; 0.1 % at 20 degrees."""
    square = angle * angle
    return angle * (1 + square / 3 + 2 * square * square / 15)
