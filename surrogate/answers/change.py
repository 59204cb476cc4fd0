"""The change over all of a space, and over two of its axes: how much, and where it is sure.

A cell is sure where the posterior tail probability that it did not change that way passes the line
of Benjamini and Hochberg (1995, J. R. Stat. Soc. B 57) among points of the whole space. So of the
cells that a map shows as changed a share of `RATE` is wrong on average, and where nothing changed
none is shown in all but that share of maps.
"""

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import ndtr

from surrogate.answers.difference import Difference
from surrogate.answers.maps import Axis, View, axes_of, response_words, rounded, units_over
from surrogate.answers.spots import Interval
from surrogate.answers.witnesses import AGAINST, LEAST
from surrogate.answers.zones import rising, two_sided
from surrogate.design import evenly
from surrogate.models.quality import two_figures
from surrogate.space import Array, Mask, Scalar

_DRAWS = 2000
_POINTS = 300  # that stand for the space in an average
_NEAR = 0.1  # of each range: how far a run speaks of its surroundings
_CELLS = 2048  # that stand for it where each is judged

RATE = 0.05  # of the changes that are named: how many may be false on average


@dataclass(frozen=True)
class Overall:
    """The mean response over the space's own distribution, before and after, and its step.

    `doubt` is twice the posterior probability that it went the other way, 1 where the runs of
    both sides do not bear a change out; `sure` says whether it changed, among all that was asked.
    """

    response: str
    before: Interval
    after: Interval
    change: Interval
    doubt: float
    sure: bool = False

    @property
    def words(self) -> str:
        """The step in a sentence."""
        step = self.change
        way = "rose" if step.mean > 0 else "fell"
        ends = sorted((abs(step.lower), abs(step.upper)))
        return (
            f"The {self.response} over all {way} by {two_figures(abs(step.mean))} "
            f"({two_figures(ends[0])}..{two_figures(ends[1])})."
        )

    def to_json(self) -> dict[str, Any]:
        """The same as a JSON-able mapping."""
        return asdict(self)


@dataclass(frozen=True)
class ChangeMap:
    """The step of the response over two axes; arrays are (ny, nx), one row over one axis.

    `rise` is the posterior probability that the response rose; `sure` where it surely changed.
    """

    response: str
    x: Axis
    y: Axis | None
    before: Array
    after: Array
    rise: Array
    sure: Mask
    allowed: Mask
    held: dict[str, Scalar]
    level: float | None

    @cached_property
    def change(self) -> Array:
        """After less before."""
        return self.after - self.before

    def to_json(self) -> dict[str, Any]:
        """The map as a JSON-able mapping."""
        return {
            "response": self.response,
            "x": self.x.to_json(),
            "y": self.y.to_json() if self.y else None,
            "before": rounded(self.before),
            "after": rounded(self.after),
            "rise": rounded(self.rise),
            "change": rounded(self.change),
            "sure": self.sure.tolist(),
            "allowed": self.allowed.tolist(),
            "held": dict(self.held),
            "level": self.level,
        }


def overall(difference: Difference) -> Overall:
    """The mean response over the common space's own distribution."""
    before, after = (one.mean(axis=1) for one in difference.draws(spread_over(difference), _DRAWS))
    step = after - before
    said = [one.gains for one in difference.witnesses]
    borne = all(not len(gains) or gains.sum() >= LEAST for gains in said)
    return Overall(
        response=response_words(difference.outcome),
        before=Interval.of(before),
        after=Interval.of(after),
        change=Interval.of(step),
        doubt=two_sided(rising(step)) if borne else 1.0,
    )


def change_map(difference: Difference, view: View) -> ChangeMap:
    """Both responses over the view's axes, and where their change is sure."""
    space = difference.ground.space
    view, units, shape = units_over(space, view)
    steps = difference.steps(units)
    before, after = steps.responses.reshape(2, *shape)
    sure = np.abs(steps.z) >= least_sure(difference)
    x, y = axes_of(space, view)
    return ChangeMap(
        response=response_words(difference.outcome),
        x=x,
        y=y,
        before=before,
        after=after,
        rise=np.asarray(ndtr(steps.z)).reshape(shape),
        sure=(sure & _borne_out(difference, units)).reshape(shape),
        allowed=space.allowed(units).reshape(shape),
        held={**space.fixed, **view.held},
        level=view.level,
    )


def least_sure(difference: Difference) -> float:
    """How many sds from zero a change must be to be sure; infinite where none is."""
    z = np.abs(difference.steps(spread_over(difference, _CELLS)).z)
    passed = discoveries(2.0 * ndtr(-z))
    return float(z[passed].min()) if passed.any() else float("inf")


def _borne_out(difference: Difference, units: Array) -> Mask:
    """Where the runs near `units` (n, d) of neither side speak against their own map, (n,)."""
    held = np.ones(len(units), dtype=bool)
    for side in difference.witnesses:
        if len(side.units):
            near = np.exp(-0.5 * cdist(units, side.units, "sqeuclidean") / _NEAR**2)
            held &= near @ side.gains > -AGAINST
    return held


def discoveries(doubts: Array, rate: float = RATE) -> Mask:
    """Which of the tail probabilities `doubts` (n,) pass Benjamini and Hochberg's line, (n,)."""
    order = np.argsort(doubts, kind="stable")
    line = rate * np.arange(1, len(doubts) + 1) / len(doubts)
    below = np.flatnonzero(doubts[order] <= line)
    passed = np.zeros(len(doubts), dtype=bool)
    passed[order[: below[-1] + 1 if len(below) else 0]] = True
    return passed


def spread_over(difference: Difference, count: int = _POINTS) -> Array:
    """Points spread over the common space by its own distribution, (k, d)."""
    space = difference.ground.space
    rows = evenly(space, 2 * _CELLS, seed=0)
    rows = rows[space.allowed(rows)][:count]
    return rows if len(rows) else space.draw(count, np.random.default_rng(0))
