import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from surrogate.records import QueryState
from surrogate.store.sql import open_store
from tests.contracts.store_laws import CAMPAIGN, RECORD, query

ROOT = Path(__file__).parents[2]


def survive(folder: Path, kills: int) -> None:
    path = folder / "store.db"
    store = open_store(path)
    store.create_campaign(RECORD)
    store.add_queries(CAMPAIGN, [query(k) for k in range(10 * kills)])
    store.close()
    command = [sys.executable, "-m", "tests.store.torture", str(path), str(kills)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    acknowledged = json.loads(said.stdout)
    store = open_store(path)
    observed = [seen.query for seen in store.observations(CAMPAIGN)]
    assert set(acknowledged) <= set(observed)
    assert len(acknowledged) == len(set(acknowledged)) >= kills / 2
    assert observed == [q.index for q in store.queries(CAMPAIGN, QueryState.DONE)]
    assert sum(store.counts(CAMPAIGN).queries.values()) == 10 * kills
    store.close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_nothing_acknowledged_is_lost_in_20_kills(tmp_path: Path) -> None:
    survive(tmp_path, 20)


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_in_500_kills(tmp_path: Path) -> None:
    survive(tmp_path, 500)
