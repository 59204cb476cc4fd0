"""A timeline as a picture: each spot a line through iterations, sizes above, strengths below."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from surrogate.answers.timeline import Moment, Timeline
from surrogate.plots.figure import DPI, INK, quiet

# eight colours that colour-blind eyes tell apart (Okabe and Ito 2008)
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#f0e442")


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
