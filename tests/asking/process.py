"""A Gaussian process with Gaussian readings, small and exact, that keeps every promise of rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import norm

from surrogate.models.base import Prediction
from surrogate.outcome import Binary, Number, Outcome

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Process:
    """f ~ GP(0, scale^2 exp(-r^2 / 2 l^2)) after readings f(units) + noise = values."""

    units: Array
    values: Array
    noise: float = 0.5
    length: float = 0.25
    scale: float = 1.0
    outcome: Outcome = Binary("hit")  # noqa: RUF009 - frozen, so it may be shared

    @property
    def hyperparameters(self) -> Mapping[str, Any]:
        return {}

    def prior(self, a: Array, b: Array) -> Array:
        squares = ((a[:, None, :] - b[None, :, :]) ** 2).sum(axis=-1)
        return np.asarray(self.scale**2 * np.exp(-0.5 * squares / self.length**2))

    def _weights(self, a: Array) -> Array:
        gram = self.prior(self.units, self.units) + self.noise * np.eye(len(self.units))
        return np.asarray(np.linalg.solve(gram, self.prior(self.units, a)))

    def covariance(self, a: Array, b: Array) -> Array:
        return np.asarray(self.prior(a, b) - self.prior(a, self.units) @ self._weights(b))

    def latent(self, units: Array) -> tuple[Array, Array]:
        weights = self._weights(units)
        explained = (self.prior(units, self.units) * weights.T).sum(axis=1)
        return weights.T @ self.values, np.maximum(self.scale**2 - explained, 0.0)

    def threshold(self, level: float) -> float:
        return level if isinstance(self.outcome, Number) else float(ndtri(level))

    def lesson(self, m: Array, v: Array) -> Array:
        if isinstance(self.outcome, Number):
            return np.asarray(1.0 / (v + self.noise))
        z = m / np.sqrt(1 + v)
        return np.asarray(norm.pdf(z) ** 2 / (ndtr(z) * ndtr(-z) * (1 + v)))

    def exceedance(self, units: Array, level: float) -> Array:
        m, v = self.latent(units)
        return np.asarray(ndtr((m - self.threshold(level)) / np.sqrt(np.maximum(v, 1e-14))))

    def predict(self, units: Array, coverage: float = 0.95) -> Prediction:
        m, v = self.latent(units)
        reach = norm.ppf(0.5 + coverage / 2) * np.sqrt(v)
        if isinstance(self.outcome, Number):
            return Prediction(m, m - reach, m + reach, coverage)
        return Prediction(ndtr(m / np.sqrt(1 + v)), ndtr(m - reach), ndtr(m + reach), coverage)

    def after(self, units: Array, values: Array) -> "Process":
        """With more readings: the conditioned process, again a process."""
        return Process(
            np.concatenate([self.units, units]),
            np.concatenate([self.values, values]),
            self.noise,
            self.length,
            self.scale,
            self.outcome,
        )


HIT = Binary("hit")


def process(count: int = 12, *, outcome: Outcome = HIT, noise: float = 0.5) -> Process:
    """A process after `count` random readings of a smooth function on the square."""
    rng = np.random.default_rng(8)
    units = rng.random((count, 2))
    values = 2 * np.sin(4 * units[:, 0]) + units[:, 1] - 1.2
    return Process(units, values, noise, outcome=outcome)
