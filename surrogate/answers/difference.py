"""The posterior of the difference between two surrogates over shared points.

What is known of two designs is two processes, f before and g after, each given its own runs. Their
difference is a process too, and its covariance says where a change is sure. It is not a
difference of two pictures: where either is vague, so is the difference.

    symbol   meaning                                                              shape
    q        points of the common cube                                            (k, d)
    m        means of f and of g at q, on the link's scale                        (2, k)
    C        joint covariance of (f, g) at q                                      (2 k, 2 k)
    r        correlation of the noise of runs that were made twice, same seed     scalar
    tau      precision of what one run tells of the latent process                (p,)

The link's scale is f with response Phi(f) for a yes or no, and the response for a number.

**Pairs.** Runs at the same point with the same seed drew the same chance on both sides. The part
of each surrogate's error that comes from their noise is then common, and falls out of the
difference. One run at x_i moves the mean of f at x by c(x, x_i) tau_i times its noise, which has
the variance 1 / tau_i (c the posterior covariance). So, to the order to which a run tells as a
Gaussian measurement does,

    cov(f(x), g(x')) = r sum_i sqrt(tau_i tau'_i) c_f(x, x_i) c_g(x_i, x')

with r learned from what the pairs gave; see `answers.pairs`.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ndtr, ndtri

from surrogate.answers.ground import Ground, Side, common_ground
from surrogate.answers.pairs import Pairs, pairs_of
from surrogate.answers.witnesses import Witnesses, called
from surrogate.models.base import ONE_SD, Joint, LookAhead, Marginal, voice
from surrogate.models.remembering import blocks
from surrogate.outcome import Number, Outcome
from surrogate.regions import Lattice, lattice
from surrogate.space import Array

Both = tuple[Array, Array]

_STEPS_TOGETHER = 0.1  # of each range: within it errors are alike where a surrogate does not say
_BLOCK = 2048  # points at a time: the covariances with pairs then need a few megabytes
_WIDEST = 6.0  # sds off the middle up to which an interval's ends tell the sd of the link
_LEAST_NOISE = 1e-9  # of a response's variance
_JITTER = 1e-9  # of the largest variance: what rounding leaves of a covariance


@dataclass(frozen=True)
class Steps:
    """Both sides at n points, and how sure their difference is.

    `responses` and `link` (2, n): means before and after, on either scale; `sd` (n,) that of the
    difference on the link's.
    """

    responses: Array
    link: Array
    sd: Array

    @property
    def z(self) -> Array:
        """How many sds from zero the difference is, (n,)."""
        return np.asarray((self.link[1] - self.link[0]) / self.sd)


@dataclass(frozen=True)
class Difference:
    """Two campaigns over what they have in common; `between` makes one."""

    before: Side
    after: Side
    ground: Ground
    pairs: Pairs

    @property
    def sides(self) -> tuple[Side, Side]:
        """Before and after."""
        return self.before, self.after

    @cached_property
    def witnesses(self) -> tuple[Witnesses, Witnesses]:
        """The runs of both sides, and what they say of a change."""
        before, after = (called(self.ground, self.sides, k, self.pairs.twins(k)) for k in (0, 1))
        return before, after

    @property
    def outcome(self) -> Outcome:
        """The question."""
        return self.after.surrogate.outcome

    @property
    def note(self) -> str:
        """What the comparison leaves out or takes on trust, in sentences; "" for nothing."""
        guessed = [
            f"{side.name}: {voice(side.surrogate)} How its errors hang together is not told; they "
            "are taken to be alike within a tenth of each range."
            for side in self.sides
            if not isinstance(side.surrogate, Joint)
        ]
        return " ".join(filter(None, [self.ground.note, *guessed]))

    @cached_property
    def picture(self) -> Lattice:
        """The common space in points, of which both sides are read once."""
        return lattice(self.ground.space)

    def chances(self, level: float) -> Array:
        """P(response > level) over the picture, before and after, (2, n)."""
        rows, _ = self._pictured
        return np.stack(
            [side.surrogate.exceedance(u, level) for side, u in zip(self.sides, rows, strict=True)]
        )

    def steps(self, q: Array) -> Steps:
        """What both sides say at `q` (n, d)."""
        known = np.array_equal(q, self.picture.units)
        rows, read = self._pictured if known else self._read(q)
        own = read[0].sd ** 2 + read[1].sd ** 2
        least = np.maximum(own - 2.0 * self._common(rows), _JITTER * own)
        responses = np.stack([one.response for one in read])
        return Steps(responses, np.stack([one.link for one in read]), np.sqrt(least))

    def draws(self, q: Array, count: int, seed: int = 0) -> tuple[Array, Array]:
        """Joint draws of both responses at `q`: before and after, each (count, k)."""
        m, C = self.joint(q)
        values, vectors = np.linalg.eigh((C + C.T) / 2)
        root = vectors * np.sqrt(np.clip(values, 0.0, None))
        normal = np.random.default_rng(seed).standard_normal((count, len(C)))
        drawn = m.ravel() + normal @ root.T
        return self.response(drawn[:, : len(q)]), self.response(drawn[:, len(q) :])

    def joint(self, q: Array) -> tuple[Array, Array]:
        """m (2, k) and C (2 k, 2 k) at `q`."""
        rows, read = self._read(q)
        own = [_covariance(side.surrogate, u) for side, u in zip(self.sides, rows, strict=True)]
        wider = [_widening(c, one.sd) for c, one in zip(own, read, strict=True)]
        both = [w[:, None] * c * w[None, :] for c, w in zip(own, wider, strict=True)]
        cross = self._shared(rows[0]) @ self._shared(rows[1], after=True).T
        C = np.block([[both[0], cross], [cross.T, both[1]]])
        return np.stack([one.link for one in read]), C

    def response(self, link: Array) -> Array:
        """Values on the link's scale as responses."""
        return link if isinstance(self.outcome, Number) else np.asarray(ndtr(link))

    @cached_property
    def _pictured(self) -> tuple[Both, tuple["_Reading", "_Reading"]]:
        return self._read(self.picture.units)

    def _read(self, q: Array) -> tuple[Both, tuple["_Reading", "_Reading"]]:
        """`q` (n, d) in each side's own cube, and what each says there."""
        rows = self.ground.units(0, q), self.ground.units(1, q)
        return rows, (_read(self.before.surrogate, rows[0]), _read(self.after.surrogate, rows[1]))

    def _common(self, rows: Both) -> Array:
        """Covariance of what both sides say at each point, by the noise that they share, (n,)."""
        parts = [
            (self._shared(before) * self._shared(after, after=True)).sum(axis=1)
            for before, after in zip(*(blocks(u, _BLOCK) for u in rows), strict=True)
        ]
        return np.concatenate(parts)

    def _shared(self, units: Array, *, after: bool = False) -> Array:
        """sqrt(r tau_i) c(x, x_i): how noise that both sides share moves each point, (n, p)."""
        weights = self._weights[int(after)]
        if not len(weights):
            return np.zeros((len(units), 1))
        surrogate = self.sides[int(after)].surrogate
        assert isinstance(surrogate, Joint)
        covariance = surrogate.covariance(units, self.pairs.units[int(after)])
        return _scale(surrogate) * np.asarray(covariance * weights)

    @cached_property
    def _weights(self) -> tuple[Array, Array]:
        """sqrt(r tau) of the pairs on each side, both (p,), or (0,) where nothing is shared."""
        a, b = (side.surrogate for side in self.sides)
        if self.pairs.alike <= 0.0 or not (isinstance(a, LookAhead) and isinstance(b, LookAhead)):
            return np.empty(0), np.empty(0)
        found = [_tau(one, u) for one, u in zip((a, b), self.pairs.units, strict=True)]
        root = np.sqrt(self.pairs.alike)
        return root * np.sqrt(found[0]), root * np.sqrt(found[1])


