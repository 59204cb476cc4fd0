"""Runs that both sides of a comparison made at one point with one seed, and how alike chance was.

    symbol   meaning                                                              shape
    y, z     what a run gave, and what the same seed gave on the other side       (n,)
    p, q     the chances of a yes that maps give to the two                       (n,)
    r        the share of pairs of which one chance decided both, in [0, 1]       scalar

r is 1 where a design that did not change repeats its runs, and falls to 0 where one more random
draw has put the seeds out of step. Of a yes or no it is known by what the pairs gave: with
probability r one uniform number u made both, a yes being u < p and u < q; else one each made one.
Before any pair r is anything between 0 and 1. A change of the chances, which the maps tell, does
not make it less.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from surrogate.answers.ground import Side
from surrogate.models.scouts import rises
from surrogate.outcome import Number, trials_of
from surrogate.records import Observation
from surrogate.space import Array, Mask, Rows

LEAST_CHANCE = 1e-3  # a map that was certain and wrong loses no more than 7 nats a run
_FEWEST = 8  # pairs: fewer can't tell how alike the noise is
_STEPS = 200  # of r, over which its posterior is averaged


@dataclass(frozen=True)
class Twins:
    """What the other side gave with the same seed, by a side's own query, and r.

    `changed` says of which another outcome than the question's came out otherwise, if one tells.
    """

    given: Mapping[int, float]
    alike: float
    changed: Mapping[int, bool]


@dataclass(frozen=True)
class Coupled:
    """Chances of what pairs gave: `together` where one number decided both, else `apart`, (n,)."""

    together: Array
    apart: Array

    @classmethod
    def of(cls, y: Array, z: Array, p: Array, q: Array) -> Self:
        """Those of answers y and z of which maps give yes the chances p and q."""
        apart = np.where(y > 0, p, 1.0 - p) * np.where(z > 0, q, 1.0 - q)
        agreed = np.where(y > 0, np.minimum(p, q), 1.0 - np.maximum(p, q))
        parted = np.maximum(np.where(y > 0, p - q, q - p), 0.0)
        return cls(np.where(y == z, agreed, parted), apart)

    def log_likelihood(self, r: float) -> Array:
        """Of each pair, (n,)."""
        return np.asarray(np.log(r * self.together + (1.0 - r) * self.apart))

    def alike(self) -> float:
        """r on average over its posterior."""
        r = (np.arange(_STEPS) + 0.5) / _STEPS
        each = np.array([self.log_likelihood(one).sum() for one in r])
        weight = np.exp(each - each.max())
        return float(weight @ r / weight.sum())


@dataclass(frozen=True)
class Pairs:
    """Runs that both sides made at one point with one seed.

    `units` their places on each side (p, d); `values` what they gave, and `queries` of which
    query, (2, p); `alike` is r. `changed` (p,) says of which any other outcome came out otherwise
    than before, of those that are alike in half of the pairs at least; (0,) where none is.
    """

    units: tuple[Array, Array]
    values: Array
    queries: Rows
    alike: float
    changed: Mask

    def __len__(self) -> int:
        return int(self.values.shape[1])

    @property
    def differing(self) -> int:
        """How many of them gave something else after than before."""
        return int((self.values[0] != self.values[1]).sum())

    def twins(self, which: int) -> Twins:
        """What the other side gave for each of one side's queries."""
        own, other = self.queries[which].tolist(), self.values[1 - which].tolist()
        changed = dict(zip(own, self.changed.tolist(), strict=False))
        return Twins(dict(zip(own, other, strict=True)), self.alike, changed)


def pairs_of(before: Side, after: Side) -> Pairs:
    """The runs that both made, by point and seed, and how alike their noise was."""
    first, second = _by_seed(before), _by_seed(after)
    common = [key for key in first if key in second]
    told = [[side[key] for key in common] for side in (first, second)]
    name = after.surrogate.outcome.name
    values = np.array([[o.values[name] for o in ones] for ones in told]).reshape(2, len(common))
    queries = np.array([[o.query for o in ones] for ones in told], dtype=np.int64)
    sides = (before, after)
    a, b = (s.space.encode([o.point for o in ones]) for s, ones in zip(sides, told, strict=True))
    alike = _alike(sides, (a, b), values) if len(common) >= _FEWEST else 0.0
    changed = _changed(told, name) if len(common) >= _FEWEST else np.zeros(0, dtype=bool)
    return Pairs((a, b), values, queries.reshape(values.shape), alike, changed)


def _changed(told: Sequence[Sequence[Observation]], question: str) -> Mask:
    """Which pairs gave another number of an outcome than the question, (p,) or (0,)."""
    names = set.intersection(*(set(o.values) for ones in told for o in ones)) - {question}
    found = []
    for name in sorted(names):
        before, after = (np.array([o.values[name] for o in ones]) for ones in told)
        if (step := rises(before, after, np.ones(len(before), dtype=bool))) is not None:
            found.append(step != 0.0)
    return np.any(found, axis=0) if found else np.zeros(0, dtype=bool)


def _by_seed(side: Side) -> dict[tuple[object, ...], Observation]:
    """Observations of the question by their point's values and their seed."""
    name = side.surrogate.outcome.name
    seeds = {query.index: query.seed for query in side.queries}
    return {
        (seeds[o.query], *(o.point[key] for key in sorted(side.space.names))): o
        for o in side.observations
        if name in o.values and o.query in seeds
    }


def _alike(sides: Sequence[Side], units: Sequence[Array], values: Array) -> float:
    """r of pairs at `units`, (p, d) on each side, that gave `values`, (2, p)."""
    outcomes = [side.surrogate.outcome for side in sides]
    if any(isinstance(one, Number) and one.noise == "none" for one in outcomes):
        return 0.0
    reads = [s.surrogate.predict(rows).mean for s, rows in zip(sides, units, strict=True)]
    if any(isinstance(one, Number) or trials_of(one) > 1 for one in outcomes):
        left = values / [[trials_of(one)] for one in outcomes] - reads
        return _correlation(left[0], left[1])
    p, q = np.clip(reads, LEAST_CHANCE, 1.0 - LEAST_CHANCE)
    return Coupled.of(values[0], values[1], p, q).alike()


def _correlation(a: Array, b: Array) -> float:
    """Of what two sides gave beyond what each surrogate expects, 0 where it is negative."""
    spread = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float(np.clip((a @ b) / spread, 0.0, 1.0)) if spread > 0 else 0.0
