"""What goes over the wire of a trained surrogate: points, maps, items, spots, quality."""

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ConfigDict, Field

from surrogate.desk import Message
from surrogate.models.audit import Bin
from surrogate.service.wire import (
    DRAWN,
    MOST_POINTS,
    Answer,
    DrawnKind,
    PointBody,
    QueryPoint,
    Read,
    Side,
    View,
)


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
    answers: list[float] = Field(
        description="Chance of an answer that keeps the goal's limits; 1 where no place matters."
    )
    intervals: str = Field(description="What the intervals are; '' for the surrogate's own.")
    notes: list[str] = Field(
        default_factory=list, description="What to know of the surrogate, in sentences."
    )


class ChartQuery(View):
    """Which map."""

    average: list[str] = Field(
        default_factory=list,
        max_length=100,
        description="Parameters that are averaged over their distribution, not held.",
    )
    size: int = Field(default=128, ge=8, le=256, description="Cells a side.")
    coverage: float = Field(default=0.95, gt=0, lt=1, description="Of the interval.")
    revision: int | None = Field(
        default=None,
        ge=1,
        lt=2**31,
        description="As an earlier surrogate saw it; absent: the last.",
    )
    level: float | None = Field(
        default=None, description="Of a picture's line; absent: the goal's."
    )
    form: DrawnKind = Field(default="json", alias="as", description=DRAWN)


class ExportQuery(View):
    """Which file to take away, and over which parameters where it is a table or a map."""

    kind: Literal[
        "map", "table", "table-csv", "c", "onnx", "csv", "parquet", "xarray", "png", "svg"
    ] = Field(alias="as", description="What is written; see `surrogate export`.")


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
    averaged: list[str] = Field(default_factory=list, description="Over their distribution.")
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

    item: int | float | str
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
    above: list[ItemLine] = Field(description="The surest first; at most 60.")
    doubtful: list[ItemLine] = Field(description="The most doubtful first; at most 60.")
    items: list[ItemLine] = Field(
        default_factory=list, description="Every item in the pool's order, where `every` asks so."
    )


class ItemBody(Answer):
    """One item: its few columns, and its picture as rows of grey levels 0 to 255."""

    item: float | str
    columns: dict[str, float | str | bool]
    picture: list[list[int]] | None


@dataclass(frozen=True)
class BinBody(Bin):
    """Audit runs of like probability: how many, what was said of them, what share was yes.

    The true share lies from `lower` to `upper` with probability 0.9.
    """

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
    measured: dict[str, Any] | None = Field(
        default=None, description="What audit runs measured; None without any."
    )
    expected_error: dict[str, Any] = Field(
        default_factory=dict, description="What the map expects of itself: `value` and `of`."
    )
    edges: dict[str, Any] | None = Field(
        default=None,
        description="The share of runs that its rule put at the edge of the space, and of chance.",
    )
    forecast: str = Field(default="", description="How many more runs to how much less error.")


class SpotsBody(Read):
    """Regions above (or below) a level; see `surrogate spots --json`."""

    level: float
    side: Side
    spots: list[dict[str, Any]]
    specks: int = Field(description="Regions too small to be listed.")
    least_share: float = Field(description="Of the space: smaller regions are specks.")
    note: str = Field(default="", description="What their intervals are; '' for a posterior's own.")


class PeakBody(Read):
    """Where the response is best, with the interval that holds it with probability 0.95."""

    point: dict[str, int | float | str]
    mean: float
    lower: float
    upper: float
    run: int | None = Field(description="The query whose run came out best; None before any.")
    value: float | None = Field(description="What that gave.")
    kept: float = Field(description="The chance that the point answers and keeps all limits.")
    lowest: bool = Field(description="Whether the lowest is best.")


class Dots(Read):
    """Runs as dots on a map: points by parameter, and what they gave."""

    columns: dict[str, list[float | str]]
    value: list[float | None] = Field(description="None where the simulator declined.")
    reason: list[str] = Field(description="Why each was asked.")
    query: list[int]
    total: int = Field(description="How many there are; fewer may be sent.")
    failed: list[QueryPoint] = Field(
        default_factory=list,
        description="The last that were given up; they taught nothing.",
    )
