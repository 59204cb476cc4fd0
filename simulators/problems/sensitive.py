"""Responses whose Sobol indices are known exactly."""

import numpy as np

from simulators.problems.problem import Array, Columns, Problem
from surrogate.outcome import Number
from surrogate.space import Real, Space

_G = (0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0)


def _g_function(x: Columns) -> Array:
    """prod_i (|4 x_i - 2| + a_i) / (1 + a_i)."""
    factors = [(np.abs(4 * x[f"x{j}"] - 2) + a) / (1 + a) for j, a in enumerate(_G)]
    return np.asarray(np.prod(factors, axis=0))


def g_indices() -> tuple[Array, Array]:
    """The g-function's first and total indices, (8,): V_i = 1 / 3 (1 + a_i)^2, independent."""
    parts = 1 / (3 * (1 + np.array(_G)) ** 2)
    whole = np.prod(1 + parts) - 1
    return parts / whole, parts * np.prod(1 + parts) / (1 + parts) / whole


def ishigami_indices() -> tuple[Array, Array]:
    """Ishigami's first and total indices, (3,), with a = 7 and b = 0.1."""
    a, b = 7.0, 0.1
    one = 0.5 * (1 + b * np.pi**4 / 5) ** 2
    two = a**2 / 8
    both = b**2 * np.pi**8 * (1 / 18 - 1 / 50)
    whole = one + two + both
    return np.array([one, two, 0.0]) / whole, np.array([one + both, two, both]) / whole


g_function = Problem(
    "g-function",
    Space({f"x{j}": Real(0.0, 1.0) for j in range(len(_G))}),
    Number("g", noise="none"),
    _g_function,
    "Saltelli and Sobol (1995), Sensitivity analysis for nonlinear mathematical models",
    exact={"mean": 1.0},
)
