"""Opening a database: its location in words, its connections, and its schema brought up to date.

A new store is made from the schema, and one whose schema is current opens as it is, both without
Alembic; an older one is migrated. A change runs inside one transaction
that begins by taking the write lock, so that it is whole or absent, and two processes that open
a new store at once do not meet. A file is copied before its schema changes.
"""

import json
import logging
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import chain, count
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from surrogate.errors import StoreError
from surrogate.store.schema import LATEST, VERSION_TABLE, metadata, versions

_BUSY_SECONDS = 30.0  # how long a writer waits for another process's commit
_MIGRATIONS = Path(__file__).parent / "migrations"
_CHANGE_LOCK = 7_308_332_171_021_005_170  # an advisory lock's number; a word of our own

_log = logging.getLogger("surrogate")


@dataclass(frozen=True)
class Opened:
    """A database that is open: `words` name it without its password.

    `caution` is a sentence that says why nothing may be written; empty when all is well.
    """

    engine: Engine
    words: str
    caution: str

    @property
    def file(self) -> Path | None:
        """The file of an embedded store; None on a server."""
        url = self.engine.url
        return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def opened(location: str, *, create: bool = True) -> Opened:
    """The store at a path or URL, its schema current.

    One that a newer Surrogate wrote, or that lies where nothing may be written, opens for reading,
    with a sentence. Raises `StoreError` when
    there is no such folder or server, the file is no store, or (without `create`) nothing is there.
    """
    url = _url(location)
    words = location if "://" not in location else url.render_as_string(hide_password=True)
    try:
        engine = _engine(url)
    except StoreError as problem:
        raise StoreError(f"store {words}: {problem}") from problem
    try:
        return Opened(engine, words, _made_current(engine, words, create))
    except (SQLAlchemyError, sqlite3.Error) as problem:
        engine.dispose()
        raise StoreError(f"store {words}: {_cause(problem, url)}") from problem
    except StoreError as problem:
        engine.dispose()
        raise StoreError(f"store {words}: {problem}") from problem


def writing(engine: Engine) -> Engine:
    """The same connections for transactions that write: on SQLite they begin with the lock."""
    return engine.execution_options(surrogate_writes=True)


def reading(engine: Engine) -> Engine:
    """The same connections for transactions that read one consistent state."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def schema_version(connection: Connection) -> str | None:
    """The version of the schema that is there; None where there is none."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    version = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
    return None if version is None else str(version)


def back_up(file: Path, place: Path) -> None:
    """Copy a store in use to a new file, as one consistent state.

    Raises `StoreError` when `place` is there already or cannot be written.
    """
    if place.exists():
        raise StoreError(f"{place} is there already; give the backup another name")
    half = place.with_name(place.name + ".part")
    try:
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(half)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")  # one file, to be carried away
        half.replace(place)
    except (OSError, sqlite3.Error) as problem:
        half.unlink(missing_ok=True)
        raise StoreError(
            f"backup of {file} to {place}: {problem}; choose a place that can be written"
        ) from problem


def _url(location: str) -> URL:
    if "://" not in location:
        return URL.create("sqlite", database=str(Path(location).absolute()))
    try:
        url = make_url(location)
    except ArgumentError as problem:
        raise StoreError(f"store {location}: {problem}; {_WAYS}") from problem
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise StoreError(f"store {location}: SQLite or PostgreSQL was expected; {_WAYS}")
    return url


_WAYS = "give a path, sqlite:///path, or postgresql://user@host/database"


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql":
        from surrogate.store.postgres import postgres_engine

        return postgres_engine(url, _json)
    if not url.database or url.database == ":memory:":
        raise StoreError(f"a file was expected; {_WAYS}")
    folder = Path(url.database).absolute().parent
    if not folder.is_dir():
        raise StoreError(f"folder {folder} does not exist; make it first")
    if is_sealed(url):
        return _sealed(url)
    engine = create_engine(
        url,
        connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
        json_serializer=_json,
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def is_sealed(url: URL) -> bool:
    """Whether a store is in a file that may be read and not written, as on an archive's disk."""
    if url.get_backend_name() != "sqlite":
        return False
    file = Path(url.database or "").absolute()
    return file.is_file() and not all(os.access(place, os.W_OK) for place in (file, file.parent))


def _sealed(url: URL) -> Engine:
    """Connections that make no file beside the store, as those that share it with writers must."""
    file = Path(url.database or "").absolute()
    log = file.with_name(file.name + "-wal")
    shared = log.exists() and log.stat().st_size > 0  # it holds commits that the file has not
    address = f"{file.as_uri()}?mode=ro" + ("" if shared else "&immutable=1")
    connect = partial(sqlite3.connect, address, uri=True, check_same_thread=False)
    engine = create_engine(url, creator=connect, json_serializer=_json)
    event.listen(engine, "begin", _begin)
    return engine


_json = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def _prepare(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # transactions begin where we say, not where sqlite3 thinks
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("surrogate_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _made_current(engine: Engine, words: str, create: bool) -> str:
    """Bring the schema up to date; gives a sentence where it is newer than this Surrogate."""
    with engine.connect() as connection:
        version = schema_version(connection)
    if version is None and not create:
        raise StoreError("there is no store in it yet; run a plan first, or check the name")
    if version is not None and version > LATEST:
        caution = (
            f"store {words}: a newer Surrogate wrote it (schema {version}, this one knows "
            f"{LATEST}): it can be read, not written; upgrade to go on"
        )
        _log.warning(caution)
        return caution
    if is_sealed(engine.url):
        if version != LATEST:
            raise StoreError(
                f"it may not be written and has schema {version}, this Surrogate reads {LATEST}; "
                "copy it to where it may be written, and open the copy"
            )
        return f"store {words}: it may be read, not written; copy it, or allow writing, to go on"
    if version != LATEST:
        _change(engine)
    return ""


def _change(engine: Engine) -> None:
    """Make the tables of a new store, or migrate those of an older one."""
    with writing(engine).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_CHANGE_LOCK})"))
        version = schema_version(connection)  # another process may have been faster
        if version is None:
            metadata.create_all(connection)
            versions.create(connection, checkfirst=True)
            connection.execute(insert(versions).values(version_num=LATEST))
        elif version != LATEST:
            _keep_a_copy(engine, version)
            migrate(connection)


def migrate(connection: Connection) -> None:
    """Bring the schema up to date from whatever version it has, within a transaction.

    Raises `StoreError` where that version is none of ours.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as problem:
        raise StoreError(
            f"its schema is unknown here ({problem}); open it with the Surrogate that made it"
        ) from problem


def _keep_a_copy(engine: Engine, version: str) -> None:
    """Before a file's schema changes: its state, in a file beside it, never over another."""
    if engine.dialect.name != "sqlite":
        return  # the change is one transaction there, and copies are the server's affair
    file = Path(engine.url.database or "")
    numbered = chain([""], count(2))
    places = (file.with_name(f"{file.name}.{version}.backup{number}") for number in numbered)
    place = next(place for place in places if not place.exists())
    back_up(file, place)
    _log.warning(f"store {file}: brought up to date; as it was, it is kept as {place.name}")


def _cause(problem: Exception, url: URL) -> str:
    said = str(getattr(problem, "orig", None) or problem).strip()
    if url.get_backend_name() == "postgresql":
        return f"{said}; is the server running, and may this user work there?"
    return f"{said}; is it a store of ours, and may this user write it?"
