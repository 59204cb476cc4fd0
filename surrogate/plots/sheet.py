"""A map laid out for drawing: which axis runs across, where axes end, where runs lie.

Facts only: nothing here draws.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.answers.ground import is_near
from surrogate.answers.maps import Axis, Map
from surrogate.answers.spots import Spot
from surrogate.backdrop import Arc, Backdrop, Label
from surrogate.outcome import trials_of
from surrogate.records import Observation
from surrogate.space import Array, Point

MOST_RINGS = 2000  # more are drawn as a sample: rings would hide the map
_SLENDER = 5.0  # times as long as wide: beyond it, true to scale cannot be read
MARGIN = 0.085  # of the wider span: how much of a drawing is shown beyond the map


@dataclass(frozen=True)
class Overlay:
    """What lies over a map: the simulator's drawing, the runs, the spots.

    `source` says whose map it is; `units` of held parameters go into the caption.
    """

    backdrop: Backdrop | None = None
    observations: Sequence[Observation] = ()
    spots: Sequence[Spot] = ()
    source: str = ""
    units: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """Two axes laid out for drawing, as the `drawing` has them that is over both, if any.

    `turned`: y runs across and x up.
    """

    across: Axis
    up: Axis
    turned: bool
    drawing: Backdrop | None

    @classmethod
    def of(cls, x: Axis, y: Axis, backdrop: Backdrop | None) -> "Layout":
        """Turned as the backdrop is, else x across and y up."""
        names = (backdrop.across, backdrop.up) if backdrop else None
        turned = names == (y.name, x.name)
        across, up = (y, x) if turned else (x, y)
        return cls(across, up, turned, backdrop if names == (across.name, up.name) else None)

    def grid(self, values: NDArray[Any]) -> NDArray[Any]:
        """A grid of a map, indexed [up, across]."""
        return values.T if self.turned else values

    def place(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Coordinates along x and y as (across, up)."""
        return (y, x) if self.turned else (x, y)

    @property
    def to_scale(self) -> bool:
        """Whether a metre across is as long as a metre up."""
        across, up = self.across, self.up
        slender = max(across.high - across.low, up.high - up.low) / _SLENDER
        stout = min(across.high - across.low, up.high - up.low) > slender
        same = across.unit == up.unit != "" and across.scale == up.scale == "linear"
        return same and stout


def aspect(layout: Layout) -> float:
    """Height over width of the axes."""
    if not layout.to_scale:
        return 0.72
    (left, right), (low, high) = limits(layout)
    return (high - low) / (right - left)


def limits(layout: Layout) -> tuple[tuple[float, float], tuple[float, float]]:
    """The axes' ends: the map's, and a little of the drawing beyond."""
    spans = (layout.across.high - layout.across.low, layout.up.high - layout.up.low)
    margins = [MARGIN * (max(spans) if layout.to_scale else span) for span in spans]
    axes, reaches = (layout.across, layout.up), _reach(layout.drawing)
    ends = []
    for axis, margin, reach in zip(axes, margins, reaches, strict=True):
        low, high = axis.low, axis.high
        if reach is not None:
            low = max(min(low, reach[0]), low - margin)
            high = min(max(high, reach[1]), high + margin)
        ends.append((low, high))
    return ends[0], ends[1]


def _reach(backdrop: Backdrop | None) -> tuple[tuple[float, float] | None, ...]:
    """How far a drawing goes along each of its axes."""
    if backdrop is None or not backdrop.shapes:
        return None, None
    corners = []
    for shape in backdrop.shapes:
        if isinstance(shape, Label):
            corners.append(shape.at)
        elif isinstance(shape, Arc):
            (a, u), r = shape.centre, shape.radius
            corners += [(a - r, u - r), (a + r, u + r)]
        else:
            corners += list(shape.points)
    across, up = np.array(corners).T
    return (float(across.min()), float(across.max())), (float(up.min()), float(up.max()))


def middles(axis: Axis) -> Array:
    """Coordinates of the middles of an axis's cells; choices are 0, 1, 2 ..."""
    if axis.values.dtype.kind in "US":
        return np.arange(len(axis.values), dtype=float)
    return axis.values.astype(float)


def edges(axis: Axis) -> Array:
    """The ends of an axis's cells, one more than there are cells."""
    if axis.scale == "log":
        return np.geomspace(axis.low, axis.high, len(axis.values) + 1)
    return np.linspace(axis.low, axis.high, len(axis.values) + 1)


def coordinate(axis: Axis, point: Point) -> float:
    """Where a point lies along an axis."""
    value = point[axis.name]
    if isinstance(value, str):
        return float(np.flatnonzero(axis.values == value)[0])
    return float(value)


def declined(chart: Map, observations: Sequence[Observation]) -> tuple[Array, Array]:
    """Where the simulator declined, near the slice, as x and y, each (n,)."""
    points = (o.point for o in observations if not o.feasible)
    found = [point for point in points if is_near(chart.space, chart.view.held, point)]
    x = np.array([coordinate(chart.x, point) for point in found])
    return x, np.array([coordinate(chart.y or chart.x, point) for point in found])


def near_runs(chart: Map, observations: Sequence[Observation]) -> tuple[Array, Array, Array, Array]:
    """Runs near the slice as x, y (own units), observed rate or mean, and count, each (n,).

    Runs at one place are one ring. More than `MOST_RINGS` are thinned evenly.
    """
    across, up = chart.x, chart.y or chart.x
    trials = trials_of(chart.outcome)
    places: dict[tuple[float, float], list[float]] = {}
    for one in observations:
        value = one.values.get(chart.outcome.name)
        if value is not None and is_near(chart.space, chart.view.held, one.point):
            place = (coordinate(across, one.point), coordinate(up, one.point))
            places.setdefault(place, []).append(value / trials)
    kept = list(places.items())
    kept = kept[:: max(1, -(-len(kept) // MOST_RINGS))]
    x = np.array([place[0] for place, _ in kept])
    y = np.array([place[1] for place, _ in kept])
    seen = np.array([float(np.mean(values)) for _, values in kept])
    return x, y, seen, np.array([float(len(values) * trials) for _, values in kept])
