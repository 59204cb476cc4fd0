"""A figure of our own looks: its size, colour scale, colour bar and words."""

import os
import textwrap
from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from surrogate.answers.maps import Map
from surrogate.answers.spots import Spot
from surrogate.outcome import Number
from surrogate.plots.sheet import (
    Overlay,
)

PALETTE = "viridis"  # perceptually uniform, safe for colour-blind eyes, and clear of white lines
MOST_RINGS = 2000  # more are drawn as a sample: rings would hide the map
NEAR = 0.15  # of a held parameter's range: runs further from the slice are not drawn on it

INK = "#16181d"
SOFT = "#5b616b"
GROUND = "#3a3f47"  # behind the map: light lines show on it
DPI = 160
LEFT, RIGHT, TOP, BOTTOM = 0.85, 1.25, 1.0, 1.62  # inches around the axes, for words
WIDEST, TALLEST, LEAST = 8.6, 6.2, 3.2  # inches of the axes


def blank(aspect: float) -> tuple[Figure, Axes]:
    """A figure with axes of that height over width, and room around them for words."""
    width = min(WIDEST, max(TALLEST / aspect, LEAST))
    height = min(max(width * aspect, LEAST), TALLEST)
    full = (width + LEFT + RIGHT, height + TOP + BOTTOM)
    figure = Figure(figsize=full, dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    box = (LEFT / full[0], BOTTOM / full[1], width / full[0], height / full[1])
    axes = figure.add_axes(box, facecolor=GROUND)
    return figure, axes


def save(figure: Figure, path: str | os.PathLike[str]) -> Path:
    """Write the figure as the kind of file its name says (png, svg, pdf); gives the path."""
    place = Path(path)
    figure.savefig(place, dpi=DPI)
    return place


def headline(chart: Map, spots: Sequence[Spot] = ()) -> str:
    """What the picture shows, in one sentence in the user's terms."""
    if chart.level is None:
        return f"{chart.response}".capitalize()
    above = f"{chart.response} is above {chart.level:g}"
    if not spots:
        return f"Where the {above}"
    first = spots[0]
    size = f"{first.size:.3g} {first.unit}, " if first.unit else ""
    largest = f"{size}{100 * first.share:.2g} % of the space"
    if len(spots) == 1:
        return f"One region where the {above}: {largest}"
    return f"{len(spots)} regions where the {above}; the first: {largest}"


def scale(chart: Map) -> Normalize:
    """0 to 1 for probabilities, always; for numbers the span of the map."""
    if isinstance(chart.outcome, Number):
        seen = chart.mean[chart.allowed] if chart.allowed.any() else chart.mean
        return Normalize(float(seen.min()), float(seen.max()))
    return Normalize(0.0, 1.0)


def quiet(axes: Axes) -> None:
    """Frame, ticks and labels that stand back behind the picture."""
    axes.tick_params(colors=SOFT, labelsize=9, length=3)
    axes.xaxis.label.set(color=INK, fontsize=10)
    axes.yaxis.label.set(color=INK, fontsize=10)
    for side in axes.spines.values():
        side.set(edgecolor=SOFT, linewidth=0.8)


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


def words(figure: Figure, axes: Axes, chart: Map, over: Overlay, title: str) -> None:
    """Headline and verdict above; legend, how to read it, and held parameters below."""
    width, height = figure.get_size_inches()
    left = LEFT / width
    columns = int((width - LEFT - 0.3) * 13.5)  # letters of 8.5 points that fit across
    figure.text(
        left,
        1 - 0.42 / height,
        title or headline(chart, over.spots),
        fontsize=14,
        fontweight="bold",
        color=INK,
        va="center",
    )
    colour = SOFT if chart.trust.worthy else "#a3341c"
    runs = f"{len(over.observations)} runs. " if over.observations else ""
    figure.text(left, 1 - 0.74 / height, runs + chart.note, fontsize=9.5, color=colour, va="center")
    _legend(figure, chart, over)
    lines = textwrap.wrap(_how_to_read(chart, over), columns)
    if chart.caption:
        lines += textwrap.wrap(f"Held: {chart.caption}.", columns)
    figure.text(
        left, 0.68 / height, "\n".join(lines), fontsize=8.5, color=SOFT, va="top", linespacing=1.35
    )


def _how_to_read(chart: Map, over: Overlay) -> str:
    percent = round(100 * chart.view.coverage)
    parts = [f"How to read this: the colour is the {chart.response}"]
    if chart.level is not None:
        parts.append(f"it is above {chart.level:g} on the bright side of the bold line")
        parts.append(f"hatching marks where that is not decided yet ({percent} % interval)")
    if over.observations:
        parts.append("each ring is a run, coloured by what it gave")
    return "; ".join(parts) + "."


def _legend(figure: Figure, chart: Map, over: Overlay) -> None:
    handles: list[Line2D | Patch] = []
    if chart.level is not None:
        handles.append(Line2D([], [], color=INK, linewidth=2.6, label=f"level {chart.level:g}"))
        handles.append(
            Patch(
                facecolor="#8a94a0",
                edgecolor="white",
                hatch="////",
                linewidth=0,
                label="not decided yet",
            )
        )
    if over.observations and not isinstance(chart.outcome, Number):
        from matplotlib import colormaps

        for value, word in ((1.0, chart.outcome.name), (0.0, f"no {chart.outcome.name}")):
            handles.append(
                Line2D(
                    [],
                    [],
                    marker="o",
                    linestyle="",
                    markersize=6,
                    label=word,
                    markerfacecolor=colormaps[PALETTE](value),
                    markeredgecolor="#b9bec6",
                )
            )
    if handles:
        width, height = figure.get_size_inches()
        figure.legend(
            handles=handles,
            loc="center left",
            ncols=len(handles),
            frameon=False,
            bbox_to_anchor=(LEFT / width - 0.008, 0.9 / height),
            fontsize=9,
            labelcolor=INK,
            handletextpad=0.5,
            columnspacing=1.6,
            borderpad=0,
        )
