"""What runs made again with their seeds say of where patches are now.

A graded outcome that comes out the same to the last digit says that nothing has changed where the
run was: a patch is there if one was. One that comes out higher says that a patch has come there, or
one that is lower that it has gone, each more likely than not. The design before is what all that is
judged by:

    symbol   meaning                                                              shape
    c        the chance that a patch held the run's point before                  (k,)
    a, b     that one comes where none was, and goes where one was                scalars
    e        that a run changes for another reason                                scalar
    u        that it does not where a patch has come or gone: on the football     scalar
             game .05 to .15, by the kind of defect
    r        that the outcome rises where a patch comes, and falls where it goes  scalar
    hint     log of P(what it said | a patch is there now) / P(.. | none is)      (k,)

A patch that comes takes up as much of the space as one that is looked for does on average. Seeds
that fell out of step, or a design that changed all over the space, leave nothing the same: unless
half of the first runs gave what they gave before, they say nothing.

A run made again tells 2 to 4 nats of whether a patch has come there or gone, where a fresh one
tells .3 to 1.4 by its margin. So some are made first, half of them spread over the space, and
hunters then make the parent's other runs again where a patch may be. What came out as before at one
of these the parent's map knows already: it counts as an answer there, and not once more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from surrogate.dataset import Dataset
from surrogate.records import Sentinel
from surrogate.space import Array, Mask, Rows

_COMES, _GOES = 0.03, 0.5  # a and b
ERRS = 0.02  # e
_UNMOVED = 0.1  # u
_RISES = 0.8  # r
_SAME = 1e-9  # of the outcome's spread: two values no farther apart are the same
_ENOUGH = 0.5  # of the runs may change at most, for one that does to tell of its place


@dataclass(frozen=True, eq=False)
class Scouts:
    """Runs of a parent that its child makes again: the `first` of them as its first queries, the
    others where hunters for patches go.

    `units` (k, d) are where they are in the child's cube, `inside` (k,) is c, and `values` what
    graded outcomes were there by name, each (k,), NaN where a run gave none.
    """

    runs: Sequence[Sentinel]
    first: int
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
        still, c = step == 0.0, inside[scout]
        alike, other = np.where(still, 1.0 - ERRS, ERRS), np.where(still, _UNMOVED, 1.0 - _UNMOVED)
        return bool(np.sum(np.log((c * other + (1.0 - c) * alike) / alike)) > 0.0)

    def steps(self, data: Dataset, name: str) -> tuple[Rows, Rows, Array]:
        """Runs that repeat one, the scouts that they are, and by how much the outcome `name` is
        higher than it was, each (k,); none where that says nothing of patches.
        """
        none = np.zeros(0, dtype=np.int64)
        if name not in self.values:
            return none, none, np.zeros(0)
        found, scout = self._again(data)
        before, after = self.values[name][scout], data.helps[name][found]
        paired = np.isfinite(before) & np.isfinite(after)
        found, scout = found[paired], scout[paired]
        evenly = scout < self.first  # later ones go where much has changed
        step = rises(before[paired], after[paired], evenly) if evenly.any() else None
        return (none, none, np.zeros(0)) if step is None else (found, scout, step)

    def news(self, data: Dataset, name: str) -> Dataset:
        """`data` without later runs that gave what they gave before, as the parent's map knows."""
        found, scout, step = self.steps(data, name)
        known = found[(scout >= self.first) & (step == 0.0)]
        return data.some(np.setdiff1d(np.arange(len(data)), known))

    def at(self, units: Array) -> Sentinel | None:
        """The run at a place (d,) that hunters may make again; None where there is none."""
        scout = self._places.get(units.tobytes())
        return None if scout is None else self.runs[scout]

    @cached_property
    def _places(self) -> dict[bytes, int]:
        """Which of the later runs is where."""
        return {row.tobytes(): i for i, row in enumerate(self.units) if i >= self.first}

    def _again(self, data: Dataset) -> tuple[Rows, Rows]:
        """Runs that repeat one, and which, both (k,)."""
        begun = np.flatnonzero((data.queries >= 0) & (data.queries < self.first))
        begun = begun[(data.units[begun] == self.units[data.queries[begun]]).all(axis=1)]
        pairs = {int(data.queries[row]): int(row) for row in begun}
        for row in np.flatnonzero(data.queries >= self.first):
            if (scout := self._places.get(data.units[row].tobytes())) is not None:
                pairs.setdefault(scout, int(row))
        found, scouts = np.array(list(pairs.values())), np.array(list(pairs))
        return found.astype(np.int64), scouts.astype(np.int64)


def rises(before: Array, after: Array, evenly: Mask) -> Array | None:
    """By how much runs gave more than they gave before with the same seed, (k,).

    None where most of those that lie `evenly` (k,) gave another value: then it is not the seed's,
    or all has changed, and none tells of its place.
    """
    step = after - before
    step[np.abs(step) <= _SAME * np.std(before)] = 0.0
    return None if np.mean(step[evenly] != 0.0) > _ENOUGH else step


def told(c: Array, step: Array) -> Array:
    """The hint of runs whose outcome rose, fell or stayed as it was: the sign of `step`, (k,)."""
    came, stayed = (1.0 - c) * _COMES, c * (1.0 - _GOES)
    went, never = c * _GOES, (1.0 - c) * (1.0 - _COMES)
    still = step == 0.0
    alike = np.where(still, 1.0 - ERRS, 0.5 * ERRS)  # where nothing has come or gone
    up = np.where(step > 0.0, _RISES, 1.0 - _RISES)
    rising, falling = (np.where(still, _UNMOVED, (1.0 - _UNMOVED) * one) for one in (up, 1.0 - up))
    there = (came * rising + stayed * alike) / (came + stayed)
    gone = (went * falling + never * alike) / (went + never)
    return np.asarray(np.log(there / gone))
