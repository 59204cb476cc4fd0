"""What a service keeps beside campaigns: tokens, replies, opinions.

Tokens say who may use a service over this ledger. Only their digests are kept, never themselves.

Replies are kept by the caller's own key: asked twice, a service acts once. A reply is kept in the
transaction of what it tells of (see `Database.write`), so there is never one without the other,
whatever dies. It is kept for `KEPT_SECONDS`; a service forgets older ones.

Opinions are what people think of a sweet spot, with who and when; the last one holds. A spot has no
name that outlives a refit, so an opinion is held of a place: it belongs to whatever spot its point
lies in.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, insert, select, update

from surrogate.errors import DataError, StoreError, UnknownName
from surrogate.space import Point
from surrogate.store import schema
from surrogate.store.database import Database
from surrogate.store.statements import campaign_key, campaign_stamp

_BYTES = 32  # of chance in a token: beyond guessing
KEPT_SECONDS = 30 * 86_400.0  # nobody repeats an errand after a month


class Role(StrEnum):
    """What the holder of a token may do.

    A reader queries and comments; a worker asks and tells, on its campaign; an engineer reads,
    works and manages campaigns; an admin manages tokens too.
    """

    READER = "reader"
    WORKER = "worker"
    ENGINEER = "engineer"
    ADMIN = "admin"


@dataclass(frozen=True)
class Token:
    """A token as it is kept: whose it is, what it may do, on which campaign (None: all).

    `created` and `revoked` are in seconds since 1970 UTC; `revoked` None is one in force.
    """

    name: str
    role: Role
    campaign: str | None
    created: float
    revoked: float | None = None


@dataclass(frozen=True)
class Tokens:
    """The tokens of a ledger. May be used from any thread."""

    base: Database

    def create(self, name: str, role: Role, *, now: float, campaign: str | None = None) -> str:
        """A new token for `name`, given once and never again; raises `StoreError` if it has one."""
        secret = secrets.token_urlsafe(_BYTES)
        row = {
            "name": name,
            "role": role.value,
            "campaign": campaign,
            "digest": digest(secret),
            "created": now,
            "revoked": None,
        }
        taken = StoreError(f"there is a token '{name}' already; give this one another name")
        with self.base.write(taken) as connection:
            connection.execute(insert(schema.tokens), row)
        return secret

    def holder(self, secret: str) -> Token | None:
        """The token in force that `secret` is; None where there is none.

        Looked up by its digest: how long that takes says nothing of the secrets that are kept.
        """
        table = schema.tokens
        chosen = select(table).where(table.c.digest == digest(secret), table.c.revoked.is_(None))
        with self.base.read() as connection:
            row = connection.execute(chosen).mappings().first()
        return None if row is None else _token(row)

    def any_in_force(self) -> bool:
        """Whether there is a token that counts."""
        table = schema.tokens
        chosen = select(table.c.id).where(table.c.revoked.is_(None)).limit(1)
        with self.base.read() as connection:
            return connection.execute(chosen).first() is not None

    def all(self) -> tuple[Token, ...]:
        """Every token, revoked ones too, oldest first."""
        with self.base.read() as connection:
            rows = connection.execute(select(schema.tokens).order_by(schema.tokens.c.id))
            return tuple(_token(row) for row in rows.mappings())

    def revoke(self, name: str, *, now: float) -> None:
        """Let a token count no more; raises `UnknownName` where none of that name is in force."""
        table = schema.tokens
        mine = (table.c.name == name) & table.c.revoked.is_(None)
        with self.base.write() as connection:
            changed = connection.execute(update(table).where(mine).values(revoked=now)).rowcount
        if not changed:
            known = ", ".join(token.name for token in self.all() if token.revoked is None)
            raise UnknownName(f"no token '{name}' is in force; there are: {known or 'none'}")


def digest(secret: str) -> str:
    """What is kept of a token: a hash; its 256 bits of chance need no slower one."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _token(row: Mapping[Any, Any]) -> Token:
    return Token(row["name"], Role(row["role"]), row["campaign"], row["created"], row["revoked"])


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
            if (known := self.kept(errand)) is not None:
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


class Judgement(StrEnum):
    """Whether a design means this spot to be there."""

    INTENDED = "intended"
    EXPLOIT = "exploit"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Opinion:
    """What somebody thinks of the spot around `point`, above (or below) `level`.

    `at` is in seconds since 1970 UTC.
    """

    point: Point
    level: float
    above: bool
    judgement: Judgement
    comment: str
    who: str
    at: float


@dataclass(frozen=True)
class Opinions:
    """The opinions in a ledger. May be used from any thread."""

    base: Database

    def add(self, campaign: str, opinion: Opinion) -> None:
        """Append an opinion; raises `UnknownName` for a campaign that is not there."""
        with self.base.write() as connection:
            row = {
                **campaign_stamp(connection, campaign),
                **vars(opinion),
                "point": dict(opinion.point),
                "judgement": opinion.judgement.value,
            }
            connection.execute(insert(schema.opinions), row)

    def of(self, campaign: str) -> tuple[Opinion, ...]:
        """All opinions of a campaign's spots, in order of writing."""
        table = schema.opinions
        with self.base.read() as connection:
            mine = table.c.campaign == campaign_key(connection, campaign)
            rows = connection.execute(select(table).where(mine).order_by(table.c.id)).mappings()
            return tuple(
                Opinion(
                    point=row["point"],
                    level=row["level"],
                    above=row["above"],
                    judgement=Judgement(row["judgement"]),
                    comment=row["comment"],
                    who=row["who"],
                    at=row["at"],
                )
                for row in rows
            )
