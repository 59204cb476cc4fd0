"""Points chosen before anything is known: scrambled Sobol, Latin hypercube.

`fill` walks one endless scrambled Sobol sequence of the space: asked from any index on, it goes on
where an earlier call stopped, so a design can grow without being begun again. Every row obeys the
constraints and is snapped to what a point can be. Not here: anything that looks at outcomes.
"""

import math
import warnings

import numpy as np

from surrogate.errors import NothingToAsk
from surrogate.pool import Domain, Pool
from surrogate.rarity import widened
from surrogate.representing import representing
from surrogate.space import Array, Real, Space

_SAME = 9  # decimals of the unit cube at which two rows are one point
_PATIENCE = 64  # times as many draws as rows wanted, before the space counts as used up
_LONGEST = 2**22  # draws at the very most


def sobol(dimension: int, count: int, *, seed: int) -> Array:
    """The first `count` rows of a scrambled Sobol sequence, (count, dimension) in [0, 1).

    A function of its arguments alone: a longer call goes on where a shorter one ended.
    """
    from scipy.stats import qmc  # half of what the rest takes to load

    sequence = qmc.Sobol(dimension, scramble=True, seed=np.random.default_rng(seed))
    with warnings.catch_warnings():
        # balance holds for the whole sequence, whichever part of it is asked for
        warnings.filterwarnings("ignore", message="The balance properties", category=UserWarning)
        return np.asarray(sequence.random(count), dtype=float)


def fill(space: Domain, first: int, count: int, seed: int, *, avoid: Array | None = None) -> Array:
    """Rows `first` to `first + count` of the space's own Sobol sequence, shape (count, d).

    Rows that break a constraint, repeat an earlier row of the sequence, or are among `avoid`
    (k, d) are skipped and not counted. Where a parameter is normal the rows follow its widened
    distribution (see `rarity`); of a pool they are items in the order of `representing`. Raises
    `NothingToAsk` when the space holds no more.
    """
    wanted = first + count
    if isinstance(space, Pool):
        return _items(space, first, wanted, seed, avoid)
    drawn = max(64, 2 ** math.ceil(math.log2(wanted + 1)))
    most = min(_LONGEST, _PATIENCE * drawn + 64 * min(cells(space), _LONGEST // 64))
    while True:
        rows = widened(space, sobol(space.dimension, drawn, seed=seed))
        rows = fresh(admitted(space, rows), avoid)
        if len(rows) >= wanted:
            return rows[first:wanted]
        if drawn >= most:
            raise NothingToAsk(
                f"{count} new points were wanted, but the space has only "
                f"{max(len(rows) - first, 0)} left that are different and allowed; "
                "widen a range, loosen a constraint, or end the campaign",
                found=max(len(rows) - first, 0),
            )
        drawn *= 2


def _items(pool: Pool, first: int, wanted: int, seed: int, avoid: Array | None) -> Array:
    able = pool.different if avoid is None else pool.different & ~pool.among(avoid)
    order = representing(pool, wanted + int((~able).sum()), seed)
    rows = order[able[order]]
    if len(rows) < wanted:
        left = max(len(rows) - first, 0)
        raise NothingToAsk(
            f"{wanted - first} new items were wanted, but the pool has only {left} left that are "
            "different; lower the budget, or end the campaign",
            found=left,
        )
    return pool.units[rows[first:wanted]]


def latin(space: Space, count: int, *, seed: int) -> Array:
    """A Latin hypercube: every one of `count` slices of every axis holds one row, shape (count, d).

    Where a parameter is normal, slices are of its widened distribution (see `rarity`). Where
    constraints refuse rows, they are made up from further hypercubes.
    """
    from scipy.stats import qmc  # half of what the rest takes to load

    sampler = qmc.LatinHypercube(space.dimension, seed=np.random.default_rng(seed))
    kept = np.empty((0, space.dimension))
    for _ in range(_PATIENCE):
        kept = np.concatenate([kept, admitted(space, widened(space, sampler.random(count)))])
        if len(kept) >= count:
            return kept[:count]
    raise NothingToAsk(
        f"{count} points were wanted, but the constraints leave next to nothing of the space; "
        "loosen one of them",
        found=len(kept),
    )


def admitted(space: Space, units: Array) -> Array:
    """The rows (n, d) as they can be run, those that break a constraint left out, (m, d)."""
    rows = space.snap(units)
    return rows[space.allowed(rows)]


def evenly(space: Space, count: int, *, seed: int) -> Array:
    """Sobol points by the space's own distribution, constraints left aside, shape (count, d)."""
    return space.snap(space.from_uniform(sobol(space.dimension, count, seed=seed)))


def fresh(rows: Array, avoid: Array | None = None) -> Array:
    """The rows in their order, without those seen earlier among them or among `avoid`."""
    taken = 0 if avoid is None else len(avoid)
    both = rows if avoid is None else np.concatenate([avoid, rows])
    _, firsts = np.unique(np.round(both, _SAME), axis=0, return_index=True)
    kept = np.sort(firsts)
    return rows[kept[kept >= taken] - taken]


def cells(space: Space) -> int:
    """How many different points the space can have, constraints aside; a huge number if endless."""
    parameters, grid = space.parameters.values(), np.linspace(0.0, 1.0, 4097)
    if any(isinstance(parameter, Real) for parameter in parameters):
        return _LONGEST
    return math.prod(len(np.unique(parameter.snap(grid))) for parameter in parameters)
