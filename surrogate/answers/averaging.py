"""A map whose other parameters are averaged, not held: the mean response over their distribution.

Each cell's average is over a sample of the averaged parameters by the space's own distribution, the
same at every cell, where constraints allow it. The average's mean is the average of means. Its
interval is the average of ends, narrowed by what errors cancel in the average (`together`), as far
as the surrogate knows how they hang together. On continuous axes means are read at nodes, variances
and narrowing at fewer, and cubic splines carry them to the cells; at some cells a sample of
their own, read whole, says by how much all this is off.

    symbol   meaning                                               shape
    z        rows of the cube, for what is averaged                (m, d)
    columns  unit values at the middles of the cells, by axis      (nx,), (ny,)
    nodes    unit values where the surrogate is read, by axis      (k,), (k,)
    few      unit values where its variances are read, by axis     (j,), (j,)
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from surrogate.answers.sketch import Sketch, carried, carried_spread, carriers, compared, three
from surrogate.answers.together import Known, known, moments, narrowing, weights
from surrogate.design import evenly
from surrogate.models.base import Centred, Joint, Marginal, Prediction
from surrogate.models.beside import Beside
from surrogate.models.stretched import Stretched
from surrogate.outcome import Number
from surrogate.space import Array, Mask, Space

ALIKE = "averaged as if the surrogate erred alike along what is averaged: wide"

_NODES, _FEW = 17, 7  # a side: an average is smoother than what it is of
_SAMPLE = 32  # values of what is averaged, as Sobol points lie; their halves are two samples
_CHECKED = 8  # cells at which the error is measured
_TRIED = 64  # nodes at which carried variances are compared with their own
# One place's end may be off by this, of a probability or of the range of a number: it averages out.
_MOST_OFF = 0.05


@dataclass(frozen=True)
class Layers:
    """A map's response, where points are allowed, and the chance of an answer; each (nx ny,)."""

    sketch: Sketch
    allowed: Mask
    answers: Array


