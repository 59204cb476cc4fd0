"""A Gaussian process after its data: what every surrogate here reads its latent f from.

    symbol    meaning                                                       shape
    X         the sites                                                     (n, d)
    q, a, b   points in the unit cube                                       (m, d)
    weights   posterior mean is k(q, X) weights                             (n,)
    root      R with posterior covariance k(a, b) - k(a, X) R' R k(X, b)    (n, n)
    lower     R^-1, where it has to be solved with                          (n, n)

Hyper-parameters are not known exactly. `doubt_of` is the variance of the mean over their posterior,
to first order: the sum of the squares by which the mean moves under each alternative, one
posterior sd away along a principal direction (Kass and Steffey 1989, JASA 84). Intervals need
it; `latent` and `covariance` are those of the one process, so that they fit together.

Prediction goes in blocks of points, so that 10^5 of them need no more memory than a few thousand.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np
from scipy.linalg.blas import dtrmm, dtrmv

from surrogate.kernels import Constant, Kernel, single
from surrogate.linalg import factorise, inverse_lower, solve, solve_lower
from surrogate.models.remembering import Reading, blocks
from surrogate.space import Array

BLOCK_NUMBERS = 1 << 19  # 4 MB a matrix: two or three of them stay in the cache
LEAST_VARIANCE = 1e-12  # of the prior's: what rounding leaves of a variance that is zero
# Of the largest entry on the diagonal of a factor: with a smaller one than this, products with its
# inverse lose what solving with it keeps. Of branin after 400 exact runs variances were rounding
# at 1e-7 of the response's own, where the map was right to 1e-12.
_STEEP = 1e-4


class Process(Protocol):
    """A latent process that can be read; of `Posterior`, and of one that is guided."""

    @property
    def units(self) -> Array:
        """The sites in the unit cube, (n, d)."""

    def latent(self, q: Array) -> tuple[Array, Array]:
        """Mean and variance of f at `q`, both (m,)."""

    def mean(self, q: Array) -> Array:
        """Mean of f at `q`, (m,), at a fraction of the cost of its variance."""

    def gaps(self, q: Array, mean: Array) -> Array:
        """By how much each alternative's mean at `q` differs from `mean` (m,), (m, k)."""

    def covariance(self, a: Array, b: Array) -> Array:
        """Posterior covariance of f between `a` and `b`."""

    def told(self, units: Array, values: Array, noise: Array) -> "Process":
        """The process that has read `values` too; see `Posterior.told`."""

    @property
    def judged(self) -> Array:
        """The sites that `left_out` speaks of, (n, d): all, or some of very many."""

    def left_out(self) -> tuple[Array, Array]:
        """Of each of `judged`, the others known: distance of its value from the mean, variance."""


@dataclass(frozen=True)
class Reread:
    """The process `inner` as one of f(x) = known(x) + inner(rows(x)); a `Process`."""

    inner: Process

    def rows(self, q: Array) -> Array:
        """What stands for `q` (m, d) where `inner` is read, (m, k); the points themselves."""
        return q

    def known(self, q: Array) -> Array | float:
        """What f has at `q` beside `inner`, before any run, (m,); nothing."""
        return 0.0

    @property
    def units(self) -> Array:
        """The sites, as `inner` has them."""
        return self.inner.units

    def latent(self, q: Array) -> tuple[Array, Array]:
        """Mean and variance of f at `q`, both (m,)."""
        mean, variance = self.inner.latent(self.rows(q))
        return mean + self.known(q), variance

    def mean(self, q: Array) -> Array:
        """Mean of f at `q`, (m,)."""
        return self.inner.mean(self.rows(q)) + self.known(q)

    def gaps(self, q: Array, mean: Array) -> Array:
        """By how much each alternative's mean differs; see `Posterior.gaps`."""
        return self.inner.gaps(self.rows(q), mean - self.known(q))

    def covariance(self, a: Array, b: Array) -> Array:
        """Posterior covariance of f between `a` and `b`."""
        return self.inner.covariance(self.rows(a), self.rows(b))

    def told(self, units: Array, values: Array, noise: Array) -> Self:
        """The process that has read `values` too."""
        own = values - self.known(units)
        return replace(self, inner=self.inner.told(self.rows(units), own, noise))

    @property
    def judged(self) -> Array:
        """All sites."""
        return self.units

    def left_out(self) -> tuple[Array, Array]:
        """Of each site with the others known, how far its value is from the mean, and variance."""
        return self.inner.left_out()


