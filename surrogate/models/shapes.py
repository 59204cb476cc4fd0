"""Shapes that a patch of the space may have: boxes, ellipsoids, and cylinders of both.

What a defect does ends somewhere: along some axes at bounds of their own, which makes a box, or at
a distance, which makes a disc. Some axes don't bound it at all. The prior takes any number of axes
and any of them; the volume is uniform in its logarithm, the middle uniform in the space, so that a
shape may go beyond it, and the logarithms of the widths are normal about their mean. Half of what
two axes and more bound is round, in any number of these.

Were all of a shape within the space, few would hold a corner: in four dimensions one in sixteen of
those that hold the middle, where now it is nearly half.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import binom, gamma

from surrogate.space import Array, Mask, Rows

VOLUME = (0.01, 0.1)  # of the space: what is larger the smooth process finds by itself
ASPECT = 0.6  # sd of the logarithms of the widths of one shape, thin along one axis or alike
WIDEST = 0.8  # of an axis that bounds the shape
_ROUND = 0.5  # of the shapes that two axes and more bound
_AT_ONCE = 2**17  # pairs of a box and a point, which a core keeps near


@dataclass(frozen=True)
class Shapes:
    """Boxes, ellipsoids and cylinders with their middle in the unit cube, by the box around each.

    `low` and `high` (k, d) are its edges; an axis from 0 to 1 does not bound it. `round` (k, d)
    says of which axes, none or two and more, the section is an ellipse instead of a box.
    """

    low: Array
    high: Array
    round: Mask

    def __len__(self) -> int:
        return len(self.low)

    def __getitem__(self, rows: Rows | Mask | slice) -> "Shapes":
        return Shapes(self.low[rows], self.high[rows], self.round[rows])

    def hold(self, units: Array, dtype: type[np.floating[Any]] = np.float64) -> Array:
        """1 where a shape holds a row of `units` (n, d), else 0; shape (n, k)."""
        inside = between(self.low, self.high, units)
        if len(rows := np.flatnonzero(self.round.any(axis=1))):
            inside[rows] &= self[rows]._around(units)
        return inside.T.astype(dtype)

    def _around(self, units: Array) -> Mask:
        """Whether each ellipse holds a row of `units`, along its round axes, (k, n)."""
        middle = 0.5 * (self.low + self.high)
        steep = np.where(self.round, 0.5 * (self.high - self.low), np.inf) ** -2.0
        total = steep @ (units * units).T
        total -= (2.0 * middle * steep) @ units.T
        total += np.sum(middle * middle * steep, axis=1)[:, None]
        return np.asarray(total <= 1.0)

    @property
    def volume(self) -> Array:
        """The share of the space that each would hold were it all within, (k,)."""
        return np.asarray((self.high - self.low).prod(axis=1) * _ball(self.round.sum(axis=1)))

    @property
    def bounded(self) -> Mask:
        """Which axes bound each, (k, d)."""
        return np.asarray((self.low != 0.0) | (self.high != 1.0))

    def some_axis(self, rng: np.random.Generator) -> Rows:
        """One of the axes that bound each, whichever, (k,)."""
        chances = np.where(self.bounded, rng.random(self.low.shape), -1.0)
        return np.asarray(chances.argmax(axis=1), dtype=np.int64)

    def shifted(self, axis: Rows, below: Array, above: Array) -> "Shapes":
        """Each with its edges along one axis moved, the lower and the upper one, all (k,)."""
        low, high, rows = self.low.copy(), self.high.copy(), np.arange(len(self))
        low[rows, axis] += below
        high[rows, axis] += above
        return Shapes(low, high, self.round)

    def log_prior(self) -> Array:
        """Of all shapes, up to one constant; -inf outside the bounds, (k,)."""
        volume = self.volume
        sound = (volume >= VOLUME[0]) & (volume <= VOLUME[1])
        number, total, squares = np.zeros((3, len(self)))
        for low, high, bounded in zip(self.low.T, self.high.T, self.bounded.T, strict=True):
            width = high - low
            sound &= (low + high >= 0.0) & (low + high <= 2.0)
            sound &= ~bounded | ((width > 0.0) & (width <= WIDEST))
            size = np.log(np.where(bounded & sound, width, 1.0))
            number += bounded
            total += size
            squares += size * size
        number = np.maximum(number, 1.0)
        apart = (squares - total * total / number) / ASPECT**2
        density = (
            0.5 * np.log(number) - total - 0.5 * (number - 1.0) * np.log(2.0 * np.pi * ASPECT**2)
        )
        density -= np.log(binom(self.low.shape[1], number)) - self.log_rounding()
        return np.where(sound, density - 0.5 * apart, -np.inf)

    def log_rounding(self) -> Array:
        """The log of the chance of the round axes among those that bound each, (k,)."""
        m, c = self.bounded.sum(axis=1), self.round.sum(axis=1)
        curved = _ROUND / np.maximum(m - 1, 1) / np.maximum(binom(m, c), 1.0)
        return np.log(np.where(m < 2, 1.0, np.where(c > 0, curved, 1.0 - _ROUND)))

    def rounded_anew(self, rng: np.random.Generator) -> "Shapes":
        """The same boxes, and which of their axes are round drawn again from the prior."""
        return Shapes(self.low, self.high, _rounded(self.bounded, rng))


def between(low: Array, high: Array, units: Array) -> Mask:
    """Whether each row of `units` (n, d) is in each box [low, high], both (k, d); shape (k, n).

    By whole ranks along each axis, some boxes at a time: four times as fast as by the numbers.
    What is below `low` wraps round to a rank beyond all others.
    """
    small = np.uint16 if len(units) < 2**16 else np.uint32
    ranks = np.empty(units.T.shape, dtype=small)
    first, count = np.empty((2, *low.shape), dtype=small)
    for j, column in enumerate(units.T):
        steps, ranks[j] = np.unique(column, return_inverse=True)
        first[:, j] = np.searchsorted(steps, low[:, j])
        last = np.searchsorted(steps, high[:, j], side="right")
        count[:, j] = np.maximum(last, first[:, j]) - first[:, j]
    inside = np.ones((len(low), len(units)), dtype=bool)
    some = max(_AT_ONCE // max(len(units), 1), 1)
    for start in range(0, len(low), some):
        rows = slice(start, start + some)
        for rank, begins, holds in zip(ranks, first[rows].T, count[rows].T, strict=True):
            inside[rows] &= rank - begins[:, None] < holds[:, None]
    return inside


def drawn(dimension: int, count: int, rng: np.random.Generator) -> Shapes:
    """`count` shapes of the prior."""
    parts: list[Shapes] = []
    while sum(len(part) for part in parts) < count:
        parts.append(_some(dimension, 2 * count, rng))
    return joined(parts)[:count]


def joined(parts: Sequence[Shapes]) -> Shapes:
    """All shapes, one part's after the other's."""
    return combined(parts, np.concatenate)


def combined(parts: Sequence[Shapes], how: Callable[[list[Any]], Any]) -> Shapes:
    """Shapes with the edges and the round axes that `how` makes of those of all parts."""
    return Shapes(*(how([getattr(part, n) for part in parts]) for n in ("low", "high", "round")))


def _some(dimension: int, tries: int, rng: np.random.Generator) -> Shapes:
    number = rng.integers(1, dimension + 1, tries)
    bounded = _any_of(np.ones((tries, dimension), dtype=bool), number, rng)
    curved = _rounded(bounded, rng)
    volume = rng.uniform(np.log(VOLUME[0]), np.log(VOLUME[1]), tries)
    volume -= np.log(_ball(curved.sum(axis=1)))
    apart = np.where(bounded, ASPECT * rng.standard_normal((tries, dimension)), 0.0)
    apart -= (apart.sum(axis=1) / number)[:, None]
    width = np.where(bounded, np.exp((volume / number)[:, None] + apart), 1.0)
    low = np.where(bounded, rng.random((tries, dimension)) - 0.5 * width, 0.0)
    shapes = Shapes(low, np.where(bounded, low + width, 1.0), curved)
    return shapes[np.isfinite(shapes.log_prior())]


def _rounded(bounded: Mask, rng: np.random.Generator) -> Mask:
    """Of the axes that bound each shape, (k, d), those that are round."""
    number = bounded.sum(axis=1)
    curved = rng.integers(2, np.maximum(number, 2) + 1)
    curved = np.where((number > 1) & (rng.random(len(number)) < _ROUND), curved, 0)
    return _any_of(bounded, curved, rng)


def _any_of(axes: Mask, number: Rows, rng: np.random.Generator) -> Mask:
    """So many (k,) of the `axes` (k, d), whichever, (k, d)."""
    order = np.where(axes, rng.random(axes.shape), 2.0).argsort(axis=1).argsort(axis=1)
    return np.asarray(order < number[:, None])


def _ball(m: Rows) -> Array:
    """The volume of a ball of m dimensions in that of the cube around it; 1 where m is 0."""
    return np.asarray((0.5 * np.sqrt(np.pi)) ** m / gamma(0.5 * m + 1.0))
