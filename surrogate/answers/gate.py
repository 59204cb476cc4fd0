"""The gate: rules on what a new version may do, judged by the posterior of both campaigns.

Each rule is a statement; its verdict is `pass` where it holds with probability `sure`, `fail`
where it is false with that probability, else `unknown`: what is not known well enough is neither.
An unknown rule says about how many more runs would decide it.

    symbol   meaning                                                              shape
    q        points of a lattice of the common space                              (k, d)
    before   joint draws of the responses at q                                    (draws, k)
    after
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from xml.etree import ElementTree

import numpy as np
from scipy.special import ndtri

from surrogate.answers.difference import Difference
from surrogate.answers.maps import response_words
from surrogate.errors import PlanError, PointError
from surrogate.gate_section import GateSection, NoNewSpotEntry, OverallEntry, StillEntry
from surrogate.models.quality import two_figures
from surrogate.regions import Lattice, connected, lattice, unit_of
from surrogate.space import Array, Categorical, Mask

_SIDE, _CLOUD = 24, 512  # cells a side, points of a cloud: joint draws of both take a second
_DRAWS = 400
_MOST_TIMES = 20  # as many runs as there are: beyond, nobody should be told a number


class Ruling(StrEnum):
    """What became of a rule."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Judged:
    """A rule with its ruling: the probability that it holds, what was seen, and `more` runs of
    each side that would decide it (None where it is decided, or none of a sensible number would).
    """

    rule: str
    ruling: Ruling
    chance: float
    seen: str
    more: int | None = None

    @property
    def words(self) -> str:
        """The rule and what became of it, in a sentence."""
        said = f"{self.ruling}: {self.rule} ({self.seen}; holds with {100 * self.chance:.3g} %)"
        return f"{said}; {self.remedy}" if self.ruling is Ruling.UNKNOWN else said

    @property
    def remedy(self) -> str:
        """What would decide it."""
        if self.more is None:
            return f"more than {_MOST_TIMES} times the runs would be needed to decide it"
        return f"about {self.more} more runs of each campaign would decide it"

    def to_json(self) -> dict[str, Any]:
        """The same as a JSON-able mapping."""
        return {**vars(self), "ruling": str(self.ruling)}


@dataclass(frozen=True)
class Gate:
    """All rules judged. `ruling` is `fail` where one failed, else `unknown` where one is."""

    before: str
    after: str
    judged: tuple[Judged, ...]

    @property
    def ruling(self) -> Ruling:
        """Of the whole."""
        found = {one.ruling for one in self.judged}
        order = (Ruling.FAIL, Ruling.UNKNOWN)
        return next((ruling for ruling in order if ruling in found), Ruling.PASS)

    @property
    def more(self) -> int | None:
        """Runs of each campaign that would decide every rule; None where none are or would."""
        wanted = [one.more for one in self.judged if one.ruling is Ruling.UNKNOWN]
        known = [count for count in wanted if count is not None]
        return max(known) if known and len(known) == len(wanted) else None

    def to_json(self) -> dict[str, Any]:
        """The gate as a JSON-able mapping."""
        return {
            "before": self.before,
            "after": self.after,
            "ruling": str(self.ruling),
            "more_runs": self.more,
            "rules": [one.to_json() for one in self.judged],
        }

    def to_junit(self) -> str:
        """A JUnit file: a failure for what failed, an error of type `unknown` for what is."""
        counts = {r: sum(one.ruling is r for one in self.judged) for r in Ruling}
        suite = ElementTree.Element(
            "testsuite",
            name=f"{self.after} against {self.before}",
            tests=str(len(self.judged)),
            failures=str(counts[Ruling.FAIL]),
            errors=str(counts[Ruling.UNKNOWN]),
        )
        for one in self.judged:
            case = ElementTree.SubElement(suite, "testcase", name=one.rule, classname="gate")
            if one.ruling is Ruling.FAIL:
                ElementTree.SubElement(case, "failure", type="fail", message=one.seen)
            elif one.ruling is Ruling.UNKNOWN:
                said = f"{one.seen}; {one.remedy}"
                ElementTree.SubElement(case, "error", type="unknown", message=said)
        ElementTree.indent(suite)
        return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def judge(difference: Difference, section: GateSection) -> Gate:
    """Every rule judged by joint draws of both surrogates; raises `PlanError` without any."""
    spot, overall = section.no_new_spot, section.overall
    if not (spot or overall or section.still):
        raise PlanError("the plan has no rules for a gate; write some under [gate]")
    picture = lattice(difference.ground.space, side=_SIDE, points=_CLOUD)
    draws = _Draws(difference, picture, *difference.draws(picture.units, _DRAWS), section.sure)
    judged = [_no_new_spot(draws, spot)] if spot else []
    judged += [_overall(draws, overall)] if overall else []
    judged += [_still(draws, part) for part in section.still]
    return Gate(difference.before.name, difference.after.name, tuple(judged))


