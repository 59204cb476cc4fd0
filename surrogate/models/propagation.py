"""Expectation propagation: the normal approximation of a Gaussian process seen through yes and no.

    symbol      meaning                                                      shape
    K           prior covariance of f at the sites                           (n, n)
    tau, nu     precision and precision times mean of each site's message    (n,)
    s           sqrt(tau)                                                    (n,)
    B           I + s K s = lower lower'                                     (n, n)
    m, v        cavity: the posterior at a site without its own message      (n,)
    weights     (K + 1/tau)^-1 (nu/tau): posterior mean is K weights         (n,)

All sites are updated at once (one Cholesky factor a sweep), with a step that shrinks when the
messages start to swing. The likelihood is log-concave, hence tau > 0 throughout. Rasmussen and
Williams 2006, section 3.6; van Gerven et al. 2009 for the parallel schedule.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surrogate.linalg import factorise, gram_of_lower, inverse_lower
from surrogate.models.likelihood import Moments, Probit

Array = NDArray[np.float64]

TOLERANCE = 1e-8  # largest change of a message in a sweep at the end of a fit
_LEAST_PRECISION = 1e-8  # a message weaker than this moves nothing; v stays exact to 1e-8
_MOST_SWEEPS = 300


@dataclass(frozen=True)
class Messages:
    """What each site says about f there: a normal with precision tau and mean nu / tau."""

    tau: Array
    nu: Array

    def toward(self, target: "Messages", step: float) -> "Messages":
        """A `step` (0..1] of the way to `target`."""
        return Messages(
            self.tau + step * (target.tau - self.tau), self.nu + step * (target.nu - self.nu)
        )

    def distance(self, other: "Messages") -> float:
        """The largest difference of any number, relative to 1 + its size."""
        gaps = (
            np.abs(self.tau - other.tau) / (1.0 + self.tau),
            np.abs(self.nu - other.nu) / (1.0 + np.abs(self.nu)),
        )
        return float(max(gap.max(initial=0.0) for gap in gaps))


@dataclass(frozen=True)
class Propagated:
    """The fixed point: messages, the factor of B, its inverse, weights and log evidence."""

    messages: Messages
    lower: Array
    inverse: Array
    weights: Array
    log_evidence: float
    sweeps: int
    converged: bool

    @property
    def scales(self) -> Array:
        """s = sqrt(tau), (n,)."""
        return np.sqrt(self.messages.tau)

    def sensitivity(self) -> Array:
        """d log Z / dK (n, n) = (w w' - s B^-1 s) / 2; ibid. eq. 5.27.

        Messages are stationary at the fixed point, so only K's own change counts.
        """
        s = self.scales
        precision = gram_of_lower(self.inverse) * s * s[:, None]
        return 0.5 * (np.outer(self.weights, self.weights) - precision)


@dataclass(frozen=True)
class _Sweep:
    """One pass: factor and weights of the messages given, cavities, and what sites answer."""

    messages: Messages
    lower: Array
    inverse: Array
    weights: Array
    mean: Array
    cavity_mean: Array
    cavity_variance: Array
    moments: Moments

    def answer(self) -> Messages:
        """The messages that match each site's moments."""
        return _matched(self.moments, self.cavity_mean, self.cavity_variance)

    def log_evidence(self) -> float:
        """log Z_EP; Rasmussen and Williams 2006, eqs. 3.65, 3.73, 3.74 in terms of the cavity."""
        tau, nu = self.messages.tau, self.messages.nu
        m, v = self.cavity_mean, self.cavity_variance
        spread = 1.0 + tau * v
        sites = self.moments.log_z + 0.5 * np.log(spread)
        cross = (tau * m * m - 2.0 * nu * m - nu * nu * v) / spread
        log_det = float(np.sum(np.log(np.diagonal(self.lower))))
        return float(np.sum(sites) + 0.5 * np.sum(cross) + 0.5 * (nu @ self.mean) - log_det)


def propagate(
    K: Array, likelihood: Probit, *, start: Messages | None = None, tolerance: float = TOLERANCE
) -> Propagated:
    """The fixed point of expectation propagation for prior covariance K, from `start`."""
    messages = first_messages(K, likelihood) if start is None else start
    sweeps, step, gap, before = 0, 1.0, np.inf, np.inf
    while gap > tolerance and sweeps < _MOST_SWEEPS:
        sweep = _sweep(K, likelihood, messages)
        answer = sweep.answer()
        sweeps, before, gap = sweeps + 1, gap, messages.distance(answer)
        step = max(0.1, 0.6 * step) if gap > before else min(1.0, 1.2 * step)
        messages = messages.toward(answer, step)
    return Propagated(
        messages=sweep.messages,
        lower=sweep.lower,
        inverse=sweep.inverse,
        weights=sweep.weights,
        log_evidence=sweep.log_evidence(),
        sweeps=sweeps,
        converged=gap <= tolerance,
    )


def first_messages(K: Array, likelihood: Probit) -> Messages:
    """No messages yet: every site as weak as can be."""
    n = len(K)
    return Messages(np.full(n, _LEAST_PRECISION), np.zeros(n))


def _sweep(K: Array, likelihood: Probit, messages: Messages) -> _Sweep:
    tau, nu = messages.tau, messages.nu
    s = np.sqrt(tau)
    B = K * s * s[:, None]
    B.flat[:: len(B) + 1] += 1.0
    lower = factorise(B).lower
    inverse = inverse_lower(lower)
    weights = s * (inverse.T @ (inverse @ (nu / s)))
    mean = K @ weights
    share = np.einsum("ij,ij->j", inverse, inverse)  # diagonal of B^-1, in (0, 1]
    cavity_variance = np.maximum((1.0 / share - 1.0) / tau, 1e-12)
    cavity_mean = mean + cavity_variance * (tau * mean - nu)
    moments = likelihood.moments(cavity_mean, cavity_variance)
    return _Sweep(messages, lower, inverse, weights, mean, cavity_mean, cavity_variance, moments)


def _matched(moments: Moments, m: Array, v: Array) -> Messages:
    rest = 1.0 - moments.beta * v
    tau = np.maximum(moments.beta / rest, _LEAST_PRECISION)
    return Messages(tau, (moments.alpha + m * moments.beta) / rest)
