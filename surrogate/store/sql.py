"""The ledger in a SQL database: SQLite, embedded, in a file beside the plan, or PostgreSQL.

One transaction a method; see `store.database` for who waits for whom.
"""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from surrogate.errors import StoreError
from surrogate.records import (
    SETTLING,
    Annotation,
    Event,
    Observation,
    Query,
    QueryState,
    Revision,
    Run,
    Status,
    Verdict,
)
from surrogate.store import schema
from surrogate.store.base import (
    LAPSED,
    STOPPED,
    CampaignRecord,
    Counts,
    IndexTaken,
    Lease,
    Renew,
    Tally,
)
from surrogate.store.database import Database
from surrogate.store.rows import (
    annotation_row,
    campaign_of,
    campaign_values,
    event_of,
    event_row,
    observation_of,
    query_of,
    query_row,
)
from surrogate.store.statements import (
    ENDED,
    FREE,
    add_runs,
    all_annotations,
    all_queries,
    all_revisions,
    all_runs,
    any_of,
    campaign_key,
    campaign_row,
    campaign_stamp,
    change_queries,
    leased_rows,
    moved_to,
    next_state,
    note_contradictions,
    often_lapsed,
    query_rows,
    queued_rows,
    refuse_orphans,
    run_tallies,
)


def open_store(location: str | os.PathLike[str], *, create: bool = True) -> "SqlStore":
    """The store at a path or URL. Without `create`, raises `StoreError` where there is none."""
    where = os.fspath(location)
    if not create and "://" not in where and not Path(where).exists():
        raise StoreError(f"there is no store at {where}; run a plan first, or check the path")
    return SqlStore(where, create=create)


