"""Opening a database: its location in words, its connections, and its schema brought up to date.

A store whose schema is current opens without Alembic. A migration runs inside one transaction
that begins by taking the write lock, so that it is whole or absent, and two processes that open
a new store at once do not meet.
"""

import json
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from surrogate.errors import StoreError
from surrogate.store.schema import LATEST, VERSION_TABLE

_BUSY_SECONDS = 30.0  # how long a writer waits for another process's commit
_MIGRATIONS = Path(__file__).parent / "migrations"


def connected(location: str) -> Engine:
    """Connections to the store at a path or URL, its schema current.

    Raises `StoreError` when there is no such folder, the file is no store, or a newer Surrogate
    wrote it.
    """
    engine = _engine(location)
    try:
        with engine.connect() as connection:
            version = _version(connection)
        if version != LATEST:
            _migrate(engine)
    except (SQLAlchemyError, sqlite3.Error) as problem:
        engine.dispose()
        raise StoreError(f"store {location}: {_cause(problem)}") from problem
    except StoreError as problem:
        engine.dispose()
        raise StoreError(f"store {location}: {problem}") from problem
    return engine


def writing(engine: Engine) -> Engine:
    """The same connections for transactions that write: they take the write lock as they begin."""
    return engine.execution_options(surrogate_writes=True)


def _engine(location: str) -> Engine:
    if "://" not in location:
        location = f"sqlite:///{Path(location).absolute()}"
    try:
        url = make_url(location)
    except ArgumentError as problem:
        raise StoreError(f"store {location}: {problem}; give a path or sqlite:///path") from problem
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        raise StoreError(f"store {location}: a file was expected; give a path or sqlite:///path")
    folder = Path(url.database).absolute().parent
    if not folder.is_dir():
        raise StoreError(f"store {location}: folder {folder} does not exist; make it first")
    engine = create_engine(
        url,
        connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
        json_serializer=_json,
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def _prepare(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # transactions begin where we say, not where sqlite3 thinks
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("surrogate_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    version = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
    return None if version is None else str(version)


def _migrate(engine: Engine) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    with writing(engine).begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as problem:
            raise StoreError(
                f"its schema is unknown here ({problem}); a newer Surrogate wrote it: upgrade"
            ) from problem


def _cause(problem: Exception) -> str:
    original = getattr(problem, "orig", None)
    return f"{original or problem}; is it a store of ours, and may this user write it?"
