"""Somebody who faces the ball, and where it passes him: what a goalkeeper and a defender share."""

from dataclasses import dataclass

import numpy as np

from simulators.football.flight import Array, Ball, Lanes

SMALL = 1e-9  # m or m^2: nothing on a pitch is that short


@dataclass(frozen=True)
class Facing(Lanes):
    """People, each `(n,)`: `fx, fy` towards the ball, `s, q` aside and forward, in metres."""

    fx: Array
    fy: Array
    s: Array
    q: Array

    @property
    def x(self) -> Array:
        """The distance from the goal line."""
        return self.q * self.fx - self.s * self.fy

    @property
    def y(self) -> Array:
        """The place across the pitch."""
        return self.q * self.fy + self.s * self.fx

    def ahead(self, ball: Ball) -> Array:
        """Metres by which the ball is before the upright plane through them."""
        return ball.x * self.fx + ball.y * self.fy - self.q

    def crossing(self, before: Ball, after: Ball) -> tuple[Array, Array]:
        """Where a ball that passes in a frame crosses that plane: metres aside, and up."""
        ahead, behind = self.ahead(before), self.ahead(after)
        share = np.maximum(ahead, 0.0) / np.maximum(ahead - behind, SMALL)
        px = before.x + share * (after.x - before.x)
        py = before.y + share * (after.y - before.y)
        return py * self.fx - px * self.fy, before.z + share * (after.z - before.z)
