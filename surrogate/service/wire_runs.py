"""What goes over the wire of the ledger: runs in pages, queries, replays, earlier surrogates."""

from typing import Annotated

from pydantic import Field

from surrogate.enough import RuleCurve
from surrogate.records import Reason, Status
from surrogate.service.wire import Answer, Asked, QueryPoint, Read


class RunsQuery(Asked):
    """Which runs."""

    status: list[Status] = Field(default_factory=list, description="Only these; none: all.")
    reason: list[Reason] = Field(default_factory=list, description="Only these; none: all.")
    query: list[Annotated[int, Field(ge=0, lt=2**31)]] = Field(
        default_factory=list, max_length=2000, description="Only of these queries; none: all."
    )
    before: int | None = Field(default=None, ge=0, lt=2**63, description="`next` of a page.")
    most: int = Field(default=100, ge=1, le=500, description="How many at most.")


class Reasoned(QueryPoint):
    """A query: where, and why it was asked."""

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


class StepBody(Answer):
    """An earlier surrogate of a campaign."""

    revision: int
    joined: list[int] = Field(description="Queries that it knew and the step before did not.")
    runs: int = Field(description="How many results it knew.")
    error: float | None = Field(description="What it expected its error to be; None: not ready.")


class StoppingBody(Answer):
    """How far a campaign is to enough, by each rule; no rule where the plan has no [stop]."""

    rules: list[RuleCurve]
    when: str = Field(description="How they are joined; '': as a plan that does not say.")
    ended: str = Field(description="Why a rule ended the campaign; '' where none did.")


class HistoryBody(Read):
    """How the surrogate came to be: some of its revisions, the last among them."""

    steps: list[StepBody]
    error_of: str = Field(description="What the errors are counted in.")
