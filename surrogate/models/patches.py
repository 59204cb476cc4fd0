"""Patches: small parts of the space where f is shifted, looked for among all shapes at once.

A stationary process can't know of a small defect before it has been hit many times: with a few
runs in it, the evidence prefers a smooth map and noise. So beside the smooth process stands one
more hypothesis: somewhere is a shape (`models.shapes`) in which f is higher or lower. Its posterior
is that of a Bayesian spatial scan (Neill, Moore and Cooper 2005; boxes as in the bump hunting of
Friedman and Fisher 1999). What the smooth process explains is not counted twice, since a shape is
scored beside it, by a Bayes factor, BF (`models.scoring`).

Shapes are drawn from their prior and weighted by BF; where few of them would matter, BF enters
by and by, as BF^b with b from 0 to 1 (Del Moral, Doucet and Jasra 2006, "Sequential Monte Carlo
samplers"), which also gives the mean of BF. At each b some of the sample walk, along lines
(`models.lines`) and from kind to kind of shape (`models.steps`), and all that they pass by is the
sample (Dau and Chopin 2022, "Waste-free sequential Monte Carlo").
The draws are the same every time, so records alone give them again.
One patch is looked for at a time. Where another outcome tells where, a second is looked for beside
the first, and the map reads both; where not, it waits until the smooth process has taken up the
first.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
from scipy.special import logsumexp

from surrogate.design import sobol
from surrogate.models.lines import gone, log_mean
from surrogate.models.propagation import Propagated
from surrogate.models.scoring import LIFTS, SIZES, Reading
from surrogate.models.shapes import Shapes, combined, drawn, joined
from surrogate.models.steps import tried
from surrogate.models.updating import Updated
from surrogate.models.worlds import BORNE_OUT, FOUND, KEPT, Patches, evenly, thinned, together
from surrogate.space import Array, Mask

PRIOR_CHANCE = 0.8  # that there is a patch at all, where one is looked for
_EFFECTIVE = 0.5  # of the sample's size: draws that must matter at least, at every step of b
_IDLE = 0.25  # chance that what another outcome shows in a shape leaves the odds alone
_FARTHEST = 0.5  # that b goes in a step: what no draw of the prior hit has to be found on the way
_FIRST = 4  # times the sample's size are kept at the first b, where what will matter is rare
_TRIES = 4  # steps by Metropolis' rule that stand for one along a line
_SEED = 20
_POINTS = 1024  # that tell how much of a shape lies in others


@dataclass(frozen=True)
class _Care:
    """How well to sample: how many shapes walk, from how many of the prior for each and each
    dimension above the first, and how many steps each takes at every b.

    On 1,000 runs in four dimensions, a sample that was moved by Metropolis' rule alone, and 30
    times in all, stood for shapes of a log BF about 29, where that of the truth was 53.
    """

    count: int
    draws: int
    steps: int


_FINE = _Care(count=128, draws=128, steps=10)  # of `scans`
_COARSE = _Care(count=64, draws=64, steps=6)  # to compare evidences


@dataclass(frozen=True)
class Located:
    """Where a patch may lie, as another outcome has it: shapes, and the log of their mean BF.

    `spreads` (s,) are what a shape may multiply that outcome's noise by; `drawn` (p,) is log BF of
    the prior's draws, for another reading to begin from. `old` is the chance that each shape is a
    patch that the map of the answers has already, (k,) or one for all.
    """

    sample: "_Sample"
    mean: float
    drawn: Array
    spreads: Array
    old: Array | float = 0.0

    @property
    def log_factor(self) -> float:
        """What a patch does for that outcome's evidence; see `Patches`."""
        return _log_factor(self.mean)

    @property
    def chance(self) -> float:
        """That there is a patch, in [0, 1]."""
        return float(np.exp(np.log(PRIOR_CHANCE) + self.mean - self.log_factor))

    @property
    def is_found(self) -> bool:
        """Whether there is a patch for all that is known."""
        return self.chance >= FOUND

    @property
    def shares(self) -> Array:
        """Of each spread and lift in each shape, (k, spreads, lifts)."""
        shares = _shares(self.sample.scores)
        return shares.reshape(len(shares), -1, len(LIFTS))

    def shown(self, units: Array) -> tuple[Array, Array]:
        """What to expect of that outcome at `units` (n, d), were there a patch, both (n,).

        By how much it is shifted, and what multiplies the variance of its noise.
        """
        held = self.sample.shapes.hold(units) * self.sample.weights
        noise = self.shares.sum(axis=2) @ (self.spreads**2 - 1.0)
        return held @ (self.shares.sum(axis=1) @ LIFTS), 1.0 + held @ noise

    @property
    def span(self) -> tuple[Array, Array]:
        """Where its shapes begin and end within the space, both (d,)."""
        shapes, weights = self.sample.shapes, self.sample.weights
        return weights @ np.maximum(shapes.low, 0.0), weights @ np.minimum(shapes.high, 1.0)

    def alone(self, reading: Reading) -> float:
        """What its shapes do for the evidence of another reading, at least: none but they are
        looked for (the bound of Jensen's inequality).
        """
        more = log_mean(reading.scores(self.sample.shapes).T) - self.sample.factors
        return self.log_factor + float(self.sample.weights @ more)

    def cover(self, units: Array) -> Array:
        """The chance that a patch holds each of `units` (n, d), in [0, 1], (n,)."""
        return np.asarray(self.sample.shapes.hold(units) @ (self.chance * self.sample.weights))

    def shift(self, units: Array, shares: Array) -> Array:
        """Of f to expect at `units` (n, d), each lift having these `shares` (k, lifts), (n,)."""
        likely = self.chance * self.sample.weights
        return np.asarray(self.sample.shapes.hold(units) @ (likely * (shares @ LIFTS)))

    def beside(self, cover: Callable[[Array], Array]) -> "Located":
        """The same beside a map with patches: `cover` is the chance that one holds each of some
        units (n, d), (n,). A shape of which a patch holds half is that patch.
        """
        shapes = self.sample.shapes
        points = sobol(shapes.low.shape[1], _POINTS, seed=_SEED)
        held = shapes.hold(points)
        share = cover(points) @ held / np.maximum(held.sum(axis=0), 1.0)
        return replace(self, old=np.minimum(2.0 * share, 1.0))

    def judged(self, scores: Array) -> tuple[Array, float]:
        """The share of each lift in each shape, by the answers' `scores` there, both (k, lifts).

        A shift up there is one up here, or none: `_IDLE` is the chance that it leaves the odds
        alone, and so does a patch that the map has already. Shapes keep the weights that they have:
        the answers come of the same runs, whose luck would count twice. With it comes the log of
        the shapes' mean BF by the answers.
        """
        up = self.shares[:, :, LIFTS > 0].sum(axis=(1, 2))[:, None]
        counts = np.full(len(scores), 1.0 - _IDLE) * (1.0 - self.old)
        prior = counts[:, None] * np.where(LIFTS > 0, up, 1.0 - up) / len(SIZES)
        found = scores + np.log(np.maximum(prior, np.finfo(float).tiny))
        factors = np.logaddexp(logsumexp(found, axis=1), np.log1p(-counts))
        mean = float(logsumexp(factors, b=self.sample.weights))
        return np.exp(found - factors[:, None]), mean


