"""What goes over the wire of the ledger: runs in pages, queries, replays."""

from typing import Annotated

from pydantic import Field

from surrogate.records import Reason, Status
from surrogate.service.wire import Answer, Asked


class RunsQuery(Asked):
    """Which runs."""

    status: list[Status] = Field(default_factory=list, description="Only these; none: all.")
    reason: list[Reason] = Field(default_factory=list, description="Only these; none: all.")
    query: list[Annotated[int, Field(ge=0, lt=2**31)]] = Field(
        default_factory=list, max_length=2000, description="Only of these queries; none: all."
    )
    before: int | None = Field(default=None, ge=0, lt=2**63, description="`next` of a page.")
    most: int = Field(default=100, ge=1, le=500, description="How many at most.")


class Reasoned(Answer):
    """A query: where, and why it was asked."""

    query: int
    point: dict[str, float | str]
    reason: str
    why: str
    gain: float | None
    gain_unit: str


class RunBody(Reasoned):
    """A run, with its query."""

    number: int = Field(description="Where it stands in the ledger; the next page begins after it.")
    attempt: int
    status: str
    seed: int
    values: dict[str, float]
    cost: float | None
    seconds: float
    started: float
    message: str
    output: str
    worker: str
    verdict: str = Field(description="'excluded' or 'corrected' where a person said so.")


class RunsBody(Answer):
    """A page of runs, latest first."""

    runs: list[RunBody]
    next: int | None = Field(description="Give it as `before` for the next page; None: no more.")


class QueryLine(Reasoned):
    """A query, and where it is."""

    state: str


class QueriesBody(Answer):
    """Queries by index."""

    queries: list[QueryLine]


class ReplayBody(Answer):
    """A run as a moving picture; see `oracle.Replay`."""

    tracks: dict[str, list[list[float]]]
    fps: float
    ending: str
