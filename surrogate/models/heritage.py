"""What a child has of its parent's map: its mean and covariance, and kernels of how it may change.

The symbols are those of `models.inherited`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surrogate.bridge import Bridge
from surrogate.dataset import Dataset
from surrogate.kernels import Featured, Settled
from surrogate.models.change import Change, chance_change, number_change
from surrogate.models.numbers import NumberSurrogate
from surrogate.models.probability import ProbabilitySurrogate
from surrogate.space import Categorical

Array = NDArray[np.float64]
Surrogate = ProbabilitySurrogate | NumberSurrogate

_STEP = 0.01  # of the cube: over which a slope of the parent's map is taken
_REACH = 0.5  # of the cube: how far from an added parameter's old value the old map fades
_ROUNDING = 1e-11  # of a prior variance, the parent's: what its posterior's leaves of a zero


@dataclass(frozen=True, eq=False)
class Heritage:
    """What a child has of its parent.

    `old` is the parent's surrogate without the runs that are repeated, `bridge` leads to its
    space. Sentinels are the child's first queries: at `units` (k, d) of its cube, where the parent
    answered `before` (k,), NaN where it was not asked with that seed.
    """

    parent: str
    old: Surrogate
    bridge: Bridge
    units: Array
    before: Array

    def latent(self, units: Array) -> tuple[Array, Array]:
        """m0 and the variance of f_old at `units`; 0 where the parent knows nothing."""
        known = self.bridge.known(units)
        mean, variance = np.zeros(len(units)), np.zeros(len(units))
        mean[known], variance[known] = self.old.latent(self.bridge.to_old(units[known]))
        return mean, variance

    def mean(self, units: Array) -> Array:
        """m0 at `units`, (n,), at a fraction of the cost of the variance."""
        known, mean = self.bridge.known(units), np.zeros(len(units))
        old = self.old.posterior.mean(self.bridge.to_old(units[known]))
        if isinstance(self.old, NumberSurrogate):
            old = self.old.level + self.old.scale * old
        mean[known] = old
        return mean

    def slopes(self, units: Array) -> Array:
        """m0' at `units`, (n, d), by differences; 0 along columns without order."""
        slopes = np.zeros(units.shape)
        for j, parameter in enumerate(self.bridge.new.parameters.values()):
            if not isinstance(parameter, Categorical):
                step = np.zeros(units.shape[1])
                step[j] = _STEP
                up, down = (np.clip(units + way * step, 0.0, 1.0) for way in (1.0, -1.0))
                slopes[:, j] = (self.mean(up) - self.mean(down)) / (up[:, j] - down[:, j])
        return slopes

    def covariance(self, a: Array, b: Array) -> Array:
        """C0 between `a` (n, d) and `b` (m, d)."""
        whole = np.zeros((len(a), len(b)))
        rows, columns = self.bridge.known(a), self.bridge.known(b)
        told = self.old.covariance(self.bridge.to_old(a[rows]), self.bridge.to_old(b[columns]))
        whole[np.ix_(rows, columns)] = told
        return whole

    def change(self, data: Dataset) -> Change:
        """What the sentinels among `data` say of the change."""
        count = len(self.before)
        first = np.flatnonzero((data.queries >= 0) & (data.queries < count))
        known = np.isfinite(self.before)[data.queries[first]]
        same = (data.units[first] == self.units[data.queries[first]]).all(axis=1)
        rows = first[known & same]
        units, before = data.units[rows], self.before[data.queries[rows]]
        old = self.bridge.to_old(units)
        if isinstance(self.old, NumberSurrogate):
            scale = float(np.std(before)) if len(before) > 1 else self.old.scale
            noise = self.old.noise
            return number_change(units, before, data.values[rows], noise, scale or self.old.scale)
        trials = float(data.trials[0]) if len(data) else 1.0
        p = self.old.predict(old).mean
        return chance_change(units, before, data.values[rows], trials, p)

    @property
    def rounding(self) -> float:
        """What has to be added to C0 at the sites, so that it is a covariance whatever is sure."""
        size = 1.0 + float(self.old.hyperparameters.get("variance", 1.0))
        own = self.old.scale**2 if isinstance(self.old, NumberSurrogate) else 1.0
        return _ROUNDING * size * own

    def fading(self, units: Array) -> Array:
        """The share of f's own variance that the change has for want of an old map, (n,)."""
        apart = self.bridge.apart(units) / _REACH
        return np.where(self.bridge.known(units), 1.0 - np.exp(-0.5 * apart**2), 1.0)


@dataclass(frozen=True, eq=False)
class Inherited(Settled):
    """C0 / `scale`^2; at the sites, which it is asked for often, it is known already."""

    heritage: Heritage
    scale: float
    sites: Array
    at_sites: Array

    def between(self, a: Array, b: Array) -> Array:
        """The parent's posterior covariance."""
        if a is self.sites and b is self.sites:
            return self.at_sites
        return self.heritage.covariance(a, b) / self.scale**2

    def coordinates(self, a: Array) -> Array:
        """The rows themselves: the parent's lengths are its own."""
        return a

    def diagonal(self, a: Array) -> Array:
        """The parent's posterior variance."""
        return self.heritage.latent(a)[1] / self.scale**2


@dataclass(frozen=True, eq=False)
class Amplitude(Featured):
    """s(a) s(b): how large a process may be at each place."""

    spread: Callable[[Array], Array]

    def features(self, a: Array) -> Array:
        """How large it is."""
        return self.spread(a)[:, None]


@dataclass(frozen=True, eq=False)
class Slid(Featured):
    """m0'(a) m0'(b), summed over the columns; at the sites the slopes are known already.

    A map that has slid by t along the columns is m0 + t m0' to first order.
    """

    heritage: Heritage
    scale: float
    sites: Array
    at_sites: Array

    def features(self, a: Array) -> Array:
        """The slopes, in units of the child's values."""
        slopes = self.at_sites if a is self.sites else self.heritage.slopes(a)
        return slopes / self.scale