def located(reading: Reading, before: Located | None = None) -> Located:
    """Where a patch may lie, beside the smooth process of another outcome that is read.

    `before` is where it lay by much the same reading: most of what that sampled is sampled again.
    """
    return _settled(reading, _COARSE if reading.rough else _FINE, before)


def scans(
    units: Array, found: Propagated[Updated], known: Sequence[Located] = ()
) -> tuple[Patches, ...]:
    """The posterior of each patch that is `known` beside the smooth process that `found` is.

    Its shapes are those that another outcome suspects; without, they are those of the answers at
    the sites (n, d), of one patch. What answers bear out is taken off before the next is judged,
    so that no answer speaks for two; and each is seen in worlds with the others that are there.
    """
    reading = Reading(units, found)
    if not known:
        own = _settled(reading, _FINE)
        return (_paired(reading, own, _shares(own.sample.scores), own.log_factor),)
    alone = [_paired(reading, *each) for each in _judged(reading, known)]
    return together(alone, found.weights)


def _judged(reading: Reading, known: Sequence[Located]) -> Iterator[tuple[Located, Array, float]]:
    """Each, with its shares and factor by the answers; what bore out one is not counted again."""
    for place, one in enumerate(known, 1):
        shares, factor = one.judged(reading.scores(one.sample.shapes))
        yield one, shares, factor
        if factor > BORNE_OUT and place < len(known):
            reading = reading.less(one.shift(reading.units, shares))


