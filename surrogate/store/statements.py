"""The ledger's statements on a connection: what several of the store's methods need.

Each runs inside the transaction of whoever calls it. Rows are mappings by column; a query's row
that is about to change is locked first (SQLite: the whole file is).
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    RowMapping,
    and_,
    func,
    insert,
    select,
    update,
)

from surrogate.errors import StoreError, UnknownName
from surrogate.records import (
    SETTLING,
    Annotation,
    Query,
    QueryState,
    Revision,
    Run,
    Status,
    said,
)
from surrogate.store import schema
from surrogate.store.base import CONTRADICTION, LAPSED, MOST_LAPSES, Tally
from surrogate.store.rows import annotation_of, query_of, revision_of, run_of, run_row

FREE = {"state": QueryState.QUEUED.value, "worker": None, "expires": None}
ENDED = {**FREE, "state": QueryState.GIVEN_UP.value}
_COPIED = 500  # rows a statement: SQLite has a limit on the variables of one


def campaign_row(connection: Connection, name: str) -> RowMapping:
    """The row of a campaign; raises `UnknownName` where there is none."""
    chosen = select(schema.campaigns).where(schema.campaigns.c.name == name)
    row = connection.execute(chosen).mappings().first()
    if row is None:
        known = connection.execute(select(schema.campaigns.c.name)).scalars().all()
        raise UnknownName(
            f"the store holds no campaign '{name}'; it holds: {', '.join(known) or 'none'}"
        )
    return row


def campaign_key(connection: Connection, name: str) -> int:
    """The key of a campaign; raises `UnknownName` where there is none."""
    table = schema.campaigns
    key = connection.execute(select(table.c.id).where(table.c.name == name)).scalar()
    return int(campaign_row(connection, name)["id"] if key is None else key)


def campaign_stamp(connection: Connection, name: str) -> dict[str, Any]:
    """What every row of a campaign carries: its key, and the simulator's present version."""
    row = campaign_row(connection, name)
    return {"campaign": row["id"], "version": row["version"]}


def refuse_orphans(connection: Connection, name: str) -> None:
    """Raise `StoreError` where a campaign of this store began from that of this name."""
    table = schema.campaigns
    theirs = select(table.c.name, table.c.lineage).where(table.c.parent == name)
    children = [
        row.name for row in connection.execute(theirs) if row.lineage and not row.lineage["store"]
    ]
    if children:
        raise StoreError(
            f"campaign '{name}' is the parent of {', '.join(children)}, which read its map; keep "
            "it, or begin those anew first"
        )


def query_rows(
    connection: Connection, campaign: str, numbers: Sequence[int]
) -> dict[int, Mapping[str, Any]]:
    """What moves in the rows of these queries, by index, theirs alone until the transaction ends.

    Raises `UnknownName` for one that is not there.
    """
    table = schema.queries
    mine = table.c.campaign == campaign_key(connection, campaign)
    moving = [table.c[k] for k in ("id", "campaign", "number", "state", "attempt", "worker")]
    found: dict[int, Mapping[str, Any]] = {}
    for some in portions(sorted(numbers)):
        chosen = select(*moving).where(mine, table.c.number.in_(some)).order_by(table.c.number)
        rows = connection.execute(chosen.with_for_update()).mappings()
        found |= {row["number"]: dict(row) for row in rows}
    if missing := set(numbers) - set(found):
        raise UnknownName(f"campaign '{campaign}' has no query {sorted(missing)}")
    return found


def any_of(
    column: Column[Any], wanted: Sequence[StrEnum | str | int] | None
) -> list[ColumnElement[bool]]:
    """That a column has one of these values; no condition where None is wanted."""
    if wanted is None:
        return []
    return [column.in_([one.value if isinstance(one, StrEnum) else one for one in wanted])]


def all_queries(
    connection: Connection, campaign: str, state: QueryState | None
) -> tuple[Query, ...]:
    """Queries by index, optionally those in one state."""
    table = schema.queries
    mine = table.c.campaign == campaign_key(connection, campaign)
    wanted = any_of(table.c.state, None if state is None else [state])
    rows = connection.execute(select(table).where(mine, *wanted).order_by(table.c.number))
    return tuple(query_of(row) for row in rows.mappings())


