"""Hands queries out to clients that pull work, and takes their results back, as JSON.

For game builds and rigs, which nobody can start from here. The service has a route for each below
/campaigns/NAME, a POST of JSON; an error is problem+json (RFC 9457) whose `detail` says what to do.

    /ask        {"worker": "rig 1", "count": 2}
                {"queries": [{"query": 7, "attempt": 1, "point": {..}, "seed": 5,
                              "reason": "boundary", "why": "P = 0.48, ..."}],
                 "lease": 60.0, "state": "open"}
    /heartbeat  {"worker": "rig 1", "queries": [7]}            {"lease": 60.0, "lost": []}
    /give-back  {"worker": "rig 1", "queries": [7]}            {"queries": [7]}
    /tell       {"query": 7, "attempt": 1, "values": {"goal": true}} {"query": 7, "state": "open"}

`lease` is how many seconds a query may go without a heartbeat before another client gets it;
`lost` are those that another has, or that are done. What a worker gives back goes to the next who
asks, as if it had never been handed out.
`values` may be a bare value, for the question; [3.2, 0.1] is a number with its standard deviation.
In their place a result may carry `infeasible` or `error`, with the reason. `state` is "open",
"waiting" (the rest is with other clients: ask again later), "paused" (by a person: ask again later)
or "complete". `seed` is the query's, cut to the 53 bits that every JSON reader keeps. Every write
may be repeated: an ask with a worker's earlier Idempotency-Key gets the same queries, and a result
that is there already changes nothing. A result whose lease has run out is accepted.
"""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from surrogate.bidding import paused_by
from surrogate.clock import Clock, SystemClock
from surrogate.errors import NothingToAsk
from surrogate.outcome import Answer, Infeasible, Outcome, answer_from
from surrogate.records import QueryState, Run, Status, settled
from surrogate.store.base import Lease, Store

_ATTEMPTS = 3  # an error is tried so often in all, as by the runner
_EXACT = 1 << 53  # whole numbers below are exact in JavaScript

Name = Annotated[str, Field(min_length=1, max_length=200)]
AS_GIVEN = "Its number, as it was given."
Index = Annotated[int, Field(ge=0, lt=2**31, description=AS_GIVEN)]
Sentence = Annotated[str, Field(min_length=1, max_length=2000)]
ValueAndSd = Annotated[list[float], Field(min_length=2, max_length=2)]
Values = dict[str, Any] | bool | float | ValueAndSd


@dataclass(frozen=True)
class Source:
    """What the desk needs of a campaign: its name, what a result may hold, the question first, and
    what has at least so many queries wait to be claimed, and never more than so many in all.
    """

    name: str
    outcomes: tuple[Outcome, ...]
    stock: Callable[[int, int], None]


class Message(BaseModel):
    """What every body has in common: no unknown key, no guessed type, no NaN."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Ask(Message):
    """A client wants queries."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"worker": "rig 1", "count": 2}]})

    worker: Name
    count: int = Field(default=1, ge=1, le=1000)


class Heartbeat(Message):
    """A client still works on these queries; one that names itself keeps its own alone."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"worker": "rig 1", "queries": [7]}]})

    worker: str = Field(default="", max_length=200)
    queries: list[Index] = Field(max_length=1000)


class GiveBack(Heartbeat):
    """A client will not run these queries, which were handed to it."""

    worker: Name


class Result(Message):
    """What a point gave: exactly one of its `ways` to say so."""

    ways: ClassVar[tuple[str, ...]] = ("values", "infeasible")
    values: Values | None = None
    infeasible: Sentence | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        given = [way for way in self.ways if getattr(self, way) is not None]
        if len(given) != 1:
            raise ValueError(
                f"exactly one of {', '.join(self.ways)} was expected, "
                f"{' and '.join(given) or 'none'} came; give one"
            )
        return self

    def said(self, question: str, cost: float | None = None) -> Answer | Infeasible:
        """As a simulator would have said it; a bare value is of the `question`."""
        given = self.given(question)
        return given if isinstance(given, Infeasible) else Answer(given, cost=cost)

    def given(self, question: str) -> dict[str, Any] | Infeasible:
        """The values by outcome, a bare one of the `question`, a list as (value, sd)."""
        if self.infeasible is not None:
            return Infeasible(self.infeasible)
        values = self.values if isinstance(self.values, dict) else {question: self.values}
        return {name: tuple(one) if isinstance(one, list) else one for name, one in values.items()}


class Tell(Result):
    """What came of one attempt: exactly one of `values`, `infeasible` and `error`."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"query": 7, "attempt": 1, "values": {"cleared": True}}]}
    )

    ways = (*Result.ways, "error")
    query: Index
    attempt: int = Field(ge=1, lt=2**31)
    worker: str = Field(default="", max_length=200)
    error: Sentence | None = None
    cost: float | None = Field(default=None, ge=0)
    seconds: float = Field(default=0.0, ge=0)

    def run(self, outcomes: tuple[Outcome, ...], now: float) -> Run:
        """The attempt as it is recorded; raises `OutcomeError`."""
        began = now - self.seconds
        if self.error is not None:
            run = Run(self.query, self.attempt, Status.ERROR, message=self.error, started=began)
        else:
            answer = answer_from(self.said(outcomes[0].name, self.cost), outcomes)
            run = settled(self.query, self.attempt, answer, started=began)
        return replace(run, seconds=self.seconds, worker=self.worker)


