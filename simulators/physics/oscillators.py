"""Two masses on springs, joined by a third: how much of the first one's energy gets across?

Unit masses; outer springs of stiffness 1 and 1 + `detuning`, the middle one of `coupling`.
"""

import numpy as np

from simulators.physics.integrate import leapfrog
from surrogate.oracle import simulator
from surrogate.outcome import Number
from surrogate.space import Array, Point, Real, Space

_STEP = 0.02


def swap(coupling: float, detuning: float, *, time: float) -> tuple[Array, Array]:
    """Places and velocities, shape `(n, 2)` each, from the first mass at 1 and all at rest."""
    stiffness = np.array([[1 + coupling, -coupling], [-coupling, 1 + detuning + coupling]])
    place, velocity = np.array([1.0, 0.0]), np.zeros(2)
    places, velocities = [place], [velocity]
    for _ in range(round(time / _STEP)):
        place, velocity = leapfrog(lambda x: -stiffness @ x, place, velocity, _STEP)
        places.append(place)
        velocities.append(velocity)
    return np.array(places), np.array(velocities)


def total_energy(coupling: float, detuning: float, places: Array, velocities: Array) -> Array:
    """Kinetic and all three springs', shape `(n,)`."""
    springs = places[:, 0] ** 2 + (1 + detuning) * places[:, 1] ** 2
    middle = coupling * (places[:, 0] - places[:, 1]) ** 2
    return np.asarray((np.sum(velocities**2, axis=1) + springs + middle) / 2)


@simulator(
    space=Space({"coupling": Real(0.01, 0.5), "detuning": Real(-0.3, 0.3)}),
    outcome=Number("share", low=0, high=1.05, noise="none"),
    name="coupled oscillators",
    knobs={"time": 60.0},
)
def oscillators(point: Point, *, rng: np.random.Generator, time: float) -> float:
    """The greatest share of the energy that the second mass and its spring hold at once."""
    coupling, detuning = float(point["coupling"]), float(point["detuning"])
    places, velocities = swap(coupling, detuning, time=time)
    second = (velocities[:, 1] ** 2 + (1 + detuning) * places[:, 1] ** 2) / 2
    return float(np.max(second) / total_energy(coupling, detuning, places, velocities)[0])
