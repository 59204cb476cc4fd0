import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from surrogate.records import QueryState
from surrogate.store.doctor import cautions, examine, file_system, mend
from surrogate.store.sql import open_store
from tests.clusters import Cluster
from tests.contracts.store_laws import CAMPAIGN, RECORD, bad, claimed, ok, query

LOCAL = "/dev/sda1 / ext4 rw 0 0\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "store.db"
    store = open_store(place)
    store.create_campaign(RECORD)
    store.add_queries(CAMPAIGN, [query(k) for k in range(4)])
    claimed(store, 3)
    store.record(CAMPAIGN, [ok(0), bad(1)])
    store.close()
    return place


def said(path: Path, now: float = 5.0) -> list[str]:
    return [found.text for found in examine(str(path), now=now, mounts=LOCAL)]


def damage(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()


def test_nothing_is_found_where_nothing_is_wrong(path: Path) -> None:
    assert said(path) == []


def test_a_lease_that_ran_out_is_told_and_is_not_serious(path: Path) -> None:
    (found,) = examine(str(path), now=11.0, mounts=LOCAL)
    assert "1 queries are leased to somebody" in found.text
    assert not found.serious


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE surrogate_queries SET state = 'lost' WHERE number = 3", "in no known state"),
        ("UPDATE surrogate_queries SET state = 'done' WHERE number = 1", "without a result"),
        ("UPDATE surrogate_queries SET state = 'queued' WHERE number = 0", "do not count as done"),
        ("UPDATE surrogate_queries SET expires = NULL", "leased without an end"),
        ("UPDATE surrogate_runs SET campaign = NULL", "2 runs are not counted"),
    ],
)
def test_counts_that_do_not_add_up_are_found_and_mended(
    path: Path, statement: str, words: str
) -> None:
    damage(path, statement)
    (found,) = said(path)
    assert words in found
    assert found.endswith("mend it with: surrogate doctor --mend")
    mend(str(path))
    assert said(path) == []
    store = open_store(path)
    assert [seen.query for seen in store.observations(CAMPAIGN)] == [0]
    assert sum(store.counts(CAMPAIGN).runs.values()) == 2
    assert sum(len(store.queries(CAMPAIGN, state)) for state in QueryState) == 4
    store.close()


def overwritten(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[8192:12288] = b"\xff" * 4096
    path.write_bytes(content)


def emptied(path: Path) -> None:
    path.write_text("nothing of the kind " * 100)


@pytest.mark.parametrize("harm", [overwritten, emptied])
def test_a_damaged_file_is_found_and_its_backups_are_named(
    path: Path, harm: Callable[[Path], None]
) -> None:
    path.with_name("store.db.0001.backup").touch()
    harm(path)
    (found,) = said(path)
    assert "is damaged" in found
    assert "store.db.0001.backup" in found


def test_a_missing_store_is_told_and_not_made(tmp_path: Path) -> None:
    assert "there is no store at" in said(tmp_path / "none.db")[0]
    assert list(tmp_path.iterdir()) == []


def test_a_newer_store_is_told(path: Path) -> None:
    damage(path, "UPDATE surrogate_schema_version SET version_num = '9999'")
    assert "a newer Surrogate wrote it" in said(path)[0]


def test_the_innermost_mount_says_the_file_system() -> None:
    mounts = LOCAL + "server:/x /data nfs4 rw 0 0\n/dev/sdb /data/fast xfs rw 0 0\n"
    assert file_system(Path("/data/runs.db"), mounts) == "nfs4"
    assert file_system(Path("/data/fast/runs.db"), mounts) == "xfs"
    assert file_system(Path("/database/runs.db"), mounts) == "ext4"
    assert file_system(Path("/home"), "") == ""


def test_a_network_file_system_is_warned_about(path: Path) -> None:
    mounts = LOCAL + f"server:/x {path.parent.resolve()} nfs4 rw 0 0\n"
    (found,) = examine(str(path), now=5.0, mounts=mounts)
    assert "network file system (nfs4)" in found.text
    assert found.serious


def test_a_place_can_be_judged_before_there_is_a_store(tmp_path: Path) -> None:
    place, mounts = str(tmp_path / "new.db"), f"server:/x {tmp_path.resolve()} cifs rw 0 0\n"
    assert "network file system (cifs)" in cautions(place, mounts=mounts)[0].text
    assert cautions(place, mounts=LOCAL) == cautions("postgresql://somewhere/x", mounts="") == ()


def test_a_server_that_does_not_wait_for_its_disk_is_told(server: Cluster) -> None:
    store = open_store(server.url())
    store.close()
    found = examine(server.url(), now=0.0)
    assert "fsync = off" in found[0].text
