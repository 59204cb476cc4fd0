"""A pool as a picture: its items by two features, coloured by the response, asked ones ringed."""

from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from surrogate.answers.items import Items
from surrogate.outcome import Number, Outcome
from surrogate.plots.figure import INK, PALETTE, SOFT, blank, quiet
from surrogate.pool import Pool
from surrogate.representing import reduced

_ASPECT = 0.72
_BELOW = 1.0  # inches under the axes for the axis and one line


def draw_items(found: Items, pool: Pool, outcome: Outcome, title: str) -> Figure:
    """The items of `pool` in the order of `found`, by its first two components or features."""
    flat = reduced(pool, 2)
    names = pool.features if not flat.seen else ("first component", "second component")
    across, up = flat.units[:, 0], flat.units[:, -1]
    figure, axes = blank(_ASPECT, _BELOW)
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
    chance = "" if isinstance(outcome, Number) else "probability of "
    bar.set_label(f"{chance}{outcome.name}", color=INK, fontsize=10)
    left = axes.get_position().x0
    figure.text(left, 0.95, title, fontsize=13, fontweight="bold", color=INK)
    words = f"Each dot is an item, each ring one that was asked. {found.note}"
    if flat.seen:
        words += f" The axes are {flat.seen}."
    figure.text(left, 0.02, words, fontsize=8.5, color=SOFT, wrap=True)
    return figure
