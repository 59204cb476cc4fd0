"""What was queued by a request is run at once, where this service can and may run it."""

from surrogate.bidding import paused_by
from surrogate.service.gate import House
from surrogate.service.library import Hosted
from surrogate.service.workshop import Task
from surrogate.told import ToldSimulator


def run_queued(house: House, hosted: Hosted) -> None:
    """Begin to run what waits, unless the campaign is paused or its outcomes are told."""
    store = hosted.store
    if isinstance(hosted.campaign.simulator, ToldSimulator) or paused_by(store, hosted.name):
        return
    waiting = sum(store.counts(hosted.name).queries.values())
    house.workshop.start(Task(store.database.location, hosted.name, runs=waiting), follow=True)
