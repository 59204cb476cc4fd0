"""Drift: what changed between two campaigns, spot by spot, and how sure that is.

The verdicts are those of one family of questions. Of every zone that has a spot on both sides: has
its size changed, has its middle moved; of every other: has the mean response over it changed; and
has the overall rate. Each has a posterior tail probability, and those are taken as changes that
Benjamini and Hochberg's procedure (1995, J. R. Stat. Soc. B 57) lets pass at `RATE`: of the
changes that are named, that share is false on average, and where nothing changed, nothing is
named in all but that share of comparisons. The runs themselves have to bear a change out too: see
`witnesses`; where they speak against a map, nothing is said of the whole. Where a spot is gone or
new for sure, one of like size that is new or gone nearby is where it moved: that is asked by
itself, and runs of one side may bear it out alone. What is no change is `same` where the size is
surely within a half and twice of what it was, else `unknown`.
"""

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np

from surrogate.answers.change import RATE, ChangeMap, Overall, change_map, discoveries, overall
from surrogate.answers.difference import Difference
from surrogate.answers.maps import default_view
from surrogate.answers.spots import Example, Interval, RunsInside, mean_response
from surrogate.answers.zones import Scene, Zone, scene, two_sided, zones_of
from surrogate.errors import PointError
from surrogate.models.base import COVERAGE
from surrogate.regions import unit_of
from surrogate.space import Point, Rows, Scalar, Space

_WITHIN = 2.0  # a spot is the same between a half and so many times its size
_REMNANT = 0.1  # of a spot: where less is left, it is gone; where less was there, it is new
_FARTHEST = 0.5  # of a range: a spot that comes up further off than that is another one


class Verdict(StrEnum):
    """What became of a sweet spot."""

    NEW = "new"
    GONE = "gone"
    MOVED = "moved"
    GREW = "grew"
    SHRANK = "shrank"
    SAME = "same"
    UNKNOWN = "unknown"


CHANGES = (Verdict.NEW, Verdict.GONE, Verdict.MOVED, Verdict.GREW, Verdict.SHRANK)
_WORDS: Mapping[Verdict, tuple[str, str]] = {
    Verdict.NEW: ("is new", "are new"),
    Verdict.GONE: ("is gone", "are gone"),
    Verdict.MOVED: ("moved", "moved"),
    Verdict.GREW: ("grew", "grew"),
    Verdict.SHRANK: ("shrank", "shrank"),
    Verdict.SAME: ("is the same", "are the same"),
    Verdict.UNKNOWN: ("is not known well enough", "are not known well enough"),
}


@dataclass(frozen=True)
class Standing:
    """A spot on one side: its share of the common space, its size in own units, how strong.

    `strength` is the mean response over it; `middle` its centre of mass; None for both where
    there is no spot. `runs` are runs inside, that can be replayed on either version: first one
    that shows what the spot says.
    """

    share: Interval
    size: Interval
    strength: Interval | None
    middle: Mapping[str, Scalar] | None
    runs: tuple[Example, ...]

    def to_json(self) -> dict[str, Any]:
        """The standing as a JSON-able mapping."""
        return {
            "share": vars(self.share).copy(),
            "size": vars(self.size).copy(),
            "strength": vars(self.strength).copy() if self.strength else None,
            "middle": dict(self.middle) if self.middle else None,
            "runs": [vars(one).copy() for one in self.runs],
        }


@dataclass(frozen=True)
class SpotChange:
    """What became of one sweet spot.

    `change` is the step in size, in `unit`; `chance` the posterior probability that the change
    went the way the verdict says (that nothing large did, for `same`).
    """

    rank: int
    verdict: Verdict
    before: Standing
    after: Standing
    change: Interval
    chance: float
    unit: str

    def to_json(self) -> dict[str, Any]:
        """The change as a JSON-able mapping."""
        return {
            "rank": self.rank,
            "verdict": str(self.verdict),
            "before": self.before.to_json(),
            "after": self.after.to_json(),
            "change": vars(self.change).copy(),
            "chance": self.chance,
            "unit": self.unit,
        }


