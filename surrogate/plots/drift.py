"""Iterations of a design as pictures: two campaigns compared, and spots through many.

The maps before and after share axes and one scale. The change is coloured from fell to rose about
nothing, and shown pale where it is not sure; what became of each sweet spot stands at its place. A
timeline draws each spot as a line through iterations, sizes above, strengths below.
"""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from surrogate.answers.change import ChangeMap
from surrogate.answers.drift import Drift, SpotChange, Verdict
from surrogate.answers.timeline import Moment, Timeline
from surrogate.backdrop import Backdrop
from surrogate.plots.figure import (
    DPI,
    INK,
    PALETTE,
    SOFT,
    Layout,
    coordinate,
    edges,
    framed,
    middles,
    quiet,
    scale,
)
from surrogate.plots.maps import draw_shapes
from surrogate.space import Array

STEPS = "RdBu_r"  # blue fell, red rose, white nothing: safe for colour-blind eyes
_PALE = 0.22  # how much of its colour a change keeps that is not sure
_PANEL = (4.6, 4.1)  # inches of one panel
_TOP = 0.9
# eight colours that colour-blind eyes tell apart (Okabe and Ito 2008)
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#f0e442")


def draw_drift(drift: Drift, chart: ChangeMap, backdrop: Backdrop | None = None) -> Figure:
    """Before, after and the change as one figure; `plots.figure.save` writes it."""
    if chart.y is None:
        return _curves(drift, chart)
    layout = Layout.of(chart.x, chart.y, backdrop)
    figure, panels = _panels(drift, 3)
    spans = scale(drift.difference.outcome, np.stack([chart.before, chart.after]), chart.allowed)
    both = zip(drift.difference.sides, (chart.before, chart.after), strict=True)
    for axes, (side, values) in zip(panels, both, strict=False):
        shown = np.where(chart.allowed, values, np.nan)
        colours = _colours(axes, layout, shown, spans)
        _level(axes, layout, shown, chart.level)
        _frame(axes, layout, side.name)
    figure.colorbar(colours, ax=panels[1], label=chart.response, fraction=0.046, pad=0.03)
    steps = _steps(panels[2], layout, chart)
    _frame(panels[2], layout, "the change, pale where it is not sure")
    figure.colorbar(steps, ax=panels[2], label="after less before", fraction=0.046, pad=0.03)
    for spot in drift.spots:
        _tag(panels[2], layout, spot)
    return figure


def _panels(drift: Drift, count: int) -> tuple[Figure, list[Axes]]:
    size = (count * _PANEL[0], _PANEL[1] + _TOP)
    figure = Figure(figsize=size, dpi=DPI, facecolor="white", layout="constrained")
    note = f"\n{drift.difference.note}" if drift.difference.note else ""
    figure.suptitle(f"{drift.headline}{note}", x=0.01, ha="left", fontsize=11, color=INK, wrap=True)
    found = figure.subplots(1, count, sharex=count > 1, sharey=count > 1, squeeze=False)
    return figure, list(found[0])


def _colours(axes: Axes, layout: Layout, shown: Array, spans: Normalize) -> ScalarMappable:
    ends = edges(layout.across), edges(layout.up)
    return axes.pcolormesh(*ends, layout.grid(shown), cmap=PALETTE, norm=spans, rasterized=True)


def _steps(axes: Axes, layout: Layout, chart: ChangeMap) -> ScalarMappable:
    change = np.ma.masked_where(~layout.grid(chart.allowed), layout.grid(chart.change))
    most = max(float(np.abs(chart.change[chart.allowed]).max(initial=0.0)), 1e-9)
    alpha: Any = np.where(layout.grid(chart.sure), 1.0, _PALE)  # matplotlib takes a grid too
    steps = Normalize(-most, most)
    ends = edges(layout.across), edges(layout.up)
    axes.pcolormesh(*ends, change, cmap=STEPS, norm=steps, alpha=alpha, rasterized=True)
    return ScalarMappable(steps, STEPS)


def _level(axes: Axes, layout: Layout, shown: Array, level: float | None) -> None:
    if level is not None and np.nanmin(shown) < level < np.nanmax(shown):
        places = middles(layout.across), middles(layout.up)
        axes.contour(*places, layout.grid(shown), levels=[level], colors=[INK], linewidths=1.8)


