"""What comparisons of campaigns look like over the wire."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from surrogate.service.wire import ACROSS, DRAWN, HELD, LEVEL, UP, Answer, DrawnKind
from surrogate.service.wire_reading import AxisBody


class IntervalBody(Answer):
    """A value and the interval that holds it with 95 %."""

    mean: float
    lower: float
    upper: float


class ReplayedBody(Answer):
    """A run inside a spot, that can be shown again on either version."""

    query: int
    seed: int
    point: dict[str, float | str]
    value: float


class StandingBody(Answer):
    """A spot on one side; strength and middle are None where there is none."""

    share: IntervalBody
    size: IntervalBody
    strength: IntervalBody | None
    middle: dict[str, float | str] | None
    runs: list[ReplayedBody]


class SpotChangeBody(Answer):
    """What became of one spot."""

    rank: int
    verdict: Literal["new", "gone", "moved", "grew", "shrank", "same", "unknown"]
    before: StandingBody
    after: StandingBody
    change: IntervalBody
    chance: float
    unit: str


class OverallBody(Answer):
    """The mean response over all of the common space."""

    response: str
    before: IntervalBody
    after: IntervalBody
    change: IntervalBody
    doubt: float
    sure: bool


class ChangeMapBody(Answer):
    """Both maps on one grid, and their change; rows from low y to high."""

    response: str
    x: AxisBody
    y: AxisBody | None
    before: list[list[float]]
    after: list[list[float]]
    rise: list[list[float]] = Field(description="Probability that the response rose.")
    change: list[list[float]]
    sure: list[list[bool]]
    allowed: list[list[bool]]
    held: dict[str, float | str]
    level: float | None


class SideBody(Answer):
    """A campaign, and the revision of its surrogate that was compared."""

    campaign: str
    revision: int


class DriftBody(Answer):
    """What changed from one campaign to another."""

    before: SideBody
    after: SideBody
    level: float
    side: Literal["above", "below"]
    headline: str
    note: str
    false_discovery_rate: float
    overall: OverallBody
    spots: list[SpotChangeBody]
    specks: int
    paired: int
    differing: int
    map: ChangeMapBody


class MomentBody(Answer):
    """A spot in one iteration."""

    campaign: str
    size: IntervalBody
    strength: IntervalBody
    middle: dict[str, float | str]
    verdict: str


class TimelineBody(Answer):
    """Sweet spots followed through iterations, oldest first."""

    campaigns: list[str]
    level: float
    unit: str
    response: str
    lines: list[list[MomentBody]]
    headlines: list[str]


class JudgedBody(Answer):
    """A rule, and what became of it."""

    rule: str
    ruling: Literal["pass", "fail", "unknown"]
    chance: float = Field(description="The probability that it holds.")
    seen: str
    more: int | None = Field(description="Runs of each campaign that would decide it, if known.")


class GateBody(Answer):
    """A version held to its plan's rules: `fail` where one failed, else `unknown` where one is."""

    before: str
    after: str
    ruling: Literal["pass", "fail", "unknown"]
    more_runs: int | None
    rules: list[JudgedBody]


class CompareQuery(BaseModel):
    """Which campaign to compare with, and over which axes."""

    model_config = ConfigDict(populate_by_name=True, extra="forbid")

    other: Annotated[str, Field(alias="with", max_length=200, description="The campaign before.")]
    x: str | None = Field(default=None, max_length=200, description=ACROSS)
    y: str | None = Field(default=None, max_length=200, description=UP)
    hold: list[Annotated[str, Field(max_length=400)]] = Field(
        default_factory=list, max_length=100, description=HELD
    )
    level: float | None = Field(default=None, allow_inf_nan=False, description=LEVEL)
    form: DrawnKind = Field(default="json", alias="as", description=DRAWN)
