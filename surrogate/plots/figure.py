"""A figure of our own looks: its size, colour scale, frame and colour bar."""

import os
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.image import imread

from surrogate.answers.maps import Axis, Map
from surrogate.errors import unwritable
from surrogate.outcome import Number, Outcome
from surrogate.space import Array, Mask
from surrogate.wholefile import whole

PALETTE = "viridis"  # perceptually uniform, safe for colour-blind eyes, and clear of white lines
INK = "#16181d"
DECLINED = "#9a9fa6"  # grey: the simulator gives no answer there
SOFT = "#5b616b"
GROUND = "#3a3f47"  # behind the map: light lines show on it
DPI = 160
LEFT, RIGHT, TOP = 0.85, 1.25, 1.0  # inches around the axes, for words
WIDEST, TALLEST, LEAST = 8.6, 6.2, 4.0  # inches of the axes


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
