"""The scene that a choice is made on: sites that stand for the space, and what flies already.

    symbol      meaning                                                          shape
    m, v        posterior mean and variance of the latent f                      (n,)
    w           weight of a site; weights sum to 1: a mean over the space        (q,)
    c           posterior covariance of f, candidates against sites              (n, q)
    noise       variance of the Gaussian reading that teaches as much as a run   (n,)
    e           the part of a covariance that runs in flight explain             (n, q)

A run in flight will lower every covariance by kappa c c', whatever it says, and move the mean by
an unknown amount of covariance kappa c c'. So what is known now is kept as it is, and the part
that runs in flight will explain, e, is kept beside it: rules take expectations over both.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular

from surrogate.models.base import LookAhead, Noisy
from surrogate.space import Array, Rows

_ROUNDING = 1e-6  # of the largest variance: below it the axes of a covariance are noise
_LEAST_VARIANCE = 1e-14  # below this a latent value counts as known


@dataclass(frozen=True)
class Points:
    """Candidates or sites: `units` (n, d), latent mean and variance, noise of one run there."""

    units: Array
    m: Array
    v: Array
    noise: Array

    def __len__(self) -> int:
        return len(self.m)

    def __getitem__(self, rows: Rows | slice) -> "Points":
        return Points(self.units[rows], self.m[rows], self.v[rows], self.noise[rows])


@dataclass(frozen=True)
class Sites:
    """Points that stand for the space in a mean over it, with weights `w` (q,) that sum to 1."""

    points: Points
    w: Array


@dataclass(frozen=True)
class Sight:
    """What a rule sees of `candidates`: covariances with the sites, and what flight explains.

    `c`, `e` are (n, q); `own` (n,) and `theirs` (q,) are the explained parts of the variances of
    candidates and sites; a run is `trials` yes-or-no answers at one place.
    """

    candidates: Points
    sites: Sites
    c: Array
    e: Array
    own: Array
    theirs: Array
    trials: int = 1


def look(surrogate: LookAhead, units: Array) -> Points:
    """The surrogate's marginal knowledge of `units` (n, d)."""
    m, v = surrogate.latent(units)
    v = np.maximum(v, _LEAST_VARIANCE)
    kappa = np.maximum(surrogate.lesson(m, v), np.finfo(float).tiny)
    # a reading of variance 1 / kappa - v teaches the same; rounding must not make it negative
    noise = np.maximum(1.0 / kappa - v, 1e-9 * v)
    if isinstance(surrogate, Noisy):
        noise = np.maximum(surrogate.noise_of_a_run(units), 1e-9 * v)
    return Points(units, m, v, noise)


def explained(joint: Array, noise: Array, across: Array) -> Array:
    """A with A'A the covariance that k readings explain, shape (k, n).

    `joint` (k, k) is their own covariance, `noise` (k,) the readings' variances and `across`
    (k, n) the covariance with n other points: A = L^-1 across, L L' = joint + diag(noise).
    """
    if len(noise) == 0:
        return np.empty((0, across.shape[1]))
    whole = joint + np.diag(noise + 1e-10 * np.diag(joint))
    try:
        lower = np.linalg.cholesky(whole)
    except np.linalg.LinAlgError:
        return _explained_by_main_axes(whole, across)
    return np.asarray(solve_triangular(lower, across, lower=True))


def _explained_by_main_axes(whole: Array, across: Array) -> Array:
    """`explained` where readings know so much already that rounding hides what they differ in.

    Only the axes along which they differ by more than rounding explain anything.
    """
    values, axes = np.linalg.eigh(0.5 * (whole + whole.T))
    kept = values > _ROUNDING * max(values[-1], np.finfo(float).tiny)
    return np.asarray((axes[:, kept].T @ across) / np.sqrt(values[kept])[:, None])
