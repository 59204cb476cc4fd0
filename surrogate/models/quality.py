"""How wrong a surrogate expects to be: one figure for progress views, in the goal's own unit.

It is the surrogate's own opinion, cheap and there at any time, and no measurement: what untouched
audit runs say of the map is told elsewhere.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import ndtr, ndtri

from surrogate.design import admitted, sobol
from surrogate.goal import Goal, GoalKind
from surrogate.models.base import ONE_SD, Joint, Marginal
from surrogate.outcome import Number, Outcome
from surrogate.pool import Domain, Pool
from surrogate.space import Array

Chance = Callable[[Array], Array]

_POINTS = 1024
# middles of 64 equally likely slices of a standard normal: |p - mean| has a kink, which these
# meet with an error of 1e-3 and Gauss-Hermite nodes with ten times as much
_DRAWS = ndtri((np.arange(64) + 0.5) / 64)


def expected_error(
    surrogate: Marginal, space: Domain, goal: Goal, *, seed: int, chance: Chance | None = None
) -> tuple[float, str]:
    """The error that the surrogate expects of its own map, and what it is counted in.

    For a boundary the share of the space, in [0, 1/2], that it expects to have on the wrong
    side: the mean of min(P, 1 - P), P = P(response > level). For a map the mean absolute error:
    of p for a yes or no, in the outcome's unit for a number; of a surrogate that is no `Joint`
    by its intervals. The mean is over the space's own distribution, by 1024 Sobol points, or over
    a pool's items, those left out where the `chance` of an answer is below a half.
    """
    rows = _rows(space, seed)
    if chance is not None and (answered := chance(rows) >= 0.5).any():
        rows = rows[answered]
    words = error_unit(space, goal, surrogate.outcome)
    if goal.kind is GoalKind.BOUNDARY and goal.level is not None:
        above = surrogate.exceedance(rows, goal.level)
        return float(np.minimum(above, 1.0 - above).mean()), words
    if isinstance(surrogate.outcome, Number) or not isinstance(surrogate, Joint):
        return _interval_error(surrogate, rows), words
    return _chance_error(surrogate, rows), words


def error_unit(space: Domain, goal: Goal, outcome: Outcome) -> str:
    """What the expected error of a map is counted in, in words."""
    if goal.kind is GoalKind.BOUNDARY:
        return f"share of the {'pool' if isinstance(space, Pool) else 'space'} on the wrong side"
    if isinstance(outcome, Number):
        return outcome.unit or outcome.name
    return "mean error of the probability"


def error_in_words(error: float, unit: str) -> str:
    """An expected error for people, with what it is counted in: a share as a percentage."""
    if unit.startswith("share "):
        return f"{100 * error:.2g} % {unit.removeprefix('share ')}"
    return f"{two_figures(error)} {unit}".rstrip()


def two_figures(value: float) -> str:
    """A number for people, rounded to two figures: 0.043, 1.9, 230, 23,000."""
    return f"{float(f'{value:.2g}'):,g}"


def _rows(space: Domain, seed: int) -> Array:
    """Points that stand for the space, or items for the pool."""
    if isinstance(space, Pool):
        return space.units[np.random.default_rng(seed).permutation(len(space))[:_POINTS]]
    rows = admitted(space, space.from_uniform(sobol(space.dimension, _POINTS, seed=seed)))
    if len(rows) == 0:
        rows = space.draw(_POINTS, np.random.default_rng(seed))
    return rows


def _interval_error(surrogate: Marginal, rows: Array) -> float:
    """Mean of E|f - m| = sqrt(2 / pi) sd, the sd half the interval of one sd to either side."""
    read = surrogate.predict(rows, ONE_SD)
    return float(np.sqrt(2.0 / np.pi) * 0.5 * (read.upper - read.lower).mean())


def _chance_error(surrogate: Joint, rows: Array) -> float:
    """Mean of E|Phi(f) - E Phi(f)|, by the middles of 64 slices of f."""
    m, v = surrogate.latent(rows)
    mean = ndtr(m / np.sqrt(1.0 + v))
    draws = ndtr(m[:, None] + np.sqrt(v)[:, None] * _DRAWS)
    return float(np.abs(draws - mean[:, None]).mean())
