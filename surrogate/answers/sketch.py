"""A map's intervals from fewer points than its cells, with the error that this makes.

The mean of a process at 128 x 128 points is cheap; its variance at n sites costs n^2 steps a point,
and varies slowly. So it is computed at nodes, and a cubic spline carries its root to the cells.
The error is measured: at some cells, everything is computed. Where it is too large, or the axes
are not continuous, every cell is.

    symbol   meaning                                            shape
    columns  unit values at the middles of the cells, by axis   (nx,), (ny,)
    nodes    unit values of the nodes, by axis                  (k,), (k,)
    units    points of the map, x fastest                       (nx ny, d)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from surrogate.models.base import Centred, Marginal, Prediction
from surrogate.outcome import Number
from surrogate.space import Array, Rows

_NODES = 41  # a side: 49 were wrong by 2e-4, 33 by 1e-3 (yes and no, 1,000 runs, four parameters)
_LEAST_CELLS = 96  # a side: below, nodes save too little
_CHECKED = 512  # cells at which the error is measured: an edge that nodes miss runs through some
_MOST_INTERVAL = 0.01  # of the probability, or of the range of a number's mean
_MOST_MEAN = 5e-5  # likewise: a few units of the last digit that a map tells


@dataclass(frozen=True)
class Sketch:
    """A map's response; `mean_error` and `interval_error` are the largest that were measured, in
    the response's unit; 0 where every cell was computed.
    """

    read: Prediction
    mean_error: float = 0.0
    interval_error: float = 0.0


def sketch(
    surrogate: Marginal,
    columns: Sequence[Array],
    place: Callable[[Sequence[Array]], Array],
    coverage: float,
) -> Sketch:
    """The response over two axes; `place` gives the points (nx ny, d) of columns."""
    units = place(columns)
    if not isinstance(surrogate, Centred) or min(map(len, columns)) < _LEAST_CELLS:
        return Sketch(surrogate.predict(units, coverage))
    nodes = [np.linspace(column[0], column[-1], _NODES) for column in columns]
    spread = carried_spread(surrogate.spread(place(nodes)), carriers(nodes, columns))
    read = surrogate.reading(surrogate.centre(units), spread, coverage)
    some = np.random.default_rng(0).choice(len(units), min(_CHECKED, len(units)), replace=False)
    made = compared(read, some, surrogate.predict(units[some], coverage))
    scale = float(np.ptp(read.mean)) if isinstance(surrogate.outcome, Number) else 1.0
    good = made.mean_error <= _MOST_MEAN * scale and made.interval_error <= _MOST_INTERVAL * scale
    return made if good else Sketch(surrogate.predict(units, coverage))


def compared(read: Prediction, some: Rows, true: Prediction) -> Sketch:
    """What was read, with how far off it is what is true of `some` of its points, (k,)."""
    pairs = zip(three(read), three(true), strict=True)
    mean, lower, upper = (float(np.abs(a[some] - b).max()) for a, b in pairs)
    return Sketch(read, mean, max(lower, upper))


def three(read: Prediction) -> tuple[Array, Array, Array]:
    """Mean and ends, (n,) each."""
    return read.mean, read.lower, read.upper


def carriers(here: Sequence[Array], there: Sequence[Array]) -> list[Array]:
    """What carries values at nodes `here` to the columns `there`, axis by axis; see `carried`."""
    return [_carrier(*axis) for axis in zip(here, there, strict=True)]


def _carrier(nodes: Array, column: Array) -> Array:
    """The matrix (len(column), k) that carries values at nodes to a column: a cubic spline's."""
    if np.array_equal(nodes, column):
        return np.eye(len(column))
    from scipy.interpolate import CubicSpline

    return np.asarray(CubicSpline(nodes, np.eye(len(nodes)))(column))


def carried(values: Array, over: Sequence[Array]) -> Array:
    """Values (k k,) at nodes, x fastest, at the cells (nx ny,) of one axis or two."""
    across = over[0]
    up = over[1] if len(over) > 1 else np.eye(1)
    return np.asarray(up @ values.reshape(up.shape[1], across.shape[1]) @ across.T).ravel()


def carried_spread(spread: Array, over: Sequence[Array]) -> Array:
    """Variances (2, k k) at nodes at the cells, (2, nx ny), by their roots; none is negative."""
    return np.stack([np.maximum(carried(root, over), 0.0) for root in np.sqrt(spread)]) ** 2