def between(before: Side, after: Side) -> Difference:
    """The difference between two campaigns; raises `PointError` where nothing is common."""
    return Difference(before, after, common_ground(before, after), pairs_of(before, after))


@dataclass(frozen=True)
class _Reading:
    """Means of the response and on the link's scale, and the sd there, each (n,)."""

    response: Array
    link: Array
    sd: Array


def _read(surrogate: Marginal, units: Array) -> _Reading:
    """One side at `units` (n, d); the sd as its own intervals have it."""
    read = surrogate.predict(units, ONE_SD)
    if isinstance(surrogate.outcome, Number):
        return _Reading(read.mean, read.mean, 0.5 * (read.upper - read.lower))
    low, high = ndtri(read.lower), ndtri(read.upper)
    clear = (np.abs(low) < _WIDEST) & (np.abs(high) < _WIDEST)
    half = 0.5 * np.subtract(high, low, where=clear, out=np.zeros_like(low))
    if not isinstance(surrogate, Joint):
        middle = 0.5 * np.add(high, low, where=clear, out=np.zeros_like(low))
        kept = np.clip(read.mean, *ndtr([-_WIDEST, _WIDEST]))
        link, sd = np.where(clear, middle, ndtri(kept)), np.where(clear, half, 1.0)
        return _Reading(read.mean, link, sd)
    m, v = surrogate.latent(units)
    return _Reading(read.mean, m, np.maximum(half, np.sqrt(v)))


def _covariance(surrogate: Marginal, units: Array) -> Array:
    """Covariance (n, n) on the link's scale, of a surrogate that has none by a stated guess."""
    if isinstance(surrogate, Joint):
        return _scale(surrogate) ** 2 * surrogate.covariance(units, units)
    gap = ((units[:, None, :] - units[None, :, :]) / _STEPS_TOGETHER) ** 2
    return np.asarray(np.exp(-0.5 * gap.sum(axis=2)))


def _widening(covariance: Array, sd: Array) -> Array:
    """By what factor each point's sd in intervals is more than its own in the covariance."""
    return np.asarray(sd / np.sqrt(np.maximum(np.diag(covariance), _JITTER)))


def _scale(surrogate: Joint) -> float:
    """What a step of the latent process is on the link's scale: 1 for a yes or no."""
    if isinstance(surrogate.outcome, Number) and isinstance(surrogate, LookAhead):
        return 1.0 / (surrogate.threshold(1.0) - surrogate.threshold(0.0))
    return 1.0


def _tau(surrogate: LookAhead, units: Array) -> Array:
    """Precision of what one run at each of `units` (p, d) told of the latent process, (p,)."""
    m, v = surrogate.latent(units)
    return np.asarray(1.0 / np.maximum(1.0 / surrogate.lesson(m, v) - v, _LEAST_NOISE))
