"""Files of released versions must open: `store_v0001.db` was written by the first ledger.

`store_v0004.db` is the last of those that knew no parents.
"""

import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from surrogate.errors import StoreError
from surrogate.records import QueryState, Run, Status
from surrogate.store.opening import back_up
from surrogate.store.schema import LATEST
from surrogate.store.sql import open_store
from tests.contracts.store_laws import CAMPAIGN, RECORD, bad, ok, query

ASSETS = Path(__file__).parents[1] / "assets"
RUNS = (
    ok(0),
    ok(1, value=0.0),
    bad(2),
    Run(3, 1, Status.INFEASIBLE, message="stalled"),
    Run(4, 1, Status.LOST, message="its runner stopped"),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return Path(shutil.copy(ASSETS / "store_v0001.db", tmp_path / "store.db"))


def version(path: Path) -> str:
    connection = sqlite3.connect(path)
    found = connection.execute("SELECT version_num FROM surrogate_schema_version").fetchone()[0]
    connection.close()
    return str(found)


def test_the_first_ledger_opens_with_all_that_it_held(path: Path) -> None:
    store = open_store(path)
    assert store.campaigns() == (RECORD,)
    assert store.queries(CAMPAIGN) == tuple(query(k) for k in range(6))
    assert store.runs(CAMPAIGN) == RUNS
    assert store.counts(CAMPAIGN).runs[Status.OK] == 2
    assert [q.index for q in store.queries(CAMPAIGN, QueryState.QUEUED)] == [4, 5]
    assert [seen.query for seen in store.observations(CAMPAIGN)] == [0, 1, 3]
    latest = store.latest_revision(CAMPAIGN)
    assert latest is not None
    assert latest.hyperparameters == {"scale": [0.1, 0.2]}
    assert [event.text for event in store.events(CAMPAIGN)] == ["by hand"]
    store.close()


def test_a_ledger_from_before_there_were_parents_opens_with_its_corrections(tmp_path: Path) -> None:
    store = open_store(shutil.copy(ASSETS / "store_v0004.db", tmp_path / "store.db"))
    assert store.campaigns() == (RECORD,)
    assert store.campaign(CAMPAIGN).lineage is None
    assert store.runs(CAMPAIGN) == RUNS
    assert [seen.values.get("goal") for seen in store.observations(CAMPAIGN)] == [1.0, 1.0, None]
    store.close()


def test_an_upgrade_keeps_the_file_as_it_was(path: Path) -> None:
    open_store(path).close()
    assert version(path) == LATEST
    assert version(path.with_name("store.db.0001.backup")) == "0001"


def test_a_backup_is_never_written_over_another(path: Path) -> None:
    path.with_name("store.db.0001.backup").write_text("precious")
    open_store(path).close()
    assert path.with_name("store.db.0001.backup").read_text() == "precious"
    assert version(path.with_name("store.db.0001.backup2")) == "0001"


def test_two_that_open_an_old_store_at_once_upgrade_it_once(path: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        for store in pool.map(open_store, [path] * 3):
            store.close()
    assert len(list(path.parent.glob("*.backup*"))) == 1


def test_a_backup_of_a_store_in_use_is_a_whole_store(path: Path) -> None:
    store = open_store(path)
    store.update_plan(CAMPAIGN, {"late": True})
    back_up(path, path.with_name("copy.db"))
    store.close()
    copy = open_store(path.with_name("copy.db"))
    assert copy.campaign(CAMPAIGN).plan == {"late": True}
    assert copy.runs(CAMPAIGN) == RUNS
    copy.close()


def test_a_backup_over_something_else_is_refused(path: Path) -> None:
    path.with_name("copy.db").write_text("precious")
    with pytest.raises(StoreError, match="is there already; give the backup another name"):
        back_up(path, path.with_name("copy.db"))
