"""The ledger in a SQL database: SQLite, embedded, in a file beside the plan, or PostgreSQL.

One transaction a method; see `store.database` for who waits for whom.
"""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, delete, func, insert, select, update

from surrogate.errors import StoreError, UnknownName
from surrogate.records import Observation, Query, QueryState, Revision, Run, Status
from surrogate.store import schema
from surrogate.store.base import CampaignRecord, Counts, IndexTaken, Lease
from surrogate.store.database import Database, TakenError
from surrogate.store.rows import campaign_of, query_of, query_row, revision_of, run_of, run_row

_SETTLING = (Status.OK, Status.INFEASIBLE)
_COPIED = 500  # rows a statement: SQLite has a limit on the variables of one

_FREE = {"state": QueryState.QUEUED.value, "worker": None, "expires": None}


def open_store(location: str | os.PathLike[str], *, create: bool = True) -> "SqlStore":
    """The store at a path or URL. Without `create`, raises `StoreError` where there is none."""
    where = os.fspath(location)
    if not create and "://" not in where and not Path(where).exists():
        raise StoreError(f"there is no store at {where}; run a plan first, or check the path")
    return SqlStore(where, create=create)


class SqlStore:
    """Implements `store.base.Store`. Open it with `open_store`."""

    def __init__(self, location: str, *, create: bool = True) -> None:
        self._base = Database(location, create=create)

    # campaigns

    def create_campaign(self, record: CampaignRecord) -> None:
        """Write a new campaign; raises `StoreError` when the name is taken."""
        row = {
            "name": record.name,
            "plan": dict(record.plan),
            "identity": record.identity,
            "version": record.version,
            "created": record.created,
            "parent": record.parent,
        }
        try:
            with self._base.write() as connection:
                connection.execute(insert(schema.campaigns), row)
        except TakenError as problem:
            raise StoreError(
                f"store {self._base.words}: campaign '{record.name}' is there already; "
                "give this one another name, or delete that one"
            ) from problem

    def campaigns(self) -> tuple[CampaignRecord, ...]:
        """All campaigns, oldest first."""
        table = schema.campaigns
        with self._base.read() as connection:
            rows = connection.execute(select(table).order_by(table.c.created, table.c.id))
            return tuple(campaign_of(row) for row in rows.mappings())

    def campaign(self, name: str) -> CampaignRecord:
        """One campaign."""
        with self._base.read() as connection:
            return campaign_of(self._found(connection, name))

    def update_plan(self, name: str, plan: Mapping[str, Any]) -> None:
        """Replace the plan (running keys have changed; identity is the caller's affair)."""
        with self._base.write() as connection:
            mine = schema.campaigns.c.id == self._found(connection, name)["id"]
            connection.execute(update(schema.campaigns).where(mine).values(plan=dict(plan)))

    def delete_campaign(self, name: str) -> None:
        """Remove a campaign and all that belongs to it (a person asked for a fresh start)."""
        with self._base.write() as connection:
            mine = schema.campaigns.c.id == self._found(connection, name)["id"]
            connection.execute(delete(schema.campaigns).where(mine))

    # queries

    def add_queries(
        self, campaign: str, queries: Sequence[Query], state: QueryState = QueryState.QUEUED
    ) -> None:
        """Append queries, all or none; raises `IndexTaken` when one's index is there."""
        if not queries:
            return
        attempt = 1 if state is QueryState.LEASED else 0
        try:
            with self._base.write() as connection:
                key = self._found(connection, campaign)["id"]
                rows = [query_row(key, query, state, attempt) for query in queries]
                connection.execute(insert(schema.queries), rows)
        except TakenError as problem:
            raise IndexTaken(
                f"campaign '{campaign}': a query among {[q.index for q in queries]} is there "
                "already; another process has added it, read the queries again"
            ) from problem

    def claim(
        self, campaign: str, worker: str, count: int, *, now: float, seconds: float
    ) -> tuple[Lease, ...]:
        """Lease up to `count` queued queries, lowest index first, until `now + seconds`."""
        table = schema.queries
        with self._base.write() as connection:
            mine = table.c.campaign == self._found(connection, campaign)["id"]
            queued = and_(mine, table.c.state == QueryState.QUEUED.value)
            chosen = select(table).where(queued).order_by(table.c.number).limit(max(count, 0))
            locked = chosen.with_for_update(skip_locked=True)  # another claimant's are not ours
            rows = connection.execute(locked).mappings().all()
            lease = {
                "state": QueryState.LEASED.value,
                "worker": worker,
                "expires": now + seconds,
                "attempt": table.c.attempt + 1,
            }
            _change(connection, [row["id"] for row in rows], lease)
        return tuple(
            Lease(query_of(row), row["attempt"] + 1, worker, now + seconds) for row in rows
        )

    def heartbeat(self, campaign: str, queries: Sequence[int], *, expires: float) -> None:
        """Keep leases alive until `expires`."""
        table = schema.queries
        with self._base.write() as connection:
            rows = self._numbered(connection, campaign, queries).values()
            leased = [row["id"] for row in rows if row["state"] == QueryState.LEASED.value]
            for some in _portions(leased):
                held_now = table.c.id.in_(some)
                connection.execute(update(table).where(held_now).values(expires=expires))

    def release(self, campaign: str, *, expired_at: float | None = None) -> tuple[int, ...]:
        """Requeue leased queries: all, or those whose lease ended by `expired_at`.

        Each lost attempt is recorded as a run with status `lost`. Gives the indices.
        """
        table = schema.queries
        with self._base.write() as connection:
            mine = table.c.campaign == self._found(connection, campaign)["id"]
            over = and_(mine, table.c.state == QueryState.LEASED.value)
            if expired_at is not None:
                over = and_(over, table.c.expires <= expired_at)
            chosen = select(table).where(over).order_by(table.c.number).with_for_update()
            found = connection.execute(chosen).mappings().all()
            why = "its lease ran out" if expired_at is not None else "its runner stopped"
            lost = [
                (row, Run(row["number"], row["attempt"], Status.LOST, message=why)) for row in found
            ]
            _add_runs(connection, lost)
            _change(connection, [row["id"] for row in found], _FREE)
        return tuple(row["number"] for row in found)

    def give_back(self, campaign: str, queries: Sequence[int]) -> None:
        """Requeue leased queries whose attempt never began: as if they had not been claimed."""
        table = schema.queries
        with self._base.write() as connection:
            rows = self._numbered(connection, campaign, queries).values()
            leased = [row["id"] for row in rows if row["state"] == QueryState.LEASED.value]
            unclaimed = {**_FREE, "attempt": table.c.attempt - 1}
            _change(connection, leased, unclaimed)

    def queries(self, campaign: str, state: QueryState | None = None) -> tuple[Query, ...]:
        """Queries by index, optionally those in one state."""
        table = schema.queries
        with self._base.read() as connection:
            wanted = table.c.campaign == self._found(connection, campaign)["id"]
            if state is not None:
                wanted = and_(wanted, table.c.state == state.value)
            rows = connection.execute(select(table).where(wanted).order_by(table.c.number))
            return tuple(query_of(row) for row in rows.mappings())

    # runs

    def record(self, campaign: str, runs: Sequence[Run], *, retry: Sequence[int] = ()) -> None:
        """Write finished runs and move their queries on, all or none; see `store.base`."""
        if not runs:
            return
        again = frozenset(retry)
        with self._base.write() as connection:
            found = self._numbered(connection, campaign, [run.query for run in runs])
            added = _add_runs(connection, [(found[run.query], run) for run in runs])
            states = {index: row["state"] for index, row in found.items()}
            for run in added:
                row = {**found[run.query], "state": states[run.query]}
                states[run.query] = _next_state(row, run, again)
            for state in set(states.values()):
                rows = [found[index] for index in states if states[index] == state]
                moved = [row["id"] for row in rows if row["state"] != state]
                _change(connection, moved, {"state": state, "worker": None, "expires": None})

    def runs(self, campaign: str, query: int | None = None) -> tuple[Run, ...]:
        """Every attempt in order of writing, optionally of one query."""
        runs, queries = schema.runs, schema.queries
        with self._base.read() as connection:
            wanted = queries.c.campaign == self._found(connection, campaign)["id"]
            if query is not None:
                wanted = and_(wanted, queries.c.number == query)
            joined = runs.join(queries, runs.c.query == queries.c.id)
            chosen = select(runs, queries.c.number).select_from(joined).where(wanted)
            rows = connection.execute(chosen.order_by(runs.c.id)).mappings()
            return tuple(run_of(row) for row in rows)

    def observations(self, campaign: str) -> tuple[Observation, ...]:
        """What finished queries taught, by query index; exactly one for each query done."""
        done = self.queries(campaign, QueryState.DONE)
        settled: dict[int, Run] = {}
        for run in self.runs(campaign):
            if run.status in _SETTLING:
                settled.setdefault(run.query, run)
        return tuple(
            Observation(
                query=query.index,
                point=query.point,
                values=settled[query.index].values,
                sds=settled[query.index].sds,
                cost=settled[query.index].cost,
                reason=query.reason,
            )
            for query in done
        )

    # revisions and numbers

    def add_revision(self, campaign: str, revision: Revision) -> None:
        """Append a surrogate's revision; raises `IndexTaken` when its number is there."""
        try:
            with self._base.write() as connection:
                row = {
                    "campaign": self._found(connection, campaign)["id"],
                    "number": revision.number,
                    "seen": list(revision.seen),
                    "recipe": revision.recipe,
                    "hyperparameters": dict(revision.hyperparameters),
                }
                connection.execute(insert(schema.revisions), row)
        except TakenError as problem:
            raise IndexTaken(
                f"campaign '{campaign}': revision {revision.number} is there already; "
                "another process has added it, read the revisions again"
            ) from problem

    def revisions(self, campaign: str) -> tuple[Revision, ...]:
        """All revisions, in order."""
        return self._revisions(campaign, None)

    def latest_revision(self, campaign: str) -> Revision | None:
        """The last revision, or None."""
        return next(iter(self._revisions(campaign, 1)), None)

    def counts(self, campaign: str) -> Counts:
        """The campaign in numbers."""
        runs, queries = schema.runs, schema.queries
        with self._base.read() as connection:
            mine = queries.c.campaign == self._found(connection, campaign)["id"]
            states = select(queries.c.state, func.count()).where(mine).group_by(queries.c.state)
            joined = runs.join(queries, runs.c.query == queries.c.id)
            statuses = select(runs.c.status, func.count()).select_from(joined).where(mine)
            by_state = connection.execute(states).all()
            by_status = connection.execute(statuses.group_by(runs.c.status)).all()
        return Counts(
            queries=Counter({QueryState(state): count for state, count in by_state}),
            runs=Counter({Status(status): count for status, count in by_status}),
        )

    def note(self, campaign: str, kind: str, text: str, *, now: float) -> None:
        """Append an event to the campaign's log."""
        with self._base.write() as connection:
            key = self._found(connection, campaign)["id"]
            row = {"campaign": key, "at": now, "kind": kind, "text": text}
            connection.execute(insert(schema.events), row)

    def hold(self, campaign: str, who: str) -> AbstractContextManager[None]:
        """Be the only one that runs this campaign, for as long as the context lasts."""
        return self._base.hold(campaign, who)

    def close(self) -> None:
        """Release the file or connections. Closing twice is harmless."""
        self._base.close()

    # rows

    def _found(self, connection: Connection, name: str) -> RowMapping:
        chosen = select(schema.campaigns).where(schema.campaigns.c.name == name)
        row = connection.execute(chosen).mappings().first()
        if row is None:
            known = connection.execute(select(schema.campaigns.c.name)).scalars().all()
            raise UnknownName(
                f"store {self._base.words} holds no campaign '{name}'; "
                f"it holds: {', '.join(known) or 'none'}"
            )
        return row

    def _numbered(
        self, connection: Connection, campaign: str, numbers: Sequence[int]
    ) -> dict[int, Mapping[str, Any]]:
        """Rows of these queries by index, theirs alone until the end of this transaction.

        Raises `UnknownName` for one that is not there.
        """
        table = schema.queries
        mine = table.c.campaign == self._found(connection, campaign)["id"]
        found: dict[int, Mapping[str, Any]] = {}
        for some in _portions(sorted(numbers)):
            chosen = select(table).where(and_(mine, table.c.number.in_(some)))
            locked = chosen.order_by(table.c.number).with_for_update()
            found |= {row["number"]: dict(row) for row in connection.execute(locked).mappings()}
        if missing := set(numbers) - set(found):
            raise UnknownName(f"campaign '{campaign}' has no query {sorted(missing)}")
        return found

    def _revisions(self, campaign: str, last: int | None) -> tuple[Revision, ...]:
        table = schema.revisions
        with self._base.read() as connection:
            mine = table.c.campaign == self._found(connection, campaign)["id"]
            chosen = select(table).where(mine).order_by(table.c.number.desc()).limit(last)
            rows = connection.execute(chosen).mappings().all()
        return tuple(revision_of(row) for row in reversed(rows))


