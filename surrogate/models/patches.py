"""Patches: small boxes of the space where f is shifted, looked for among all boxes at once.

A stationary process can't know of a small defect before it has been hit many times: with a few
runs in it, the evidence prefers a smooth map and noise. So beside the smooth process stands one
more hypothesis: somewhere is a box, bounded along some of the axes, in which f is higher or lower.
Its posterior is that of a Bayesian spatial scan (Neill, Moore and Cooper 2005; boxes as in the
bump hunting of Friedman and Fisher 1999). What the smooth process explains is not counted twice,
since a box is scored beside it, with the readings that stand for the answers:

    symbol   meaning                                                              shape
    phi      1 where a site lies in the box, else 0                               (n,)
    w, R     weights (K + S)^-1 y and precision (K + S)^-1 of the smooth process  (n,), (n, n)
    lift     by how much f is shifted in the box: one of a few, up or down
    log BF   lift phi'w - lift^2 phi'R phi / 2: the box with the lift, against    (k, lifts)
             none; exact for the Gaussian readings

Boxes are drawn from their prior and weighted by BF; where few of them would matter, BF enters
by and by, as BF^b with b from 0 to 1, and a sample is moved by Metropolis steps at each b (Del
Moral, Doucet and Jasra 2006, "Sequential Monte Carlo samplers"), which also gives the mean of BF.
The draws are the same every time, so records alone give them again.
One patch is looked for; a second one waits until the smooth process has taken up the first.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from surrogate.kernels import Settled
from surrogate.models.posterior import Weighable
from surrogate.models.propagation import Propagated
from surrogate.models.updating import Updated

Array = NDArray[np.float64]

PRIOR_CHANCE = 0.5  # that there is a patch at all
_SIZES = np.array([0.6, 0.9, 1.2])  # of a lift on the probit scale: 0.9 takes p from .33 to .67
_LIFTS = np.concatenate([_SIZES, -_SIZES])
_VOLUME = (0.01, 0.1)  # of the space: what is larger the smooth process finds by itself
_ASPECT = 0.6  # sd of the logarithms of the widths of one box, thin along one axis or alike
_WIDEST = 0.8  # of an axis that bounds the box
_EFFECTIVE = 0.5  # of the sample's size: draws that must matter at least, at every step of b
_SWEEPS = 4  # Metropolis steps of each box at every b
_LAST_SWEEPS = 12  # ... and at b = 1
_STEPS = (-2.3, -0.7)  # log10 of the sizes of a Metropolis step
_KEPT = 2048  # most boxes that are remembered to ask from
_SHOWN = 256  # ... and to predict with
_AT_ONCE = 2048  # boxes, for the memory of what they hold
_SEED = 20
FINE, COARSE = 1024, 160  # sizes of the sample: to ask and answer from, and to compare evidences
_DRAWS = 8  # boxes of the prior for each of the sample, and each dimension above the first


@dataclass(frozen=True)
class Boxes:
    """Boxes of the unit cube, `low` and `high` (k, d); an axis from 0 to 1 does not bound one."""

    low: Array
    high: Array

    def __len__(self) -> int:
        return len(self.low)

    def __getitem__(self, rows: NDArray[np.int64] | NDArray[np.bool_] | slice) -> "Boxes":
        return Boxes(self.low[rows], self.high[rows])

    def hold(self, units: Array) -> Array:
        """1.0 where a box holds a row of `units` (n, d), else 0.0; shape (n, k)."""
        inside = np.ones((len(units), len(self)), dtype=bool)
        for j in range(units.shape[1]):
            column = units[:, j, None]
            inside &= (column >= self.low[:, j]) & (column <= self.high[:, j])
        return inside.astype(float)

    def log_prior(self) -> Array:
        """Up to a constant for boxes bounded by the same axes; -inf outside the bounds, (k,).

        The volume is uniform in its logarithm, the place uniform given the widths, and the
        logarithms of the widths are normal about their mean.
        """
        width = self.high - self.low
        bounded = width < 1.0
        volume = width.prod(axis=1)
        sound = (self.low >= 0.0).all(axis=1) & (self.high <= 1.0).all(axis=1)
        sound &= (~bounded | ((width > 0.0) & (width <= _WIDEST))).all(axis=1)
        sound &= (volume >= _VOLUME[0]) & (volume <= _VOLUME[1])
        inner = np.where(bounded & sound[:, None], width, 0.5)
        size = np.where(bounded, np.log(inner), 0.0)
        mean = size.sum(axis=1) / np.maximum(bounded.sum(axis=1), 1)
        apart = np.where(bounded, size - mean[:, None], 0.0) / _ASPECT
        density = -np.where(bounded, np.log(inner * (1.0 - inner)), 0.0).sum(axis=1)
        return np.where(sound, density - 0.5 * (apart * apart).sum(axis=1), -np.inf)


@dataclass(frozen=True)
class Patches:
    """The posterior of the patch: `boxes` with the `chances` (k,) and mean `lifts` (k,) of each.

    The chances sum to that of there being a patch at all; `log_factor` is what that does for the
    evidence: the log of (1 - prior + prior * mean BF). `weights` (n, k) are those of the smooth
    process with each box's shift taken off the readings: w - lift R phi.
    """

    boxes: Boxes
    chances: Array
    lifts: Array
    log_factor: float
    weights: Array

    def plain(self, units: Array, smooth: Weighable) -> Array:
        """The mean of f at `units` (n, d) but for the shift, if the patch is in each box, (n, k).

        What `smooth`, the process without a patch, took up of it is given back.
        """
        return smooth.weighed(units, self.weights)

    def fewer(self) -> "Patches":
        """The same with few boxes, for predictions at many points."""
        rows, chances = _thinned(self.chances, _SHOWN)
        return replace(
            self,
            boxes=self.boxes[rows],
            chances=chances,
            lifts=self.lifts[rows],
            weights=self.weights[:, rows],
        )

    @property
    def chance(self) -> float:
        """That there is a patch, in [0, 1]."""
        return float(self.chances.sum())

    def cover(self, units: Array) -> Array:
        """The chance that the patch holds each of `units` (n, d), in [0, 1], (n,)."""
        return np.asarray(self.boxes.hold(units) @ self.chances)

    def shift(self, units: Array) -> Array:
        """The expected shift of f at `units` (n, d), (n,)."""
        return np.asarray(self.boxes.hold(units) @ (self.chances * self.lifts))


@runtime_checkable
class Suspecting(Protocol):
    """A surrogate that looks for a patch beside its smooth process."""

    @property
    def patches(self) -> Patches | None:
        """What it suspects, None when it did not look."""
        ...

    @property
    def smooth(self) -> Weighable | None:
        """The process without the patch that they are suspected beside, None likewise."""
        ...


@dataclass(frozen=True)
class Shift(Settled):
    """f is shifted by the expected shift times a factor N(0, `variance`); nothing is free."""

    patches: Patches
    variance: float = 2.0

    def between(self, a: Array, b: Array) -> Array:
        """variance shift(a) shift(b)'."""
        return self.variance * np.outer(self.patches.shift(a), self.patches.shift(b))

    def coordinates(self, a: Array) -> Array:
        """None: a patch is near to itself alone."""
        return a[:, :0]

    def diagonal(self, a: Array) -> Array:
        """variance shift(a)^2."""
        return np.asarray(self.variance * self.patches.shift(a) ** 2)


