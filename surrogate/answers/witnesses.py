"""What the runs themselves say of a change: is a side's map a better account of its own runs?

A surrogate can be sure and wrong: one that took a small spot for noise is sure of a flat map. A
change is then seen where nothing changed but a surrogate's mind. So each side's runs are asked:
by how much are they likelier under their own map than under the other side's? If the other map
held for a side too, the likelihood ratio would reach c with probability 1/c at most, however the
points were chosen (Ville 1939; the map taken as given). A change is named only where the runs of
both sides bear it out by `LEAST`.

A yes or no that both sides drew with one seed is asked once, as a pair (`answers.pairs`): two that
agree say little, and two that do not say that something changed, whatever the chances are. A graded
outcome says so of more of them: where it differs in a pair, the design has changed there.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import xlogy

from surrogate.answers.ground import Ground, Side
from surrogate.answers.pairs import LEAST_CHANCE, Coupled, Twins
from surrogate.models.scouts import ERRS
from surrogate.outcome import Number, trials_of
from surrogate.records import Observation
from surrogate.space import Array, Mask

LEAST = float(np.log(20.0))  # nats: one in twenty
AGAINST = float(np.log(2.0))  # nats: runs that say less against a map than that say nothing


@dataclass(frozen=True)
class Witnesses:
    """One side's runs in the common space.

    `units` (n, d) their places in the common cube, `gains` (n,) the log likelihood of each, or of
    the pair that it is one of, under its own side's map less that under the other's. `changed`
    (n,) is 1 where its pair gave another number of what helps, 0 where not, NaN without a pair.
    """

    side: Side
    observations: tuple[Observation, ...]
    units: Array
    gains: Array
    changed: Array

    def borne(self, here: Mask) -> float:
        """By how many nats the runs `here` (n,) bear out that something changed; endless where
        there are none at all: there is nothing to ask.
        """
        if not len(self.units):
            return float("inf")
        return max(float(self.gains[here].sum()), _changed(self.changed[here]))


def _changed(pairs: Array) -> float:
    """By how many nats pairs speak for a change, of which some may be beside it.

    The log ratio of what they gave if the design has changed for a share of them, the likeliest,
    and if it has not, and some differ for another reason.
    """
    count, other = float(np.isfinite(pairs).sum()), float(np.nansum(pairs))
    if other <= ERRS * count:
        return -np.inf
    share = other / count
    still = xlogy(count - other, 1.0 - share) - xlogy(count - other, 1.0 - ERRS)
    return float(xlogy(other, share / ERRS) + still)


def called(ground: Ground, sides: tuple[Side, Side], which: int, twins: Twins) -> Witnesses:
    """The runs of one side (0 before, 1 after) that lie in the common space."""
    side = sides[which]
    outcome = side.surrogate.outcome
    name = outcome.name
    runs = tuple(o for o in side.observations if name in o.values and ground.holds(which, o.point))
    names = ground.space.names
    units = np.array(
        [[ground.space.parameters[n].to_unit([o.point[n]])[0] for n in names] for o in runs]
    ).reshape(len(runs), len(names))
    if not runs:
        return Witnesses(side, runs, units, np.empty(0), np.empty(0))
    y = np.array([o.values[name] for o in runs])
    own, other = (
        sides[k].surrogate.predict(ground.units(k, units)).mean for k in (which, 1 - which)
    )
    differing = np.array([twins.changed.get(o.query, np.nan) for o in runs], dtype=float)
    if isinstance(outcome, Number):
        return Witnesses(side, runs, units, _gaussian(y, own) - _gaussian(y, other), differing)
    own, other = (np.clip(p, LEAST_CHANCE, 1.0 - LEAST_CHANCE) for p in (own, other))
    trials = trials_of(outcome)
    gains = _binomial(y, own, trials) - _binomial(y, other, trials)
    twice = np.array([o.query in twins.given for o in runs])
    if trials == 1 and twice.any():
        z = np.array([twins.given[o.query] for o in runs if o.query in twins.given])
        y, p, q = y[twice], own[twice], other[twice]
        changed, same = (Coupled.of(y, z, one, q).log_likelihood(twins.alike) for one in (p, q))
        gains[twice] = changed - same
    return Witnesses(side, runs, units, gains, differing)


def _binomial(y: Array, p: Array, trials: int) -> Array:
    """Log likelihood of counts y (n,), up to what all maps have in common, (n,)."""
    return np.asarray(xlogy(y, p) + xlogy(trials - y, 1.0 - p))


def _gaussian(y: Array, m: Array) -> Array:
    """Of numbers, each beside errors as large as those of this map over all."""
    squared = (y - m) ** 2
    variance = max(float(squared.mean()), float(np.finfo(float).tiny))
    return np.asarray(-0.5 * (squared / variance + np.log(variance)))
