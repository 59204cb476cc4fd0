"""Zones: places where a sweet spot is, or was, and what the posterior says of its change there.

A zone is a spot of one side, with that of the other side that lies on it, if any does. What is
asked of it treats both sides alike, so that choosing the zone by the same data that judge it
favours no verdict: the size on each side, and the place of its middle, over the zone and what
surrounds it, in joint draws of both surrogates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from scipy.special import chdtrc

from surrogate.answers.difference import Difference
from surrogate.answers.spots import LEAST_SHARE, Interval
from surrogate.answers.witnesses import AGAINST, LEAST
from surrogate.regions import Lattice, Region, connected
from surrogate.space import Array, Mask, Rows

_DRAWS = 2000  # a posterior probability of .001 then has two of them behind it
_POINTS = 150  # that stand for a zone and what surrounds it
_AROUND = 0.5  # of a zone's own width: how far around it its edge may truly lie
_COMMON = 0.25  # of the smaller of two spots: where they share less, one is not the other
_NOWHERE = np.empty(0, dtype=np.int64)
_NOTHING = float(np.finfo(float).tiny)
_MOST_LOST = 0.1  # of the draws: more without a spot on one side, and there is no way between two


@dataclass(frozen=True)
class Scene:
    """Two campaigns read over a lattice of what they have in common.

    `chances` (2, n): that the response is beyond the level, before and after.
    """

    difference: Difference
    picture: Lattice
    chances: Array
    level: float
    above: bool

    @cached_property
    def inside(self) -> tuple[Mask, Mask]:
        """Where the spots are, before and after, (n,) each."""
        there = (self.chances > 0.5) & (self.picture.volume > 0)
        return there[0], there[1]


@dataclass(frozen=True)
class Zone:
    """One zone: its regions on both sides, and joint draws of what it measures.

    `shares` (2,) parts of the common space; `drawn` (2, draws) the same in draws, over the zone
    and its surroundings; `strengths` (2, draws) the mean response over the zone; `middles`
    (2, draws, d) the centres of mass in the unit cube, NaN where a draw has no spot. `borne` (2,)
    says by how many nats each side's runs here bear out that the two differ.
    """

    parts: tuple[Rows, Rows]
    region: Region
    shares: Array
    drawn: Array
    strengths: Array
    middles: Array
    borne: Array

    @property
    def on_both(self) -> bool:
        """Whether there is a spot before and after."""
        return bool(len(self.parts[0]) and len(self.parts[1]))

    @property
    def chance_of_rise(self) -> float:
        """Posterior probability that the mean response over the zone rose."""
        return rising(self.strengths[1] - self.strengths[0])

    @property
    def is_borne_out(self) -> bool:
        """Whether the runs of both sides say themselves that something changed here."""
        return bool((self.borne >= LEAST).all())

    @property
    def is_spoken_against(self) -> bool:
        """Whether the runs of a side are likelier under the map of the other."""
        return bool((self.borne < -AGAINST).any())

    @property
    def chance_of_growth(self) -> float:
        """Posterior probability that the spot is larger after than before, ties halved."""
        return rising(self.drawn[1] - self.drawn[0])

    @property
    def doubt_of_strength(self) -> float:
        """Twice the posterior probability that its response went the other way, in (0, 1]."""
        return two_sided(self.chance_of_rise)

    @cached_property
    def doubt_of_place(self) -> float:
        """Posterior tail probability that its middle stayed, in (0, 1]; 1 where one side has none.

        Of the shift's mean in units of its covariance, by the chi-squared distribution.
        """
        shift = self.middles[1] - self.middles[0]
        shift = shift[np.isfinite(shift).all(axis=1)]
        if len(shift) < (1 - _MOST_LOST) * self.drawn.shape[1]:
            return 1.0
        varied = shift.std(axis=0) > 0
        if not varied.any():
            return 1.0
        mean, spread = shift[:, varied].mean(axis=0), np.atleast_2d(np.cov(shift[:, varied].T))
        squared = float(mean @ np.linalg.lstsq(spread, mean, rcond=None)[0])
        return float(chdtrc(int(varied.sum()), squared))

    def size(self, side: int) -> Interval:
        """Its share of the common space on one side, with its interval."""
        return Interval.around(float(self.shares[side]), self.drawn[side])


@dataclass(frozen=True)
class _Match:
    """Spots before and after that are taken as one, by their points; either side may have none."""

    parts: tuple[Rows, Rows]

    @cached_property
    def region(self) -> Region:
        """All of its points."""
        return Region(np.union1d(*self.parts))

    def shares(self, picture: Lattice) -> Array:
        """The share of each side, (2,)."""
        return np.array([picture.share[part].sum() for part in self.parts])


def rising(steps: Array) -> float:
    """The share of draws (n,) above zero, ties halved, never quite 0 or 1."""
    return float(((steps > 0).sum() + 0.5 * (steps == 0).sum() + 0.5) / (len(steps) + 1))


def two_sided(chance: float) -> float:
    """Twice the smaller of a probability and its complement."""
    return 2.0 * min(chance, 1.0 - chance)


def scene(difference: Difference, level: float, *, above: bool = True) -> Scene:
    """Both campaigns over a lattice of their common space."""
    chances = difference.chances(level)
    chances = chances if above else 1.0 - chances
    return Scene(difference, difference.picture, chances, level, above)


def zones_of(found: Scene) -> tuple[tuple[Zone, ...], int]:
    """The zones, largest first, and how many were left out as specks."""
    picture = found.picture
    whole = _matched(picture, _spots(found, 0), _spots(found, 1))
    matches = [part for match in whole for part in _parted(picture, match)]
    kept = [match for match in matches if match.shares(picture).max() >= LEAST_SHARE]
    return tuple(_zone(found, one, kept) for one in kept), len(matches) - len(kept)


def _spots(found: Scene, side: int) -> tuple[Region, ...]:
    """The spots of one side."""
    surrogate, ground = found.difference.sides[side].surrogate, found.difference.ground

    def is_inside(units: Array) -> Mask:
        chance = surrogate.exceedance(ground.units(side, units), found.level)
        return np.asarray(((chance > 0.5) == found.above) & ground.space.allowed(units))

    return connected(found.picture, found.inside[side], is_inside)


def _matched(picture: Lattice, before: Sequence[Region], after: Sequence[Region]) -> list[_Match]:
    """The spots of both sides, those that lie on each other taken as one; largest first."""
    spots = [*before, *after]
    owner = np.full((2, len(picture)), -1)
    for row, spot in enumerate(spots):
        owner[int(row >= len(before)), spot.members] = row
    shared = np.flatnonzero((owner >= 0).all(axis=0))
    pairs, which = np.unique(owner[:, shared], axis=1, return_inverse=True)
    common = np.bincount(which.ravel(), picture.share[shared], pairs.shape[1])
    sizes = np.array([spot.share(picture) for spot in spots])
    pairs = pairs[:, common >= _COMMON * sizes[pairs].min(axis=0)]
    alike = coo_array((np.ones(pairs.shape[1]), tuple(pairs)), shape=(len(spots), len(spots)))
    count, groups = connected_components(alike, directed=False)
    cells = np.append(groups, -1)[owner]  # nobody's are of the last
    found = [
        _Match((np.flatnonzero(cells[0] == group), np.flatnonzero(cells[1] == group)))
        for group in range(count)
    ]
    return sorted(found, key=lambda match: -match.region.share(picture))


def _parted(picture: Lattice, match: _Match) -> list[_Match]:
    """A match, and apart from it what reaches further off a spot of the other side than that is
    wide: a new spot is not the growth of another that a vague map joins it to.
    """
    parts, apart = [*match.parts], []
    for side in (0, 1):
        far = _far(picture, parts[side], parts[1 - side])
        parts[side] = np.setdiff1d(parts[side], np.concatenate([_NOWHERE, *far]))
        apart += [_Match((_NOWHERE, one) if side else (one, _NOWHERE)) for one in far]
    return [_Match((parts[0], parts[1])), *apart]


def _far(picture: Lattice, mine: Rows, other: Rows) -> list[Rows]:
    """What of one side's cells reaches further off the other's than those are wide."""
    if not len(mine) or not len(other):
        return []
    width = float(picture.share[other].sum()) ** (1 / picture.space.dimension)
    distance = cKDTree(picture.units[other]).query(picture.units[mine])[0]
    if distance.max() <= width:
        return []
    far = np.zeros(len(picture), dtype=bool)
    far[mine[distance > _AROUND * width]] = True
    return [one.members for one in connected(picture, far) if one.share(picture) >= LEAST_SHARE]


def _zone(found: Scene, match: _Match, matches: Sequence[_Match]) -> Zone:
    picture, region = found.picture, match.region
    members = region.members
    around = _surroundings(picture, match, matches)
    some = np.union1d(_thinned(around, _POINTS), _thinned(members, _POINTS // 3))
    weight, inside = np.empty(len(some)), np.isin(some, members)
    for those, whole in ((inside, members), (~inside, np.setdiff1d(around, members))):
        part = picture.share[some[those]]
        weight[those] = part * picture.share[whole].sum() / max(float(part.sum()), _NOTHING)
    drawn = found.difference.draws(picture.units[some], _DRAWS)
    within = weight * inside
    strengths = np.stack([one @ within / within.sum() for one in drawn])
    beyond = [(one > found.level) == found.above for one in drawn]
    shares = np.stack([each @ weight for each in beyond])
    with np.errstate(invalid="ignore"):
        middles = np.stack(
            [
                (each * weight) @ picture.units[some] / total[:, None]
                for each, total in zip(beyond, shares, strict=True)
            ]
        )
    borne = np.array(
        [
            one.borne(np.isin(picture.nearest(one.units), members))
            for one in found.difference.witnesses
        ]
    )
    own = match.shares(picture)
    return Zone(match.parts, region, own, shares, strengths, middles, borne)


def _thinned(indices: Rows, most: int) -> Rows:
    some = np.unique(np.linspace(0, len(indices) - 1, most).round().astype(int))
    return np.asarray(indices[some])


def _surroundings(picture: Lattice, match: _Match, matches: Sequence[_Match]) -> Rows:
    """The zone's points and those near it that no other zone is nearer to, in lattice order."""
    width = match.region.share(picture) ** (1 / picture.space.dimension)
    reach = _AROUND * width + 4 * float(picture.half_cell.max())
    distance = cKDTree(picture.units[match.region.members]).query(picture.units)[0]
    near = (distance <= reach) & (picture.volume > 0)
    for other in matches:
        if other is not match:
            others = picture.units[other.region.members]
            near &= distance <= cKDTree(others).query(picture.units)[0]
    return np.flatnonzero(near)
