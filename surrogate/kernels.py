"""Covariances of a Gaussian process as a small algebra: they add and multiply.

    symbol   meaning                                              shape
    a, b     points in the unit cube                              (n, d), (m, d)
    K        covariances between them                             (n, m)
    theta    natural logarithms of the free hyper-parameters      (p,)
    W        weights that a gradient is contracted with           (n, n), symmetric

A kernel is an immutable value. `between` also takes stacks, (B, n, d) and (B, m, d), and gives
(B, n, m): many small covariances at once. Rows that are `single` give covariances in single
precision, for a third of the time. Gradients never form an (n, n, p) array: `evaluate`
gives K and a function that takes W to the vector of sum(W * dK / dtheta), each in O(n^2).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.spatial.distance import cdist

from surrogate.profiles import Profile
from surrogate.space import Array

Pull = Callable[[Array], Array]


class Kernel(ABC):
    """A positive semi-definite covariance with hyper-parameters on a logarithmic scale."""

    @property
    @abstractmethod
    def theta(self) -> Array:
        """The free hyper-parameters, logarithms, shape (p,)."""

    @abstractmethod
    def at(self, theta: Array) -> "Kernel":
        """The same kernel with other hyper-parameters."""

    @abstractmethod
    def between(self, a: Array, b: Array) -> Array:
        """Covariances between `a` (n, d) and `b` (m, d), (n, m), or (1, 1) if all are equal."""

    def coordinates(self, a: Array) -> Array:
        """Where `a` (n, d) lies, (n, k): what is near each other there hangs together.

        Nowhere, k = 0, where all points hang together alike, or everywhere, not nearby.
        """
        return a[:, :0]

    @abstractmethod
    def diagonal(self, a: Array) -> Array:
        """Variances at `a` (n, d), shape (n,)."""

    @abstractmethod
    def evaluate(self, a: Array) -> tuple[Array, Pull]:
        """K at `a`, as `between` gives it, and the function W -> sum(W * dK / dtheta) (p,)."""

    def __call__(self, a: Array, b: Array) -> Array:
        """Covariances between `a` and `b`, shape (n, m); may be read-only."""
        return np.broadcast_to(self.between(a, b), (*a.shape[:-1], b.shape[-2]))

    def __add__(self, other: "Kernel") -> "Kernel":
        """The covariance of a sum of two independent processes."""
        return Sum(self, other)

    def __mul__(self, other: "Kernel") -> "Kernel":
        """The covariance of a product of two independent processes."""
        return Product(self, other)


@dataclass(frozen=True)
class Constant(Kernel):
    """The same `variance` between all points: a level that is not known, or a scale.

    One that is not `free` has no hyper-parameter.
    """

    variance: float
    free: bool = True

    @property
    def theta(self) -> Array:
        """log variance, or nothing."""
        return np.log([self.variance]) if self.free else np.empty(0)

    def at(self, theta: Array) -> Kernel:
        """Another variance."""
        return replace(self, variance=float(np.exp(theta[0]))) if self.free else self

    def between(self, a: Array, b: Array) -> Array:
        """The variance, once."""
        return np.array([[self.variance]], dtype=a.dtype)

    def diagonal(self, a: Array) -> Array:
        """The variance at each point."""
        return np.full(len(a), self.variance)

    def evaluate(self, a: Array) -> tuple[Array, Pull]:
        """dK / dtheta = K."""

        def pull(weights: Array) -> Array:
            return np.array([self.variance * weights.sum()]) if self.free else np.empty(0)

        return self.between(a, a), pull


class Settled(Kernel):
    """A kernel without hyper-parameters of its own; scale it by a `Constant`."""

    @property
    def theta(self) -> Array:
        """Nothing."""
        return np.empty(0)

    def at(self, theta: Array) -> Kernel:
        """Itself."""
        return self

    def evaluate(self, a: Array) -> tuple[Array, Pull]:
        """No gradient."""
        return self.between(a, a), lambda weights: np.empty(0)


class Featured(Settled):
    """sum_k h_k(a) h_k(b): a combination of functions, each with a weight N(0, 1).

    Rasmussen and Williams 2006, section 2.1.2.
    """

    @abstractmethod
    def features(self, a: Array) -> Array:
        """h_k at rows (..., n, d), (..., n, k)."""

    def between(self, a: Array, b: Array) -> Array:
        """The sum of products."""
        return np.asarray(self.features(a) @ np.swapaxes(self.features(b), -1, -2))

    def diagonal(self, a: Array) -> Array:
        """The sum of squares at each point."""
        return np.asarray(np.sum(self.features(a) ** 2, axis=1))


@dataclass(frozen=True)
class Linear(Featured):
    """a_j b_j: a slope of variance 1 along column j. Rasmussen and Williams 2006, eq. 4.20."""

    column: int

    def features(self, a: Array) -> Array:
        """The column."""
        return a[..., [self.column]]


@dataclass(frozen=True)
class Plane(Kernel):
    """variance (a - 1/2)'(b - 1/2): a slope of this `variance` along each column.

    It is 0 in the middle of the cube; Rasmussen and Williams 2006, eq. 4.20.
    """

    variance: float

    @property
    def theta(self) -> Array:
        """log variance."""
        return np.log([self.variance])

    def at(self, theta: Array) -> Kernel:
        """Another variance."""
        return Plane(float(np.exp(theta[0])))

    def between(self, a: Array, b: Array) -> Array:
        """Products of where the rows lie from the middle; a row's scale is on both sides alike."""
        sd = self.variance**0.5
        return np.asarray((sd * (a - 0.5)) @ np.swapaxes(sd * (b - 0.5), -1, -2))

    def diagonal(self, a: Array) -> Array:
        """It grows with the distance from the middle."""
        return np.asarray(self.variance * np.sum((a - 0.5) ** 2, axis=1))

    def evaluate(self, a: Array) -> tuple[Array, Pull]:
        """dK / dtheta = K."""

        def pull(weights: Array) -> Array:
            apart = a - 0.5
            return np.array([self.variance * np.sum((weights @ apart) * apart)])

        return self.between(a, a), pull


