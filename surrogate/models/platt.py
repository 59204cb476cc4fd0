"""Decision values become probabilities: Platt's sigmoid, with the covariance of its two numbers.

P(yes | f) = 1 / (1 + exp(-(slope f + offset))), fitted to values that were left out, with the
targets (N+ + 1)/(N+ + 2) and 1/(N- + 2) in place of 1 and 0 (Platt 1999, eqs. 2 to 4), by Newton
steps that are halved until the loss falls (Lin, Lin and Weng 2007).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from surrogate.space import Array

_STEPS = 100
_DECREMENT = 1e-12  # of the loss, below which rounding has the say
_RIDGE = 1e-3  # prior precision of both numbers, so that separable data stay finite


@dataclass(frozen=True)
class Platt:
    """logit P = `slope` f + `offset`, slope >= 0; `covariance` (2, 2) is theirs."""

    slope: float
    offset: float
    covariance: Array

    def logit(self, f: Array) -> tuple[Array, Array]:
        """Mean and variance of the logit at decision values `f`, both (n,)."""
        design = np.stack([f, np.ones_like(f)], axis=1)
        variance = np.einsum("ni,ij,nj->n", design, self.covariance, design)
        return self.slope * f + self.offset, variance


def platt(f: Array, sides: Array) -> Platt:
    """The calibration of left-out decision values `f` (n,) against `sides` -1 or 1 (n,).

    Where left-out values point the wrong way, the slope is 0: no decision value is then evidence.
    """
    targets = _targets(sides)
    design = np.stack([f, np.ones_like(f)], axis=1)
    found, covariance = _newton(design, targets)
    if found[0] < 0.0:
        level, variance = _newton(design[:, 1:], targets)
        covariance = np.array([[covariance[0, 0], 0.0], [0.0, variance[0, 0]]])
        return Platt(0.0, float(level[0]), covariance)
    return Platt(float(found[0]), float(found[1]), covariance)


def _targets(sides: Array) -> Array:
    yes, no = np.sum(sides > 0), np.sum(sides < 0)
    return np.where(sides > 0, (yes + 1.0) / (yes + 2.0), 1.0 / (no + 2.0))


def _newton(design: Array, targets: Array) -> tuple[Array, Array]:
    theta = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        gradient, curvature = _slopes(theta, design, targets)
        step = np.linalg.solve(curvature, gradient)
        if gradient @ step < _DECREMENT:
            break
        size, before = 1.0, _loss(theta, design, targets)
        while _loss(theta - size * step, design, targets) > before and size > 1e-10:
            size *= 0.5
        theta = theta - size * step
    covariance = np.linalg.inv(_slopes(theta, design, targets)[1])
    return np.asarray(theta), np.asarray(covariance, dtype=np.float64)


def _loss(theta: Array, design: Array, targets: Array) -> float:
    z = design @ theta
    return float(np.sum(np.logaddexp(0.0, z) - targets * z) + 0.5 * _RIDGE * theta @ theta)


def _slopes(theta: Array, design: Array, targets: Array) -> tuple[Array, Array]:
    p = expit(design @ theta)
    gradient = design.T @ (p - targets) + _RIDGE * theta
    curvature = (design * (p * (1.0 - p))[:, None]).T @ design + _RIDGE * np.eye(len(theta))
    return gradient, curvature
