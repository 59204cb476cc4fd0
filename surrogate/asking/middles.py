"""Middles of sweet spots that a campaign has from its parent alone: each wants one run of its own.

What a parent's map says holds until runs speak against it. A spot that is no more can so outlive
the runs that were made again, where none of them lay inside, and a rule that goes where the map is
unsure does not ask: the parent was sure. So the middle of each spot is asked once, where nothing
was run nearer to it than the spot's edge is. Where the spots are is read once of each surrogate,
however often it is asked.
"""

from collections import deque
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from surrogate.asking.request import Choice, Request
from surrogate.models.base import Marginal
from surrogate.models.remembering import once
from surrogate.records import Reason
from surrogate.regions import Lattice, Region, connected, lattice
from surrogate.space import Array, Space

_SIDE, _CLOUD = 32, 2**11  # cells of an axis, or points, that show where the spots are
_LEAST_SHARE = 0.002  # of the space: two cells of such a grid; what is smaller can wait
_SURROGATES = 4  # of which the last middles are kept

_kept: deque[tuple[tuple[object, ...], Any]] = deque(maxlen=_SURROGATES)


def unseen_middles(surrogate: Marginal, request: Request) -> tuple[Choice, ...]:
    """A choice for each spot above the goal's level whose middle no run has seen; `count` at most.

    None on a pool, or for a goal without a level.
    """
    space, level = request.space, request.goal.level
    if not isinstance(space, Space) or level is None:
        return ()
    key = surrogate, space, request.goal
    middles = once(_kept, key, lambda: _middles(surrogate, space, level))
    taken = request.taken
    why = f"in the middle of a sweet spot of '{request.parent}', where nothing was run since"
    return tuple(
        Choice(middle, Reason.COVERAGE, why)
        for middle, depth in middles
        if not (np.linalg.norm(taken - middle, axis=1) < depth).any()
    )[: request.count]


def _middles(surrogate: Marginal, space: Space, level: float) -> list[tuple[Array, float]]:
    """The middle of each spot above the level, and how far its edge is."""
    picture = lattice(space, side=_SIDE, points=_CLOUD)
    inside = (surrogate.exceedance(picture.units, level) > 0.5) & (picture.share > 0)
    spots = [one for one in connected(picture, inside) if one.share(picture) >= _LEAST_SHARE]
    return [_middle(picture, spot) for spot in spots]


def _middle(picture: Lattice, spot: Region) -> tuple[Array, float]:
    """The point of a spot that is farthest from its edge, and how far that is, in the cube."""
    units = picture.units[spot.members]
    depth = np.minimum(units, 1.0 - units).min(axis=1)
    outside = np.delete(picture.units, spot.members, axis=0)
    if len(outside):
        depth = np.minimum(depth, cKDTree(outside).query(units)[0])
    deepest = int(np.argmax(depth))
    return units[deepest], float(depth[deepest])
