"""A map whose other parameters are averaged, not held: the mean response over their distribution.

Each cell's average is over a sample of the averaged parameters by the space's own distribution, the
same at every cell, where constraints allow it. The average's mean is the average of means. Its
interval is the average of ends, as if the surrogate erred alike along what is averaged: wide. On
continuous axes it is read at nodes, and a cubic spline carries it to the cells; at some cells a
sample of its own, four times as large, says by how much all this is off.

    symbol   meaning                                               shape
    z        rows of the cube, for what is averaged                (m, d)
    columns  unit values at the middles of the cells, by axis      (nx,), (ny,)
    nodes    unit values where the surrogate is read, by axis      (k,), (k,)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surrogate.answers.sketch import Sketch, carrier
from surrogate.design import sobol
from surrogate.models.base import Marginal, Prediction
from surrogate.models.beside import Beside
from surrogate.outcome import Number
from surrogate.space import Array, Space

ALIKE = "averaged as if the surrogate erred alike along what is averaged: wide"

_NODES = 21  # a side: a length of a twentieth of the axis is still followed
_SAMPLE = 32  # values of what is averaged, as Sobol points lie
_CHECKED = 12  # cells at which the error is measured


@dataclass(frozen=True)
class Layers:
    """A map's response, where points are allowed, and the chance of an answer; each (nx ny,)."""

    sketch: Sketch
    allowed: NDArray[np.bool_]
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
        nodes = [_nodes(one, is_smooth) for one, is_smooth in zip(columns, smooth, strict=True)]
        z = self.sample(_SAMPLE, seed=0)
        carriers = [carrier(*both) for both in zip(nodes, columns, strict=True)]
        rough = self.read(surrogate, self.place(nodes), z)
        chances = [beside.chance(_joined(self, self.place(nodes), row)) for row in z]
        units = self.place(columns)
        read = self._carried(surrogate, rough, carriers)
        return Layers(
            self._measured(surrogate, units, read),
            self._allowed(units, z),
            np.clip(_carry(np.mean(chances, axis=0), carriers), 0.0, 1.0),
        )

    def sample(self, count: int, *, seed: int) -> Array:
        """Rows of the cube by the space's own distribution, (count, d)."""
        return self.space.snap(
            self.space.from_uniform(sobol(self.space.dimension, count, seed=seed))
        )

    def read(self, surrogate: Marginal, units: Array, z: Array) -> Prediction:
        """The averages over `z` at rows `units` (n, d), by reading them all."""
        total, weight = np.zeros((3, len(units))), np.zeros(len(units))
        plain = np.zeros((3, len(units)))
        for row in z:
            points = _joined(self, units, row)
            allowed = self.space.allowed(points)
            found = surrogate.predict(points, self.coverage)
            ends = np.stack([found.mean, found.lower, found.upper])
            total += ends * allowed
            plain += ends
            weight += allowed
        # where nothing is allowed the map is grey; what it says there is the average of all
        mean, lower, upper = np.where(weight > 0, total / np.maximum(weight, 1), plain / len(z))
        return Prediction(mean, lower, upper, self.coverage)

    def _carried(
        self, surrogate: Marginal, rough: Prediction, carriers: Sequence[Array]
    ) -> Prediction:
        mean, lower, upper = (
            _carry(one, carriers) for one in (rough.mean, rough.lower, rough.upper)
        )
        if not isinstance(surrogate.outcome, Number):
            mean, lower, upper = (np.clip(one, 0.0, 1.0) for one in (mean, lower, upper))
        return Prediction(mean, np.minimum(lower, mean), np.maximum(upper, mean), self.coverage)

    def _measured(self, surrogate: Marginal, units: Array, read: Prediction) -> Sketch:
        """How far it is from a larger sample that has nothing to do with its own, at some cells."""
        rng = np.random.default_rng(0)
        some = rng.choice(len(units), min(_CHECKED, len(units)), replace=False)
        true = self.read(surrogate, units[some], self.sample(4 * _SAMPLE, seed=1))
        off = [np.abs(a[some] - b).max() for a, b in zip(_three(read), _three(true), strict=True)]
        return Sketch(read, float(off[0]), float(max(off[1:])))

    def _allowed(self, units: Array, z: Array) -> NDArray[np.bool_]:
        allowed = np.zeros(len(units), dtype=bool)
        for row in z:
            allowed |= self.space.allowed(_joined(self, units, row))
        return allowed


def _joined(averaging: Averaging, units: Array, row: Array) -> Array:
    """Rows with what is averaged put where `row` (d,) has it."""
    points = units.copy()
    for name in averaging.names:
        j = averaging.space.names.index(name)
        points[:, j] = row[j]
    return points


def _nodes(column: Array, smooth: bool) -> Array:
    is_carried = smooth and len(column) > _NODES
    return np.linspace(column[0], column[-1], _NODES) if is_carried else column


def _carry(values: Array, carriers: Sequence[Array]) -> Array:
    """Values (k k,) at nodes, x fastest, at the cells (nx ny,)."""
    across = carriers[0]
    up = carriers[1] if len(carriers) > 1 else np.eye(1)
    return np.asarray(up @ values.reshape(up.shape[1], across.shape[1]) @ across.T).ravel()


def _three(read: Prediction) -> tuple[Array, Array, Array]:
    return read.mean, read.lower, read.upper
