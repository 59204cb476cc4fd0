"""The best batch: chosen one by one from candidates, then each polished given the others.

Greedy choice suits these gains: each is a fall of variance or a share, of which a second look at
the same place takes less. The k-th choice counts what the runs in flight and the k - 1 before it
will explain. Then the batch as a whole is improved point by point among close neighbours.
"""

from dataclasses import dataclass

import numpy as np

from surrogate.asking.request import Effort
from surrogate.asking.rules import Rule
from surrogate.asking.scene import Points, Sight, Sites, explained, look
from surrogate.asking.sites import without
from surrogate.design import sobol
from surrogate.models.base import LookAhead
from surrogate.outcome import trials_of
from surrogate.pool import Domain, Pool
from surrogate.space import Array, Rows, Space

_FIRST_REACH = 0.5  # first radius of polishing, in mean spacings of the candidates
_SHRINK = 0.4  # ... and its factor from round to round
_AT_ONCE = 24  # candidates whose gain is brought up to date together


@dataclass(frozen=True)
class Task:
    """What a search needs to know: the rule at its latent level, the sites, and what flies.

    `taken` (k, d) are the points that no choice may repeat.
    """

    surrogate: LookAhead
    space: Domain
    rule: Rule
    g: float
    sites: Sites
    flying: Points
    taken: Array


@dataclass(frozen=True)
class Found:
    """Chosen points with the gain of each given those before it."""

    points: Points
    gains: Array


def greedy(task: Task, candidates: Points, count: int) -> Found:
    """The `count` best of `candidates`, one after the other; all of them when there are fewer."""
    where = np.concatenate([candidates.units, task.sites.points.units])
    block = task.surrogate.covariance(candidates.units, where)
    n = len(candidates)
    sd = np.sqrt(np.concatenate([candidates.v, task.sites.points.v]))
    factor = _flight_factor(task, where)
    sight = _sight(task, candidates, block[:, n:], factor[:, :n], factor[:, n:])
    gains = task.rule.gains(sight, task.g)
    rows: list[int] = []
    worth: list[float] = []
    for _ in range(min(count, n)):
        best = _refreshed(task, candidates, block, factor, gains) if rows else int(gains.argmax())
        rows.append(best)
        worth.append(float(gains[best]))
        gains[best] = -np.inf
        factor = _with_reading(factor, block[best], (best, candidates.noise[best]), sd)
    return Found(candidates[np.array(rows, dtype=np.int64)], np.array(worth))


def _refreshed(task: Task, candidates: Points, block: Array, factor: Array, gains: Array) -> int:
    """The row of the best candidate once the promising gains are brought up to date, in place.

    Gains only fall as more is explained, so an old gain is a bound: those below the best new one
    need no look.
    """
    n = len(candidates)
    stale = np.isfinite(gains)
    best = -1
    while stale.any():
        order = np.flatnonzero(stale)[np.argsort(-gains[stale], kind="stable")]
        if best >= 0 and gains[best] >= gains[order[0]]:
            break
        part = order[:_AT_ONCE]
        sight = _sight(task, candidates[part], block[part, n:], factor[:, part], factor[:, n:])
        gains[part] = task.rule.gains(sight, task.g)
        stale[part] = False
        top = int(part[gains[part].argmax()])
        best = top if best < 0 or gains[top] > gains[best] else best
    return best


def polish(task: Task, found: Found, effort: Effort, seed: int) -> Found:
    """The batch with every point moved to the best of its neighbours, given the others.

    Items of a pool have none: they stay.
    """
    space = task.space
    if isinstance(space, Pool):
        return found
    points, gains = found.points, found.gains
    reach = _FIRST_REACH * effort.candidates ** (-1.0 / space.dimension)
    for number in range(effort.rounds):
        points, gains = _round(task, space, points, (effort.tries, reach, seed + number))
        reach *= _SHRINK
    return Found(points, gains)


