"""What is written down: queries, runs, observations, revisions. Frozen, and checked at birth.

A query is a point to be simulated; a run is one attempt at it; an observation is what a finished
run taught; a revision says from which observations a surrogate was fitted and with which
hyper-parameters, so that it can be made again from the records alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from surrogate.errors import DataError
from surrogate.outcome import Answer, Infeasible
from surrogate.space import Point


class Reason(StrEnum):
    """Why a point is simulated."""

    START = "start"
    BOUNDARY = "boundary"
    COVERAGE = "coverage"
    OPTIMUM = "optimum"
    REPLICATE = "replicate"
    BARGAIN = "bargain"
    AUDIT = "audit"
    SENTINEL = "sentinel"
    VERIFY = "verify"
    PERSON = "person"


class QueryState(StrEnum):
    """Where a query is. Every query is in exactly one of these."""

    QUEUED = "queued"
    LEASED = "leased"
    DONE = "done"
    GIVEN_UP = "given up"


class Status(StrEnum):
    """How a run ended.

    `error` is machine trouble (retried); `infeasible` means that the simulator declines this
    point (learned from); `timeout` that it was killed at its limit; `lost` that its lease ran out.
    """

    OK = "ok"
    ERROR = "error"
    INFEASIBLE = "infeasible"
    TIMEOUT = "timeout"
    LOST = "lost"


SETTLING = (Status.OK, Status.INFEASIBLE)
FAILED = (Status.ERROR, Status.TIMEOUT, Status.LOST)


@dataclass(frozen=True)
class Query:
    """A point to be simulated, and why.

    `index` counts the campaign's queries from 0. `gain` is the expected gain in `gain_unit`, None
    where the reason promises none. `revision` is the surrogate that chose it (0: none yet), and
    `pending` the queries that were in flight then: with `seed` they make the choice repeatable.
    """

    index: int
    point: Point
    seed: int
    reason: Reason
    why: str
    gain: float | None = None
    gain_unit: str = ""
    revision: int = 0
    pending: tuple[int, ...] = ()
    effort: str = "full"

    def __post_init__(self) -> None:
        if self.index < 0 or not 0 <= self.seed < 2**63:
            raise DataError(f"query {self.index}: index and seed {self.seed} must not be negative")


@dataclass(frozen=True)
class Run:
    """One attempt at a query. `started` is in seconds since 1970 UTC, `seconds` its duration.

    `output` holds the last lines that the simulator wrote, `exit_code` is there when its process
    died, `version` names the simulator's code and design.
    """

    query: int
    attempt: int
    status: Status
    values: Mapping[str, float] = field(default_factory=dict)
    sds: Mapping[str, float] = field(default_factory=dict)
    cost: float | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""
    output: str = ""
    exit_code: int | None = None
    started: float = 0.0
    seconds: float = 0.0
    worker: str = ""
    host: str = ""
    version: str = ""

    def __post_init__(self) -> None:
        if (self.status is Status.OK) != bool(self.values):
            raise DataError(
                f"run {self.attempt} of query {self.query}: values go with status 'ok' alone, "
                f"status is '{self.status}' and values are {dict(self.values)}"
            )


def settled(query: int, attempt: int, answer: Answer | Infeasible, *, started: float) -> Run:
    """The run in which a query was answered, or declined."""
    if isinstance(answer, Infeasible):
        return Run(query, attempt, Status.INFEASIBLE, message=answer.reason, started=started)
    return Run(
        query,
        attempt,
        Status.OK,
        values=answer.values,
        sds=answer.sds,
        cost=answer.cost,
        detail=answer.detail,
        started=started,
    )


def said(run: Run) -> tuple[object, ...]:
    """What a run said of its point: the same wherever and whenever a sound simulator repeats it."""
    return run.status, dict(run.values), dict(run.sds)


@dataclass(frozen=True)
class Observation:
    """What a finished query taught: values, or that the simulator declines there.

    `seconds` is how long the run took, which no two machines agree on; `message` why the
    simulator declined.
    """

    query: int
    point: Point
    values: Mapping[str, float]
    sds: Mapping[str, float] = field(default_factory=dict)
    cost: float | None = None
    reason: Reason = Reason.PERSON
    seconds: float = field(default=0.0, compare=False)
    message: str = ""

    @property
    def feasible(self) -> bool:
        """Whether the simulator answered."""
        return bool(self.values)


class Verdict(StrEnum):
    """What a person says of a result. The last one said of a query holds."""

    EXCLUDED = "excluded"
    RESTORED = "restored"
    CORRECTED = "corrected"


@dataclass(frozen=True)
class Annotation:
    """A person's word on a query's result, kept beside it: who, when (seconds since 1970), why.

    `values` and `sds` are those of a correction; a correction without values says that the
    simulator declines there. `restored` brings back what the simulator gave.
    """

    query: int
    verdict: Verdict
    who: str
    at: float
    why: str
    values: Mapping[str, float] = field(default_factory=dict)
    sds: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.verdict is not Verdict.CORRECTED and (self.values or self.sds):
            raise DataError(f"query {self.query}: values go with a correction alone")


@dataclass(frozen=True)
class Event:
    """A line of a campaign's log."""

    at: float
    kind: str
    text: str


@dataclass(frozen=True)
class Revision:
    """How a surrogate came to be: its number (from 1), the queries it had seen, and its recipe's
    hyper-parameters as a flat JSON-able mapping. With the records it gives the surrogate again.
    """

    number: int
    seen: tuple[int, ...]
    recipe: str
    hyperparameters: Mapping[str, Any]


@dataclass(frozen=True)
class Sentinel:
    """A parent's run that a child makes again: the parent's query and its seed, the point in the
    child's space, and what it stands for there.
    """

    query: int
    seed: int
    point: Point
    role: str = ""


@dataclass(frozen=True)
class Lineage:
    """Whose child a campaign is, and what it takes over.

    `store` is the parent's, as its plan named it ("" is the child's own); `identity` and `revision`
    say which state of the parent is meant. `declared` is what was said of the two spaces (see
    `bridge.Declared`), `usable` how many of the parent's `runs` are points of the new one too, and
    `unusable` why the others are not, with how many.
    """

    parent: str
    store: str
    identity: str
    revision: int
    sentinels: tuple[Sentinel, ...] = ()
    declared: Mapping[str, Any] = field(default_factory=dict)
    usable: int = 0
    runs: int = 0
    unusable: Mapping[str, int] = field(default_factory=dict)


def seeds(root: int, index: int, purpose: str = "run") -> int:
    """The seed of a purpose of one query: independent of order, the same on every machine."""
    from hashlib import blake2b

    text = f"{root}/{index}/{purpose}".encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big") >> 1
