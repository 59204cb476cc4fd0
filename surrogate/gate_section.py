"""The [gate] table of a plan: what a new version may do, as `surrogate compare --gate` asks."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from surrogate.sections import Section

Ends = Annotated[list[float] | list[str], Field(min_length=1)]


class NoNewSpotEntry(Section):
    """Refuses a new sweet spot."""

    above: float = Field(examples=[0.8])
    """The response above which a region counts as a spot."""
    larger_than: float = Field(ge=0, examples=[2.0])
    """Its size from which on it counts, in the parameters' own units."""


class OverallEntry(Section):
    """Refuses a change of the mean response over the space."""

    within: float = Field(gt=0, examples=[0.02])
    """By how much it may change; two points of a rate are 0.02."""


class StillEntry(Section):
    """Refuses that a part of the space loses what it has."""

    name: str = Field(min_length=1, examples=["the penalty spot"])
    """What people call it."""
    where: dict[str, Ends] = Field(examples=[{"x": [10.0, 12.0]}])
    """Ranges, or choices, by parameter; what is not named is all of it."""
    above: float | None = Field(default=None, examples=[0.6])
    """The mean response over it is still above this ..."""
    below: float | None = Field(default=None, examples=[0.2])
    """... or still below that."""

    @model_validator(mode="after")
    def _has_one_side(self) -> Self:
        if (self.above is None) == (self.below is None):
            raise ValueError("either above or below was expected, with a level")
        return self

    @property
    def bound(self) -> tuple[str, float]:
        """On which side of which level it stays."""
        sides = (("above", self.above), ("below", self.below))
        return next((side, level) for side, level in sides if level is not None)


class GateSection(Section):
    """Rules on what a new version may do. They may change in a campaign's life."""

    no_new_spot: NoNewSpotEntry | None = Field(
        default=None, examples=[{"above": 0.8, "larger_than": 2.0}]
    )
    """No sweet spot that was not there before."""
    overall: OverallEntry | None = Field(default=None, examples=[{"within": 0.02}])
    """The mean response over the space stays."""
    still: list[StillEntry] = Field(default_factory=list)
    """Parts of the space that keep what they have."""
    sure: float = Field(default=0.95, gt=0.5, lt=1, examples=[0.95])
    """How probable a rule must be to pass, and how improbable to fail."""