def _portions(items: Sequence[int]) -> Iterator[Sequence[int]]:
    return (items[k : k + _COPIED] for k in range(0, len(items), _COPIED))


def _change(connection: Connection, keys: Sequence[int], values: Mapping[str, Any]) -> None:
    table = schema.queries
    for some in _portions(keys):
        connection.execute(update(table).where(table.c.id.in_(some)).values(**values))


def _next_state(row: Mapping[str, Any], run: Run, again: frozenset[int]) -> str:
    """Where a query goes after a run of it. A late failure disturbs nothing."""
    state: str = row["state"]
    if run.status in _SETTLING:
        return QueryState.DONE.value
    if state != QueryState.LEASED.value or run.attempt != row["attempt"]:
        return state
    return (QueryState.QUEUED if run.query in again else QueryState.GIVEN_UP).value


def _add_runs(
    connection: Connection, runs: Sequence[tuple[Mapping[Any, Any], Run]]
) -> tuple[Run, ...]:
    """Add the runs of these queries' rows that are not there yet, and give those.

    The rows are locked, so nobody adds the same run between the look and the writing.
    """
    table = schema.runs
    known: set[tuple[int, int, bool]] = set()
    for some in _portions([row["id"] for row, _ in runs]):
        chosen = select(table.c.query, table.c.attempt, table.c.lost)
        known |= {tuple(row) for row in connection.execute(chosen.where(table.c.query.in_(some)))}
    added: dict[tuple[int, int, bool], tuple[dict[str, Any], Run]] = {}
    for row, run in runs:
        key = (row["id"], run.attempt, run.status is Status.LOST)
        if key not in known and key not in added:
            added[key] = (run_row(row["id"], run), run)
    if added:
        connection.execute(insert(table), [row for row, _ in added.values()])
    return tuple(run for _, run in added.values())
