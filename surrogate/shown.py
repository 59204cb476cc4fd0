"""What the command line shows of a trained campaign: regions and a map, or the items of a pool."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from surrogate.answers.maps import Map, response_words
from surrogate.campaign import Campaign
from surrogate.errors import PointError
from surrogate.goal import GoalKind
from surrogate.outcome import Number
from surrogate.plots.figure import save, side_by_side
from surrogate.plots.items import draw_items
from surrogate.plots.maps import draw_map
from surrogate.plots.sheet import Overlay
from surrogate.pool import NO_AXES, Pool
from surrogate.tables import items_words, peak_words, spots_words
from surrogate.typed import point_of
from surrogate.views import Chart


@dataclass(frozen=True)
class Picture:
    """A campaign's picture before it is drawn, the same JSON-able, and how far to trust it."""

    campaign: Campaign
    map: Map | None
    level: float | None
    note: str
    content: Mapping[str, Any]

    def drawn(self, source: str) -> Figure:
        """The figure; `source` says whose it is."""
        if self.map is not None:
            return draw_map(self.map, _overlay(self.campaign, self.map, source))
        pool = self.campaign.simulator.space
        if not isinstance(pool, Pool):
            raise PointError("a map or a pool was expected")
        found = self.campaign.items(self.level)
        return draw_items(found, pool, self.campaign.outcome, f"{source}: {self.note}")


def picture(campaign: Campaign, chart: Chart) -> Picture:
    """The map that is asked for, or the items of a pool, which have no axes to choose."""
    if not isinstance(campaign.space, Pool):
        found = campaign.map(
            chart.x,
            chart.y,
            size=chart.size,
            held=point_of(chart.hold),
            averaged=chart.average,
            level=chart.level,
        )
        return Picture(campaign, found, chart.level, found.note, found.to_json())
    if chart.x or chart.y or chart.hold or chart.average:
        raise PointError(NO_AXES)
    items = campaign.items(chart.level)
    note = f"about {100 * items.wrong:.2g} % of the items are expected on the wrong side"
    return Picture(campaign, None, chart.level, f"{note} of {items.level:g}", items.to_json())


def write_pictures(pictures: Sequence[Picture], place: Path) -> None:
    """Write pictures side by side; where there are several, each says whose it is."""
    names = [one.campaign.name for one in pictures]
    if len(pictures) > 1:
        names = [f"{one.campaign.name}, {one.campaign.learner.recipe.name}" for one in pictures]
    figures = [one.drawn(name) for one, name in zip(pictures, names, strict=True)]
    save(figures[0] if len(figures) == 1 else side_by_side(figures), place)


def sides(
    campaign: Campaign, level: float | None = None, *, above: bool = True
) -> tuple[str, Mapping[str, Any]]:
    """What lies above (or below) a level, regions or items, in words and JSON-able.

    For the goal 'optimum', unless a level is asked for, the best point.
    """
    if campaign.goal.kind is GoalKind.OPTIMUM and level is None:
        best = campaign.peak()
        return peak_words(campaign.space, best, campaign.outcome), best.to_json()
    response = response_words(campaign.outcome)
    if isinstance(campaign.space, Pool):
        items = campaign.items(level)
        return items_words(items, response, above=above), items.to_json()
    found = campaign.sweet_spots(level, above=above)
    return spots_words(campaign.space, found, response), found.to_json()


def conclusion(campaign: Campaign, place: Path) -> str:
    """The last words of a run, as far as there is a level to refer to; writes the picture."""
    goal, is_number = campaign.goal, isinstance(campaign.outcome, Number)
    found = goal.level is not None or goal.kind is GoalKind.OPTIMUM or not is_number
    words = [f"\n{sides(campaign)[0]}"] if found else []
    last = picture(campaign, Chart())
    write_pictures([last], place)
    return "\n".join([*words, f"\n{last.note}\nmap written to {place}"])


def _overlay(campaign: Campaign, chart: Map, source: str) -> Overlay:
    whole = campaign.simulator.space
    return Overlay(
        backdrop=campaign.backdrop,
        observations=campaign.observations(),
        spots=() if chart.level is None else campaign.sweet_spots(chart.level),
        source=source,
        units={name: whole.unit(name) for name in whole.names},
    )
