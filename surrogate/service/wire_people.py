"""What goes over the wire when people speak: of results, of spots, of points, and of each other."""

from typing import Literal

from pydantic import ConfigDict, Field

from surrogate.desk import Message, Sentence, Values
from surrogate.service.wire import Answer, Name, PointBody


class WhyBody(Message):
    """A person's word."""

    why: Sentence = Field(examples=["the ball got stuck in the net"])


class CorrectBody(WhyBody):
    """What a result should have been; without values: that the simulator declines there."""

    values: Values = Field(
        default_factory=dict,
        description="By outcome, or bare for the question; [value, sd] of a number.",
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


class Queued(Answer):
    """A query that waits."""

    query: int
    point: dict[str, float | str]
    seed: int


class NewToken(Message):
    """A token to be made."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "rig 1", "role": "worker", "campaign": "rig"}]}
    )

    name: Name
    role: Literal["reader", "worker", "engineer", "admin"]
    campaign: Name | None = None


class TokenBody(Answer):
    """A token; its secret is given once, when it is made."""

    name: str
    role: str
    campaign: str | None
    created: float
    revoked: float | None
    secret: str | None = None


class Done(Answer):
    """What was done, and to which queries it was news."""

    said: str
    queries: list[int] = Field(default_factory=list)
