"""What is surely inside a set above a level, what may be, and how large the set is.

The set is random: each joint draw of the surrogate has its own. Points are ranked by their
chance of being inside. The core is the largest set {chance > rho} that lies wholly inside a draw's
set with probability `SURE`, the hull the smallest {chance >= rho} that wholly holds it
(Bolin and Lindgren 2015, JRSS-B 77, section 3; Azzimonti, Ginsbourger, Chevalier, Bect and Richet
2021, Technometrics 63, section 2, call them conservative estimates). What pointwise intervals would
call sure is larger, and wrong somewhere in most draws.

A number's errors may have heavier tails than its process has, where the response bends more than it
expects (`models.tails`). Then each draw's are multiplied by a factor at each point, large in the
same draws everywhere, and a point's chance is the mean over factors.

A surrogate that has no joint draws errs everywhere alike, so far as this is concerned: one uniform
number decides all points, and core and hull are those of single points.

    symbol   meaning                                                     shape
    chance   P(point is inside)                                          (n,)
    doubted  indices of points that are neither sure nor ruled out       (k,)
    inside   whether they are inside, draw by draw                       (draws, k)
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from surrogate.answers.spots import Sides
from surrogate.models.base import ONE_SD, LookAhead
from surrogate.models.draws import latent_draws
from surrogate.models.tails import Tails, tails
from surrogate.space import Array, Mask, Rows

SURE = 0.95
VOLUME_COVERAGE = 0.9

_DRAWS = 500  # the 5 % quantile of them is good to a hundredth
_FACTORS = 50  # of which a point's chance is the mean
_NEGLIGIBLE = 1e-5  # chance: a lattice of 16,384 such points misleads one draw in ten at most


@dataclass(frozen=True)
class Excursion:
    """The set on the wanted side of a level, as draws of a surrogate have it; see the glossary."""

    chance: Array
    doubted: Rows
    inside: Mask

    def core(self, members: Rows) -> Mask:
        """Which of `members` (m,) lie, all together, inside with probability `SURE`, (m,)."""
        among = np.isin(self.doubted, members)
        chance = self.chance[self.doubted[among]]
        worst = np.where(self.inside[:, among], 0.0, chance).max(axis=1, initial=0.0)
        limit = max(float(np.quantile(worst, SURE, method="higher")), 0.5)
        return np.asarray(self.chance[members] > limit)

    def hull(self) -> Mask:
        """A set that holds all that is inside with probability `SURE`, (n,)."""
        chance = self.chance[self.doubted]
        least = np.where(self.inside, chance, 1.0).min(axis=1, initial=1.0)
        limit = float(np.quantile(least, 1 - SURE, method="lower"))
        return np.asarray((self.chance >= min(limit, 0.5)) & (self.chance > _NEGLIGIBLE))

    def measures(self, size: Array, within: Mask) -> Array:
        """The set's measure inside `within` (n,) by draws; each point's is its `size` (n,)."""
        sure = within & (self.chance > 0.5)
        sure[self.doubted] = False
        counted = np.where(within[self.doubted], size[self.doubted], 0.0)
        return np.asarray(size[sure].sum() + self.inside @ counted)


def excursion(sides: Sides, *, seed: int = 0) -> Excursion:
    """The set on the wanted side, as `_DRAWS` joint draws have it."""
    found, possible = tails(sides.surrogate), sides.picture.volume > 0
    chance = sides.chance if found is None else _mixed(sides, found)
    doubted = np.flatnonzero(possible & (chance > _NEGLIGIBLE) & (chance < 1 - _NEGLIGIBLE))
    rng = np.random.default_rng(seed)
    surrogate, units = sides.surrogate, sides.picture.units[doubted]
    if isinstance(surrogate, LookAhead):
        factors = 1.0 if found is None else found.factors(units, rng.permutation(_middles(_DRAWS)))
        f = latent_draws(surrogate, units, _DRAWS, rng, factors=factors)
        inside = (f > surrogate.threshold(sides.level)) == sides.above
    else:
        inside = _middles(_DRAWS)[:, None] < chance[doubted]
    return Excursion(np.where(possible, chance, 0.0), doubted, np.asarray(inside))


def _mixed(sides: Sides, found: Tails) -> Array:
    """The chance that each point of the lattice is on the wanted side, over factors, (n,)."""
    units = sides.picture.units
    read = sides.surrogate.predict(units, ONE_SD)
    apart = (read.mean - sides.level) / np.maximum(read.upper - read.mean, np.finfo(float).tiny)
    factors = found.factors(units, _middles(_FACTORS))
    return np.asarray(ndtr((apart if sides.above else -apart) / factors).mean(axis=0))


def _middles(count: int) -> Array:
    """The middles of so many equal parts of 0..1, (count,)."""
    return (np.arange(count) + 0.5) / count
