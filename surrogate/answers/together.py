"""How sure an average is: what a surrogate errs by at its places partly cancels in their mean.

Half of an interval's width at a point says nothing of how errors hang together. The variance of an
average of responses does: it is the mean covariance between two places drawn at random. It is
taken over all pairs of two samples that have nothing to do with each other, so that no place
counts beside itself. A number is as normal as f. A probability Phi(f) has

    cov(Phi(f_i), Phi(f_j)) = Phi2(h_i, h_j; c_ij / sqrt((1 + v_i)(1 + v_j))) - Phi(h_i) Phi(h_j)

with h = m / sqrt(1 + v); its average is taken to be Phi of a normal with that mean and variance,
which is exact for one place and for many that err alike.

    symbol   meaning                                                          shape
    rows     places that are averaged: two samples, one after the other       (2k, d)
    m, v     mean and variance of f there, stretched as intervals are         (2k,)
    gaps     by how much its mean moves with hyper-parameters that are        (2k, g)
             in doubt; their squares add to v, their products to c
    c        covariance of f between the samples, as intervals see it         (k, k)
    w        weights of the places, 1 in each half; 0 where one is forbidden  (2k,)
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from surrogate.models.base import Joint, Stretching
from surrogate.models.bunches import bunches
from surrogate.space import Array, Mask
from surrogate.specialfn import bivariate_excess

_HALVINGS = 40  # of 0..1: beyond, the excess itself is not known
_NARROW = 1e-6  # of a probability: an interval that has no width to lose
_CERTAIN = 1e-15  # from 0 and 1: what a probability keeps that is to have a quantile


@dataclass(frozen=True)
class Moments:
    """An average's mean, variance, and the average (lower, upper) of its places' intervals."""

    mean: float
    variance: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Known:
    """What is known of f at rows; see the module's glossary."""

    rows: Array
    m: Array
    v: Array
    gaps: Array
    c: Array

    @property
    def spread(self) -> Array:
        """Variance of f, and doubt of its mean, (2, 2k), as `base.Centred` has it."""
        return np.stack([self.v, np.einsum("ij,ij->i", self.gaps, self.gaps)])


def known(surrogate: Joint, rows: Array) -> list[Known]:
    """What a surrogate knows at each of several lists of places, `rows` (n, 2k, d)."""
    found = bunches(surrogate, rows)
    stretch = surrogate.stretch if isinstance(surrogate, Stretching) else 1.0
    k = rows.shape[1] // 2
    doubt = found.gaps[:, :k] @ np.swapaxes(found.gaps[:, k:], 1, 2)
    each = zip(rows, found.m, stretch * found.v, found.gaps, stretch * found.c + doubt, strict=True)
    return [Known(*one) for one in each]


def moments(at: Known, w: Array, coverage: float, *, is_number: bool) -> Moments:
    """What `narrowing` needs of the average over these places."""
    k, v = len(at.rows) // 2, at.spread.sum(axis=0)
    half = ndtri(0.5 + 0.5 * coverage) * np.sqrt(v)
    ends = at.m, at.m - half, at.m + half
    if is_number:
        mean, lower, upper = (0.5 * float(w @ end) for end in ends)
        return Moments(mean, float(w[:k] @ at.c @ w[k:]), lower, upper)
    split = np.sqrt(1.0 + v)
    h, rho = at.m / split, np.clip(at.c / np.outer(split[:k], split[k:]), -1.0, 1.0)
    variance = w[:k] @ bivariate_excess(h[:k, None], h[None, k:], rho) @ w[k:]
    mean, lower, upper = (0.5 * float(w @ ndtr(end)) for end in (h, *ends[1:]))
    return Moments(mean, float(variance), lower, upper)


def narrowing(found: Sequence[Moments], coverage: float, *, is_number: bool) -> Array:
    """How much narrower, below and above the mean, the intervals of averages are than the averages
    of intervals: factors in [0, 1], (2, len(found)).
    """
    mean, variance, lower, upper = np.array([tuple(vars(one).values()) for one in found]).T
    variance = np.maximum(variance, 0.0)
    z = ndtri(0.5 + 0.5 * coverage)
    own = np.stack([z * np.sqrt(variance)] * 2) if is_number else _halves(mean, variance, z)
    alike = np.stack([mean - lower, upper - mean])
    wide = alike > (0.0 if is_number else _NARROW)
    factors = np.divide(own, alike, out=np.ones_like(own), where=wide)
    return np.asarray(np.clip(factors, 0.0, 1.0))


def _halves(mean: Array, variance: Array, z: float) -> Array:
    """Half widths (2, n) of Phi(mu + sigma Z), which has this mean and variance.

    E Phi(mu + sigma Z)^2 - mean^2 is the excess at (a, a; r), a the mean's quantile, and r =
    sigma^2 / (1 + sigma^2) grows with it.
    """
    a = ndtri(np.clip(mean, _CERTAIN, 1.0 - _CERTAIN))
    low, high = np.zeros_like(a), np.ones_like(a)
    for _ in range(_HALVINGS):
        r = 0.5 * (low + high)
        short = bivariate_excess(a, a, r) < variance
        low, high = np.where(short, r, low), np.where(short, high, r)
    r = np.minimum(0.5 * (low + high), 1.0 - _CERTAIN)
    mu, sigma = a / np.sqrt(1.0 - r), np.sqrt(r / (1.0 - r))
    halves = np.stack([mean - ndtr(mu - z * sigma), ndtr(mu + z * sigma) - mean])
    return np.asarray(np.maximum(halves, 0.0))


def weights(allowed: Mask) -> Array:
    """Equal weights of what is allowed in each half, 1 in both; of everything where nothing is."""
    halves = np.split(allowed, 2)
    kept = [half if half.any() else np.ones(len(half), dtype=bool) for half in halves]
    return np.concatenate([half / half.sum() for half in kept])
