"""What people bid a campaign that runs: to pause, to go on, to stop. Events in its ledger.

Whoever runs it, in whatever process or on whatever machine, looks into the ledger and obeys. A
session that starts lifts what was bidden before it: `surrogate run` goes on.
"""

from collections.abc import Sequence
from enum import StrEnum

from surrogate.clock import Clock
from surrogate.processes import Brake
from surrogate.records import Event
from surrogate.store.base import Store

STARTED = "started"  # kind of the event that a session began
_LOOK_EVERY = 0.25  # s between two looks into the ledger: what a person takes for at once


class Bid(StrEnum):
    """What is bidden; the kind of its event."""

    PAUSE = "pause"  # begin nothing new until RESUME
    RESUME = "resume"
    STOP = "stop"  # let running simulations finish and end; said again, end them


def bid(store: Store, campaign: str, wanted: Bid, who: str, *, now: float) -> None:
    """Write a bid down. To pause what is paused, or resume what goes on, changes nothing."""
    if wanted is Bid.STOP or (wanted is Bid.PAUSE) != bool(paused_by(store, campaign)):
        store.note(campaign, wanted, f"by {who}", now=now)


def paused_by(store: Store, campaign: str) -> str:
    """'by NAME' of whoever has paused a campaign; empty where it goes on."""
    return _pause(store.events(campaign, [STARTED, Bid.PAUSE, Bid.RESUME]))


def _pause(heard: Sequence[Event]) -> str:
    """The pause in force after these events."""
    said = [event for event in heard if event.kind != Bid.STOP]
    return said[-1].text if said and said[-1].kind == Bid.PAUSE else ""


class Ear:
    """What a session hears of bids, which it obeys. Used by the session's own thread."""

    def __init__(self, store: Store, campaign: str, brake: Brake, clock: Clock) -> None:
        self._store, self._campaign, self._brake, self._clock = store, campaign, brake, clock
        self._looked = -float("inf")
        self.paused = ""  # by whom

    def listen(self) -> None:
        """Look into the ledger, not too often; a stop pulls the brake."""
        now = self._clock.monotonic()
        if now - self._looked < _LOOK_EVERY:
            return
        self._looked = now
        heard = self._store.events(self._campaign, [STARTED, *Bid])
        began = max((k for k, event in enumerate(heard) if event.kind == STARTED), default=-1)
        stops = sum(event.kind == Bid.STOP for event in heard[began + 1 :])
        while self._brake.pulls < stops:
            self._brake.pull()
        self.paused = _pause(heard)
