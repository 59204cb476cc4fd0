"""What is surely inside a set above a level, what may be, and how large the set is.

The set is random: each joint draw of the surrogate has its own. Points are ranked by their
chance of being inside. The core is the largest set {chance > rho} that lies wholly inside a draw's
set with probability `SURE`, the hull the smallest {chance >= rho} that wholly holds it
(Bolin and Lindgren 2015, JRSS-B 77, section 3; Azzimonti, Ginsbourger, Chevalier, Bect and Richet
2021, Technometrics 63, section 2, call them conservative estimates). What pointwise intervals would
call sure is larger, and wrong somewhere in most draws.

A surrogate that has no joint draws errs everywhere alike, so far as this is concerned: one uniform
number decides all points, and core and hull are those of single points.

    symbol   meaning                                                     shape
    chance   P(point is inside)                                          (n,)
    doubted  indices of points that are neither sure nor ruled out       (k,)
    inside   whether they are inside, draw by draw                       (draws, k)
"""

from dataclasses import dataclass

import numpy as np

from surrogate.answers.spots import Sides
from surrogate.models.base import LookAhead
from surrogate.models.draws import latent_draws
from surrogate.space import Array, Mask, Rows

SURE = 0.95
VOLUME_COVERAGE = 0.9

_DRAWS = 500  # the 5 % quantile of them is good to a hundredth
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
    chance, possible = sides.chance, sides.picture.volume > 0
    doubt = possible & (chance > _NEGLIGIBLE) & (chance < 1 - _NEGLIGIBLE)
    doubted = np.flatnonzero(doubt)
    rng = np.random.default_rng(seed)
    surrogate, units = sides.surrogate, sides.picture.units[doubted]
    if isinstance(surrogate, LookAhead):
        over = latent_draws(surrogate, units, _DRAWS, rng) > surrogate.threshold(sides.level)
        inside = over == sides.above
    else:
        inside = ((np.arange(_DRAWS) + 0.5) / _DRAWS)[:, None] < chance[doubted]
    return Excursion(np.where(possible, chance, 0.0), doubted, np.asarray(inside))
