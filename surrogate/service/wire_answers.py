"""What goes over the wire of answers: certificates, what matters, what to tune, the gateway, and
comparisons of campaigns.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from surrogate.answers.change import Overall
from surrogate.answers.drift import SpotChange
from surrogate.answers.gate import Judged, Ruling
from surrogate.desk import Message
from surrogate.service.wire import (
    DRAWN,
    LEVEL,
    SIDE,
    SPOKEN,
    Answer,
    Asked,
    DrawnKind,
    PointBody,
    Read,
    Side,
    SpokenKind,
    View,
)
from surrogate.service.wire_reading import AxisBody


class CertificatesBody(Read):
    """What is claimed of each spot, and how surely; see `surrogate certify --json`."""

    volume: dict[str, Any]
    certificates: list[dict[str, Any]]
    note: str


class CertificatesQuery(Asked):
    """Of which spots, and how far inputs may stray."""

    level: float | None = Field(default=None, description=LEVEL)
    side: Side = Field(default="above", description=SIDE)
    tolerance: list[Annotated[str, Field(max_length=400)]] = Field(
        default_factory=list,
        max_length=100,
        description="NAME=VALUE in the parameter's unit, or one share of every range.",
    )
    form: SpokenKind = Field(default="json", alias="as", description=SPOKEN)


class SensitivityBody(Read):
    """Which inputs matter; see `surrogate sensitivity --json`."""

    effects: list[dict[str, Any]]
    interactions: list[dict[str, Any]]
    mean: float
    sd: float
    note: str


class TuneBody(Message):
    """What a change of design knobs is to do; without `knobs` those that the plan marks."""

    knobs: list[str] = Field(default_factory=list, max_length=20)
    now: PointBody = Field(default_factory=dict)
    level: float | None = None
    above: bool = True
    most: float = Field(default=0.01, ge=0, le=1)
    keep: float = Field(default=0.05, ge=0)
    low: float | None = None
    high: float | None = None


class TuningBody(Read):
    """What to tune; see `surrogate tune --json`."""

    now: dict[str, Any]
    answer: dict[str, Any]
    found: bool
    change: float
    region: dict[str, list[float | str]]
    confirm: list[dict[str, float | str]]
    words: str


class ContestBody(Message):
    """How rules are compared: by how many runs of each (absent: as many as were made, 200 at
    most), on how many drawn surfaces.
    """

    runs: int | None = Field(default=None, ge=8, le=10_000)
    repeats: int = Field(default=3, ge=1, le=20)


class SavingsBody(Answer):
    """What choosing saved, or how far the contest is; see `surrogate replay --json`."""

    contest: int
    state: Literal["working", "done", "failed"]
    said: list[str] = Field(description="What was found so far, in sentences.")
    problem: str = Field(description="Why it failed; '' where it did not.")
    text: str = Field(description="What was found, as the command line prints it.")
    answer: dict[str, Any] | None


class PromisesBody(Read):
    """What queries promised and gave; see `surrogate why --json`."""

    unit: str
    kept: Annotated[list[float], Field(min_length=3, max_length=3)] | None = Field(
        description="What was realised over what was promised, with an interval of 90 %."
    )
    words: str
    alarm: str
    redundant: list[int]
    queries: list[dict[str, Any]]


class AccountBody(Read):
    """Why one query was asked; see `surrogate why --query N --json`."""

    query: int
    reason: str
    why: str
    unit: str
    promised: float | None
    worth: float | None
    realised: float | None
    redundant: bool
    point: dict[str, float | str]
    before: dict[str, Any] | None = Field(description="What was expected there.")
    came: dict[str, Any] | None = Field(description="What its answer led to.")
    other: dict[str, Any] | None = Field(description="What the other answer would have led to.")


class VerifyBody(Message):
    """How many runs are to test which spot."""

    spot: int = Field(ge=1, examples=[1])
    runs: int = Field(default=20, ge=1, le=1000)
    level: float | None = None
    above: bool = True


class AskedBody(Message):
    """A request to the gateway; `tolerance` in the outcome's unit, or of a probability."""

    point: PointBody
    tolerance: float = Field(gt=0, examples=[0.05])


class Answered(Answer):
    """An answer of the map, or the query that was queued in its place (source "queued").

    `kind` says whether `value` is a number of the outcome or a probability. A `check` is an answer
    of the map that is simulated as well; its query is named.
    """

    kind: Literal["value", "probability"]
    source: Literal["map", "check", "queued"]
    revision: int
    value: float | None
    lower: float | None
    upper: float | None
    query: int | None


class ContractBody(Answer):
    """How the gateway's answers fared in checks; `violations` and `bound` None for yes and no."""

    checks: int
    violations: int | None
    bound: float | None
    said: float | None
    seen: float | None
    words: str


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
