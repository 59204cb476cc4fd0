"""What surrogates of numbers and of probabilities share: how they read f from a process.

symbol   meaning                                                      shape
g        what the process is of: f = level + scale g
m, v     posterior mean and variance of f                             (n,)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from surrogate.models.neighbours import leading
from surrogate.models.posterior import Process, doubt_of
from surrogate.outcome import Outcome
from surrogate.space import Array

STRETCH = "stretch"  # its name among hyper-parameters


@dataclass(frozen=True)
class ProcessSurrogate:
    """Answers of which the `posterior` of g knows f; what f is to the response, heirs say."""

    outcome: Outcome
    posterior: Process
    hyperparameters: Mapping[str, Any]
    level: float = 0.0
    scale: float = 1.0

    def centre(self, units: Array) -> Array:
        """Posterior mean of f, (n,)."""
        return self.level + self.scale * self.posterior.mean(units)

    def spread(self, units: Array) -> Array:
        """Variance of f, stretched, and doubt of its mean, (2, n)."""
        return self._known(units)[1]

    def latent(self, units: Array) -> tuple[Array, Array]:
        """Posterior mean and variance of f."""
        m, v = self.posterior.latent(units)
        return self.level + self.scale * m, self.scale**2 * v

    def covariance(self, a: Array, b: Array) -> Array:
        """Posterior covariance of f between `a` and `b`."""
        return self.scale**2 * self.posterior.covariance(a, b)

    def gaps(self, units: Array) -> Array:
        """By how much f's mean moves under each alternative; see `models.base.Doubting`."""
        return self.scale * self.posterior.gaps(units, self.posterior.mean(units))

    def leaders(self, count: int, sign: float) -> Array:
        """The `count` sites of highest readings times `sign`, (k, d), where there are very many."""
        return leading(self.posterior, count, sign)

    @property
    def stretch(self) -> float:
        """What intervals multiply the variance by; see `number_doubt`."""
        return float(self.hyperparameters.get(STRETCH, 1.0))

    def _known(self, units: Array) -> tuple[Array, Array]:
        """Posterior mean of f (n,), and what `spread` says."""
        m, v = self.posterior.latent(units)
        spread = self.scale**2 * np.stack([self.stretch * v, doubt_of(self.posterior, units, m)])
        return self.level + self.scale * m, spread
