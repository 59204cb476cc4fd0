"""Bernoulli level sets: where is the probability of yes below a level?

The three test problems of Letham, Guan, Tymms, Bakshy and Shvartsman, "Look-ahead acquisition
functions for Bernoulli level set estimation", AISTATS 2022. A run says yes with probability
Phi(f(x)). The volumes below the level were computed independently of that paper.
"""

import numpy as np
from scipy.special import ndtr

from simulators.problems.problem import Columns, Problem
from surrogate.outcome import Binary
from surrogate.space import Array, Real, Space

_SOURCE = (
    "Letham et al. (2022), Look-ahead acquisition functions for Bernoulli level set estimation"
)

_HARTMANN_C = np.array([0.2, 0.22, 0.28, 0.3])
_HARTMANN_A = np.array(
    [
        [8, 3, 10, 3.5, 1.7, 6],
        [0.5, 8, 10, 1, 6, 9],
        [3, 3.5, 1.7, 8, 10, 6],
        [10, 6, 0.5, 8, 1, 9],
    ]
)
_HARTMANN_P = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)


def _discrim_lowdim(x: Columns) -> Array:
    """Phi(2 (x2 + 1) / c), c = 2 (0.05 + 0.4 (-1 + 0.2 x1)^2 x1^2)."""
    context = 2 * (0.05 + 0.4 * (-1 + 0.2 * x["x1"]) ** 2 * x["x1"] ** 2)
    return np.asarray(ndtr(2 * (x["x2"] + 1) / context))


def _discrim_highdim(x: Columns) -> Array:
    """(1 + Phi(z)) / 2: z is the contrast's distance to a threshold that waves with the frequency.

    The latent f = Phi^-1(p) overflows on 15 % of the space, so the probability is used itself.
    """
    wave = np.cos(0.6 * np.pi * x["period"] * x["freq"] + x["phase"])
    height = -0.5 * x["vscale"] * wave + x["vscale"] / 2 + x["vshift"]
    tilt = -x["asym"] * np.sin(0.3 * np.pi * x["period"] * x["freq"] + x["phase"]) + 2 - x["asym"]
    context = height * tilt - 1
    return np.asarray(0.5 + 0.5 * ndtr((x["amp"] - context) / (x["var"] * (2 + context))))


def _hartmann6_binary(x: Columns) -> Array:
    """Phi(3 y - 2), y = -10 (sum_i C_i exp(-sum_j A_ij (x_j - P_ij)^2) - 0.1)."""
    rows = np.column_stack([x[f"x{j}"] for j in range(1, 7)])
    inner = np.einsum("ij,nij->ni", _HARTMANN_A, (rows[:, None, :] - _HARTMANN_P) ** 2)
    return np.asarray(ndtr(3 * -10 * (np.exp(-inner) @ _HARTMANN_C - 0.1) - 2))


discrim_lowdim = Problem(
    "discrim_lowdim",
    Space({"x1": Real(-1, 1), "x2": Real(-1, 1)}),
    Binary("yes"),
    _discrim_lowdim,
    _SOURCE,
    0.75,
    {"volume below the level": 0.0629},
)

discrim_highdim = Problem(
    "discrim_highdim",
    Space(
        {
            "amp": Real(-1, 1),
            "freq": Real(-1, 1),
            "vscale": Real(0.5, 1.5),
            "vshift": Real(0.05, 0.15),
            "var": Real(0.05, 0.2),
            "asym": Real(0, 0.9),
            "phase": Real(0, 1.57),
            "period": Real(0.5, 2),
        }
    ),
    Binary("yes"),
    _discrim_highdim,
    _SOURCE,
    0.75,
    {"volume below the level": 0.316},
)

hartmann6_binary = Problem(
    "hartmann6_binary",
    Space({f"x{j}": Real(0, 1) for j in range(1, 7)}),
    Binary("yes"),
    _hartmann6_binary,
    _SOURCE,
    0.5,
    {"volume below the level": 0.419},
)

PROBLEMS = (discrim_lowdim, discrim_highdim, hartmann6_binary)
