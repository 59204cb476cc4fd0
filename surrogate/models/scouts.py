"""What runs made again with their seeds say of where patches are now.

A graded outcome that comes out the same to the last digit says that nothing has changed where the
run was: a patch is there if one was. One that comes out higher says that a patch has come there, or
one that is lower that it has gone, each more likely than not. The design before is what all that is
judged by:

    symbol   meaning                                                              shape
    c        the chance that a patch held the run's point before                  (k,)
    a, b     that one comes where none was, and goes where one was                scalars
    e        that a run changes for another reason, or does not where it should   scalar
    r        that the outcome rises where a patch comes, and falls where it goes  scalar
    hint     log of P(what it said | a patch is there now) / P(.. | none is)      (k,)

A patch that comes takes up as much of the space as one that is looked for does on average. Seeds
that fell out of step, or a design that changed all over the space, leave nothing the same: unless
half of the runs gave what they gave before, they say nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from surrogate.dataset import Dataset
from surrogate.space import Array, Rows

_COMES, _GOES = 0.03, 0.5  # a and b
_ERRS = 0.02  # e
_RISES = 0.8  # r
_SAME = 1e-9  # of the outcome's spread: two values no farther apart are the same
_ENOUGH = 0.5  # of the runs may change at most, for a change to mean a patch


@dataclass(frozen=True, eq=False)
class Scouts:
    """Runs of a parent that its child makes again, as its first queries.

    `units` (k, d) are where they are in the child's cube, `inside` (k,) is c, and `values` what
    graded outcomes were there by name, each (k,), NaN where a run gave none.
    """

    units: Array
    inside: Array
    values: Mapping[str, Array]

    def hints(self, data: Dataset, name: str, sign: float) -> Array:
        """The hint of each run by the outcome `name`, 0 of those that repeat none, (n,).

        With `sign` 1 the outcome is higher where yes is, with -1 lower.
        """
        hints, (found, scout, step) = np.zeros(len(data)), self.steps(data, name)
        hints[found] = told(self.inside[scout], sign * step)
        return hints

    def gone(self, data: Dataset, name: str, inside: Array) -> bool:
        """Whether runs say that a patch has gone, which held each scout by a chance `inside` (k,).

        It may be so as well as not before them.
        """
        _, scout, step = self.steps(data, name)
        c, alike = inside[scout], np.where(step == 0.0, 1.0 - _ERRS, _ERRS)
        without = (1.0 - c) * alike
        return bool(np.sum(np.log((c * (1.0 - alike) + without) / (c * alike + without))) > 0.0)

    def steps(self, data: Dataset, name: str) -> tuple[Rows, Rows, Array]:
        """Runs that repeat one, the scouts that they are, and by how much the outcome `name` is
        higher than it was, each (k,); none where that says nothing of patches.
        """
        none = np.zeros(0, dtype=np.int64)
        found = np.flatnonzero((data.queries >= 0) & (data.queries < len(self.units)))
        if name not in self.values:
            return none, none, np.zeros(0)
        scout = data.queries[found]
        before, after = self.values[name][scout], data.helps[name][found]
        paired = np.isfinite(before) & np.isfinite(after)
        paired &= (data.units[found] == self.units[scout]).all(axis=1)
        found, scout, step = found[paired], scout[paired], (after - before)[paired]
        if len(found) == 0:
            return none, none, np.zeros(0)
        step[np.abs(step) <= _SAME * float(np.std(before[paired]))] = 0.0
        if np.mean(step != 0.0) > _ENOUGH:
            return none, none, np.zeros(0)
        return found, scout, step


def told(c: Array, step: Array) -> Array:
    """The hint of runs whose outcome rose, fell or stayed as it was: the sign of `step`, (k,)."""
    came, stayed = (1.0 - c) * _COMES, c * (1.0 - _GOES)
    went, never = c * _GOES, (1.0 - c) * (1.0 - _COMES)
    still = step == 0.0
    alike = np.where(still, 1.0 - _ERRS, 0.5 * _ERRS)  # where nothing has come or gone
    up = np.where(step > 0.0, _RISES, 1.0 - _RISES)
    rising, falling = (np.where(still, _ERRS, (1.0 - _ERRS) * one) for one in (up, 1.0 - up))
    there = (came * rising + stayed * alike) / (came + stayed)
    gone = (went * falling + never * alike) / (went + never)
    return np.asarray(np.log(there / gone))
