"""The promise of a store: what is acknowledged is there, whatever dies.

Every method that writes returns after the commit. A store may be used from any thread of the one
process that opened it for writing; workers never see it. Indices of queries are given by the
learner and unique in a campaign.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from surrogate.errors import StoreError
from surrogate.records import (
    Annotation,
    Event,
    Lineage,
    Observation,
    Query,
    QueryState,
    Revision,
    Run,
    Status,
)

LAPSED = "its lease ran out"  # what the run of a lease says that nobody kept alive ...
STOPPED = "its runner stopped"  # ... and of one whose holder is known to be gone
MOST_LAPSES = 5  # leases of one query that may run out before it is given up
CONTRADICTION = "not reproducible"  # kind of the event that two results of one query disagree


class IndexTaken(StoreError):  # noqa: N818 - a state of affairs, read as a sentence
    """A query or revision of that number is there already: somebody else has added it."""


class StoreAway(StoreError):  # noqa: N818 - as above
    """The database can't be reached just now; whether the last commit arrived is not known."""


@dataclass(frozen=True)
class CampaignRecord:
    """A campaign as written down: its name, its plan as JSON-able text, who it came from.

    `identity` is a hash of the plan's identity keys (space, outcomes, goal, seed, design);
    `version` names the simulator's code and design. `question` is the space and the outcome (see
    `question`), None where they are not written down: of a pool, and from before they were.
    """

    name: str
    plan: Mapping[str, Any]
    identity: str
    version: str
    created: float
    lineage: Lineage | None = None
    question: Mapping[str, Any] | None = None

    @property
    def parent(self) -> str | None:
        """The name of the campaign that this one began from."""
        return self.lineage.parent if self.lineage else None


