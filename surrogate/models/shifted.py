"""A process about a mean that is known before any run: f(x) = m0(x) + g(x).

What m0 is, a parent's map or a guess, says who inherits from `Shifted`; g is learned from the runs.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from surrogate.models.posterior import Posterior, Whole
from surrogate.space import Array


@dataclass(frozen=True)
class Shifted(Whole, ABC):
    """The process `inner` of g as one of f."""

    inner: Posterior

    @abstractmethod
    def known(self, q: Array) -> Array:
        """m0 at `q` (m, d), (m,)."""

    @property
    def least(self) -> float:
        """What rounding leaves of a variance that is 0."""
        return 0.0

    @property
    def units(self) -> Array:
        """The sites in the unit cube, (n, d)."""
        return self.inner.units

    @property
    def weights(self) -> Array:
        """Those of the sites, which stand for g, (n,)."""
        return self.inner.weights

    @property
    def root(self) -> Array:
        """R with R'R the precision of what the sites say, (n, n)."""
        return self.inner.root

    def latent(self, q: Array) -> tuple[Array, Array]:
        """Mean and variance of f at `q`, both (m,)."""
        mean, variance = self.inner.latent(q)
        return mean + self.known(q), np.maximum(variance, self.least)

    def doubt(self, q: Array, mean: Array) -> Array:
        """Variance (m,) at `q` for want of sure hyper-parameters; see `Posterior.doubt`."""
        return self.inner.doubt(q, mean - self.known(q))

    def mean(self, q: Array) -> Array:
        """Mean of f at `q`, (m,)."""
        return self.inner.mean(q) + self.known(q)

    def weighed(self, q: Array, weights: Array) -> Array:
        """Means of f at `q` for each column of `weights` (n, k), (m, k)."""
        return self.inner.weighed(q, weights) + self.known(q)[:, None]

    def gaps(self, q: Array, mean: Array) -> Array:
        """By how much each alternative's mean differs; see `Posterior.gaps`."""
        return self.inner.gaps(q, mean - self.known(q))

    def covariance(self, a: Array, b: Array) -> Array:
        """Posterior covariance of f between `a` and `b`."""
        return self.inner.covariance(a, b)

    def told(self, units: Array, values: Array, noise: Array) -> Self:
        """The process that has read `values` too."""
        return replace(self, inner=self.inner.told(units, values - self.known(units), noise))

    def left_out(self) -> tuple[Array, Array]:
        """Of each site with the others known, how far its value is from the mean, and variance."""
        return self.inner.left_out()