def _round(
    task: Task, space: Space, points: Points, how: tuple[int, float, int]
) -> tuple[Points, Array]:
    """One round: each point in turn against its neighbours, the others where they are."""
    count = len(points)
    near, owner = _neighbours(space, points.units, how)
    tried = look(task.surrogate, near)
    allowed = without(near, np.concatenate([task.taken, points.units]))
    everyone, both = joined(task.flying, points), joined(points, tried)
    flying = len(task.flying)
    where = np.concatenate([everyone.units, task.sites.points.units])
    block = task.surrogate.covariance(np.concatenate([everyone.units, near]), where)
    gains = np.empty(count)
    chosen: list[int] = []
    for i in range(count):
        others = np.delete(np.arange(len(everyone)), flying + i)
        mine = np.concatenate([[i], count + np.flatnonzero((owner == i) & allowed)])
        worth = _gains_beside(task, both[mine], everyone[others], (block, flying + mine, others))
        best = int(worth.argmax())
        gains[i] = worth[best]
        chosen.append(int(mine[best]))
    return _picked(both, chosen), gains


def _gains_beside(
    task: Task, group: Points, others: Points, part: tuple[Array, Rows, Rows]
) -> Array:
    """Gains of `group`, rows of the block, given readings at `others`, columns of it, (n,)."""
    block, rows, columns = part
    sites = slice(block.shape[1] - len(task.sites.w), None)
    joint = block[np.ix_(columns, columns)]
    across = np.concatenate([block[np.ix_(rows, columns)].T, block[columns, sites]], axis=1)
    factor = explained(joint, others.noise, across)
    n = len(group)
    return task.rule.gains(
        _sight(task, group, block[rows, sites], factor[:, :n], factor[:, n:]), task.g
    )


def _neighbours(space: Space, units: Array, how: tuple[int, float, int]) -> tuple[Array, Rows]:
    """Allowed rows around each of `units` (k, d), and which of them each row belongs to."""
    tries, reach, seed = how
    steps = 2.0 * sobol(space.dimension, len(units) * tries, seed=seed) - 1.0
    owner = np.repeat(np.arange(len(units)), tries)
    near = units[owner] + reach * steps
    near = space.snap(np.clip(near, 0.0, 1.0))
    inside = space.allowed(near)
    return near[inside], owner[inside]


def _picked(both: Points, chosen: list[int]) -> Points:
    """The moved batch, `chosen` of `both` where it was and what was tried.

    A move onto another chosen point is not made.
    """
    rows: list[int] = []
    seen: set[bytes] = set()
    for i, row in enumerate(chosen):
        rows.append(i if both.units[row].tobytes() in seen else row)
        seen.add(both.units[rows[-1]].tobytes())
    return both[np.array(rows, dtype=np.int64)]


def joined(a: Points, b: Points) -> Points:
    """Both sets of points, one after the other."""
    return Points(
        np.concatenate([a.units, b.units]),
        np.concatenate([a.m, b.m]),
        np.concatenate([a.v, b.v]),
        np.concatenate([a.noise, b.noise]),
    )


def _flight_factor(task: Task, where: Array) -> Array:
    """What the runs in flight explain at `where`, as a factor (k, n)."""
    flying = task.flying
    if len(flying) == 0:
        return np.empty((0, len(where)))
    block = task.surrogate.covariance(flying.units, np.concatenate([flying.units, where]))
    k = len(flying)
    return explained(block[:, :k], flying.noise, block[:, k:])


def _with_reading(factor: Array, row: Array, reading: tuple[int, float], sd: Array) -> Array:
    """The factor with one more reading, of a column and a noise; its covariances are `row` (n,).

    It explains no more than there is, `sd` (n,) squared, where little but rounding is left.
    """
    at, noise = reading
    left = row - factor[:, at] @ factor
    more = np.clip(left / np.sqrt(max(left[at], 0.0) + noise), -sd, sd)
    return np.concatenate([factor, more[None, :]])


def _sight(task: Task, candidates: Points, c: Array, here: Array, there: Array) -> Sight:
    """The scene with what the factor (k, n) and (k, q) explains."""
    return Sight(
        candidates=candidates,
        sites=task.sites,
        c=c,
        e=here.T @ there,
        own=(here * here).sum(axis=0),
        theirs=(there * there).sum(axis=0),
        trials=trials_of(task.surrogate.outcome),
    )
