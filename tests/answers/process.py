"""A small exact Gaussian process on a probit or identity link, for tests of what reads one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from surrogate.models.base import Prediction
from surrogate.outcome import Binary, Number, Outcome

Array = NDArray[np.float64]
GOAL = Binary("goal")


@dataclass(frozen=True)
class Process:
    """The process of f given f = `truth` + noise of sd `noise` at `at` (n, d); unit variance."""

    truth: Callable[[Array], Array]
    at: Array
    scale: float = 0.3
    noise: float = 0.1
    outcome: Outcome = GOAL
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)

    def _kernel(self, a: Array, b: Array) -> Array:
        apart = (a**2).sum(1)[:, None] + (b**2).sum(1)[None, :] - 2 * a @ b.T
        return np.asarray(np.exp(-0.5 * np.maximum(apart, 0) / self.scale**2))

    @cached_property
    def _inverse(self) -> Array:
        gram = self._kernel(self.at, self.at) + self.noise**2 * np.eye(len(self.at))
        return np.asarray(np.linalg.inv(gram))

    def latent(self, units: Array) -> tuple[Array, Array]:
        cross = self._kernel(units, self.at)
        mean = cross @ (self._inverse @ self.truth(self.at))
        reduction = (cross * (cross @ self._inverse)).sum(1)
        return mean, np.maximum(1.0 - reduction, 1e-12)

    def covariance(self, a: Array, b: Array) -> Array:
        explained = self._kernel(a, self.at) @ self._inverse @ self._kernel(self.at, b)
        return np.asarray(self._kernel(a, b) - explained)

    def predict(self, units: Array, coverage: float = 0.95) -> Prediction:
        m, v = self.latent(units)
        z = ndtri((1 + coverage) / 2) * np.sqrt(v)
        if isinstance(self.outcome, Number):
            return Prediction(m, m - z, m + z, coverage)
        return Prediction(ndtr(m / np.sqrt(1 + v)), ndtr(m - z), ndtr(m + z), coverage)

    def exceedance(self, units: Array, level: float) -> Array:
        m, v = self.latent(units)
        return np.asarray(ndtr((m - self.threshold(level)) / np.sqrt(v)))

    def threshold(self, level: float) -> float:
        return level if isinstance(self.outcome, Number) else float(ndtri(level))

    def lesson(self, m: Array, v: Array) -> Array:
        return 1 / (v + 1.0)
