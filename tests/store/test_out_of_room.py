"""A disk that is full, a database that may not be written: a clear stop, and the same goes on."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event

from surrogate.errors import StoreError
from surrogate.oracle import SimulatorSource
from surrogate.records import QueryState
from surrogate.runner import Ending, Orders, Progress, Summary, run_campaign
from surrogate.store.doctor import examine
from surrogate.store.sql import SqlStore, open_store
from surrogate.workers.base import Limits
from surrogate.workers.local import LocalEngine
from tests.clusters import Cluster
from tests.contracts.store_laws import CAMPAIGN, RECORD, claimed, ok, query
from tests.test_runner import ROOT, Follower

NO_ROOM = "max_page_count = 1"  # no page more than it has, as on a disk that is full
NO_WRITING = "query_only = ON"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "store.db"
    with closing(open_store(place)) as store:
        store.create_campaign(RECORD)
    return place


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    opened = open_store(path)
    yield opened
    opened.close()


def hinder(store: SqlStore, pragma: str) -> None:
    """Hold every connection of this store to it from now on."""
    engine = store.database._engine
    event.listen(engine, "begin", lambda c: c.exec_driver_sql(f"PRAGMA {pragma}"))


def play(store: SqlStore, observe: Callable[[Progress], None] = lambda progress: None) -> Summary:
    source = SimulatorSource("tests.workers.small:steady", {}, {"pause": 0.02}, (ROOT,))
    with closing(LocalEngine(source, slots=2, limits=Limits(10.0))) as engine:
        return run_campaign(Follower(), store, engine, Orders(CAMPAIGN, 60), observe=observe)


@pytest.mark.parametrize(
    ("pragma", "words"),
    [(NO_ROOM, "its disk is full; make room, and"), (NO_WRITING, "it may not be written; allow")],
)
def test_a_campaign_stops_clearly_and_the_same_command_continues(
    store: SqlStore, path: Path, pragma: str, words: str
) -> None:
    seen: list[int] = []

    def watch(progress: Progress) -> None:
        if progress.done >= 5 and not seen:
            hinder(store, pragma)
            seen.append(progress.done)

    with pytest.raises(StoreError, match=words):
        play(store, watch)
    store.close()
    with closing(open_store(path)) as again:
        assert len(again.observations(CAMPAIGN)) >= seen[0]
        assert play(again).ending is Ending.COMPLETE
        assert again.counts(CAMPAIGN).queries == {QueryState.DONE: 60}
    assert [found.text for found in examine(str(path), now=0.0, mounts="") if found.serious] == []


def test_what_finds_no_room_is_absent_as_a_whole(store: SqlStore, path: Path) -> None:
    store.add_queries(CAMPAIGN, [query(k) for k in range(200)])
    claimed(store, 200)
    hinder(store, NO_ROOM)
    with pytest.raises(StoreError, match="disk is full"):
        store.record(CAMPAIGN, [ok(k) for k in range(200)])
    store.close()
    with closing(open_store(path)) as again:
        assert again.runs(CAMPAIGN) == ()
        assert again.counts(CAMPAIGN).queries == {QueryState.LEASED: 200}


def test_a_store_on_a_medium_that_is_not_written_is_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda place, mode: mode != os.W_OK)
    with closing(open_store(path)) as store:
        assert store.campaign(CAMPAIGN).name == CAMPAIGN
        with pytest.raises(StoreError, match="may be read, not written; copy it"):
            store.add_queries(CAMPAIGN, [query(0)])
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_commits_that_wait_beside_a_store_are_read_though_nothing_is_written(
    store: SqlStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add_queries(CAMPAIGN, [query(0)])
    monkeypatch.setattr(os, "access", lambda place, mode: mode != os.W_OK)
    with closing(open_store(path)) as sealed:
        assert len(sealed.queries(CAMPAIGN)) == 1


def test_an_old_store_that_may_not_be_written_says_to_copy_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = next((Path(__file__).parents[1] / "assets").glob("*v0001*.db"))
    copied = Path(shutil.copy(old, tmp_path))
    monkeypatch.setattr(os, "access", lambda place, mode: mode != os.W_OK)
    with pytest.raises(StoreError, match="copy it to where it may be written"):
        open_store(copied)


def test_a_server_that_takes_no_writing_is_told_in_words(server: Cluster) -> None:
    open_store(server.url()).close()
    reading = server.url().replace("&options=", "&options=-cdefault_transaction_read_only%3Don%20")
    with (
        closing(open_store(reading)) as store,
        pytest.raises(StoreError, match="it may not be written; allow it"),
    ):
        store.create_campaign(RECORD)
