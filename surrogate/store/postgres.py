"""What PostgreSQL does in its own way: its connections, and one holder at a time for a campaign.

Nothing here is imported before a store is opened by a `postgresql://` URL.
"""

from contextlib import suppress
from hashlib import blake2b
from importlib.util import find_spec
from typing import Any, Self

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import SQLAlchemyError

from surrogate.errors import StoreError
from surrogate.store.base import StoreAway, refusal

_CONNECT_SECONDS = 10
_DRIVER = "postgresql+psycopg"

# Writers wait for each other as long as they do on a file; and what is acknowledged is on the disk
# even where the server was told not to wait for it.
_PREPARE = """
SELECT set_config('lock_timeout', '30s', false),
       CASE current_setting('synchronous_commit')
       WHEN 'off' THEN set_config('synchronous_commit', 'on', false) END
"""
_HOLDER = text("""
SELECT activity.application_name FROM pg_locks AS held
JOIN pg_stat_activity AS activity ON activity.pid = held.pid
WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 1
AND ((held.classid::bigint << 32) | held.objid::bigint) = :key
""")


def postgres_engine(url: URL, json_serializer: Any) -> Engine:
    """Connections to a server, tried before they are used again: servers are restarted.

    Raises `StoreError` when the driver is not installed.
    """
    if find_spec("psycopg") is None:
        raise StoreError(
            "PostgreSQL wants its driver: pip install 'surrogate-service[postgres]' "
            "(or give a path: SQLite wants nothing)"
        )
    engine = create_engine(
        url.set(drivername=_DRIVER),
        connect_args={"connect_timeout": _CONNECT_SECONDS, "client_encoding": "utf-8"},
        json_serializer=json_serializer,
        pool_pre_ping=True,
    )
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: Any, _: object) -> None:
    connection.execute(_PREPARE)
    connection.commit()


class ServerHold:
    """Hold `campaign` by an advisory lock of a connection of its own, while the context lasts.

    The server lets go of it when that connection ends, by whatever death of its holder. Entering
    and `renew` raise `StoreError` naming another holder. Used by one thread.
    """

    def __init__(self, engine: Engine, campaign: str, who: str) -> None:
        self._engine, self._campaign, self._who = engine, campaign, who
        self._connection: Connection | None = None

    def __enter__(self) -> Self:
        self._take()
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            with suppress(SQLAlchemyError):  # a server that went away has let go of it already
                # now, and not when the server has noticed the connection's end
                self._connection.execute(text("SELECT pg_advisory_unlock_all()"))
            self._connection.close()

    def renew(self) -> None:
        """See `store.base.Renew`. While the connection lives, the lock does."""
        try:
            if self._connection is not None:
                self._connection.execute(text("SELECT 1"))
                return
        except SQLAlchemyError:
            self._drop()
        self._take()

    def _take(self) -> None:
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()  # closed at the end, not handed to somebody else with the lock on it
        try:
            self._lock(connection)
        except BaseException:
            connection.close()
            raise
        self._connection = connection

    def _lock(self, connection: Connection) -> None:
        schema = connection.execute(text("SELECT current_schema()")).scalar()
        key = {"key": _key(f"surrogate/{schema}/{self._campaign}")}
        named = text("SELECT set_config('application_name', :who, false)")
        name = connection.execute(named, {"who": self._who}).scalar()
        if connection.execute(text("SELECT pg_try_advisory_lock(:key)"), key).scalar():
            return
        holder = connection.execute(_HOLDER, key).scalar() or "another process"
        if holder == name:  # a connection of ours that broke: the server will notice in a moment
            raise StoreAway(refusal(self._campaign, holder))
        raise StoreError(refusal(self._campaign, holder))

    def _drop(self) -> None:
        if self._connection is not None:
            with suppress(SQLAlchemyError):
                self._connection.close()
            self._connection = None


def _key(name: str) -> int:
    """A signed 64-bit number for a name, the same on every machine."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
