"""What goes over the wire, the common part: bodies of requests and answers, as models that write
the OpenAPI text.

Requests are strict: no unknown key, no guessed type, no NaN. Answers name units and revisions.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^/\x00-\x1f]+$")]
PointBody = Annotated[
    dict[str, float | str],
    Field(description="Values by parameter, in the parameters' own units.", examples=[{"x": 11.0}]),
]
MOST_POINTS = 100_000

Side = Literal["above", "below"]
LEVEL = "Absent: the goal's, else 0.5."
SIDE = "Of the level."
ACROSS = "The parameter across; absent: the usual one."
UP = "The parameter up; absent: the usual one."
HELD = "NAME=VALUE for each that is held."

SpokenKind = Literal["json", "text"]  # the forms of an answer: see `forms`
SPOKEN = "`text`: in the words of the command line."
DrawnKind = Literal["json", "text", "png", "svg", "pdf"]
DRAWN = f"{SPOKEN} `png`, `svg`, `pdf`: as its picture."


class Answer(BaseModel):
    """An answer's body."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class Numbers(Answer):
    """Queries by their numbers: those to which something was done, or that are to be run."""

    queries: list[int]


class QueryPoint(Answer):
    """A query, and its point."""

    query: int
    point: dict[str, float | str]


class Read(Answer):
    """What every answer of the surrogate has."""

    revision: int
    current: bool = Field(description="False while a later revision is being made.")


class Asked(BaseModel):
    """What a request asks for behind its question mark."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class View(Asked):
    """Over which parameters something is drawn."""

    x: str | None = Field(default=None, max_length=200, description=ACROSS)
    y: str | None = Field(default=None, max_length=200, description=UP)
    hold: list[Annotated[str, Field(max_length=400)]] = Field(
        default_factory=list, max_length=100, description=HELD
    )
