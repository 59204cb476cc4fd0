"""Where the response is best: noisy expected improvement, and candidates around the best runs.

    symbol   meaning                                                       shape
    b        rivals: the done runs with the highest posterior means        (q,)
    delta    sign (m - m_b), a candidate's lead over a rival               (n, q)
    s2       v + v_b - 2 c, the variance of that lead                      (n, q)

Runs are noisy or not, so what has to be beaten is the response at a rival, itself uncertain, and
not a reading of it: E max(f - f_b, 0) = s h(delta / s), h(z) = phi(z) + z Phi(z), and the least of
it over the rivals bounds what a candidate may add to the best of them (after Letham et al. 2019,
Bayesian Analysis 14, who average over draws of the rivals). Runs in flight narrow s2 while means
stay, which is to believe what the surrogate says of them. Gains are kept as logarithms: they tell
candidates apart where the rise itself is nothing in a computer's numbers. The chance of an answer
that keeps the goal's limits on other outcomes is a factor of the gain (`models.beside`).
"""

from functools import partial
from typing import Protocol, runtime_checkable

import numpy as np
from scipy.special import erfcx, ndtr

from surrogate.asking.request import Request
from surrogate.asking.rules import Rule
from surrogate.asking.scene import Points, Sight, Sites, look
from surrogate.design import admitted, sobol
from surrogate.goal import Goal
from surrogate.models.base import LookAhead
from surrogate.models.likelihood import HALF_LOG_2PI
from surrogate.pool import Pool
from surrogate.space import Array

_ALL = 1024  # done runs that are looked at one by one
_LIKELY = 0.5  # chance to keep all limits
_FAR = 1e3
_RIVALS = 32  # the best done runs: what no candidate's lead is worth without
_AROUND = 8  # rivals whose neighbourhoods give candidates ...
_NEIGHBOURS = 16  # ... so many each, at distances from a tenth of the ranges
_NEAREST = 1e-4  # ... down to this


@runtime_checkable
class Leading(Protocol):
    """A surrogate of so many runs that it says itself which of them lead."""

    def leaders(self, count: int, sign: float) -> Array:
        """The `count` sites whose readings, and those beside, times `sign` are highest, (k, d)."""


def improvement(sight: Sight, g: float, *, sign: float = 1.0) -> Array:
    """Log of the expected rise of the best response among the rivals after a run, (n,).

    `sign` -1 is a fall of the lowest. Without rivals, where no run keeps the limits yet, every
    candidate is worth the chance that it does: 0.
    """
    here, there = sight.candidates, sight.sites.points
    if len(there) == 0:
        return np.zeros(len(here))
    lead = sign * (here.m[:, None] - there.m)
    variance = (here.v - sight.own)[:, None] + there.v - sight.theirs - 2.0 * (sight.c - sight.e)
    sd = np.sqrt(np.maximum(variance, 1e-14 * here.v[:, None]))
    return np.asarray((np.log(sd) + log_expected_excess(lead / sd)).min(axis=1))


def log_expected_excess(z: Array) -> Array:
    """log h(z), h(z) = E max(x + z, 0) = phi(z) + z Phi(z), x standard normal, for all finite z.

    Below -1 by the scaled complementary error function, since the two terms cancel there, and
    below -1000 by its limit phi(z) / z^2: error below 1e-9 (Ament et al. 2023, NeurIPS).
    """
    far = np.maximum(-z, 1.0)
    rest = 1.0 - far * np.sqrt(np.pi / 2.0) * erfcx(far / np.sqrt(2.0))
    rest = np.where(far < _FAR, np.abs(rest), 1.0 / far**2)
    log_density = -0.5 * z * z - HALF_LOG_2PI
    near = np.maximum(z, -1.0)
    above = np.exp(-0.5 * near * near - HALF_LOG_2PI) + near * ndtr(near)
    return np.asarray(np.where(z < -1.0, log_density + np.log(rest), np.log(above)))


IMPROVEMENT = "improvement"


def improvement_rule(goal: Goal) -> Rule:
    """Noisy log expected improvement for the goal's own direction."""
    unit = "fall of the lowest" if goal.lowest else "rise of the best"
    return Rule(
        IMPROVEMENT, unit, partial(improvement, sign=goal.sign), needs_level=False, in_logs=True
    )


def rivals(surrogate: LookAhead, request: Request) -> Sites:
    """The done runs that a candidate has to beat, as sites: those likely to keep the limits."""
    known, sign = request.known, request.goal.sign
    if isinstance(surrogate, Leading) and len(known) > _ALL:
        known = surrogate.leaders(_ALL, sign)
    if request.goal.limits:
        known = known[request.beside.chance(known) >= _LIKELY]
    points = look(surrogate, known)
    best = points[np.argsort(-sign * points.m, kind="stable")[:_RIVALS]]
    return Sites(best, np.full(len(best), 1.0 / max(len(best), 1)))


def promise(points: Points, best: Points, sign: float) -> Array:
    """How likely each point is to beat the best rival's mean, at least a little, (n,)."""
    record = (sign * (best if len(best) else points).m).max()
    return np.asarray(ndtr((sign * points.m - record) / np.sqrt(points.v)) + 1e-3)


def around(request: Request, best: Points) -> Array:
    """Allowed rows around the best rivals, nearer and nearer, (k, d); none in a pool."""
    space = request.space
    centres = np.repeat(best.units[:_AROUND], _NEIGHBOURS, axis=0)
    if len(centres) == 0 or isinstance(space, Pool):
        return centres[:0]
    steps = 2.0 * sobol(space.dimension, len(centres), seed=request.seed) - 1.0
    reach = np.geomspace(0.1, _NEAREST, _NEIGHBOURS)[np.arange(len(centres)) % _NEIGHBOURS]
    return admitted(space, np.clip(centres + reach[:, None] * steps, 0.0, 1.0))
