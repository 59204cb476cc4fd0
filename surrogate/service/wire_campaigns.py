"""What goes over the wire of campaigns, to list, make, look at and run them, and when people
speak: of results, of spots, of points, and of each other.
"""

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ConfigDict, Field

from surrogate.desk import Message, Result, Sentence, Values
from surrogate.service.wire import Answer, Name, PointBody, QueryPoint
from surrogate.store.service_tables import Token


class ParameterBody(Answer):
    """A free parameter."""

    name: str
    kind: Literal["real", "integer", "categorical"]
    unit: str = ""
    low: float | None = None
    high: float | None = None
    scale: str = "linear"
    choices: list[str] | None = None
    default: float | str | None = None


class HeldBody(Answer):
    """A parameter that the campaign holds."""

    name: str
    value: float | str
    unit: str = ""


class OutcomeBody(Answer):
    """The question."""

    name: str
    kind: str = Field(description="'binary', 'count' or 'number'.")
    unit: str = ""
    of: int = Field(default=1, description="How many trials a run counts; 1 but for a count.")
    response: str = Field(description="What the map's colours mean, in words.")


class GoalBody(Answer):
    """What the campaign wants to know."""

    kind: str
    level: float | None = None


class CampaignLine(Answer):
    """A campaign in a list."""

    name: str
    created: float = Field(description="Seconds since 1970 UTC.")
    design: str
    parent: str | None = None
    queries: dict[str, int] = Field(description="How many queries are in each state.")
    planned: int
    revision: int = Field(description="Of the last surrogate; 0: none yet.")


class PoolBody(Answer):
    """A finite set of items in place of parameters."""

    key: str = Field(description="What a point calls its item.")
    items: int
    pictures: bool


class CampaignBody(CampaignLine):
    """A campaign, with all that a page needs to draw its map."""

    simulator: str
    parameters: list[ParameterBody]
    held: list[HeldBody]
    pool: PoolBody | None = None
    pair: list[str] | None = Field(
        description="The two axes to begin with: declared, or the most influential."
    )
    outcome: OutcomeBody
    goal: GoalBody
    runs: dict[str, int] = Field(description="How many runs ended in each status.")
    error: float | None = Field(description="What the surrogate expects its error to be.")
    error_of: str = ""
    history: list[tuple[int, float]] = Field(
        description="The expected error after so many runs, as pairs; at most 200."
    )
    forecast: str = Field(description="How many more runs to how much less error, in words.")
    ended: str = Field(description="Why a stopping rule ended the campaign; '' where none did.")
    failures: dict[str, int] = Field(description="How many runs failed with which message.")
    trained: bool = Field(description="Whether there is a surrogate to read.")
    note: str = Field(description="Whether the map can be trusted yet, in a sentence.")
    notes: list[str] = Field(description="What people should know: pauses, contradictions.")
    replayable: bool
    runnable: bool = Field(description="Whether the service can run its simulator.")
    running: str = Field(description="'running', 'stopping', or '' when nothing runs here.")
    message: str = Field(
        default="", description="What its runner here said last: what it waits for."
    )
    paused: str = Field(default="", description="'by NAME' while it is paused; see `/pause`.")
    backdrop: dict[str, Any] | None = Field(description="Lines, arcs and labels in world units.")


class NewCampaign(Message):
    """A campaign to be made: on a simulator registered with the service, or told of from afar."""

    name: Name = Field(examples=["rig"])
    simulator: Name | None = Field(
        default=None, description="A registered one; absent: outcomes are told."
    )
    space: dict[str, Any] = Field(
        default_factory=dict,
        description="As in a plan's [space], or for outcomes that are told as in "
        "[simulator.declare].",
        examples=[{"speed": {"low": 5.0, "high": 25.0, "unit": "m/s"}}],
    )
    outcomes: dict[str, Any] | None = Field(
        default=None, examples=[{"cleared": {"kind": "binary"}}]
    )
    goal: dict[str, Any] = Field(examples=[{"kind": "boundary", "level": 0.5}])
    runs: int = Field(ge=1, le=1_000_000, examples=[200])
    seed: int = Field(default=0, ge=0, lt=2**63)
    design: str = Field(default="", max_length=200)


class RunOrders(Message):
    """How a campaign is to be run by the service."""

    runs: int | None = Field(default=None, ge=1, le=1_000_000, description="In all; absent: all.")
    workers: int | None = Field(default=None, ge=1, le=256)


class RunningBody(Answer):
    """Whether the service runs a campaign, and what it said last."""

    running: str
    message: str
    paused: str = Field(default="", description="'by NAME' while it is paused.")


class WhyBody(Message):
    """A person's word."""

    why: Sentence = Field(examples=["the ball got stuck in the net"])


class CorrectBody(Result, WhyBody):
    """What a result should have been: `values`, or `infeasible` where there are none."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"values": {"cleared": False}, "why": "the ball got stuck in the net"}]
        }
    )

    values: Values | None = Field(
        default=None, description="By outcome, or bare for the question; [value, sd] of a number."
    )


class RetryBody(WhyBody):
    """Which queries that were given up are queued once more: all, or some."""

    status: Literal["error", "timeout", "lost"] | None = None
    like: str = Field(default="", max_length=2000, description="Part of what the failure said.")


class OpinionBody(Message):
    """What somebody thinks of a spot."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"point": {"speed": 12.0, "angle": 45.0}, "level": 0.5, "judgement": "intended"}
            ]
        }
    )

    point: PointBody
    level: float
    above: bool = True
    judgement: Literal["intended", "exploit", "unsure"]
    comment: str = Field(default="", max_length=2000)


class PointRequest(Message):
    """A point that a person wants simulated."""

    point: PointBody
    why: str = Field(default="asked for by a person", max_length=500)


class Queued(QueryPoint):
    """A query that waits."""

    seed: int


class NewToken(Message):
    """A token to be made."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "rig 1", "role": "worker", "campaign": "rig"}]}
    )

    name: Name
    role: Literal["reader", "worker", "engineer", "admin"]
    campaign: Name | None = None


@dataclass(frozen=True)
class TokenBody(Token):
    """A token; its secret is given once, when it is made."""

    secret: str | None = None


class Done(Answer):
    """What was done, and to which queries it was news."""

    said: str
    queries: list[int] = Field(default_factory=list)
