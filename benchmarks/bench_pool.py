"""The article's experiment: how many labels of a pool a support vector machine needs.

Sneaker against ankle boot of Fashion-MNIST, two harder pairs, and scikit-learn's digits. Each
trial splits the images in two, asks for labels one by one, and keeps its curve of accuracy on
the other part. The figure is the number of labels at which the mean curve of a block of splits
reaches 99 % of the mean accuracy with all labels; the row gives the median over blocks.
Labels that random queries cost before both classes were seen are counted.
"""

import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from benchmarks.table import Table
from benchmarks.trials import run_trials
from simulators.problems.pools import digits, pictures
from surrogate.asking.margin import POOL_DENSITY, MarginWays, pick
from surrogate.dataset import Dataset
from surrogate.models.svm import SideSurrogate, SupportVectorRecipe
from surrogate.outcome import Binary

Array = NDArray[np.float64]

# SURROGATE_BENCH_DATA names the folder; else it is looked for beside the project
DATA = Path(os.environ.get("SURROGATE_BENCH_DATA", Path(__file__).parents[2] / "shared" / "data"))
IMAGES = DATA / "fashion_mnist_900.npz"
LAST, LAST_AT_A_BAR = 60, 32  # labels at which a curve ends: in general, and of a rule with a bar
BLOCK = 100  # splits
STUCK = (22, 0.8)  # a run below this accuracy at so many labels counts as stuck
ARTICLE = {"C": 1.84, "gamma": 18.4}
RETUNED = 1.25  # C and gamma are chosen anew when the labels have grown by this factor

# problem: source, the two classes, 2-D or not, labels in the pool, at most (None: no figure)
PROBLEMS: dict[str, tuple[str, int, int, bool, int, int | None]] = {
    "sneaker, boot, 784 features": ("fashion", 7, 9, False, 106, 18),
    "sneaker, boot, 2-D": ("fashion", 7, 9, True, 106, 14),
    "pullover, coat, 784 features": ("fashion", 2, 4, False, 106, None),
    "T-shirt, shirt, 784 features": ("fashion", 0, 6, False, 106, None),
    "digits 3, 8": ("digits", 3, 8, False, 178, 20),
    "digits 4, 9": ("digits", 4, 9, False, 178, 10),
}


def trial(problem: str, way: str, seed: int) -> dict[str, Any]:
    _, _, _, flat, size, bar = PROBLEMS[problem]
    last = LAST if bar is None or way == "random" else LAST_AT_A_BAR
    images, labels = _pair(problem)
    order = np.random.default_rng(seed).permutation(len(labels))
    inside, outside = order[:size], order[size:]
    X, T = images[inside], images[outside]
    if flat:
        X, T = _flattened(X, T)
    learner = _Learner(X, labels[inside], way, seed, ARTICLE if flat else None)
    curve = learner.curve(T, labels[outside], last)
    full = _accuracy(learner.fit(np.arange(size), None), T, labels[outside])
    return {"full": round(full, 4), "curve": [round(value, 3) for value in curve]}


class _Learner:
    """One run through a pool: labels are looked up, hyper-parameters carried along."""

    def __init__(
        self, X: Array, y: Array, way: str, seed: int, fixed: dict[str, float] | None
    ) -> None:
        self.X, self.y, self.way, self.fixed = X, y, way, fixed
        self.rng = np.random.default_rng([seed, 1])
        self.recipe = SupportVectorRecipe(Binary("second"), X.shape[1])

    def fit(self, rows: Any, start: Any) -> SideSurrogate:
        n = len(rows)
        data = Dataset(
            self.recipe.outcome,
            self.X[rows],
            self.y[rows],
            np.ones(n),
            np.full(n, np.nan),
            np.arange(n),
        )
        start = self.fixed or start
        found = self.recipe.fit(data, start=start, optimise=start is None)
        assert isinstance(found, SideSurrogate)
        return found

    def curve(self, T: Array, truth: Array, last: int) -> list[float]:
        """Accuracy after 1, 2, ... labels."""
        rows: list[int] = []
        accuracies: list[float] = []
        surrogate, tuned = self.fit(rows, None), 0
        for n in range(1, min(last, len(self.y)) + 1):
            rows.append(self.next(surrogate, rows))
            anew = n < 10 or n >= RETUNED * tuned
            tuned = n if anew else tuned
            surrogate = self.fit(rows, None if anew else surrogate.hyperparameters)
            accuracies.append(_accuracy(surrogate, T, truth))
        return accuracies

    def next(self, surrogate: SideSurrogate, rows: list[int]) -> int:
        left = np.setdiff1d(np.arange(len(self.y)), rows)
        if self.way == "random":
            return int(self.rng.choice(left))
        ways = MarginWays(self.way, explore_every=0, explore_first=4, density=POOL_DENSITY)
        picked = pick(surrogate, self.X[left], 1, taken=self.X[rows], first=len(rows), ways=ways)
        return int(left[picked.rows[0]])


