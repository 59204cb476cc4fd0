"""What yes and no say about a latent f: the probit likelihood of k yes in t trials.

    symbol   meaning                                                     shape
    yes, no  how many trials at a site said yes, no                      (n,)
    m, v     mean and variance of a normal belief about f at the site    (n,)
    Z        expected likelihood under that belief                       (n,)
    alpha    d log Z / dm                                                (n,)
    beta     -d^2 log Z / dm^2                                           (n,)

p = Phi(f). log Phi is concave, so every Z is log-concave in m and beta is in (0, 1/v). An oracle
that errs turns every answer over with chance e, its lapse rate: a yes then has the chance
e + (1 - 2 e) Phi(f), an answer far from what its neighbours say pulls hardly at all, and beta may
be negative, which callers must bear. The factor "t choose k" is left out of Z throughout: it
teaches nothing about f.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import numpy as np
from scipy.special import log_ndtr, ndtr

from surrogate.space import Array

HALF_LOG_2PI = 0.5 * np.log(2.0 * np.pi)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_LOG_WEIGHTS = np.log(_WEIGHTS)
_DROP = 18.0  # the integrand is followed down to exp(-18) = 1.5e-8 of its peak
_PLACES = np.linspace(-6.0, 6.0, 25)  # in sds of the belief: where a peak may be
_NEWTON_STEPS = 8  # on concave functions; with these the moments are right to 2e-5 and better
_WIDE = 10.0  # variance of a belief from which nodes are farther apart than the likelihood bends


class Moments(NamedTuple):
    """log Z and its two derivatives, each (n,)."""

    log_z: Array
    alpha: Array
    beta: Array


class Likelihood(Protocol):
    """What was seen at n sites, each by itself."""

    def moments(self, m: Array, v: Array) -> Moments:
        """Z and its derivatives under beliefs N(m, v), each (n,)."""


def hazard(z: Array) -> Array:
    """phi(z) / Phi(z) for all finite z: it tends to -z on the far left and to 0 on the right."""
    return np.asarray(np.exp(-0.5 * z * z - HALF_LOG_2PI - log_ndtr(z)))


def information(z: Array) -> Array:
    """phi(z)^2 / (Phi(z) Phi(-z)), in (0, 2/pi]: Fisher information of a yes or no about z."""
    return hazard(z) * hazard(-z)


@dataclass(frozen=True)
class Probit:
    """Likelihood of the counts at n sites; `lapse` in [0, 1/2): the chance of a wrong answer.

    With an `offset` (n,) it is that of f = g + offset, as it depends on g.
    """

    yes: Array
    no: Array
    lapse: float = 0.0
    offset: Array | None = None

    def moments(self, m: Array, v: Array) -> Moments:
        """Z and its derivatives under N(m, v): closed form for one trial, else quadrature."""
        if self.offset is not None:
            return replace(self, offset=None).moments(m + self.offset, v)
        single = self.yes + self.no == 1.0
        if single.all():
            return _one_trial(self, m, v)
        parts = np.empty((3, len(m)))
        for rows, moments in ((single, _one_trial), (~single, _many_trials)):
            counts = replace(self, yes=self.yes[rows], no=self.no[rows])
            parts[:, rows] = moments(counts, m[rows], v[rows])
        return Moments(*parts)

    def log_likelihood(self, f: Array) -> tuple[Array, Array, Array]:
        """Its logarithm at `f` (n, k), with first and second derivative."""
        yes, no = self.yes[:, None], self.no[:, None]
        log_up, rise = self._answer(f)
        log_down, fall = self._answer(-f)
        value = yes * log_up + no * log_down
        return value, yes * rise - no * fall, -yes * rise * (f + rise) - no * fall * (fall - f)

    def _answer(self, z: Array) -> tuple[Array, Array]:
        """log of the chance of an answer that is true with Phi(z), and its derivative by z."""
        log_density = -0.5 * z * z - HALF_LOG_2PI
        if self.lapse == 0.0:
            log_chance = log_ndtr(z)
            return log_chance, np.exp(log_density - log_chance)
        share = 1.0 - 2.0 * self.lapse
        chance = self.lapse + share * ndtr(z)
        return np.log(chance), share * np.exp(log_density) / chance


def _one_trial(counts: Probit, m: Array, v: Array) -> Moments:
    """Rasmussen and Williams 2006, eqs. 3.82 and 3.83."""
    sign = np.where(counts.yes > 0, 1.0, -1.0)
    width = np.sqrt(1.0 + v)
    z = sign * m / width
    log_z, ratio = counts._answer(z)
    return Moments(log_z, sign * ratio / width, ratio * (z + ratio) / (1.0 + v))


def _many_trials(counts: Probit, m: Array, v: Array) -> Moments:
    """Gauss-Legendre quadrature of 16 nodes on either side of the integrand's peak.

    Two panels, because many equal answers make a cliff on one side and leave the belief's long
    tail on the other. Where the answers say less than the belief, v is small beside what they leave
    and alpha = E g and beta = alpha^2 - E(g^2 + g') over the tilted density, g the slope of the
    log-likelihood (Stein's identity), keep their precision; where they say more, or the belief is
    so wide that g is a cliff between two nodes, the tilted mean and variance themselves do.
    """
    f, log_weights = _panels(counts, m, v)
    value, slope, bend = counts.log_likelihood(f)
    log_terms = log_weights + value - 0.5 * (f - m[:, None]) ** 2 / v[:, None]
    top = log_terms.max(axis=1, keepdims=True)
    terms = np.exp(log_terms - top)
    total = terms.sum(axis=1)
    share = terms / total[:, None]
    alpha = (share * slope).sum(axis=1)
    beta = alpha**2 - (share * (slope**2 + bend)).sum(axis=1)
    mean = (share * f).sum(axis=1)
    left = (share * (f - mean[:, None]) ** 2).sum(axis=1) / v
    left = np.maximum(left, 1.0 / (1.0 + v * (counts.yes + counts.no)))  # -(log Phi)'' < 1
    direct = (left < 0.5) | (v > _WIDE)
    alpha = np.where(direct, (mean - m) / v, alpha)
    beta = np.where(direct, (1.0 - left) / v, beta)
    log_z = top[:, 0] + np.log(total) - HALF_LOG_2PI - 0.5 * np.log(v)
    return Moments(log_z, alpha, beta)


def _panels(counts: Probit, m: Array, v: Array) -> tuple[Array, Array]:
    """Nodes and log weights, both (n, 32), from end to peak and from peak to end.

    The log integrand bends at least as much as the belief's, 1/v, so its ends lie within
    sqrt(2 drop v) of the peak; from there Newton's steps come inward and never too far.
    """
    peak, top = _peak(counts, m, v)
    nodes, log_weights = [], []
    for side in (-1.0, 1.0):
        farthest = np.sqrt(2.0 * _DROP * v)
        reach = farthest
        for _ in range(_NEWTON_STEPS // 2):
            value, slope, _bend = _log_integrand(counts, m, v, peak + side * reach)
            step = side * (top - _DROP - value) / np.where(slope == 0.0, -side, slope)
            reach = np.clip(reach + step, 1e-3 * farthest, farthest)
        end = peak + side * reach
        half = 0.5 * np.abs(end - peak)
        nodes.append(0.5 * (end + peak)[:, None] + half[:, None] * _NODES)
        log_weights.append(np.log(half)[:, None] + _LOG_WEIGHTS)
    return np.hstack(nodes), np.hstack(log_weights)


def _peak(counts: Probit, m: Array, v: Array) -> tuple[Array, Array]:
    """Where likelihood times N(m, v) is largest, and its logarithm there."""
    f = m.copy() if counts.lapse == 0.0 else _near_peak(counts, m, v)
    for _ in range(_NEWTON_STEPS):
        _, slope, bend = _log_integrand(counts, m, v, f)
        f = f - slope / np.minimum(bend, -1.0 / v)
    return f, _log_integrand(counts, m, v, f)[0]


def _near_peak(counts: Probit, m: Array, v: Array) -> Array:
    """The best of a few places: lapses may give two peaks, and Newton takes the nearest."""
    places = m[:, None] + np.sqrt(v)[:, None] * _PLACES
    value = counts.log_likelihood(places)[0] - 0.5 * _PLACES**2
    return np.take_along_axis(places, value.argmax(axis=1)[:, None], axis=1)[:, 0]


def _log_integrand(counts: Probit, m: Array, v: Array, f: Array) -> tuple[Array, ...]:
    value, slope, bend = (each[:, 0] for each in counts.log_likelihood(f[:, None]))
    return value - 0.5 * (f - m) ** 2 / v, slope - (f - m) / v, bend - 1.0 / v
