"""Covariances for numbers that bend or add up: warped inputs, and interactions axis by axis.

They obey the laws of `kernels.Kernel`; glossary there. Where an axis has another kind of effect in
one part of its range than in another, `Warped` stretches that part; where a response is a sum of
effects of single inputs and of some of them together, `Interactions` says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.distance import cdist

from surrogate.kernels import Kernel, Profiled, Pull
from surrogate.profiles import Profile
from surrogate.space import Array

_EDGE = 1e-9  # a warp's slope may be endless at 0 and 1: the ends are looked at from this near


@dataclass(frozen=True)
class Warped(Profiled):
    """A stationary correlation of inputs bent by w(x) = 1 - (1 - x^a)^b, a and b for each column.

    Kumaraswamy's distribution function; Snoek et al. 2014, Input warping for Bayesian
    optimization, use the beta distribution's in the same place. theta: log lengths, log a, log b.
    """

    lengths: tuple[float, ...]
    a: tuple[float, ...]
    b: tuple[float, ...]

    @property
    def theta(self) -> Array:
        """log lengths, log a, log b."""
        return np.log([*self.lengths, *self.a, *self.b])

    def at(self, theta: Array) -> Kernel:
        """Other lengths and other bends."""
        lengths, a, b = (tuple(part.tolist()) for part in np.split(np.exp(theta), 3))
        return replace(self, lengths=lengths, a=a, b=b)

    def evaluate(self, a: Array) -> tuple[Array, Pull]:
        """All gradients pass through G = d sum(W K) / d z, z the scaled and bent points (n, d)."""
        z = self.coordinates(a)
        value, slope = self.profile.evaluate(cdist(z, z, "sqeuclidean"))

        def pull(weights: Array) -> Array:
            H = weights * slope
            G = 4.0 * (z * H.sum(axis=1)[:, None] - H @ z)
            return np.concatenate([np.sum(G * dz, axis=0) for dz in (-z, *self._slopes(a))])

        return value, pull

    def coordinates(self, a: Array) -> Array:
        """The columns, bent and in units of their lengths."""
        inside = np.clip(a, _EDGE, 1.0 - _EDGE)
        bent = 1.0 - (1.0 - inside ** np.array(self.a)) ** np.array(self.b)
        return np.ascontiguousarray(bent / np.array(self.lengths))

    def _slopes(self, x: Array) -> tuple[Array, Array]:
        """dz / dlog a and dz / dlog b, each (n, d)."""
        inside = np.clip(x, _EDGE, 1.0 - _EDGE)
        a, b, lengths = np.array(self.a), np.array(self.b), np.array(self.lengths)
        power = inside**a
        rest = np.maximum(1.0 - power, np.finfo(float).tiny)
        by_a = a * b * rest ** (b - 1.0) * power * np.log(inside)
        return by_a / lengths, -b * rest**b * np.log(rest) / lengths


@dataclass(frozen=True)
class Interactions(Kernel):
    """The product over columns of 1 + share_j k_j(x_j): every set of inputs has its own effect.

    Multiplied out, it is a constant, an effect of each input alone, of each pair, and so on, with
    the product of their shares as variance (the ANOVA kernel; Durrande et al. 2012, Annales de la
    Faculte des Sciences de Toulouse 21). theta: log shares, log lengths.
    """

    profile: Profile
    shares: tuple[float, ...]
    lengths: tuple[float, ...]

    @property
    def theta(self) -> Array:
        """log shares, log lengths."""
        return np.log([*self.shares, *self.lengths])

    def at(self, theta: Array) -> Kernel:
        """Other shares and lengths."""
        shares, lengths = (tuple(part.tolist()) for part in np.split(np.exp(theta), 2))
        return replace(self, shares=shares, lengths=lengths)

    def between(self, a: Array, b: Array) -> Array:
        """The product over columns."""
        product = np.ones((*a.shape[:-1], b.shape[-2]))
        for share, squared in zip(self.shares, self._squared(a, b), strict=True):
            factor = self.profile.value(squared)
            factor *= share
            factor += 1.0
            product *= factor
        return product

    def coordinates(self, a: Array) -> Array:
        """The columns in units of their lengths."""
        return np.asarray(a / np.array(self.lengths))

    def diagonal(self, a: Array) -> Array:
        """The product of 1 + share, at each point."""
        return np.full(len(a), float(np.prod(1.0 + np.array(self.shares))))

    def evaluate(self, a: Array) -> tuple[Array, Pull]:
        """dK / dx = K / factor_j * dfactor_j / dx, since factors are at least 1."""
        K = self.between(a, a)

        def pull(weights: Array) -> Array:
            whole = weights * K
            slopes = np.empty((2, len(self.shares)))
            for j, squared in enumerate(self._squared(a, a)):
                value, slope = self.profile.evaluate(squared)
                part = self.shares[j] * value
                rest = whole / (1.0 + part)
                slopes[0, j] = np.vdot(rest, part)
                squared *= slope
                slopes[1, j] = -2.0 * self.shares[j] * np.vdot(rest, squared)
            return slopes.ravel()

        return K, pull

    def _squared(self, a: Array, b: Array) -> Iterator[Array]:
        """Squared scaled distances, column by column, each a fresh (n, m)."""
        for j, length in enumerate(self.lengths):
            apart = (a[..., :, None, j] - b[..., None, :, j]) / length
            apart *= apart
            yield apart


@dataclass(frozen=True)
class Around(Kernel):
    """A kernel that reads its points by another, `inner`, and has its hyper-parameters."""

    inner: Kernel

    @property
    def theta(self) -> Array:
        """The inner kernel's."""
        return self.inner.theta

    def at(self, theta: Array) -> Kernel:
        """The same around the inner kernel with other hyper-parameters."""
        return replace(self, inner=self.inner.at(theta))


@dataclass(frozen=True)
class Embedded(Around):
    """A kernel over columns without order: `inner` sees a column of 0 and 1 for each choice.

    `choices` says how many each column has, 0 for an ordered column, which is passed on as it is.
    The middles of equal cells of [0, 1] stand for the choices, as in `space.Categorical`.
    """

    choices: tuple[int, ...]

    def between(self, a: Array, b: Array) -> Array:
        """The inner kernel's covariances."""
        return self.inner.between(self._spread(a), self._spread(b))

    def coordinates(self, a: Array) -> Array:
        """The inner kernel's."""
        return self.inner.coordinates(self._spread(a))

    def diagonal(self, a: Array) -> Array:
        """The inner kernel's variances."""
        return self.inner.diagonal(self._spread(a))

    def evaluate(self, a: Array) -> tuple[Array, Pull]:
        """The inner kernel's gradients."""
        return self.inner.evaluate(self._spread(a))

    def _spread(self, units: Array) -> Array:
        columns = [
            _indicators(units[..., j], count) if count else units[..., j, None]
            for j, count in enumerate(self.choices)
        ]
        return np.concatenate(columns, axis=-1)


def embedded(kernel: Kernel, choices: tuple[int, ...]) -> Kernel:
    """`kernel` over columns with so many `choices` each, as `Embedded` takes them."""
    return Embedded(kernel, choices) if any(choices) else kernel


def width(choices: tuple[int, ...]) -> int:
    """How many columns a kernel sees that is `embedded` so."""
    return sum(max(count, 1) for count in choices)


def _indicators(column: Array, count: int) -> Array:
    """Rows with a 1 at the choice whose cell the unit lies in, (..., n, count)."""
    cell = np.clip(np.floor(column * count), 0, count - 1)
    return np.asarray(cell[..., None] == np.arange(count), dtype=float)
