"""A map laid out for drawing: which axis runs across, where axes end, where runs lie.

Facts only: nothing here draws.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.answers.maps import Axis, Map
from surrogate.answers.spots import Spot
from surrogate.backdrop import Arc, Backdrop, Label
from surrogate.outcome import trials_of
from surrogate.records import Observation
from surrogate.space import Array, Point

MOST_RINGS = 2000  # more are drawn as a sample: rings would hide the map
_SLENDER = 5.0  # times as long as wide: beyond it, true to scale cannot be read
MARGIN = 0.085  # of the wider span: how much of a drawing is shown beyond the map
NEAR = 0.15  # of a held parameter's range: runs further from the slice are not drawn on it


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
class Sheet:
    """A map laid out for drawing: which axis runs across, and grids turned to suit.

    `across` and `up` are axes; grids are indexed [up, across].
    """

    chart: Map
    overlay: Overlay
    across: Axis
    up: Axis
    turned: bool

    def grid(self, values: NDArray[Any]) -> NDArray[Any]:
        """A grid of the map, indexed [up, across]."""
        return values.T if self.turned else values

    def place(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Coordinates along x and y as (across, up)."""
        return (y, x) if self.turned else (x, y)

    @property
    def drawing(self) -> Backdrop | None:
        """The backdrop, where it is over these two axes."""
        backdrop = self.overlay.backdrop
        fits = backdrop and (backdrop.across, backdrop.up) == (self.across.name, self.up.name)
        return backdrop if fits else None

    @property
    def to_scale(self) -> bool:
        """Whether a metre across is as long as a metre up."""
        across, up = self.across, self.up
        slender = max(across.high - across.low, up.high - up.low) / _SLENDER
        stout = min(across.high - across.low, up.high - up.low) > slender
        same = across.unit == up.unit != "" and across.scale == up.scale == "linear"
        return same and stout


def laid_out(chart: Map, y: Axis, over: Overlay) -> Sheet:
    """The map turned as its drawing is, else x across and y up."""
    turned = over.backdrop is not None and (over.backdrop.across, over.backdrop.up) == (
        y.name,
        chart.x.name,
    )
    across, up = (y, chart.x) if turned else (chart.x, y)
    return Sheet(chart, over, across, up, turned)


def aspect(sheet: Sheet) -> float:
    """Height over width of the axes."""
    if not sheet.to_scale:
        return 0.72
    (left, right), (low, high) = limits(sheet)
    return (high - low) / (right - left)


def limits(sheet: Sheet) -> tuple[tuple[float, float], tuple[float, float]]:
    """The axes' ends: the map's, and a little of the drawing beyond."""
    spans = (sheet.across.high - sheet.across.low, sheet.up.high - sheet.up.low)
    margins = [MARGIN * (max(spans) if sheet.to_scale else span) for span in spans]
    axes, reaches = (sheet.across, sheet.up), _reach(sheet.drawing)
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
    found = [o.point for o in observations if not o.feasible and _is_near(chart, o)]
    x = np.array([coordinate(chart.x, point) for point in found])
    return x, np.array([coordinate(chart.y or chart.x, point) for point in found])


def near_runs(chart: Map, observations: Sequence[Observation]) -> tuple[Array, Array, Array, Array]:
    """Runs near the slice as x, y (own units), observed rate or mean, and count, each (n,).

    Runs at one place are one ring. More than `MOST_RINGS` are thinned evenly.
    """
    across, up = chart.x, chart.y or chart.x
    trials = trials_of(chart.outcome)
    places: dict[tuple[float, float], list[float]] = {}
    for observation in observations:
        value = observation.values.get(chart.outcome.name)
        if value is not None and _is_near(chart, observation):
            place = (coordinate(across, observation.point), coordinate(up, observation.point))
            places.setdefault(place, []).append(value / trials)
    kept = list(places.items())
    kept = kept[:: max(1, -(-len(kept) // MOST_RINGS))]
    x = np.array([place[0] for place, _ in kept])
    y = np.array([place[1] for place, _ in kept])
    seen = np.array([float(np.mean(values)) for _, values in kept])
    return x, y, seen, np.array([float(len(values) * trials) for _, values in kept])


def _is_near(chart: Map, observation: Observation) -> bool:
    """Whether a run's other parameters are close to the values that the map holds."""
    for name, value in chart.view.held.items():
        there, here = chart.space.parameters[name].to_unit([observation.point[name], value])
        if abs(there - here) > NEAR:
            return False
    return True
