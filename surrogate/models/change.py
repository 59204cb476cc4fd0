"""What runs that were repeated with the same seed say of a change, by region: a paired test.

    symbol   meaning                                                              shape
    d        how far the new answer is from the old one, chances in [0, 1]        (k,)
    e        what d would be on average had chance been drawn anew                (k,)
    b        min(d / e, 1): what a sentinel says against pairs, one that changed  (k,)
             much no more than one whose chance was drawn anew
    D        d, less what the map has moved, averaged over sentinels nearby       (n,)
    s        sd of the change of f that D stands for                              (n,)

Where a seed decides all that chance decides, d is 0 unless the design has changed there, and its
mean is how much the chance of a yes has changed. Where it does not (one random draw more, and every
seed means something else) d is e on average, and pairs say nothing; so it is first tested whether b
is less than chance alone makes it: a large change in few places does not hide that the rest pairs.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import betaincinv, betaln, xlog1py, xlogy

from surrogate.space import Array, Mask

_SURE = 2.0  # sds by which b is to be below its mean in all before seeds are said to pair
_NEAR = 0.15  # of the cube: how far around a sentinel its answer counts
_SLOPE = 0.3  # of p by f where it matters: a change of p by d is one of f by d / _SLOPE
_UNSEEN = 0.06  # sd of f's change where sentinels are silent: they are few, a patch may lie between
_UNPAIRED = 0.15  # sd of f's change where seeds do not pair; what it is, the new runs tell
_UNSEEN_SHARE = 0.02  # of a number's spread: the same for an outcome that is one
_CHANGED = 1e-9  # of a number's spread: below this two numbers are the same
_NORMAL_B, _NORMAL_VARIANCE = 0.63125, 0.11758  # of min(|z|, 1), z standard normal
_NOTHING = float(np.finfo(float).tiny)


@dataclass(frozen=True, eq=False)
class Anew:
    """What sentinels would show had chance been drawn anew, each (k,).

    `e` is the mean of d (of a number its root mean square), `otherwise` the probability that the
    answer is another one, `b` and `variance` the mean and the variance of b.
    """

    e: Array
    otherwise: Array
    b: Array
    variance: Array


@dataclass(frozen=True, eq=False)
class Change:
    """Sentinels at `units` (k, d) with d (k,); `scale` is a number's sd, 0 for a chance.

    For a number d is in its own unit. `moved` (k,) is by how much a chance has changed for the
    reason alone that the map has moved.
    """

    units: Array
    d: Array
    anew: Anew
    scale: float = 0.0
    moved: Array | float = 0.0

    @property
    def pairs(self) -> bool:
        """Whether a seed means the same in both designs, as far as the sentinels tell."""
        anew = self.anew
        if self.scale and not anew.e.any():
            return True
        b = np.minimum(self.d, anew.e) / np.maximum(anew.e, _NOTHING)
        doubt = np.sqrt(np.sum(anew.variance))
        return bool(np.sum(b) < np.sum(anew.b) - _SURE * doubt)

    @property
    def changed(self) -> Mask:
        """Which of the sentinels answered otherwise, (k,)."""
        return np.asarray(self.d > _CHANGED * self.scale)

    def spread(self, units: Array) -> Array:
        """s at `units` (n, d) of the cube; in the unit of a number, in that of f for a chance."""
        if self.scale:
            noise = 0.0 if self.pairs else self.anew.e**2
            excess = np.maximum(self.d**2 - noise, 0.0)  # what noise alone does not make
            return np.sqrt(self._around(units, excess) + (_UNSEEN_SHARE * self.scale) ** 2)
        if not self.pairs:
            more = self.d - self.anew.e - self.moved
            beyond = max(float(np.mean(more)), 0.0) if len(self.d) else 0.0
            return np.full(len(units), np.hypot(beyond / _SLOPE, _UNPAIRED))
        more = np.maximum(self._around(units, self.d - self.moved), 0.0)
        return np.hypot(more / _SLOPE, _UNSEEN)

    @property
    def words(self) -> str:
        """What was found, a sentence for people; "" without sentinels."""
        count, other = len(self.d), int(self.changed.sum())
        if not count:
            return ""
        said = f"{other} of {count} sentinels that were run again answered otherwise"
        if not self.pairs:
            alone = float(np.sum(self.anew.otherwise))
            return f"{said}; chance alone makes {alone:.1f}, so nothing shows that seeds pair."
        low, high = share_interval(other, count)
        return f"{said} ({100 * low:.0f}..{100 * high:.0f} % of the like)."

    def _around(self, units: Array, values: Array) -> Array:
        """The mean of `values` over sentinels near `units`, with all of them as one more."""
        if not len(values):
            return np.zeros(len(units))
        near = np.exp(-0.5 * cdist(units, self.units, "sqeuclidean") / _NEAR**2)
        return np.asarray((near @ values + values.mean()) / (near.sum(axis=1) + 1.0))


def share_interval(count: float, of: int, coverage: float = 0.95) -> tuple[float, float]:
    """The exact interval of a share of which `count` in `of` were seen; 0..1 of nothing.

    Clopper and Pearson 1934, Biometrika 26.
    """
    tail = 0.5 * (1.0 - coverage)
    low = float(betaincinv(count, of - count + 1, tail)) if count else 0.0
    high = float(betaincinv(count + 1, of - count, 1.0 - tail)) if count < of else 1.0
    return low, high


def chance_change(units: Array, before: Array, after: Array, trials: float, p: Array) -> Change:
    """The change of a chance: counts `before` and `after` (k,) of `trials`, p (k,) as it was."""
    return Change(units, np.abs(after - before) / trials, _counted_anew(p, round(trials)))


def number_change(units: Array, before: Array, after: Array, noise: float, scale: float) -> Change:
    """The change of a number, `noise` being the variance of one run, `scale` its spread."""
    one = np.ones(len(before))
    anew = Anew(np.sqrt(2.0 * noise) * one, one, _NORMAL_B * one, _NORMAL_VARIANCE * one)
    return Change(units, np.abs(after - before), anew, scale)


def _counted_anew(p: Array, trials: int) -> Anew:
    """Of two counts of `trials` with chance p (k,): exactly, by the chances of each difference.

    e is 2 p (1 - p) for one trial; for more the mean size of a difference of two near normals.
    """
    variance = p * (1.0 - p) / trials
    e = 2.0 * variance if trials == 1 else np.sqrt(4.0 * variance / np.pi)
    k = np.arange(trials + 1)
    ways = -betaln(trials - k + 1, k + 1) - np.log1p(trials)
    pmf = np.exp(ways + xlogy(k, p[:, None]) + xlog1py(trials - k, -p[:, None]))
    apart = np.arange(min(int(np.ceil(trials * np.max(e, initial=0.0))), trials) + 1)
    chance = np.stack([(pmf[:, j:] * pmf[:, : trials + 1 - j]).sum(axis=1) for j in apart], axis=1)
    chance[:, 1:] *= 2.0
    b = np.minimum(apart / np.maximum(trials * e, _NOTHING)[:, None], 1.0)
    mean, square = (1.0 - (chance * (1.0 - b**power)).sum(axis=1) for power in (1, 2))
    return Anew(e, 1.0 - chance[:, 0], mean, np.maximum(square - mean**2, 0.0))
