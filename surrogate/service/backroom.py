"""Where much thinking is done while requests are answered: one process beside the service.

SciPy's factorisations hold the interpreter, one of 1,500 rows for a sixth of a second: were they
made here, no request would be answered meanwhile. A surrogate of few results is made here all the
same, sooner than it would cross over.
"""

import logging
import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress

from surrogate.campaign import Campaign
from surrogate.errors import NothingToAsk
from surrogate.learner import Fitted
from surrogate.processes import serve
from surrogate.records import Observation, QueryState
from surrogate.service.shelf import Made
from surrogate.store.base import CampaignRecord, Store
from surrogate.store.sql import SqlStore, open_store

Trained = tuple[Fitted, tuple[Observation, ...]]

_FEW = 200  # results: their factorisations hold the interpreter for a millisecond
_log = logging.getLogger("surrogate")


class Backroom:
    """Thinks for the campaigns of one store. May be used from any thread."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._guard = threading.Lock()
        self._pool: Executor | None = None
        # the process dies with the thread that starts it: one that lasts
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="surrogate-backroom")

    def trained(self, campaign: Campaign) -> Trained:
        """The surrogate of all that is recorded; raises as `Campaign.trained` does."""
        if self._is_quick(campaign.name):
            return campaign.trained()
        return self._done(_trained, campaign.name) or campaign.trained()

    def stock(self, campaign: Campaign, count: int, most: int) -> None:
        """Have `count` queries wait, or as many as there are to ask; `most` in all."""
        if self._is_quick(campaign.name) or self._done(_stock, campaign.name, count, most) is None:
            with suppress(NothingToAsk):
                campaign.stock(count, most)

    def close(self) -> None:
        """End the process; what it was at is dropped."""
        self._starter.shutdown(wait=True, cancel_futures=True)
        with self._guard:
            if self._pool is not None:
                self._pool.shutdown(wait=False, cancel_futures=True)

    def _is_quick(self, name: str) -> bool:
        return self._store.counts(name).queries.get(QueryState.DONE, 0) <= _FEW

    def _done(self, act: Callable[..., Made], *arguments: object) -> Made | None:
        """What `act` gives in the other process; None where that died."""
        try:
            return self._starter.submit(self._started).result().submit(act, *arguments).result()
        except BrokenProcessPool:
            _log.warning("the process that fits surrogates died; this one does it")
            with self._guard:
                self._pool = None
            return None

    def _started(self) -> Executor:
        with self._guard:
            if self._pool is None:
                self._pool = ProcessPoolExecutor(
                    1,
                    multiprocessing.get_context("spawn"),
                    initializer=_enter,
                    initargs=(self._store.database.location, os.getpid()),
                )
                self._pool.submit(os.getpid)  # starts the process, from this thread
            return self._pool


# in the other process

_stores: list[Store] = []
_campaigns: dict[str, tuple[CampaignRecord, Campaign]] = {}


def _enter(location: str, parent: int) -> None:
    serve(parent)
    _stores.append(open_store(location, create=False))


def _campaign(name: str) -> Campaign:
    there, known = _stores[0].campaign(name), _campaigns.get(name)
    if known is None or known[0] != there:
        known = _campaigns[name] = there, Campaign.on(_stores[0], name)
    return known[1]


def _trained(name: str) -> Trained:
    return _campaign(name).trained()


def _stock(name: str, count: int, most: int) -> bool:
    with suppress(NothingToAsk):
        _campaign(name).stock(count, most)
    return True
