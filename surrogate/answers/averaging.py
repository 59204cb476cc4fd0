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

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from surrogate.answers.sketch import Sketch, carried, carried_spread, carriers, compared, three
from surrogate.answers.together import Known, known, moments, narrowing, weights
from surrogate.design import evenly
from surrogate.models.base import Centred, Joint, Marginal, Prediction
from surrogate.models.beside import Beside
from surrogate.models.stretched import Stretched
from surrogate.outcome import Number
from surrogate.space import Array, Mask, Space

Read = Callable[[Array], Prediction]

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
        places = self.place(nodes)
        to_cells = carriers(nodes, columns)
        reads = partial(surrogate.predict, coverage=self.coverage)
        if not isinstance(surrogate, Joint):
            read = self._carried(surrogate, self.averaged([reads] * len(z), places, z), to_cells)
        else:
            at = self.known(surrogate, self.place(few), z)
            quick = self._quick(surrogate, at, carriers(few, nodes), places, z)
            rough = self.averaged(quick or [reads] * len(z), places, z)
            read = self._carried(surrogate, rough, to_cells)
            read = _narrowed(read, self.narrowing(surrogate, at), carriers(few, columns))
        chances = [beside.chance(_joined(self, places, row)) for row in z]
        return Layers(
            self._measured(surrogate, units, read),
            self._allowed(units, z),
            np.clip(carried(np.mean(chances, axis=0), to_cells), 0.0, 1.0),
        )

    def known(self, surrogate: Joint, units: Array, z: Array) -> list[Known]:
        """What is known at each of `units` (n, d) of all its places."""
        every = np.repeat(units, len(z), axis=0)
        rows = _joined(self, every, np.tile(z, (len(units), 1)))
        return known(surrogate, rows.reshape(len(units), *z.shape))

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

    def averaged(self, reads: Sequence[Read], units: Array, z: Array) -> Prediction:
        """The averages over `z` at rows `units` (n, d); each value has a way of `reads`."""
        total, weight = np.zeros((3, len(units))), np.zeros(len(units))
        plain = np.zeros((3, len(units)))
        for read, row in zip(reads, z, strict=True):
            points = _joined(self, units, row)
            allowed = self.space.allowed(points)
            found = read(points)
            ends = np.stack([found.mean, found.lower, found.upper])
            total += ends * allowed
            plain += ends
            weight += allowed
        # where nothing is allowed the map is grey; what it says there is the average of all
        mean, lower, upper = np.where(weight > 0, total / np.maximum(weight, 1), plain / len(z))
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
        true = self.averaged(self._at_once(surrogate, units[some], z), units[some], z)
        if isinstance(surrogate, Joint):
            true = _narrowed(true, self.narrowing(surrogate, self.known(surrogate, units[some], z)))
        return compared(read, some, true)

    def _at_once(self, surrogate: Marginal, units: Array, z: Array) -> list[Read]:
        """Ways to read a few `units` for each of `z`: all in one go, where each is a moment's."""
        rows = np.concatenate([_joined(self, units, row) for row in z])
        whole = np.stack(three(surrogate.predict(rows, self.coverage)))
        cut = np.split(whole, len(z), axis=1)
        parts = (Prediction(m, low, high, self.coverage) for m, low, high in cut)
        return [partial(_as_read, part) for part in parts]

    def _quick(
        self,
        surrogate: Joint,
        at: Sequence[Known],
        over: Sequence[Array],
        places: Array,
        z: Array,
    ) -> list[Read] | None:
        """Ways to read all nodes for each of `z`, their variances carried from where they are
        known; None where those vary too quickly.
        """
        if not isinstance(surrogate, Centred):
            return None
        process, spreads = surrogate, np.stack([one.spread for one in at])  # (j j, 2, m)

        def way(k: int) -> Read:
            spread = carried_spread(spreads[:, :, k].T, over)
            return lambda points: process.reading(process.centre(points), spread, self.coverage)

        points, ways = _joined(self, places, z[0]), [way(k) for k in range(len(z))]
        some = np.random.default_rng(1).permutation(len(points))[:_TRIED]
        found, true = ways[0](points), surrogate.predict(points[some], self.coverage)
        scale = float(np.ptp(found.mean)) if isinstance(surrogate.outcome, Number) else 1.0
        tried = compared(found, some, true)
        return ways if max(tried.mean_error, tried.interval_error) <= _MOST_OFF * scale else None

    def _allowed(self, units: Array, z: Array) -> Mask:
        every = [self.space.allowed(_joined(self, units, row)) for row in z]
        return np.asarray(np.any(every, axis=0))


def _joined(averaging: Averaging, units: Array, z: Array) -> Array:
    """Rows with what is averaged put where `z` has it: one row (d,) for all, or one each."""
    points = units.copy()
    for name in averaging.names:
        j = averaging.space.names.index(name)
        points[:, j] = z[..., j]
    return points


def _as_read(read: Prediction, points: Array) -> Prediction:
    """What was read of these points beforehand."""
    return read


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
