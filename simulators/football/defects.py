"""Named defects of a build: what goes wrong in the goalkeeper's head, and where on the pitch.

Each defect is a physical cause (a late start, a step too many), never a probability. Where it
acts is drawn from the design's `defect_seed`, within the long-range zone `HOME`, so that a study
of it knows where to look without knowing where it is.

    near_post   a post hides a wedge of the pitch: he is blind to shots at its side from there
    chip        when advanced, he comes out further in a window and does not turn for a chip
    one_sided   shots to one side from a patch: that side's reaction is never triggered
    ridge       at one distance he is caught between two stances, and cannot push off in time
    dead_zone   shots from a disc do not wake him until the ball is well on its way
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from simulators.football.design import Design
from simulators.football.flight import Array, Mask
from simulators.football.pitch import HALF_GOAL

Bounds = tuple[tuple[float, float], tuple[float, float]]
HOME: Bounds = ((22.0, 33.0), (-10.0, 10.0))  # m: x and y of the zone that the defects lie in
# A struck shot at a semi-professional goalkeeper, from which HOME is even: a goal in 0.30 to 0.38
# without a defect, wherever it is taken.
HELD: Mapping[str, float] = {"speed": 26.0, "aim_error": 1.5, "placement": 0.6, "height": 1.8}
GOALKEEPER = "semi_pro"
# m: the middles of each. What depends on the distance lies where it lifts by about as much as the
# others.
PATCHES: Bounds = ((23.5, 25.0), (-8.0, 8.0))
WINDOWS: Bounds = ((23.7, 24.7), (-8.0, 8.0))
DISCS: Bounds = ((23.8, 31.2), (-8.0, 8.0))
RIDGES = (22.5, 32.0)  # m: its nearer edge
WEDGES = (22.4, 24.6)  # m: its nearest

# How far each goes was chosen so that such a shot gains 0.28 to 0.35.
HIDDEN = 2.7  # m off at which he sees a ball that was hidden from him
CAUGHT = 3.9  # m off that the ball has come when he has both feet on the ground
ASLEEP = 3.9  # m off at which the ball wakes him
LEAN = 0.2  # m towards the side that he sees, when he is blind to the other
ASIDE = 0.46  # m from where he should stand, when he is off guard
OUT = 4.75  # m that he comes out to in the chip window
ADVANCED = 1.0  # m off his line beyond which he falls for it
AT_HOME = 3.5  # m off his line up to which defects show; farther out he is alert

PATCH = (1.4, 1.5)  # m, half its size in x and y
WINDOW = (1.6, 1.65)  # m, half axes of the chip window in x and y
DISC = 1.64  # m
WEDGE = (0.054, 3.1)  # tangent of half its angle; m from its nearest to its farthest
RIDGE = (0.36, 0.43)  # m, its narrowest and its widest


@dataclass(frozen=True)
class Bugs:
    """What the defects do to each of n shots, each `(n,)`.

    `wake_left`, `wake_right`: metres off at which he sees a ball to that side of him, infinite
    where nothing is wrong; `stand`: metres aside of where he should be that he stands, whatever he
    was told, NaN where nothing is wrong; `rush`: metres he has come out too far; `stays`: he does
    not go back for a chip.
    """

    wake_left: Array
    wake_right: Array
    stand: Array
    rush: Array
    stays: Mask


@dataclass(frozen=True)
class Places:
    """Where the defects of one seed sit; metres, radians.

    `ridge`: its nearer edge and its width in x. `wedge`: from the post at `wedge_side`, tangent of
    its middle bearing and of half its angle, nearest and farthest distance. `patch`, `window`,
    `disc`: (x, y) of the middle; `slow_side` the side he does not react to.
    """

    ridge: tuple[float, float]
    wedge: tuple[float, float, float, float]
    wedge_side: float
    patch: tuple[float, float]
    slow_side: float
    window: tuple[float, float]
    disc: tuple[float, float]


def places(seed: int) -> Places:
    """The places that a defect seed stands for."""
    rng = np.random.default_rng(seed)
    side, slow = (float(sign) for sign in rng.choice([-1.0, 1.0], 2))
    near = float(rng.uniform(*WEDGES))
    return Places(
        ridge=(float(rng.uniform(*RIDGES)), float(rng.uniform(*RIDGE))),
        wedge=(float(rng.uniform(-0.1, 0.1)), WEDGE[0], near, near + WEDGE[1]),
        wedge_side=side,
        patch=_spot(rng, PATCHES),
        slow_side=slow,
        window=_spot(rng, WINDOWS),
        disc=_spot(rng, DISCS),
    )


def bugs_at(design: Design, x: Array, y: Array, depth: Array) -> Bugs:
    """What the design's defects do to shots from (x, y) on a keeper `depth` off his line."""
    sound, none = np.full_like(x, np.inf), np.zeros_like(x)
    bugs = Bugs(sound, sound, np.full_like(x, np.nan), none, np.zeros(x.shape, dtype=bool))
    where = places(design.defect_seed)
    for defect in design.defects:
        bugs = _ACTS[defect](bugs, where, x, y, depth)
    return bugs


