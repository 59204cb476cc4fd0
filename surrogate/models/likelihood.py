"""What yes and no say about a latent f: the probit likelihood of k yes in t trials.

    symbol   meaning                                                     shape
    yes, no  how many trials at a site said yes, no                      (n,)
    m, v     mean and variance of a normal belief about f at the site    (n,)
    Z        expected likelihood under that belief                       (n,)
    alpha    d log Z / dm                                                (n,)
    beta     -d^2 log Z / dm^2                                           (n,)

p = Phi(f). log Phi is concave, so every Z is log-concave in m and beta is in (0, 1/v). The
factor "t choose k" is left out of Z throughout: it teaches nothing about f.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

Array = NDArray[np.float64]

_HALF_LOG_2PI = 0.5 * np.log(2.0 * np.pi)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_LOG_WEIGHTS = np.log(_WEIGHTS)
_DROP = 18.0  # the integrand is followed down to exp(-18) = 1.5e-8 of its peak
_NEWTON_STEPS = 8  # on concave functions; with these the moments are right to 2e-5 and better


@dataclass(frozen=True)
class Moments:
    """log Z and its two derivatives, each (n,)."""

    log_z: Array
    alpha: Array
    beta: Array


def log_normal_cdf(z: Array) -> Array:
    """log Phi(z), accurate for all finite z (scipy's Cephes; relative error 1e-15)."""
    return np.asarray(log_ndtr(z))


def hazard(z: Array) -> Array:
    """phi(z) / Phi(z) for all finite z: it tends to -z on the far left and to 0 on the right."""
    return np.asarray(np.exp(-0.5 * z * z - _HALF_LOG_2PI - log_normal_cdf(z)))


def information(z: Array) -> Array:
    """phi(z)^2 / (Phi(z) Phi(-z)), in (0, 2/pi]: Fisher information of a yes or no about z."""
    return hazard(z) * hazard(-z)


@dataclass(frozen=True)
class Probit:
    """Likelihood of the counts at n sites: Phi(f)^yes Phi(-f)^no."""

    yes: Array
    no: Array

    def moments(self, m: Array, v: Array) -> Moments:
        """Z and its derivatives under N(m, v): closed form for one trial, else quadrature."""
        single = self.yes + self.no == 1.0
        if single.all():
            return _one_trial(np.where(self.yes > 0, 1.0, -1.0), m, v)
        parts = np.empty((3, len(m)))
        sign = np.where(self.yes[single] > 0, 1.0, -1.0)
        closed = _one_trial(sign, m[single], v[single])
        many = ~single
        summed = _many_trials(self.yes[many], self.no[many], m[many], v[many])
        parts[:, single] = closed.log_z, closed.alpha, closed.beta
        parts[:, many] = summed.log_z, summed.alpha, summed.beta
        return Moments(*parts)


def _one_trial(sign: Array, m: Array, v: Array) -> Moments:
    """Rasmussen and Williams 2006, eqs. 3.82 and 3.83."""
    width = np.sqrt(1.0 + v)
    z = sign * m / width
    log_z = log_normal_cdf(z)
    ratio = np.exp(-0.5 * z * z - _HALF_LOG_2PI - log_z)
    return Moments(log_z, sign * ratio / width, ratio * (z + ratio) / (1.0 + v))


def _many_trials(yes: Array, no: Array, m: Array, v: Array) -> Moments:
    """Gauss-Legendre quadrature of 16 nodes on either side of the integrand's peak.

    Two panels, because many equal answers make a cliff on one side and leave the belief's long
    tail on the other. alpha = E g and beta = alpha^2 - E(g^2 + g') over the tilted density, g
    the slope of the log-likelihood (Stein's identity), keep their precision where v is small.
    """
    f, log_weights = _panels(yes, no, m, v)
    value, slope, bend = _log_likelihood(yes[:, None], no[:, None], f)
    log_terms = log_weights + value - 0.5 * (f - m[:, None]) ** 2 / v[:, None]
    top = log_terms.max(axis=1, keepdims=True)
    terms = np.exp(log_terms - top)
    total = terms.sum(axis=1)
    share = terms / total[:, None]
    alpha = (share * slope).sum(axis=1)
    beta = alpha**2 - (share * (slope**2 + bend)).sum(axis=1)
    log_z = top[:, 0] + np.log(total) - _HALF_LOG_2PI - 0.5 * np.log(v)
    return Moments(log_z, alpha, beta)


def _panels(yes: Array, no: Array, m: Array, v: Array) -> tuple[Array, Array]:
    """Nodes and log weights, both (n, 32), from end to peak and from peak to end.

    The log integrand bends at least as much as the belief's, 1/v, so its ends lie within
    sqrt(2 drop v) of the peak; from there Newton's steps come inward and never too far.
    """
    peak, top = _peak(yes, no, m, v)
    nodes, log_weights = [], []
    for side in (-1.0, 1.0):
        end = peak + side * np.sqrt(2.0 * _DROP * v)
        for _ in range(_NEWTON_STEPS // 2):
            value, slope, _bend = _log_integrand(yes, no, m, v, end)
            end = end + (top - _DROP - value) / slope
        half = 0.5 * np.abs(end - peak)
        nodes.append(0.5 * (end + peak)[:, None] + half[:, None] * _NODES)
        log_weights.append(np.log(half)[:, None] + _LOG_WEIGHTS)
    return np.hstack(nodes), np.hstack(log_weights)


def _peak(yes: Array, no: Array, m: Array, v: Array) -> tuple[Array, Array]:
    """Where likelihood times N(m, v) is largest, and its logarithm there."""
    f = m.copy()
    for _ in range(_NEWTON_STEPS):
        _, slope, bend = _log_integrand(yes, no, m, v, f)
        f = f - slope / bend
    return f, _log_integrand(yes, no, m, v, f)[0]


def _log_integrand(yes: Array, no: Array, m: Array, v: Array, f: Array) -> tuple[Array, ...]:
    value, slope, bend = _log_likelihood(yes, no, f)
    return value - 0.5 * (f - m) ** 2 / v, slope - (f - m) / v, bend - 1.0 / v


def _log_likelihood(yes: Array, no: Array, f: Array) -> tuple[Array, Array, Array]:
    """yes log Phi(f) + no log Phi(-f) with its first and second derivative."""
    log_yes, log_no = log_normal_cdf(f), log_normal_cdf(-f)
    log_phi = -0.5 * f * f - _HALF_LOG_2PI
    up, down = np.exp(log_phi - log_yes), np.exp(log_phi - log_no)
    value = yes * log_yes + no * log_no
    return value, yes * up - no * down, -yes * up * (f + up) - no * down * (down - f)
