"""What a campaign wants to know: the whole response, where it crosses a level, or its peak."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from surrogate.errors import PlanError


class GoalKind(StrEnum):
    """The three questions a campaign can ask of a simulator."""

    MAP = "map"
    BOUNDARY = "boundary"
    OPTIMUM = "optimum"


@dataclass(frozen=True)
class Limit:
    """What another outcome, a number, must be for a point to count: in `low`..`high`."""

    outcome: str
    low: float = -math.inf
    high: float = math.inf

    def __post_init__(self) -> None:
        if not self.low < self.high or (math.isinf(self.low) and math.isinf(self.high)):
            raise PlanError(
                f"limit on outcome '{self.outcome}': low below high, one of them a number, was "
                f"expected, {self.low:g} and {self.high:g} came; write {{ high = 250 }}, say"
            )

    def holds(self, value: float) -> bool:
        """Whether a run that gave `value` keeps it."""
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Goal:
    """One question, with the level that it (or the map drawn from it) refers to.

    `level` is in the question outcome's own unit; for Binary and Count outcomes it is a
    probability strictly between 0 and 1. `map` and `optimum` need none; where one is given,
    answers draw it. The optimum is where the response is highest, or `lowest`, among the points at
    which other outcomes keep the `limits`.
    """

    kind: GoalKind
    level: float | None = None
    lowest: bool = False
    limits: tuple[Limit, ...] = ()

    def __post_init__(self) -> None:
        if self.kind is GoalKind.BOUNDARY and self.level is None:
            raise PlanError("goal 'boundary': a level was expected, none came; say level = 0.5")
        if self.kind is not GoalKind.OPTIMUM and (self.lowest or self.limits):
            raise PlanError(
                f"goal '{self.kind}': best and limits belong to the goal 'optimum'; leave them out"
            )

    @property
    def sign(self) -> float:
        """1 where more of the response is better, -1 where less is."""
        return -1.0 if self.lowest else 1.0

    def level_or(self, level: float | None) -> float:
        """The `level` asked for, else the goal's own, else one half."""
        return next((one for one in (level, self.level) if one is not None), 0.5)

    @classmethod
    def map(cls, level: float | None = None) -> "Goal":
        """Know the response everywhere."""
        return cls(GoalKind.MAP, level)

    @classmethod
    def boundary(cls, level: float) -> "Goal":
        """Know where the response crosses `level`."""
        return cls(GoalKind.BOUNDARY, level)

    @classmethod
    def optimum(
        cls, *, lowest: bool = False, limits: Mapping[str, tuple[float, float]] | None = None
    ) -> "Goal":
        """Know where the response is highest, or `lowest`, where other outcomes keep `limits`.

        `limits` are low and high by outcome, infinite where there is none.
        """
        kept = tuple(Limit(name, low, high) for name, (low, high) in (limits or {}).items())
        return cls(GoalKind.OPTIMUM, lowest=lowest, limits=kept)
