"""The process with a patch: a mixture of worlds, in each of which the patch is another shape.

Where a patch may lie or end, f is no normal: it is high where the patch holds the point, and as the
smooth process has it where not. So what is read point by point, chances and intervals, is read of
two normals, inside and outside; where moments are asked, they are those of the mixture.

    symbol   meaning                                                              shape
    q        points in the unit cube                                              (n, d)
    W        chance of each world; the last has no patch                          (k + 1,)
    f        mean of f in each world                                              (n, k + 1)
    inside   the chance that a patch holds a point                                (n,)
    m, v     mean and variance of f, if one holds it and if none does             (2, n)
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np
from scipy.special import ndtr, ndtri

from surrogate.models.posterior import Process, Weighable
from surrogate.models.worlds import Patches
from surrogate.space import Array

_BLOCK = 4096  # points, for the memory of what they are in each world
_HALVINGS = 40  # of the range that holds a quantile: to 1e-11 of it


@dataclass(frozen=True)
class Halves:
    """f at n points as a mixture of two normals; see the table above."""

    inside: Array
    m: Array
    v: Array

    @property
    def shares(self) -> Array:
        """Of the two normals, (2, n)."""
        return np.stack([self.inside, 1.0 - self.inside])

    def mean(self) -> Array:
        """Of f, (n,)."""
        return np.asarray((self.shares * self.m).sum(axis=0))

    def variance(self) -> Array:
        """Of f, (n,)."""
        return np.asarray((self.shares * (self.v + (self.m - self.mean()) ** 2)).sum(axis=0))

    def widened(self, doubt: Array) -> "Halves":
        """With `doubt` (n,) added to either variance."""
        return replace(self, v=self.v + doubt)

    def chance(self) -> Array:
        """The mean of Phi(f), in [0, 1], (n,)."""
        return np.asarray((self.shares * ndtr(self.m / np.sqrt(1.0 + self.v))).sum(axis=0))

    def below(self, g: Array | float) -> Array:
        """P(f < g), in [0, 1], (n,)."""
        return np.asarray((self.shares * ndtr((g - self.m) / np.sqrt(self.v))).sum(axis=0))

    def quantile(self, p: float) -> Array:
        """The value below which f is with probability p, (n,): between those of the two."""
        ends = self.m + ndtri(p) * np.sqrt(self.v)
        low, high = ends.min(axis=0), ends.max(axis=0)
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            under = self.below(middle) < p
            low, high = np.where(under, middle, low), np.where(under, high, middle)
        return np.asarray(0.5 * (low + high))


@dataclass(frozen=True)
class PatchedPosterior:
    """A `models.posterior.Process`: `smooth`, which knows of no patch, and the patches beside it.

    Doubt in hyper-parameters is that of `smooth`.
    """

    smooth: Weighable
    patches: Patches

    @property
    def units(self) -> Array:
        """The sites in the unit cube, (n, d)."""
        return self.smooth.units

    def fewer(self) -> "PatchedPosterior":
        """The same with few patches, for predictions at many points."""
        return replace(self, patches=self.patches.fewer())

    def halves(self, q: Array) -> Halves:
        """f at `q` if a patch holds each point, and if none does."""
        parts = [self._halves(q[block]) for block in _blocks(len(q))]
        inside = np.concatenate([part.inside for part in parts])
        m, v = (np.concatenate([getattr(p, name) for p in parts], axis=1) for name in "mv")
        return Halves(inside, m, v)

    def _halves(self, q: Array) -> Halves:
        mean, variance = self.smooth.latent(q)
        f, held = self.worlds(q, mean)
        inner, outer = (self._part(f, part, mean) for part in (held, 1.0 - held))
        m, apart = (np.stack(pair) for pair in zip(inner[1:], outer[1:], strict=True))
        return Halves(inner[0], m, variance + apart)

    def _part(self, f: Array, held: Array, mean: Array) -> tuple[Array, Array, Array]:
        """Of the worlds `held` (n, k + 1): their chance, mean of f (`mean` if none), variance."""
        W = self.patches.worlds
        total = held @ W
        sure = np.maximum(total, np.finfo(float).tiny)
        m = np.where(total > 0.0, (held * f) @ W / sure, mean)
        gap = f - m[:, None]
        gap *= gap
        gap *= held
        return total, m, gap @ W / sure

    def worlds(self, q: Array, mean: Array) -> tuple[Array, Array]:
        """f where the smooth process has `mean` (n,), and 1 where a patch is, both (n, k + 1)."""
        held, shift = self.patches.look(q)
        f = self.patches.plain(q, self.smooth) + shift
        return np.column_stack([f, mean]), np.column_stack([held, np.zeros(len(q))])

    def latent(self, q: Array) -> tuple[Array, Array]:
        """Mean and variance of f at `q`, both (m,)."""
        halves = self.halves(q)
        return halves.mean(), halves.variance()

    def mean(self, q: Array) -> Array:
        """Mean of f at `q`, (m,)."""
        means = [self._means(q[block]) @ self.patches.worlds for block in _blocks(len(q))]
        return np.concatenate(means)

    def _means(self, q: Array) -> Array:
        return self.worlds(q, self.smooth.mean(q))[0]

    def gaps(self, q: Array, mean: Array) -> Array:
        """By how much the mean at `q` moves under each alternative, (m, k)."""
        return self.smooth.gaps(q, self.smooth.mean(q))

    def covariance(self, a: Array, b: Array) -> Array:
        """Covariance of f between `a` and `b`: within a world, and of the worlds' means."""
        W = self.patches.worlds
        one, other = self._means(a), self._means(b)
        apart = (one - (one @ W)[:, None]) * W
        return self.smooth.covariance(a, b) + apart @ (other - (other @ W)[:, None]).T

    def told(self, units: Array, values: Array, noise: Array) -> "PatchedPosterior":
        """The process that has read `values` too; each world by how well it foretold them.

        They count one by one; see `Posterior.told`.
        """
        told, patches = self.smooth, self.patches
        for row, value, var in zip(units[:, None, :], values, noise, strict=True):
            here = replace(self, smooth=told, patches=patches)
            mean, v = told.latent(row)
            f, _ = here.worlds(row, mean)
            miss = (value - f[0]) ** 2 / (v[0] + var)
            W = patches.worlds * np.exp(-0.5 * (miss - miss.min()))
            told = told.told(row, np.array([value]), np.array([var]))
            shifted = _read(here, told, row, value - patches.look(row)[1][0])
            patches = replace(patches, chances=W[:-1] / W.sum(), weights=shifted)
        return replace(self, smooth=told, patches=patches)

    @property
    def judged(self) -> Array:
        """All sites."""
        return self.units

    def left_out(self) -> tuple[Array, Array]:
        """Of each site with the others known, in worlds that all of them tell; see `Posterior`."""
        precision = np.sum(self.smooth.root**2, axis=0)
        W = self.patches.worlds
        weights = self.patches.weights @ W[:-1] + self.smooth.weights * W[-1]
        return weights / precision, 1.0 / precision


def smooth_of(process: Process) -> Process:
    """What patches stand beside, of a process that has some; any other as it is."""
    return process.smooth if isinstance(process, PatchedPosterior) else process


@runtime_checkable
class Suspecting(Protocol):
    """A surrogate that looks for patches."""

    @property
    def suspected(self) -> tuple[PatchedPosterior, ...]:
        """What it suspects beside a process too stiff to hide it, one patch after the other.

        Empty when it did not look.
        """


def _read(before: PatchedPosterior, after: Weighable, row: Array, values: Array) -> Array:
    """The weights (n + 1, k) of worlds that have read `values` (k,) less their shift at `row`."""
    weights, last = before.patches.weights, after.root[-1]
    news = last[-1] * (values - before.patches.plain(row, before.smooth)[0])
    longer = np.concatenate([weights, np.zeros((1, weights.shape[1]))])
    return np.asarray(longer + np.outer(last, news))


def _blocks(count: int) -> Iterator[slice]:
    return (slice(first, first + _BLOCK) for first in range(0, max(count, 1), _BLOCK))