def all_runs(
    connection: Connection,
    campaign: str,
    query: int | None,
    status: Sequence[Status],
    last: int | None = None,
) -> tuple[Run, ...]:
    """Attempts in order of writing, optionally of one query, of some statuses, the last of them."""
    wanted = [
        *any_of(schema.runs.c.status, status if len(status) < len(Status) else None),
        *any_of(schema.queries.c.number, None if query is None else [query]),
    ]
    return tuple(map(run_of, latest_runs(connection, campaign, wanted, last)))[::-1]


def latest_runs(
    connection: Connection,
    campaign: str,
    wanted: Sequence[ColumnElement[bool]],
    most: int | None,
) -> Sequence[RowMapping]:
    """Rows of runs that are `wanted`, each with its query's number, the latest first."""
    runs, queries = schema.runs, schema.queries
    mine = runs.c.campaign == campaign_key(connection, campaign)
    chosen = select(runs, queries.c.number).join_from(runs, queries).where(mine, *wanted)
    return connection.execute(chosen.order_by(runs.c.id.desc()).limit(most)).mappings().all()


def all_revisions(
    connection: Connection,
    campaign: str,
    numbers: Sequence[int] | None = None,
    *,
    last: int | None = None,
) -> tuple[Revision, ...]:
    """Revisions in order, optionally of these numbers, the last of them."""
    table = schema.revisions
    mine = table.c.campaign == campaign_key(connection, campaign)
    chosen = select(table).where(mine, *any_of(table.c.number, numbers))
    rows = connection.execute(chosen.order_by(table.c.number.desc()).limit(last)).mappings()
    return tuple(revision_of(row) for row in rows)[::-1]


def all_annotations(connection: Connection, campaign: str) -> tuple[Annotation, ...]:
    """People's words in order of writing."""
    table, queries = schema.annotations, schema.queries
    chosen = (
        select(table, queries.c.number)
        .join_from(table, queries)
        .where(queries.c.campaign == campaign_key(connection, campaign))
        .order_by(table.c.id)
    )
    return tuple(annotation_of(row) for row in connection.execute(chosen).mappings())


def portions(items: Sequence[int]) -> Iterator[Sequence[int]]:
    """The items, as many at a time as one statement takes."""
    return (items[k : k + _COPIED] for k in range(0, len(items), _COPIED))


def queued_rows(connection: Connection, campaign: str, worker: str, count: int) -> list[RowMapping]:
    """Up to `count` queued queries, by number; those that failed with `worker` only for want of
    others. What another claimant is about to take is not among them.
    """
    table = schema.queries
    queued = and_(
        table.c.campaign == campaign_key(connection, campaign),
        table.c.state == QueryState.QUEUED.value,
    )
    tried = and_(table.c.worker.is_not(None), table.c.worker == worker)
    found: list[RowMapping] = []
    for wanted in (~tried, tried):
        if len(found) < count:
            chosen = (
                select(table)
                .where(queued, wanted)
                .order_by(table.c.number)
                .limit(count - len(found))
                .with_for_update(skip_locked=True)
            )
            found.extend(connection.execute(chosen).mappings())
    return found


def leased_rows(
    connection: Connection, campaign: str, expired_at: float | None, worker: str | None
) -> Sequence[RowMapping]:
    """Leased queries by number: all, or whose lease ended by `expired_at`, or of `worker`."""
    table = schema.queries
    chosen = (
        select(table)
        .where(
            table.c.campaign == campaign_key(connection, campaign),
            table.c.state == QueryState.LEASED.value,
            *([] if expired_at is None else [table.c.expires <= expired_at]),
            *any_of(table.c.worker, None if worker is None else [worker]),
        )
        .order_by(table.c.number)
        .with_for_update()
    )
    return connection.execute(chosen).mappings().all()


def often_lapsed(connection: Connection, keys: Sequence[int]) -> frozenset[int]:
    """Which of these queries have lost so many leases that they get no other."""
    table = schema.runs
    found: set[int] = set()
    for some in portions(keys):
        often = (
            select(table.c.query)
            .where(table.c.query.in_(some), table.c.lost, table.c.message == LAPSED)
            .group_by(table.c.query)
            .having(func.count() >= MOST_LAPSES)
        )
        found.update(connection.execute(often).scalars())
    return frozenset(found)


