"""Worlds with patches: in each of them a shape here and there in which f is shifted.

Of a patch alone, a world is one shape with one lift. Where others are known to be there too, a
world has one of each: shapes and lifts that are drawn for each patch by itself, as likely as they
are, and put side by side. What is known of one patch so says nothing of another.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from surrogate.models.posterior import Weighable
from surrogate.models.shapes import Shapes, joined
from surrogate.space import Array, Rows

KEPT = 2048  # most worlds that are remembered to ask from
_SHOWN = 256  # ... and to predict with
FOUND = 0.95  # chance from which on a patch is taken to be there
# Nats of log factor from which on other patches are looked at beside this one, and shown with them:
# 57 % were one more as likely as .2 before. With 3, two of ten maps of the game (`python -m
# benchmarks defects`, two at once) lacked a defect that was there by 2 nats.
BORNE_OUT = 1.5
_PRIMES = (2, 3, 5, 7)  # whose roots mix worlds of patches


@dataclass(frozen=True)
class Lifted:
    """A patch in each of k worlds: its `shapes`, and its `lifts` (k,), 0 where it is not there."""

    shapes: Shapes
    lifts: Array

    def __getitem__(self, rows: Rows) -> "Lifted":
        return Lifted(self.shapes[rows], self.lifts[rows])

    def held(self, units: Array) -> Array:
        """1 where it holds a row of `units` (n, d), else 0, (n, k)."""
        return np.asarray(self.shapes.hold(units) * (self.lifts != 0.0))


@dataclass(frozen=True)
class Patches:
    """The posterior of a patch: pairs of `shapes` and `lifts` with the `chances` of each, (k,).

    `others` are what other patches are in the same worlds; a lift of 0 says that there is none.
    What the chances lack to 1 is that of there being no patch at all. `log_factor` is what that
    does for the evidence: the log of (1 - prior + prior * mean BF), of all that is borne out.
    `weights` (n, k) are those of the smooth process with each shift taken off the readings:
    w - lift R phi.
    """

    shapes: Shapes
    chances: Array
    lifts: Array
    log_factor: float
    weights: Array
    others: tuple[Lifted, ...] = ()

    def plain(self, units: Array, smooth: Weighable) -> Array:
        """The mean of f at `units` (n, d) but for the shift, in each world, (n, k).

        What `smooth`, the process without a patch, took up of it is given back.
        """
        return smooth.weighed(units, self.weights)

    def __getitem__(self, rows: Rows) -> "Patches":
        return replace(
            self,
            shapes=self.shapes[rows],
            chances=self.chances[rows],
            lifts=self.lifts[rows],
            weights=self.weights[:, rows],
            others=tuple(other[rows] for other in self.others),
        )

    def fewer(self) -> "Patches":
        """The same with few worlds, for predictions at many points."""
        rows, chances = thinned(self.chances, _SHOWN)
        return replace(self[rows], chances=chances)

    @property
    def all(self) -> tuple[Lifted, ...]:
        """Every patch in each world."""
        return (self.own, *self.others)

    def kept(self, some: Sequence[bool]) -> "Patches":
        """The same without the patches that are not among `some` of `all`."""
        own, *others = (
            replace(each, lifts=each.lifts * yes) for each, yes in zip(self.all, some, strict=True)
        )
        return replace(self, lifts=own.lifts, others=tuple(others))

    @property
    def own(self) -> Lifted:
        """This patch in each world."""
        return Lifted(self.shapes, self.lifts)

    @property
    def likely(self) -> Array:
        """The chance of each world if it has this patch, else 0, (k,)."""
        return np.asarray(self.chances * (self.lifts != 0.0))

    @property
    def chance(self) -> float:
        """That there is this patch, in [0, 1]."""
        return float(self.likely.sum())

    @property
    def is_found(self) -> bool:
        """Whether there is a patch for all that is known: what is left to ask is where it ends."""
        return self.chance >= FOUND

    @property
    def worlds(self) -> Array:
        """The chance of each, and last that there is no patch, (k + 1,); they sum to 1."""
        return np.append(self.chances, 1.0 - float(self.chances.sum()))

    def look(self, units: Array) -> tuple[Array, Array]:
        """1 where any patch is, else 0, and by how much f is shifted there, both (n, k)."""
        held = self.own.held(units)
        shift = held * self.lifts
        for other in self.others:
            there = other.held(units)
            shift += there * other.lifts
            held = np.maximum(held, there)
        return held, shift

    def shift(self, units: Array) -> Array:
        """The shift of f to expect at `units` (n, d), (n,)."""
        return np.asarray(self.look(units)[1] @ self.chances)

    def cover(self, units: Array) -> Array:
        """The chance that this patch holds each of `units` (n, d), in [0, 1], (n,)."""
        return np.asarray(self.shapes.hold(units) @ self.likely)

    def cover_all(self, units: Array) -> Array:
        """The chance that any patch holds each of `units` (n, d), in [0, 1], (n,)."""
        return np.asarray(self.look(units)[0] @ self.chances)


def likeliest(patches: Sequence[Patches]) -> Patches:
    """The one that explains the answers best."""
    return max(patches, key=lambda one: one.log_factor)


def together(patches: Sequence[Patches], weights: Array) -> tuple[Patches, ...]:
    """Each of the patches, each known alone, in worlds with all others that are borne out.

    `weights` (n,) are those of the smooth process.
    """
    sure = [one for one in patches if one.log_factor > BORNE_OUT]
    return tuple(
        _beside(one, [other for other in sure if other is not one], weights) for one in patches
    )


def _beside(one: Patches, others: Sequence[Patches], weights: Array) -> Patches:
    """`one` in worlds with `others`; those without it are half of all, at most."""
    if not others:
        return one
    half = KEPT // 2
    rows, share = evenly(one.chances, half)
    absent = 1.0 - one.chance
    more = int(np.ceil(absent * half))
    chances = np.append(np.full(half, share), np.full(more, absent / max(more, 1)))
    rows = np.append(rows, np.full(more, len(one.chances)))
    drawn = [_with_none(one, weights)[rows]]
    for j, other in enumerate(others):
        steps, _ = evenly(other.worlds, len(rows))
        drawn.append(_with_none(other, weights)[steps[_mixed(len(rows), j)]])
    some = np.flatnonzero(np.any([each.lifts != 0.0 for each in drawn], axis=0))
    own, *beside = (each[some] for each in drawn)
    factors = [one.log_factor, *(other.log_factor for other in others)]
    return replace(
        own,
        chances=chances[some],
        log_factor=sum(factors) if one.log_factor > BORNE_OUT else one.log_factor,
        weights=own.weights + sum(each.weights - weights[:, None] for each in beside),
        others=tuple(each.own for each in beside),
    )


def _mixed(count: int, j: int) -> Rows:
    """An order of `count` rows, another for each j, in which any next few are from all of them.

    The ranks of multiples of an irrational number, as Kronecker's sequence takes their fractions.
    """
    fractions = np.arange(count) * np.sqrt(_PRIMES[j % len(_PRIMES)]) % 1.0
    return np.asarray(fractions.argsort(kind="stable").argsort(kind="stable"))


def _with_none(one: Patches, weights: Array) -> Patches:
    """The same with its last world, in which there is none, as one of the others."""
    return replace(
        one,
        shapes=joined([one.shapes, one.shapes[:1]]),
        chances=one.worlds,
        lifts=np.append(one.lifts, 0.0),
        weights=np.column_stack([one.weights, weights]),
    )


def thinned(chances: Array, count: int) -> tuple[Rows, Array]:
    """Rows that stand for all of `chances` (k,), at most `count`, and the chances of each."""
    each, share = evenly(chances, count)
    rows, times = np.unique(each, return_counts=True)
    return rows, np.asarray(times * share)


def evenly(chances: Array, count: int) -> tuple[Rows, float]:
    """`count` rows, each as often as its chance (k,) says, and what each has of the whole.

    They are taken by even steps along the running sum, without luck.
    """
    steps = np.cumsum(chances)
    marks = (np.arange(count) + 0.5) / count * steps[-1]
    rows = np.minimum(np.searchsorted(steps, marks), len(chances) - 1)
    return rows, float(steps[-1] / count)
