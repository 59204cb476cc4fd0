"""What the football studies share: the penalty box, its truth map, and errors against it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from simulators.football import shot
from simulators.football.simulator import FootballSimulator
from simulators.football.truth import goal_rate
from surrogate.design import sobol
from surrogate.models.base import Marginal
from surrogate.oracle import Simulator, simulate
from surrogate.outcome import Answer
from surrogate.records import Query
from surrogate.space import Real, Space

Array = NDArray[np.float64]

LEVEL = 0.5
NEAR = 0.15  # where the truth is this close to the level it gets ten times the shots
PENALTY_BOX = shot.space.restricted({"x": Real(1.0, 16.5), "y": Real(-20.16, 20.16)})


@dataclass(frozen=True)
class Truth:
    """Goal rates at positions spread evenly over a space; `se` is their standard error."""

    units: Array
    p: Array
    se: Array


def truth_map(
    simulator: FootballSimulator,
    space: Space,
    positions: int,
    *,
    shots: int = 600,
    more: int = 2000,
) -> Truth:
    """Rates from `shots` shots at each position, and from `more` near the level."""
    units = space.from_uniform(sobol(space.dimension, positions, seed=1))
    points = space.decode(units)
    p, se = goal_rate(simulator, points, shots, np.random.default_rng(1))
    near = np.flatnonzero(np.abs(p - LEVEL) <= NEAR)
    again, error = goal_rate(simulator, [points[i] for i in near], more, np.random.default_rng(2))
    p[near], se[near] = again, error
    return Truth(units, p, se)


@cache
def penalty_box_truth(positions: int = 2000) -> Truth:
    return truth_map(shot, PENALTY_BOX, positions)


def simulated(simulator: Simulator, queries: Sequence[Query]) -> Array:
    answers = [simulate(simulator, query.point, query.seed) for query in queries]
    return np.array([a.values["goal"] if isinstance(a, Answer) else np.nan for a in answers])


def errors(surrogate: Marginal, truth: Truth) -> dict[str, float]:
    """Misclassified share at the level, mean absolute error of p, coverage of 95 % intervals."""
    guess = surrogate.predict(truth.units, 0.95)
    slack = 2 * truth.se  # the truth is itself an estimate
    return {
        "area": float(np.mean((guess.mean > LEVEL) != (truth.p > LEVEL))),
        "mae": float(np.mean(np.abs(guess.mean - truth.p))),
        "covered": float(np.mean((guess.lower <= truth.p) & (truth.p <= guess.upper))),
        "covered_slack": float(
            np.mean((guess.lower <= truth.p + slack) & (truth.p - slack <= guess.upper))
        ),
    }
