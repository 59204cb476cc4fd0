"""A Gaussian process after its data: what every surrogate here reads its latent f from.

    symbol    meaning                                                       shape
    X         the sites                                                     (n, d)
    q, a, b   points in the unit cube                                       (m, d)
    weights   posterior mean is k(q, X) weights                             (n,)
    root      R with posterior covariance k(a, b) - k(a, X) R' R k(X, b)    (n, n)

Hyper-parameters are not known exactly. `doubt` is the variance of the mean over their posterior,
to first order: the sum of the squares by which the mean moves under each alternative, one
posterior sd away along a principal direction (Kass and Steffey 1989, JASA 84). Intervals need
it; `latent` and `covariance` are those of the one process, so that they fit together.

Prediction goes in blocks of points, so that 10^5 of them need no more memory than a few thousand.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surrogate.kernels import Kernel

Array = NDArray[np.float64]

_BLOCK_NUMBERS = 1 << 19  # 4 MB a matrix: two or three of them stay in the cache
_LEAST_VARIANCE = 1e-12  # of the prior's: what rounding leaves of a variance that is zero


@dataclass(frozen=True)
class Alternative:
    """The process under other hyper-parameters, as far as its mean goes."""

    kernel: Kernel
    weights: Array


@dataclass(frozen=True)
class Posterior:
    """The latent process given data; a value, safe to read from any thread."""

    kernel: Kernel
    units: Array
    weights: Array
    root: Array
    alternatives: tuple[Alternative, ...] = ()

    def latent(self, q: Array) -> tuple[Array, Array]:
        """Mean and variance of f at `q`, both (m,)."""
        mean, variance = np.zeros(len(q)), self.kernel.diagonal(q)
        for part in self._blocks(len(q)):
            cross = self.kernel(q[part], self.units)
            mean[part] = cross @ self.weights
            known = self.root @ cross.T
            variance[part] = np.maximum(
                variance[part] - np.einsum("ij,ij->j", known, known),
                _LEAST_VARIANCE * variance[part],
            )
        return mean, variance

    def doubt(self, q: Array, mean: Array) -> Array:
        """Variance (m,) at `q`, where the mean is `mean`, for want of sure hyper-parameters."""
        total = np.zeros(len(q))
        for part in self._blocks(len(q)):
            for other in self.alternatives:
                gap = other.kernel(q[part], self.units) @ other.weights - mean[part]
                total[part] += gap * gap
        return total

    def covariance(self, a: Array, b: Array) -> Array:
        """Posterior covariance of f between `a` and `b`."""
        known_a = self.root @ self.kernel(self.units, a)
        known_b = self.root @ self.kernel(self.units, b)
        return np.asarray(self.kernel(a, b) - known_a.T @ known_b)

    def _blocks(self, count: int) -> Iterator[slice]:
        size = max(64, _BLOCK_NUMBERS // max(1, len(self.units)))
        return (slice(first, first + size) for first in range(0, count, size))
