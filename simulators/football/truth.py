"""Truth maps: the rate of goals at many points, from the same physics as a single run, in bulk."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulators.football.flight import Array
from simulators.football.simulator import FootballSimulator
from surrogate.space import Point

Columns = Mapping[str, NDArray[Any]]
_MOST_AT_ONCE = 400_000  # shots, for the memory of their draws


def goal_rate(
    simulator: FootballSimulator,
    points: Sequence[Point] | Columns,
    shots: int,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    """The rate of goals at n points and its standard error, each `(n,)`, from `shots` shots each.

    `points` is a list of points, or one array `(n,)` (or scalar) per input; inputs that are not
    named are at their default. The standard error is never 0: it is that of the rate with one
    success and one failure added (Agresti and Coull 1998).
    """
    columns = simulator.columns(points)
    count = max((len(np.atleast_1d(c)) for c in columns.values()), default=1)
    goals = np.zeros(count)
    whole = {k: np.broadcast_to(np.asarray(c), (count,)) for k, c in columns.items()}
    step = max(_MOST_AT_ONCE // shots, 1)
    for cut in (slice(at, at + step) for at in range(0, count, step)):
        part = {k: np.repeat(c[cut], shots) for k, c in whole.items()}
        draws = rng.standard_normal((len(goals[cut]) * shots, simulator.scene.draws))
        result = simulator.scene.play(part, draws, simulator.design)
        goals[cut] = result.goal.reshape(-1, shots).sum(axis=1)
    rate = goals / shots
    softened = (goals + 1) / (shots + 2)
    return rate, np.sqrt(softened * (1 - softened) / (shots + 2))
