"""The best point: where the surrogate's mean is highest, with its interval, and the best run."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from surrogate.design import sobol
from surrogate.models.base import Marginal
from surrogate.outcome import Count
from surrogate.pool import Domain, Pool
from surrogate.records import Observation
from surrogate.space import Array, Scalar, Space

COVERAGE = 0.95

_POOL = 2048  # points over the space, beside those that were run
_CLIMBERS = 8  # the best of them, each improved ...
_ROUNDS = 24  # ... so many times ...
_TRIES = 32  # ... to the best of its neighbours, nearer and nearer
_FIRST, _LAST = 0.2, 1e-6  # reach of the neighbours, as shares of the ranges


@dataclass(frozen=True)
class Peak:
    """Where the response is highest, and how high: `COVERAGE` of the time in `lower`..`upper`.

    `run` is the query whose run came out best (None before any), `value` what it gave.
    """

    point: dict[str, Scalar]
    mean: float
    lower: float
    upper: float
    run: int | None
    value: float | None

    def to_json(self) -> dict[str, Any]:
        """The peak as a JSON-able mapping."""
        return vars(self).copy()


def find_peak(surrogate: Marginal, space: Domain, observations: Sequence[Observation]) -> Peak:
    """The peak of a surrogate, or the best item of a pool; the same records give the same peak."""
    name = surrogate.outcome.name
    known = [each for each in observations if name in each.values]
    best = max(known, key=lambda each: (each.values[name], -each.query), default=None)
    units = _climbed(surrogate, space, space.encode([each.point for each in known]))
    read = surrogate.predict(units[None, :], COVERAGE)
    trials = surrogate.outcome.of if isinstance(surrogate.outcome, Count) else 1
    return Peak(
        point=space.decode(units[None, :])[0],
        mean=float(read.mean[0]),
        lower=float(read.lower[0]),
        upper=float(read.upper[0]),
        run=best.query if best else None,
        value=best.values[name] / trials if best else None,
    )


def _climbed(surrogate: Marginal, space: Domain, runs: Array) -> Array:
    """The row (d,) of the highest mean: the best of a pool, and what climbing from it finds."""
    if isinstance(space, Pool):
        return np.asarray(space.units[np.argmax(surrogate.predict(space.units).mean)])
    rows = np.concatenate([runs, _allowed(space, sobol(space.dimension, _POOL, seed=0))])
    means = surrogate.predict(rows).mean
    tops = rows[np.argsort(-means, kind="stable")[:_CLIMBERS]]
    for number, reach in enumerate(np.geomspace(_FIRST, _LAST, _ROUNDS)):
        steps = 2.0 * sobol(space.dimension, len(tops) * _TRIES, seed=number) - 1.0
        tops = _stepped(surrogate, space, tops, reach * steps)
    return np.asarray(tops[np.argmax(surrogate.predict(tops).mean)])


def _stepped(surrogate: Marginal, space: Space, tops: Array, steps: Array) -> Array:
    """Each of `tops` (k, d), or the best of the points that the `steps` lead to, if higher."""
    owner = np.arange(len(steps)) % len(tops)
    near = space.snap(np.clip(tops[owner] + steps, 0.0, 1.0))
    inside = space.allowed(near)
    near, owner = near[inside], owner[inside]
    means = surrogate.predict(np.concatenate([tops, near])).mean
    moved = tops.copy()
    for k in range(len(tops)):
        mine = np.flatnonzero(owner == k)
        if len(mine) and means[len(tops) + mine].max() > means[k]:
            moved[k] = near[mine[np.argmax(means[len(tops) + mine])]]
    return moved


def _allowed(space: Space, units: Array) -> Array:
    rows = space.snap(units)
    return rows[space.allowed(rows)]
