"""Expectation propagation: the normal approximation of a Gaussian process seen through yes and no.

    symbol      meaning                                                      shape
    K           prior covariance of f at the sites                           (n, n)
    tau, nu     precision and precision times mean of each site's message    (n,)
    m, v        cavity: the posterior at a site without its own message      (n,)
    weights     (K + 1/tau)^-1 (nu/tau): posterior mean is K weights         (n,)

All sites are updated at once (one factorisation a sweep). The likelihood is log-concave, hence
tau > 0 throughout. Rasmussen and Williams 2006, section 3.6; van Gerven et al. 2009 for the
parallel schedule. Where answers are nearly certain such sweeps creep; they are led by what the
last few of them had in common (Anderson 1965; Walker and Ni 2011), which halves their number.
"""

from dataclasses import dataclass, field
from typing import Generic

import numpy as np

from surrogate.models.likelihood import Likelihood, Moments
from surrogate.models.updating import (
    LEAST_PRECISION,
    Exact,
    ExactlyUpdated,
    Messages,
    Prior,
    U_co,
    Updated,
)
from surrogate.space import Array

TOLERANCE = 1e-6  # largest change of a message in a sweep at the end of a fit
_MOST_SWEEPS = 300
_MEMORY = 2  # sweeps whose changes are compared
_ASTRAY = 4.0  # times the best gap: then what was learned from earlier sweeps is forgotten
_RIDGE = 1e-8  # keeps the combination unique where two changes are alike
_LEAST_STEP = 0.1
_TRUST = 0.1  # a precision may be led down to this share of the answer, no further


@dataclass(frozen=True)
class Propagated(Generic[U_co]):
    """The fixed point: messages, the process after them, and the log evidence."""

    messages: Messages
    updated: U_co
    log_evidence: float
    sweeps: int
    converged: bool

    @property
    def weights(self) -> Array:
        """Posterior mean is K weights, (n,)."""
        return self.updated.weights

    @property
    def left_out(self) -> tuple[Array, Array]:
        """Mean and variance of f at each site as all others have it, both (n,): its cavity."""
        return _cavity(self.updated, self.messages)

    def sensitivity(self) -> Array:
        """d log Z / dK (n, n) = (w w' - s B^-1 s) / 2; ibid. eq. 5.27.

        Messages are stationary at the fixed point, so only K's own change counts.
        """
        sensitivity = self.updated.precision()
        sensitivity *= -0.5
        sensitivity += np.outer(0.5 * self.weights, self.weights)
        return sensitivity


@dataclass
class _Leader:
    """Where to go after each sweep: Anderson's mixing, begun anew and damped when led astray.

    With x the messages given, g the answer and r = g - x, the next messages are g less the
    combination of the last changes of g whose changes of r make the remainder least; `step` is
    how much of that remainder is followed.
    """

    step: float = 1.0
    best: float = np.inf
    earlier: list[tuple[Array, Array]] = field(default_factory=list)

    def after(self, g: Array, r: Array, gap: float) -> Array:
        """The next messages, (2 n,); `gap` is the largest relative difference of g and x."""
        if gap > _ASTRAY * self.best:
            self.earlier, self.best, self.step = [], gap, max(_LEAST_STEP, 0.5 * self.step)
        self.best = min(self.best, gap)
        led = _led(g, r, self.earlier, self.step)
        self.earlier = [*self.earlier, (g, r)][-_MEMORY:]
        return led


def _led(g: Array, r: Array, earlier: list[tuple[Array, Array]], step: float) -> Array:
    """The mixture of g and `earlier` pairs (g, r); numbers count relative to 1 + their size."""
    led = g if step == 1.0 else g - (1.0 - step) * r
    if not earlier:
        return led
    moved = np.array([g - old for old, _ in earlier])
    turned = np.array([r - old for _, old in earlier])
    scale = 1.0 / (1.0 + np.abs(g))
    scaled = turned * scale
    normal = scaled @ scaled.T
    normal.flat[:: len(normal) + 1] *= 1.0 + _RIDGE
    normal.flat[:: len(normal) + 1] += np.finfo(float).tiny
    share = np.linalg.solve(normal, scaled @ (r * scale))
    followed = moved if step == 1.0 else moved - (1.0 - step) * turned
    return np.asarray(led - share @ followed)


def propagate(
    K: Array, likelihood: Likelihood, *, start: Messages | None = None
) -> Propagated[ExactlyUpdated]:
    """The fixed point of expectation propagation for prior covariance K, from `start`."""
    return settle(Exact(K), likelihood, start=start)


def settle(
    prior: Prior[U_co],
    likelihood: Likelihood,
    *,
    start: Messages | None = None,
    tolerance: float = TOLERANCE,
) -> Propagated[U_co]:
    """`propagate` for any form of prior."""
    messages = first_messages(len(prior)) if start is None else start
    x, n = np.concatenate(messages), len(prior)
    leader, sweeps = _Leader(), 0
    while True:
        messages = Messages(x[:n], x[n:])
        updated = prior.updated(messages)
        m, v = _cavity(updated, messages)
        moments = likelihood.moments(m, v)
        answer = match(moments, m, v)
        g, sweeps = np.concatenate(answer), sweeps + 1
        gap = float(np.max(np.abs(g - x) / (1.0 + np.abs(x)), initial=0.0))
        if gap <= tolerance or sweeps == _MOST_SWEEPS:
            break
        led = leader.after(g, g - x, gap)
        x = np.concatenate([np.maximum(led[:n], _TRUST * answer.tau), led[n:]])
    evidence = _log_evidence(messages, updated, m, moments.log_z)
    return Propagated(messages, updated, evidence, sweeps, gap <= tolerance)


def match(moments: Moments, m: Array, v: Array) -> Messages:
    """What brings a belief N(m, v) to these moments; ibid. eq. 3.59.

    An answer that its neighbours belie would widen the belief, where oracles may err: it then
    moves the mean as it should and leaves the variance as it is.
    """
    beta = np.maximum(moments.beta, LEAST_PRECISION / (1.0 + LEAST_PRECISION * v))
    rest = 1.0 - beta * v
    return Messages(beta / rest, (moments.alpha + m * beta) / rest)


def first_messages(sites: int) -> Messages:
    """No messages yet: every site as weak as can be."""
    return Messages(np.full(sites, LEAST_PRECISION), np.zeros(sites))


def _log_evidence(messages: Messages, updated: Updated, m: Array, log_z: Array) -> float:
    """log Z_EP; Rasmussen and Williams 2006, eqs. 3.65, 3.73, 3.74 in terms of the cavity."""
    (tau, nu), v = messages, updated.cavity_variance
    spread = 1.0 + tau * v
    sites = log_z + 0.5 * np.log(spread)
    cross = (tau * m * m - 2.0 * nu * m - nu * nu * v) / spread
    total = np.sum(sites) + 0.5 * np.sum(cross) + 0.5 * (nu @ updated.mean)
    return float(total - updated.half_log_det)


def _cavity(updated: Updated, messages: Messages) -> tuple[Array, Array]:
    v = updated.cavity_variance
    return updated.mean + v * (messages.tau * updated.mean - messages.nu), v
