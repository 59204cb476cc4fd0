"""A campaign's runs in pages, and where its ledger stands: what a screen needs, at any size."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, UnaryExpression, func, select

from surrogate.errors import UnknownName
from surrogate.records import Query, QueryState, Reason, Revision, Run, Status, Verdict
from surrogate.store import schema
from surrogate.store.database import Database
from surrogate.store.rows import query_of, run_of
from surrogate.store.statements import all_revisions, any_of, campaign_key, latest_runs


@dataclass(frozen=True)
class Wanted:
    """Which runs: of some statuses, reasons, queries (empty: all), before a number (None: last)."""

    statuses: Sequence[Status] = ()
    reasons: Sequence[Reason] = ()
    queries: Sequence[int] = ()
    before: int | None = None
    most: int = 100


@dataclass(frozen=True)
class Line:
    """A run with its query, its number in the ledger, and the last word that people said of it."""

    number: int
    run: Run
    query: Query
    verdict: Verdict | None


@dataclass(frozen=True)
class Position:
    """Where a campaign's ledger stands: what it has taught has changed when this has."""

    runs: int = 0
    words: int = 0  # the number of the last, in the ledger
    revision: int = 0


def position(base: Database, campaign: str) -> Position:
    """Where the ledger of a campaign stands."""
    runs, words, revisions = schema.runs, schema.annotations, schema.revisions
    with base.read() as connection:
        key = campaign_key(connection, campaign)
        said = select(func.max(words.c.id)).join_from(words, schema.queries)
        found = (
            select(func.max(runs.c.id)).where(runs.c.campaign == key),
            said.where(schema.queries.c.campaign == key),
            select(func.max(revisions.c.number)).where(revisions.c.campaign == key),
        )
        row = connection.execute(select(*(one.scalar_subquery() for one in found))).one()
        return Position(*(number or 0 for number in row))


def run_lines(base: Database, campaign: str, wanted: Wanted) -> tuple[Line, ...]:
    """The runs that are wanted, the latest first."""
    runs, queries = schema.runs, schema.queries
    with base.read() as connection:
        conditions = [
            *any_of(runs.c.status, wanted.statuses or None),
            *any_of(queries.c.reason, wanted.reasons or None),
            *any_of(queries.c.number, wanted.queries or None),
            *([] if wanted.before is None else [runs.c.id < wanted.before]),
        ]
        rows = latest_runs(connection, campaign, conditions, wanted.most)
        keys = [row["query"] for row in rows]
        chosen = select(queries).where(queries.c.id.in_(keys))
        asked = {row["id"]: query_of(row) for row in connection.execute(chosen).mappings()}
        said = _verdicts(connection, keys)
    return tuple(
        Line(row["id"], run_of(row), asked[row["query"]], said.get(row["query"])) for row in rows
    )


@dataclass(frozen=True)
class Standing:
    """A query, and the state that it is in."""

    query: Query
    state: QueryState


def query_lines(
    base: Database,
    campaign: str,
    states: Sequence[QueryState] = (),
    *,
    after: int = -1,
    most: int = 100,
) -> tuple[Standing, ...]:
    """Queries by index, those `after` one, in some states (none: all)."""
    number = schema.queries.c.number
    wanted = [number > after, *any_of(schema.queries.c.state, states or None)]
    return _standings(base, campaign, wanted, number.asc(), most)


def last_queries(
    base: Database, campaign: str, most: int, states: Sequence[QueryState] = ()
) -> tuple[Standing, ...]:
    """The last queries that there are, in some states (none: all), by index."""
    table = schema.queries.c
    wanted = any_of(table.state, states or None)
    return _standings(base, campaign, wanted, table.number.desc(), most)[::-1]


def query_numbered(base: Database, campaign: str, number: int) -> Query:
    """One query; raises `UnknownName` where there is none such."""
    column = schema.queries.c.number
    found = _standings(base, campaign, [column == number], column.asc(), 1)
    if not found:
        raise UnknownName(f"campaign '{campaign}' has no query {number}")
    return found[0].query


def _standings(
    base: Database,
    campaign: str,
    wanted: Sequence[ColumnElement[bool]],
    order: UnaryExpression[Any],
    most: int,
) -> tuple[Standing, ...]:
    table = schema.queries
    with base.read() as connection:
        mine = table.c.campaign == campaign_key(connection, campaign)
        rows = connection.execute(
            select(table).where(mine, *wanted).order_by(order).limit(most)
        ).mappings()
        return tuple(Standing(query_of(row), QueryState(row["state"])) for row in rows)


def revisions_at(base: Database, campaign: str, numbers: Sequence[int]) -> tuple[Revision, ...]:
    """The revisions of these numbers that there are, in order."""
    with base.read() as connection:
        return all_revisions(connection, campaign, numbers)


def _verdicts(connection: Connection, keys: Sequence[int]) -> dict[int, Verdict]:
    table = schema.annotations
    chosen = select(table.c.query, table.c.kind).where(table.c.query.in_(keys))
    return {query: Verdict(kind) for query, kind in connection.execute(chosen.order_by(table.c.id))}
