"""Where the response is highest: noisy expected improvement, and candidates around the best runs.

    symbol   meaning                                                       shape
    b        rivals: the done runs with the highest posterior means        (q,)
    delta    m - m_b, a candidate's lead over a rival                      (n, q)
    s2       v + v_b - 2 c, the variance of that lead                      (n, q)

Runs are noisy or not, so what has to be beaten is the response at a rival, itself uncertain, and
not a reading of it: E max(f - f_b, 0) = s h(delta / s), h(z) = phi(z) + z Phi(z), and the least of
it over the rivals bounds what a candidate may add to the best of them (after Letham et al. 2019,
Bayesian Analysis 14, who average over draws of the rivals). Runs in flight narrow s2 while means
stay, which is to believe what the surrogate says of them.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfcx, ndtr

from surrogate.asking.request import Request
from surrogate.asking.rules import Rule
from surrogate.asking.scene import Points, Sight, Sites, look
from surrogate.design import sobol
from surrogate.models.base import LookAhead
from surrogate.pool import Pool

Array = NDArray[np.float64]

_RIVALS = 32  # the best done runs: what no candidate's lead is worth without
_AROUND = 8  # rivals whose neighbourhoods give candidates ...
_NEIGHBOURS = 16  # ... so many each, at distances from a tenth of the ranges
_NEAREST = 1e-4  # ... down to this


def improvement(sight: Sight, g: float) -> Array:
    """Expected rise of the best response among the rivals after a run at each candidate, (n,)."""
    here, there = sight.candidates, sight.sites.points
    lead = here.m[:, None] - there.m
    variance = (here.v - sight.own)[:, None] + there.v - sight.theirs - 2.0 * (sight.c - sight.e)
    sd = np.sqrt(np.maximum(variance, 1e-14 * here.v[:, None]))
    return np.asarray((sd * expected_excess(lead / sd)).min(axis=1))


def expected_excess(z: Array) -> Array:
    """h(z) = E max(x + z, 0) = phi(z) + z Phi(z), x standard normal; relative error below 1e-12.

    Below -1 by the scaled complementary error function, since the two terms cancel there.
    """
    density = np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
    far = np.maximum(-z, 0.0)
    below = density * np.maximum(1.0 - far * np.sqrt(np.pi / 2.0) * erfcx(far / np.sqrt(2.0)), 0)
    return np.asarray(np.where(z < -1.0, below, density + z * ndtr(z)))


IMPROVEMENT = Rule("improvement", "rise of the best", improvement, needs_level=False)


def rivals(surrogate: LookAhead, request: Request) -> Sites:
    """The done runs that a candidate has to beat, as sites."""
    points = look(surrogate, request.known)
    best = points[np.argsort(-points.m, kind="stable")[:_RIVALS]]
    return Sites(best, np.full(len(best), 1.0 / max(len(best), 1)))


def promise(points: Points, best: Points) -> Array:
    """How likely each point is to beat the best rival's mean, at least a little, (n,)."""
    record = best.m.max() if len(best) else points.m.max()
    return np.asarray(ndtr((points.m - record) / np.sqrt(points.v)) + 1e-3)


def around(request: Request, best: Points) -> Array:
    """Allowed rows around the best rivals, nearer and nearer, (k, d); none in a pool."""
    space = request.space
    centres = np.repeat(best.units[:_AROUND], _NEIGHBOURS, axis=0)
    if len(centres) == 0 or isinstance(space, Pool):
        return centres[:0]
    steps = 2.0 * sobol(space.dimension, len(centres), seed=request.seed) - 1.0
    reach = np.geomspace(0.1, _NEAREST, _NEIGHBOURS)[np.arange(len(centres)) % _NEIGHBOURS]
    rows = space.snap(np.clip(centres + reach[:, None] * steps, 0.0, 1.0))
    return rows[space.allowed(rows)]
