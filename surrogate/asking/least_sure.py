"""For a surrogate that says how sure it is and no more: ask where that is least, well spread.

    symbol   meaning                                                       shape
    u        how unsure the goal is at a candidate                         (n,)
    h        distance to the nearest that is done, in flight or chosen     (n,)
    worth    u min(1, h / H), H the median of h before anything is chosen  (n,)

The weakest of the rules, and the stated fallback where a surrogate can neither say what a run
would teach (`LookAhead`) nor how far the divide is (`Margin`).
"""

import numpy as np

from surrogate.asking.coverage import hole, holes
from surrogate.asking.request import Choice, Request
from surrogate.asking.sites import untried
from surrogate.errors import NothingToAsk
from surrogate.goal import Goal, GoalKind
from surrogate.models.base import ONE_SD, Marginal
from surrogate.records import Reason
from surrogate.space import Array


def choose_least_sure(surrogate: Marginal, request: Request) -> tuple[Choice, ...]:
    """Exactly `request.count` different points; see `asking.choosing.choose`."""
    taken, units = request.taken, untried(request)
    if len(units) < request.count:
        raise NothingToAsk(
            f"{request.count} new points were wanted, but only {len(units)} are left; "
            "end the campaign",
            len(units),
        )
    unsure = unsureness(surrogate, request.goal, units)
    exploring = request.explores()
    far = holes(units, unsure / max(unsure.mean(), np.finfo(float).tiny), taken, sum(exploring))
    beside = np.concatenate([taken, units[far]])
    near = _picked(units, unsure, beside, request.count - len(far))
    explorers, rest = iter(far.tolist()), iter(near)
    return tuple(
        _choice(units[next(explorers if explores else rest)], request.goal, explores)
        for explores in exploring
    )


def unsureness(surrogate: Marginal, goal: Goal, units: Array) -> Array:
    """u at `units` (n, d): the sd of the side for a boundary, of the response for a map, (n,)."""
    if goal.kind is GoalKind.BOUNDARY and goal.level is not None:
        above = surrogate.exceedance(units, goal.level)
        return np.asarray(np.sqrt(above * (1.0 - above)))
    read = surrogate.predict(units, ONE_SD)
    return np.asarray(0.5 * (read.upper - read.lower))


def _picked(units: Array, unsure: Array, taken: Array, count: int) -> list[int]:
    """Rows of the `count` most worth a run, each counted as taken for the next."""
    distance = hole(units, taken)
    usual = float(np.median(distance))
    free = distance > 0.0
    rows: list[int] = []
    for _ in range(count):
        near = np.minimum(distance / usual, 1.0) if np.isfinite(usual) and usual > 0.0 else 1.0
        rows.append(int(np.where(free, (unsure + 1e-9) * near, -1.0).argmax()))
        free[rows[-1]] = False
        distance = np.minimum(distance, hole(units, units[rows[-1:]]))
    return rows


def _choice(units: Array, goal: Goal, explores: bool) -> Choice:
    if explores:
        return Choice(units, Reason.COVERAGE, "far from anything that was run")
    if goal.kind is GoalKind.BOUNDARY:
        why = f"where it is least sure on which side of {goal.level:g} the response is"
        return Choice(units, Reason.BOUNDARY, why)
    return Choice(units, Reason.COVERAGE, "where the surrogate is least sure of the response")
