"""Patches: small parts of the space where f is shifted, looked for among all shapes at once.

A stationary process can't know of a small defect before it has been hit many times: with a few
runs in it, the evidence prefers a smooth map and noise. So beside the smooth process stands one
more hypothesis: somewhere is a shape (`models.shapes`) in which f is higher or lower. Its posterior
is that of a Bayesian spatial scan (Neill, Moore and Cooper 2005; boxes as in the bump hunting of
Friedman and Fisher 1999). What the smooth process explains is not counted twice, since a shape is
scored beside it, with the readings that stand for the answers:

    symbol   meaning                                                              shape
    phi      1 where a site lies in the shape, else 0                             (n,)
    w, R     weights (K + S)^-1 y and precision (K + S)^-1 of the smooth process  (n,), (n, n)
    lift     by how much f is shifted in the shape: one of a few, up or down
    log BF   lift phi'w - lift^2 phi'R phi / 2: the shape with the lift, against  (k, lifts)
             none; exact for the Gaussian readings

Shapes are drawn from their prior and weighted by BF; where few of them would matter, BF enters
by and by, as BF^b with b from 0 to 1, and a sample is moved by Metropolis steps at each b (Del
Moral, Doucet and Jasra 2006, "Sequential Monte Carlo samplers"), which also gives the mean of BF.
The draws are the same every time, so records alone give them again.
One patch is looked for; a second one waits until the smooth process has taken up the first.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from surrogate.models.posterior import Weighable
from surrogate.models.propagation import Propagated
from surrogate.models.shapes import Shapes, drawn
from surrogate.models.updating import Updated

Array = NDArray[np.float64]

PRIOR_CHANCE = 0.8  # that there is a patch at all, where one is looked for
_SIZES = np.array([0.6, 0.9, 1.2])  # of a lift on the probit scale: 0.9 takes p from .33 to .67
_LIFTS = np.concatenate([_SIZES, -_SIZES])
_EFFECTIVE = 0.5  # of the sample's size: draws that must matter at least, at every step of b
_SWEEPS = 4  # Metropolis steps of each shape at every b
_LAST_SWEEPS = 12  # ... and at b = 1
_STEPS = (-2.3, -0.7)  # log10 of the sizes of a Metropolis step
# Of the two edges along an axis: either alone, both one way, both apart.
_MOVES = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [-1.0, 1.0]])
_KEPT = 2048  # most pairs of shape and lift that are remembered to ask from
_SHOWN = 256  # ... and to predict with
_AT_ONCE = 2048  # shapes, for the memory of what they hold
_SEED = 20
# Sizes of the sample, and shapes of the prior for each of it and each dimension above the first:
_FINE = (1024, 64)  # of `scan`
_COARSE = (160, 8)  # of `log_factor`


@dataclass(frozen=True)
class Patches:
    """The posterior of the patch: pairs of `shapes` and `lifts` with the `chances` of each, (k,).

    The chances sum to that of there being a patch at all; `log_factor` is what that does for the
    evidence: the log of (1 - prior + prior * mean BF). `weights` (n, k) are those of the smooth
    process with each shift taken off the readings: w - lift R phi.
    """

    shapes: Shapes
    chances: Array
    lifts: Array
    log_factor: float
    weights: Array

    def plain(self, units: Array, smooth: Weighable) -> Array:
        """The mean of f at `units` (n, d) but for the shift, if the patch is each of these, (n, k).

        What `smooth`, the process without a patch, took up of it is given back.
        """
        return smooth.weighed(units, self.weights)

    def fewer(self) -> "Patches":
        """The same with few shapes, for predictions at many points."""
        rows, chances = thinned(self.chances, _SHOWN)
        return replace(
            self,
            shapes=self.shapes[rows],
            chances=chances,
            lifts=self.lifts[rows],
            weights=self.weights[:, rows],
        )

    @property
    def chance(self) -> float:
        """That there is a patch, in [0, 1]."""
        return float(self.chances.sum())

    @property
    def worlds(self) -> Array:
        """The chance of each, and last that there is no patch, (k + 1,); they sum to 1."""
        return np.append(self.chances, 1.0 - self.chance)

    def cover(self, units: Array) -> Array:
        """The chance that the patch holds each of `units` (n, d), in [0, 1], (n,)."""
        return np.asarray(self.shapes.hold(units) @ self.chances)


def scan(units: Array, found: Propagated[Updated]) -> Patches:
    """The posterior of a patch beside the smooth process that `found` is, at sites (n, d)."""
    sample, mean = _sampled(units, found, _FINE)
    log_factor = _log_factor(mean)
    chance = float(np.exp(np.log(PRIOR_CHANCE) + mean - log_factor))
    return _worlds(sample, chance, log_factor, units, found)


def log_factor(units: Array, found: Propagated[Updated]) -> float:
    """That of `scan`, roughly: quick, to compare evidences."""
    return _log_factor(_sampled(units, found, _COARSE)[1])


def _log_factor(mean: float) -> float:
    """The log of (1 - prior + prior * mean BF), from that of the mean BF."""
    return float(np.logaddexp(np.log(1.0 - PRIOR_CHANCE), np.log(PRIOR_CHANCE) + mean))


def _sampled(
    units: Array, found: Propagated[Updated], sizes: tuple[int, int]
) -> tuple["_Sample", float]:
    """Shapes that stand for the posterior, and the log of the mean BF."""
    count, draws = sizes
    rng = np.random.default_rng(_SEED)
    score = _scorer(units, found)
    shapes = _prior(units.shape[1], draws * count * max(units.shape[1] - 1, 1))
    sample = _Sample(shapes, score(shapes), np.full(len(shapes), 1.0 / len(shapes)))
    power, mean = 0.0, 0.0
    while power < 1.0:
        step = _next_step(sample, 1.0 - power, _EFFECTIVE * count)
        sample, gained = sample.raised(step)
        power, mean = power + step, mean + gained
        if power < 1.0 or len(sample.shapes) == count:
            sample = sample.resampled(count)
            for _ in range(_SWEEPS if power < 1.0 else _LAST_SWEEPS):
                sample = _moved(sample, power, score, rng)
    return sample, mean


@lru_cache(maxsize=4)
def _prior(dimension: int, count: int) -> Shapes:
    """`count` shapes of the prior, the same every time."""
    return drawn(dimension, count, np.random.default_rng(_SEED))


@dataclass(frozen=True)
class _Sample:
    """Shapes with their log BF (k, lifts) and weights (k,) that sum to 1."""

    shapes: Shapes
    scores: Array
    weights: Array

    @cached_property
    def factors(self) -> Array:
        """log BF of each shape, all lifts being as likely, (k,)."""
        top = self.scores.max(axis=1)
        return np.asarray(top + np.log(np.exp(self.scores - top[:, None]).mean(axis=1)))

    def raised(self, step: float) -> tuple["_Sample", float]:
        """Weights times BF^step, and the log of their sum."""
        top = float(self.factors.max())
        raised = self.weights * np.exp(step * (self.factors - top))
        total = float(raised.sum())
        return replace(self, weights=raised / total), step * top + float(np.log(total))

    def resampled(self, count: int) -> "_Sample":
        """`count` shapes, each as often as its weight says."""
        steps = np.cumsum(self.weights)
        marks = (np.arange(count) + 0.5) / count * steps[-1]
        rows = np.asarray(np.searchsorted(steps, marks), dtype=np.int64)
        even = np.full(count, 1.0 / count)
        return _Sample(self.shapes[rows], self.scores[rows], even)


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


_Scorer = Callable[[Shapes], Array]


def _scorer(units: Array, found: Propagated[Updated]) -> _Scorer:
    """The function from shapes to their log BF, (k, lifts), exact enough to sample by."""
    weights = found.weights.astype(np.float32)

    def some(shapes: Shapes) -> Array:
        phi = shapes.hold(units, np.float32)
        pull, known = weights @ phi, found.updated.squares(phi)
        return np.asarray(pull[:, None] * _LIFTS - 0.5 * known[:, None] * _LIFTS**2)

    def score(shapes: Shapes) -> Array:
        cuts = range(0, len(shapes), _AT_ONCE)
        return np.concatenate([some(shapes[first : first + _AT_ONCE]) for first in cuts])

    return score


def _moved(sample: _Sample, power: float, score: _Scorer, rng: np.random.Generator) -> _Sample:
    """One Metropolis step of every shape at BF^power: of its edges along one axis, by `_MOVES`."""
    shapes = sample.shapes
    k, d = shapes.low.shape
    axis = np.where(shapes.high - shapes.low < 1.0, rng.random((k, d)), -1.0).argmax(axis=1)
    step = rng.standard_normal(k) * 10.0 ** rng.uniform(*_STEPS, k)
    kind = rng.integers(0, len(_MOVES), k)
    low, high, rows = shapes.low.copy(), shapes.high.copy(), np.arange(k)
    low[rows, axis] += _MOVES[kind, 0] * step
    high[rows, axis] += _MOVES[kind, 1] * step
    tried = Shapes(low, high, shapes.round)
    ahead = _Sample(tried, score(tried), sample.weights)
    rise = power * (ahead.factors - sample.factors) + tried.log_prior() - shapes.log_prior()
    yes = (np.log(rng.random(k)) < rise)[:, None]
    kept = Shapes(np.where(yes, low, shapes.low), np.where(yes, high, shapes.high), shapes.round)
    return _Sample(kept, np.where(yes, ahead.scores, sample.scores), sample.weights)


def thinned(chances: Array, count: int) -> tuple[NDArray[np.int64], Array]:
    """Rows that stand for all of `chances` (k,), at most `count`, and the chances of each."""
    steps = np.cumsum(chances)
    marks = (np.arange(count) + 0.5) / count * steps[-1]
    drawn_rows = np.minimum(np.searchsorted(steps, marks), len(chances) - 1)
    rows, times = np.unique(drawn_rows, return_counts=True)
    return np.asarray(rows, dtype=np.int64), times * (steps[-1] / count)


def _worlds(
    sample: _Sample,
    chance: float,
    log_factor: float,
    units: Array,
    found: Propagated[Updated],
) -> Patches:
    """The likeliest pairs of a shape and a lift."""
    share = np.exp(sample.scores - logsumexp(sample.scores, axis=1)[:, None])
    pairs = (share * (chance * sample.weights)[:, None]).T.ravel()  # shapes of a lift side by side
    top, kept = thinned(pairs, _KEPT)
    lift, shapes = _LIFTS[top // len(sample.shapes)], sample.shapes[top % len(sample.shapes)]
    taken_up = found.updated.precision() @ (shapes.hold(units) * lift)
    return Patches(shapes, kept, lift, log_factor, found.weights[:, None] - taken_up)
