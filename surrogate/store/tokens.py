"""Tokens: who may use a service over this ledger. Only their digests are kept, never themselves."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import insert, select, update

from surrogate.errors import StoreError, UnknownName
from surrogate.store import schema
from surrogate.store.database import Database, TakenError

_BYTES = 32  # of chance in a token: beyond guessing


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
        try:
            with self.base.write() as connection:
                connection.execute(insert(schema.tokens), row)
        except TakenError as problem:
            said = f"there is a token '{name}' already; give this one another name"
            raise StoreError(said) from problem
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
