"""What runs that were repeated with the same seed say of a change, by region: a paired test.

    symbol   meaning                                                              shape
    d        how far the new answer is from the old one, chances in [0, 1]        (k,)
    e        what d would be on average had chance been drawn anew                (k,)
    D        d, less what the map has moved, averaged over sentinels nearby       (n,)
    s        sd of the change of f that D stands for                              (n,)

Where a seed decides all that chance decides, d is 0 unless the design has changed there, and its
mean is how much the chance of a yes has changed. Where it does not (one random draw more, and every
seed means something else) d is e on average, and pairs say nothing; so it is first tested whether d
is less than e.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import betaincinv

from surrogate.space import Array, Mask

_SURE = 2.0  # sds by which d is to be below e in all before seeds are said to pair
_NEAR = 0.15  # of the cube: how far around a sentinel its answer counts
_SLOPE = 0.3  # of p by f where it matters: a change of p by d is one of f by d / _SLOPE
_UNSEEN = 0.06  # sd of f's change where sentinels are silent: they are few, a patch may lie between
_UNPAIRED = 0.15  # sd of f's change where seeds do not pair; what it is, the new runs tell
_UNSEEN_SHARE = 0.02  # of a number's spread: the same for an outcome that is one
_CHANGED = 1e-9  # of a number's spread: below this two numbers are the same


@dataclass(frozen=True, eq=False)
class Change:
    """Sentinels at `units` (k, d) with d (k,) and e (k,); `scale` is a number's sd, 0 for a chance.

    For a number d and e are root squares in its own unit. `moved` (k,) is by how much a chance has
    changed for the reason alone that the map has moved.
    """

    units: Array
    d: Array
    e: Array
    scale: float = 0.0
    moved: Array | float = 0.0

    @property
    def pairs(self) -> bool:
        """Whether a seed means the same in both designs, as far as the sentinels tell."""
        if self.scale:
            total, expected = np.sum(self.d**2), np.sum(self.e**2)
            doubt = np.sqrt(2.0 * np.sum(self.e**4))
            return bool(total <= expected - _SURE * doubt) or not expected
        doubt = np.sqrt(np.sum(self.e * (1.0 - self.e)))
        return bool(np.sum(self.d) < np.sum(self.e) - _SURE * doubt)

    @property
    def changed(self) -> Mask:
        """Which of the sentinels answered otherwise, (k,)."""
        return np.asarray(self.d > _CHANGED * self.scale)

    def spread(self, units: Array) -> Array:
        """s at `units` (n, d) of the cube; in the unit of a number, in that of f for a chance."""
        if self.scale:
            return np.sqrt(self._around(units, self._excess) + (_UNSEEN_SHARE * self.scale) ** 2)
        if not self.pairs:
            more = self.d - self.e - self.moved
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
            return f"{said}; chance alone makes {self._expected:.1f}, so seeds do not pair."
        low, high = share_interval(other, count)
        return f"{said} ({100 * low:.0f}..{100 * high:.0f} % of the like)."

    @property
    def _expected(self) -> float:
        """How many would have answered otherwise had chance been drawn anew."""
        return float(len(self.d) if self.scale else np.sum(self.e))

    @property
    def _excess(self) -> Array:
        """d^2 less what noise alone makes of it, (k,)."""
        noise = 0.0 if self.pairs else self.e**2
        return np.maximum(self.d**2 - noise, 0.0)

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
    """The change of a chance: counts `before` and `after` (k,) of `trials`, p (k,) as it was.

    e is 2 p (1 - p) for one trial; for more the mean size of a difference of two near normals.
    """
    variance = p * (1.0 - p) / trials
    e = 2.0 * variance if trials == 1.0 else np.sqrt(4.0 * variance / np.pi)
    return Change(units, np.abs(after - before) / trials, e)


def number_change(units: Array, before: Array, after: Array, noise: float, scale: float) -> Change:
    """The change of a number, `noise` being the variance of one run, `scale` its spread."""
    e = np.full(len(before), np.sqrt(2.0 * noise))
    return Change(units, np.abs(after - before), e, scale)
