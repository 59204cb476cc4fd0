"""Where to look: a pool of points over the space, and samples of it that matter to the goal.

Sites stand for the space in every mean that a rule takes, so they are drawn from the space's own
distribution, more densely where the goal is undecided and with weights that undo it. Candidates
are drawn likewise, by the same importance, without weights.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from surrogate.asking.optimum import promise, rivals
from surrogate.asking.request import Request
from surrogate.asking.scene import Points, Sites, look
from surrogate.design import admitted, fresh, sobol
from surrogate.errors import NothingToAsk
from surrogate.goal import GoalKind
from surrogate.models.base import LookAhead, Misjudging
from surrogate.outcome import Number
from surrogate.pool import Domain, Pool as ItemPool
from surrogate.rarity import density, shares, widened
from surrogate.space import Array, Mask, Rows

_PLAIN = 0.3  # part of every sample that importance has no say in
# of the misfit: 1.5 as against 0 took the error after 100 runs, medians of 3 seeds, from .098 to
# .076 (front), .094 to .016 (gramacy) and .008 to .002 (franke); 1 and 2 were alike
_BEND = 1.5
_LEAST_CHANCE = 1e-6  # of an answer, so that a space that seems all declined can still be asked
_CURVE_BITS = 8  # of each axis: finer than the spacing of any pool
_ROUNDS = 12  # doublings of a pool that constraints thin out


@dataclass(frozen=True)
class Pool:
    """Points over the space, along a curve, with the `importance` (n,) of each, mean 1.

    `shares` (n,) is what each counts in a mean over the space: the chance of an answer there, for
    of what nobody can run there is nothing to know, and less where the pool is widened to meet
    rare events. `density` (n,) is that of the pool, so that holes are measured by it.
    """

    points: Points
    importance: Array
    shares: Array
    density: Array


def pool(surrogate: LookAhead, request: Request) -> Pool:
    """The points that everything else is drawn from."""
    units = spread(request.space, request.work.pool, request.seed)
    if not isinstance(request.space, ItemPool):
        units = units[along_curve(units)]
    points = look(surrogate, units)
    chance = np.maximum(request.beside.chance(units), _LEAST_CHANCE)
    counted = shares(request.space, units) * chance * _bend(surrogate, request, units)
    importance = uncertainty(surrogate, request, points) * counted
    return Pool(
        points,
        importance / max(importance.mean(), np.finfo(float).tiny),
        counted,
        density(request.space, units),
    )


def _bend(surrogate: LookAhead, request: Request, units: Array) -> Array:
    """How much more a map is worth knowing at each of `units`, mean 1, (n,).

    More where the surrogate misjudged runs nearby (after Le Gratiet and Cannamela 2015,
    Technometrics 57): its variance knows where runs are, and nothing of where the response bends.
    """
    if request.goal.kind is not GoalKind.MAP or not isinstance(surrogate, Misjudging):
        return np.ones(len(units))
    factor = surrogate.misfit(units) ** _BEND
    return np.asarray(factor / factor.mean())


def spread(space: Domain, count: int, seed: int) -> Array:
    """At most `count` different allowed rows of the space's widened distribution, Sobol order.

    Of a pool its items, a random part of them where there are more.
    """
    if isinstance(space, ItemPool):
        return _some(space, count, seed)
    drawn = count
    for _ in range(_ROUNDS):
        uniform = sobol(space.dimension, drawn, seed=seed)
        rows = admitted(space, widened(space, uniform))
        if len(rows) >= count:
            return rows[:count]
        drawn *= 2
    if len(rows) == 0:
        raise NothingToAsk("the constraints leave nothing of the space; loosen one of them")
    return rows


def untried(request: Request) -> Array:
    """Different rows of the request's space where nothing was run and nothing is in flight."""
    return fresh(spread(request.space, request.work.pool, request.seed), request.taken)


