"""What goes over the wire of a campaign's past and near future: steps, and the next queries."""

from pydantic import Field

from surrogate.enough import RuleCurve
from surrogate.service.wire import Answer, Read


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
