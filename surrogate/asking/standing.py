"""How a campaign stands, read off its surrogate: what the rules of `stopping` look at."""

import numpy as np
from numpy.typing import NDArray

from surrogate.asking.coverage import hole
from surrogate.design import fill, sobol
from surrogate.goal import Goal
from surrogate.linalg import factorise, log_determinant, solve_lower
from surrogate.models.base import Joint, Marginal
from surrogate.rarity import evened, shares, widened
from surrogate.space import Space
from surrogate.stopping import HOLE_FACTOR, Standing

Array = NDArray[np.float64]

_POINTS = 4096  # of the widened distribution, for the shares of sides
_KEPT = 2000  # of them, for the agreement of successive surrogates
_JOINT = 64  # of them, for the divergence of successive surrogates
_LEAST = 1e-6  # of the response's variance: what is known better than that counts as known


def standing(
    surrogate: Marginal, space: Space, goal: Goal, units: Array, before: Marginal | None = None
) -> Standing:
    """The standing of a surrogate that has seen runs at `units` (n, d); `before` is the last one.

    Cost, seconds and audit are not known here: `dataclasses.replace` adds them.
    """
    level = goal.level
    if level is None:
        return Standing(len(units), trusted=no_large_hole(space, units))
    rows = watched(space)
    counted = shares(space, rows)
    counted /= counted.sum()
    above = surrogate.exceedance(rows, level)
    sides = above > 0.5
    share = float(counted @ sides)
    both = 0.0 < share < 1.0 and _both_seen(surrogate, units, level)
    return Standing(
        runs=len(units),
        trusted=both and no_large_hole(space, units),
        wrong=float(counted @ np.minimum(above, 1.0 - above)),
        smaller=min(share, 1.0 - share),
        sides=sides[:_KEPT],
        moved=_moved(surrogate, before, rows[:_JOINT]),
    )


def watched(space: Space) -> Array:
    """The points that are looked at each time, allowed rows of the widened distribution."""
    rows = space.snap(widened(space, sobol(space.dimension, _POINTS, seed=0)))
    return rows[space.allowed(rows)]


def no_large_hole(space: Space, units: Array) -> bool:
    """Whether no hole is larger than `HOLE_FACTOR` times a Sobol design's, the same in number."""
    rows = evened(space, watched(space))
    even = evened(space, fill(space, 0, max(len(units), 1), 0))
    return bool(hole(rows, evened(space, units)).max() <= HOLE_FACTOR * hole(rows, even).max())


def _both_seen(surrogate: Marginal, units: Array, level: float) -> bool:
    """Whether the surrogate puts runs on both sides of the level."""
    above = surrogate.exceedance(units, level) > 0.5
    return bool(0 < above.sum() < len(above))


def _moved(now: Marginal, before: Marginal | None, rows: Array) -> tuple[float, float] | None:
    if not (isinstance(now, Joint) and isinstance(before, Joint)):
        return None
    means = [each.latent(rows)[0] for each in (now, before)]
    floor = _LEAST * float(np.var(means[0])) + np.finfo(float).tiny
    spreads = [_floored(each.covariance(rows, rows), floor) for each in (now, before)]
    one, other = zip(means, spreads, strict=True)
    return _divergence(one, other), _divergence(other, one)


def _floored(covariance: Array, floor: float) -> Array:
    """The covariance with no direction of less variance than `floor`, whatever rounding left."""
    values, axes = np.linalg.eigh(0.5 * (covariance + covariance.T))
    return np.asarray((axes * np.maximum(values, floor)) @ axes.T)


def _divergence(p: tuple[Array, Array], q: tuple[Array, Array]) -> float:
    """Of two normal distributions, KL(p || q) in nats."""
    narrow, wide = factorise(p[1]).lower, factorise(q[1]).lower
    apart = solve_lower(wide, q[0] - p[0])
    ratio = solve_lower(wide, narrow)
    determinants = log_determinant(wide) - log_determinant(narrow)
    return 0.5 * float(np.sum(ratio**2) + apart @ apart - len(apart) + determinants)