class SqlStore:
    """Implements `store.base.Store`. Open it with `open_store`.

    `database` is the one below, for what is kept beside campaigns: tokens, opinions, replies. What
    is done to the store within its `write` is one transaction.
    """

    def __init__(self, location: str, *, create: bool = True) -> None:
        self.database = Database(location, create=create)

    # campaigns

    def create_campaign(self, record: CampaignRecord) -> None:
        """Write a new campaign; raises `StoreError` when the name is taken."""
        taken = StoreError(
            f"store {self.database.words}: campaign '{record.name}' is there already; "
            "give this one another name, or delete that one"
        )
        with self.database.write(taken) as connection:
            connection.execute(insert(schema.campaigns), campaign_values(record))

    def campaigns(self) -> tuple[CampaignRecord, ...]:
        """All campaigns, oldest first."""
        table = schema.campaigns
        with self.database.read() as connection:
            rows = connection.execute(select(table).order_by(table.c.created, table.c.id))
            return tuple(campaign_of(row) for row in rows.mappings())

    def campaign(self, name: str) -> CampaignRecord:
        """One campaign."""
        with self.database.read() as connection:
            return campaign_of(campaign_row(connection, name))

    def update_plan(
        self, name: str, plan: Mapping[str, Any], *, version: str | None = None
    ) -> None:
        """Replace the plan, and the version that is run; see `store.base`."""
        news = {} if version is None else {"version": version}
        with self.database.write() as connection:
            mine = schema.campaigns.c.id == campaign_key(connection, name)
            changed = update(schema.campaigns).where(mine).values(plan=dict(plan), **news)
            connection.execute(changed)

    def delete_campaign(self, name: str) -> None:
        """Remove a campaign and all that belongs to it (a person asked for a fresh start)."""
        with self.database.write() as connection:
            refuse_orphans(connection, name)
            mine = schema.campaigns.c.id == campaign_key(connection, name)
            connection.execute(delete(schema.campaigns).where(mine))

    # queries

    def add_queries(
        self, campaign: str, queries: Sequence[Query], state: QueryState = QueryState.QUEUED
    ) -> None:
        """Append queries, all or none; raises `IndexTaken` when one's index is there."""
        self._append(campaign, queries, state, {})

    def add_claimed(
        self, campaign: str, queries: Sequence[Query], worker: str, count: int, *, expires: float
    ) -> tuple[Lease, ...]:
        """Append queries and lease the first `count` of them; see `store.base`."""
        leases = {one.index: Lease(one, 1, worker, expires) for one in queries[:count]}
        self._append(campaign, queries, QueryState.QUEUED, leases)
        return tuple(leases.values())

    def _append(
        self,
        campaign: str,
        queries: Sequence[Query],
        state: QueryState,
        leases: Mapping[int, Lease],
    ) -> None:
        if not queries:
            return
        taken = IndexTaken(
            f"campaign '{campaign}': a query among {[q.index for q in queries]} is there "
            "already; another process has added it, read the queries again"
        )
        with self.database.write(taken) as connection:
            stamp = campaign_stamp(connection, campaign)
            rows = [query_row(stamp, one, state, leases.get(one.index)) for one in queries]
            connection.execute(insert(schema.queries), rows)

    def claim(
        self, campaign: str, worker: str, count: int, *, now: float, seconds: float
    ) -> tuple[Lease, ...]:
        """Lease up to `count` queued queries, lowest index first; see `store.base`."""
        table = schema.queries
        with self.database.write() as connection:
            rows = queued_rows(connection, campaign, worker, max(count, 0))
            lease = {
                "state": QueryState.LEASED.value,
                "worker": worker,
                "expires": now + seconds,
                "attempt": table.c.attempt + 1,
            }
            change_queries(connection, [row["id"] for row in rows], lease)
        return tuple(
            Lease(query_of(row), row["attempt"] + 1, worker, now + seconds) for row in rows
        )

    def heartbeat(
        self, campaign: str, queries: Sequence[int], *, expires: float, worker: str | None = None
    ) -> tuple[int, ...]:
        """Keep leases alive until `expires`: all, or only those of `worker`. Gives those kept."""
        values = {"expires": expires}
        return self._change_those(campaign, queries, QueryState.LEASED, worker, values)

    def release(
        self, campaign: str, *, expired_at: float | None = None, worker: str | None = None
    ) -> tuple[int, ...]:
        """Requeue leased queries, each lost attempt recorded; see `store.base`."""
        with self.database.write() as connection:
            found = leased_rows(connection, campaign, expired_at, worker)
            why = STOPPED if expired_at is None else LAPSED
            lost = [
                (row, Run(row["number"], row["attempt"], Status.LOST, message=why)) for row in found
            ]
            add_runs(connection, lost)
            keys = [row["id"] for row in found]
            over = often_lapsed(connection, keys)
            change_queries(connection, sorted(over), ENDED)
            change_queries(connection, [key for key in keys if key not in over], FREE)
        return tuple(row["number"] for row in found)

    def give_back(
        self, campaign: str, queries: Sequence[int], *, worker: str | None = None
    ) -> tuple[int, ...]:
        """Requeue leased queries whose attempt never began; see `store.base`."""
        unclaimed = {**FREE, "attempt": schema.queries.c.attempt - 1}
        return self._change_those(campaign, queries, QueryState.LEASED, worker, unclaimed)

    def _change_those(
        self,
        campaign: str,
        queries: Sequence[int],
        state: QueryState,
        worker: str | None,
        values: Mapping[str, Any],
    ) -> tuple[int, ...]:
        """Give those of the queries in a state, of `worker` where one is named, new values."""
        with self.database.write() as connection:
            rows = query_rows(connection, campaign, queries)
            there = [k for k in sorted(rows) if rows[k]["state"] == state.value]
            those = tuple(k for k in there if worker in (None, rows[k]["worker"]))
            change_queries(connection, [rows[k]["id"] for k in those], values)
        return those

    def queries(self, campaign: str, state: QueryState | None = None) -> tuple[Query, ...]:
        """Queries by index, optionally those in one state."""
        with self.database.read() as connection:
            return all_queries(connection, campaign, state)

    # runs

    def record(self, campaign: str, runs: Sequence[Run], *, retry: Sequence[int] = ()) -> None:
        """Write finished runs and move their queries on, all or none; see `store.base`."""
        if not runs:
            return
        again = frozenset(retry)
        with self.database.write() as connection:
            found = query_rows(connection, campaign, [run.query for run in runs])
            added = add_runs(connection, [(found[run.query], run) for run in runs])
            states = {index: row["state"] for index, row in found.items()}
            for run in added:
                row = {**found[run.query], "state": states[run.query]}
                states[run.query] = next_state(row, run, again)
            for state in set(states.values()):
                moving = [k for k in states if states[k] == state != found[k]["state"]]
                change_queries(connection, [found[k]["id"] for k in moving], moved_to(state))
            note_contradictions(connection, found, added)

    def requeue(self, campaign: str, queries: Sequence[int]) -> tuple[int, ...]:
        """Queue queries that were given up once more, their attempts kept. Gives those moved."""
        return self._change_those(campaign, queries, QueryState.GIVEN_UP, None, FREE)

    def runs(
        self,
        campaign: str,
        query: int | None = None,
        *,
        status: Sequence[Status] = tuple(Status),
        last: int | None = None,
    ) -> tuple[Run, ...]:
        """Attempts in order of writing; see `store.base`."""
        with self.database.read() as connection:
            return all_runs(connection, campaign, query, status, last)

    def observations(self, campaign: str) -> tuple[Observation, ...]:
        """What finished queries taught, by query index; see `store.base`."""
        with self.database.read() as connection:
            done = all_queries(connection, campaign, QueryState.DONE)
            runs = all_runs(connection, campaign, None, SETTLING)
            said = {word.query: word for word in all_annotations(connection, campaign)}
        settled = {run.query: run for run in reversed(runs)}  # of several the first counts
        excluded = {k for k, word in said.items() if word.verdict is Verdict.EXCLUDED}
        return tuple(
            observation_of(query, settled[query.index], said.get(query.index))
            for query in done
            if query.index not in excluded
        )

    # people's words

    def annotate(self, campaign: str, annotations: Sequence[Annotation]) -> None:
        """Append people's words on results, and to the log that they spoke: all or none."""
        with self.database.write() as connection:
            found = query_rows(connection, campaign, [said.query for said in annotations])
            now = {"version": campaign_stamp(connection, campaign)["version"]}
            rows = [{**annotation_row(found[said.query], said), **now} for said in annotations]
            if rows:
                connection.execute(insert(schema.annotations), rows)
                told = [{**event_row(found[said.query], said), **now} for said in annotations]
                connection.execute(insert(schema.events), told)

    def annotations(self, campaign: str) -> tuple[Annotation, ...]:
        """All of people's words on results, in order of writing; the last on a query holds."""
        with self.database.read() as connection:
            return all_annotations(connection, campaign)

    def tallies(self, campaign: str, status: Sequence[Status]) -> tuple[Tally, ...]:
        """Runs of these statuses, counted by what they said."""
        with self.database.read() as connection:
            return run_tallies(connection, campaign, status)

    def note(self, campaign: str, kind: str, text: str, *, now: float) -> None:
        """Append an event to the campaign's log."""
        with self.database.write() as connection:
            row = {**campaign_stamp(connection, campaign), "at": now, "kind": kind, "text": text}
            connection.execute(insert(schema.events), row)

    def events(self, campaign: str, kinds: Sequence[str] = ()) -> tuple[Event, ...]:
        """The campaign's log in order of writing, optionally of some kinds only."""
        table = schema.events
        with self.database.read() as connection:
            mine = table.c.campaign == campaign_key(connection, campaign)
            chosen = select(table).where(mine, *any_of(table.c.kind, kinds or None))
            rows = connection.execute(chosen.order_by(table.c.id)).mappings()
            return tuple(event_of(row) for row in rows)

    # revisions and numbers

    def add_revision(self, campaign: str, revision: Revision) -> None:
        """Append a surrogate's revision; raises `IndexTaken` when its number is there."""
        taken = IndexTaken(
            f"campaign '{campaign}': revision {revision.number} is there already; "
            "another process has added it, read the revisions again"
        )
        with self.database.write(taken) as connection:
            row = {
                **campaign_stamp(connection, campaign),
                "number": revision.number,
                "seen": list(revision.seen),
                "recipe": revision.recipe,
                "hyperparameters": dict(revision.hyperparameters),
            }
            connection.execute(insert(schema.revisions), row)

    def revisions(self, campaign: str) -> tuple[Revision, ...]:
        """All revisions, in order."""
        with self.database.read() as connection:
            return all_revisions(connection, campaign)

    def latest_revision(self, campaign: str) -> Revision | None:
        """The last revision, or None."""
        with self.database.read() as connection:
            return next(iter(all_revisions(connection, campaign, last=1)), None)

    def counts(self, campaign: str) -> Counts:
        """The campaign in numbers."""
        runs, queries = schema.runs, schema.queries
        with self.database.read() as connection:
            key = campaign_key(connection, campaign)
            states = select(queries.c.state, func.count()).where(queries.c.campaign == key)
            statuses = select(runs.c.status, func.count()).where(runs.c.campaign == key)
            by_state = connection.execute(states.group_by(queries.c.state)).all()
            by_status = connection.execute(statuses.group_by(runs.c.status)).all()
        return Counts(
            queries=Counter({QueryState(state): count for state, count in by_state}),
            runs=Counter({Status(status): count for status, count in by_status}),
        )

    def hold(self, campaign: str, who: str) -> AbstractContextManager[Renew]:
        """Be the only one that runs this campaign, for as long as the context lasts."""
        return self.database.hold(campaign, who)

    def close(self) -> None:
        """Release the file or connections. Closing twice is harmless."""
        self.database.close()
