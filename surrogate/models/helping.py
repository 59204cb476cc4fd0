"""Another outcome as a guide: a graded one, such as a signed margin, beside a yes or no.

    symbol   meaning                                                              shape
    m        values of the outcome that helps                                     (n,)
    t, c     where they part yes from no, and the distance from there that counts
    y        +-asinh((m - t) / c), up where yes is: far misses count by their logarithm
    s        sd of a run's y about its mean: P(yes) = Phi(E y / s), were it normal
    h, u     E y / s as a Gaussian process knows it, and its variance              (n,)

At the runs h is read with each left out, or it would know what a run gave before it gave it, and
is brought nearer to 0 as it is less sure: E y / sqrt(s^2 + var). Of a few c the one is taken that
so foretells yes and no best.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import log_ndtr

from surrogate.dataset import Dataset
from surrogate.models.forms import LINE, part_of, prefixed
from surrogate.models.numbers import NumberRecipe, NumberSurrogate
from surrogate.models.sites import summed, unique_places
from surrogate.outcome import Number
from surrogate.space import Array, Mask

_SIZES = (0.05, 0.5, 5.0)  # what c is chosen from, in median distances from t
_LEAST_NOISE = 0.01  # of y's variance: without noise h would grow beyond all bounds
_FEWEST = 8  # runs that gave the outcome: fewer teach nothing
_GRADED = Number("graded", noise="unknown")


@dataclass(frozen=True)
class Graded:
    """How values m become y: `sign` * asinh((m - `parting`) / `size`)."""

    parting: float
    size: float
    sign: float

    def __call__(self, m: Array) -> Array:
        """y, (n,)."""
        return np.asarray(self.sign * np.arcsinh((m - self.parting) / self.size))


@dataclass(frozen=True)
class Helper:
    """The guide that an outcome's Gaussian process is; `name` is the outcome's."""

    name: str
    graded: Graded
    process: NumberSurrogate

    @property
    def hyperparameters(self) -> Mapping[str, Any]:
        """The process's, and how values were graded."""
        return {**self.process.hyperparameters, **prefixed("graded.", vars(self.graded))}

    def at_runs(self, data: Dataset) -> Array:
        """h at the runs, each left out where it gave the outcome, (n,)."""
        known = np.isfinite(data.helps[self.name])
        h = np.empty(len(data))
        mean, variance = self.process.latent(data.units[~known])
        h[~known] = mean / np.sqrt(variance + self._noise)
        h[known] = self._left_out(data.units[known], self.graded(data.helps[self.name][known]))
        return h

    def read(self, units: Array) -> tuple[Array, Array]:
        """h and u at `units` (n, d), both (n,)."""
        mean, variance = self.process.latent(units)
        return mean / np.sqrt(self._noise), variance / self._noise

    def covariance(self, a: Array, b: Array) -> Array:
        """Of h, between `a` and `b`."""
        return self.process.covariance(a, b) / self._noise

    def held_out(self, data: Dataset) -> float:
        """log Phi(h) of each yes and log Phi(-h) of each no, with its run left out, summed."""
        h = self.at_runs(data)
        return float(data.values @ log_ndtr(h) + (data.trials - data.values) @ log_ndtr(-h))

    @property
    def _noise(self) -> float:
        """s^2."""
        return max(self.process.noise, _LEAST_NOISE * self.process.scale**2)

    def _left_out(self, units: Array, y: Array) -> Array:
        """h at runs of the process, all runs at the place left out, (n,)."""
        _, place = unique_places(units)
        runs = summed(np.ones(len(y)), place)
        means = summed(y, place) / runs
        miss, variance = self.process.left_out()
        spread = np.maximum(variance - self.process.noise / runs, 0.0)  # of the mean, not of runs
        return np.asarray(((means - miss) / np.sqrt(spread + self._noise))[place])


@dataclass(frozen=True)
class HelperRecipe:
    """An outcome that helps, by name."""

    name: str
    kind: str = LINE

    def fit(self, data: Dataset, *, start: Mapping[str, Any], optimise: bool) -> Helper | None:
        """The guide; None while fewer than 8 runs gave the outcome, or all gave one answer."""
        if (found := seen(data, self.name, _FEWEST)) is None:
            return None
        if not optimise:
            graded = Graded(**part_of(start, "graded."))
            return self._helper(data, graded, start, optimise=False)
        _, m, share = found
        helpers = [
            self._helper(data, grading(m, share, size), start, optimise=True) for size in _SIZES
        ]
        return max(helpers, key=lambda helper: helper.held_out(data))

    def _helper(
        self, data: Dataset, graded: Graded, start: Mapping[str, Any], *, optimise: bool
    ) -> Helper:
        some = data.some(np.flatnonzero(np.isfinite(data.helps[self.name])))
        told = replace(
            some,
            outcome=_GRADED,
            values=graded(some.helps[self.name]),
            trials=np.ones(len(some)),
            sds=np.full(len(some), np.nan),
        )
        recipe = NumberRecipe(_GRADED, data.dimension, doubt=False)
        process = recipe.fit(told, start=start or None, optimise=optimise)
        return Helper(self.name, graded, process)


def seen(data: Dataset, name: str, fewest: int) -> tuple[Mask, Array, Array] | None:
    """Which runs gave the outcome `name` (n,), its values there and the shares of yes, both (k,).

    None while fewer than `fewest` gave it, or all gave one answer.
    """
    known = np.isfinite(data.helps[name])
    share = data.values[known] / data.trials[known]
    if known.sum() < fewest or np.ptp(share) == 0.0:
        return None
    return known, data.helps[name][known], share


def grading(m: Array, share: Array, size: float) -> Graded:
    """How values `m` (n,) with `share` (n,) of yes become y, c being `size` median distances."""
    parting, sign = parted(m, share)
    usual = float(np.median(np.abs(m - parting))) or 1.0
    return Graded(parting, size * usual, sign)


def parted(m: Array, share: Array) -> tuple[float, float]:
    """The value t that best parts yes from no, and 1.0 where yes lies above it, else -1.0.

    `share` (n,) of yes at each of the values `m` (n,). 0 is taken where nothing parts better.
    """
    order = np.argsort(m, kind="stable")
    values, yes = m[order], share[order]
    cuts = np.append(0.5 * (values[1:] + values[:-1]), 0.0)
    below = np.searchsorted(values, cuts, side="right")
    yes_below = np.append(0.0, np.cumsum(yes))[below]
    no_above = (len(m) - below) - (yes.sum() - yes_below)
    wrong = yes_below + no_above  # were yes to lie above the cut; len(m) - wrong, were it below
    worst = np.minimum(wrong, len(m) - wrong)
    best = len(cuts) - 1 if worst[-1] <= worst.min() else int(worst.argmin())
    return float(cuts[best]), 1.0 if wrong[best] <= len(m) - wrong[best] else -1.0