def _paired(reading: Reading, where: Located, shares: Array, factor: float) -> Patches:
    """Shapes with the lifts that have these `shares` in each, (k, lifts)."""
    sample, found = where.sample, reading.found
    pairs = (shares * (where.chance * sample.weights)[:, None]).T.ravel()  # of a lift side by side
    top, kept = thinned(pairs, KEPT)
    lift, shapes = LIFTS[top // len(sample.shapes)], sample.shapes[top % len(sample.shapes)]
    taken_up = found.updated.precision() @ (shapes.hold(reading.units) * lift)
    return Patches(shapes, kept, lift, factor, found.weights[:, None] - taken_up)


def log_factor(units: Array, found: Propagated[Updated], known: Sequence[Located] = ()) -> float:
    """That of the likeliest of `scans`, roughly: quick, to compare evidences."""
    reading = Reading(units, found)
    if known:
        factors = [factor for _, _, factor in _judged(reading, known)]
        return sum(each for each in factors if each > BORNE_OUT) or max(factors)
    prior = _of_prior(reading, _COARSE)
    return _log_factor(_annealed(prior, reading, _COARSE, np.random.default_rng(_SEED))[1])


def _shares(scores: Array) -> Array:
    """Of each lift in each shape, (k, lifts), all being as likely before."""
    return np.asarray(np.exp(scores - logsumexp(scores, axis=1)[:, None]))


def _settled(reading: Reading, care: _Care, before: Located | None = None) -> Located:
    """Shapes that stand for the posterior, by their true scores, and the log of the mean BF."""
    rng = np.random.default_rng(_SEED)
    prior = _of_prior(reading, care, before)
    found = _again(prior, reading, before) if before else None
    if found is None or found[0].effective < _EFFECTIVE * care.count:
        found = _annealed(prior, reading, care, rng)
    sample = _walked(found[0].resampled(care.count), 1.0, care.steps, reading, rng)
    known = sample.told(reading.scores(sample.shapes))
    return Located(known, found[1], prior.factors, reading.spreads)


def _log_factor(mean: float) -> float:
    """The log of (1 - prior + prior * mean BF), from that of the mean BF."""
    return float(np.logaddexp(np.log(1.0 - PRIOR_CHANCE), np.log(PRIOR_CHANCE) + mean))


def _of_prior(reading: Reading, care: _Care, before: Located | None = None) -> "_Sample":
    """Draws of the prior, each counting alike: those that stood there before, if any did."""
    dimension = reading.units.shape[1]
    count = len(before.drawn) if before else care.draws * care.count * max(dimension - 1, 1)
    shapes = _prior(dimension, count)
    return _Sample(shapes, reading.scores(shapes), np.full(count, 1.0 / count))


def _again(prior: "_Sample", reading: Reading, before: Located) -> tuple["_Sample", float]:
    """What stood for another posterior, and draws of the `prior`, weighted to stand for this one.

    Half of either: the density of such a mixture is (1 + BF / mean BF) / 2 times that of the prior,
    BF being the other's (Veach and Guibas 1995, "the balance heuristic").
    """
    old = replace(before.sample, scores=reading.scores(before.sample.shapes))
    both = _joined([prior, old])
    known = np.concatenate([before.drawn, before.sample.factors]) - before.mean
    return both.weighed(both.factors - np.logaddexp(0.0, known) + np.log(2.0))


def _annealed(
    sample: "_Sample", reading: Reading, care: _Care, rng: np.random.Generator
) -> tuple["_Sample", float]:
    """Shapes whose weights stand for the posterior, from draws of the prior; and the log of the
    mean BF.
    """
    power, mean, moved = 0.0, 0.0, _FIRST * care.count
    least = _EFFECTIVE * care.count
    while True:
        step = _next_step(sample, min(1.0 - power, _FARTHEST), least)
        sample, gained = sample.raised(step)
        power, mean = power + step, mean + gained
        if power >= 1.0:
            return sample, mean
        sample = _walked(sample.resampled(moved), power, care.steps, reading, rng)
        moved, least = care.count, _EFFECTIVE * len(sample.shapes)


def _walked(
    sample: "_Sample", power: float, steps: int, reading: Reading, rng: np.random.Generator
) -> "_Sample":
    """Where every shape is after each of so many steps at BF^power."""
    ways = [sample]
    for _ in range(steps):
        ways.append(_moved(ways[-1], power, reading, rng))
    return _joined(ways[1:])


@lru_cache(maxsize=4)
def _prior(dimension: int, count: int) -> Shapes:
    """`count` shapes of the prior, the same every time."""
    return drawn(dimension, count, np.random.default_rng((_SEED, dimension)))


@dataclass(frozen=True)
class _Sample:
    """Shapes with their log BF (k, lifts) and weights (k,) that sum to 1."""

    shapes: Shapes
    scores: Array
    weights: Array

    @cached_property
    def factors(self) -> Array:
        """log BF of each shape, all lifts being as likely, (k,)."""
        return log_mean(self.scores.T)

    def where(self, yes: Mask, other: "_Sample") -> "_Sample":
        """The shapes of `other` in place of these where `yes` (k,)."""
        yes = yes[:, None]
        shapes = combined([other.shapes, self.shapes], lambda pair: np.where(yes, *pair))
        return _Sample(shapes, np.where(yes, other.scores, self.scores), self.weights)

    def told(self, scores: Array) -> "_Sample":
        """The same shapes, weighed by how far their true `scores` are from those sampled by."""
        true = replace(self, scores=scores)
        return true.weighed(true.factors - self.factors)[0]

    def raised(self, step: float) -> tuple["_Sample", float]:
        """Weights times BF^step, and the log of their sum."""
        return self.weighed(step * self.factors)

    def weighed(self, logs: Array) -> tuple["_Sample", float]:
        """Weights times those whose `logs` (k,) are given, and the log of their sum."""
        top = float(logs.max())
        weights = self.weights * np.exp(logs - top)
        total = float(weights.sum())
        return replace(self, weights=weights / total), top + float(np.log(total))

    @property
    def effective(self) -> float:
        """How many of it matter."""
        return float(1.0 / np.sum(self.weights**2))

    def resampled(self, count: int) -> "_Sample":
        """`count` shapes, each as often as its weight says."""
        rows, _ = evenly(self.weights, count)
        return _Sample(self.shapes[rows], self.scores[rows], np.full(count, 1.0 / count))


def _joined(samples: Sequence[_Sample]) -> _Sample:
    """One sample of all, each of them counting alike."""
    shapes = joined([one.shapes for one in samples])
    scores = np.concatenate([one.scores for one in samples])
    weights = np.concatenate([one.weights for one in samples]) / len(samples)
    return _Sample(shapes, scores, weights)


def _next_step(sample: _Sample, left: float, least: float) -> float:
    """The largest step of b, at most `left`, after which `least` of the sample matter."""
    low, high = 0.0, left
    if sample.raised(left)[0].effective >= least:
        return left
    for _ in range(20):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if sample.raised(middle)[0].effective >= least else (low, middle)
    return max(low, 1e-3 * left)


def _moved(sample: _Sample, power: float, reading: Reading, rng: np.random.Generator) -> _Sample:
    """A step of every shape along a line at BF^power, and one by Metropolis' rule."""
    if (columns := reading.columns) is None:
        for _ in range(_TRIES):
            sample = _tried(sample, power, reading, rng)
        return sample
    shapes, scores, went = gone(sample.shapes, reading.units, columns, reading.log_bf, power, rng)
    sample = sample.where(went, _Sample(shapes, scores, sample.weights))
    return _tried(sample, power, reading, rng)


def _tried(sample: _Sample, power: float, reading: Reading, rng: np.random.Generator) -> _Sample:
    """A step of every shape by Metropolis' rule at BF^power."""
    shapes = sample.shapes
    steps, way_back = tried(shapes, rng)
    ahead = _Sample(steps, reading.scores(steps), sample.weights)
    rise = power * (ahead.factors - sample.factors) + way_back
    rise += steps.log_prior() - shapes.log_prior()
    return sample.where(np.log(rng.random(len(shapes))) < rise, ahead)
