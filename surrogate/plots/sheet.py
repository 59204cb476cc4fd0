"""A map laid out for drawing: which axis runs across, where axes end, where runs lie.

Facts only: nothing here draws.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.answers.maps import Axis, Map
from surrogate.answers.spots import Spot
from surrogate.backdrop import Arc, Backdrop, Label
from surrogate.outcome import Count
from surrogate.records import Observation
from surrogate.space import Array

MOST_RINGS = 2000  # more are drawn as a sample: rings would hide the map
NEAR = 0.15  # of a held parameter's range: runs further from the slice are not drawn on it


@dataclass(frozen=True)
class Overlay:
    """What lies over a map: the simulator's drawing, the runs, the spots."""

    backdrop: Backdrop | None = None
    observations: Sequence[Observation] = ()
    spots: Sequence[Spot] = ()


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
        same = self.across.unit == self.up.unit and self.across.unit != ""
        return same and self.across.scale == self.up.scale == "linear"


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
    ends = []
    for axis, reach in zip((sheet.across, sheet.up), _reach(sheet.drawing), strict=True):
        low, high = axis.low, axis.high
        margin = 0.12 * (high - low)
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


def coordinate(axis: Axis, observation: Observation, name: str) -> float:
    """Where a run lies along an axis."""
    value = observation.point[name]
    if isinstance(value, str):
        return float(np.flatnonzero(axis.values == value)[0])
    return float(value)


def near_runs(chart: Map, observations: Sequence[Observation]) -> tuple[Array, Array, Array, Array]:
    """Runs near the slice as x, y (own units), observed rate or mean, and count, each (n,).

    Runs at one place are one ring. More than `MOST_RINGS` are thinned evenly.
    """
    names = (chart.x.name, chart.y.name if chart.y else chart.x.name)
    trials = chart.outcome.of if isinstance(chart.outcome, Count) else 1
    places: dict[tuple[float, float], list[float]] = {}
    for observation in observations:
        value = observation.values.get(chart.outcome.name)
        if value is not None and _is_near(chart, observation):
            place = (
                coordinate(chart.x, observation, names[0]),
                coordinate(chart.y or chart.x, observation, names[1]),
            )
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
