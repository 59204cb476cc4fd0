"""The order in which a pool is asked before anything is known of it, and few features for many.

    symbol   meaning                                                   shape
    D        distance of an item to the nearest that comes before      (n,)
    d_ij     distance of candidate j to item i                         (n, m)

Each next item lowers the mean of D most, sum_i max(0, D_i - d_ij): the greedy step of k medians.
Unlike the farthest point it is no outlier, and unlike a random one it has no near twin before it.
"""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from surrogate.blas import one_thread
from surrogate.pool import Pool
from surrogate.space import Array, Rows

CONSIDERED = 2048  # items at most that are compared; of a larger pool a random part, by its seed
MOST = 8  # features that a Gaussian process with a length each can learn from tens of runs


def representing(pool: Pool, count: int, seed: int) -> Rows:
    """The first `count` rows of the pool's order, a longer one beginning like a shorter one."""
    wanted = min(count, len(pool))
    longest = min(1 << max(wanted - 1, 15).bit_length(), len(pool))
    return _ordered(pool, longest, seed)[:wanted]


@lru_cache(maxsize=4)
def _ordered(pool: Pool, count: int, seed: int) -> Rows:
    rows = np.random.default_rng(seed).permutation(len(pool))
    some, rest = rows[:CONSIDERED], rows[CONSIDERED:]
    with one_thread():
        order = some[_greedy(distances(pool.units[some]), min(count, len(some)))]
    return np.concatenate([order, rest])[:count]


def _greedy(apart: Array, count: int) -> Rows:
    chosen = [int(apart.sum(axis=0).argmin())]
    free = np.ones(len(apart), dtype=bool)
    free[chosen] = False
    nearest = apart[:, chosen[0]].copy()
    while len(chosen) < count:
        worth = np.maximum(nearest[:, None] - apart, 0.0).sum(axis=0)
        chosen.append(int(np.where(free, worth, -1.0).argmax()))
        free[chosen[-1]] = False
        nearest = np.minimum(nearest, apart[:, chosen[-1]])
    return np.array(chosen, dtype=np.int64)


def distances(units: Array) -> Array:
    """Euclidean distances of all pairs of rows, (n, n)."""
    squares = (units * units).sum(axis=1)
    apart = squares[:, None] + squares - 2.0 * units @ units.T
    return np.asarray(np.sqrt(np.maximum(apart, 0.0)))


@one_thread()
def reduced(pool: Pool, most: int = MOST) -> Pool:
    """The pool by its first principal components where it has more than `most` features.

    All components are scaled by the range of the first, so that what varies little stays little.
    """
    if pool.dimension <= most:
        return pool
    centred = pool.units - pool.units.mean(axis=0)
    _, spreads, axes = np.linalg.svd(centred, full_matrices=False)
    kept = min(most, len(spreads))
    signs = np.sign(axes[np.arange(kept), np.abs(axes[:kept]).argmax(axis=1)])
    scores = centred @ (axes[:kept] * signs[:, None]).T
    share = float((spreads[:kept] ** 2).sum() / max((spreads**2).sum(), np.finfo(float).tiny))
    low, span = scores.min(axis=0), float(np.ptp(scores[:, 0]))
    seen = f"the first {kept} principal components of {pool.dimension} features"
    return replace(
        pool,
        units=(scores - low) / (span if span > 0.0 else 1.0),
        seen=f"{seen}, {100 * share:.0f} % of their variance",
        origin=pool.digest,
    )
