"""Routes for campaigns: list, make, look at, run, pause and stop."""

from fastapi import APIRouter

from surrogate.bidding import Bid, bid, paused_by
from surrogate.service.gate import AnyHosted, AnyHouse, AnyOnce, Engineer, House, Once, Reader
from surrogate.service.library import Hosted
from surrogate.service.portrait import line_of, look
from surrogate.service.wire_campaigns import (
    CampaignBody,
    CampaignLine,
    NewCampaign,
    RunningBody,
    RunOrders,
)
from surrogate.service.workshop import Task

routes = APIRouter(tags=["campaigns"])


@routes.get("/campaigns")
def list_campaigns(house: AnyHouse, caller: Reader) -> list[CampaignLine]:
    """Every campaign that the caller may read, oldest first."""
    library, store = house.library, house.library.store
    mine = [one for one in store.campaigns() if caller.campaign in (None, one.name)]
    return [line_of(store, one, store.counts(one.name), library.at_hand(one.name)) for one in mine]


@routes.post("/campaigns")
def make_campaign(
    house: AnyHouse, caller: Engineer, body: NewCampaign, once: AnyOnce
) -> CampaignBody:
    """Make a campaign whose outcomes are told, or one on a simulator registered here."""
    return once(lambda: _portrait(house, house.library.make(body)))


@routes.get("/campaigns/{name}")
def look_at(house: AnyHouse, hosted: AnyHosted, caller: Reader) -> CampaignBody:
    """A campaign with its space, state and drawing."""
    return _portrait(house, hosted)


@routes.post("/campaigns/{name}/run")
def run(
    house: AnyHouse, hosted: AnyHosted, caller: Engineer, body: RunOrders, once: AnyOnce
) -> RunningBody:
    """Run the campaign, on the workers that its plan names; it goes on beside all else."""

    def act() -> RunningBody:
        _bid(house, hosted, once, Bid.RESUME)
        where = hosted.store.database.location
        house.workshop.start(Task(where, hosted.name, body.runs, body.workers))
        return _running(house, hosted)

    return once(act)


@routes.post("/campaigns/{name}/pause")
def pause(house: AnyHouse, hosted: AnyHosted, caller: Engineer, once: AnyOnce) -> RunningBody:
    """Begin nothing more, wherever the campaign runs, and hand out nothing, until it resumes."""
    return _bidden(house, hosted, once, Bid.PAUSE)


@routes.post("/campaigns/{name}/resume")
def resume(house: AnyHouse, hosted: AnyHosted, caller: Engineer, once: AnyOnce) -> RunningBody:
    """Go on after a pause."""
    return _bidden(house, hosted, once, Bid.RESUME)


@routes.post("/campaigns/{name}/stop")
def stop(house: AnyHouse, hosted: AnyHosted, caller: Engineer, once: AnyOnce) -> RunningBody:
    """Let running simulations finish, and stop, wherever it runs; asked again, end them at once.

    `run` goes on.
    """
    return _bidden(house, hosted, once, Bid.STOP)


def _bidden(house: House, hosted: Hosted, once: Once, wanted: Bid) -> RunningBody:
    def act() -> RunningBody:
        if wanted is not Bid.STOP or not house.workshop.stop(hosted.name):
            _bid(house, hosted, once, wanted)
        return _running(house, hosted)

    return once(act)


def _bid(house: House, hosted: Hosted, once: Once, wanted: Bid) -> None:
    bid(hosted.store, hosted.name, wanted, once.caller.name, now=house.clock.now())


def _running(house: House, hosted: Hosted) -> RunningBody:
    state, message = house.workshop.state(hosted.name)
    paused = paused_by(hosted.store, hosted.name)
    return RunningBody(running=state, message=message, paused=paused)


def _portrait(house: House, hosted: Hosted) -> CampaignBody:
    course = house.library.recall(("course", hosted.name), hosted.campaign.outlook)
    return look(hosted, house.workshop.state(hosted.name), course)
