"""Iterations in a row: how large and how strong each sweet spot was, from version to version.

A line is one spot as it was followed: what `drift` says of each step joins the spots of two
neighbours, so that a spot that moved is one line, and one that came back begins another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from surrogate.answers.drift import Drift, Standing, apart
from surrogate.answers.spots import Interval
from surrogate.errors import PointError
from surrogate.space import Point, Space


@dataclass(frozen=True)
class Moment:
    """A spot in one iteration: its size in own units, its mean response, and what became of it
    since the one before ("" in the first).
    """

    campaign: str
    size: Interval
    strength: Interval
    middle: Point
    verdict: str

    def to_json(self) -> dict[str, Any]:
        """The moment as a JSON-able mapping."""
        return {
            "campaign": self.campaign,
            "size": vars(self.size).copy(),
            "strength": vars(self.strength).copy(),
            "middle": dict(self.middle),
            "verdict": self.verdict,
        }


@dataclass(frozen=True)
class Timeline:
    """Iterations by name, oldest first; `lines` are spots followed through them, `headlines` what
    each step changed.
    """

    campaigns: tuple[str, ...]
    level: float
    unit: str
    response: str
    lines: tuple[tuple[Moment, ...], ...]
    headlines: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The timeline as a JSON-able mapping."""
        return {
            "campaigns": list(self.campaigns),
            "level": self.level,
            "unit": self.unit,
            "response": self.response,
            "lines": [[moment.to_json() for moment in line] for line in self.lines],
            "headlines": list(self.headlines),
        }


def follow(drifts: Sequence[Drift]) -> Timeline:
    """The spots followed through drifts between neighbours, oldest first; at least one drift."""
    if not drifts:
        raise PointError("a timeline wants two campaigns at least; name another")
    lines: list[list[Moment]] = []
    ends: list[list[Moment]] = []
    for drift in drifts:
        following: list[list[Moment]] = []
        for spot in drift.spots:
            line = _line(ends, spot.before, drift.difference.ground.space)
            if line is None or any(line is other for other in following):
                line = _moments(drift.difference.before.name, spot.before, "")
                lines.append(line)
            if spot.after.middle:
                line += _moments(drift.difference.after.name, spot.after, str(spot.verdict))
                following.append(line)
        ends = following
    first = drifts[0]
    unit = next((spot.unit for drift in drifts for spot in drift.spots), "")
    names = (first.difference.before.name, *(one.difference.after.name for one in drifts))
    told = tuple(drift.headline for drift in drifts)
    kept = tuple(tuple(line) for line in lines if line)
    return Timeline(names, first.level, unit, first.overall.response, kept, told)


def _moments(campaign: str, standing: Standing, verdict: str) -> list[Moment]:
    if standing.middle is None or standing.strength is None:
        return []
    return [Moment(campaign, standing.size, standing.strength, standing.middle, verdict)]


def _line(ends: Sequence[list[Moment]], before: Standing, space: Space) -> list[Moment] | None:
    """Of the lines that reach this step, the one that ends nearest to a spot; None without any."""
    middle = before.middle
    if middle is None or not ends:
        return None
    return min(ends, key=lambda line: apart(space, line[-1].middle, middle))
