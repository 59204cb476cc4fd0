"""The surrogate of a probability: a Gaussian process f seen through yes and no, p = Phi(f).

symbol   meaning                                              shape
m, v     posterior mean and variance of f                     (n,)
z        m / sqrt(1 + v): Phi(z) is the mean of p             (n,)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from surrogate.models.base import Prediction
from surrogate.models.likelihood import information
from surrogate.models.posterior import Posterior
from surrogate.outcome import Binary, Count

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ProbabilitySurrogate:
    """Answers for a Binary or Count outcome; implements `models.base.LookAhead`."""

    outcome: Binary | Count
    posterior: Posterior
    hyperparameters: Mapping[str, Any]

    def predict(self, units: Array, coverage: float = 0.95) -> Prediction:
        """The mean of p, and the interval that holds p with probability `coverage`."""
        m, v = self.latent(units)
        half = ndtri(0.5 + 0.5 * coverage) * np.sqrt(v)
        return Prediction(ndtr(m / np.sqrt(1.0 + v)), ndtr(m - half), ndtr(m + half), coverage)

    def exceedance(self, units: Array, level: float) -> Array:
        """P(p > level), each in [0, 1]."""
        m, v = self.latent(units)
        return np.asarray(ndtr((m - self.threshold(level)) / np.sqrt(v)))

    def latent(self, units: Array) -> tuple[Array, Array]:
        """Posterior mean and variance of f."""
        return self.posterior.latent(units)

    def covariance(self, a: Array, b: Array) -> Array:
        """Posterior covariance of f between `a` and `b`."""
        return self.posterior.covariance(a, b)

    def threshold(self, level: float) -> float:
        """Phi^-1(level); infinite at 0 and 1."""
        return float(ndtri(level))

    def lesson(self, m: Array, v: Array) -> Array:
        """How much one run lowers covariances: kappa in c -> c - kappa c c'.

        One yes or no: information(z) / (1 + v), exact on average over its answers. A run of t
        trials counts as a Gaussian measurement of a t-th of the noise that one trial stands for.
        """
        one = information(m / np.sqrt(1.0 + v)) / (1.0 + v)
        trials = self.outcome.of if isinstance(self.outcome, Count) else 1
        return trials * one / (1.0 + (trials - 1.0) * one * v)
