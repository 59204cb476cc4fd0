"""What matters as a picture: each input's indices as bars, and its main effect with a band."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from surrogate.answers.sensitivity import Effect, Sensitivity
from surrogate.plots.figure import DPI, INK, SOFT, quiet

_MOST = 8  # main effects drawn; the words and the JSON have all
_ACROSS = 4
_CELL = 2.5  # inches
_FIRST, _REST = "#2c6fbb", "#b9cfe8"


def draw_effects(found: Sensitivity, response: str, title: str) -> Figure:
    """Bars of first and total indices above, the main effects of those that matter most below."""
    shown = found.effects[:_MOST]
    rows = -(-len(shown) // _ACROSS)
    tall = 0.34 * len(found.effects) + 1.6
    figure = Figure(figsize=(_ACROSS * _CELL, tall + rows * _CELL), dpi=DPI, facecolor="white")
    figure.set_layout_engine("constrained")
    grid = figure.add_gridspec(1 + rows, _ACROSS, height_ratios=[tall, *[_CELL] * rows])
    _bars(figure.add_subplot(grid[0, :]), found)
    for k, effect in enumerate(shown):
        axes = figure.add_subplot(grid[1 + k // _ACROSS, k % _ACROSS])
        _curve(axes, effect, response if k % _ACROSS == 0 else "")
    figure.suptitle(title, fontsize=13, fontweight="bold", color=INK, x=0.01, ha="left")
    return figure


def _bars(axes: Axes, found: Sensitivity) -> None:
    names = [effect.name for effect in found.effects]
    totals = [effect.total.mean for effect in found.effects]
    firsts = [effect.first.mean for effect in found.effects]
    lower = [effect.total.mean - effect.total.lower for effect in found.effects]
    upper = [effect.total.upper - effect.total.mean for effect in found.effects]
    axes.barh(names, totals, color=_REST, label="with others", height=0.6)
    axes.barh(names, firsts, color=_FIRST, label="by itself", height=0.6)
    axes.errorbar(totals, names, xerr=(lower, upper), fmt="none", ecolor=INK, elinewidth=1)
    axes.invert_yaxis()
    axes.set(xlabel="share of the variation (variance)", xlim=(0, None))
    axes.legend(frameon=False, fontsize=9, loc="lower right")
    quiet(axes)


def _curve(axes: Axes, effect: Effect, label: str) -> None:
    curve = effect.curve
    where = [v if isinstance(v, str) else float(v) for v in curve.values]
    axes.fill_between(where, curve.lower, curve.upper, color=_REST, linewidth=0)
    axes.plot(where, curve.mean, color=_FIRST, linewidth=1.6)
    axes.set(xlabel=f"{effect.name} [{effect.unit}]" if effect.unit else effect.name, ylabel=label)
    axes.grid(color=SOFT, alpha=0.2, linewidth=0.6)
    quiet(axes)
