"""What goes over the wire: bodies of requests and answers, as models that write the OpenAPI text.

Requests are strict: no unknown key, no guessed type, no NaN. Answers name units and revisions.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from surrogate.records import Reason, Status

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^/\x00-\x1f]+$")]
Sentence = Annotated[str, Field(min_length=1, max_length=2000)]
PointBody = Annotated[
    dict[str, float | str],
    Field(description="Values by parameter, in the parameters' own units.", examples=[{"x": 11.0}]),
]
MOST_POINTS = 100_000


class Message(BaseModel):
    """A request's body."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Answer(BaseModel):
    """An answer's body."""

    model_config = ConfigDict(frozen=True)


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
    note: str = Field(description="Whether the map can be trusted yet, in a sentence.")
    notes: list[str] = Field(description="What people should know: pauses, contradictions.")
    replayable: bool
    runnable: bool = Field(description="Whether the service can run its simulator.")
    running: str = Field(description="'running', 'stopping', or '' when nothing runs here.")
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


class Read(Answer):
    """What every answer of the surrogate has."""

    revision: int
    current: bool = Field(description="False while a later revision is being made.")


class PredictBody(Message):
    """Points to be read."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"points": [{"speed": 12.0, "angle": 45.0}]}]}
    )

    points: list[PointBody] = Field(min_length=1, max_length=MOST_POINTS)
    coverage: float = Field(default=0.95, gt=0, lt=1)


class Predictions(Read):
    """The response at points, with the interval that holds it with probability `coverage`."""

    coverage: float
    mean: list[float]
    lower: list[float]
    upper: list[float]
    intervals: str = Field(description="What the intervals are; '' for the surrogate's own.")


class Asked(BaseModel):
    """What a request asks for behind its question mark."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ChartQuery(Asked):
    """Which map."""

    x: str | None = Field(default=None, max_length=200, description="The parameter across.")
    y: str | None = Field(default=None, max_length=200, description="The parameter up.")
    hold: list[str] = Field(
        default_factory=list, max_length=100, description="NAME=VALUE for each that is held."
    )
    size: int = Field(default=128, ge=8, le=256, description="Cells a side.")
    coverage: float = Field(default=0.95, gt=0, lt=1, description="Of the interval.")
    revision: int | None = Field(
        default=None,
        ge=1,
        lt=2**31,
        description="As an earlier surrogate saw it; absent: the last.",
    )


class RunsQuery(Asked):
    """Which runs."""

    status: list[Status] = Field(default_factory=list, description="Only these; none: all.")
    reason: list[Reason] = Field(default_factory=list, description="Only these; none: all.")
    query: list[Annotated[int, Field(ge=0, lt=2**31)]] = Field(
        default_factory=list, max_length=2000, description="Only of these queries; none: all."
    )
    before: int | None = Field(default=None, ge=0, lt=2**63, description="`next` of a page.")
    most: int = Field(default=100, ge=1, le=500, description="How many at most.")


class AxisBody(Answer):
    """An axis: the values at the middles of its cells."""

    name: str
    unit: str
    values: list[float | str]
    low: float
    high: float
    scale: str


class MapBody(Read):
    """A map; grids are lists of rows, from low y to high."""

    outcome: str
    response: str
    x: AxisBody
    y: AxisBody | None
    mean: list[list[float]]
    lower: list[list[float]]
    upper: list[list[float]]
    allowed: list[list[bool]]
    answers: list[list[float]] | None = Field(
        description="Chance that the simulator answers; None where no place is known to decline."
    )
    declines: str = Field(description="What the simulator said most often when it declined.")
    coverage: float
    held: dict[str, float | str]
    caption: str
    note: str
    intervals: str = Field(description="What the intervals are; '' for the surrogate's own.")
    mean_error: float = Field(
        default=0.0, description="Largest error of `mean` that was found; 0: every cell is exact."
    )
    interval_error: float = Field(
        default=0.0,
        description="Largest error of `lower` and `upper` that was found, in the response's unit, "
        "where they were interpolated from fewer points; 0: every cell is exact.",
    )


class ItemLine(Answer):
    """An item of a pool: the response with its interval, and P(response > level)."""

    item: float | str
    mean: float
    lower: float
    upper: float
    above: float
    seen: float | None = Field(description="What it gave; None where it was not asked.")


class ItemsBody(Read):
    """Items above a level, the surest first, and those in doubt."""

    key: str
    level: float
    wrong: float = Field(description="Share of the pool expected on the wrong side.")
    note: str
    above: list[ItemLine]
    doubtful: list[ItemLine]


class ItemBody(Answer):
    """One item: its few columns, and its picture as rows of grey levels 0 to 255."""

    item: float | str
    columns: dict[str, float | str | bool]
    picture: list[list[int]] | None


class BinBody(Answer):
    """Audit runs of like probability: how many, what was said of them, what share was yes.

    The true share lies from `lower` to `upper` with probability 0.9.
    """

    runs: int
    said: float
    seen: float
    lower: float
    upper: float


class LightBody(Answer):
    """One thing to know of the map: green: well; amber: care is needed; red: mend it first."""

    colour: Literal["green", "amber", "red"]
    about: str = Field(description="What it is about, in a word or two.")
    said: str
    todo: str = Field(description="What to do about it; '' where nothing is to be done.")


class QualityBody(Read):
    """How far the map may be trusted, as audit runs say, each left out."""

    lights: list[LightBody]
    bins: list[BinBody] = Field(description="Of a probability; empty for a number.")


class SpotsBody(Read):
    """Regions above (or below) a level; see `surrogate spots --json`."""

    level: float
    side: Literal["above", "below"]
    spots: list[dict[str, Any]]
    specks: int
    least_share: float


class RunBody(Answer):
    """A run, with its query."""

    number: int = Field(description="Where it stands in the ledger; the next page begins after it.")
    query: int
    attempt: int
    status: str
    reason: str
    why: str
    gain: float | None
    gain_unit: str
    point: dict[str, float | str]
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


class Dots(Read):
    """Runs as dots on a map: points by parameter, and what they gave."""

    columns: dict[str, list[float | str]]
    value: list[float | None] = Field(description="None where the simulator declined.")
    reason: list[str] = Field(description="Why each was asked.")
    query: list[int]
    total: int = Field(description="How many there are; fewer may be sent.")


class QueryLine(Answer):
    """A query, and where it is."""

    query: int
    state: str
    point: dict[str, float | str]
    reason: str
    why: str
    gain: float | None
    gain_unit: str


class QueriesBody(Answer):
    """Queries by index."""

    queries: list[QueryLine]


class RunOrders(Message):
    """How a campaign is to be run by the service."""

    runs: int | None = Field(default=None, ge=1, le=1_000_000, description="In all; absent: all.")
    workers: int | None = Field(default=None, ge=1, le=256)


class RunningBody(Answer):
    """Whether the service runs a campaign, and what it said last."""

    running: str
    message: str
    paused: str = Field(default="", description="'by NAME' while it is paused.")


class ReplayBody(Answer):
    """A run as a moving picture; see `oracle.Replay`."""

    tracks: dict[str, list[list[float]]]
    fps: float
    ending: str
