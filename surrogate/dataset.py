"""Records become arrays: what a recipe is fitted to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from surrogate.outcome import Binary, Number, Outcome, trials_of
from surrogate.pool import Domain, Pool
from surrogate.records import Observation
from surrogate.space import Array, Categorical, Rows

ANSWER = Binary("answer")  # whether the simulator answered at all
COST = Number("cost")


@dataclass(frozen=True)
class Dataset:
    """What observations tell of one outcome, in the order of their queries.

    `units` (n, d) in the unit cube; `values` (n,): for Binary and Count the number of yes, else
    the number itself; `trials` (n,): how many yes were possible (1 for Binary and Number);
    `sds` (n,): the noise's sd where it is known, NaN elsewhere; `queries` (n,) their indices.
    `helps` are the values of other outcomes by name, each (n,), NaN where a run gave none.
    `choices` (d,): how many each column without order has, 0 for one with, as all unless said.
    """

    outcome: Outcome
    units: Array
    values: Array
    trials: Array
    sds: Array
    queries: Rows
    choices: tuple[int, ...] = ()
    helps: Mapping[str, Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.choices:
            object.__setattr__(self, "choices", (0,) * self.dimension)

    def __len__(self) -> int:
        return len(self.values)

    def some(self, rows: Rows) -> "Dataset":
        """What the observations in these rows tell, (k,)."""
        return replace(
            self,
            units=self.units[rows],
            values=self.values[rows],
            trials=self.trials[rows],
            sds=self.sds[rows],
            queries=self.queries[rows],
            helps={name: values[rows] for name, values in self.helps.items()},
        )

    @property
    def dimension(self) -> int:
        """Columns of `units`."""
        return int(self.units.shape[1])


def gather(
    space: Domain, outcome: Outcome, observations: Sequence[Observation], helps: Sequence[str] = ()
) -> Dataset:
    """The feasible observations that carry this outcome, sorted by query, as arrays.

    `helps` names other outcomes whose values come with it.
    """
    told = [(o, o.values[outcome.name]) for o in observations if outcome.name in o.values]
    return _arrays(space, outcome, told, helps)


def gather_answers(space: Domain, observations: Sequence[Observation]) -> Dataset:
    """All observations, sorted by query: 1 where the simulator answered, 0 where it declined."""
    return _arrays(space, ANSWER, [(o, float(o.feasible)) for o in observations])


def gather_costs(space: Domain, observations: Sequence[Observation]) -> Dataset:
    """What runs cost, positive, sorted by query: as they told, else the seconds they took."""
    told = [(o, o.cost) for o in observations if o.cost is not None]
    found = told or [(o, o.seconds) for o in observations]
    return _arrays(space, COST, [(o, value) for o, value in found if value > 0])


def _arrays(
    space: Domain,
    outcome: Outcome,
    told: Sequence[tuple[Observation, float]],
    helps: Sequence[str] = (),
) -> Dataset:
    kept = sorted(told, key=lambda pair: pair[0].query)
    return Dataset(
        outcome=outcome,
        units=space.encode([o.point for o, _ in kept]),
        values=np.array([value for _, value in kept], dtype=float),
        trials=np.full(len(kept), float(trials_of(outcome))),
        sds=np.array([o.sds.get(outcome.name, np.nan) for o, _ in kept], dtype=float),
        queries=np.array([o.query for o, _ in kept], dtype=np.int64),
        choices=choices_of(space),
        helps={name: np.array([o.values.get(name, np.nan) for o, _ in kept]) for name in helps},
    )


def choices_of(space: Domain) -> tuple[int, ...]:
    """How many choices each column has, 0 where it has an order."""
    if isinstance(space, Pool):
        return (0,) * space.dimension
    return tuple(
        len(parameter.choices) if isinstance(parameter, Categorical) else 0
        for parameter in space.parameters.values()
    )