@dataclass(frozen=True)
class Profiled(Kernel):
    """A correlation that depends on the distance between `coordinates` alone, as `profile` says."""

    profile: Profile

    def between(self, a: Array, b: Array) -> Array:
        """Correlations between `a` and `b`."""
        return self.profile.value(squared_distances(self.coordinates(a), self.coordinates(b)))

    def diagonal(self, a: Array) -> Array:
        """One at each point."""
        return np.ones(len(a))


@dataclass(frozen=True)
class Stationary(Profiled):
    """A correlation that depends on the scaled distance over some `columns`, one length each."""

    lengths: tuple[float, ...]
    columns: tuple[int, ...]

    @property
    def theta(self) -> Array:
        """log lengths."""
        return np.log(self.lengths)

    def at(self, theta: Array) -> Kernel:
        """Other lengths."""
        return replace(self, lengths=tuple(np.exp(theta).tolist()))

    def coordinates(self, a: Array) -> Array:
        """The columns in units of their lengths."""
        every = self.columns == tuple(range(a.shape[-1]))  # to pick them would copy them
        lengths = np.asarray(self.lengths, dtype=a.dtype)
        return np.asarray((a if every else a[..., self.columns]) / lengths, order="C")

    def evaluate(self, a: Array) -> tuple[Array, Pull]:
        """dK / dlog length_j = -2 slope (z_ij - z_kj)^2, z the scaled points.

        With H = W * slope symmetric, the sum over i, k is 2 (sum_i z_ij^2 h_i - z_j' H z_j).
        """
        z = self.coordinates(a)
        value, slope = self.profile.evaluate(cdist(z, z, "sqeuclidean"))

        def pull(weights: Array) -> Array:
            H = weights * slope
            apart = (z * z).T @ H.sum(axis=1) - np.sum(z * (H @ z), axis=0)
            return np.asarray(-4.0 * apart)

        return value, pull


def squared_distances(a: Array, b: Array) -> Array:
    """Of all pairs of rows, (n, m); of stacks of rows (B, n, d) and (B, m, d), (B, n, m)."""
    if a.ndim == 2:
        return _in_single(a, b) if a.dtype == np.float32 else cdist(a, b, "sqeuclidean")
    total = np.zeros((*a.shape[:-1], b.shape[-2]))
    for j in range(a.shape[-1]):
        apart = a[..., :, None, j] - b[..., None, :, j]
        apart *= apart
        total += apart
    return total


def single(rows: Array) -> Any:
    """The rows in single precision."""
    return rows.astype(np.float32)


def _in_single(a: Array, b: Array) -> Array:
    """|a|^2 + |b|^2 - 2 a'b, right to 1e-6 of the largest of these."""
    squared = a @ (-2.0 * b.T)
    squared += np.sum(a * a, axis=1)[:, None]
    squared += np.sum(b * b, axis=1)
    return np.maximum(squared, 0.0, out=squared)


def ard(profile: Profile, lengths: tuple[float, ...]) -> Stationary:
    """A stationary kernel over all columns, a length each (automatic relevance determination)."""
    return Stationary(profile, lengths, tuple(range(len(lengths))))


@dataclass(frozen=True)
class _Joined(Kernel):
    """Two kernels joined; theta is left's, then right's."""

    left: Kernel
    right: Kernel

    @property
    def theta(self) -> Array:
        """Left's, then right's."""
        return np.concatenate([self.left.theta, self.right.theta])

    def at(self, theta: Array) -> Kernel:
        """Both with their part of theta."""
        cut = len(self.left.theta)
        return replace(self, left=self.left.at(theta[:cut]), right=self.right.at(theta[cut:]))

    def coordinates(self, a: Array) -> Array:
        """Both sides'."""
        return np.concatenate([self.left.coordinates(a), self.right.coordinates(a)], axis=1)


@dataclass(frozen=True)
class Sum(_Joined):
    """left + right."""

    def between(self, a: Array, b: Array) -> Array:
        """The sum of covariances."""
        return np.asarray(self.left.between(a, b) + self.right.between(a, b))

    def diagonal(self, a: Array) -> Array:
        """The sum of variances."""
        return self.left.diagonal(a) + self.right.diagonal(a)

    def evaluate(self, a: Array) -> tuple[Array, Pull]:
        """Gradients side by side."""
        left, pull_left = self.left.evaluate(a)
        right, pull_right = self.right.evaluate(a)
        return left + right, lambda W: np.concatenate([pull_left(W), pull_right(W)])


@dataclass(frozen=True)
class Product(_Joined):
    """left * right."""

    def between(self, a: Array, b: Array) -> Array:
        """The product of covariances."""
        return self.left.between(a, b) * self.right.between(a, b)

    def diagonal(self, a: Array) -> Array:
        """The product of variances."""
        return self.left.diagonal(a) * self.right.diagonal(a)

    def evaluate(self, a: Array) -> tuple[Array, Pull]:
        """Each factor's gradient is contracted with W times the other factor."""
        left, pull_left = self.left.evaluate(a)
        right, pull_right = self.right.evaluate(a)
        return left * right, lambda W: np.concatenate([pull_left(W * right), pull_right(W * left)])