class Weighable(Process, Protocol):
    """A process whose mean can be read for other weights of its sites too; see `Posterior`."""

    @property
    def weights(self) -> Array:
        """Those of its sites, (n,)."""

    @property
    def root(self) -> Array:
        """R with R'R the precision of what its sites say, (n, n)."""

    def told(self, units: Array, values: Array, noise: Array) -> "Weighable":
        """The process that has read `values` too."""

    def weighed(self, q: Array, weights: Array) -> Array:
        """Means of f at `q` for each column of `weights` (n, k), (m, k)."""


@dataclass(frozen=True)
class Alternative:
    """The process under other hyper-parameters, as far as its mean goes.

    With `rough` the mean is read in single precision, for a third of the time. An answer of yes or
    no has noise of variance 1, so that weights are small and the mean keeps five digits.
    """

    kernel: Kernel
    weights: Array
    rough: bool = False

    def mean(self, q: Array, units: Array) -> Array:
        """Mean of f at `q` (m, d), the sites being at `units`, (m,)."""
        if not self.rough:
            return np.asarray(self.kernel(q, units) @ self.weights)
        return np.asarray(self.kernel(single(q), single(units)) @ single(self.weights))


@dataclass(frozen=True)
class Posterior:
    """The latent process given data; a value, safe to read from any thread."""

    kernel: Kernel
    units: Array
    weights: Array
    root: Array
    alternatives: tuple[Alternative, ...] = ()
    lower: Array | None = None

    def latent(self, q: Array) -> tuple[Array, Array]:
        """Mean and variance of f at `q`, both (m,)."""
        mean, variance = np.zeros(len(q)), np.zeros(len(q))
        for part, block in self._blocks(q):
            mean[part], variance[part], _ = self.read(block)
        return mean, variance

    def read(self, q: Array) -> tuple[Array, Array, Array]:
        """Of a few `q` (m, d): mean and variance of f, both (m,), and root k(X, q), (n, m)."""
        cross, prior = self.kernel(q, self.units), self.kernel.diagonal(q)
        known = self._rooted(cross.T)
        left = prior - np.einsum("ij,ij->j", known, known)
        return cross @ self.weights, np.maximum(left, LEAST_VARIANCE * prior), known

    def mean(self, q: Array) -> Array:
        """Mean of f at `q`, (m,)."""
        mean = np.zeros(len(q))
        for part, block in self._blocks(q):
            mean[part] = self.kernel(block, self.units) @ self.weights
        return mean

    def weighed(self, q: Array, weights: Array) -> Array:
        """Means of f at `q` for each column of `weights` (n, k), (m, k)."""
        return np.asarray(self.kernel(q, self.units) @ weights)

    def gaps(self, q: Array, mean: Array) -> Array:
        """By how much each alternative's mean at `q` differs from `mean` (m,), (m, alternatives).

        Their squares add up to the doubt; joint draws of f follow them as one factor each.
        """
        gaps = np.empty((len(q), len(self.alternatives)))
        for part, block in self._blocks(q):
            for j, other in enumerate(self.alternatives):
                gaps[part, j] = other.mean(block, self.units) - mean[part]
        return gaps

    def covariance(self, a: Array, b: Array) -> Array:
        """Posterior covariance of f between `a` and `b`."""
        known_a = self._rooted(self.kernel(self.units, a))
        known_b = self._rooted(self.kernel(self.units, b))
        return np.asarray(self.kernel(a, b) - known_a.T @ known_b)

    def beside(self, b: Array) -> Reading:
        """`covariance` between any points and `b` (m, d), quicker where it is asked for often."""
        if self.lower is not None:
            known = solve(self.lower, self.kernel(self.units, b))
        else:
            known = self.root.T @ (self.root @ self.kernel(self.units, b))
        return lambda a: np.asarray(self.kernel(a, b) - self.kernel(a, self.units) @ known)

    def told(self, units: Array, values: Array, noise: Array) -> "Posterior":
        """The process that has read `values` (m,) of f at `units` too, with `noise` variances (m,).

        The factor grows by m rows, in n^2 m steps; alternatives take the same step. Raises
        `DataError` where a place is known already and nothing is noisy.
        """
        cross = self.kernel(self.units, units)
        corner = self.kernel(units, units) + np.diag(noise)
        side = self._rooted(cross)
        last = factorise(corner - side.T @ side)
        inverse = inverse_lower(last)
        rows = np.concatenate([-inverse @ (side.T @ self.root), inverse], axis=1)
        news, lower = inverse @ (values - cross.T @ self.weights), None
        if self.lower is None:
            step = rows.T @ news
        else:
            lower = _below(self.lower, np.concatenate([side.T, last], axis=1))
            behind = np.concatenate([np.zeros(len(self.units)), news])
            step = solve_lower(lower, behind, transposed=True)
        return replace(
            self,
            units=np.concatenate([self.units, units]),
            weights=_lengthened(self.weights, step),
            alternatives=tuple(
                replace(other, weights=_lengthened(other.weights, step))
                for other in self.alternatives
            ),
            root=_below(self.root, rows),
            lower=lower,
        )

    @property
    def judged(self) -> Array:
        """All sites."""
        return self.units

    def stretched(self, stretch: float) -> "Posterior":
        """The process of the same mean and `stretch` times the variance; alternatives stay."""
        return replace(
            self,
            kernel=Constant(stretch, free=False) * self.kernel,
            weights=self.weights / stretch,
            root=self.root / np.sqrt(stretch),
            lower=None if self.lower is None else self.lower * np.sqrt(stretch),
        )

    def left_out(self) -> tuple[Array, Array]:
        """Of each site with the others known: how far its value is from the mean, and variance.

        Both (n,), noise included; Rasmussen and Williams 2006, eqs. 5.10 to 5.12.
        """
        precision = np.sum(self.root**2, axis=0)
        return self.weights / precision, 1.0 / precision

    def _rooted(self, columns: Array) -> Array:
        """R times `columns` (n, m)."""
        if self.lower is not None:
            return solve_lower(self.lower, columns)
        return _times(self.root, columns)

    def _blocks(self, q: Array) -> Iterator[tuple[slice, Array]]:
        size = max(64, BLOCK_NUMBERS // max(1, len(self.units)))
        for k, block in enumerate(blocks(q, size)):
            yield slice(k * size, (k + 1) * size), block


@dataclass(frozen=True)
class Shifted(Reread, ABC):
    """The process `inner` of g as one of f(x) = m0(x) + g(x), m0 `known` before any run.

    What m0 is, a parent's map or a guess, says who inherits; g is learned. It is a `Weighable`.
    """

    inner: Posterior

    @abstractmethod
    def known(self, q: Array) -> Array:
        """m0 at `q` (m, d), (m,)."""

    @property
    def weights(self) -> Array:
        """Those of the sites, which stand for g, (n,)."""
        return self.inner.weights

    @property
    def root(self) -> Array:
        """R with R'R the precision of what the sites say, (n, n)."""
        return self.inner.root

    def weighed(self, q: Array, weights: Array) -> Array:
        """Means of f at `q` for each column of `weights` (n, k), (m, k)."""
        return self.inner.weighed(q, weights) + self.known(q)[:, None]


def doubt_of(process: Process, q: Array, mean: Array) -> Array:
    """Variance (m,) at `q`, where the mean is `mean`, for want of sure hyper-parameters."""
    total = np.zeros(len(q))
    for gap in process.gaps(q, mean).T:
        total += gap * gap
    return total


def _times(lower: Array, columns: Array) -> Array:
    """`lower columns`; a single one takes a fifth of the time that it takes among others."""
    if not len(lower):
        return columns
    if columns.shape[1] == 1:
        return np.asarray(dtrmv(lower, columns[:, 0], lower=1))[:, None]
    return np.asarray(dtrmm(1.0, lower, columns, lower=1))


def _below(lower: Array, rows: Array) -> Array:
    """A lower triangular matrix (n, n) with m `rows` (m, n + m) more."""
    above = np.zeros((len(lower), len(rows)))
    return np.concatenate([np.concatenate([lower, above], axis=1), rows])


def _lengthened(weights: Array, step: Array) -> Array:
    """The weights after a step that has some for new sites too."""
    longer = step.copy()
    longer[: len(weights)] += weights
    return longer


def conditioned(kernel: Kernel, units: Array, values: Array, noise: Array) -> Posterior:
    """The process that has read `values` (n,) at `units` (n, d) with `noise` variances (n,)."""
    K = kernel(units, units) + np.diag(noise)
    lower = factorise(K)
    pivots = np.diagonal(lower)
    steep = len(pivots) > 0 and pivots.min() < _STEEP * pivots.max()
    weights, root = solve(lower, values), inverse_lower(lower)
    return Posterior(kernel, units, weights, root, lower=lower if steep else None)
