"""A thrown ball with air drag: how far does it fly?

Quadratic drag: the acceleration is -g - (|v| / L) v with drag length L in metres (infinite without
air). The wind is drawn from the generator.
"""

import numpy as np

from simulators.physics.integrate import runge_kutta
from surrogate.oracle import simulator
from surrogate.outcome import Number
from surrogate.space import Array, Point, Real, Space

GRAVITY = 9.81
_STEP = 0.005  # s


def flight(speed: float, angle: float, *, drag_length: float, wind: float = 0.0) -> Array:
    """The path to the ground as rows (x, z, vx, vz), the last one on the ground.

    `speed` in m/s, `angle` in degrees above level, `wind` in m/s along the throw.
    """

    def rate(state: Array) -> Array:
        through_air = state[2:] - (wind, 0.0)
        drag = np.hypot(*through_air) / drag_length * through_air
        return np.concatenate([state[2:], -drag - (0.0, GRAVITY)])

    up = np.radians(angle)
    rows = [np.array([0.0, 0.0, speed * np.cos(up), speed * np.sin(up)])]
    while len(rows) == 1 or rows[-1][1] > 0:
        rows.append(runge_kutta(rate, rows[-1], _STEP))
    above, below = rows[-2], rows[-1]
    share = above[1] / (above[1] - below[1]) if below[1] < above[1] else 1.0
    rows[-1] = above + share * (below - above)
    return np.array(rows)


@simulator(
    space=Space({"speed": Real(5, 40, unit="m/s"), "angle": Real(5, 85, unit="deg")}),
    outcome=Number("range", "m", low=0),
    name="projectile",
    knobs={"drag_length": 60.0, "gust": 1.0},
)
def projectile(point: Point, *, rng: np.random.Generator, drag_length: float, gust: float) -> float:
    """How far a throw goes, in metres, in a wind of sd `gust`."""
    wind = gust * rng.standard_normal()
    path = flight(float(point["speed"]), float(point["angle"]), drag_length=drag_length, wind=wind)
    return max(float(path[-1, 0]), 0.0)