class Desk:
    """One campaign's counter. Any thread may call it; it waits its turn."""

    def __init__(
        self,
        source: Source,
        store: Store,
        runs: int,
        *,
        lease: float = 60.0,
        clock: Clock | None = None,
    ) -> None:
        self._source, self._store, self._runs, self._lease = source, store, runs, lease
        self._clock = clock or SystemClock()
        self._turn = threading.Lock()

    def stock(self, count: int) -> None:
        """Think of queries, so that `count` of them can be claimed."""
        with self._turn, suppress(NothingToAsk):
            self._source.stock(self._wanted(count), self._runs)

    def claim(self, body: Ask) -> Mapping[str, Any]:
        """Up to `count` queries of those that wait already: nobody has to think."""
        now, name = self._clock.now(), self._source.name
        self._store.release(name, expired_at=now)
        count = max(self._wanted(body.count), 0)
        leases = self._store.claim(name, body.worker, count, now=now, seconds=self._lease)
        return {
            "queries": [_handed(lease) for lease in leases],
            "lease": self._lease,
            "state": "open" if leases else self.state,
        }

    def heartbeat(self, body: Heartbeat) -> Mapping[str, Any]:
        """Keep the leases of these queries alive; `lost` are not this worker's now."""
        kept = self._store.heartbeat(
            self._source.name,
            body.queries,
            expires=self._clock.now() + self._lease,
            worker=body.worker or None,
        )
        return {"lease": self._lease, "lost": sorted(set(body.queries) - set(kept))}

    def give_back(self, body: GiveBack) -> Mapping[str, Any]:
        """Let others have these queries; those that this worker held are given."""
        returned = self._store.give_back(self._source.name, body.queries, worker=body.worker)
        return {"queries": list(returned)}

    def tell(self, body: Tell) -> Mapping[str, Any]:
        """Record one result; answers after the commit. Raises `OutcomeError`, `UnknownName`."""
        run = body.run(self._source.outcomes, self._clock.now())
        again = [run.query] if run.status is Status.ERROR and run.attempt < _ATTEMPTS else []
        self._store.record(self._source.name, [run], retry=again)
        return {"query": run.query, "state": self.state}

    def _wanted(self, count: int) -> int:
        if paused_by(self._store, self._source.name):
            return 0
        found = self._store.counts(self._source.name).queries
        taken = sum(found.get(state, 0) for state in QueryState if state is not QueryState.QUEUED)
        return min(count, self._runs - taken)

    @property
    def state(self) -> str:
        """What a client is told: "open", "waiting", "paused" or "complete"."""
        found = self._store.counts(self._source.name).queries
        if found.get(QueryState.DONE, 0) + found.get(QueryState.GIVEN_UP, 0) >= self._runs:
            return "complete"
        if paused_by(self._store, self._source.name):
            return "paused"
        return "waiting" if found.get(QueryState.LEASED, 0) else "open"


def _handed(lease: Lease) -> dict[str, Any]:
    query = lease.query
    return {
        "query": query.index,
        "attempt": lease.attempt,
        "point": dict(query.point),
        "seed": query.seed % _EXACT,
        "reason": query.reason.value,
        "why": query.why,
    }
