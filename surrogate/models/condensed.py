"""A child's map as one process: what generations have learned, read as from one campaign.

A child's process begins with its parent's, that one with its own parent's, and so on; each would be
asked several times for one answer of the next. So for its own children a map is condensed: to the
process with the same mean and covariance at pivots Z, the sites of both and some more.

    symbol   meaning                                                         shape
    K, L     covariance of the pivots under the condensed kernel, L L' = K   (n, n)
    m, S     mean and covariance of f there, as the child has them           (n,), (n, n)
    V, l     directions of L^-1 S L'^-1, and what is left to learn of each   (n, n), (n,)

The mean is k(q, Z) K^-1 m and the covariance k(a, b) - k(a, Z) (K^-1 - K^-1 S K^-1) k(Z, b): at the
pivots m and S (Titsias 2009, Variational learning of inducing variables, eq. 6). The kernel is the
first ancestor's, read where the map has moved to, and that of a change: with the sites among the
pivots it loses hardly anything. What it loses is looked at; where that would show, pivots are
added, and in the end the child's own process is kept, which is slow and right.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import eigh, lapack, qr

from surrogate.dataset import choices_of
from surrogate.design import sobol
from surrogate.kernels import Constant, Kernel, Settled, ard
from surrogate.linalg import factorise, inverse_lower, solve
from surrogate.models.covariances import embedded, width
from surrogate.models.forms import usual_length
from surrogate.models.heritage import Heritage
from surrogate.models.inherited import InheritedPosterior
from surrogate.models.patched import PatchedPosterior, smooth_of
from surrogate.models.posterior import Posterior
from surrogate.models.recipes import GaussianSurrogate
from surrogate.models.sites import some_rows
from surrogate.pool import Domain
from surrogate.profiles import Matern52
from surrogate.space import Array

Move = Callable[[Array], Array]

_MOST = 600  # pivots
_SITES = 1000  # of the two generations, that are candidates
_MORE = (32, 128, 512)  # places between the sites that are candidates too
_LOOKED_AT = 256  # places where the two processes are compared
_COARSE, _FINE = 1e-4, 1e-12  # of the prior variance: what a pivot has to say at least
_OFF = 0.2  # of its sd: how far the condensed mean may be from the mean, anywhere
_SURER, _LESS_SURE = 0.8, 1.25  # times the sd that the condensed one may be
_UNSEEN = 0.003  # of f's own unit, or a number's spread: an sd that may come to it


def condensed(surrogate: GaussianSurrogate) -> GaussianSurrogate:
    """The same map read from one process, where it begins with a parent's; else as it is."""
    process = surrogate.posterior
    smooth = smooth_of(process)
    one = _condensed(smooth, surrogate) if isinstance(smooth, InheritedPosterior) else None
    if one is None:
        return surrogate
    if not isinstance(process, PatchedPosterior):
        return replace(surrogate, posterior=one)
    lower = factorise(one.kernel(one.units, one.units))
    weights = solve(lower, process.patches.plain(one.units, process.smooth))
    patches = replace(process.patches, weights=weights)
    return replace(surrogate, posterior=PatchedPosterior(one, patches))


def _condensed(process: InheritedPosterior, surrogate: GaussianSurrogate) -> Posterior | None:
    """The process at as few pivots as do; None where none do."""
    space = process.heritage.bridge.new
    places, sites = _spread(space, _LOOKED_AT, seed=1), _sites(process)
    whole = _kernel(process, _lengths(surrogate, space))
    still = replace(whole, change=Constant(0.0, free=False))
    tried = [(still, _COARSE, _MORE[0]), *((whole, _FINE, more) for more in _MORE)]
    for kernel, least, more in tried:
        candidates = np.concatenate([sites, _spread(space, more, seed=0)])
        found = _at(process, kernel, _pivots(kernel, candidates, least))
        if _is_as_good(found, process, places):
            return found
    return None


def _at(process: InheritedPosterior, kernel: Kernel, units: Array) -> Posterior:
    """The process of `kernel` that has the other's mean and covariance at `units` (n, d)."""
    lower = factorise(kernel(units, units))
    inverse = inverse_lower(lower)
    S = process.covariance(units, units)
    S.flat[:: len(S) + 1] += process.heritage.rounding / process.scale**2
    left, V = eigh(inverse @ S @ inverse.T)
    root = np.sqrt(1.0 - np.clip(left, 0.0, 1.0))[:, None] * (V.T @ inverse)
    return Posterior(kernel, units, solve(lower, process.mean(units)), _lower(root))


