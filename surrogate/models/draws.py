"""Joint draws of a surrogate's latent process: whole surfaces that agree with all it was told.

What holds for a set of points, its volume, or whether all of it is above a level, is asked of
draws: neighbours err together, so that intervals of single points say nothing of it.

    symbol   meaning                                                          shape
    A        anchors, where the covariance is kept whole                      (a, d)
    root     Nystroem factor: C(q, A) V w^-1/2 of C(A, A) = V w V'            (n, r)
    rest     variance that the anchors leave open, drawn point by point       (n,)
    gaps     by how much each alternative's mean differs                      (n, k)
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from surrogate.blas import one_thread
from surrogate.models.base import Doubting, Joint, LookAhead, Stretching
from surrogate.outcome import Number
from surrogate.space import Array

_ANCHORS = 600  # beyond them a smooth posterior has next to nothing left: .4 s of eigenvalues
_LEAST_EIGENVALUE = 1e-11  # of the largest; below it there is rounding


@one_thread()
def latent_draws(
    surrogate: Joint,
    units: Array,
    count: int,
    rng: np.random.Generator,
    *,
    smooth: bool = False,
    factors: Array | float = 1.0,
) -> Array:
    """`count` draws of f at `units` (n, d), shape (count, n).

    Exact for up to `_ANCHORS` points. Of more, some at random keep their whole covariance, the
    others follow them with their own marginal variance; `smooth` leaves out what the anchors leave
    open, so that differences between neighbours stay those of a surface. The doubt in
    hyper-parameters is drawn too, and variances are stretched, as in intervals. `factors`, by
    draw and point (count, n), multiply what a draw differs from the mean by; see `models.tails`.
    """
    mean, variance = surrogate.latent(units)
    root = _root(surrogate, units, rng)
    if isinstance(surrogate, Stretching):
        variance, root = surrogate.stretch * variance, surrogate.stretch**0.5 * root
    drawn = rng.standard_normal((count, root.shape[1])) @ root.T
    if len(units) > _ANCHORS and not smooth:
        rest = np.maximum(variance - np.einsum("ij,ij->i", root, root), 0.0)
        drawn += rng.standard_normal((count, len(units))) * np.sqrt(rest)
    if isinstance(surrogate, Doubting):
        gaps = surrogate.gaps(units)
        drawn += rng.standard_normal((count, gaps.shape[1])) @ gaps.T
    return np.asarray(mean + factors * drawn)


@dataclass(frozen=True)
class Surface:
    """One draw of f that can be read anywhere: the mean, and what the anchors' draw adds to it."""

    surrogate: Joint
    anchors: Array
    weights: Array

    def __call__(self, units: Array) -> Array:
        """f at `units` (n, d), (n,)."""
        mean, _ = self.surrogate.latent(units)
        return np.asarray(mean + self.surrogate.covariance(units, self.anchors) @ self.weights)


@one_thread()
def drawn_surface(surrogate: Joint, anchors: Array, rng: np.random.Generator) -> Surface:
    """A surface that is a draw at the `anchors` (a, d) and the likeliest one between them."""
    values, axes = _axes(surrogate, anchors)
    normal = rng.standard_normal(len(values))
    return Surface(surrogate, anchors, axes @ (normal / np.sqrt(values)))


def _root(surrogate: Joint, units: Array, rng: np.random.Generator) -> Array:
    anchors = units
    if len(units) > _ANCHORS:
        anchors = units[rng.permutation(len(units))[:_ANCHORS]]
    values, axes = _axes(surrogate, anchors)
    if anchors is units:
        return np.asarray(axes * np.sqrt(values))
    return np.asarray(surrogate.covariance(units, anchors) @ (axes / np.sqrt(values)))


def _axes(surrogate: Joint, anchors: Array) -> tuple[Array, Array]:
    """w (r,) and V (a, r) of C(A, A), as far as they are more than rounding; there may be none."""
    C = surrogate.covariance(anchors, anchors)
    values, axes = np.linalg.eigh((C + C.T) / 2)
    kept = values > _LEAST_EIGENVALUE * values.max(initial=np.finfo(float).tiny)
    return values[kept], axes[:, kept]


def responses(surrogate: LookAhead, f: Array) -> Array:
    """Latent values as responses: Phi(f) for a probability; numbers are affine in f."""
    if isinstance(surrogate.outcome, Number):
        zero, one = surrogate.threshold(0.0), surrogate.threshold(1.0)
        return (f - zero) / (one - zero)
    return np.asarray(ndtr(f))