@dataclass(frozen=True)
class Drift:
    """What changed between two campaigns; `find_drift` makes it.

    `paired` runs were made on both sides with the same seed, `differing` of them gave something
    else. `specks` zones too small to be spots were left out.
    """

    difference: Difference
    level: float
    above: bool
    spots: tuple[SpotChange, ...]
    overall: Overall
    specks: int

    @property
    def changes(self) -> tuple[SpotChange, ...]:
        """Those that changed for sure."""
        return tuple(one for one in self.spots if one.verdict in CHANGES)

    @property
    def headline(self) -> str:
        """What changed, in a sentence or two."""
        noun = "sweet spot" if self.above else "hard spot"
        counts = Counter(spot.verdict for spot in self.spots)
        parts: list[str] = []
        for verdict in Verdict:
            if count := counts[verdict]:
                words = _WORDS[verdict][count > 1]
                named = f"{count} {noun}{'s' if count > 1 else ''}" if not parts else f"{count}"
                parts.append(f"{named} {words}")
        if not parts:
            parts = [f"there is no {noun} before or after"]
        changed = bool(self.changes) or self.overall.sure
        start = "" if changed else "Nothing changed for sure: "
        said = f"{start}{', '.join(parts)}."
        step = f" {self.overall.words}" if self.overall.sure else ""
        return said[0].upper() + said[1:] + step

    def map(self, x: str | None = None, y: str | None = None, **held: Scalar) -> ChangeMap:
        """The change over two parameters (default: the space's pair), others held."""
        view = default_view(self.difference.ground.space, self.level, x, y)
        return change_map(self.difference, replace(view, held=held))

    def to_json(self) -> dict[str, Any]:
        """The drift as a JSON-able mapping."""
        before, after = self.difference.before, self.difference.after
        return {
            "before": {"campaign": before.name, "revision": before.revision},
            "after": {"campaign": after.name, "revision": after.revision},
            "level": self.level,
            "side": "above" if self.above else "below",
            "headline": self.headline,
            "note": self.difference.note,
            "false_discovery_rate": RATE,
            "overall": self.overall.to_json(),
            "spots": [spot.to_json() for spot in self.spots],
            "specks": self.specks,
            "paired": len(self.difference.pairs),
            "differing": self.difference.pairs.differing,
        }


def find_drift(difference: Difference, level: float, *, above: bool = True) -> Drift:
    """What became of every spot above (or below) the level, and of the response over all."""
    found = scene(difference, level, above=above)
    zones, specks = zones_of(found)
    whole = overall(difference)
    doubts = [_doubts(zone) for zone in zones]
    passed = discoveries(np.array([*itertools.chain(*doubts), whole.doubt])).tolist()
    rest = iter(passed)
    judged = [[next(rest) for _ in doubt] for doubt in doubts]
    spots = [_spot(found, zone, p) for zone, p in zip(zones, judged, strict=True)]
    contradicted = any(any(p) and not z.is_borne_out for z, p in zip(zones, judged, strict=True))
    ordered = sorted(_with_moves(spots, zones, found), key=_order)
    ranked = tuple(replace(spot, rank=rank) for rank, spot in enumerate(ordered, 1))
    return Drift(
        difference,
        level,
        above,
        ranked,
        replace(whole, sure=passed[-1] and not contradicted),
        specks,
    )


def _doubts(zone: Zone) -> tuple[float, ...]:
    """The tail probabilities of what is asked of a zone."""
    if not zone.on_both:
        return (zone.doubt_of_strength,)
    return two_sided(zone.chance_of_growth), zone.doubt_of_place


def _spot(found: Scene, zone: Zone, passed: Sequence[bool]) -> SpotChange:
    verdict = _verdict(found, zone, passed)
    before, after = (_standing(found, zone, side) for side in (0, 1))
    own = float(zone.shares[1] - zone.shares[0])
    step = Interval.around(own, zone.drawn[1] - zone.drawn[0])
    change, unit = step.times(_own_units(found, zone)), unit_of(found.picture.space)
    return SpotChange(0, verdict, before, after, change, _chance_of(found, zone, verdict), unit)


