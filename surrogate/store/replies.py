"""Replies that were given, by the caller's own key: asked twice, a service acts once.

A reply is kept in the transaction of what it tells of (see `Database.write`), so there is never
one without the other, whatever dies. It is kept for `KEPT_SECONDS`; a service forgets older ones.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select

from surrogate.errors import DataError
from surrogate.store import schema
from surrogate.store.database import Database

KEPT_SECONDS = 30 * 86_400.0  # nobody repeats an errand after a month


@dataclass(frozen=True)
class Reply:
    """What was answered: an HTTP status and a JSON-able body."""

    status: int
    body: Any


@dataclass(frozen=True)
class Errand:
    """Who wants something done, by which key; `request` is a digest of what it is."""

    who: str
    key: str
    request: str


@dataclass(frozen=True)
class Replies:
    """The replies of a ledger. May be used from any thread."""

    base: Database

    def kept(self, errand: Errand) -> Reply | None:
        """What was answered to this errand before, if anything; raises `DataError` as `once`."""
        table = schema.replies
        mine = (table.c.who == errand.who) & (table.c.key == errand.key)
        with self.base.read() as connection:
            row = connection.execute(select(table).where(mine)).mappings().first()
        if row is None:
            return None
        if row["request"] != errand.request:
            raise DataError(
                f"key '{errand.key}' came before with another request; a new one wants a new key"
            )
        return Reply(row["status"], row["body"])

    def once(self, errand: Errand, act: Callable[[], Reply], *, now: float) -> Reply:
        """What `act` gives, or gave when this errand was run before; both or neither are kept.

        Raises `DataError` when the key came before with another request.
        """
        with self.base.write() as connection:
            known = self.kept(errand)
            if known is not None:
                return known
            reply = act()
            row = {**vars(errand), **vars(reply), "at": now}
            connection.execute(insert(schema.replies), row)
        return reply

    def forget(self, *, before: float) -> int:
        """Drop replies older than `before` (seconds since 1970 UTC); gives how many."""
        old = schema.replies.c.at < before
        with self.base.write() as connection:
            return connection.execute(delete(schema.replies).where(old)).rowcount
