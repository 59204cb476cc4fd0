"""The ball: flight with drag and lift, bounces, posts and bar. It knows no players.

Everything is an array of shape `(n,)`, one lane a shot, and is made of `+ - * /`, square roots and
comparisons only. These are rounded alike for any array length, so that a single shot is bit for
bit a lane of many.

    symbol       meaning                                      unit
    x, y, z      the ball's centre                            m
    vx, vy, vz   its velocity                                 m/s
    ax, ay, az   the axis it spins about, a unit vector       1
    spin         its rate, not negative                       rad/s
"""

from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from simulators.football.pitch import GOAL_HEIGHT, HALF_GOAL, POST_RADIUS

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

FRAME = 1.0 / 60.0  # seconds
GRAVITY = 9.81
BALL_RADIUS = 0.11
BALL_MASS = 0.43
AIR_DENSITY = 1.2
FORCE_FACTOR = 0.5 * 3.141592653589793 * BALL_RADIUS**2 / BALL_MASS  # times density times v^2

# Drag falls from its laminar to its turbulent value as the ball passes 12 to 15 m/s (Asai et al.
# 2007, Sports Engineering 10, fig. 5, as summarised in REFERENCE: .45-.5 below, .15-.25 above).
DRAG_SLOW = 0.47
DRAG_FAST = 0.20
CRISIS_START = 12.0
CRISIS_END = 15.0
LIFT_SLOPE = 0.8  # C_L = min(0.8 r w / v, 0.33)
LIFT_LIMIT = 0.33

RESTITUTION = 0.6  # vertical, ball on grass
GRIP = 0.8  # what a bounce leaves of the speed along the ground
ROLLING = 0.6  # m/s: slower impacts do not bounce any more
POST_RESTITUTION = 0.75
POST_SPIN = 0.3  # what a touch of the frame leaves of the spin
POST_GRIP = 0.97  # what any touch of the frame leaves of the speed, so that grazing costs too
STILL = 1e-12  # m^2: a ball that moves less in a frame meets nothing
FRAME_CONTACT = BALL_RADIUS + POST_RADIUS
POST_AXIS = HALF_GOAL + POST_RADIUS
BAR_AXIS = GOAL_HEIGHT + POST_RADIUS


@dataclass(frozen=True)
class Lanes:
    """What is one thing for each shot: its fields are arrays of shape `(n,)`, or such values."""

    def __getitem__(self, keep: Mask) -> Self:
        """The lanes that `keep` says."""
        return type(self)(*(getattr(self, item.name)[keep] for item in fields(self)))


@dataclass(frozen=True)
class Ball(Lanes):
    """Balls in motion: place, velocity, spin axis and rate, each of shape `(n,)`."""

    x: Array
    y: Array
    z: Array
    vx: Array
    vy: Array
    vz: Array
    ax: Array
    ay: Array
    az: Array
    spin: Array

    @property
    def energy(self) -> Array:
        """Kinetic and potential energy over mass, J/kg."""
        return (self.vx**2 + self.vy**2 + self.vz**2) / 2 + GRAVITY * self.z


def drag_coefficient(speed: Array) -> Array:
    """C_D at a speed in m/s: laminar, turbulent, and the crisis between as a straight line."""
    share = np.minimum(np.maximum((speed - CRISIS_START) / (CRISIS_END - CRISIS_START), 0.0), 1.0)
    return DRAG_SLOW + (DRAG_FAST - DRAG_SLOW) * share


def fly(ball: Ball, density: float = AIR_DENSITY) -> Ball:
    """The balls one frame later, as if there were nothing but air.

    Drag `rho A v^2 C_D / 2m` against the motion, lift `rho A v^2 C_L / 2m` along `axis x v`. The
    step is exact for a constant force, so that without air the path is the parabola.
    """
    vx, vy, vz = ball.vx, ball.vy, ball.vz
    speed = np.sqrt(vx * vx + vy * vy + vz * vz)
    force = density * FORCE_FACTOR
    drag = force * drag_coefficient(speed) * speed
    lift = force * np.minimum(LIFT_SLOPE * BALL_RADIUS * ball.spin, LIFT_LIMIT * speed)
    dvx = (lift * (ball.ay * vz - ball.az * vy) - drag * vx) * FRAME
    dvy = (lift * (ball.az * vx - ball.ax * vz) - drag * vy) * FRAME
    dvz = (lift * (ball.ax * vy - ball.ay * vx) - drag * vz - GRAVITY) * FRAME
    return replace(
        ball,
        x=ball.x + (vx + dvx / 2) * FRAME,
        y=ball.y + (vy + dvy / 2) * FRAME,
        z=ball.z + (vz + dvz / 2) * FRAME,
        vx=vx + dvx,
        vy=vy + dvy,
        vz=vz + dvz,
    )


