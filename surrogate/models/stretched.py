"""A number's surrogate whose shown intervals are as wide as its audit runs call for.

Asking goes on with the surrogate's own: a factor for all places alike changes no choice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from surrogate.models.audit import NOMINAL, ChanceQuality, NumberQuality
from surrogate.models.base import Marginal, Prediction, Spoken
from surrogate.outcome import Outcome
from surrogate.space import Array


@dataclass(frozen=True)
class Stretched:
    """`plain` with each interval `factor` times as wide; implements `Marginal` and `Spoken`.

    `factor` is the conformal one of `audit.stretch_of`, from `runs` audit runs left out.
    """

    plain: Marginal
    factor: float
    runs: int

    @property
    def outcome(self) -> Outcome:
        """The question."""
        return self.plain.outcome

    @property
    def hyperparameters(self) -> Mapping[str, Any]:
        """Those of `plain`."""
        return self.plain.hyperparameters

    @property
    def interval(self) -> str:
        """What its intervals come from."""
        own = self.plain.interval if isinstance(self.plain, Spoken) else ""
        return (
            f"{own or 'its own posterior'}, made {self.factor:.2g} times as wide, so that they "
            f"hold {100 * NOMINAL:g} % of {self.runs} audit runs left out"
        )

    def predict(self, units: Array, coverage: float = 0.95) -> Prediction:
        """The mean as it was, and the interval stretched about it."""
        return self.plain.predict(units, coverage).scaled(self.factor, self.factor)

    def exceedance(self, units: Array, level: float) -> Array:
        """P(response > level), of a normal that is `factor` times as wide."""
        return np.asarray(ndtr(ndtri(self.plain.exceedance(units, level)) / self.factor))


def stretched(surrogate: Marginal, measured: ChanceQuality | NumberQuality | None) -> Marginal:
    """The surrogate as it is shown to people, given what its audit measured.

    Chances, and numbers without enough audit runs, are shown as they are.
    """
    if not isinstance(measured, NumberQuality) or not measured.stretch:
        return surrogate
    return Stretched(surrogate, measured.stretch, measured.runs)
