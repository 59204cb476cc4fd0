"""What thinking costs in two dimensions and eight: fits, a tell, asks, a map, predictions.

CPU seconds on one core, BLAS on one thread, the best of a few, beside the time of one Cholesky
factorisation of n = 1000 in the same process; "scaled" is to a machine that takes 14 ms for it.
The second table has scikit-learn's classifier on the same runs: one start, Matern-5/2 with a
length each; the score is the mean log score of held-out answers, known from the true chances.
"""

import time
import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky
from scipy.special import expit
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process.kernels import ConstantKernel, Matern

from benchmarks.table import Table
from surrogate.answers.maps import default_view, make_map
from surrogate.blas import one_thread
from surrogate.dataset import Dataset
from surrogate.design import sobol
from surrogate.goal import Goal
from surrogate.learner import Learner
from surrogate.models.recipes import recipe_for
from surrogate.outcome import Binary
from surrogate.records import Observation
from surrogate.space import Real, Space

UNIT = 0.014
SPACE = Space({"x": Real(0, 1), "y": Real(0, 1)})
OUTCOME = Binary("goal")


AIMS = {100: 0.03, 200: 0.1, 400: 0.5, 800: 3.0}


def tables(quick: bool, seeds: int | None) -> list[Table]:
    with one_thread():
        unit = cholesky_seconds()
        rows = [_row(runs, unit) for runs in ((100, 200) if quick else (100, 200, 400, 800, 1000))]
        sizes = (100, 200) if quick else (100, 200, 400, 800, 1600)
        peers = [_beside_peer(runs, d, seeds or 3) for d in (2, 8) for runs in sizes]
    columns = ("runs", "refit cold", "aim", "refit warm", "tell", "ask 1", "ask 8", "map", "1e5")
    note = (
        f"CPU seconds, best of five, scaled to a Cholesky of n = 1000 in 14 ms (here "
        f"{unit * 1e3:.1f} ms); tell: a fit that keeps hyper-parameters; map: 128 x 128; 1e5: that "
        "many predictions with intervals. Aims: ask 1 .05 and ask 8 .15 at 200 runs, ask 1 at 1000"
    )
    peer_columns = ("inputs", "runs", "ours, s", "peer, s", "ratio", "our score", "peer's score")
    return [
        Table("what thinking costs, binary, 2-D", columns, tuple(rows), note),
        Table(
            "a fit beside scikit-learn's GaussianProcessClassifier",
            peer_columns,
            tuple(peers),
            "to beat: a ratio of 2 at the same or a better score",
        ),
    ]


def _row(runs: int, unit: float) -> tuple[object, ...]:
    learner = Learner(
        SPACE, OUTCOME, Goal.boundary(0.5), seed=1, recipe=recipe_for(OUTCOME, 2), budget=2000
    )
    observations = _observations(learner, runs)
    cold, before = learner.fit(observations), learner.fit(observations[:-1])
    earlier = learner.fit(observations[: runs // 2])
    assert cold is not None
    assert before is not None
    assert earlier is not None
    half, last = earlier.revision, before.revision
    view = default_view(SPACE, 0.5)
    many = np.random.default_rng(3).random((100_000, 2))
    works: list[Callable[[], object]] = [
        lambda: learner.fit(observations),
        lambda: learner.fit(observations, half),
        lambda: learner.fit(observations, last),
        lambda: learner.ask(1, first=runs, pending=(), fitted=cold),
        lambda: learner.ask(8, first=runs, pending=(), fitted=cold),
        lambda: make_map(cold.surrogate, SPACE, view, observations=observations),
        lambda: cold.surrogate.predict(many.copy()),  # the same array would be remembered
    ]
    seconds = [UNIT / unit * best(work, 5 if runs <= 400 else 2) for work in works]
    return (runs, seconds[0], AIMS.get(runs, ""), *seconds[1:])


def _beside_peer(runs: int, d: int, seeds: int) -> tuple[object, ...]:
    """One size: seconds of both on the first data set, scores over a few (one where it is long)."""
    held_out = np.random.default_rng(5).random((2000, d))
    chances = _steep(held_out)
    peer_kernel = ConstantKernel(1.0) * Matern(np.full(d, 0.5), nu=2.5)
    ours, theirs, scores = [], [], []
    for seed in range(seeds if runs <= 400 else 1):
        units = sobol(d, runs, seed=seed)
        values = (np.random.default_rng(seed).random(runs) < _steep(units)).astype(float)
        data = Dataset(
            OUTCOME, units, values, np.ones(runs), np.full(runs, np.nan), np.arange(runs)
        )
        recipe, peer = recipe_for(OUTCOME, d), GaussianProcessClassifier(peer_kernel)
        ours.append(best(lambda r=recipe, x=data: r.fit(x), 2))  # type: ignore[misc]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            theirs.append(best(lambda m=peer, x=units, y=values: m.fit(x, y), 1))  # type: ignore[misc]
        guesses = recipe.fit(data).predict(held_out).mean, peer.predict_proba(held_out)[:, 1]
        scores.append([_log_score(guess, chances) for guess in guesses])
    our_score, peer_score = np.mean(scores, axis=0).tolist()
    mine, peers = float(np.mean(ours)), float(np.mean(theirs))
    return (d, runs, mine, peers, peers / mine, our_score, peer_score)


def _steep(units: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chances with a curved boundary in two inputs, moved by a third where there is one."""
    moved = 0.3 * np.sin(4.0 * units[:, 3]) if units.shape[1] > 3 else 0.0
    slope = 12.0 * (units[:, 0] - 0.3 - 0.5 * units[:, 1] ** 2 + moved)
    return np.asarray(expit(slope))


def _log_score(guess: NDArray[np.float64], chances: NDArray[np.float64]) -> float:
    p = np.clip(guess, 1e-9, 1.0 - 1e-9)
    return float(np.mean(chances * np.log(p) + (1.0 - chances) * np.log(1.0 - p)))


def best(work: Callable[[], object], times: int = 5) -> float:
    """The least CPU seconds of a few tries."""
    spent = []
    for _ in range(times):
        began = time.thread_time()
        work()
        spent.append(time.thread_time() - began)
    return min(spent)


def cholesky_seconds() -> float:
    noise = np.random.default_rng(0).standard_normal((1000, 1000))
    matrix = noise @ noise.T + 1000 * np.eye(1000)
    return best(lambda: cholesky(matrix, lower=True, check_finite=False), 10)


def _observations(learner: Learner, runs: int) -> list[Observation]:
    rng = np.random.default_rng(0)
    queries = learner.ask(runs, first=0, pending=(), fitted=None)
    rows = SPACE.encode([query.point for query in queries])
    values = rng.random(runs) < _steep(rows)
    return [
        Observation(query.index, query.point, {"goal": float(value)})
        for query, value in zip(queries, values, strict=True)
    ]
