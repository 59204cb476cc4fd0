"""What a campaign wants to know: the whole response, where it crosses a level, or its peak."""

from dataclasses import dataclass
from enum import StrEnum

from surrogate.errors import PlanError


class GoalKind(StrEnum):
    """The three questions a campaign can ask of a simulator."""

    MAP = "map"
    BOUNDARY = "boundary"
    OPTIMUM = "optimum"


@dataclass(frozen=True)
class Goal:
    """One question, with the level that it (or the map drawn from it) refers to.

    `level` is in the question outcome's own unit; for Binary and Count outcomes it is a
    probability strictly between 0 and 1. `map` and `optimum` need none; where one is given,
    answers draw it.
    """

    kind: GoalKind
    level: float | None = None

    def __post_init__(self) -> None:
        if self.kind is GoalKind.BOUNDARY and self.level is None:
            raise PlanError("goal 'boundary': a level was expected, none came; say level = 0.5")

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
    def optimum(cls) -> "Goal":
        """Know where the response is highest."""
        return cls(GoalKind.OPTIMUM)
