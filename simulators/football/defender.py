"""An optional defender, who closes the striker down and blocks what comes past him.

He stands between ball and goal, a little to one side, and lunges where the ball goes once he has
reacted. He is met where the ball crosses the upright plane through him, as the keeper is.
"""

from dataclasses import dataclass, replace

import numpy as np

from simulators.football.facing import Facing
from simulators.football.flight import BALL_RADIUS, Array, Ball, Mask

STAND = 3.0  # m from the ball
NEAREST_SHARE = 0.4  # of the way to the goal's middle, when that is nearer
SHIFT = 0.7  # m, SD of his place aside
HALF_BODY = 0.30  # m
HEIGHT = 1.8  # m
REACTION = 0.10  # s: he is close, and reads the swing of the leg
LUNGE_SPEED = 3.0  # m/s
LONGEST_LUNGE = 0.8  # m


@dataclass(frozen=True)
class Defender(Facing):
    """Defenders, each `(n,)`; `plays`: one is in this lane, and the ball has not passed him."""

    plays: Mask


def close_down(ball_x: Array, ball_y: Array, shift: Array, plays: Mask) -> Defender:
    """Defenders in front of balls at (ball_x, ball_y); `shift` is a standard normal draw."""
    distance = np.sqrt(ball_x * ball_x + ball_y * ball_y)
    stand = np.minimum(STAND, NEAREST_SHARE * distance)
    return Defender(ball_x / distance, ball_y / distance, SHIFT * shift, distance - stand, plays)


def block(defender: Defender, before: Ball, after: Ball, time: float) -> tuple[Defender, Array]:
    """Metres by which the balls that pass in this frame miss him.

    Negative where he blocks, infinite where no ball passes; `time` is since the strike.
    """
    passing = defender.plays & (defender.ahead(after) <= 0)
    if not passing.any():
        return defender, np.full(len(passing), np.inf)
    across, high = defender.crossing(before, after)
    aside = np.abs(across - defender.s)
    lunge = min(max((time - REACTION) * LUNGE_SPEED, 0.0), LONGEST_LUNGE)
    gap = np.maximum(aside - HALF_BODY - lunge, high - HEIGHT) - BALL_RADIUS
    return replace(defender, plays=defender.plays & ~passing), np.where(passing, gap, np.inf)
