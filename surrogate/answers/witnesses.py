"""What the runs themselves say of a change: is a side's map a better account of its own runs?

A surrogate can be sure and wrong: one that took a small spot for noise is sure of a flat map. A
change is then seen where nothing changed but a surrogate's mind. So each side's runs are asked:
by how much are they likelier under their own map than under the other side's? If the other map
held for a side too, the likelihood ratio would reach c with probability 1/c at most, however the
points were chosen (Ville 1939; the map taken as given). A change is named only where the runs of
both sides bear it out by `LEAST`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import xlogy

from surrogate.answers.ground import Ground, Side
from surrogate.outcome import Number, trials_of
from surrogate.records import Observation
from surrogate.space import Array

LEAST = float(np.log(20.0))  # nats: one in twenty
AGAINST = float(np.log(2.0))  # nats: runs that say less against a map than that say nothing
_LEAST_CHANCE = 1e-3  # a map that was certain and wrong loses no more than 7 nats a run


@dataclass(frozen=True)
class Witnesses:
    """One side's runs in the common space.

    `units` (n, d) their places in the common cube, `gains` (n,) the log likelihood of each under
    its own side's map less that under the other's.
    """

    side: Side
    observations: tuple[Observation, ...]
    units: Array
    gains: Array


def called(ground: Ground, sides: tuple[Side, Side], which: int) -> Witnesses:
    """The runs of one side (0 before, 1 after) that lie in the common space."""
    side = sides[which]
    name = side.surrogate.outcome.name
    runs = tuple(o for o in side.observations if name in o.values and ground.holds(which, o.point))
    names = ground.space.names
    units = np.array(
        [[ground.space.parameters[n].to_unit([o.point[n]])[0] for n in names] for o in runs]
    ).reshape(len(runs), len(names))
    if not runs:
        return Witnesses(side, runs, units, np.empty(0))
    own, other = (_log_likelihood(sides, ground, k, units, runs) for k in (which, 1 - which))
    return Witnesses(side, runs, units, own - other)


def _log_likelihood(
    sides: tuple[Side, Side], ground: Ground, k: int, units: Array, runs: Sequence[Observation]
) -> Array:
    """Of each run under the map of side `k`, up to what all maps have in common, (n,)."""
    outcome = sides[k].surrogate.outcome
    y = np.array([o.values[outcome.name] for o in runs])
    read = sides[k].surrogate.predict(ground.units(k, units)).mean
    if isinstance(outcome, Number):
        return _gaussian(y, read)
    p = np.clip(read, _LEAST_CHANCE, 1.0 - _LEAST_CHANCE)
    return np.asarray(xlogy(y, p) + xlogy(trials_of(outcome) - y, 1.0 - p))


def _gaussian(y: Array, m: Array) -> Array:
    """Of numbers, each beside errors as large as those of this map over all."""
    squared = (y - m) ** 2
    variance = max(float(squared.mean()), float(np.finfo(float).tiny))
    return np.asarray(-0.5 * (squared / variance + np.log(variance)))