def _lower(root: Array) -> Array:
    """T with T'T = root'root, lower triangular."""
    upper = np.asarray(qr(root[:, ::-1], mode="r")[0], dtype=float)
    return np.ascontiguousarray(upper[::-1, ::-1])


def _pivots(kernel: Kernel, units: Array, least: float) -> Array:
    """Those of `units` that say at least `least` of the prior variance beside the others."""
    K = kernel(units, units)
    _, order, rank, _ = lapack.dpstrf(K, tol=least * float(np.mean(np.diagonal(K))), lower=1)
    return np.asarray(units[np.sort(order[: min(rank, _MOST)] - 1)])


def _sites(process: InheritedPosterior) -> Array:
    """The child's sites, and its parent's where they mean the same in its space."""
    bridge, old = process.heritage.bridge, process.heritage.old.posterior.units
    sites = process.units
    if bridge.keeps_rows:
        sites = np.unique(np.concatenate([sites, np.clip(old, 0.0, 1.0)]), axis=0)
    return sites[some_rows(len(sites), _SITES)]


def _spread(space: Domain, count: int, *, seed: int) -> Array:
    """Places all over the space, some at its edges, (count, d)."""
    wide = 1.1 * (sobol(space.dimension, count, seed=seed) - 0.5)
    return space.snap(np.clip(wide + 0.5, 0.0, 1.0))


def _is_as_good(one: Posterior, process: InheritedPosterior, places: Array) -> bool:
    """Whether what is lost would show at none of `places` (n, d)."""
    mean, variance = process.latent(places)
    found, its = one.latent(places)
    sd, its_sd = np.sqrt(variance), np.sqrt(its)
    near = np.abs(found - mean) <= _OFF * its_sd
    alike = (its_sd >= _SURER * sd) & (its_sd <= _LESS_SURE * sd + _UNSEEN)
    return bool(np.all(near & alike))


@dataclass(frozen=True, eq=False)
class Grown(Settled):
    """`size` times the covariance that the first ancestor's f had, and one of all changes since.

    `moves` lead from the cube of today to that of the first ancestor, each a generation back.
    """

    root: Kernel
    size: float
    moves: tuple[Move, ...]
    change: Kernel

    def between(self, a: Array, b: Array) -> Array:
        """The sum of both."""
        first = self.root.between(self._first(a), self._first(b))
        return np.asarray(self.size * first + self.change.between(a, b))

    def coordinates(self, a: Array) -> Array:
        """Both of them."""
        parts = [self.root.coordinates(self._first(a)), self.change.coordinates(a)]
        return np.concatenate(parts, axis=1)

    def diagonal(self, a: Array) -> Array:
        """The sum of both variances."""
        return self.size * self.root.diagonal(self._first(a)) + self.change.diagonal(a)

    def _first(self, a: Array) -> Array:
        for move in self.moves:
            a = move(a)
        return a


def _kernel(process: InheritedPosterior, lengths: Array) -> Grown:
    """The covariance of a child's f before any run of any generation, as far as it is simple.

    `lengths` are those of the child's change, as `_lengths` gives them.
    """
    heritage, places = process.heritage, process.units
    old, new = heritage.bridge.old, heritage.bridge.new
    posterior, size = heritage.old.posterior, (heritage.old.scale / process.scale) ** 2
    inherited = heritage.latent(places)[1] / process.scale**2
    change = float(np.mean(process.inner.kernel.diagonal(places) - inherited))
    before: Kernel = _matern(old, _usual(old))
    if isinstance(posterior, Posterior):
        before = posterior.kernel
    root, moves = before, _moves(heritage)
    if isinstance(before, Grown):
        change += size * float(np.mean(before.change.diagonal(heritage.rows(places))))
        root, size, moves = before.root, size * before.size, (*moves, *before.moves)
    return Grown(root, size, moves, Constant(change, free=False) * _matern(new, lengths))


def _moves(heritage: Heritage) -> tuple[Move, ...]:
    bridge, warp = heritage.bridge, heritage.warp
    if bridge.keeps_rows and not warp.moves:
        return ()
    return (lambda units: warp(bridge.to_old(units)),)


def _lengths(surrogate: GaussianSurrogate, space: Domain) -> Array:
    """The change's, that the child learned; usual ones where it did not."""
    usual, known = _usual(space), surrogate.hyperparameters
    return np.array([float(known.get(f"change.length.{j}", x)) for j, x in enumerate(usual)])


def _usual(space: Domain) -> Array:
    columns = width(choices_of(space))
    return np.full(columns, usual_length(columns))


def _matern(space: Domain, lengths: Array) -> Kernel:
    """Matern-5/2 over columns with and without order."""
    return embedded(ard(Matern52(), tuple(lengths.tolist())), choices_of(space))
