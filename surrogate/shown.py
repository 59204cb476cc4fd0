"""What the faces show of trained campaigns, in words, JSON and pictures.

Of one campaign: regions and a map, or the items of a pool. Of two: what changed between them; of
several: a timeline of their spots.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from surrogate.answers.change import ChangeMap
from surrogate.answers.difference import between
from surrogate.answers.drift import CHANGES, Drift, SpotChange, Standing
from surrogate.answers.gate import Gate, judge
from surrogate.answers.maps import Map, response_words
from surrogate.answers.timeline import Moment, Timeline, follow
from surrogate.backdrop import Backdrop
from surrogate.campaign import Campaign
from surrogate.errors import PointError
from surrogate.gate_section import GateSection
from surrogate.goal import GoalKind
from surrogate.outcome import Number
from surrogate.plots.drift import draw_drift, draw_timeline
from surrogate.plots.figure import Overlay, save, side_by_side
from surrogate.plots.maps import draw_items, draw_map
from surrogate.pool import NO_AXES, Pool
from surrogate.readings import Readings
from surrogate.space import Space
from surrogate.tables import (
    columns,
    interval_words,
    items_words,
    paragraphs,
    peak_words,
    point_words,
    spots_words,
)
from surrogate.typed import point_of
from surrogate.views import Chart, Wish


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


@dataclass(frozen=True)
class Compared:
    """A comparison with its map of change, over the later campaign's own drawing."""

    drift: Drift
    chart: ChangeMap
    backdrop: Backdrop | None

    @property
    def words(self) -> str:
        """The comparison for a terminal."""
        return drift_words(self.drift)

    def to_json(self) -> dict[str, Any]:
        """The comparison, JSON-able, with the map of change as `map`."""
        return {**self.drift.to_json(), "map": self.chart.to_json()}

    def drawn(self) -> Figure:
        """Before, after and the change as one figure."""
        return draw_drift(self.drift, self.chart, self.backdrop)

    def write(self, place: Path) -> None:
        """Write the picture; raises `PlanError` where it cannot be."""
        save(self.drawn(), place)


def compared(before: Readings, after: Readings, wish: Wish) -> Compared:
    """What changed from one campaign to another, with a map of it."""
    drift = after.compare(before, wish.level)
    return Compared(drift, drift.map(wish.x, wish.y, **point_of(wish.hold)), after.backdrop)


def gated(before: Readings, after: Readings, section: GateSection | None) -> Gate:
    """The rules of a plan judged; raises `PlanError` where it has none."""
    return judge(between(before.side(), after.side()), section or GateSection())


def followed(campaigns: Sequence[Readings], level: float | None = None) -> Timeline:
    """Campaigns, oldest first, as a timeline of their spots; one level for all: the last one's."""
    wanted = campaigns[-1].goal.level_or(level)
    return follow([after.compare(before, wanted) for before, after in pairwise(campaigns)])


def timeline_words(found: Timeline) -> str:
    """Each spot's sizes through the iterations, and what each step changed."""
    header = ("spot", *found.campaigns)
    rows = [(str(j), *_cells(found, line)) for j, line in enumerate(found.lines, 1)]
    steps = zip(pairwise(found.campaigns), found.headlines, strict=True)
    told = [f"{before} -> {after}: {said}" for (before, after), said in steps]
    title = f"Size{f' [{found.unit}]' if found.unit else ''} and {found.response} of each spot:"
    return "\n\n".join([title, columns(header, rows), "\n".join(told)])


def _cells(found: Timeline, line: Sequence[Moment]) -> list[str]:
    here = {moment.campaign: moment for moment in line}
    return [_moment_words(here[name]) if name in here else "-" for name in found.campaigns]


def _moment_words(moment: Moment) -> str:
    said = f"{moment.size.mean:.3g}, {moment.strength.mean:.2f}"
    return f"{said} ({moment.verdict})" if moment.verdict else said


def write_timeline(found: Timeline, place: Path) -> None:
    """Write the timeline's picture; raises `PlanError` where it cannot be."""
    save(draw_timeline(found), place)


def gate_words(gate: Gate) -> str:
    """Each rule and what became of it, and the whole."""
    lines = [one.words for one in gate.judged]
    return "\n".join([*lines, f"gate: {gate.ruling}, {gate.after} against {gate.before}"])


def drift_words(drift: Drift) -> str:
    """The headline, the spots as a table, and what stands behind them."""
    space = drift.difference.ground.space
    whole, pairs = drift.overall, drift.difference.pairs
    parts = [drift.headline]
    if drift.spots:
        side = "above" if drift.above else "below"
        header = ("#", "verdict", "size before", "size after", "strength", "sure", "replay")
        rows = [_row(spot) for spot in drift.spots]
        places = [f"{spot.rank}  {_places(space, spot)}" for spot in drift.spots]
        said = f"Where the {whole.response} is {side} {drift.level:g}:"
        parts += [said, columns(header, rows), "\n".join(places)]
    parts.append(
        f"Over all: {interval_words(whole.before)} before, {interval_words(whole.after)} after."
    )
    if len(pairs):
        parts.append(
            f"{len(pairs)} runs were made on both sides with the same seed; "
            f"{pairs.differing} of them gave something else."
        )
    return paragraphs([*parts, drift.difference.note])


def _row(spot: SpotChange) -> tuple[str, ...]:
    sure = f"{100 * spot.chance:.3g} %" if spot.verdict in CHANGES else ""
    sides = (spot.before, spot.after)
    strength = " -> ".join(f"{s.strength.mean:.2g}" if s.strength else "-" for s in sides)
    sizes = [_size(one, spot.unit) for one in sides]
    return (str(spot.rank), str(spot.verdict), *sizes, strength, sure, _replay(spot))


def _size(standing: Standing, unit: str) -> str:
    size = standing.size
    said = f"{size.mean:.3g} ({size.lower:.3g}..{size.upper:.3g}) {unit}".rstrip()
    return said if standing.middle else f"none (at most {size.upper:.3g} {unit}".rstrip() + ")"


def _replay(spot: SpotChange) -> str:
    """The runs to show again on both versions: a query of each side."""
    named = [("before", spot.before.runs), ("after", spot.after.runs)]
    return ", ".join(f"{side} {runs[0].query}" for side, runs in named if runs)


def _places(space: Space, spot: SpotChange) -> str:
    ends = [one.middle for one in (spot.before, spot.after) if one.middle]
    places = [point_words(space, one) for one in ends]
    return "around " + " -> ".join(dict.fromkeys(places))
