import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st
from sqlalchemy import create_engine

from surrogate.errors import StoreError
from surrogate.records import QueryState, Status
from surrogate.store import schema
from surrogate.store.base import CampaignRecord
from surrogate.store.opening import migrate, schema_version
from surrogate.store.sql import SqlStore, open_store
from tests.contracts.store_laws import CAMPAIGN, RECORD, StoreLaws, operate
from tests.store.likeness import difference


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "template.db"
    store = open_store(path)
    store.create_campaign(RECORD)
    store.close()
    return path


@pytest.fixture
def path(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(template, tmp_path / "store.db"))


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    opened = open_store(path)
    yield opened
    opened.close()


class TestSqlStore(StoreLaws):
    """The embedded store keeps every law."""


OPERATIONS = st.tuples(
    st.sampled_from(["add", "both", "claim", "release", "back", "ok", "error", "retry"]),
    st.integers(0, 4),
)


@pytest.fixture(scope="module")
def shared(template: Path) -> Iterator[SqlStore]:
    opened = open_store(template)
    yield opened
    opened.close()


@settings(max_examples=25, derandomize=True)
@given(history=st.lists(OPERATIONS, max_size=15))
def test_after_any_history_every_query_is_in_one_state_and_done_ones_are_observed_once(
    shared: SqlStore, history: list[tuple[str, int]]
) -> None:
    name = f"history {len(shared.campaigns())}"
    shared.create_campaign(CampaignRecord(name, {}, "", "", 0.0))
    operate(shared, name, history)
    counts = shared.counts(name)
    done = [query.index for query in shared.queries(name, QueryState.DONE)]
    assert sum(counts.queries.values()) == len(shared.queries(name))
    assert sum(counts.runs.values()) == len(shared.runs(name))
    assert [seen.query for seen in shared.observations(name)] == done
    settled = {run.query for run in shared.runs(name) if run.status is Status.OK}
    assert settled == set(done)


@pytest.mark.parametrize("file", ["store.db", "new.db"])
def test_a_store_that_is_current_or_new_opens_without_alembic(path: Path, file: str) -> None:
    code = (
        "import sys; from surrogate.store.sql import open_store; "
        f"open_store({str(path.parent / file)!r}).close(); print('alembic' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"


def test_the_migrations_make_the_tables_that_the_code_uses(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'migrated.db'}")
    with engine.begin() as connection:
        migrate(connection)
        assert schema_version(connection) == schema.LATEST
        assert difference(connection) == []
    engine.dispose()


def test_a_new_store_is_what_the_migrations_make(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert schema_version(connection) == schema.LATEST
        assert difference(connection) == []
    engine.dispose()


def test_a_commit_is_flushed_to_the_disk_and_readers_do_not_wait(store: SqlStore) -> None:
    with store.database._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL


def test_a_store_shares_its_file_with_other_tables(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shared.db") as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
    connection.close()
    store = open_store(tmp_path / "shared.db")
    assert store.campaigns() == ()
    store.close()


def test_a_store_of_a_newer_version_can_be_read_but_not_written(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(f"UPDATE {schema.VERSION_TABLE} SET version_num = '9999'")
    connection.close()
    store = open_store(path)
    assert "a newer Surrogate wrote it" in caplog.text
    assert store.campaigns() == (RECORD,)
    with pytest.raises(StoreError, match="can be read, not written; upgrade to go on"):
        store.update_plan(CAMPAIGN, {})
    store.close()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing of the kind " * 100)
    with pytest.raises(StoreError, match="not a database"):
        open_store(tmp_path / "notes.txt")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="none does not exist; make it first"):
        open_store(tmp_path / "none" / "runs.db")


def test_reading_makes_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no store at"):
        open_store(tmp_path / "runs.db", create=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["sqlite://", "mysql://somewhere/db", "what ever://"])
def test_a_location_that_is_no_file_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match="give a path"):
        open_store(url)


def test_two_openings_see_each_others_commits(store: SqlStore, path: Path) -> None:
    other = open_store(path)
    other.update_plan(CAMPAIGN, {"changed": True})
    assert store.campaign(CAMPAIGN).plan == {"changed": True}
    other.close()


def test_the_lock_leaves_no_file_behind(store: SqlStore, path: Path) -> None:
    with store.hold(CAMPAIGN, "me"):
        assert list(path.parent.glob("*.running"))
    assert not list(path.parent.glob("*.running"))