def along_curve(units: Array) -> Rows:
    """The order of the rows of `units` (n, d) along a Z-order curve (Morton 1966), (n,).

    Equal steps along it reach every part of the space. Equal steps along a Sobol sequence do not:
    every eighth of its points lies in one eighth of each axis.
    """
    bits = np.arange(_CURVE_BITS)[:, None, None]
    binary = np.floor(units * 2.0 ** (bits + 1)) % 2  # (bits, n, d), the coarsest first
    keys = binary.transpose(0, 2, 1).reshape(-1, len(units))
    return np.lexsort(keys[::-1])


def _some(pool: ItemPool, count: int, seed: int) -> Array:
    if len(pool) == 0:
        raise NothingToAsk("every item of the pool was asked for; end the campaign")
    if len(pool) <= count:
        return pool.units
    rows = np.random.default_rng(seed).choice(len(pool), count, replace=False)
    return pool.units[np.sort(rows)]


def uncertainty(surrogate: LookAhead, request: Request, points: Points) -> Array:
    """How undecided the goal is at each point, at least a little everywhere, (n,).

    For a boundary the sd of the side, sqrt(P (1 - P)); for a map that of the response; for the
    optimum the chance to beat the best run.
    """
    if request.goal.kind is GoalKind.BOUNDARY:
        above = ndtr((points.m - level_of(surrogate, request)) / np.sqrt(points.v))
        return np.asarray(np.sqrt(above * (1.0 - above)) + 1e-9)
    if request.goal.kind is GoalKind.OPTIMUM:
        return promise(points, rivals(surrogate, request).points, request.goal.sign)
    if isinstance(surrogate.outcome, Number):
        return np.asarray(np.sqrt(points.v))
    t2 = 1.0 + points.v
    return np.asarray(np.exp(-0.5 * points.m**2 / t2) * np.sqrt(points.v / t2) + 1e-9)


def level_of(surrogate: LookAhead, request: Request) -> float:
    """The latent level of the goal, NaN where it has none."""
    level = request.goal.level
    return float("nan") if level is None else surrogate.threshold(level)


def sites(pool: Pool, count: int) -> Sites:
    """A weighted systematic sample of the pool along its curve."""
    share = inclusion(pool.importance, count)
    rows = systematic(share)
    weights = pool.shares[rows] / share[rows]
    return Sites(pool.points[rows], weights / weights.sum())


def candidates(pool: Pool, count: int) -> Points:
    """Different points of the pool, more of them where it matters."""
    rows = systematic(inclusion(pool.importance, count), offset=0.25)
    chosen = pool.points[rows]
    _, firsts = np.unique(np.round(chosen.units, 9), axis=0, return_index=True)
    return chosen[np.sort(firsts)]


def inclusion(importance: Array, count: int) -> Array:
    """Chances in (0, 1] that sum to `count`: a plain part and one in proportion to importance."""
    total = len(importance)
    if count >= total:
        return np.ones(total)
    blend = _PLAIN + (1.0 - _PLAIN) * importance
    share = blend * count / blend.sum()
    for _ in range(20):
        over = share >= 1.0
        rest = share[~over].sum()
        if not over.any() or rest == 0.0:
            break
        share = np.where(over, 1.0, share * (count - over.sum()) / rest)
    return np.asarray(np.minimum(share, 1.0))


def systematic(share: Array, offset: float = 0.5) -> Rows:
    """Rows drawn with the chances `share` by equal steps along their running sum."""
    steps = np.floor(np.cumsum(share) - offset + 1e-9)
    before = np.concatenate([[np.floor(-offset)], steps[:-1]])
    return np.flatnonzero(steps > before)


def without(units: Array, taken: Array) -> Mask:
    """Which of `units` (n, d) are not among the rows `taken` (k, d), shape (n,)."""
    if len(taken) == 0:
        return np.ones(len(units), dtype=bool)
    mine, theirs = np.round(units, 9) + 0.0, np.round(taken, 9) + 0.0
    alike = theirs[np.isin(theirs[:, 0], mine[:, 0])]  # few, where many are taken
    keys = {row.tobytes() for row in alike}
    return np.array([row.tobytes() not in keys for row in mine], dtype=bool)
