"""A Gaussian process of more sites than can be factorised: each point reads its nearest sites.

    symbol   meaning                                                          shape
    X, y     the sites, and what was read of f there                          (n, d), (n,)
    N        the sites nearest to a point, by the kernel's own coordinates    (M,)
    w        K_NN^-1 k_N, K with noise: the weights of the readings there     (M,)
    B, D     f at some points = B f + their readings' part + e, var e = D     (p, p), (p,)

What lies beyond the nearest is screened by them (Stein 2002; Vecchia 1988), and hyper-parameters
are those of the whole space, so that a step of N from point to point is small. Several points
together are joined by reading points before them as well as sites: that is a covariance, and as
good as the points are dense ("response first, full": Katzfuss et al. 2020, JABES 25). Its diagonal
is that of the points alone.

`stretch` is what variances are multiplied by so that sites left out fall where they should; see
`recalibrated`. Reading goes in parts of few points, side by side on all cores.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.special import ndtri

from surrogate.kernels import Kernel
from surrogate.linalg import factorise, solve_lower
from surrogate.models.pooling import cells
from surrogate.models.posterior import LEAST_VARIANCE, Process
from surrogate.models.sites import unique_places
from surrogate.space import Array, Mask, Rows

Read = Callable[[NDArray[Any]], tuple[Array, Array]]

EXACT = 3000  # sites that one process holds; a factor of more would take minutes and gigabytes
MANY = "nearest"  # the hyper-parameter that is there where each point reads its nearest alone
NEAREST = 64  # sites that a point reads
_BESIDE = 16  # sites whose readings are averaged to find leaders
_TOGETHER = 32  # ... where it reads them for the way it hangs together with others alone
_BEFORE = 24  # points before it that a point reads, where several are read together
_PART = 256  # points of a part: its covariances, 8 MB, stay near the cores
_FAR = 1e12  # times the prior variance: noise of a reading that is not there
_CELLS = 1 << 17  # at most, where noisy readings are pooled
_JUDGED = 2000  # sites that are left out in turn to judge the process by
_ORDER = 20262  # seed of the order in which sites are judged and points are read together
_COVERAGE = 0.9  # of intervals that recalibration looks at
_STRETCHES = np.geomspace(0.1, 100.0, 601)


@dataclass(frozen=True)
class Neighbourhood:
    """The process that has read `values` (n,) at `units` (n, d) with `noise` variances (n,).

    A `posterior.Process`; a value, safe to read from any thread.
    """

    kernel: Kernel
    units: Array
    values: Array
    noise: Array
    stretch: float = 1.0
    tree: cKDTree = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tree", cKDTree(self.kernel.coordinates(self.units)))

    def latent(self, q: Array) -> tuple[Array, Array]:
        """Mean and variance of f at `q`, both (m,)."""
        mean, variance = _in_parts(lambda part: self._given(part, self.nearest(part)), q)
        return mean, self._variance(q, variance)

    def mean(self, q: Array) -> Array:
        """Mean of f at `q`, (m,): it costs what `latent` does."""
        return self.latent(q)[0]

    def gaps(self, q: Array, mean: Array) -> Array:
        """(m, 0): there are no alternatives, for so many runs leave little doubt."""
        return np.empty((len(q), 0))

    def covariance(self, a: Array, b: Array) -> Array:
        """Posterior covariance of f between `a` and `b`."""
        rows, place = unique_places(np.concatenate([a, b]))
        joint = self._joint(rows)
        return np.asarray(joint[np.ix_(place[: len(a)], place[len(a) :])])

    def told(self, units: Array, values: Array, noise: Array) -> "Neighbourhood":
        """The process that has read `values` (m,) at `units` too, with `noise` variances (m,)."""
        return replace(
            self,
            units=np.concatenate([self.units, units]),
            values=np.concatenate([self.values, values]),
            noise=np.concatenate([self.noise, noise]),
        )

    def leaders(self, count: int, sign: float) -> Array:
        """The `count` sites at which readings times `sign` are highest, (k, d).

        Where they are noisy, with those of the nearest, so that luck does not lead.
        """
        values = self.values
        if self.noise.any():
            values = values[self.nearest(self.units, _BESIDE)].mean(axis=1)
        return self.units[np.argsort(-sign * values, kind="stable")[:count]]

    @property
    def interval(self) -> str:
        """What its intervals come from."""
        n = len(self.units)
        return (
            f"the {min(NEAREST, n)} nearest to each point of {n} places, too many to be read at "
            f"once, {np.sqrt(self.stretch):.2g} times as wide, as places left out ask for"
        )

    @property
    def judged(self) -> Array:
        """The sites that `left_out` speaks of: at most 2,000, taken without regard to values."""
        return self.units[self.rows]

    def left_out(self) -> tuple[Array, Array]:
        """Of each of `judged` with the others known: distance of its value from mean, variance."""
        rows = self.rows
        near = self.nearest(self.units[rows], NEAREST + 1)
        own = np.argsort(near == rows[:, None], axis=1, kind="stable")
        others = np.take_along_axis(near, own[:, :-1], axis=1)

        def read(part: Rows) -> tuple[Array, Array]:
            return self._given(self.units[part[:, 0]], part[:, 1:])

        mean, variance = _in_parts(read, np.column_stack([rows, others]))
        total = self._variance(self.units[rows], variance) + self.noise[rows]
        return self.values[rows] - mean, total

    def nearest(self, q: Array, count: int = NEAREST) -> Rows:
        """The sites nearest to each of `q` (m, d), nearest first, (m, M)."""
        least = min(count, len(self.units))
        _, rows = self.tree.query(self.kernel.coordinates(q), k=np.arange(1, least + 1))
        return np.asarray(rows)

    @property
    def rows(self) -> Rows:
        """Which sites are judged, (k,)."""
        n = len(self.units)
        return np.sort(np.random.default_rng(_ORDER).permutation(n)[:_JUDGED])

    def _given(self, q: Array, near: Rows) -> tuple[Array, Array]:
        """Mean and variance, not stretched, at `q` (b, d) given the sites `near` (b, M)."""
        points = np.concatenate([self.units[near], q[:, None, :]], axis=1)
        K = _with_noise(self.kernel(points, points), self.noise[near])
        sides = np.stack([K[:, :-1, -1], self.values[near]], axis=-1)
        half = solved(factors(K[:, :-1, :-1]), sides)
        known, told = half[..., 0], half[..., 1]
        return np.sum(known * told, axis=1), K[:, -1, -1] - np.sum(known * known, axis=1)

    def _variance(self, q: Array, variance: Array) -> Array:
        return np.asarray(
            self.stretch * np.maximum(variance, LEAST_VARIANCE * self.kernel.diagonal(q))
        )

    def _joint(self, q: Array) -> Array:
        """Covariance of f at `q` (p, d), which are all different, (p, p)."""
        order = np.random.default_rng(_ORDER).permutation(len(q))
        rows = q[order]
        before, there = _earlier(self.kernel.coordinates(rows))
        parts = np.column_stack([np.arange(len(rows)), before, there])
        weights, rest = _in_parts(lambda part: self._weights(rows, part), parts)
        B = np.zeros((len(rows), len(rows)))
        np.put_along_axis(B, before, np.where(there, weights, 0.0), axis=1)
        inverse = solve_lower(np.eye(len(rows)) - B, np.eye(len(rows)))
        half = inverse * np.sqrt(np.maximum(rest, LEAST_VARIANCE * self.kernel.diagonal(rows)))
        sd = np.sqrt(self.latent(rows)[1])
        half *= (sd / np.sqrt(np.sum(half * half, axis=1)))[:, None]
        back = np.argsort(order)
        return np.asarray((half @ half.T)[np.ix_(back, back)])

    def _weights(self, rows: Array, part: Rows) -> tuple[Array, Array]:
        """Weights (b, c) of the points before, and D (b,); a part is own, before and there."""
        own, before, there = np.split(part, [1, 1 + part.shape[1] // 2], axis=1)
        q = rows[own[:, 0]]
        near = self.nearest(q, _TOGETHER)
        points = np.concatenate([self.units[near], rows[before], q[:, None, :]], axis=1)
        absent = np.where(there, 0.0, _FAR * self.kernel.diagonal(q)[:, None])
        K = _with_noise(self.kernel(points, points), np.hstack([self.noise[near], absent]))
        lower = factors(K[:, :-1, :-1])
        half = solved(lower, K[:, :-1, -1:])
        weights = solved(lower, half, transposed=True)[:, near.shape[1] :, 0]
        return weights, K[:, -1, -1] - np.sum(half[..., 0] ** 2, axis=1)


def recalibrated(kernel: Kernel, units: Array, values: Array, noise: Array) -> Neighbourhood:
    """The process with the `stretch` at which intervals hold the sites left out.

    It is the one at which intervals of 90 % hold 90 % of `judged`. With noise it is 1 at least,
    and it counts as far as the process and not noise decides their width.
    """
    process = Neighbourhood(kernel, units, values, noise)
    miss, total = process.left_out()
    own, rest = total - process.noise[process.rows], process.noise[process.rows]
    width = ndtri(0.5 + 0.5 * _COVERAGE)
    held = [np.mean(np.abs(miss) <= width * np.sqrt(s * own + rest)) for s in _STRETCHES]
    enough = np.flatnonzero(np.array(held) >= _COVERAGE)
    found = _STRETCHES[enough[0]] if len(enough) else _STRETCHES[-1]
    if rest.any():  # a noise that is a little too large must not narrow what the process says
        found = max(1.0, float(found)) ** float(np.mean(own / total))
    return replace(process, stretch=float(found))


def crowd_of_numbers(kernel: Kernel, units: Array, values: Array, noise: Array) -> Neighbourhood:
    """`recalibrated`, and where all is noisy of readings pooled as far as noise hides the rest."""
    if noise.min() <= 0.0:
        return recalibrated(kernel, units, values, noise)
    signal = float(np.mean(kernel.diagonal(units[:1])))
    labels = cells(kernel.coordinates(units), signal, float(np.median(noise)), most=_CELLS)
    precision = np.bincount(labels, 1.0 / noise)

    def mean(of: Array) -> Array:
        return np.bincount(labels, of / noise) / precision

    middles = np.column_stack([mean(column) for column in units.T])
    return recalibrated(kernel, middles, mean(values), 1.0 / precision)


def leading(process: Process, count: int, sign: float) -> Array:
    """The sites (k, d) among which the best are: `leaders` of very many, else all."""
    if isinstance(process, Neighbourhood):
        return process.leaders(count, sign)
    return process.units


def factors(stack: Array) -> Array:
    """Lower Cholesky factors (b, c, c) of a stack of covariances, mended where they must be."""
    try:
        return np.asarray(np.linalg.cholesky(stack))
    except np.linalg.LinAlgError:
        return np.array([factorise(matrix) for matrix in stack])


def solved(lower: Array, right: Array, *, transposed: bool = False) -> Array:
    """`lower^-1 right` for stacks (b, c, c) and (b, c, k), or `lower'^-1 right`."""
    answer = right.copy()
    c = lower.shape[1]
    for j in reversed(range(c)) if transposed else range(c):
        done = slice(j + 1, c) if transposed else slice(0, j)
        row = lower[:, done, j, None].swapaxes(1, 2) if transposed else lower[:, j : j + 1, done]
        answer[:, j] -= np.matmul(row, answer[:, done])[:, 0]
        answer[:, j] /= lower[:, j, j, None]
    return answer


def _with_noise(K: Array, noise: Array) -> Array:
    """A stack K (b, c + 1, c + 1) with `noise` (b, c) on the first c of its diagonal."""
    noisy = K.copy()
    at = np.arange(noise.shape[1])
    noisy[:, at, at] += noise
    return noisy


def _earlier(z: Array) -> tuple[Rows, Mask]:
    """For each row the rows before it that are nearest, (p, c), and whether there are so many."""
    p = len(z)
    apart = np.sum(z * z, axis=1)[:, None] + np.sum(z * z, axis=1) - 2.0 * z @ z.T
    apart[np.triu_indices(p)] = np.inf
    count = min(_BEFORE, max(p - 1, 0))
    near = np.argsort(apart, axis=1, kind="stable")[:, :count]
    return near, np.isfinite(np.take_along_axis(apart, near, axis=1))


def _in_parts(read: Read, rows: NDArray[Any]) -> tuple[Array, Array]:
    """`read` of all rows, part by part and on all cores; the parts joined."""
    parts = [rows[first : first + _PART] for first in range(0, max(len(rows), 1), _PART)]
    if len(parts) == 1:
        return read(rows)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        one, other = zip(*pool.map(read, parts), strict=True)
    return np.concatenate(one), np.concatenate(other)