def acts(design: Design, x: Array, y: Array, depth: Array) -> Mask:
    """Where any of the design's defects changes what the keeper does, `(n,)`."""
    bugs = bugs_at(design, x, y, depth)
    return np.isfinite(bugs.wake_left) | np.isfinite(bugs.wake_right) | bugs.stays


def _spot(rng: np.random.Generator, bounds: Bounds) -> tuple[float, float]:
    (near, far), (left, right) = bounds
    return float(rng.uniform(near, far)), float(rng.uniform(left, right))


def _near_post(bugs: Bugs, where: Places, x: Array, y: Array, depth: Array) -> Bugs:
    middle, half, near, far = where.wedge
    # Seen from the post: u outwards along the goal line; the tangent of the bearing is u / x.
    u = where.wedge_side * y - HALF_GOAL
    distance = np.sqrt(x * x + u * u)
    inside = np.abs(u - middle * x) < half * x
    return _one_eyed(
        bugs, inside & (depth <= AT_HOME) & (distance > near) & (distance < far), where.wedge_side
    )


def _chip(bugs: Bugs, where: Places, x: Array, y: Array, depth: Array) -> Bugs:
    u, v = (x - where.window[0]) / WINDOW[0], (y - where.window[1]) / WINDOW[1]
    fooled = (u * u + v * v < 1) & (depth > ADVANCED) & (depth <= AT_HOME)
    return replace(bugs, rush=np.where(fooled, OUT - depth, bugs.rush), stays=bugs.stays | fooled)


def _one_sided(bugs: Bugs, where: Places, x: Array, y: Array, depth: Array) -> Bugs:
    inside = (np.abs(x - where.patch[0]) < PATCH[0]) & (np.abs(y - where.patch[1]) < PATCH[1])
    return _one_eyed(bugs, inside & (depth <= AT_HOME), where.slow_side)


def _ridge(bugs: Bugs, where: Places, x: Array, y: Array, depth: Array) -> Bugs:
    edge, width = where.ridge
    inside = (x >= edge) & (x < edge + width)
    return _off_guard(bugs, inside & (depth <= AT_HOME), where.slow_side, CAUGHT)


def _dead_zone(bugs: Bugs, where: Places, x: Array, y: Array, depth: Array) -> Bugs:
    u, v = x - where.disc[0], y - where.disc[1]
    inside = (u * u + v * v < DISC * DISC) & (depth <= AT_HOME)
    return _off_guard(bugs, inside, where.slow_side, ASLEEP)


def _one_eyed(bugs: Bugs, inside: Mask, side: float) -> Bugs:
    """Blind to one side (-1 or +1), he guards the other, and the striker sees it."""
    return _unseen(_standing(bugs, inside, -side * LEAN), inside, side, HIDDEN)


def _off_guard(bugs: Bugs, inside: Mask, side: float, wake: float) -> Bugs:
    """Not where he should be, he moves to neither side before the ball is `wake` metres off."""
    moved = _standing(bugs, inside, side * ASIDE)
    return _unseen(_unseen(moved, inside, -1.0, wake), inside, 1.0, wake)


def _standing(bugs: Bugs, inside: Mask, stand: float) -> Bugs:
    return replace(bugs, stand=np.where(inside, stand, bugs.stand))


def _unseen(bugs: Bugs, inside: Mask, side: float, wake: float) -> Bugs:
    """Balls to one side of him are not seen before they are `wake` metres off."""
    if side > 0:
        return replace(bugs, wake_right=np.where(inside, wake, bugs.wake_right))
    return replace(bugs, wake_left=np.where(inside, wake, bugs.wake_left))


_ACTS = {
    "near_post": _near_post,
    "chip": _chip,
    "one_sided": _one_sided,
    "ridge": _ridge,
    "dead_zone": _dead_zone,
}
