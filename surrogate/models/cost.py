"""What a run costs: a Gaussian process on the logarithm of the cost that runs told.

On that scale a cost is positive, and one that varies ten-fold is as simple as one that varies by
a tenth. Runs that told no cost teach none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from surrogate.dataset import Dataset
from surrogate.models.numbers import NumberRecipe, NumberSurrogate
from surrogate.outcome import Number
from surrogate.space import Array

LOG_COST = Number("log cost", noise="unknown")
_FEWEST = 5  # runs with a cost: fewer than these tell a level at most


@dataclass(frozen=True)
class Cost:
    """The cost of a run: `spent` by so many `runs`, and how it varies, None while too few told."""

    runs: int
    spent: float
    process: NumberSurrogate | None = None

    @property
    def hyperparameters(self) -> Mapping[str, Any]:
        """Those of the process; none where there is none."""
        return {} if self.process is None else self.process.hyperparameters

    def of_a_run(self, units: Array) -> Array:
        """The cost to expect at `units` (n, d), its median, positive, (n,); 1 while unknown."""
        if self.process is None:
            return np.full(len(units), self.spent / self.runs if self.spent > 0 else 1.0)
        return np.asarray(np.exp(self.process.latent(units)[0]))

    @property
    def words(self) -> str:
        """What was spent, a sentence for people; "" where no run told a cost."""
        if self.spent <= 0:
            return ""
        return f"{self.runs} runs cost {self.spent:.4g}, {self.spent / self.runs:.3g} each."


def learn_cost(
    costs: Dataset, *, start: Mapping[str, Any] | None = None, optimise: bool = True
) -> Cost:
    """What runs cost, learned from `costs`, whose values are the positive costs told.

    `start` are hyper-parameters to begin from; with `optimise` False they are taken as they are.
    """
    known = Cost(len(costs), float(costs.values.sum()))
    if len(costs) < _FEWEST or not (start or optimise):
        return known
    logarithms = replace(costs, outcome=LOG_COST, values=np.log(costs.values))
    recipe = NumberRecipe(LOG_COST, costs.dimension, doubt=False)
    return replace(known, process=recipe.fit(logarithms, start=start or None, optimise=optimise))
