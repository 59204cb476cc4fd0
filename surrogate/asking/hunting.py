"""Hunting for a small patch: which run tells most about where a suspected patch lies.

The suspects are shapes with chances and lifts (`models.patches`). In one world this shape is the
patch, in another none is; a run whose answer differs between them teaches which world it is:

    symbol   meaning                                                                shape
    W        chance of each world; the last has no patch                            (k + 1,)
    P        chance of a yes at a candidate in each world                           (n, k + 1)
    T        chance that f is over the level there                                  (n, k + 1)
    gain     I(answer; side) = h(PW) - TW h(yes if over) - (1 - TW) h(yes if not)   (n,)
    A        of each course that the runs ahead may take: chance of it and a world  (c, k + 1)

h is the entropy of a yes or no. Once a patch is found, the gain is highest along its edges. Before,
it is highest where the likeliest suspect lies, and the hunt would camp there as long as a bend of
the map passes for a patch: in four dimensions for hundreds of runs, with fewer in the true one than
chance puts there. So each hunter then goes into a suspect of its own, drawn as likely as it is, to
the place there that tells most.
What the smooth process took up of a patch is given back in that patch's world. Gains are small at
first, so the hunt has a share of its own and does not compete until a patch is found. What the runs
ahead, in flight or in the same batch, will answer is open: a gain is its mean over the courses that
they may take (Kirsch, van Amersfoort and Gal 2019, "BatchBALD"), of which a few stand for all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import entr, ndtr

from surrogate.asking.sites import without
from surrogate.models.patched import PatchedPosterior
from surrogate.models.shapes import Shapes
from surrogate.models.worlds import evenly
from surrogate.space import Array, Rows, Space

# Of the rule's queries, while a patch is looked for. On the football game, 0.95 in place of 0.75
# took the runs inside a planted defect from 147, 126, 174 and 103 of 400 to 161, 222, 243 and 122.
_HUNTERS = 0.9
_LEAST = 0.5  # of them, once one is found
_FEW = 10.0  # runs that count as made about every patch
_AROUND = 0.15  # of a shape's widths: how far outside it candidates are drawn
_GROUND = 128  # candidates that are in most doubt, and as many in and around the shapes
_DOUBTFUL = 0.05  # from there on, of the most .25, a chance and its complement leave a place open
_TRIES = 4  # candidates in each suspected shape
_COURSES = 16  # of answers that stand for all that runs ahead may give


class Trail(NamedTuple):
    """Where to hunt: `units` (n, d), their `gains` (n,), and the chance of a patch there (n,)."""

    units: Array
    gains: Array
    chances: Array


@dataclass(frozen=True)
class Worlds:
    """The worlds that `process` suspects in `space`; `g` is the latent level."""

    space: Space
    process: PatchedPosterior
    g: float

    @property
    def chances(self) -> Array:
        """Of each world, (k + 1,); they sum to 1."""
        return self.process.patches.worlds

    def look(self, units: Array) -> tuple[Array, Array]:
        """P and T at `units` (n, d), both (n, k + 1)."""
        m, v = self.process.smooth.latent(units)
        f, _ = self.process.worlds(units, m)
        v = v[:, None]
        return ndtr(f / np.sqrt(1.0 + v)), ndtr((f - self.g) / np.sqrt(v))


def hunting_shares(suspected: Sequence[Worlds], spread: Array, *, inherited: bool = False) -> Array:
    """Of the rule's queries, the share that hunts each of the suspected patches, (s,).

    `spread` (n, d) stands for the space. Before one is found, all have alike, but of a child, whose
    map is `inherited`, by their chances: what it knows of a patch already leaves next to none that
    it is one more. Then all are hunted by as much as is open about them, of all that may be on the
    wrong side of the level, and by half of the rule's queries at least. With four fifths of a
    thousand runs around a patch in four dimensions, as much again was claimed elsewhere, where
    hardly any lay. Each has its part by what a run clears up about it: what is open falls about as
    one over the runs that were made where the patch may be.
    """
    patches = [one.process.patches for one in suspected]
    found = np.array([each.is_found for each in patches])
    if not found.any():
        parts = np.array([each.chance if inherited else 1.0 for each in patches])
        return np.asarray(_HUNTERS * parts / max(float(parts.sum()), np.finfo(float).tiny))
    cover = np.stack([each.cover(spread) for each in patches])
    openly = np.minimum(cover, 1.0 - cover).sum(axis=1)
    first = suspected[int(found.argmax())]
    halves = first.process.halves(spread)
    over = ndtr((halves.m[1] - first.g) / np.sqrt(halves.v[1]))
    rest = ((1.0 - halves.inside) * np.minimum(over, 1.0 - over)).sum()
    edges = max(float(openly.sum()), np.finfo(float).tiny)
    about = np.stack([each.cover(first.process.units) for each in patches]).sum(axis=1)
    pace = openly / (_FEW + about / np.maximum(cover.max(axis=1), np.finfo(float).tiny))
    parts = pace / max(float(pace.sum()), np.finfo(float).tiny)
    return np.asarray(max(_HUNTERS * edges / (edges + rest), _LEAST) * parts)


@dataclass(frozen=True)
class Ground:
    """Candidates `units` (n, d), and the rows that each hunter in turn may take."""

    units: Array
    turns: tuple[Rows, ...]


def edges(
    suspected: Worlds, spread: Array, hunters: int, *, taken: Array, seed: int, again: Array
) -> Ground:
    """Where a patch that is found may end: any hunter may go to any of it.

    The rows of `spread` (m, d) in most doubt, and as many in and around the shapes, but for those
    that are `taken` (k, d). Where there are places in doubt to run `again` (j, d), they go there.
    """
    rng, patches = np.random.default_rng(seed), suspected.process.patches
    drawn = _within(suspected, _drawn(suspected, _GROUND, rng), _AROUND, rng)
    cover = patches.cover(spread)
    doubtful = spread[np.argsort(-cover * (1.0 - cover), kind="stable")[:_GROUND]]
    units = np.concatenate([doubtful, drawn])
    cover = patches.cover(again)
    open_again = again[cover * (1.0 - cover) > _DOUBTFUL]
    if len(open_again) >= hunters:
        units = open_again
    rows = np.flatnonzero(suspected.space.allowed(units) & without(units, taken))
    return Ground(units, (rows,) * hunters)


def suspects(suspected: Worlds, hunters: int, *, taken: Array, seed: int, again: Array) -> Ground:
    """In shapes as likely as they are, one for each hunter: where they hold places to run `again`
    (j, d), at one of these.
    """
    rng = np.random.default_rng(seed)
    some = _drawn(suspected, hunters, rng)
    units = np.concatenate([_within(suspected, some, 0.0, rng, each=_TRIES), again])
    free = suspected.space.allowed(units) & without(units, taken)
    rows = np.arange(hunters * _TRIES).reshape(hunters, _TRIES)
    held = (some.hold(again).T > 0.0) & free[rows.size :]
    turns = [
        rows.size + np.flatnonzero(own) if own.any() else row
        for row, own in zip(rows, held, strict=True)
    ]
    return Ground(units, tuple(turn[free[turn]] for turn in turns))


def _drawn(suspected: Worlds, count: int, rng: np.random.Generator) -> Shapes:
    """So many of the shapes, as likely as they are."""
    patches = suspected.process.patches
    rows = rng.choice(len(patches.chances), count, p=patches.likely / patches.chance)
    return patches.shapes[rows]


def _within(
    suspected: Worlds, shapes: Shapes, around: float, rng: np.random.Generator, each: int = 1
) -> Array:
    """Places in the `shapes` (k,), `each` in one, (k x each, d).

    `around` of its widths may they lie outside of it.
    """
    some = shapes[np.repeat(np.arange(len(shapes)), each)]
    low, high = np.clip(some.low, 0.0, 1.0), np.clip(some.high, 0.0, 1.0)
    share = rng.uniform(-around, 1.0 + around, low.shape)
    return suspected.space.snap(np.clip(low + (high - low) * share, 0.0, 1.0))


def hunt(suspected: Worlds, ground: Ground, flying: Array) -> Trail:
    """What tells most in each hunter's turn, beside the runs in flight (k, d).

    A hunter for whom nothing is left stays away.
    """
    A = suspected.chances[None, :]
    for yes in suspected.look(flying)[0]:
        A = parted(A, yes)
    units = ground.units
    P, T = suspected.look(units)
    free = np.ones(len(units), dtype=bool)
    rows: list[int] = []
    gains: list[float] = []
    for turn in ground.turns:
        own = turn[free[turn]]
        if len(own) == 0:
            continue
        gain = information(A, P[own], T[own])
        best = int(gain.argmax())
        rows.append(int(own[best]))
        gains.append(float(gain[best]))
        free &= np.any(units != units[rows[-1]], axis=1)
        A = parted(A, P[rows[-1]])
    there = np.abs(T[rows] - T[rows, -1:]) @ suspected.chances
    return Trail(units[rows], np.array(gains), there)


def parted(A: Array, yes: Array) -> Array:
    """The courses A (c, k) once a run of chance `yes` (k,) in each world has said yes or no.

    Of more than `_COURSES`, some stand for all, each as often as its chance says.
    """
    A = np.concatenate([A * yes, A * (1.0 - yes)])
    if len(A) <= _COURSES:
        return A
    chances = A.sum(axis=1)
    kept, share = evenly(chances, _COURSES)
    return np.asarray(A[kept] * (share / chances[kept])[:, None])


def information(A: Array, P: Array, T: Array) -> Array:
    """Gains in nats of candidates with P and T (n, k), over the courses A (c, k), (n,)."""
    chance = A.sum(axis=1)[:, None]
    yes, over, both = A @ P.T, A @ T.T, A @ (P * T).T
    tiny = np.finfo(float).tiny
    under = np.maximum(chance - over, tiny)
    if_over, if_under = both / np.maximum(over, tiny), (yes - both) / under
    gain = chance * _entropy(yes / chance) - over * _entropy(if_over) - under * _entropy(if_under)
    return np.asarray(gain.sum(axis=0))


def _entropy(p: Array) -> Array:
    q = np.clip(p, 0.0, 1.0)
    return np.asarray(entr(q) + entr(1.0 - q))
