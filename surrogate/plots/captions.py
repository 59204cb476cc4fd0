"""The words around a picture: headline and verdict above; legend, reading and caption below."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib import colormaps
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text

from surrogate.answers.maps import Map
from surrogate.answers.spots import Spot
from surrogate.outcome import Number
from surrogate.plots.figure import (
    DECLINED,
    INK,
    LEFT,
    PALETTE,
    RIGHT,
    SOFT,
    Overlay,
    near_runs,
    size,
)

_UNBROKEN = "\N{NO-BREAK SPACE}"
_WARNING = "#a3341c"
_LETTERS = 13.4  # of 8.5 points to an inch
_LINE = 0.168  # inches from one line of 8.5 points to the next
_LEGEND_BELOW, _TEXT_BELOW = 0.72, 0.94  # inches under the axes


@dataclass(frozen=True)
class Words:
    """Everything that is written around the axes; `below` are the inches it needs under them."""

    title: str
    verdict: str
    worthy: bool
    lines: tuple[str, ...]

    @property
    def below(self) -> float:
        """Inches under the axes for ticks, legend and lines."""
        return _TEXT_BELOW + _LINE * len(self.lines) + 0.15


def words(chart: Map, over: Overlay, aspect: float) -> Words:
    """The words for a map whose axes have that height over width."""
    columns = int((size(aspect)[0] + RIGHT - 0.3) * _LETTERS)
    lines = textwrap.wrap(f"{_how_to_read(chart, over)} {chart.intervals}".rstrip(), columns)
    if caption := chart.caption(over.units):
        whole = ", ".join(item.replace(" ", _UNBROKEN) for item in caption.split(", "))
        lines += textwrap.wrap(f"Held: {whole}.", columns)
    runs = f"{len(over.observations)} runs" if over.observations else ""
    source = " · ".join(part for part in (over.source, runs) if part)
    verdict = f"{source} · {chart.note}" if source else chart.note
    return Words(headline(chart, over.spots), verdict, chart.trust.worthy, tuple(lines))


def headline(chart: Map, spots: Sequence[Spot] = ()) -> str:
    """What the picture shows, in one sentence in the user's terms."""
    if chart.level is None:
        return chart.response.capitalize()
    above = f"{chart.response} is above {chart.level:g}"
    if not spots:
        return f"Where the {above}"
    first = spots[0]
    drawn = chart.space.dimension <= 2 and first.unit  # nobody pictures a volume of m⁴
    size = f"{first.size:.3g} {first.unit}, " if drawn else ""
    largest = f"{size}{100 * first.share:.2g} % of the space"
    if len(spots) == 1:
        return f"One region where the {above}: {largest}"
    return f"{len(spots)} regions where the {above}; the first: {largest}"


def write(figure: Figure, said: Words, handles: Sequence[Artist]) -> None:
    """Put the words and the legend in their places."""
    width, height = figure.get_size_inches()
    left, below = LEFT / width, said.below
    colour = SOFT if said.worthy else _WARNING
    title = figure.text(left, 1 - 0.42 / height, said.title, fontsize=14, fontweight="bold")
    verdict = figure.text(left, 1 - 0.74 / height, said.verdict, fontsize=9.5)
    for line, ink in ((title, INK), (verdict, colour)):
        line.set(color=ink, va="center")
        _fit(line, figure)
    text = "\n".join(said.lines)
    top = (below - _TEXT_BELOW) / height
    figure.text(left, top, text, fontsize=8.5, color=SOFT, va="top", linespacing=1.35)
    if handles:
        figure.legend(
            handles=list(handles),
            loc="center left",
            ncols=len(handles),
            frameon=False,
            bbox_to_anchor=(left - 0.008, (below - _LEGEND_BELOW) / height),
            fontsize=9,
            labelcolor=INK,
            handletextpad=0.5,
            columnspacing=1.6,
            borderpad=0,
        )


def _fit(line: Text, figure: Figure) -> None:
    """Make a line smaller where it would run over the figure's right edge."""
    start, end = line.get_window_extent().intervalx
    room = figure.bbox.width - start - figure.dpi * 0.2
    if end - start > room:
        line.set_fontsize(line.get_fontsize() * room / (end - start))


def legend(chart: Map, over: Overlay) -> list[Artist]:
    """What the signs in a map mean."""
    handles: list[Artist] = []
    if chart.level is not None:
        handles.append(Line2D([], [], color=INK, linewidth=2.6, label=f"level {chart.level:g}"))
    if chart.undecided.any():
        hatched = Patch(facecolor="#8a94a0", edgecolor="white", hatch="////", linewidth=0)
        hatched.set_label("not decided yet")
        handles.append(hatched)
    if chart.declined.any():
        handles.append(Patch(facecolor=DECLINED, label="the simulator declines"))
    if over.observations and not isinstance(chart.outcome, Number):
        handles.append(_ring(1.0, chart.outcome.name))
        handles.append(_ring(0.0, f"no {chart.outcome.name}"))
    if any(not observation.feasible for observation in over.observations):
        handles.append(Line2D([], [], marker="x", linestyle="", color="#8a8f98", label="declined"))
    return handles


def _ring(value: float, label: str) -> Line2D:
    colour = colormaps[PALETTE](value)
    return Line2D(
        [],
        [],
        marker="o",
        linestyle="",
        markersize=6,
        label=label,
        markerfacecolor=colour,
        markeredgecolor="#b9bec6",
    )


def _how_to_read(chart: Map, over: Overlay) -> str:
    percent = round(100 * chart.view.coverage)
    if chart.y is None:
        return (
            f"How to read this: the line is the {chart.response}; the band holds it with "
            f"{percent} % certainty; each ring is a run."
        )
    parts = [f"How to read this: the colour is the {chart.response}"]
    if chart.level is not None:
        parts.append(f"it is above {chart.level:g} on the bright side of the bold line")
        parts.append(f"hatching marks where that is not decided yet ({percent} % interval)")
    if over.observations:
        parts.append("each ring is a run, coloured by what it gave")
    if len(chart.view.held):
        count = int(near_runs(chart, over.observations)[0].size)
        parts.append(f"only the {count} runs near the held values are shown")
    return "; ".join(parts) + "."
