"""A problem with a known answer: a simulator whose exact response can be evaluated anywhere."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from surrogate.oracle import Designed
from surrogate.outcome import Binary, Number, Outcome
from surrogate.space import Array, Point, Space

Columns = Mapping[str, Array]


@dataclass(frozen=True)
class Problem(Designed):
    """A formula as a simulator, with what is known of it. Satisfies `oracle.Simulator`.

    `response` takes own-unit columns of shape `(n,)` by parameter name and gives shape `(n,)`: the
    probability of yes where the outcome is `Binary` (a run then draws from it), else the value
    itself. `exact` holds known figures by name ("volume below the level", "failure probability",
    "mean", ...); `source` says where formula and figures come from. `level` is the usual one.
    """

    space: Space
    outcome: Binary | Number
    response: Callable[[Columns], Array]
    source: str
    level: float | None = None
    exact: Mapping[str, float] = field(default_factory=dict)

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The one outcome."""
        return (self.outcome,)

    def __call__(self, point: Point, *, rng: np.random.Generator) -> bool | float:
        """One run: a draw from the probability, or the value."""
        (value,) = self.at([point]).tolist()
        return bool(rng.random() < value) if isinstance(self.outcome, Binary) else float(value)

    def at(self, points: Iterable[Point]) -> Array:
        """The exact response at points given by name, shape `(n,)`."""
        rows = list(points)
        named = {name: np.array([row[name] for row in rows]) for name in self.space.names}
        return self.response(named)

    def on(self, units: Array) -> Array:
        """The exact response on rows of the unit cube, shape `(n, d)` to `(n,)`."""
        return self.response(self.space.columns(units))
