"""A campaign's ledger in memory, for whoever runs it: read once, then kept in step by its commits.

Nothing here reads or writes a store after `read`; the runner tells the book what it committed.

A campaign's course is kept apart, as events of its log: how it stood after each refit. An event is
written right after its revision; where something died between the two, the standing is made again
from the revision. Of several for one revision the last one holds.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace

from surrogate.records import SETTLING, Observation, Query, QueryState, Revision, Run, Status
from surrogate.stopping import Standing
from surrogate.store.base import Lease, Store
from surrogate.store.rows import observation_of

STANDING = "standing"  # kind of the event that tells how a campaign stood at a revision ...
ENOUGH = "enough"  # ... and that it ended since a rule said so


@dataclass
class Endings:
    """How the runs of one session ended.

    `runs` and `failures` (by message) count every run, `points` how the last run of each query
    ended, so that repeated attempts at one bad point count once; `failed_on` says which worker
    failed a query last.
    """

    runs: Counter[Status] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    points: Counter[Status] = field(default_factory=Counter)
    failed_on: dict[int, str] = field(default_factory=dict)
    _latest: dict[int, Status] = field(default_factory=dict)

    def count(self, run: Run) -> None:
        """One more run has ended."""
        self.runs[run.status] += 1
        if (before := self._latest.get(run.query)) is not None:
            self.points[before] -= 1
        self._latest[run.query] = run.status
        self.points[run.status] += 1
        if run.status not in SETTLING:
            self.failures[run.message] += 1
            self.failed_on[run.query] = run.worker


@dataclass
class Bill:
    """What runs that taught something have cost so far."""

    costs: float = 0.0
    seconds: float = 0.0
    priced: bool = False  # whether any of them told a cost

    @classmethod
    def of(cls, observations: Iterable[Observation]) -> "Bill":
        """The bill of all these."""
        bill = cls()
        for observation in observations:
            bill.add(observation)
        return bill

    def add(self, observation: Observation) -> None:
        """One more."""
        self.seconds += observation.seconds
        if observation.cost is not None:
            self.costs += observation.cost
            self.priced = True

    @property
    def total(self) -> float:
        """The costs; in seconds where none told a cost."""
        return self.costs if self.priced else self.seconds


@dataclass
class Book:
    """What is known of a campaign.

    `waiting` are the indices of queued queries, `open` all that are not settled, `fruitless` those
    that are and taught nothing: given up, declined, excluded by a person. `errors` counts
    failed attempts by query over all sessions, `endings` are this session's.
    `given_up` are settled without an answer.
    """

    open: dict[int, Query]
    waiting: set[int]
    observations: dict[int, Observation]
    revision: Revision | None
    chosen: int
    next_index: int
    errors: Counter[int]
    endings: Endings = field(default_factory=Endings)
    fruitless: dict[int, Query] = field(default_factory=dict)
    given_up: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._bill = Bill.of(self.observations.values())

    @property
    def settled(self) -> int:
        """How many queries are done or given up."""
        return self.chosen - len(self.open)

    @property
    def spent(self) -> float:
        """What the runs that taught something have cost; in seconds where none told a cost."""
        return self._bill.total

    @property
    def taught(self) -> tuple[Observation, ...]:
        """What finished queries taught, by index."""
        return tuple(self.observations[index] for index in sorted(self.observations))

    @property
    def pending(self) -> tuple[Query, ...]:
        """The queries that are not settled, by index."""
        return tuple(self.open[index] for index in sorted(self.open))

    def chose(self, queries: Sequence[Query]) -> None:
        """Queries were added to the queue."""
        for query in queries:
            self._enter(query)
            self.waiting.add(query.index)

    def leased(self, leases: Sequence[Lease]) -> None:
        """Queries were claimed, among them perhaps some that other people added."""
        for lease in leases:
            if lease.query.index not in self.open:
                self._enter(lease.query)
            self.waiting.discard(lease.query.index)

    def returned(self, indices: Sequence[int]) -> None:
        """Claimed queries went back to the queue."""
        self.waiting.update(indices)

    def ended(self, runs: Sequence[Run], again: Sequence[int]) -> None:
        """Runs were recorded; the queries of `again` went back to the queue."""
        for run in runs:
            self.endings.count(run)
            if run.status in SETTLING:
                self._learn(run)
                self.given_up.discard(run.query)
            else:
                self.errors[run.query] += 1
            query = None if run.query in again else self.open.pop(run.query, None)
            if query is not None and run.status is not Status.OK:
                self.fruitless[run.query] = query
                if run.status not in SETTLING:
                    self.given_up.add(run.query)
        self.returned(again)

    def _enter(self, query: Query) -> None:
        self.open[query.index] = query
        self.chosen += 1
        self.next_index = max(self.next_index, query.index + 1)

    def _learn(self, run: Run) -> None:
        if query := self.open.get(run.query):
            taught = self.observations[run.query] = observation_of(query, run, None)
            self._bill.add(taught)


def reread(store: Store, campaign: str, book: Book) -> Book:
    """The book as the store has it now, this session's endings kept."""
    return replace(read(store, campaign), endings=book.endings)


def read(store: Store, campaign: str) -> Book:
    """The book of a campaign as its store has it."""
    queries = store.queries(campaign)
    waiting = {query.index for query in store.queries(campaign, QueryState.QUEUED)}
    leased = {query.index for query in store.queries(campaign, QueryState.LEASED)}
    observations = {o.query: o for o in store.observations(campaign)}
    taught = {index for index, observation in observations.items() if observation.feasible}
    failed = [run for run in store.runs(campaign) if run.status not in (*SETTLING, Status.LOST)]
    return Book(
        open={query.index: query for query in queries if query.index in waiting | leased},
        waiting=waiting,
        observations=observations,
        revision=store.latest_revision(campaign),
        chosen=len(queries),
        next_index=1 + max((query.index for query in queries), default=-1),
        errors=Counter(run.query for run in failed),
        fruitless={q.index: q for q in queries if q.index not in waiting | leased | taught},
        given_up={query.index for query in store.queries(campaign, QueryState.GIVEN_UP)},
    )


def keep_standing(
    store: Store, campaign: str, revision: int, standing: Standing, *, now: float
) -> None:
    """Write down how the campaign stood at that revision."""
    known = {
        key: value
        for key, value in asdict(standing).items()
        if value is not None and math.isfinite(value)
    }
    store.note(campaign, STANDING, json.dumps({"revision": revision, **known}), now=now)


def standings(store: Store, campaign: str) -> dict[int, Standing]:
    """How the campaign stood, by revision, in their order."""
    found: dict[int, Standing] = {}
    for event in store.events(campaign, [STANDING]):
        values = json.loads(event.text)
        number = values.pop("revision")
        found[number] = Standing(**values)
    return {number: found[number] for number in sorted(found)}
