"""A pendulum with a weak motor: does pumping get it to the top?

Angle a from hanging, in radians: a'' = -sin a + u, |u| <= torque, in units in which g/l = 1. The
motor pushes the way the pendulum moves, as long as its energy is below that of the top.
"""

import numpy as np

from simulators.physics.integrate import runge_kutta
from surrogate.oracle import simulator
from surrogate.outcome import Binary
from surrogate.space import Array, Point, Real, Space

_STEP = 0.02
_TOP = 1.0  # energy of rest at the top


def energy(state: Array) -> float:
    """Kinetic and potential, zero at half height: v^2/2 - cos a."""
    return float(state[1] ** 2 / 2 - np.cos(state[0]))


def swing(angle: float, push: float, *, torque: float, friction: float, time: float) -> Array:
    """The motion as rows (angle, speed) from `angle` and speed `push`, for `time`."""

    def rate(state: Array) -> Array:
        motor = torque * np.sign(state[1]) if energy(state) < _TOP else 0.0
        return np.array([state[1], -np.sin(state[0]) + motor - friction * state[1]])

    rows = [np.array([angle, push])]
    for _ in range(round(time / _STEP)):
        rows.append(runge_kutta(rate, rows[-1], _STEP))
    return np.array(rows)


@simulator(
    space=Space({"torque": Real(0.005, 0.3), "friction": Real(0, 0.1)}),
    outcome=Binary("reached"),
    name="pendulum",
    knobs={"time": 30.0, "shake": 0.1},
)
def pendulum(point: Point, *, rng: np.random.Generator, time: float, shake: float) -> bool:
    """Whether the pendulum goes over the top in time, from a small push of sd `shake`."""
    torque, friction = float(point["torque"]), float(point["friction"])
    push = shake * rng.standard_normal()
    path = swing(0.0, push, torque=torque, friction=friction, time=time)
    return bool(np.max(np.abs(path[:, 0])) >= np.pi)
