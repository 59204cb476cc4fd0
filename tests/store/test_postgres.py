import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from surrogate.errors import StoreError
from surrogate.oracle import SimulatorSource
from surrogate.records import QueryState
from surrogate.runner import Ending, Orders, Progress, run_campaign
from surrogate.store.base import StoreAway
from surrogate.store.opening import migrate
from surrogate.store.sql import SqlStore, open_store
from surrogate.workers.base import Limits
from surrogate.workers.local import LocalEngine
from tests.clusters import Cluster
from tests.contracts.store_laws import CAMPAIGN, RECORD, StoreLaws, ok, query
from tests.store.likeness import difference
from tests.test_runner import Follower

ROOT = Path(__file__).parents[2]


@pytest.fixture
def url(server: Cluster) -> str:
    return server.url()


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    opened = open_store(url)
    for record in sorted(opened.campaigns(), key=lambda each: not each.parent):  # children first
        opened.delete_campaign(record.name)
    opened.create_campaign(RECORD)
    yield opened
    opened.close()


class TestPostgresStore(StoreLaws):
    """The store on a server keeps every law that the embedded one keeps."""


def test_the_migrations_make_the_tables_that_the_code_uses(server: Cluster) -> None:
    engine = create_engine(
        server.url("migrated").replace("postgresql:", "postgresql+psycopg:"),
    )
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA migrated"))
        migrate(connection)
        assert difference(connection) == []
    engine.dispose()


def test_a_new_store_is_what_the_migrations_make(store: SqlStore, url: str) -> None:
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        assert difference(connection) == []
    engine.dispose()


def test_claims_at_the_same_moment_take_different_queries(store: SqlStore, url: str) -> None:
    store.add_queries(CAMPAIGN, [query(k) for k in range(120)])
    start = threading.Barrier(4)

    def claim_all() -> list[int]:
        mine = open_store(url)
        start.wait()
        found: list[int] = []
        while leases := mine.claim(CAMPAIGN, "w", 3, now=0.0, seconds=10.0):
            found += [lease.query.index for lease in leases]
        mine.close()
        return found

    with ThreadPoolExecutor(4) as pool:
        claims = [pool.submit(claim_all) for _ in range(4)]
        taken = [index for claim in claims for index in claim.result()]
    assert sorted(taken) == list(range(120))


def test_two_that_open_a_new_database_at_once_make_one_store(server: Cluster) -> None:
    engine = create_engine(server.url().replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA at_once"))
    engine.dispose()
    with ThreadPoolExecutor(3) as pool:
        stores = list(pool.map(open_store, [server.url("at_once")] * 3))
    stores[0].create_campaign(RECORD)
    assert [store.campaigns() for store in stores] == [(RECORD,)] * 3
    for store in stores:
        store.close()


def test_reading_makes_no_store(server: Cluster) -> None:
    with pytest.raises(StoreError, match="there is no store in it yet"):
        open_store(server.url("pg_temp"), create=False)


def test_a_server_that_was_restarted_is_found_again(store: SqlStore, server: Cluster) -> None:
    store.add_queries(CAMPAIGN, [query(0)])
    store.claim(CAMPAIGN, "w", 1, now=0.0, seconds=10.0)
    server.stop()
    with pytest.raises(StoreError, match="store postgresql"):
        store.record(CAMPAIGN, [ok(0)])
    server.start()
    store.record(CAMPAIGN, [ok(0)])
    assert [q.index for q in store.queries(CAMPAIGN, QueryState.DONE)] == [0]


def test_a_holder_that_is_killed_lets_go(store: SqlStore, url: str) -> None:
    code = (
        "import sys, os, signal; from surrogate.store.sql import open_store\n"
        f"with open_store({url!r}).hold({CAMPAIGN!r}, 'surrogate run'):\n"
        "    print('held', flush=True)\n    signal.pause()\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT)
    assert process.stdout is not None
    process.stdout.readline()
    refused = f"being run already by surrogate run .process {process.pid} on"
    with pytest.raises(StoreError, match=refused), store.hold(CAMPAIGN, "me"):
        pass
    process.kill()
    process.communicate()
    for _ in range(1000):  # the server notices a little later
        try:
            with store.hold(CAMPAIGN, "me"):
                break
        except StoreError:
            continue
    else:
        pytest.fail("the dead holder's lock stayed")


def test_a_hold_is_taken_again_when_the_server_was_restarted(
    store: SqlStore, url: str, server: Cluster
) -> None:
    other = open_store(url)
    with store.hold(CAMPAIGN, "me") as renew:
        server.stop()
        with pytest.raises(StoreAway):
            renew()
        server.start()
        renew()
        with pytest.raises(StoreError, match="already by me"), other.hold(CAMPAIGN, "you"):
            pass
    with other.hold(CAMPAIGN, "you"):
        other.close()


def test_who_was_slower_after_a_restart_has_lost_its_hold(
    store: SqlStore, url: str, server: Cluster
) -> None:
    other = open_store(url)
    with store.hold(CAMPAIGN, "me") as renew:
        server.stop()
        server.start()
        with (
            other.hold(CAMPAIGN, "you"),
            pytest.raises(StoreError, match="already by you") as caught,
        ):
            renew()
    assert not isinstance(caught.value, StoreAway)
    other.close()


def test_a_password_is_in_no_message() -> None:
    pytest.importorskip("psycopg", reason="the extra 'postgres' is not installed")
    with pytest.raises(StoreError) as caught:
        open_store("postgresql://me:secret@localhost:1/nothing")
    assert "secret" not in str(caught.value)
    assert "is the server running" in str(caught.value)


def test_a_campaign_goes_on_when_its_server_was_stopped_and_started(
    store: SqlStore, server: Cluster
) -> None:
    said: list[str] = []
    restarts: list[threading.Thread] = []

    def restart() -> None:
        server.stop()
        server.start()

    def watch(progress: Progress) -> None:
        said.append(progress.message)
        if progress.done >= 5 and not restarts:
            restarts.append(threading.Thread(target=restart))
            restarts[0].start()

    source = SimulatorSource(
        "tests.workers.small:steady", settings={"pause": 0.05}, paths=(str(ROOT),)
    )
    with closing(LocalEngine(source, slots=2, limits=Limits(10.0))) as engine:
        summary = run_campaign(
            Follower(patient=True), store, engine, Orders(CAMPAIGN, 80), observe=watch
        )
    restarts[0].join()
    assert any("waiting for the store to come back" in words for words in said)
    assert summary.ending is Ending.COMPLETE
    assert [seen.query for seen in store.observations(CAMPAIGN)] == list(range(80))
    assert store.counts(CAMPAIGN).queries == {QueryState.DONE: 80}
