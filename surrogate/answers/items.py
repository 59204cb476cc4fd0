"""What a surrogate says of the items of a pool: which are above a level, and which are in doubt."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from surrogate.models.base import COVERAGE, Marginal, voice
from surrogate.outcome import Outcome, trials_of
from surrogate.pool import Pool
from surrogate.records import Observation
from surrogate.space import Scalar


@dataclass(frozen=True)
class Item:
    """One item: the response with its interval, P(response > level), and what was seen of it.

    `seen` is None where it was not asked, or gave no answer; of a count it is a share.
    """

    name: Scalar
    mean: float
    lower: float
    upper: float
    above: float
    seen: float | None


@dataclass(frozen=True)
class Items:
    """All items of a pool in its own order; `note` says what their intervals are."""

    items: tuple[Item, ...]
    level: float
    note: str = ""

    def ranked(self, *, above: bool = True) -> tuple[Item, ...]:
        """Those more likely than not on that side of the level, surest first."""
        side = [item for item in self.items if (item.above > 0.5) == above]
        return tuple(sorted(side, key=lambda item: -item.above if above else item.above))

    def in_doubt(self) -> tuple[Item, ...]:
        """Those not asked, the least sure on which side of the level they are first."""
        unseen = [item for item in self.items if item.seen is None]
        return tuple(sorted(unseen, key=lambda item: abs(item.above - 0.5)))

    @property
    def wrong(self) -> float:
        """The share of the items, in [0, 1], that is expected on the wrong side of the level."""
        return float(np.mean([min(item.above, 1.0 - item.above) for item in self.items]))

    def to_json(self) -> dict[str, Any]:
        """The items as a JSON-able mapping."""
        told = ("mean", "lower", "upper", "above", "seen")
        rows = [{"item": i.name, **{key: getattr(i, key) for key in told}} for i in self.items]
        return {"level": self.level, "wrong": self.wrong, "items": rows, "note": self.note}


def read_items(
    surrogate: Marginal, pool: Pool, level: float, observations: Sequence[Observation] = ()
) -> Items:
    """The surrogate read at every item of the pool."""
    read = surrogate.predict(pool.units, COVERAGE)
    seen = _seen(surrogate.outcome, pool, observations)
    above = surrogate.exceedance(pool.units, level)
    items = [
        Item(
            name,
            float(read.mean[i]),
            float(read.lower[i]),
            float(read.upper[i]),
            float(above[i]),
            seen.get(name),
        )
        for i, name in enumerate(pool.items)
    ]
    return Items(tuple(items), level, voice(surrogate))


def _seen(outcome: Outcome, pool: Pool, observations: Sequence[Observation]) -> dict[Scalar, float]:
    trials = trials_of(outcome)
    found: dict[Scalar, list[float]] = {}
    for one in observations:
        if outcome.name in one.values:
            found.setdefault(one.point[pool.key], []).append(one.values[outcome.name] / trials)
    return {name: float(np.mean(values)) for name, values in found.items()}
