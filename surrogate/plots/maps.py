"""Maps as pictures for a meeting: one figure, readable without a word of statistics.

Conventions. Probabilities are coloured on a fixed, perceptually uniform scale from 0 to 1; the
level is a bold labelled line; where the interval still contains the level the picture is hatched;
a run is a ring, filled with what it showed on the same scale; sweet spots are numbered; the
simulator's own drawing lies above the colours; held parameters stand in the caption. Figures are
matplotlib objects of their own: no global state, no window.

A pool is drawn by two features: its items coloured by the response, asked ones ringed.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Arc as ArcPatch
from matplotlib.patheffects import withStroke

from surrogate.answers.items import Items
from surrogate.answers.maps import Map, response_words
from surrogate.answers.spots import Spot
from surrogate.backdrop import Arc, Backdrop, Label
from surrogate.outcome import Number, Outcome
from surrogate.plots.captions import legend, words, write
from surrogate.plots.figure import (
    DECLINED,
    INK,
    PALETTE,
    SOFT,
    Layout,
    Overlay,
    aspect,
    bar,
    blank,
    coordinate,
    declined,
    edges,
    framed,
    limits,
    middles,
    near_runs,
    quiet,
    scale,
)
from surrogate.pool import Pool
from surrogate.representing import reduced
from surrogate.space import Array

_CURVE_ASPECT = 0.6
_LABELLED = 0.25  # of the longest line's length: shorter ones would be all label
_CHALK: dict[str, Any] = {
    "color": "white",
    "linewidth": 1.4,
    "zorder": 4,
    "path_effects": [withStroke(linewidth=2.6, foreground=(0, 0, 0, 0.45))],
}
_CROSS: dict[str, Any] = {"marker": "x", "s": 18.0, "color": "#d7dade", "linewidths": 1.1}
_ITEMS_ASPECT = 0.72
_ITEMS_BELOW = 1.0  # inches under the axes for the axis and one line


def draw_map(chart: Map, overlay: Overlay | None = None) -> Figure:
    """The map as a figure of its own; `save` writes it. A map over one parameter is a curve."""
    over = overlay or Overlay()
    if chart.y is None:
        return _curve(chart, over)
    layout = Layout.of(chart.x, chart.y, over.backdrop)
    said = words(chart, over, aspect(layout))
    figure, axes = blank(aspect(layout), said.below)
    colours = _colours(axes, layout, chart)
    _undecided(axes, layout, chart)
    _declined(axes, layout, chart)
    draw_shapes(axes, layout.drawing)
    _rings(axes, layout, chart, over)
    _level(axes, layout, chart)
    _numbers(axes, layout, over.spots)
    _frame(axes, layout)
    bar(figure, axes, colours, chart)
    write(figure, said, legend(chart, over))
    return figure


def _colours(axes: Axes, layout: Layout, chart: Map) -> ScalarMappable:
    shown = np.ma.masked_where(~layout.grid(chart.allowed), layout.grid(chart.mean))
    across, up = edges(layout.across), edges(layout.up)
    norm = scale(chart.outcome, chart.mean, chart.allowed)
    axes.pcolormesh(across, up, np.ones_like(shown.data), cmap="Greys_r", vmin=0, vmax=1, zorder=0)
    if layout.across.scale == layout.up.scale == "linear":
        extent = (across[0], across[-1], up[0], up[-1])
        return axes.imshow(
            shown,
            origin="lower",
            extent=extent,
            cmap=PALETTE,
            norm=norm,
            aspect="auto",
            interpolation="bilinear" if shown.shape[0] > 32 else "nearest",
            zorder=1,
        )
    return axes.pcolormesh(across, up, shown, cmap=PALETTE, norm=norm, zorder=1, rasterized=True)


def _undecided(axes: Axes, layout: Layout, chart: Map) -> None:
    """Hatch where the interval contains the level."""
    if chart.level is None or not chart.undecided.any():
        return
    outside = np.maximum(chart.lower - chart.level, chart.level - chart.upper)
    outside = np.where(chart.allowed & ~chart.declined, outside, 1.0)
    bottom = min(float(outside.min()), 0.0) - 1.0
    band = axes.contourf(
        middles(layout.across),
        middles(layout.up),
        layout.grid(outside),
        levels=[bottom, 0.0],
        colors="none",
        hatches=["////"],
        zorder=2,
    )
    band.set(edgecolor=(1.0, 1.0, 1.0, 0.55), linewidth=0.0)


def _declined(axes: Axes, layout: Layout, chart: Map) -> None:
    """Grey where the simulator is more likely to decline than to answer."""
    if chart.declined.any():
        there = np.ma.masked_equal(layout.grid(chart.declined), False)
        grey, ends = ListedColormap([DECLINED]), (edges(layout.across), edges(layout.up))
        axes.pcolormesh(*ends, there, cmap=grey, zorder=3, rasterized=True)


def _level(axes: Axes, layout: Layout, chart: Map) -> None:
    """The line where the response is as likely above the level as below, bold and labelled."""
    if chart.level is None or chart.above is None or not (chart.allowed & ~chart.declined).any():
        return
    chance = layout.grid(np.where(chart.allowed & ~chart.declined, chart.above, np.nan))
    if not (np.nanmin(chance) < 0.5 < np.nanmax(chance)):
        return
    line = axes.contour(
        middles(layout.across),
        middles(layout.up),
        chance,
        levels=[0.5],
        colors=[INK],
        linewidths=2.6,
        zorder=6,
    )
    line.set_path_effects([withStroke(linewidth=4.6, foreground="white")])
    lengths = [float(np.hypot(*np.diff(part, axis=0).T).sum()) for part in line.allsegs[0]]
    long = [j for j, length in enumerate(lengths) if length > _LABELLED * max(lengths)]
    places = [tuple(line.allsegs[0][j][len(line.allsegs[0][j]) // 4]) for j in long]
    for word in axes.clabel(line, fmt=f"{chart.level:g}", fontsize=10, manual=places):
        word.set(fontweight="bold", color=INK, zorder=7)
        word.set_path_effects([withStroke(linewidth=3.5, foreground="white")])


def draw_shapes(axes: Axes, backdrop: Backdrop | None) -> None:
    """The simulator's own lines, light with a dark edge so that they show on every colour."""
    for shape in backdrop.shapes if backdrop is not None else ():
        if isinstance(shape, Label):
            _label(axes, shape)
        elif isinstance(shape, Arc):
            _arc(axes, shape)
        else:
            axes.plot(*zip(*shape.points, strict=True), solid_capstyle="round", **_CHALK)


