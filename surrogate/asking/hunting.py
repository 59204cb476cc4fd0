"""Hunting for a small patch: which run tells most about where a suspected patch lies.

The suspects are boxes with chances and lifts (`models.patches`). In one world this box is the
patch, in another none is; a run whose answer differs between them teaches which world it is:

    symbol   meaning                                                                shape
    W        chance of each world; the last has no patch                            (k + 1,)
    P        chance of a yes at a candidate in each world                           (n, k + 1)
    H        chance that its patch lies there and carries f over the level          (n, k + 1)
    gain     I(answer; there) = h(PW) - HW h(yes if there) - (1 - HW) h(yes if not)  (n,)

h is the entropy of a yes or no. While nothing is suspected, the information of a run is in
proportion to the chance of a patch there, so that the hunt goes over the whole space; a gain in
the square of that chance would camp where it is highest. Later it is highest along the edges.
What the smooth process took up of a patch is given back in that patch's world. Gains are small at
first, so the hunt has a share of its own and does not compete. In a batch, each run in flight is
taken to bring the dull answer: that moves the others elsewhere.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr, ndtr

from surrogate.models.patches import Patches
from surrogate.models.posterior import Weighable
from surrogate.space import Space

Array = NDArray[np.float64]

_AROUND = 0.15  # of a box's widths: how far outside it candidates are drawn


@dataclass(frozen=True)
class Trail:
    """Where to hunt: `units` (n, d), their `gains` (n,), and the chance of a patch there (n,)."""

    units: Array
    gains: Array
    chances: Array


@dataclass(frozen=True)
class Worlds:
    """The worlds that `patches` suspects in `space`, and last the one without a patch.

    `smooth` is the process without it, `g` the latent level.
    """

    space: Space
    patches: Patches
    smooth: Weighable
    g: float

    @property
    def chances(self) -> Array:
        """Of each world, (k + 1,); they sum to 1."""
        return np.append(self.patches.chances, 1.0 - self.patches.chance)

    def look(self, units: Array) -> tuple[Array, Array]:
        """P and H at `units` (n, d), both (n, k + 1)."""
        m, v = self.smooth.latent(units)
        plain = self.patches.plain(units, self.smooth)
        inside = self.patches.boxes.hold(units)
        f = plain + inside * self.patches.lifts
        sd = np.sqrt(v)[:, None]
        over, before = ndtr((f - self.g) / sd), ndtr((plain - self.g) / sd)
        matters = np.abs(over - before)
        yes = ndtr(np.column_stack([f, m]) / np.sqrt(1.0 + v)[:, None])
        return yes, np.column_stack([matters, np.zeros(len(units))])


def places(patches: Patches, space: Space, spread: Array, count: int, seed: int) -> Array:
    """Rows to choose from: the `count` of `spread` in most doubt, and as many in the boxes."""
    rng = np.random.default_rng(seed)
    rows = rng.choice(len(patches.chances), count, p=patches.chances / patches.chances.sum())
    boxes = patches.boxes[rows]
    width = boxes.high - boxes.low
    drawn = boxes.low + width * rng.uniform(-_AROUND, 1.0 + _AROUND, width.shape)
    drawn = space.snap(np.clip(drawn, 0.0, 1.0))
    cover = patches.cover(spread)
    doubtful = spread[np.argsort(-cover * (1.0 - cover), kind="stable")[:count]]
    units = np.concatenate([doubtful, drawn[space.allowed(drawn)]])
    _, firsts = np.unique(np.round(units, 9), axis=0, return_index=True)
    return np.asarray(units[np.sort(firsts)])


def hunt(suspected: Worlds, units: Array, flying: Array, count: int) -> Trail:
    """The `count` best of `units` (n, d) one after the other, beside the runs in flight (k, d).

    All of `units` come when there are fewer than `count`.
    """
    W = suspected.chances
    for seen in zip(*suspected.look(flying), strict=True) if len(flying) else ():
        W = after_dull(W, *seen)
    P, H = suspected.look(units)
    rows: list[int] = []
    gains: list[float] = []
    cover: list[float] = []
    for _ in range(min(count, len(units))):
        gain, there = information(W, P, H)
        gain[rows] = -np.inf
        rows.append(int(gain.argmax()))
        gains.append(float(gain[rows[-1]]))
        cover.append(float(there[rows[-1]]))
        W = after_dull(W, P[rows[-1]], H[rows[-1]])
    return Trail(units[rows], np.array(gains), np.array(cover))


def after_dull(W: Array, yes: Array, holds: Array) -> Array:
    """The chances W (k,) after the answer that is likelier where no patch is; rows of P and H."""
    outside = W * (1.0 - holds)
    dull_is_yes = outside @ yes > 0.5 * outside.sum()
    after = W * (yes if dull_is_yes else 1.0 - yes)
    return np.asarray(after / after.sum())


def information(W: Array, P: Array, H: Array) -> tuple[Array, Array]:
    """Gains in nats, and the chance of a patch at each candidate, both (n,)."""
    there = H @ W
    yes_there, yes = (P * H) @ W, P @ W
    tiny = np.finfo(float).tiny
    inside = yes_there / np.maximum(there, tiny)
    outside = (yes - yes_there) / np.maximum(1.0 - there, tiny)
    gain = _entropy(yes) - there * _entropy(inside) - (1.0 - there) * _entropy(outside)
    return np.asarray(gain), there


def _entropy(p: Array) -> Array:
    q = np.clip(p, 0.0, 1.0)
    return np.asarray(entr(q) + entr(1.0 - q))
