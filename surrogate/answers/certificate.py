"""What is claimed of a sweet spot, and how surely: its certificate.

Size with an interval, a core that is inside and a hull that may be, a wording in a few limits, a
robust centre with the way from it to the edge, and the runs that confirm it. Everything but the
runs is what the surrogate says of itself; `verifying` draws the runs that test it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from scipy.spatial import cKDTree

from surrogate.answers.centre import Centre, Tolerance, robust_centre
from surrogate.answers.excursion import SURE, VOLUME_COVERAGE, excursion
from surrogate.answers.limits import Wording, box_json, worded
from surrogate.answers.spots import Interval, Sides
from surrogate.answers.verifying import Confirmed, confirmed
from surrogate.errors import PointError
from surrogate.records import Observation
from surrogate.regions import Lattice, unit_of
from surrogate.space import Array, Mask, Rows

S = TypeVar("S")


@dataclass(frozen=True)
class Part:
    """A part of the space: its `share` of the space in [0, 1] and its `size` in the spot's unit."""

    share: float
    size: float


@dataclass(frozen=True)
class Certificate:
    """What is claimed of the spot of this `rank`.

    `volume` is its size in `unit` with an interval of coverage `VOLUME_COVERAGE`. All of `core` is
    truly inside with probability `SURE`; `hull` is what may belong to it, its neighbourhood of a
    set that holds everything inside with that probability. `members` and `core_members` are the
    lattice's points, for whoever draws them.
    """

    rank: int
    level: float
    above: bool
    unit: str
    volume: Interval
    core: Part
    hull: Part
    wording: Wording
    centre: Centre
    confirmed: Confirmed
    members: Array = field(repr=False)
    core_members: Array = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """The certificate as a JSON-able mapping, without its points."""
        return {
            "rank": self.rank,
            "level": self.level,
            "side": "above" if self.above else "below",
            "unit": self.unit,
            "volume": {**vars(self.volume), "coverage": VOLUME_COVERAGE},
            "core": {**vars(self.core), "confidence": SURE},
            "hull": {**vars(self.hull), "confidence": SURE},
            "rule": {
                "words": self.wording.words,
                "boxes": [box_json(box) for box in self.wording.boxes],
                "precision": self.wording.precision,
                "recall": self.wording.recall,
            },
            "centre": self.centre.to_json(),
            "confirmed": self.confirmed.to_json(),
        }


@dataclass(frozen=True)
class Certificates(Sequence[Certificate]):
    """The certificates of all spots in rank order, and of all that is on the wanted side.

    `volume` is of the whole set, spots and specks; `note` says what intervals are, where they are
    not a posterior's own.
    """

    found: tuple[Certificate, ...]
    volume: Interval
    unit: str
    note: str = ""

    def __len__(self) -> int:
        return len(self.found)

    def __getitem__(self, index: Any) -> Any:
        return self.found[index]

    def of(self, rank: int) -> Certificate:
        """The certificate of one spot; raises `PointError` where there is no such spot."""
        return _numbered(self.found, rank)

    def to_json(self) -> dict[str, Any]:
        """All of them as a JSON-able mapping."""
        return {
            "volume": {**vars(self.volume), "unit": self.unit, "coverage": VOLUME_COVERAGE},
            "certificates": [one.to_json() for one in self.found],
            "note": self.note,
        }


def spot_members(sides: Sides, rank: int) -> Rows:
    """The lattice's points in one spot; raises `PointError` where there is no such spot."""
    return _numbered(sides.ranked()[0], rank).members


def _numbered(spots: Sequence[S], rank: int) -> S:
    if not 1 <= rank <= len(spots):
        there = f"there are {len(spots)}, numbered from 1" if spots else "there are none"
        raise PointError(f"spot {rank} was meant, but {there}; see them with `spots`")
    return spots[rank - 1]


def certify(
    sides: Sides,
    *,
    tests: Sequence[Observation] = (),
    tolerance: Mapping[str, float] | float | None = None,
) -> Certificates:
    """The certificates of the spots that `find_spots` finds, in the same order.

    `tests` are the runs that were made to verify them. `tolerance` is how far inputs may stray from
    what was meant: by name in own units, or one share of every range. Raises `PointError` for a
    tolerance of what is no free number.
    """
    picture, drawn = sides.picture, excursion(sides)
    strays, unit = Tolerance.of(picture.space, tolerance), unit_of(picture.space)
    spots = [region.members for region in sides.ranked()[0]]
    found: list[Certificate] = []
    for inside, near in zip(spots, _neighbourhoods(picture, spots), strict=True):
        core, hull = inside[drawn.core(inside)], drawn.hull() & near
        one = Certificate(
            rank=len(found) + 1,
            level=sides.level,
            above=sides.above,
            unit=unit,
            volume=Interval.of(drawn.measures(picture.volume, hull), VOLUME_COVERAGE),
            core=_part(picture, core),
            hull=_part(picture, np.flatnonzero(hull)),
            wording=worded(picture, inside),
            centre=robust_centre(sides, inside, strays),
            confirmed=confirmed(sides, near, tests),
            members=picture.units[inside],
            core_members=picture.units[core],
        )
        found.append(one)
    everywhere = np.ones(len(picture), dtype=bool)
    whole = Interval.of(drawn.measures(picture.volume, everywhere), VOLUME_COVERAGE)
    return Certificates(tuple(found), whole, unit, sides.note)


def _neighbourhoods(picture: Lattice, spots: Sequence[Rows]) -> list[Mask]:
    """For each spot the points of the lattice that are nearer to it than to another, (n,)."""
    if not spots:
        return []
    apart = [cKDTree(picture.units[inside]).query(picture.units)[0] for inside in spots]
    nearest = np.argmin(apart, axis=0)
    return [np.asarray(nearest == k) for k in range(len(spots))]


def _part(picture: Lattice, members: Rows) -> Part:
    return Part(float(picture.share[members].sum()), float(picture.volume[members].sum()))
