"""Replicates collapsed: a dataset as its unique sites, so that work grows with places, not runs.

Sites are in lexicographic order, whatever the order of the runs: a surrogate does not depend on
the order in which results came in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from surrogate.dataset import Dataset
from surrogate.errors import DataError
from surrogate.models.likelihood import Probit
from surrogate.outcome import Number
from surrogate.space import Array, Rows

_THINNING = 20261  # seed of the order in which sites are taken, where some stand for all
UNSETTLED = "messages that did not settle, so that they may be off"
LEARNED = "learned_from"  # the hyper-parameter that says of how many sites, where not of all


@dataclass(frozen=True)
class CountSites:
    """Unique places (n, d) with the number of trials there that said yes and no, each (n,).

    `lapse` is the chance with which any of these answers was turned over. With an `offset` (n,)
    a process is of what f has beyond it.
    """

    units: Array
    yes: Array
    no: Array
    lapse: float = 0.0
    offset: Array | None = None

    def at(self, rows: Rows) -> "CountSites":
        """Some of the sites, `rows` (k,)."""
        offset = None if self.offset is None else self.offset[rows]
        return replace(
            self, units=self.units[rows], yes=self.yes[rows], no=self.no[rows], offset=offset
        )

    def some(self, count: int) -> "CountSites":
        """At most `count` of the sites, chosen without regard to what was found there."""
        return self.at(some_rows(len(self.units), count))

    @property
    def likelihood(self) -> Probit:
        """What the answers say of f."""
        return Probit(self.yes, self.no, self.lapse, self.offset)


def count_sites(data: Dataset) -> CountSites:
    """The sites of a Binary or Count dataset; raises `DataError` for counts outside 0..trials."""
    wrong = (data.values < 0) | (data.values > data.trials)
    if wrong.any():
        k = int(np.argmax(wrong))
        raise DataError(
            f"query {data.queries[k]}: {data.values[k]:g} yes of {data.trials[k]:g} trials came; "
            "correct or exclude the run"
        )
    units, place = unique_places(data.units)
    yes = summed(data.values, place)
    return CountSites(units, yes, summed(data.trials, place) - yes)


def some_rows(n: int, count: int) -> Rows:
    """At most `count` of n rows, in order, chosen without regard to what was found there."""
    return np.sort(np.random.default_rng(_THINNING).permutation(n)[:count])


def learned_words(values: Mapping[str, Any], sites: int, *, settled: bool = True) -> str:
    """What intervals come from where hyper-parameters were learned from some sites, or what was
    propagated did not settle; else "".
    """
    known = values.get(LEARNED)
    some = f"all {sites} places, and hyper-parameters from {known} of them" if known else ""
    return ", and ".join(filter(None, (some, "" if settled else UNSETTLED)))


def unique_places(units: Array) -> tuple[Array, Rows]:
    """The unique rows of `units` (n, d) in lexicographic order, and which of them each row is."""
    places, inverse = np.unique(units, axis=0, return_inverse=True)
    return places, inverse.reshape(-1)


def summed(values: Array, place: Rows) -> Array:
    """The sum of `values` (n,) at each of the places that rows are of, `place` (n,) as above."""
    return np.bincount(place, values).astype(float)


@dataclass(frozen=True)
class NumberSites:
    """Unique places (n, d) with the mean of the runs there, standardised, and what noise is left.

    Own value = `level` + `scale` * standardised. `known` (n,): variance of each mean's noise
    where runs come with their sd (and 0 without noise), None where it is learned. `runs` (n,):
    how many there were; `scatter`: summed squares of runs about their site's mean.
    """

    units: Array
    means: Array
    runs: Array
    scatter: float
    level: float
    scale: float
    known: Array | None

    @property
    def learns_noise(self) -> bool:
        """Whether the noise's variance is a hyper-parameter."""
        return self.known is None

    def at(self, rows: Rows) -> "NumberSites":
        """Some of the sites, `rows` (k,), with their share of the scatter; same level and scale."""
        spare = float(np.sum(self.runs - 1.0))
        share = float(np.sum(self.runs[rows] - 1.0)) / spare if spare else 0.0
        return replace(
            self,
            units=self.units[rows],
            means=self.means[rows],
            runs=self.runs[rows],
            scatter=self.scatter * share,
            known=None if self.known is None else self.known[rows],
        )

    def some(self, count: int) -> "NumberSites":
        """At most `count` of the sites, chosen without regard to what was found there."""
        n = len(self.means)
        return self if n <= count else self.at(some_rows(n, count))

    def noise_at(self, one: float) -> Array:
        """Noise variance of each mean (n,), `one` being that of a single run if it is learned."""
        return one / self.runs if self.known is None else self.known

    def noise_of_one_run(self, one: float) -> float:
        """Noise variance to expect of one run more: the learned one, or the median known one."""
        if self.known is None:
            return one
        return float(np.median(self.known * self.runs)) if len(self.known) else 0.0

    def within(self, one: float) -> tuple[float, float]:
        """log likelihood of the runs about their means, and its derivative by log `one`."""
        if self.known is not None:
            return 0.0, 0.0
        spare = 0.5 * float(np.sum(self.runs - 1.0))
        return -spare * np.log(one) - 0.5 * self.scatter / one, -spare + 0.5 * self.scatter / one