@dataclass(frozen=True)
class Counts:
    """A campaign in numbers, all derived from the ledger.

    Invariant: every query is in exactly one state, every run has exactly one status.
    """

    queries: Mapping[QueryState, int] = field(default_factory=dict)
    runs: Mapping[Status, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Lease:
    """A query handed to a worker until `expires` (seconds since 1970 UTC)."""

    query: Query
    attempt: int
    worker: str
    expires: float


@dataclass(frozen=True)
class Tally:
    """How many runs failed with the same status, exit code and message."""

    status: Status
    exit_code: int | None
    message: str
    runs: int


# Makes sure of a campaign that is held (see `Store.hold`): where a server that was restarted has
# let go, takes it again. Raises `StoreError` naming the holder when somebody else was faster.
Renew = Callable[[], None]


def refusal(campaign: str, holder: str) -> str:
    """Why a campaign cannot be run now, and what to do."""
    return (
        f"campaign '{campaign}' is being run already by {holder}; "
        "wait for it, or stop it (it continues where it stopped)"
    )


class Store(Protocol):
    """One durable ledger. Unknown names raise `UnknownName`, trouble below `StoreError`."""

    def create_campaign(self, record: CampaignRecord) -> None:
        """Write a new campaign; raises `StoreError` when the name is taken."""

    def campaigns(self) -> tuple[CampaignRecord, ...]:
        """All campaigns, oldest first."""

    def campaign(self, name: str) -> CampaignRecord:
        """One campaign."""

    def update_plan(
        self, name: str, plan: Mapping[str, Any], *, version: str | None = None
    ) -> None:
        """Replace the plan, whose running keys have changed, and the version that is run.

        Identity is the caller's affair. Without a `version` it stays what it was.
        """

    def delete_campaign(self, name: str) -> None:
        """Remove a campaign and all that belongs to it (a person asked for a fresh start).

        Raises `StoreError` where another campaign here began from it.
        """

    def add_queries(
        self, campaign: str, queries: Sequence[Query], state: QueryState = QueryState.QUEUED
    ) -> None:
        """Append queries, all or none; raises `IndexTaken` when one's index is there."""

    def add_claimed(
        self, campaign: str, queries: Sequence[Query], worker: str, count: int, *, expires: float
    ) -> tuple[Lease, ...]:
        """Append queries and lease the first `count` of them until `expires`, all or none.

        What waited before goes on waiting. Raises `IndexTaken` as `add_queries` does.
        """

    def claim(
        self, campaign: str, worker: str, count: int, *, now: float, seconds: float
    ) -> tuple[Lease, ...]:
        """Lease up to `count` queued queries, lowest index first, until `now + seconds`.

        Those that failed with this very worker come last: another may have more luck with them.
        """

    def heartbeat(
        self, campaign: str, queries: Sequence[int], *, expires: float, worker: str | None = None
    ) -> tuple[int, ...]:
        """Keep leases alive until `expires`: all, or only those of `worker`. Gives those kept."""

    def record(self, campaign: str, runs: Sequence[Run], *, retry: Sequence[int] = ()) -> None:
        """Write finished runs and move their queries on, all or none.

        A query in `retry` goes back to `queued`; else ok, infeasible -> `done`, others ->
        `given up`. Writing a run that is already there (same query, attempt) changes nothing;
        a late result of a query that is already done is kept as a run and not counted twice;
        where it differs from the one that counts, an event of kind `CONTRADICTION` says so.
        """

    def release(
        self, campaign: str, *, expired_at: float | None = None, worker: str | None = None
    ) -> tuple[int, ...]:
        """Requeue leased queries: all, or those whose lease ended by `expired_at`, of `worker`.

        Each lost attempt is recorded as a run with status `lost`. A query whose lease has run out
        `MOST_LAPSES` times is given up instead. Gives the indices.
        """

    def add_revision(self, campaign: str, revision: Revision) -> None:
        """Append a surrogate's revision; raises `IndexTaken` when its number is there."""

    def revisions(self, campaign: str) -> tuple[Revision, ...]:
        """All revisions, in order."""

    def latest_revision(self, campaign: str) -> Revision | None:
        """The last revision, or None."""

    def give_back(
        self, campaign: str, queries: Sequence[int], *, worker: str | None = None
    ) -> tuple[int, ...]:
        """Requeue leased queries whose attempt never began: as if they had not been claimed.

        All of these, or only those of `worker`. Gives those that went back.
        """

    def queries(self, campaign: str, state: QueryState | None = None) -> tuple[Query, ...]:
        """Queries by index, optionally those in one state."""

    def runs(
        self,
        campaign: str,
        query: int | None = None,
        *,
        status: Sequence[Status] = tuple(Status),
        last: int | None = None,
    ) -> tuple[Run, ...]:
        """Every attempt in order of writing, optionally of one query, of some statuses; or no
        more than the last so many of them.
        """

    def requeue(self, campaign: str, queries: Sequence[int]) -> tuple[int, ...]:
        """Queue queries that were given up once more, their attempts kept. Gives those moved."""

    def observations(self, campaign: str) -> tuple[Observation, ...]:
        """What finished queries taught, by query index: exactly one for each query done whose
        result no person has excluded, with the values of the last correction.
        """

    def annotate(self, campaign: str, annotations: Sequence[Annotation]) -> None:
        """Append people's words on results, all or none."""

    def annotations(self, campaign: str) -> tuple[Annotation, ...]:
        """All of people's words on results, in order of writing; the last on a query holds."""

    def counts(self, campaign: str) -> Counts:
        """The campaign in numbers."""

    def tallies(self, campaign: str, status: Sequence[Status]) -> tuple[Tally, ...]:
        """Runs of these statuses, counted by what they said."""

    def note(self, campaign: str, kind: str, text: str, *, now: float) -> None:
        """Append an event to the campaign's log."""

    def events(self, campaign: str, kinds: Sequence[str] = ()) -> tuple[Event, ...]:
        """The campaign's log in order of writing, optionally of some kinds only."""

    def hold(self, campaign: str, who: str) -> AbstractContextManager[Renew]:
        """Be the only one that runs this campaign, for as long as the context lasts.

        Raises `StoreError` naming the holder when another process or thread has it; a holder
        that dies, by whatever death, lets go. Reading and telling need no hold.
        """

    def close(self) -> None:
        """Release the file or connection. Closing twice is harmless."""
