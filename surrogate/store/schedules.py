"""Schedules and the times that they were due, in the ledger: each due time is there once."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Table, delete, insert, select, update

from surrogate.errors import StoreError, UnknownName
from surrogate.store import schema
from surrogate.store.database import Database, TakenError
from surrogate.store.statements import any_of


class State(StrEnum):
    """How a due re-run stands. One that is `running` while nobody holds it was killed."""

    RUNNING = "running"
    FAILED = "failed"  # to be tried again
    DONE = "done"
    GIVEN_UP = "given up"


@dataclass(frozen=True)
class Schedule:
    """When a plan is run again: by `cron` (empty: not by the clock) in a time `zone`, and when what
    is `watched` changes. `print` is of that as it was last; due times up to `since` (seconds since
    1970 UTC) are dealt with.
    """

    name: str
    plan: str
    cron: str = ""
    zone: str = "UTC"
    watched: tuple[str, ...] = ()
    print: str = ""
    since: float = 0.0


@dataclass(frozen=True)
class Due:
    """One re-run: what it was due for, how it stands, how often it was tried, its campaign."""

    schedule: str
    due: str
    state: State = State.RUNNING
    tries: int = 0
    not_before: float = 0.0
    campaign: str = ""
    began: float = 0.0
    ended: float | None = None
    message: str = ""


@dataclass(frozen=True)
class Schedules:
    """The schedules of a ledger. May be used from any thread and process."""

    base: Database

    def add(self, schedule: Schedule) -> None:
        """Write a new one; raises `StoreError` where its name is taken."""
        taken = StoreError(
            f"'{schedule.name}' has a schedule already; remove that first: surrogate schedule "
            "remove"
        )
        with self.base.write(taken) as connection:
            row = {**vars(schedule), "watched": list(schedule.watched)}
            connection.execute(insert(schema.schedules), row)

    def all(self) -> tuple[Schedule, ...]:
        """Every schedule, by name."""
        table = schema.schedules
        with self.base.read() as connection:
            rows = connection.execute(select(*_facts(table)).order_by(table.c.name)).mappings()
            return tuple(Schedule(**{**row, "watched": tuple(row["watched"])}) for row in rows)

    def remove(self, name: str) -> None:
        """Remove one, and its history; raises `UnknownName`. Campaigns stay."""
        table = schema.schedules
        with self.base.write() as connection:
            if not connection.execute(delete(table).where(table.c.name == name)).rowcount:
                raise UnknownName(
                    f"there is no schedule '{name}'; there are "
                    f"{', '.join(one.name for one in self.all()) or 'none'}"
                )

    def begin(self, due: Due, since: float, print_: str) -> bool:
        """Write down that one is due, and what is dealt with by it; False where it is known."""
        try:
            with self.base.write() as connection:
                key = self._key(connection, due.schedule)
                row = {**vars(due), "schedule": key, "state": due.state.value}
                connection.execute(insert(schema.dues), row)
                mine = update(schema.schedules).where(schema.schedules.c.id == key)
                connection.execute(mine.values(since=since, print=print_))
        except TakenError:
            return False
        return True

    def amend(self, due: Due) -> None:
        """Write down how a due re-run stands now."""
        table = schema.dues
        with self.base.write() as connection:
            key = self._key(connection, due.schedule)
            row = {**vars(due), "schedule": key, "state": due.state.value}
            mine = (table.c.schedule == key) & (table.c.due == due.due)
            connection.execute(update(table).where(mine).values(**row))

    def history(self, name: str, states: Sequence[State] = tuple(State)) -> tuple[Due, ...]:
        """The re-runs of a schedule, oldest first."""
        table = schema.dues
        with self.base.read() as connection:
            mine = table.c.schedule == self._key(connection, name)
            chosen = select(*_facts(table)).where(mine, *any_of(table.c.state, states))
            rows = connection.execute(chosen.order_by(table.c.id)).mappings()
            return tuple(
                Due(**{**row, "schedule": name, "state": State(row["state"])}) for row in rows
            )

    def _key(self, connection: Any, name: str) -> int:
        table = schema.schedules
        key = connection.execute(select(table.c.id).where(table.c.name == name)).scalar()
        if key is None:
            raise UnknownName(f"there is no schedule '{name}'; add one: surrogate schedule add")
        return int(key)


def _facts(table: Table) -> list[Column[Any]]:
    """A table's columns but for its key."""
    return [column for column in table.c if not column.primary_key]
