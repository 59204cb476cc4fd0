"""Records become arrays: what a recipe is fitted to."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surrogate.outcome import Count, Outcome
from surrogate.records import Observation
from surrogate.space import Categorical, Space

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Dataset:
    """Feasible observations of one outcome, in the order of their queries.

    `units` (n, d) in the unit cube; `values` (n,): for Binary and Count the number of yes, else
    the number itself; `trials` (n,): how many yes were possible (1 for Binary and Number);
    `sds` (n,): the noise's sd where it is known, NaN elsewhere; `queries` (n,) their indices.
    `choices` (d,): how many each column without order has, 0 for one with; empty when all have.
    """

    outcome: Outcome
    units: Array
    values: Array
    trials: Array
    sds: Array
    queries: NDArray[np.int64]
    choices: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.values)

    @property
    def dimension(self) -> int:
        """Columns of `units`."""
        return int(self.units.shape[1])


def gather(space: Space, outcome: Outcome, observations: Sequence[Observation]) -> Dataset:
    """The feasible observations that carry this outcome, sorted by query, as arrays."""
    name = outcome.name
    kept = sorted((o for o in observations if name in o.values), key=lambda o: o.query)
    trials = outcome.of if isinstance(outcome, Count) else 1
    return Dataset(
        outcome=outcome,
        units=space.encode([o.point for o in kept]),
        values=np.array([o.values[name] for o in kept], dtype=float),
        trials=np.full(len(kept), float(trials)),
        sds=np.array([o.sds.get(name, np.nan) for o in kept], dtype=float),
        queries=np.array([o.query for o in kept], dtype=np.int64),
        choices=tuple(
            len(p.choices) if isinstance(p, Categorical) else 0 for p in space.parameters.values()
        ),
    )
