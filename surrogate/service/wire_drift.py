"""What comparisons of campaigns look like over the wire."""

from typing import Annotated, Literal

from pydantic import Field

from surrogate.answers.change import Overall
from surrogate.answers.drift import SpotChange
from surrogate.answers.gate import Judged, Ruling
from surrogate.service.wire import DRAWN, LEVEL, Answer, DrawnKind, View
from surrogate.service.wire_reading import AxisBody


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
    overall: Overall
    spots: list[SpotChange]
    specks: int
    paired: int
    differing: int
    map: ChangeMapBody


class GateBody(Answer):
    """A version held to its plan's rules: `fail` where one failed, else `unknown` where one is."""

    before: str
    after: str
    ruling: Ruling
    more_runs: int | None
    rules: list[Judged]


class CompareQuery(View):
    """Which campaign to compare with, and over which axes."""

    other: Annotated[str, Field(alias="with", max_length=200, description="The campaign before.")]
    level: float | None = Field(default=None, description=LEVEL)
    form: DrawnKind = Field(default="json", alias="as", description=DRAWN)
