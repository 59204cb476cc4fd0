"""A site again or a new one: where runs are noisy, a place that was done competes like any other.

The gain of a replicate needs no formula of its own: with exact covariances, done sites among the
candidates, it is what one more run there is expected to tell. Where noise has to be learned a
replicate says one thing more, how far runs at one place differ, and that is worth a little of its
own while a place has few: without replicates nobody can tell noise that varies over the space from
a response that bends (Binois, Huang, Gramacy and Ludkovski 2019, Technometrics 61).
"""

from collections.abc import Callable

import numpy as np

from surrogate.asking.request import Request
from surrogate.asking.scene import Points, look
from surrogate.asking.sites import inclusion, systematic, uncertainty, without
from surrogate.models.base import LookAhead
from surrogate.models.sites import some_rows
from surrogate.outcome import Number, Outcome
from surrogate.pool import Pool
from surrogate.space import Array

Worth = Callable[[Array], Array]

_TEACHES = 0.3  # of its gain: what a replicate is worth more where noise is to be learned ...
_ENOUGH = 5  # ... at a place with fewer runs than that: their variance is known to 70 %
_LOOKED_AT = 1024  # done places at most; where there are more, some of them


class Done:
    """The places that were run, each once, with their rows in `request.known` and counts."""

    def __init__(self, known: Array) -> None:
        """`known` (n, d): where runs were made, replicates among them."""
        self._rows: dict[bytes, list[int]] = {}
        for row, units in enumerate(known):
            self._rows.setdefault(units.tobytes(), []).append(row)
        self.units = known[[rows[0] for rows in self._rows.values()]]

    def row(self, units: Array) -> int | None:
        """The first row of `known` that is `units` (d,) to the bit; None for a new place."""
        return self._rows[units.tobytes()][0] if units.tobytes() in self._rows else None

    def runs(self, units: Array) -> int:
        """How many runs were made at `units` (d,)."""
        return len(self._rows.get(units.tobytes(), ()))


def noisy(outcome: Outcome) -> bool:
    """Whether two runs at one place may differ, so that a second one can tell something."""
    return not isinstance(outcome, Number) or outcome.noise != "none"


def learns_noise(outcome: Outcome) -> bool:
    """Whether how noisy runs are is known from nothing but the runs."""
    return isinstance(outcome, Number) and outcome.noise == "unknown"


def repeatable(surrogate: LookAhead, request: Request, done: Done, most: int) -> Points:
    """Done places that may be run again, none in flight: about `most` of those that matter.

    None where the oracle is not noisy; none of a pool, whose items are asked once.
    """
    if isinstance(request.space, Pool) or not noisy(surrogate.outcome):
        return look(surrogate, request.nothing)
    units = done.units[without(done.units, request.in_flight)]
    points = look(surrogate, units[some_rows(len(units), _LOOKED_AT)])
    if len(points) <= most:
        return points
    weight = uncertainty(surrogate, request, points)
    weight /= max(weight.mean(), np.finfo(float).tiny)
    return points[systematic(inclusion(weight, most))]


def lessons(outcome: Outcome, done: Done) -> Worth:
    """What the gain of a run at each of some units is to be multiplied by, at least 1."""
    if not learns_noise(outcome):
        return lambda units: np.ones(len(units))

    def worth(units: Array) -> Array:
        runs = np.array([done.runs(row) for row in units])
        return np.where((runs > 0) & (runs < _ENOUGH), 1.0 + _TEACHES, 1.0)

    return worth


def words(why: str, runs: int, outcome: Outcome) -> str:
    """Why a place that was run before is run once more."""
    times = "once" if runs == 1 else f"{runs} times"
    also = ", and how far runs at one place differ" if learns_noise(outcome) else ""
    return f"{why}; it was run here {times}, and again tells as much as a new place{also}"