def run_tallies(
    connection: Connection, campaign: str, status: Sequence[Status]
) -> tuple[Tally, ...]:
    """Runs of these statuses, counted by what they said."""
    table = schema.runs
    said = (table.c.status, table.c.exit_code, table.c.message)
    mine = table.c.campaign == campaign_key(connection, campaign)
    counted = (
        select(*said, func.count())
        .where(mine, *any_of(table.c.status, status))
        .group_by(*said)
        .order_by(func.max(table.c.id))
    )
    rows = connection.execute(counted)
    return tuple(Tally(Status(kind), code, text, runs) for kind, code, text, runs in rows)


def note_contradictions(
    connection: Connection, found: Mapping[int, Mapping[str, Any]], added: Sequence[Run]
) -> None:
    """Where a result that came late differs from the one that counts, say so in the log.

    They had the same point and seed, so the simulator is not reproducible.
    """
    late = [
        run
        for run in added
        if run.status in SETTLING and found[run.query]["state"] == QueryState.DONE.value
    ]
    for run in late:
        row = found[run.query]
        first = _first_result(connection, row["id"], run.query)
        if said(first) != said(run):
            text = (
                f"query {run.query}: attempt {first.attempt} gave {_gave(first)}, attempt "
                f"{run.attempt} gave {_gave(run)}, with the same point and seed"
            )
            event = {"campaign": row["campaign"], "at": run.started, "kind": CONTRADICTION}
            connection.execute(
                insert(schema.events), {**event, "text": text, "version": run.version}
            )


def _first_result(connection: Connection, key: int, number: int) -> Run:
    """The run of a query that is done which counts."""
    table = schema.runs
    settled = select(table).where(table.c.query == key, *any_of(table.c.status, SETTLING))
    row = connection.execute(settled.order_by(table.c.id).limit(1)).mappings().one()
    return run_of({**row, "number": number})


def _gave(run: Run) -> str:
    return ", ".join(f"{name} = {value:g}" for name, value in run.values.items()) or run.status


def change_queries(connection: Connection, keys: Sequence[int], values: Mapping[str, Any]) -> None:
    """Give the queries of these keys new values."""
    table = schema.queries
    for some in portions(keys):
        connection.execute(update(table).where(table.c.id.in_(some)).values(**values))


def moved_to(state: str) -> dict[str, Any]:
    """What a query's row says in a new state. A queued one keeps the worker that failed it."""
    whose = {} if state == QueryState.QUEUED.value else {"worker": None}
    return {"state": state, "expires": None, **whose}


def next_state(row: Mapping[str, Any], run: Run, again: frozenset[int]) -> str:
    """Where a query goes after a run of it. A late failure disturbs nothing."""
    state: str = row["state"]
    if run.status in SETTLING:
        return QueryState.DONE.value
    if state != QueryState.LEASED.value or run.attempt != row["attempt"]:
        return state
    return (QueryState.QUEUED if run.query in again else QueryState.GIVEN_UP).value


def add_runs(
    connection: Connection, runs: Sequence[tuple[Mapping[Any, Any], Run]]
) -> tuple[Run, ...]:
    """Add the runs of these queries' rows that are not there yet, and give those.

    The rows are locked, so nobody adds the same run between the look and the writing.
    """
    table = schema.runs
    known: set[tuple[int, int, bool]] = set()
    for some in portions([row["id"] for row, _ in runs]):
        chosen = select(table.c.query, table.c.attempt, table.c.lost)
        known |= {tuple(row) for row in connection.execute(chosen.where(table.c.query.in_(some)))}
    added: dict[tuple[int, int, bool], tuple[dict[str, Any], Run]] = {}
    for row, run in runs:
        key = (row["id"], run.attempt, run.status is Status.LOST)
        if key not in known and key not in added:
            added[key] = (run_row(row, run), run)
    if added:
        connection.execute(insert(table), [row for row, _ in added.values()])
    return tuple(run for _, run in added.values())