def _verdict(found: Scene, zone: Zone, passed: Sequence[bool]) -> Verdict:
    if not any(passed) or not zone.is_borne_out:
        return Verdict.SAME if _chance_same(zone) >= COVERAGE else Verdict.UNKNOWN
    if not zone.on_both:
        rose = (zone.chance_of_rise > 0.5) == found.above
        came = bool(len(zone.parts[1]))
        return (Verdict.NEW if came else Verdict.GONE) if rose == came else Verdict.UNKNOWN
    sized, shifted = passed
    if shifted and not (sized and (_swelled(zone) or _stayed(found, zone))):
        return Verdict.MOVED
    before, after = zone.shares
    if zone.chance_of_growth > 0.5:
        return Verdict.NEW if before < _REMNANT * after else Verdict.GREW
    return Verdict.GONE if after < _REMNANT * before else Verdict.SHRANK


def _swelled(zone: Zone) -> bool:
    """Whether a spot's edge went further by its size than by the way of its middle."""
    widths = 0.5 * zone.shares ** (1 / zone.middles.shape[2])
    way = np.linalg.norm(np.nanmean(zone.middles[1] - zone.middles[0], axis=0))
    return bool(abs(widths[1] - widths[0]) > way)


def _stayed(found: Scene, zone: Zone) -> bool:
    """Whether the larger of its two places holds the smaller, but for a tenth."""
    size = found.picture.share
    small, large = sorted(zone.parts, key=lambda rows: float(size[rows].sum()))
    left = float(size[np.setdiff1d(small, large)].sum())
    return left < _REMNANT * float(size[small].sum())


def _chance_same(zone: Zone) -> float:
    a, b = zone.drawn
    return float(((a <= _WITHIN * b) & (b <= _WITHIN * a) & (a > 0)).mean())


def _chance_of(found: Scene, zone: Zone, verdict: Verdict) -> float:
    if verdict is Verdict.MOVED:
        return 1.0 - zone.doubt_of_place
    if verdict in (Verdict.SAME, Verdict.UNKNOWN):
        return _chance_same(zone)
    rise = zone.chance_of_rise if found.above else 1.0 - zone.chance_of_rise
    grew = zone.chance_of_growth if zone.on_both else rise
    return grew if verdict in (Verdict.NEW, Verdict.GREW) else 1.0 - grew


def _own_units(found: Scene, zone: Zone) -> float:
    """What a share of the space is in the parameters' own units, within the zone."""
    members = zone.region.members
    picture = found.picture
    return float(picture.volume[members].sum() / picture.share[members].sum())


def _standing(found: Scene, zone: Zone, side: int) -> Standing:
    share = zone.size(side)
    size = share.times(_own_units(found, zone))
    part, picture = zone.parts[side], found.picture
    if not len(part):
        return Standing(share, size, None, None, _runs(found, zone.region.members, side))
    surrogate = found.difference.sides[side].surrogate
    units, weight = picture.units[part], picture.share[part] / picture.share[part].sum()
    strength = mean_response(surrogate, found.difference.ground.units(side, units), weight)
    centre = picture.space.snap((weight @ units)[None, :])
    middle = picture.space.decode(centre)[0]
    return Standing(share, size, strength, middle, _runs(found, part, side))


_MOST_RUNS = 3


def _runs(found: Scene, part: Rows, side: int) -> tuple[Example, ...]:
    """Runs of one side within a part, nearest to its middle first among those that show it."""
    picture, told = found.picture, found.difference.witnesses[side]
    outcome, queries = told.side.surrogate.outcome, told.side.queries
    records = RunsInside.placed(picture.space, outcome, told.observations, queries)
    inside = np.flatnonzero(np.isin(picture.nearest(records.units), part))
    centre = picture.units[part].mean(axis=0)[None, :]
    return records.showing(inside, centre, above=found.above)[:_MOST_RUNS]


