"""Hunting for a small patch: which run tells most about where a suspected patch lies.

The suspects are boxes with chances and lifts (`models.patches`). In one world this box is the
patch, in another none is; a run whose answer differs between them teaches which world it is:

    symbol   meaning                                                                shape
    W        chance of each box                                                     (k,)
    D        what the patch in a box adds to the chance of a yes at a candidate     (n, k)
    F        1.0 where the patch in a box carries a site to the other side, else 0  (q, k)
    C        covariance of the answer and the side: (D W) F' - (D W 1) (F W 1)'     (n, q)
    gain     2 mean_q C^2 / var(answer): the expected fall of the undecided share   (n,)

It is the gain of the rule `sides`, for another doubt than that of a smooth process. It is small
as long as nothing is suspected, so the hunt has a share of its own and does not compete. In a
batch, each run in flight is taken to bring the dull answer: that moves the others elsewhere.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from surrogate.models.patches import Boxes, Patches
from surrogate.models.posterior import Posterior
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
    """Boxes with their chances (k,) and lifts (k,), and the process without a patch."""

    boxes: Boxes
    chances: Array
    lifts: Array
    smooth: Posterior

    def chance_of_yes(self, units: Array) -> tuple[Array, Array]:
        """At `units` (n, d) without a patch, (n,), and under each lift, (n, k)."""
        m, v = self.smooth.latent(units)
        t = np.sqrt(1.0 + v)
        return ndtr(m / t), ndtr((m[:, None] + self.lifts) / t[:, None])

    def after_dull(self, chances: Array, unit: Array) -> Array:
        """`chances` after the answer at `unit` (d,) that is likelier without a patch."""
        plain, lifted = self.chance_of_yes(unit[None, :])
        ratio = lifted[0] / plain if plain[0] > 0.5 else (1.0 - lifted[0]) / (1.0 - plain)
        held = self.boxes.hold(unit[None, :])[0] > 0.0
        after = np.where(held, chances * ratio, chances)
        return np.asarray(after / (1.0 - chances.sum() + after.sum()))

    def crossing(self, sites: Array, g: float) -> tuple["Worlds", Array]:
        """The worlds in which a box carries any of `sites` over the latent level, and F (q, k)."""
        m, _ = self.smooth.latent(sites)
        turned = ((m[:, None] + self.lifts) > g) != (m > g)[:, None]
        sides = self.boxes.hold(sites) * turned
        some = sides.any(axis=0)
        kept = Worlds(self.boxes[some], self.chances[some], self.lifts[some], self.smooth)
        return kept, sides[:, some]


def worlds(patches: Patches, smooth: Posterior) -> Worlds:
    """What `patches` suspects."""
    return Worlds(patches.boxes, patches.chances, patches.lifts, smooth)


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


def hunt(suspected: Worlds, sides: Array, units: Array, flying: Array, count: int) -> Trail:
    """The `count` best of `units` (n, d) one after the other, beside the runs in flight (k, d).

    `sides` is F; all of `units` come when there are fewer than `count`.
    """
    chances = suspected.chances
    for row in flying:
        chances = suspected.after_dull(chances, row)
    plain, lifted = suspected.chance_of_yes(units)
    held = suspected.boxes.hold(units)
    more = held * (lifted - plain[:, None])
    rows: list[int] = []
    gains: list[float] = []
    cover: list[float] = []
    for _ in range(min(count, len(units))):
        gain = _gain(more * chances, sides, chances, plain)
        gain[rows] = -np.inf
        rows.append(int(gain.argmax()))
        gains.append(float(gain[rows[-1]]))
        cover.append(float(held[rows[-1]] @ chances))
        chances = suspected.after_dull(chances, units[rows[-1]])
    return Trail(units[rows], np.array(gains), np.array(cover))


def _gain(more: Array, sides: Array, chances: Array, plain: Array) -> Array:
    """2 mean_q C^2 / var(answer), (n,); `more` is D W."""
    mean = more.sum(axis=1)
    covariance = more @ sides.T - np.outer(mean, sides @ chances)
    yes = plain + mean
    spread = np.maximum(yes * (1.0 - yes), np.finfo(float).tiny)
    return np.asarray(2.0 * np.mean(covariance**2, axis=1) / spread)