def _accuracy(surrogate: SideSurrogate, T: Array, truth: Array) -> float:
    if not surrogate.knows_sides:
        return float(np.mean(truth == np.median(surrogate.sides > 0)))
    return float(np.mean((surrogate.decision(T) > 0) == (truth > 0.5)))


def _flattened(X: Array, T: Array) -> tuple[Array, Array]:
    """Two principal components of the pool, scaled to its range."""
    axes = PCA(2, svd_solver="full").fit(X)
    x, t = axes.transform(X), axes.transform(T)
    low, span = x.min(axis=0), np.ptp(x, axis=0)
    return (x - low) / span, (t - low) / span


@cache
def _pair(problem: str) -> tuple[Array, Array]:
    source, one, other, *_ = PROBLEMS[problem]
    pool = digits(one, other) if source == "digits" else pictures(IMAGES, one, other)
    return pool.space.units, pool.answers


def tables(quick: bool, seeds: int | None) -> list[Table]:
    blocks = seeds or (1 if quick else 5)
    splits = 8 if quick else BLOCK
    found = [name for name, row in PROBLEMS.items() if row[0] == "digits" or IMAGES.exists()]
    if quick:
        found = [name for name in found if PROBLEMS[name][-1] is not None]
    ways = ("simple", "random") if quick else ("simple", "ratio", "random")
    rows = [_row(name, way, blocks, splits) for name in found for way in ways]
    note = "" if IMAGES.exists() else "Fashion-MNIST is left out: its file is not beside us. "
    return [
        Table(
            f"Labels for 99 % of full accuracy, {blocks} x {splits} splits, median of blocks",
            ("problem", "way", "labels", "least", "most", "at most", "full", "@22", "stuck"),
            tuple(rows),
            note + f"stuck: runs below {STUCK[1]} at {STUCK[0]} labels; >{LAST} is not reached.",
        )
    ]


def _row(name: str, way: str, blocks: int, splits: int) -> tuple[Any, ...]:
    grid = [{"problem": name, "way": way, "seed": seed} for seed in range(blocks * splits)]
    results = run_trials(f"pool_{name.replace(', ', '_').replace(' ', '_')}_{way}", trial, grid)
    curves = np.array([r["curve"] for r in results])
    full = np.array([r["full"] for r in results])
    reached = [
        labels_to_reach(curves[i : i + splits].mean(axis=0), 0.99 * full[i : i + splits].mean())
        for i in range(0, len(results), splits)
    ]
    at, bar = STUCK
    return (
        name, way, float(np.median(reached)), min(reached), max(reached),
        PROBLEMS[name][-1] or "", float(full.mean()), float(curves[:, at - 1].mean()),
        f"{np.sum(curves[:, at - 1] < bar)} of {len(curves)}",
    )  # fmt: skip


def labels_to_reach(curve: Array, goal: float) -> int:
    """The first number of labels at which `curve` is at least `goal`; one too many if never."""
    above = np.flatnonzero(curve >= goal)
    return int(above[0]) + 1 if len(above) else len(curve) + 1