def _label(axes: Axes, label: Label) -> None:
    centred: dict[str, Any] = {"ha": "center", "va": "center", "clip_on": True}
    text = axes.text(*label.at, label.text, color="white", fontsize=8, zorder=4, **centred)
    text.set_path_effects([withStroke(linewidth=2, foreground=(0, 0, 0, 0.5))])


def _arc(axes: Axes, arc: Arc) -> None:
    side = 2 * arc.radius
    axes.add_patch(ArcPatch(arc.centre, side, side, theta1=arc.start, theta2=arc.end, **_CHALK))


def _rings(axes: Axes, layout: Layout, chart: Map, over: Overlay) -> None:
    """Runs near the slice: fill is what was seen, on the map's scale; area grows with count."""
    x, y, seen, counts = near_runs(chart, over.observations)
    crosses = layout.place(*declined(chart, over.observations))
    axes.scatter(*crosses, zorder=5, **_CROSS)
    axes.scatter(
        *layout.place(x, y),
        s=_areas(counts),
        c=seen,
        cmap=PALETTE,
        norm=scale(chart.outcome, chart.mean, chart.allowed),
        edgecolors="white",
        linewidths=0.9,
        alpha=0.95,
        zorder=5,
    )


def _areas(counts: Array) -> Array:
    """Areas of rings in square points: the usual run has 16, the others in proportion."""
    if not counts.size:
        return counts
    return np.clip(16.0 * counts / np.median(counts), 6.0, 160.0)