def scan(units: Array, found: Propagated[Updated], count: int = FINE) -> Patches:
    """The posterior of a patch beside the smooth process that `found` is, at sites (n, d).

    `count` is the size of the sample that stands for it.
    """
    rng = np.random.default_rng(_SEED)
    score = _scorer(units, found)
    boxes = drawn(units.shape[1], _DRAWS * count * max(units.shape[1] - 1, 1), rng)
    sample = _Sample(boxes, score(boxes), np.full(len(boxes), 1.0 / len(boxes)))
    power, mean = 0.0, 0.0
    while power < 1.0:
        step = _next_step(sample, 1.0 - power, _EFFECTIVE * count)
        sample, gained = sample.raised(step)
        power, mean = power + step, mean + gained
        if power < 1.0 or len(sample.boxes) == count:
            sample = sample.resampled(count)
            for _ in range(_SWEEPS if power < 1.0 else _LAST_SWEEPS):
                sample = _moved(sample, power, score, rng)
    log_factor = float(np.logaddexp(np.log(1.0 - PRIOR_CHANCE), np.log(PRIOR_CHANCE) + mean))
    chance = float(np.exp(np.log(PRIOR_CHANCE) + mean - log_factor))
    return _up_and_down(sample, chance, log_factor, units, found)


@dataclass(frozen=True)
class _Sample:
    """Boxes with their log BF (k, lifts) and weights (k,) that sum to 1."""

    boxes: Boxes
    scores: Array
    weights: Array

    @cached_property
    def factors(self) -> Array:
        """log BF of each box, all lifts being as likely, (k,)."""
        top = self.scores.max(axis=1)
        return np.asarray(top + np.log(np.exp(self.scores - top[:, None]).mean(axis=1)))

    def raised(self, step: float) -> tuple["_Sample", float]:
        """Weights times BF^step, and the log of their sum."""
        top = float(self.factors.max())
        raised = self.weights * np.exp(step * (self.factors - top))
        total = float(raised.sum())
        return replace(self, weights=raised / total), step * top + float(np.log(total))

    def resampled(self, count: int) -> "_Sample":
        """`count` boxes, each as often as its weight says."""
        steps = np.cumsum(self.weights)
        marks = (np.arange(count) + 0.5) / count * steps[-1]
        rows = np.asarray(np.searchsorted(steps, marks), dtype=np.int64)
        even = np.full(count, 1.0 / count)
        return _Sample(self.boxes[rows], self.scores[rows], even)


def _next_step(sample: _Sample, left: float, least: float) -> float:
    """The largest step of b, at most `left`, after which `least` of the sample matter."""
    low, high = 0.0, left
    if _effective(sample, left) >= least:
        return left
    for _ in range(20):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if _effective(sample, middle) >= least else (low, middle)
    return max(low, 1e-3 * left)


