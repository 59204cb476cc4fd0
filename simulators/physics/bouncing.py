"""A ball that bounces along a floor: does it get across the gap?

Flight is exact between bounces; a bounce keeps `bounce` of the vertical speed and all of the
level one. The gap lies from `start` to `start + width`; to touch the floor there is to fall in.
"""

from collections.abc import Iterator

import numpy as np

from surrogate.oracle import simulator
from surrogate.outcome import Binary
from surrogate.space import Point, Real, Space

GRAVITY = 9.81
_AT_REST = 1e-3  # m/s: a ball that leaves the floor more slowly than this rolls


def bounces(speed: float, drop: float, *, bounce: float) -> Iterator[tuple[float, float]]:
    """Places (m) where the ball touches the floor and the speed (m/s) with which it arrives.

    It starts level at `speed` m/s from a height of `drop` m. Ends when the ball rolls.
    """
    arriving = np.sqrt(2 * GRAVITY * drop)
    place = speed * arriving / GRAVITY
    while arriving * bounce > _AT_REST:
        yield float(place), float(arriving)
        arriving *= bounce
        place += speed * 2 * arriving / GRAVITY


@simulator(
    space=Space({"speed": Real(0.5, 6, unit="m/s"), "drop": Real(0.2, 3, unit="m")}),
    outcome=Binary("across"),
    name="bouncing ball",
    knobs={"bounce": 0.8, "start": 3.0, "width": 1.0, "unevenness": 0.02},
)
def bouncing(
    point: Point,
    *,
    rng: np.random.Generator,
    bounce: float,
    start: float,
    width: float,
    unevenness: float,
) -> bool:
    """Whether the ball's bounces all miss the gap and it comes down beyond it."""
    speed = float(point["speed"]) * (1 + unevenness * rng.standard_normal())
    for place, _ in bounces(speed, float(point["drop"]), bounce=bounce):
        if place >= start:
            return place > start + width
    return False
