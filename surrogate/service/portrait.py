"""A campaign as the page draws it: its space, outcome, state and drawing, in words and numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from surrogate.answers.maps import response_words
from surrogate.backdrop import Arc, Backdrop, Label, Line
from surrogate.bidding import paused_by
from surrogate.campaign import Campaign
from surrogate.oracle import Illustrated, Replayable
from surrogate.outcome import Number, Outcome, trials_of
from surrogate.pool import Pool
from surrogate.service.library import Hosted
from surrogate.service.reading import axes, glance, units_of
from surrogate.service.wire_campaigns import (
    CampaignBody,
    CampaignLine,
    GoalBody,
    HeldBody,
    OutcomeBody,
    ParameterBody,
    PoolBody,
)
from surrogate.session import Outlook
from surrogate.space import Categorical, Parameter, Real
from surrogate.standing import ended_by_rule, failures_of, mishaps, warnings_of
from surrogate.store.base import CampaignRecord, Counts, Store
from surrogate.told import ToldSimulator


def line(record: CampaignRecord, counts: Counts, planned: int, revision: int) -> CampaignLine:
    """A campaign in a list."""
    return CampaignLine(
        name=record.name,
        created=record.created,
        design=record.version,
        parent=record.parent,
        queries={state.value: count for state, count in counts.queries.items()},
        planned=planned,
        revision=revision,
    )


def line_of(store: Store, record: CampaignRecord, hosted: Hosted | None) -> CampaignLine:
    """A stored campaign in a list; it need not be open."""
    planned = int(record.plan["budget"]["runs"])
    return line(record, store.counts(record.name), planned, _revision(store, record.name, hosted))


def _revision(store: Store, name: str, hosted: Hosted | None) -> int:
    """The last in the ledger, or that of the surrogate at hand: what is told writes none."""
    latest, book = store.latest_revision(name), hosted.shelf.at_hand if hosted else None
    return max(latest.number if latest else 0, book.revision if book else 0)


@dataclass(frozen=True)
class State:
    """What changes of a campaign: its counts, failures by message, note, and expected error."""

    counts: Counts
    revision: int
    failures: Mapping[str, int]
    note: str
    error: tuple[float, str] | None
    running: str
    paused: str
    notes: Sequence[str]
    outlook: Outlook
    ended: str


def look(hosted: Hosted, running: str = "", outlook: Outlook | None = None) -> CampaignBody:
    """A campaign as it is now; `running` says whether the service runs it, `outlook`, where it was
    read already, how far it is to enough.
    """
    store, name = hosted.store, hosted.name
    note, error = glance(hosted)
    state = State(
        counts=store.counts(name),
        revision=_revision(store, name, hosted),
        failures=failures_of(store, name),
        notes=(*warnings_of(store, name), *mishaps(store, name)),
        note=note,
        error=error,
        outlook=outlook or hosted.campaign.outlook(),
        ended=ended_by_rule(store, name),
        running=running,
        paused=paused_by(store, name),
    )
    return portrait(hosted, store.campaign(name), state)


def portrait(hosted: Hosted, record: CampaignRecord, state: State) -> CampaignBody:
    """A campaign with all that a page needs to draw its map."""
    campaign, simulator = hosted.campaign, hosted.campaign.simulator
    told = isinstance(simulator, ToldSimulator)
    head = line(record, state.counts, campaign.planned, state.revision)
    value, words = state.error or (None, "")
    return CampaignBody(
        **head.model_dump(),
        simulator=simulator.name,
        **_inputs(campaign),
        pair=axes(hosted),
        outcome=outcome(campaign.outcome),
        goal=GoalBody(kind=campaign.goal.kind.value, level=campaign.goal.level),
        runs={kind.value: count for kind, count in state.counts.runs.items()},
        error=value,
        error_of=words,
        history=list(state.outlook.history),
        forecast=state.outlook.forecast,
        ended=state.ended,
        failures=dict(state.failures),
        trained=hosted.shelf.at_hand is not None,
        note=state.note,
        notes=list(state.notes),
        replayable=isinstance(simulator, Replayable),
        runnable=not told,
        running=state.running,
        paused=state.paused,
        backdrop=drawing(simulator.backdrop) if isinstance(simulator, Illustrated) else None,
    )


def _inputs(campaign: Campaign) -> dict[str, Any]:
    """The free parameters, those that are held, and the pair; none of them for a pool of items."""
    space, units = campaign.space, units_of(campaign)
    if isinstance(space, Pool):
        known = campaign.simulator.space
        pictures = isinstance(known, Pool) and bool(known.picture)
        pool = PoolBody(key=space.key, items=len(space), pictures=pictures)
        return {"parameters": [], "held": [], "pool": pool}
    return {
        "parameters": [parameter(name, one) for name, one in space.parameters.items()],
        "held": [
            HeldBody(name=name, value=value, unit=units.get(name, ""))
            for name, value in space.fixed.items()
        ],
    }


def parameter(name: str, known: Parameter) -> ParameterBody:
    """A free parameter as the page's sliders want it."""
    if isinstance(known, Categorical):
        choices = list(known.choices)
        return ParameterBody(name=name, kind="categorical", choices=choices, default=known.default)
    return ParameterBody(
        name=name,
        kind="real" if isinstance(known, Real) else "integer",
        unit=known.unit,
        low=known.low,
        high=known.high,
        scale=known.scale if isinstance(known, Real) else "linear",
        default=known.default,
    )


def outcome(known: Outcome) -> OutcomeBody:
    """The question, and what the map's colours mean."""
    return OutcomeBody(
        name=known.name,
        kind=type(known).__name__.lower(),
        unit=known.unit if isinstance(known, Number) else "",
        of=trials_of(known),
        response=response_words(known),
    )


def drawing(backdrop: Backdrop) -> dict[str, Any]:
    """A backdrop as JSON: each shape with its kind."""
    kinds = {Line: "line", Arc: "arc", Label: "label"}
    shapes = [{"kind": kinds[type(shape)], **asdict(shape)} for shape in backdrop.shapes]
    return {"across": backdrop.across, "up": backdrop.up, "title": backdrop.title, "shapes": shapes}