def number_sites(data: Dataset) -> NumberSites:
    """The sites of a Number dataset; raises `DataError` when runs contradict the stated noise."""
    noise = data.outcome.noise if isinstance(data.outcome, Number) else "unknown"
    units, place = unique_places(data.units)
    precision = _precisions(data, noise)
    total = summed(precision, place)
    means = summed(precision * data.values, place) / total
    if noise == "none":
        _refuse_contradictions(data, place)
    level, scale = _level_and_scale(means)
    known = {"none": np.zeros(len(units)), "known": 1.0 / total / scale**2}.get(noise)
    return NumberSites(
        units=units,
        means=(means - level) / scale,
        runs=summed(np.ones(len(data)), place),
        scatter=float(np.sum((data.values - means[place]) ** 2)) / scale**2,
        level=level,
        scale=scale,
        known=known,
    )


def _level_and_scale(means: Array) -> tuple[float, float]:
    if not len(means):
        return 0.0, 1.0
    sd = float(np.std(means))
    level = float(np.mean(means))
    return level, sd if sd > 1e-12 * abs(level) and sd > 0 else max(abs(level), 1.0)


def _precisions(data: Dataset, noise: str) -> Array:
    if noise != "known":
        return np.ones(len(data))
    wrong = ~(data.sds > 0)
    if wrong.any():
        k = int(np.argmax(wrong))
        raise DataError(
            f"query {data.queries[k]}: noise is 'known', so a positive sd was expected with each "
            f'value, {data.sds[k]:g} came; return (value, sd), or set noise = "unknown"'
        )
    return np.asarray(data.sds**-2.0)


def _refuse_contradictions(data: Dataset, place: Rows) -> None:
    first = np.unique(place, return_index=True)[1][place]  # run at the same place
    if (wrong := data.values != data.values[first]).any():
        k = int(np.argmax(wrong))
        where = ", ".join(f"{x:g}" for x in data.units[k])
        raise DataError(
            f"queries {data.queries[first[k]]} and {data.queries[k]} at ({where}) of the "
            f"unit cube disagree, {data.values[first[k]]:g} and {data.values[k]:g}, and "
            "noise is 'none': set noise = \"unknown\", or exclude one"
        )


def check_columns(data: Dataset, dimension: int) -> None:
    """Raise `DataError` when the data has other columns than the recipe was made for."""
    if data.dimension != dimension:
        raise DataError(
            f"{dimension} columns of units were expected, {data.dimension} came; "
            "the recipe was made for another space"
        )