def _numbers(axes: Axes, layout: Layout, spots: Sequence[Spot]) -> None:
    """A numbered disc at the peak of each sweet spot."""
    for spot in spots:
        axes.text(
            coordinate(layout.across, spot.peak),
            coordinate(layout.up, spot.peak),
            str(spot.rank),
            ha="center",
            va="center",
            fontsize=11,
            fontweight="bold",
            color=INK,
            zorder=8,
            clip_on=False,
            bbox={
                "boxstyle": "circle,pad=0.28",
                "facecolor": "white",
                "edgecolor": INK,
                "linewidth": 1.6,
            },
        )


def _frame(axes: Axes, layout: Layout) -> None:
    across, up = limits(layout)
    axes.set(xlim=across, ylim=up)
    framed(axes, layout.across, layout.up)
    if layout.to_scale:
        axes.set_aspect("equal", adjustable="box")


def _curve(chart: Map, over: Overlay) -> Figure:
    """A map over one parameter: mean line, interval band, level, runs."""
    said = words(chart, over, _CURVE_ASPECT)
    figure, axes = blank(_CURVE_ASPECT, said.below)
    axes.set_facecolor("white")
    values = middles(chart.x)
    axes.fill_between(values, chart.lower[0], chart.upper[0], color="#c8d3e0", linewidth=0)
    axes.plot(values, chart.mean[0], color="#27507c", linewidth=2.4)
    if chart.level is not None:
        axes.axhline(chart.level, color=INK, linewidth=2.0)
    x, _, seen, counts = near_runs(chart, over.observations)
    axes.scatter(x, seen, s=_areas(counts), facecolor="white", edgecolor=INK, zorder=5)
    if not isinstance(chart.outcome, Number):
        axes.set_ylim(-0.03, 1.03)
    axes.set(xlim=(chart.x.low, chart.x.high), xlabel=chart.x.label, ylabel=chart.response)
    axes.set_xscale(chart.x.scale)
    quiet(axes)
    write(figure, said, [])
    return figure


def draw_items(found: Items, pool: Pool, outcome: Outcome, title: str) -> Figure:
    """The items of `pool` in the order of `found`, by its first two components or features."""
    flat = reduced(pool, 2)
    names = pool.features if not flat.seen else ("first component", "second component")
    across, up = flat.units[:, 0], flat.units[:, -1]
    figure, axes = blank(_ITEMS_ASPECT, _ITEMS_BELOW)
    axes.set_facecolor("white")
    means = [item.mean for item in found.items]
    norm = Normalize() if isinstance(outcome, Number) else Normalize(0.0, 1.0)
    colours = axes.scatter(across, up, s=14, c=means, cmap=PALETTE, norm=norm, linewidths=0)
    asked = [i for i, item in enumerate(found.items) if item.seen is not None]
    axes.scatter(across[asked], up[asked], s=46, facecolor="none", edgecolors=INK, linewidths=1.4)
    axes.set(xlabel=names[0], ylabel=names[-1])
    quiet(axes)
    bar = figure.colorbar(colours, ax=axes)
    bar.outline.set_visible(False)
    bar.set_label(response_words(outcome), color=INK, fontsize=10)
    left = axes.get_position().x0
    figure.text(left, 0.95, title, fontsize=13, fontweight="bold", color=INK)
    words = f"Each dot is an item, each ring one that was asked. {found.note}"
    if flat.seen:
        words += f" The axes are {flat.seen}."
    figure.text(left, 0.02, words, fontsize=8.5, color=SOFT, wrap=True)
    return figure
