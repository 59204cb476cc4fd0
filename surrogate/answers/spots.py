"""Sweet spots: regions where the response is more likely than not above a level.

A spot is a region with its size in the user's units, never a single best point, and with an
actual run inside it that can be replayed. Works in any number of dimensions on `regions.Lattice`.
Hard spots are the same below the level. Specks under a stated share are left out and counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np

from surrogate.models.base import COVERAGE, Centred, LookAhead, Marginal, Prediction, voice
from surrogate.models.draws import latent_draws, responses
from surrogate.outcome import Number, Outcome, trials_of
from surrogate.records import Observation, Query
from surrogate.regions import Lattice, Region, connected, lattice, unit_of
from surrogate.space import Array, Categorical, Mask, Rows, Scalar, Space

LEAST_SHARE = 0.001  # of the space: smaller than what a run in a thousand would hit

TOGETHER = "A region's interval is wide, as if the surrogate erred everywhere in it alike."

_SAMPLES = 400  # draws of the surrogate: the ends of a 95 % interval to a tenth of their width
_SAMPLED_POINTS = 120  # points of a region that stand for its mean


@dataclass(frozen=True)
class Interval:
    """A value and the interval that holds it with probability `COVERAGE`."""

    mean: float
    lower: float
    upper: float

    @classmethod
    def of(cls, drawn: Array, coverage: float = COVERAGE) -> "Interval":
        """The mean of draws (n,) and the middle `coverage` of them."""
        low, high = np.quantile(drawn, [(1 - coverage) / 2, (1 + coverage) / 2])
        return cls(float(drawn.mean()), float(low), float(high))

    @classmethod
    def around(cls, value: float, drawn: Array) -> "Interval":
        """A value and the middle `COVERAGE` of draws (n,), as far as they reach on either side."""
        ends = cls.of(drawn)
        return cls(value, min(ends.lower, value), max(ends.upper, value))

    def times(self, scale: float) -> "Interval":
        """The same in another unit, `scale` of which are one."""
        return Interval(self.mean * scale, self.lower * scale, self.upper * scale)


@dataclass(frozen=True)
class Example:
    """An actual run inside a spot, to be replayed: its query, seed, point and outcome."""

    query: int
    seed: int
    point: dict[str, Scalar]
    value: float


@dataclass(frozen=True)
class Spot:
    """One region on the wanted side of the level.

    `share` is its part of the space in [0, 1], `size` its measure in `unit`, `box` the smallest
    box around it in the parameters' own units (the choices of a categorical one). `peak` is the
    point where the response is highest (lowest in a hard spot), `response` the mean over the
    region; `confidence` is the expected part of the region that is truly on that side.
    """

    rank: int
    share: float
    size: float
    unit: str
    box: dict[str, tuple[Scalar, ...]]
    centroid: dict[str, Scalar]
    peak: dict[str, Scalar]
    peak_response: Interval
    response: Interval
    confidence: float
    runs: int
    example: Example | None

    def to_json(self) -> dict[str, Any]:
        """The spot as a JSON-able mapping."""
        return {
            **{key: getattr(self, key) for key in ("rank", "share", "size", "unit")},
            "box": {name: list(ends) for name, ends in self.box.items()},
            "centroid": self.centroid,
            "peak": {"point": self.peak, **vars(self.peak_response)},
            "mean": vars(self.response).copy(),
            "confidence": self.confidence,
            "runs": self.runs,
            "example": vars(self.example).copy() if self.example else None,
        }


@dataclass(frozen=True)
class Spots(Sequence[Spot]):
    """Spots in rank order, and what was left out: `specks` regions under `least` of the space.

    `note` says what their intervals are, where they are not a posterior's own.
    """

    spots: tuple[Spot, ...]
    level: float
    above: bool
    specks: int
    least: float
    note: str = ""

    def __len__(self) -> int:
        return len(self.spots)

    @overload
    def __getitem__(self, index: int) -> Spot: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Spot, ...]: ...

    def __getitem__(self, index: int | slice) -> Spot | tuple[Spot, ...]:
        return self.spots[index]

    def to_json(self) -> dict[str, Any]:
        """The spots as a JSON-able mapping."""
        return {
            "level": self.level,
            "side": "above" if self.above else "below",
            "spots": [spot.to_json() for spot in self.spots],
            "specks": self.specks,
            "least_share": self.least,
            "note": self.note,
        }


def find_spots(
    surrogate: Marginal,
    space: Space,
    level: float,
    *,
    observations: Sequence[Observation] = (),
    queries: Sequence[Query] = (),
    above: bool = True,
) -> Spots:
    """The regions where the response is more likely than not above (or below) `level`.

    Ranked by how far the response passes the level, summed over the region. `observations` and
    `queries` give each spot the run to replay.
    """
    reading = read_sides(surrogate, space, level, above=above)
    kept, specks = reading.ranked()
    records = RunsInside.placed(space, surrogate.outcome, observations, queries)
    spots = tuple(_spot(rank, region, reading, records) for rank, region in enumerate(kept, 1))
    return Spots(spots, level, above, specks, LEAST_SHARE, reading.note)


def read_sides(surrogate: Marginal, space: Space, level: float, *, above: bool = True) -> "Sides":
    """The surrogate over a lattice of the whole space, on one side of a level."""
    picture = lattice(space)
    chance = surrogate.exceedance(picture.units, level)
    return Sides(surrogate, picture, chance if above else 1 - chance, level, above)


@dataclass(frozen=True)
class RunsInside:
    """Runs that can be shown again: their places in the cube (k, d) and what they gave (k,)."""

    units: Array
    values: Array
    examples: tuple[Example, ...]

    @classmethod
    def placed(
        cls,
        space: Space,
        outcome: Outcome,
        observations: Sequence[Observation],
        queries: Sequence[Query],
    ) -> "RunsInside":
        """Those of the observations that gave this outcome and whose seed is known."""
        seeds = {query.index: query.seed for query in queries}
        usable = [o for o in observations if outcome.name in o.values and o.query in seeds]
        values = np.array([o.values[outcome.name] / trials_of(outcome) for o in usable])
        examples = tuple(
            Example(o.query, seeds[o.query], dict(o.point), o.values[outcome.name]) for o in usable
        )
        points = [{name: o.point[name] for name in space.names} for o in usable]
        return cls(space.encode(points), values, examples)

    def showing(self, runs: Rows, near: Array, *, above: bool) -> tuple[Example, ...]:
        """Of `runs`, those that showed most of what a spot says, the nearest to `near` first."""
        if not len(runs):
            return ()
        extreme = self.values[runs].max() if above else self.values[runs].min()
        showing = runs[self.values[runs] == extreme]
        distance = np.linalg.norm(self.units[showing] - near, axis=1)
        return tuple(self.examples[k] for k in showing[np.argsort(distance, kind="stable")])


@dataclass(frozen=True)
class Sides:
    """A surrogate read over a lattice: `chance` (n,) that the response is on the wanted side."""

    surrogate: Marginal
    picture: Lattice
    chance: Array
    level: float
    above: bool

    @property
    def note(self) -> str:
        """What a region's interval is, a sentence; "" where it is a posterior's own."""
        is_own = isinstance(self.surrogate, LookAhead)
        return "" if is_own else f"{voice(self.surrogate)} {TOGETHER}".strip()

    def ranked(self) -> tuple[tuple[Region, ...], int]:
        """The spots by how far the response passes the level there, and how many were specks."""
        inside = (self.chance > 0.5) & (self.picture.volume > 0)
        regions = connected(self.picture, inside, self.holds)
        kept = [region for region in regions if region.share(self.picture) >= LEAST_SHARE]
        kept.sort(key=lambda region: -self.excess(region))
        return tuple(kept), len(regions) - len(kept)

    def holds(self, units: Array) -> Mask:
        """Whether `units` (n, d) are allowed and more likely than not on the wanted side, (n,).

        Of a latent f that is told by its mean and the threshold, and takes no variance.
        """
        surrogate = self.surrogate
        if isinstance(surrogate, Centred) and isinstance(surrogate, LookAhead):
            is_over = surrogate.centre(units) > surrogate.threshold(self.level)
        else:
            is_over = surrogate.exceedance(units, self.level) > 0.5
        return np.asarray((is_over == self.above) & self.picture.space.allowed(units))

    def excess(self, region: Region) -> float:
        """How far the response passes the level, integrated over the region."""
        return float(self.picture.share[region.members] @ (self.chance[region.members] - 0.5))


def _spot(rank: int, region: Region, reading: Sides, records: RunsInside) -> Spot:
    picture, space, inside = reading.picture, reading.picture.space, region.members
    read = reading.surrogate.predict(picture.units[inside], COVERAGE)
    top = int(np.argmax(read.mean if reading.above else -read.mean))
    peak = picture.units[inside[top]][None, :]
    weight = picture.share[inside] / picture.share[inside].sum()
    runs = np.flatnonzero(np.isin(picture.nearest(records.units), inside))
    return Spot(
        rank=rank,
        share=region.share(picture),
        size=region.volume(picture),
        unit=unit_of(space),
        box=_box(space, region, picture),
        centroid=space.decode(space.snap(region.centroid(picture)[None, :]))[0],
        peak=space.decode(peak)[0],
        peak_response=Interval(
            float(read.mean[top]), float(read.lower[top]), float(read.upper[top])
        ),
        response=mean_response(reading.surrogate, picture.units[inside], weight, read),
        confidence=float(weight @ reading.chance[inside]),
        runs=len(runs),
        example=next(iter(records.showing(runs, peak, above=reading.above)), None),
    )


def mean_response(
    surrogate: Marginal, units: Array, weight: Array, read: Prediction | None = None
) -> Interval:
    """The response averaged over `units` (n, d) with `weight` (n,), and its interval.

    `read` is what was read there, where that is known already.
    The interval comes from joint draws of the latent function at points spread over the set, so
    that neighbours err together; for a probit outcome the response is Phi(f). Without `LookAhead`
    its ends are the averages of the points' own, as if all of them erred together: `TOGETHER`.
    """
    read = read or surrogate.predict(units, COVERAGE)
    mean = float(weight @ read.mean)
    if not isinstance(surrogate, LookAhead):
        return Interval(mean, float(weight @ read.lower), float(weight @ read.upper))
    some = np.unique(np.linspace(0, len(units) - 1, _SAMPLED_POINTS).round().astype(int))
    rng = np.random.default_rng(0)
    drawn = responses(surrogate, latent_draws(surrogate, units[some], _SAMPLES, rng))
    averages = drawn @ (weight[some] / weight[some].sum())
    centred = _moved if isinstance(surrogate.outcome, Number) else _stretched
    return Interval.around(mean, centred(averages, mean))


def _moved(values: Array, mean: float) -> Array:
    """The values, all moved alike, so that they have this mean."""
    return np.asarray(values + (mean - values.mean()))


def _stretched(chances: Array, mean: float) -> Array:
    """Probabilities, drawn towards 0 or 1 so that they have this mean and stay probabilities."""
    before = float(chances.mean())
    if mean <= before:
        return np.asarray(chances * (mean / max(before, np.finfo(float).tiny)))
    return np.asarray(1 - (1 - chances) * ((1 - mean) / (1 - before)))


def _box(space: Space, region: Region, picture: Lattice) -> dict[str, tuple[Scalar, ...]]:
    low, high = region.box(picture)
    box: dict[str, tuple[Scalar, ...]] = {}
    for j, (name, parameter) in enumerate(space.parameters.items()):
        ends = np.array([low[j], np.nextafter(high[j], 0)])
        if isinstance(parameter, Categorical):
            ends = np.unique(picture.units[region.members, j])
        box[name] = tuple(parameter.from_unit(ends).tolist())
    return box
