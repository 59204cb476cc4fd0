"""An optional defender, who closes the striker down and blocks what comes past him.

He stands between ball and goal, a little to one side, and lunges where the ball goes once he has
reacted. He is met where the ball crosses the upright plane through him, as the keeper is.
"""

from dataclasses import dataclass, fields, replace

import numpy as np

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
class Defender:
    """Defenders, each `(n,)`: `fx, fy` towards the ball, `s, q` aside and forward, in metres.

    `plays`: there is one in this lane, and the ball has not passed him.
    """

    fx: Array
    fy: Array
    s: Array
    q: Array
    plays: Mask

    def take(self, keep: Mask) -> "Defender":
        """The lanes that `keep` says."""
        return Defender(*(getattr(self, item.name)[keep] for item in fields(self)))

    @property
    def x(self) -> Array:
        """His distance from the goal line."""
        return self.q * self.fx - self.s * self.fy

    @property
    def y(self) -> Array:
        """His place across the pitch."""
        return self.q * self.fy + self.s * self.fx


def close_down(ball_x: Array, ball_y: Array, shift: Array, plays: Mask) -> Defender:
    """Defenders in front of balls at (ball_x, ball_y); `shift` is a standard normal draw."""
    distance = np.sqrt(ball_x * ball_x + ball_y * ball_y)
    stand = np.minimum(STAND, NEAREST_SHARE * distance)
    return Defender(ball_x / distance, ball_y / distance, SHIFT * shift, distance - stand, plays)


def block(defender: Defender, before: Ball, after: Ball, time: float) -> tuple[Defender, Array]:
    """Metres by which the balls that pass in this frame miss him.

    Negative where he blocks, infinite where no ball passes; `time` is since the strike.
    """
    behind = after.x * defender.fx + after.y * defender.fy - defender.q
    passing = defender.plays & (behind <= 0)
    if not passing.any():
        return defender, np.full(len(behind), np.inf)
    ahead = before.x * defender.fx + before.y * defender.fy - defender.q
    share = np.maximum(ahead, 0.0) / np.maximum(ahead - behind, 1e-9)
    px = before.x + share * (after.x - before.x)
    py = before.y + share * (after.y - before.y)
    high = before.z + share * (after.z - before.z)
    aside = np.abs(py * defender.fx - px * defender.fy - defender.s)
    lunge = min(max((time - REACTION) * LUNGE_SPEED, 0.0), LONGEST_LUNGE)
    gap = np.maximum(aside - HALF_BODY - lunge, high - HEIGHT) - BALL_RADIUS
    return replace(defender, plays=defender.plays & ~passing), np.where(passing, gap, np.inf)