@dataclass(frozen=True)
class Averaging:
    """What is averaged: parameters `names` of `space`; `place` gives the points (n, d) of columns
    with everything else held.
    """

    space: Space
    names: Sequence[str]
    place: Callable[[Sequence[Array]], Array]
    coverage: float

    def __call__(
        self, surrogate: Marginal, beside: Beside, columns: Sequence[Array], smooth: Sequence[bool]
    ) -> Layers:
        """The averages at the cells of `columns`; those that are `smooth` are read at nodes."""
        if isinstance(surrogate, Stretched):  # as the ends, so their averages
            made = self(surrogate.plain, beside, columns, smooth)
            return replace(made, sketch=_widened(made.sketch, surrogate.factor))
        pairs = list(zip(columns, smooth, strict=True))
        nodes, few = ([_nodes(*pair, count) for pair in pairs] for count in (_NODES, _FEW))
        z, units = evenly(self.space, _SAMPLE, seed=0), self.place(columns)
        places, to_cells = self.joined(self.place(nodes), z), carriers(nodes, columns)
        one_by_one = (surrogate.predict(points, self.coverage) for points in places)
        if not isinstance(surrogate, Joint):
            read = self._carried(surrogate, self.averaged(one_by_one, places), to_cells)
        else:
            at = self.known(surrogate, self.place(few), z)
            quick = self._quick(surrogate, at, carriers(few, nodes), places)
            read = self._carried(surrogate, self.averaged(quick or one_by_one, places), to_cells)
            read = _narrowed(read, self.narrowing(surrogate, at), carriers(few, columns))
        chance = np.mean([beside.chance(points) for points in places], axis=0)
        return Layers(
            self._measured(surrogate, units, read),
            np.any([self.space.allowed(points) for points in self.joined(units, z)], axis=0),
            np.clip(carried(chance, to_cells), 0.0, 1.0),
        )

    def joined(self, units: Array, z: Array) -> Array:
        """Rows `units` (n, d) with what is averaged put where each of `z` has it, (m, n, d)."""
        averaged = [self.space.names.index(name) for name in self.names]
        points = np.repeat(units[None], len(z), axis=0)
        points[:, :, averaged] = z[:, None, averaged]
        return points

    def known(self, surrogate: Joint, units: Array, z: Array) -> list[Known]:
        """What is known at each of `units` (n, d) of all its places."""
        return known(surrogate, np.ascontiguousarray(self.joined(units, z).swapaxes(0, 1)))

    def narrowing(self, surrogate: Joint, at: Sequence[Known]) -> Array:
        """How much narrower than averages of intervals those of averages are, below and above the
        mean, (2, n).
        """
        is_number = isinstance(surrogate.outcome, Number)
        found = [
            moments(one, weights(self.space.allowed(one.rows)), self.coverage, is_number=is_number)
            for one in at
        ]
        return narrowing(found, self.coverage, is_number=is_number)

    def averaged(self, read: Iterable[Prediction], places: Array) -> Prediction:
        """The averages of what was read of each value's `places` (m, n, d), (n,)."""
        weight = np.zeros(places.shape[1])
        total, plain = np.zeros((2, 3, len(weight)))
        for found, points in zip(read, places, strict=True):
            allowed, ends = self.space.allowed(points), np.stack(three(found))
            total += ends * allowed
            plain += ends
            weight += allowed
        # where nothing is allowed the map is grey; what it says there is the average of all
        mean, lower, upper = np.where(
            weight > 0, total / np.maximum(weight, 1), plain / len(places)
        )
        return Prediction(mean, lower, upper, self.coverage)

    def _carried(self, surrogate: Marginal, rough: Prediction, over: Sequence[Array]) -> Prediction:
        mean, lower, upper = (carried(one, over) for one in three(rough))
        if not isinstance(surrogate.outcome, Number):
            mean, lower, upper = (np.clip(one, 0.0, 1.0) for one in (mean, lower, upper))
        return Prediction(mean, np.minimum(lower, mean), np.maximum(upper, mean), self.coverage)

    def _measured(self, surrogate: Marginal, units: Array, read: Prediction) -> Sketch:
        """How far it is from a sample that has nothing to do with its own, at some cells."""
        some = np.random.default_rng(0).choice(len(units), min(_CHECKED, len(units)), replace=False)
        z = evenly(self.space, _SAMPLE, seed=1)
        places = self.joined(units[some], z)
        true = self.averaged(self._at_once(surrogate, places), places)
        if isinstance(surrogate, Joint):
            true = _narrowed(true, self.narrowing(surrogate, self.known(surrogate, units[some], z)))
        return compared(read, some, true)

    def _at_once(self, surrogate: Marginal, places: Array) -> list[Prediction]:
        """What is read of a few places for each value: all in one go, where each is a moment's."""
        whole = np.stack(three(surrogate.predict(np.concatenate(places), self.coverage)))
        cut = np.split(whole, len(places), axis=1)
        return [Prediction(m, low, high, self.coverage) for m, low, high in cut]

    def _quick(
        self, surrogate: Joint, at: Sequence[Known], over: Sequence[Array], places: Array
    ) -> list[Prediction] | None:
        """What is read of all nodes for each value, their variances carried from where they are
        known; None where those vary too quickly.
        """
        if not isinstance(surrogate, Centred):
            return None
        process, spreads = surrogate, np.stack([one.spread for one in at])  # (j j, 2, m)

        def read(k: int) -> Prediction:
            spread = carried_spread(spreads[:, :, k].T, over)
            return process.reading(process.centre(places[k]), spread, self.coverage)

        some, first = np.random.default_rng(1).permutation(places.shape[1])[:_TRIED], read(0)
        tried = compared(first, some, surrogate.predict(places[0, some], self.coverage))
        scale = float(np.ptp(first.mean)) if isinstance(surrogate.outcome, Number) else 1.0
        if max(tried.mean_error, tried.interval_error) > _MOST_OFF * scale:
            return None
        return [first, *(read(k) for k in range(1, len(places)))]


def _nodes(column: Array, smooth: bool, count: int) -> Array:
    is_carried = smooth and len(column) > count
    return np.linspace(column[0], column[-1], count) if is_carried else column


def _narrowed(read: Prediction, factors: Array, over: Sequence[Array] = ()) -> Prediction:
    """The same with half widths times `factors` (2, n), below and above the mean; carried `over`
    to more cells.
    """
    there = np.stack([carried(one, over) for one in factors]) if over else factors
    return read.scaled(*np.clip(there, 0.0, 1.0))


def _widened(made: Sketch, factor: float) -> Sketch:
    whole = made.read.scaled(factor, factor)
    return Sketch(whole, made.mean_error, factor * made.interval_error)
