"""A figure of our own looks, its size, colour scale and frame, and a map laid out on it: which axis
runs across, where axes end, where runs lie.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.image import imread
from numpy.typing import NDArray

from surrogate.answers.ground import is_near
from surrogate.answers.maps import Axis, Map
from surrogate.answers.spots import Spot
from surrogate.backdrop import Arc, Backdrop, Label
from surrogate.errors import unwritable
from surrogate.outcome import Number, Outcome, trials_of
from surrogate.records import Observation
from surrogate.space import Array, Mask, Point
from surrogate.wholefile import whole

PALETTE = "viridis"  # perceptually uniform, safe for colour-blind eyes, and clear of white lines
INK = "#16181d"
DECLINED = "#9a9fa6"  # grey: the simulator gives no answer there
SOFT = "#5b616b"
GROUND = "#3a3f47"  # behind the map: light lines show on it
DPI = 160
LEFT, RIGHT, TOP = 0.85, 1.25, 1.0  # inches around the axes, for words
WIDEST, TALLEST, LEAST = 8.6, 6.2, 4.0  # inches of the axes
MOST_RINGS = 2000  # more are drawn as a sample: rings would hide the map
_SLENDER = 5.0  # times as long as wide: beyond it, true to scale cannot be read
MARGIN = 0.085  # of the wider span: how much of a drawing is shown beyond the map


def size(aspect: float) -> tuple[float, float]:
    """Width and height in inches of axes of that height over width."""
    width = min(WIDEST, max(TALLEST / aspect, LEAST))
    return width, min(max(width * aspect, LEAST), TALLEST)


def blank(aspect: float, below: float) -> tuple[Figure, Axes]:
    """A figure with axes of that height over width, and `below` inches under them for words."""
    width, height = size(aspect)
    full = (width + LEFT + RIGHT, height + TOP + below)
    figure = Figure(figsize=full, dpi=DPI, facecolor="white")
    box = (LEFT / full[0], below / full[1], width / full[0], height / full[1])
    return figure, figure.add_axes(box, facecolor=GROUND)


def save(figure: Figure, path: str | os.PathLike[str]) -> Path:
    """Write the figure as the kind of file its name says (png, svg, pdf); gives the path.

    Raises `PlanError` where it cannot be written.
    """
    with whole(path) as place:
        try:
            figure.savefig(place, dpi=DPI)
        except ValueError as problem:
            raise unwritable(path, problem) from problem
    return Path(path)


def side_by_side(figures: Sequence[Figure]) -> Figure:
    """Finished figures as one picture, left to right, their tops level."""
    parts = []
    for figure in figures:
        drawn = BytesIO()
        figure.savefig(drawn, dpi=DPI, format="png")
        drawn.seek(0)
        parts.append(imread(drawn, format="png"))
    width, height = sum(part.shape[1] for part in parts), max(part.shape[0] for part in parts)
    whole = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor="white")
    left = 0
    for part in parts:
        whole.figimage(part, xo=left, yo=height - part.shape[0], origin="upper")
        left += part.shape[1]
    return whole


def scale(outcome: Outcome, values: Array, allowed: Mask) -> Normalize:
    """0 to 1 for probabilities, always; for numbers the span of maps (..., ny, nx)."""
    if not isinstance(outcome, Number):
        return Normalize(0.0, 1.0)
    seen = values[..., allowed] if allowed.any() else values
    return Normalize(float(seen.min()), float(seen.max()))


def quiet(axes: Axes) -> None:
    """Frame, ticks and labels that stand back behind the picture."""
    axes.tick_params(colors=SOFT, labelsize=9, length=3)
    axes.xaxis.label.set(color=INK, fontsize=10)
    axes.yaxis.label.set(color=INK, fontsize=10)
    for side in axes.spines.values():
        side.set(edgecolor=SOFT, linewidth=0.8)


def framed(axes: Axes, across: Axis, up: Axis) -> None:
    """Names, scales and ticks of a map's axes, choices by their names."""
    axes.set(xlabel=across.label, ylabel=up.label, xscale=across.scale, yscale=up.scale)
    for axis, ticks in ((across, axes.set_xticks), (up, axes.set_yticks)):
        if axis.values.dtype.kind in "US":
            ticks(range(len(axis.values)), axis.values.tolist())
    quiet(axes)


def bar(figure: Figure, axes: Axes, colours: ScalarMappable, chart: Map) -> None:
    """The colour bar, with the level marked on it."""
    box = axes.get_position()
    width = figure.get_figwidth()
    place = (box.x1 + 0.22 / width, box.y0, 0.2 / width, box.height)
    bar = figure.colorbar(colours, cax=figure.add_axes(place))
    bar.outline.set_visible(False)
    bar.ax.tick_params(colors=SOFT, labelsize=9, length=3)
    bar.set_label(chart.response, color=INK, fontsize=10)
    if chart.level is not None:
        bar.ax.axhline(chart.level, color=INK, linewidth=2.6)
        bar.ax.axhline(chart.level, color="white", linewidth=0.6)


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
