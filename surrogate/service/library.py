"""The campaigns of one store, opened as they are asked for, each with its shelf and its desk.

Next queries are thought of before they are asked for, so that an ask need not wait.
"""

import logging
import threading
from collections.abc import Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import cached_property, partial

from surrogate.blas import one_thread
from surrogate.campaign import Campaign
from surrogate.clock import Clock
from surrogate.codeprint import code_print
from surrogate.desk import Desk, Source
from surrogate.entry import record_of
from surrogate.errors import PlanError, SurrogateError
from surrogate.plan import Plan
from surrogate.service.backroom import Backroom
from surrogate.service.shelf import Book, Cache, Recall, Shelf
from surrogate.service.wire_campaigns import NewCampaign
from surrogate.store.base import CampaignRecord
from surrogate.store.pages import position
from surrogate.store.sql import SqlStore
from surrogate.told import USE

_log = logging.getLogger("surrogate")
_MOST = 8  # queries: what is chosen early knows less, so who asks for many has them chosen then
_MAPS_KEPT = 64  # of a campaign: some megabytes
_PAST_KEPT = 4  # earlier surrogates: with a thousand runs each has eight megabytes
_ERRORS_KEPT = 1000  # numbers


class Ahead:
    """The forethought of one desk. May be used from any thread."""

    def __init__(self, desk: Desk, thinker: Executor) -> None:
        self._desk, self._thinker = desk, thinker
        self._thinking = threading.Lock()  # held while somebody thinks

    def expect(self, count: int) -> None:
        """Somebody asked for `count` queries, and may soon come for as many; returns at once."""
        if count > _MOST or not self._thinking.acquire(blocking=False):
            return
        with suppress(RuntimeError):  # the service is ending
            self._thinker.submit(self._think, count)

    def _think(self, count: int) -> None:
        try:
            self._desk.stock(count)
        except SurrogateError as problem:  # whoever asks next will be told
            _log.warning("thinking ahead: %s", problem)
        finally:
            self._thinking.release()


@dataclass(frozen=True)
class Hosted:
    """A campaign that is open here, as its `record` had it: one that changes is opened anew."""

    store: SqlStore
    record: CampaignRecord
    campaign: Campaign
    shelf: Shelf
    desk: Desk
    ahead: Ahead
    maps: Cache = field(default_factory=lambda: Cache(_MAPS_KEPT))
    past: Cache = field(default_factory=lambda: Cache(_PAST_KEPT))
    errors: Cache = field(default_factory=lambda: Cache(_ERRORS_KEPT))

    @cached_property
    def name(self) -> str:
        """The campaign's name."""
        return self.campaign.name

    def reading(self, book: Book | None = None) -> Campaign:
        """The campaign as the surrogate at hand (or that of `book`) has it, at once; for looking.

        Raises `NotEnoughData` before there is a run to learn from.
        """
        book = book or self.shelf.latest()
        key = ("reading", book.mark)
        return self.maps.answer(key, lambda: self.campaign.as_of(book.fitted, book.observations))


class Library:
    """One store's campaigns. May be used from any thread.

    `registered` are the plans whose simulators campaigns made over HTTP may name, by their names.
    """

    def __init__(
        self,
        store: SqlStore,
        clock: Clock,
        *,
        registered: Mapping[str, Plan] | None = None,
    ) -> None:
        self.store = store
        self.registered = dict(registered or {})
        self.recall = Recall(store.database)
        self._clock = clock
        self._guard = threading.RLock()
        self._calm = ExitStack()
        self._open: dict[str, Hosted] = {}
        self._fitter = ThreadPoolExecutor(1, thread_name_prefix="surrogate-fit")
        self._backroom = Backroom(store)
        self._thinker = ThreadPoolExecutor(2, thread_name_prefix="surrogate-ahead")

    def at_hand(self, name: str) -> Hosted | None:
        """A campaign that is open, and still as the ledger has it; raises `UnknownName`."""
        kept = self._open.get(name)
        there = self.recall(("record", name), lambda: self.store.campaign(name))
        return kept if kept is not None and kept.record == there else None

    def hosted(self, name: str) -> Hosted:
        """A campaign; raises `UnknownName`, and `SimulatorError` where its simulator is gone."""
        with self._guard:
            kept = self.at_hand(name)
            if kept is None:
                kept = self._open[name] = self._opened(name)
                self._calm.enter_context(one_thread())  # a point's reading is no work for two
            return kept

    def make(self, wanted: NewCampaign) -> Hosted:
        """A new campaign; raises `PlanError` for what cannot be one, `StoreError` for a name taken.

        Where it names no simulator its outcomes are told; it never names code.
        """
        plan = self._planned(wanted)
        source = plan.source()
        simulator = source.load()
        question = plan.check_against(simulator)
        record = record_of(plan, code_print(source, simulator), question, now=self._clock.now())
        self.store.create_campaign(record)
        return self.hosted(wanted.name)

    def close(self) -> None:
        """Let go of the store, once nobody thinks any more; what is being fitted is dropped."""
        self._thinker.shutdown(wait=True, cancel_futures=True)
        self._backroom.close()
        self._fitter.shutdown(wait=False, cancel_futures=True)
        self._calm.close()
        self.store.close()

    def _opened(self, name: str) -> Hosted:
        record, campaign = self.store.campaign(name), Campaign.on(self.store, name)
        look = partial(position, self.store.database, name)
        standing = partial(self.recall, ("position", name), look)
        shelf = Shelf(partial(self._backroom.trained, campaign), standing, self._fitter)
        stock = partial(self._backroom.stock, campaign)
        source = Source(name, campaign.outcomes, stock)
        desk = Desk(source, self.store, campaign.planned, clock=self._clock)
        return Hosted(self.store, record, campaign, shelf, desk, Ahead(desk, self._thinker))

    def _planned(self, wanted: NewCampaign) -> Plan:
        keys: dict[str, object] = {
            "name": wanted.name,
            "seed": wanted.seed,
            "design": wanted.design,
            "goal": wanted.goal,
            "budget": {"runs": wanted.runs},
        }
        if wanted.simulator is None:
            if not wanted.outcomes:
                raise PlanError(
                    "outcomes: none came; give one at least, or the name of a simulator"
                )
            keys["simulator"] = {
                "use": USE,
                "declare": {
                    "name": wanted.name,
                    "space": wanted.space,
                    "outcomes": wanted.outcomes,
                },
            }
            return Plan.from_mapping(keys, wanted.name)
        if wanted.simulator not in self.registered:
            known = ", ".join(self.registered) or "none"
            raise PlanError(
                f"simulator '{wanted.simulator}' is not registered here; there are: {known}"
            )
        if wanted.space:
            keys["space"] = wanted.space
        plan = self.registered[wanted.simulator]
        theirs = plan.to_json()
        keys |= {table: theirs[table] for table in ("simulator", "workers") if table in theirs}
        return Plan.from_mapping(keys, wanted.name, path=plan.path)
