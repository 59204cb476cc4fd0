"""A probe that brakes near a planet: is it captured?

Units in which the planet's mass times the constant of gravity is 1. The probe comes from afar and
fires once, at its nearest point, against its motion; captured is an orbit of negative energy that
does not meet the planet of radius 0.2.
"""

import numpy as np

from simulators.physics.integrate import leapfrog
from surrogate.oracle import simulator
from surrogate.outcome import Binary
from surrogate.space import Array, Point, Real, Space

RADIUS = 0.2
_AFAR = 8.0
_NEAR_STEPS = 4000


def gravity(place: Array) -> Array:
    """Acceleration towards the origin."""
    return np.asarray(-place / np.linalg.norm(place) ** 3)


def energy(place: Array, velocity: Array) -> float:
    """Energy of unit mass: negative when bound."""
    return float(velocity @ velocity / 2 - 1 / np.linalg.norm(place))


def spin(place: Array, velocity: Array) -> float:
    """Angular momentum of unit mass."""
    return float(place[0] * velocity[1] - place[1] * velocity[0])


def nearest(speed: float, offset: float) -> tuple[Array, Array]:
    """Place and velocity at the nearest point, or where it meets the planet.

    The probe starts `_AFAR` away, at `speed` towards the planet, `offset` beside its centre.
    """
    place, velocity = np.array([-_AFAR, offset]), np.array([speed, 0.0])
    for _ in range(_NEAR_STEPS):
        distance = float(np.linalg.norm(place))
        if distance < RADIUS or place @ velocity >= 0:
            break
        place, velocity = leapfrog(gravity, place, velocity, 0.01 * min(distance, 1.0) ** 1.5)
    return place, velocity


def lowest(place: Array, velocity: Array) -> float:
    """The least distance from the centre on the whole orbit: a(1 - e), from energy and spin."""
    total, turning = energy(place, velocity), spin(place, velocity)
    eccentricity = np.sqrt(max(1 + 2 * total * turning**2, 0.0))
    return float(turning**2 / (1 + eccentricity))


@simulator(
    space=Space({"offset": Real(0.2, 3.0), "brake": Real(0.0, 1.0)}),
    outcome=Binary("captured"),
    name="orbit capture",
    knobs={"speed": 0.5, "slip": 0.02},
)
def orbit(point: Point, *, rng: np.random.Generator, speed: float, slip: float) -> bool:
    """Whether the burn, which misses its size by a share of sd `slip`, leaves it in orbit."""
    place, velocity = nearest(speed, float(point["offset"]))
    brake = float(point["brake"]) * (1 + slip * rng.standard_normal())
    velocity = velocity - brake * velocity / np.linalg.norm(velocity)
    return energy(place, velocity) < 0 and lowest(place, velocity) > RADIUS
