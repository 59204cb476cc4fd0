"""The best point: where the surrogate's mean is highest or lowest, its interval, the best run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from surrogate.design import admitted, sobol
from surrogate.goal import Goal
from surrogate.models.base import COVERAGE, Marginal
from surrogate.models.beside import NOTHING_BESIDE, Beside
from surrogate.outcome import trials_of
from surrogate.pool import Domain, Pool
from surrogate.records import Observation
from surrogate.space import Array, Scalar, Space

Worth = Callable[[Array], Array]

HIGHEST = Goal.optimum()

_POOL = 2048  # points over the space, beside those that were run
_CLIMBERS = 8  # the best of them, each improved ...
_ROUNDS = 24  # ... so many times ...
_TRIES = 32  # ... to the best of its neighbours, nearer and nearer
_LIKELY = 0.5  # chance to keep all limits of a point that counts
_FAR_BELOW = 1e300
_FIRST, _LAST = 0.2, 1e-6  # reach of the neighbours, as shares of the ranges


@dataclass(frozen=True)
class Peak:
    """Where the response is best, and what it is: `COVERAGE` of the time in `lower`..`upper`.

    `run` is the query whose run came out best of those that keep the limits (None before any),
    `value` what it gave; `kept` is the chance that the point answers and keeps all limits.
    """

    point: dict[str, Scalar]
    mean: float
    lower: float
    upper: float
    run: int | None
    value: float | None
    kept: float = 1.0
    lowest: bool = False

    def to_json(self) -> dict[str, Any]:
        """The peak as a JSON-able mapping."""
        return vars(self).copy()


def find_peak(
    surrogate: Marginal,
    space: Domain,
    observations: Sequence[Observation],
    goal: Goal = HIGHEST,
    beside: Beside = NOTHING_BESIDE,
) -> Peak:
    """The peak of a surrogate, or the best item of a pool; the same records give the same peak.

    Where points are likely to keep the goal's limits, by `beside`, it is the best of those; where
    none is, the likeliest.
    """
    name, sign = surrogate.outcome.name, goal.sign
    known = [each for each in observations if name in each.values]
    keeping = [each for each in known if _keeps(each, goal)]
    best = max(keeping, key=lambda each: (sign * each.values[name], -each.query), default=None)
    worth = partial(_worth, surrogate, goal, beside)
    units = _climbed(worth, space, space.encode([each.point for each in known]))
    read = surrogate.predict(units[None, :], COVERAGE)
    return Peak(
        point=space.decode(units[None, :])[0],
        mean=float(read.mean[0]),
        lower=float(read.lower[0]),
        upper=float(read.upper[0]),
        run=best.query if best else None,
        value=best.values[name] / trials_of(surrogate.outcome) if best else None,
        kept=float(beside.chance(units[None, :])[0]),
        lowest=goal.lowest,
    )


def _keeps(observation: Observation, goal: Goal) -> bool:
    values = observation.values
    return all(
        limit.outcome in values and limit.holds(values[limit.outcome]) for limit in goal.limits
    )


def _worth(surrogate: Marginal, goal: Goal, beside: Beside, units: Array) -> Array:
    """What orders points: the mean where limits are likely kept, else below all of it, (n,)."""
    means = goal.sign * surrogate.predict(units).mean
    if not goal.limits:
        return means
    chance = beside.chance(units)
    return np.where(chance >= _LIKELY, means, -_FAR_BELOW * (1.0 - chance))


def _climbed(worth: Worth, space: Domain, runs: Array) -> Array:
    """The row (d,) of the highest worth: the best of a pool, and what climbing from it finds."""
    if isinstance(space, Pool):
        return np.asarray(space.units[np.argmax(worth(space.units))])
    rows = np.concatenate([runs, admitted(space, sobol(space.dimension, _POOL, seed=0))])
    tops = rows[np.argsort(-worth(rows), kind="stable")[:_CLIMBERS]]
    for number, reach in enumerate(np.geomspace(_FIRST, _LAST, _ROUNDS)):
        steps = 2.0 * sobol(space.dimension, len(tops) * _TRIES, seed=number) - 1.0
        tops = _stepped(worth, space, tops, reach * steps)
    return np.asarray(tops[np.argmax(worth(tops))])


def _stepped(worth: Worth, space: Space, tops: Array, steps: Array) -> Array:
    """Each of `tops` (k, d), or the best of the points that the `steps` lead to, if higher."""
    owner = np.arange(len(steps)) % len(tops)
    near = space.snap(np.clip(tops[owner] + steps, 0.0, 1.0))
    inside = space.allowed(near)
    near, owner = near[inside], owner[inside]
    found = worth(np.concatenate([tops, near]))
    moved = tops.copy()
    for k in range(len(tops)):
        mine = np.flatnonzero(owner == k)
        if len(mine) and found[len(tops) + mine].max() > found[k]:
            moved[k] = near[mine[np.argmax(found[len(tops) + mine])]]
    return moved