def bounce(ball: Ball) -> Ball:
    """Balls that went into the ground come up again, slower; slow ones roll."""
    down = (ball.z < BALL_RADIUS) & (ball.vz < 0)
    if not down.any():
        return ball
    depth = np.where(down, BALL_RADIUS - ball.z, 0.0)
    # The speed at the surface, not below it: otherwise a bounce would gain energy.
    impact = np.sqrt(np.maximum(ball.vz * ball.vz - 2 * GRAVITY * depth, 0.0))
    hard = down & (impact > ROLLING)
    grip = np.where(hard, GRIP, 1.0)
    rebound = np.where(hard, RESTITUTION * impact, 0.0)
    return replace(
        ball,
        z=np.where(down, BALL_RADIUS, ball.z),
        vx=ball.vx * grip,
        vy=ball.vy * grip,
        vz=np.where(down, rebound, ball.vz),
        spin=np.where(hard, ball.spin * 0.5, ball.spin),
    )


def strike_frame(before: Ball, after: Ball) -> tuple[Ball, Mask]:
    """Balls that met a post or the bar during the frame, thrown back; and which ones did."""
    near = (after.x < 0.6) & (before.x > -FRAME_CONTACT)
    if not near.any():
        return after, near
    left, on_left = _off_cylinder(before, after, upright=True, axis=-POST_AXIS)
    right, on_right = _off_cylinder(before, left, upright=True, axis=POST_AXIS)
    over, on_bar = _off_cylinder(before, right, upright=False, axis=BAR_AXIS)
    return over, on_left | on_right | on_bar


def _off_cylinder(before: Ball, after: Ball, *, upright: bool, axis: float) -> tuple[Ball, Mask]:
    """Reflection off a post (upright, at y = axis) or the bar (level, at z = axis), at x = 0.

    The centre's path in the frame is a straight line p + s d, 0 <= s <= 1; contact is the earlier
    root of |p + s d| = FRAME_CONTACT in the plane across the cylinder.
    """
    px, dx = before.x, after.x - before.x
    p, d = (before.y, after.y) if upright else (before.z, after.z)
    p, d = p - axis, d - p
    a, b = dx * dx + d * d, px * dx + p * d
    root = b * b - a * (px * px + p * p - FRAME_CONTACT * FRAME_CONTACT)
    share = (-b - np.sqrt(np.maximum(root, 0.0))) / np.maximum(a, STILL)
    hit = (root > 0) & (b < 0) & (share >= 0) & (share <= 1)
    end_y = before.y + share * (after.y - before.y)
    end_z = before.z + share * (after.z - before.z)
    hit &= (end_z < BAR_AXIS) if upright else (np.abs(end_y) < POST_AXIS)
    if not hit.any():
        return after, hit
    nx, n = (px + share * dx) / FRAME_CONTACT, (p + share * d) / FRAME_CONTACT
    towards = after.vx * nx + (after.vy if upright else after.vz) * n
    kick = (1 + POST_RESTITUTION) * np.minimum(towards, 0.0)
    ny, nz = (n, 0.0) if upright else (0.0, n)
    return (
        replace(
            after,
            x=np.where(hit, px + share * dx, after.x),
            y=np.where(hit, end_y, after.y),
            z=np.where(hit, end_z, after.z),
            vx=np.where(hit, POST_GRIP * (after.vx - kick * nx), after.vx),
            vy=np.where(hit, POST_GRIP * (after.vy - kick * ny), after.vy),
            vz=np.where(hit, POST_GRIP * (after.vz - kick * nz), after.vz),
            spin=np.where(hit, POST_SPIN * after.spin, after.spin),
        ),
        hit,
    )