def _with_moves(
    spots: Sequence[SpotChange], zones: Sequence[Zone], found: Scene
) -> list[SpotChange]:
    """The spots, where one that is gone and a new one of like size and near are one that moved.

    Of a pair one has to be sure. Where it is, what became of it is asked once more, by itself: see
    `_is_likely`.
    """
    sure = [spot.verdict in (Verdict.GONE, Verdict.NEW) for spot in spots]
    told = [
        spot if one else _one_sided(found, zone, spot)
        for spot, zone, one in zip(spots, zones, sure, strict=True)
    ]
    gone = [i for i, spot in enumerate(told) if spot.verdict is Verdict.GONE]
    new = [j for j, spot in enumerate(told) if spot.verdict is Verdict.NEW]
    ways = {
        (i, j): way
        for i, j in itertools.product(gone, new)
        if (sure[i] or sure[j]) and _alike(told[i], told[j])
        if (way := _way(told[i], told[j], found.difference)) <= _FARTHEST
    }
    moved: dict[int, SpotChange] = {}
    taken: set[int] = set()
    for i, j in sorted(ways, key=lambda pair: (not (sure[pair[0]] and sure[pair[1]]), ways[pair])):
        rivals = sum(i == a or j == b for a, b in ways)
        likely = all(sure[k] or _is_likely(zones[k], rivals) for k in (i, j))
        if likely and taken.isdisjoint((i, j)):
            taken |= {i, j}
            moved[i] = _moved(told[i], told[j])
    return [spot for k, spot in enumerate(spots) if k not in taken] + list(moved.values())


def _one_sided(found: Scene, zone: Zone, spot: SpotChange) -> SpotChange:
    """A spot that only one side has, as gone or new, though that is not sure."""
    if zone.on_both:
        return spot
    verdict = Verdict.NEW if len(zone.parts[1]) else Verdict.GONE
    return replace(spot, verdict=verdict, chance=_chance_of(found, zone, verdict))


def _is_likely(zone: Zone, count: int) -> bool:
    """Whether what is not sure of a spot by itself is, given that another is gone or new.

    A question that is only put where one before it was answered is judged among those put with it,
    `count` of them (Yekutieli 2008, J. Am. Stat. Assoc. 103), here by Bonferroni.
    """
    return zone.doubt_of_strength <= RATE / count and not zone.is_spoken_against


def _way(a: SpotChange, b: SpotChange, difference: Difference) -> float:
    """How far apart two spots' middles are, in the unit cube."""
    if a.before.middle is None or b.after.middle is None:
        return float("inf")
    return apart(difference.ground.space, a.before.middle, b.after.middle)


def apart(space: Space, a: Point, b: Point) -> float:
    """How far apart two points are, in the unit cube; endless where one is not in the space."""
    try:
        ends = space.encode([{name: one[name] for name in space.names} for one in (a, b)])
    except PointError:
        return float("inf")
    return float(np.linalg.norm(ends[1] - ends[0]))


def _alike(a: SpotChange, b: SpotChange) -> bool:
    """Whether two spots may be of like size, for all that is known of them."""
    one, other = a.before.share, b.after.share
    return max(one.lower, other.lower) <= _WITHIN * min(one.upper, other.upper)


def _moved(gone: SpotChange, new: SpotChange) -> SpotChange:
    step = new.after.size.mean - gone.before.size.mean
    low = new.after.size.lower - gone.before.size.upper
    change = Interval(step, low, new.after.size.upper - gone.before.size.lower)
    chance = max(0.0, gone.chance + new.chance - 1.0)  # that both hold, at least (Bonferroni)
    return replace(gone, verdict=Verdict.MOVED, after=new.after, change=change, chance=chance)


def _order(spot: SpotChange) -> tuple[int, float]:
    """Changes first, then what is unknown, then what stayed; the largest first."""
    group = 0 if spot.verdict in CHANGES else 1 if spot.verdict is Verdict.UNKNOWN else 2
    return group, -max(spot.before.share.mean, spot.after.share.mean)