@dataclass(frozen=True)
class _Draws:
    """Both responses over a lattice; see the module's glossary. `sure` is what a ruling wants."""

    difference: Difference
    picture: Lattice
    before: Array
    after: Array
    sure: float

    def ruled(self, rule: str, room: Array, seen: str) -> Judged:
        """The ruling, from draws (n,) of by how much the rule holds: it does where they are not
        below zero.
        """
        chance = float((room >= 0).mean())
        if chance >= self.sure:
            return Judged(rule, Ruling.PASS, chance, seen)
        if chance <= 1.0 - self.sure:
            return Judged(rule, Ruling.FAIL, chance, seen)
        runs = min(len(side.observations) for side in self.difference.sides)
        return Judged(rule, Ruling.UNKNOWN, chance, seen, _more(room, self.sure, max(1, runs)))


def _overall(draws: _Draws, rule: OverallEntry) -> Judged:
    step = (draws.after - draws.before) @ draws.picture.share
    response = response_words(draws.difference.outcome)
    said = f"the {response} over all changes by at most {rule.within:g}"
    seen = f"{step.mean():+.2g} +- {step.std():.2g}"
    return draws.ruled(said, rule.within - np.abs(step), seen)


def _still(draws: _Draws, rule: StillEntry) -> Judged:
    inside = draws.picture.share * _within(draws.picture, rule)
    mean = draws.after @ inside / inside.sum()
    side, level = rule.bound
    room = mean - level if side == "above" else level - mean
    said = f"the {response_words(draws.difference.outcome)} at {rule.name} is {side} {level:g}"
    seen = f"{mean.mean():.2g} +- {mean.std():.2g}"
    return draws.ruled(said, room, seen)


def _no_new_spot(draws: _Draws, rule: NoNewSpotEntry) -> Judged:
    sizes = np.array(
        [
            _largest(draws.picture, (b > rule.above) & (a <= rule.above))
            for a, b in zip(draws.before, draws.after, strict=True)
        ]
    )
    unit = unit_of(draws.picture.space)
    said = f"no new spot above {rule.above:g} larger than {rule.larger_than:g} {unit}".rstrip()
    lower, middle, upper = map(two_figures, np.quantile(sizes, [0.025, 0.5, 0.975]))
    seen = f"the largest new one has {middle} ({lower}..{upper}) {unit}"
    return draws.ruled(said, rule.larger_than - sizes, seen.rstrip())


def _largest(picture: Lattice, inside: Mask) -> float:
    """The volume of the largest connected part, 0 without any."""
    return max((part.volume(picture) for part in connected(picture, inside)), default=0.0)


def _more(room: Array, sure: float, runs: int) -> int | None:
    """Runs more that decide it, if what is seen is so and errors fall as one over their root.

    It is decided once |mean| is z sd, z the quantile of `sure`: runs (z sd / mean)^2 in all.
    """
    mean, sd = abs(float(np.median(room))), float(room.std())
    times = (float(ndtri(sure)) * sd / mean) ** 2 if mean > 0 else math.inf
    if times > _MOST_TIMES:
        return None
    return max(1, math.ceil(runs * (times - 1.0)))


def _within(picture: Lattice, rule: StillEntry) -> Mask:
    """Which points of the lattice lie in the rule's part, (n,); at least one does."""
    columns, inside = picture.space.columns(picture.units), np.ones(len(picture), dtype=bool)
    for name, ends in rule.where.items():
        if name not in columns:
            raise PointError(
                f"rule 'still {rule.name}' names '{name}'; name one that both campaigns leave "
                f"free: {', '.join(picture.space.names)}"
            )
        if isinstance(picture.space.parameters[name], Categorical):
            inside &= np.isin(columns[name], ends)
        else:
            inside &= (columns[name] >= ends[0]) & (columns[name] <= ends[-1])
    inside &= picture.share > 0
    if not inside.any():
        raise PointError(
            f"rule 'still {rule.name}': no point of the common space lies in it; it may be "
            f"smaller than a {_SIDE}th of the ranges; make it larger"
        )
    return inside
