"""Routes for campaigns: list, make, look at, run and stop."""

from fastapi import APIRouter

from surrogate.service.gate import AnyHosted, AnyHouse, AnyOnce, Engineer, House, Reader
from surrogate.service.library import Hosted
from surrogate.service.portrait import State, line, portrait
from surrogate.service.reading import glance
from surrogate.service.wire import (
    CampaignBody,
    CampaignLine,
    NewCampaign,
    RunningBody,
    RunOrders,
)
from surrogate.standing import failures_of, warnings_of

routes = APIRouter(tags=["campaigns"])


@routes.get("/campaigns")
def list_campaigns(house: AnyHouse, caller: Reader) -> list[CampaignLine]:
    """Every campaign that the caller may read, oldest first."""
    store = house.library.store
    return [
        line(
            record,
            store.counts(record.name),
            int(record.plan["budget"]["runs"]),
            revision.number if (revision := store.latest_revision(record.name)) else 0,
        )
        for record in store.campaigns()
        if caller.campaign in (None, record.name)
    ]


@routes.post("/campaigns")
def make_campaign(
    house: AnyHouse, caller: Engineer, body: NewCampaign, once: AnyOnce
) -> CampaignBody:
    """Make a campaign whose outcomes are told, or one on a simulator registered here."""

    def act() -> CampaignBody:
        return _portrait(house, house.library.make(body))

    made: CampaignBody = once(act)
    return made


@routes.get("/campaigns/{name}")
def look_at(house: AnyHouse, hosted: AnyHosted, caller: Reader) -> CampaignBody:
    """A campaign with its space, state and drawing."""
    return _portrait(house, hosted)


@routes.post("/campaigns/{name}/run")
def run(
    house: AnyHouse, hosted: AnyHosted, caller: Engineer, body: RunOrders, once: AnyOnce
) -> RunningBody:
    """Run the campaign here, on this machine's workers; it goes on beside whatever else is done."""

    def act() -> RunningBody:
        house.workshop.start(hosted.campaign, runs=body.runs, workers=body.workers)
        return _running(house, hosted)

    started: RunningBody = once(act)
    return started


@routes.post("/campaigns/{name}/stop")
def stop(house: AnyHouse, hosted: AnyHosted, caller: Engineer) -> RunningBody:
    """Let running simulations finish, and stop; asked again, end them at once. `run` goes on."""
    house.workshop.stop(hosted.name)
    return _running(house, hosted)


def _running(house: House, hosted: Hosted) -> RunningBody:
    state, message = house.workshop.state(hosted.name)
    return RunningBody(running=state, message=message)


def _portrait(house: House, hosted: Hosted) -> CampaignBody:
    store = house.library.store
    latest = store.latest_revision(hosted.name)
    note, error = glance(hosted)
    state = State(
        counts=store.counts(hosted.name),
        revision=latest.number if latest else 0,
        failures=failures_of(store, hosted.name),
        notes=warnings_of(store, hosted.name),
        note=note,
        error=error,
        running=house.workshop.state(hosted.name)[0],
    )
    return portrait(hosted, store.campaign(hosted.name), state)
