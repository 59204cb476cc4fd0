"""Hills over a plain: sets above a level whose extent is known, in any number of dimensions.

Each problem is drawn from a seed, so that many campaigns meet many landscapes. The response is
Phi of the latent height for yes and no, the height itself for a number; both are above the level
on the same set.
"""

import numpy as np
from scipy.special import ndtr

from simulators.problems.problem import Columns, Problem
from surrogate.outcome import Binary, Number
from surrogate.space import Array, Real, Space

_SOURCE = "Gaussian hills, the highest at each place, drawn from a seed"
_FLOOR, _TOP = -1.6, 3.2  # latent heights: a yes in 18 runs on the plain, in 1.06 on a hill


def _height(rows: Array, centres: Array, widths: Array) -> Array:
    """Floor + top max_k exp(-|x - c_k|^2 / 2 w_k^2), distances by the first three axes at most."""
    apart = rows[:, None, : centres.shape[1]] - centres
    near = np.exp(-0.5 * (apart**2 / widths[:, None] ** 2).sum(axis=2))
    return np.asarray(_FLOOR + _TOP * near.max(axis=1))


def hills(dimension: int, seed: int, *, yes_or_no: bool = True) -> Problem:
    """Two hills at random, of which three inputs at most matter; above the level on their tops."""
    rng = np.random.default_rng(seed)
    used = min(dimension, 3)
    centres = np.array([0.28, 0.72])[:, None] + rng.uniform(-0.12, 0.12, (2, used))
    widths = rng.uniform(0.16, 0.26, 2)

    def response(x: Columns) -> Array:
        rows = np.column_stack([x[f"x{j}"] for j in range(used)])
        height = _height(rows, centres, widths)
        return np.asarray(ndtr(height)) if yes_or_no else height

    space = Space({f"x{j}": Real(0.0, 1.0) for j in range(dimension)})
    outcome = Binary("yes") if yes_or_no else Number("height", noise="none")
    return Problem(
        f"hills in {dimension} dimensions, {seed}",
        space,
        outcome,
        response,
        _SOURCE,
        0.5 if yes_or_no else 0.0,
    )


def ridge(seed: int) -> Problem:
    """A thin slanted ridge, .07 wide, across the square."""
    rng = np.random.default_rng(seed)
    angle, offset = rng.uniform(0.3, 1.2), rng.uniform(-0.1, 0.1)

    def response(x: Columns) -> Array:
        across = (x["x0"] - 0.5) * np.sin(angle) - (x["x1"] - 0.5) * np.cos(angle) - offset
        return np.asarray(ndtr(_FLOOR + _TOP * np.exp(-0.5 * (across / 0.03) ** 2)))

    space = Space({"x0": Real(0.0, 1.0), "x1": Real(0.0, 1.0)})
    return Problem(f"ridge {seed}", space, Binary("yes"), response, _SOURCE, 0.5)


def tunable(seed: int, *, yes_or_no: bool = False) -> Problem:
    """A spot in the circumstances x0, x1 that knob `cover` flattens; knob `ease` lifts all alike.

    At cover = 0 the response passes the level on a disc; from about .3 on it does nowhere, unless
    `ease` is turned up.
    """
    rng = np.random.default_rng(seed)
    centre, width = rng.uniform(0.3, 0.7, 2), rng.uniform(0.14, 0.2)

    def response(x: Columns) -> Array:
        apart = (x["x0"] - centre[0]) ** 2 + (x["x1"] - centre[1]) ** 2
        hill = 2.4 * (1 - 0.9 * x["cover"]) * np.exp(-0.5 * apart / width**2)
        height = -0.6 + 0.6 * (x["ease"] - 0.5) + hill
        return np.asarray(ndtr(height)) if yes_or_no else np.asarray(height)

    space = Space(
        {
            "x0": Real(0.0, 1.0),
            "x1": Real(0.0, 1.0),
            "cover": Real(0.0, 1.0, default=0.0),
            "ease": Real(0.0, 1.0, default=0.5),
        }
    )
    outcome = Binary("yes") if yes_or_no else Number("height", noise="none")
    level = 0.84 if yes_or_no else 1.0  # Phi(1)
    return Problem(f"tunable {seed}", space, outcome, response, _SOURCE, level)
