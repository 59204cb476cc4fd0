"""Reliability: how likely is failure, when the inputs are random and failure is rare?

Failure is g < 0. The inputs are normal and independent; their ranges are cut off at six standard
deviations, which leaves out a probability of 2e-9 an input. The failure probabilities were
computed by exact quadrature.
"""

import numpy as np

from simulators.problems.problem import Columns, Problem
from surrogate.outcome import Number
from surrogate.space import Array, Normal, Real, Space

_REACH = 6.0  # standard deviations on either side
_MARGIN = Number("g", noise="none")


def _normal(mean: float, sd: float) -> Real:
    return Real(mean - _REACH * sd, mean + _REACH * sd, distribution=Normal(mean, sd))


_PLANE = Space({"x": _normal(0, 1), "y": _normal(0, 1)})


def four_branch(k: float, failure_probability: float) -> Problem:
    """A series system of four limit states: it fails where |a| > 3 + b^2/5 or |b| > k/2.

    a = (x + y) / sqrt 2 and b = (x - y) / sqrt 2.
    """

    def margin(u: Columns) -> Array:
        total, difference = u["x"] + u["y"], u["x"] - u["y"]
        bowl = 3 + 0.1 * difference**2
        branches = [bowl - total / np.sqrt(2), bowl + total / np.sqrt(2)]
        branches += [difference + k / np.sqrt(2), -difference + k / np.sqrt(2)]
        return np.asarray(np.minimum.reduce(branches))

    return Problem(
        f"four branches, k = {k:g}",
        _PLANE,
        _MARGIN,
        margin,
        "Echard, Gayton and Lemaire (2011), AK-MCS, Structural Safety 33, section 5.1",
        0.0,
        {"failure probability": failure_probability},
    )


def _rp22(u: Columns) -> Array:
    return np.asarray(2.5 - (u["x"] + u["y"]) / np.sqrt(2) + 0.1 * (u["x"] - u["y"]) ** 2)


def _oscillator(u: Columns) -> Array:
    """3 r - |2 F1 / (m w0^2) sin(w0 t1 / 2)|, w0 = sqrt((c1 + c2) / m)."""
    stiffness = u["c1"] + u["c2"]
    frequency = np.sqrt(stiffness / u["m"])
    swing = 2 * u["F1"] / stiffness * np.sin(frequency * u["t1"] / 2)
    return np.asarray(3 * u["r"] - np.abs(swing))


four_branch_6 = four_branch(6.0, 4.457331e-3)
four_branch_7 = four_branch(7.0, 2.222795e-3)

rp22 = Problem(
    "RP22",
    _PLANE,
    _MARGIN,
    _rp22,
    "Rozsas and Slobbe (2019), Reliability benchmark, problem 22",
    0.0,
    {"failure probability": 4.207306e-3},
)

oscillator = Problem(
    "nonlinear oscillator",
    Space(
        {
            "m": _normal(1, 0.05),
            "c1": _normal(1, 0.1),
            "c2": _normal(0.1, 0.01),
            "r": _normal(0.5, 0.05),
            "F1": _normal(1, 0.2),
            "t1": _normal(1, 0.2),
        }
    ),
    _MARGIN,
    _oscillator,
    "Echard, Gayton and Lemaire (2011), AK-MCS, Structural Safety 33, section 5.3",
    0.0,
    {"failure probability": 2.859559e-2},
)

PROBLEMS = (four_branch_6, four_branch_7, rp22, oscillator)