def _frame(axes: Axes, layout: Layout, title: str) -> None:
    draw_shapes(axes, layout.drawing)
    across, up = layout.across, layout.up
    axes.set(xlim=(across.low, across.high), ylim=(up.low, up.high))
    axes.set_title(title, fontsize=10, color=INK)
    framed(axes, across, up)


def _tag(axes: Axes, layout: Layout, spot: SpotChange) -> None:
    """The verdict at the spot's place, and a way from where it was to where it is."""
    ends = [middle for middle in (spot.before.middle, spot.after.middle) if middle]
    places = [(coordinate(layout.across, one), coordinate(layout.up, one)) for one in ends]
    if spot.verdict is Verdict.MOVED and len(places) == 2:
        way: dict[str, Any] = {"arrowstyle": "->", "color": INK, "linewidth": 1.6}
        axes.annotate("", xy=places[1], xytext=places[0], arrowprops=way)
    box = {"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": SOFT, "alpha": 0.9}
    said = f"{spot.rank} {spot.verdict}"
    axes.text(*places[-1], said, ha="center", va="center", fontsize=8, color=INK, bbox=box)


def _curves(drift: Drift, chart: ChangeMap) -> Figure:
    """Over one parameter: both lines, shaded between them where the change is sure."""
    figure, (axes,) = _panels(drift, 1)
    x = middles(chart.x)
    lines = zip(("#7a8699", "#27507c"), (chart.before[0], chart.after[0]), strict=True)
    for side, (colour, values) in zip(drift.difference.sides, lines, strict=True):
        axes.plot(x, values, label=side.name, color=colour, linewidth=2.2)
    axes.fill_between(x, chart.before[0], chart.after[0], where=chart.sure[0], color="#e4a59a")
    if chart.level is not None:
        axes.axhline(chart.level, color=INK, linewidth=1.4)
    axes.set(xlabel=chart.x.label, ylabel=chart.response, xscale=chart.x.scale)
    axes.legend(frameon=False)
    quiet(axes)
    return figure


def draw_timeline(found: Timeline) -> Figure:
    """The timeline as a figure; `plots.figure.save` writes it."""
    width = max(6.0, 1.8 * len(found.campaigns))
    figure = Figure(figsize=(width, 5.6), dpi=DPI, facecolor="white", layout="constrained")
    panels: list[Axes] = list(figure.subplots(2, 1, sharex=True))
    title = f"Sweet spots: where the {found.response} is beyond {found.level:g}"
    figure.suptitle(title, x=0.01, ha="left", fontsize=12, color=INK)
    for number, line in enumerate(found.lines):
        _follow(panels, found, line, number)
    panels[0].set_ylabel(f"size [{found.unit}]" if found.unit else "size")
    panels[0].set_ylim(bottom=0.0)
    panels[1].set_ylabel(found.response)
    panels[1].axhline(found.level, color=INK, linewidth=1.0, linestyle=":")
    panels[1].set_xticks(range(len(found.campaigns)), list(found.campaigns))
    panels[1].set_xlim(-0.4, len(found.campaigns) - 0.6)
    for axes in panels:
        quiet(axes)
    return figure


def _follow(panels: list[Axes], found: Timeline, line: tuple[Moment, ...], number: int) -> None:
    """One spot: its sizes and strengths with their intervals, and its verdicts."""
    x = np.array([found.campaigns.index(moment.campaign) for moment in line]) + 0.04 * number
    colour = _COLOURS[number % len(_COLOURS)]
    for axes, values in zip(
        panels, ([m.size for m in line], [m.strength for m in line]), strict=True
    ):
        mean = np.array([value.mean for value in values])
        ends = np.array([[v.mean - v.lower, v.upper - v.mean] for v in values]).T
        axes.errorbar(x, mean, yerr=ends, color=colour, marker="o", capsize=3, linewidth=1.8)
    for place, moment in zip(x, line, strict=True):
        said: dict[str, Any] = {
            "xytext": (6, 5),
            "textcoords": "offset points",
            "fontsize": 8,
            "color": colour,
        }
        panels[0].annotate(moment.verdict, (place, moment.size.mean), **said)
