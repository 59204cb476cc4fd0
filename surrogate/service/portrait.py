"""A campaign as the page draws it: its space, outcome, state and drawing, in words and numbers."""

from dataclasses import asdict
from typing import Any

from surrogate.answers.maps import response_words
from surrogate.backdrop import Backdrop
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
from surrogate.space import Parameter
from surrogate.standing import ended_by_rule, failures_of, mishaps, warnings_of
from surrogate.store.base import CampaignRecord, Counts, Store
from surrogate.told import ToldSimulator


def line_of(
    store: Store, record: CampaignRecord, counts: Counts, hosted: Hosted | None
) -> CampaignLine:
    """A stored campaign in a list; it need not be open.

    Its revision is the last in the ledger, or that of the surrogate at hand: what is told writes
    none.
    """
    latest, book = store.latest_revision(record.name), hosted.shelf.at_hand if hosted else None
    return CampaignLine(
        name=record.name,
        created=record.created,
        design=record.version,
        parent=record.parent,
        queries={state.value: count for state, count in counts.queries.items()},
        planned=int(record.plan["budget"]["runs"]),
        revision=max(latest.number if latest else 0, book.revision if book else 0),
    )


def look(
    hosted: Hosted, state: tuple[str, str] = ("", ""), outlook: Outlook | None = None
) -> CampaignBody:
    """A campaign with all that a page needs to draw its map.

    `state` says whether the service runs it, and what it said last; `outlook`, where it was read
    already, how far it is to enough.
    """
    store, name, campaign = hosted.store, hosted.name, hosted.campaign
    note, (value, words) = glance(hosted)
    counts, simulator = store.counts(name), campaign.simulator
    course = outlook or campaign.outlook()
    running, message = state
    return CampaignBody(
        **line_of(store, store.campaign(name), counts, hosted).model_dump(),
        simulator=simulator.name,
        **_inputs(campaign),
        pair=axes(hosted),
        outcome=outcome(campaign.outcome),
        goal=GoalBody(kind=campaign.goal.kind.value, level=campaign.goal.level),
        runs={kind.value: count for kind, count in counts.runs.items()},
        error=value,
        error_of=words,
        history=list(course.history),
        forecast=course.forecast,
        ended=ended_by_rule(store, name),
        failures=failures_of(store, name),
        trained=hosted.shelf.at_hand is not None,
        note=note,
        notes=[*warnings_of(store, name), *mishaps(store, name)],
        replayable=isinstance(simulator, Replayable),
        runnable=not isinstance(simulator, ToldSimulator),
        running=running,
        message=message,
        paused=paused_by(store, name),
        backdrop=drawing(simulator.backdrop) if isinstance(simulator, Illustrated) else None,
    )


def _inputs(campaign: Campaign) -> dict[str, Any]:
    """The free parameters and those that are held; neither for a pool, which is told instead."""
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
    return ParameterBody.model_validate(
        {"name": name, "kind": type(known).__name__.lower(), **vars(known)}
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
    return {
        "across": backdrop.across,
        "up": backdrop.up,
        "title": backdrop.title,
        "shapes": [
            {"kind": type(shape).__name__.lower(), **asdict(shape)} for shape in backdrop.shapes
        ],
    }
