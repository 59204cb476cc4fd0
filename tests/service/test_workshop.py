"""Campaigns that the service runs itself: nothing that was queued meanwhile is left lying."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from surrogate.bidding import STARTED, Bid, bid
from surrogate.records import Query, QueryState, Reason, seeds
from surrogate.service.workshop import Task, Workshop
from surrogate.store.sql import SqlStore, open_store
from tests.service.site import shots_in
from tests.waiting import happens


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlStore]:
    """The store of a campaign, `shots`, of four runs that has ended."""
    opened = open_store(shots_in(tmp_path, seed=1, runs=4))
    yield opened
    opened.close()


@pytest.fixture
def workshop() -> Iterator[Workshop]:
    made = Workshop()
    yield made
    made.close()


def wish(ledger: SqlStore, count: int) -> Task:
    """Queue so many points that a person wants; gives what runs them."""
    first = len(ledger.queries("shots"))
    points = [{"x": 8.0 + k / count, "y": 1.0, "keeper_depth": 2.0} for k in range(count)]
    ledger.add_queries(
        "shots",
        [
            Query(first + k, point, seeds(1, first + k), Reason.PERSON, "a look")
            for k, point in enumerate(points)
        ],
    )
    return Task(ledger.database.location, "shots", runs=first + count)


def wait_until_ended(workshop: Workshop) -> None:
    happens(lambda: not workshop.state("shots")[0])


def test_what_is_queued_while_it_runs_is_run_after_that(
    ledger: SqlStore, workshop: Workshop
) -> None:
    workshop.start(wish(ledger, 2), follow=True)
    workshop.start(wish(ledger, 3), follow=True)
    wait_until_ended(workshop)
    assert ledger.counts("shots").queries == {QueryState.DONE: 9}


def test_who_stops_it_by_the_ledger_stops_what_was_to_follow(
    ledger: SqlStore, workshop: Workshop
) -> None:
    before = len(ledger.events("shots", [STARTED]))
    workshop.start(wish(ledger, 300), follow=True)
    workshop.start(wish(ledger, 1), follow=True)
    happens(lambda: len(ledger.events("shots", [STARTED])) > before)
    bid(ledger, "shots", Bid.STOP, "somebody", now=0.0)
    wait_until_ended(workshop)
    assert len(ledger.events("shots", [STARTED])) == before + 1
    assert ledger.counts("shots").queries[QueryState.QUEUED] > 0
