"""What is wrong with a store, and what to do about it: a sentence for each thing that was found.

`examine` changes nothing but the schema of an older store, which opening brings up to date (a copy
is made first). `mend` puts every query into the state that its runs say.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from shutil import disk_usage

from sqlalchemy import Connection, text

from surrogate.errors import StoreError
from surrogate.store.database import Database

_SCARCE = 100 * 2**20  # bytes
_REMOTE = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "9p", "ceph", "lustre", "gpfs"} | {
    "beegfs",
    "glusterfs",
    "fuse.sshfs",
    "fuse.glusterfs",
    "fuse.cephfs",
    "fuse.rclone",
}
_MEND = "mend it with: surrogate doctor --mend"

_SETTLED = (
    "EXISTS (SELECT 1 FROM surrogate_runs r WHERE r.query = q.id "
    "AND r.status IN ('ok', 'infeasible'))"
)
# What must hold of each query `q` of campaign `c`, told as what is wrong where it does not.
_BROKEN = {
    "are in no known state": "q.state NOT IN ('queued', 'leased', 'done', 'given up')",
    "count as done without a result": f"q.state = 'done' AND NOT {_SETTLED}",
    "have a result and do not count as done": f"q.state <> 'done' AND {_SETTLED}",
    "are leased without an end": "q.state = 'leased' AND q.expires IS NULL",
}
_MENDING = (
    f"UPDATE surrogate_queries AS q SET state = 'done', worker = NULL, expires = NULL "
    f"WHERE q.state <> 'done' AND {_SETTLED}",
    f"UPDATE surrogate_queries AS q SET state = 'queued', worker = NULL, expires = NULL "
    f"WHERE (q.state NOT IN ('queued', 'leased', 'done', 'given up') "
    f"OR (q.state = 'done' AND NOT {_SETTLED}) "
    f"OR (q.state = 'leased' AND q.expires IS NULL))",
    "UPDATE surrogate_runs SET campaign = (SELECT q.campaign FROM surrogate_queries q "
    "WHERE q.id = surrogate_runs.query)",
)

_STRAYS = """
SELECT count(*) FROM surrogate_runs r JOIN surrogate_queries q ON q.id = r.query
WHERE r.campaign IS NULL OR r.campaign <> q.campaign
"""


@dataclass(frozen=True)
class Finding:
    """One thing that was found; `serious` when results or their counts are at stake."""

    text: str
    serious: bool


def examine(location: str, *, now: float, mounts: str | None = None) -> tuple[Finding, ...]:
    """All that is wrong with the store at a path or URL; nothing when it is in order.

    `now` is in seconds since 1970 UTC; `mounts` is the text of /proc/mounts (default: that).
    """
    if "://" not in location and not Path(location).exists():
        return (Finding(f"there is no store at {location}; run a plan first", True),)
    around = cautions(location, mounts=mounts)
    if "://" not in location and (broken := tuple(_file_damage(Path(location)))):
        return (*around, *broken)
    try:
        with closing(Database(location, create=False)) as base:
            if base.caution:
                return (*around, Finding(base.caution, False))
            with base.read() as connection:
                return (*around, *_inside(connection, now))
    except StoreError as problem:
        return (*around, Finding(str(problem), True))


def cautions(location: str, *, mounts: str | None = None) -> tuple[Finding, ...]:
    """What speaks against keeping a store at a path: a network's disk, or one that is nearly full.

    Nothing for a URL. `mounts` is the text of /proc/mounts (default: that).
    """
    if "://" in location:
        return ()
    return tuple(_surroundings(Path(location), _mounts() if mounts is None else mounts))


def mend(location: str) -> None:
    """Put every query into the state that its runs say; what was recorded is not touched."""
    with closing(Database(location, create=False)) as base, base.write() as connection:
        for statement in _MENDING:
            connection.execute(text(statement))


def file_system(path: Path, mounts: str) -> str:
    """The kind of file system that an absolute path is on, by the text of /proc/mounts."""
    lines = [line.split() for line in mounts.splitlines() if len(line.split()) > 2]
    around = [(where, kind) for _, where, kind, *_ in lines if path.is_relative_to(where)]
    return max(around, key=lambda one: len(one[0]), default=("", ""))[1]


def _mounts() -> str:
    listing = Path("/proc/mounts")
    return listing.read_text(errors="replace") if listing.exists() else ""


def _surroundings(file: Path, mounts: str) -> Iterator[Finding]:
    kind = file_system(file.resolve(), mounts)
    if kind in _REMOTE:
        yield Finding(
            f"{file} is on a network file system ({kind}), whose locks SQLite can't rely on: keep "
            'it on a local disk, or use PostgreSQL (store = "postgresql://...")',
            True,
        )
    free = disk_usage(file.resolve().parent).free
    if free < _SCARCE:
        yield Finding(f"{free / 2**20:.0f} MB are free beside {file}: make room", False)


def _file_damage(file: Path) -> Iterator[Finding]:
    """What SQLite finds wrong with the file itself."""
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(3)")]
    except sqlite3.Error as problem:
        found = [str(problem)]
    if found != ["ok"]:
        kept = ", ".join(sorted(path.name for path in file.parent.glob(f"{file.name}.*backup*")))
        yield Finding(
            f"{file} is damaged ({'; '.join(found)}): copy it aside, then take "
            f"a backup ({kept or 'none is beside it'}), or save what can be read with: "
            f"sqlite3 {file} .recover",
            True,
        )


def _inside(connection: Connection, now: float) -> Iterator[Finding]:
    on_server = connection.dialect.name == "postgresql"
    if on_server and connection.execute(text("SHOW fsync")).scalar() == "off":
        yield Finding(
            "the server does not wait for its disk (fsync = off): a power cut can lose recorded "
            "results; switch it on in postgresql.conf",
            True,
        )
    for what, where in _BROKEN.items():
        for campaign, count, first in _counted(connection, where):
            yield Finding(
                f"campaign '{campaign}': {count} queries {what} (the first is {first}); {_MEND}",
                True,
            )
    for campaign, count, first in _counted(connection, f"q.state = 'leased' AND q.expires < {now}"):
        yield Finding(
            f"campaign '{campaign}': {count} queries are leased to somebody who has not been heard "
            f"of for too long (the first is {first}); the next `surrogate run` takes them up again",
            False,
        )
    if strays := connection.execute(text(_STRAYS)).scalar():
        yield Finding(f"{strays} runs are not counted with their campaign; {_MEND}", True)


def _counted(connection: Connection, where: str) -> list[tuple[str, int, int]]:
    """Campaigns with queries for which that holds: how many, and the first."""
    rows = connection.execute(
        text(
            "SELECT c.name, count(*), min(q.number) FROM surrogate_queries q "
            f"JOIN surrogate_campaigns c ON c.id = q.campaign WHERE {where} "
            "GROUP BY c.name ORDER BY c.name"
        )
    )
    return [(str(name), int(count), int(first)) for name, count, first in rows]
