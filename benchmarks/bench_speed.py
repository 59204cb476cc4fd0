"""What thinking costs at 100 to 400 runs in two dimensions: a refit, an ask of 8, a map.

CPU seconds on one core, BLAS on one thread, best of five, beside the time of one Cholesky
factorisation of n = 1000 in the same process; "scaled" is to a machine that takes 14 ms for it.
To beat at 200 runs, scaled: ask 0.25 s, refit 0.25 s, map 0.5 s.
"""

import time
from collections.abc import Callable

import numpy as np
from scipy.linalg import cholesky

from benchmarks.table import Table
from surrogate.answers.maps import default_view, make_map
from surrogate.blas import one_thread
from surrogate.goal import Goal
from surrogate.learner import Fitted, Learner
from surrogate.models.recipes import recipe_for
from surrogate.outcome import Binary
from surrogate.records import Observation
from surrogate.space import Point, Real, Space

UNIT = 0.014
SPACE = Space({"x": Real(0, 1), "y": Real(0, 1)})
OUTCOME = Binary("goal")


def tables(quick: bool, seeds: int | None) -> list[Table]:
    with one_thread():
        unit = _cholesky_seconds()
        rows = [_row(runs, unit) for runs in ((100, 200) if quick else (100, 200, 400))]
    columns = ("runs", "refit cold", "refit warm", "ask of 8", "map 128 x 128")
    note = (
        f"CPU seconds, best of five, scaled to a Cholesky of n = 1000 in 14 ms "
        f"(here {unit * 1e3:.1f} ms); to beat at 200 runs: refit 0.25, ask 0.25, map 0.5"
    )
    return [Table("what thinking costs, binary, 2-D", columns, tuple(rows), note)]


def _row(runs: int, unit: float) -> tuple[object, ...]:
    learner = Learner(
        SPACE, OUTCOME, Goal.boundary(0.5), seed=1, recipe=recipe_for(OUTCOME, 2), budget=1000
    )
    observations = _observations(learner, runs)
    cold = learner.fit(observations)
    assert cold is not None
    scale = UNIT / unit

    def warm() -> Fitted | None:
        return learner.fit(observations, learner_revision)

    earlier = learner.fit(observations[: runs // 2])
    assert earlier is not None
    learner_revision = earlier.revision
    view = default_view(SPACE, 0.5)
    return (
        runs,
        scale * best(lambda: learner.fit(observations)),
        scale * best(warm),
        scale * best(lambda: learner.ask(8, first=runs, pending=(), fitted=cold)),
        scale * best(lambda: make_map(cold.surrogate, SPACE, view, observations=observations)),
    )


def best(work: Callable[[], object], times: int = 5) -> float:
    """The least CPU seconds of a few tries."""
    spent = []
    for _ in range(times):
        began = time.thread_time()
        work()
        spent.append(time.thread_time() - began)
    return min(spent)


def _cholesky_seconds() -> float:
    noise = np.random.default_rng(0).standard_normal((1000, 1000))
    matrix = noise @ noise.T + 1000 * np.eye(1000)
    return best(lambda: cholesky(matrix, lower=True, check_finite=False), 10)


def _observations(learner: Learner, runs: int) -> list[Observation]:
    rng = np.random.default_rng(0)
    queries = learner.ask(runs, first=0, pending=(), fitted=None)
    return [
        Observation(q.index, q.point, {"goal": float(rng.random() < _chance(q.point))})
        for q in queries
    ]


def _chance(point: Point) -> float:
    x, y = float(point["x"]), float(point["y"])
    return 1 / (1 + float(np.exp(-12 * (x - 0.3 - 0.5 * y * y))))