def _effective(sample: _Sample, step: float) -> float:
    raised = sample.weights * np.exp(step * (sample.factors - sample.factors.max()))
    return float(raised.sum() ** 2 / np.sum(raised * raised))


def drawn(dimension: int, count: int, rng: np.random.Generator) -> Boxes:
    """`count` boxes of the prior; any number of axes, and any of them, bound a box."""
    parts: list[Boxes] = []
    while sum(len(part) for part in parts) < count:
        parts.append(_some(dimension, 2 * count, rng))
    low = np.concatenate([part.low for part in parts])
    high = np.concatenate([part.high for part in parts])
    return Boxes(low[:count], high[:count])


def _some(dimension: int, tries: int, rng: np.random.Generator) -> Boxes:
    number = rng.integers(1, dimension + 1, tries)
    order = rng.random((tries, dimension)).argsort(axis=1).argsort(axis=1)
    bounded = order < number[:, None]
    volume = rng.uniform(np.log(_VOLUME[0]), np.log(_VOLUME[1]), tries)
    apart = np.where(bounded, _ASPECT * rng.standard_normal((tries, dimension)), 0.0)
    apart -= (apart.sum(axis=1) / number)[:, None]
    width = np.where(bounded, np.exp((volume / number)[:, None] + apart), 1.0)
    low = rng.random((tries, dimension)) * np.maximum(1.0 - width, 0.0)
    boxes = Boxes(np.where(bounded, low, 0.0), np.where(bounded, low + width, 1.0))
    return boxes[np.isfinite(boxes.log_prior())]


_Scorer = Callable[[Boxes], Array]


def _scorer(units: Array, found: Propagated[Updated]) -> _Scorer:
    """The function from boxes to their log BF, (k, lifts)."""

    def some(boxes: Boxes) -> Array:
        phi = boxes.hold(units)
        pull, known = phi.T @ found.weights, found.updated.squares(phi)
        return np.asarray(pull[:, None] * _LIFTS - 0.5 * known[:, None] * _LIFTS**2)

    def score(boxes: Boxes) -> Array:
        cuts = range(0, len(boxes), _AT_ONCE)
        return np.concatenate([some(boxes[first : first + _AT_ONCE]) for first in cuts])

    return score


def _moved(sample: _Sample, power: float, score: _Scorer, rng: np.random.Generator) -> _Sample:
    """One Metropolis step of every box at BF^power: an edge, or two opposite ones together."""
    boxes = sample.boxes
    k, d = boxes.low.shape
    axis = np.where(boxes.high - boxes.low < 1.0, rng.random((k, d)), -1.0).argmax(axis=1)
    step = rng.standard_normal(k) * 10.0 ** rng.uniform(*_STEPS, k)
    kind = rng.integers(0, 3, k)
    low, high, rows = boxes.low.copy(), boxes.high.copy(), np.arange(k)
    low[rows, axis] += np.where(kind != 1, step, 0.0)
    high[rows, axis] += np.where(kind != 0, step, 0.0)
    tried = Boxes(low, high)
    ahead = _Sample(tried, score(tried), sample.weights)
    rise = power * (ahead.factors - sample.factors) + tried.log_prior() - boxes.log_prior()
    yes = (np.log(rng.random(k)) < rise)[:, None]
    kept = Boxes(np.where(yes, low, boxes.low), np.where(yes, high, boxes.high))
    return _Sample(kept, np.where(yes, ahead.scores, sample.scores), sample.weights)


def _thinned(chances: Array, count: int) -> tuple[NDArray[np.int64], Array]:
    """Rows that stand for all of `chances` (k,), at most `count`, and the chances of each."""
    steps = np.cumsum(chances)
    marks = (np.arange(count) + 0.5) / count * steps[-1]
    drawn_rows = np.minimum(np.searchsorted(steps, marks), len(chances) - 1)
    rows, times = np.unique(drawn_rows, return_counts=True)
    return np.asarray(rows, dtype=np.int64), times * (steps[-1] / count)


def _up_and_down(
    sample: _Sample,
    chance: float,
    log_factor: float,
    units: Array,
    found: Propagated[Updated],
) -> Patches:
    """Each box twice, with its mean lift up and its mean lift down; the likeliest of them."""
    share = np.exp(sample.scores - logsumexp(sample.scores, axis=1)[:, None])
    up, down = np.split(share * chance * sample.weights[:, None], 2, axis=1)
    both = np.concatenate([up.sum(axis=1), down.sum(axis=1)])
    lift = np.concatenate([up @ _SIZES, -(down @ _SIZES)]) / np.maximum(both, np.finfo(float).tiny)
    top, kept = _thinned(both, _KEPT)
    boxes = sample.boxes[top % len(sample.boxes)]
    taken_up = found.updated.precision() @ boxes.hold(units) * lift[top]
    return Patches(boxes, kept, lift[top], log_factor, found.weights[:, None] - taken_up)
