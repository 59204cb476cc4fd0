"""Where a query goes that no surrogate chose: the same questions asked of a space and of a pool.

Each answer is a row (d,) for a query by its index, a function of the seed and of what is taken.

Of a pool no item is asked twice, and some are kept for audits: drawn from all of it at random
before the campaign begins, and asked for by nothing else until the rest is used up. So whatever a
rule prefers, audits stay an unbiased sample.

    symbol   meaning                                       shape
    free     whether an item can still be asked            (n,)
"""

import sys
from dataclasses import dataclass, field

import numpy as np

from surrogate.design import fill, latin
from surrogate.errors import PlanError
from surrogate.pool import Domain, Pool
from surrogate.records import seeds
from surrogate.representing import representing
from surrogate.space import Array, Rows, Space


@dataclass(frozen=True)
class SpacePlaces:
    """Places in a space, of which there is no end."""

    space: Space
    seed: int
    evenly: str = "spread evenly over the space"
    left: int = sys.maxsize
    _cubes: dict[tuple[int, int], Array] = field(default_factory=dict, compare=False, repr=False)

    def able(self) -> tuple[Domain, int]:
        """What a rule may choose from, and how many points there are at most: all of it."""
        return self.space, self.left

    def even(self, index: int) -> Array:
        """Row `index` of the space's own Sobol sequence."""
        return np.asarray(fill(self.space, index, 1, self.seed)[0])

    def drawn(self, index: int) -> Array:
        """A row drawn from the space's own distribution."""
        rng = np.random.default_rng(seeds(self.seed, index, "place"))
        return np.asarray(self.space.draw(1, rng)[0])

    audit = drawn

    def sliced(self, index: int, count: int) -> Array:
        """A row of the hypercube that `index` falls into."""
        cube, place = divmod(index, count)
        if (cube, count) not in self._cubes:  # drawn once for all queries of an ask
            own = seeds(self.seed, cube, "latin")
            self._cubes[cube, count] = latin(self.space, count, seed=own)
        return np.asarray(self._cubes[cube, count][place])


class PoolPlaces:
    """Items of a pool, for the queries of one call: each item that is given is free no more.

    `taken` (k, d) were asked before; `audits` items are kept for audits.
    """

    evenly = "stands for items unlike those before it"

    def __init__(self, pool: Pool, seed: int, audits: int, taken: Array) -> None:
        self._pool, self._seed = pool, seed
        shuffle = np.random.default_rng(seeds(seed, 0, "items")).permutation(len(pool))
        self._kept, self._rest = shuffle[:audits], shuffle[audits:]
        self._free = pool.different & ~pool.among(taken)

    @property
    def left(self) -> int:
        """How many items are free; of those with equal features, one."""
        return int(self._free.sum())

    def able(self) -> tuple[Domain, int]:
        """What a rule may choose from, and how many: the free items that are not kept."""
        free = self._free.copy()
        free[self._kept] = False
        return self._pool.part(np.flatnonzero(free)), int(free.sum())

    def even(self, index: int) -> Array:
        """The first free item of the order in `representing`."""
        reach = int((~self._free).sum()) + len(self._kept) + 1
        order = representing(self._pool, reach, self._seed)
        return self._given(order[~np.isin(order, self._kept)], self._rest, self._kept)

    def drawn(self, index: int) -> Array:
        """The first free item of a seeded shuffle."""
        return self._given(self._rest, self._kept)

    def sliced(self, index: int, count: int) -> Array:
        """Raises `PlanError`."""
        raise PlanError(
            "rule 'latin' cuts ranges into slices, and a pool has none; use 'sobol', which takes "
            "items unlike those before, or 'uniform'"
        )

    def audit(self, index: int) -> Array:
        """The first free item of those kept."""
        return self._given(self._kept, self._rest)

    def _given(self, *orders: Rows) -> Array:
        order = np.concatenate(orders)
        row = order[self._free[order].argmax()]
        self._free[row] = False
        return np.asarray(self._pool.units[row])


Places = SpacePlaces | PoolPlaces
