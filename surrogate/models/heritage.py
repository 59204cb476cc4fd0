"""What a child has of its parent's map: its mean and covariance, and kernels of how it may change.

The symbols are those of `models.inherited`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from surrogate.bridge import Crossing
from surrogate.dataset import Dataset
from surrogate.kernels import Featured, Settled
from surrogate.models.change import Change, chance_change, number_change
from surrogate.models.incline import Incline
from surrogate.models.numbers import NumberSurrogate
from surrogate.models.patched import PatchedPosterior
from surrogate.models.posterior import Posterior
from surrogate.models.recipes import GaussianSurrogate
from surrogate.models.remembering import Reading, remembered
from surrogate.models.scouts import Scouts
from surrogate.models.sites import count_sites
from surrogate.models.warp import STILL, Told, ToldChances, ToldNumbers, Warp, likeliest_warp
from surrogate.space import Array

_REACH = 0.5  # of the cube: how far from where the parent was asked its map fades
_ROUNDING = 1e-11  # of a prior variance, the parent's: what its posterior's leaves of a zero


@dataclass(frozen=True, eq=False)
class Heritage:
    """What a child has of its parent.

    `old` is the parent's surrogate without the runs that are repeated, `bridge` leads to its
    space. Sentinels are the child's first queries: at `units` (k, d) of its cube, where the parent
    answered `before` (k,), NaN where it was not asked with that seed. `incline` gives the slopes of
    its map but for patches, `warp` is how that has moved since. `scouts` are the sentinels once
    more, where the parent looked for patches by a graded outcome.
    """

    parent: str
    old: GaussianSurrogate
    bridge: Crossing
    units: Array
    before: Array
    incline: Incline
    warp: Warp = STILL
    scouts: Scouts | None = None

    def news(self, data: Dataset, name: str) -> Dataset:
        """What of `data` its map does not know; `name` is the outcome by which runs pair."""
        return self.scouts.news(data, name) if self.scouts else data

    def freed(self, data: Dataset, name: str) -> Self:
        """The same without the patches of its map that are gone, as runs made again tell by the
        outcome `name`.
        """
        process, scouts = self.old.posterior, self.scouts
        if scouts is None or not isinstance(process, PatchedPosterior):
            return self
        rows, patches = self.bridge.to_old(scouts.units), process.patches
        inside = (each.held(rows) @ patches.chances for each in patches.all)
        kept = patches.kept([not scouts.gone(data, name, each) for each in inside])
        return replace(self, old=replace(self.old, posterior=replace(process, patches=kept)))

    def cover(self, units: Array) -> Array:
        """The chance that a patch of its map holds each of `units` (n, d), in [0, 1], (n,)."""
        process, known = self.old.posterior, self.bridge.known(units)
        held = np.zeros(len(units))
        if isinstance(process, PatchedPosterior):
            held[known] = process.patches.cover_all(self.rows(units[known]))
        return held

    def moved(self, data: Dataset, start: Mapping[str, Any] | None) -> Self:
        """The same with its map moved to where `data` say that it is; `start` is a first guess."""
        rows, told = self._told(data)
        movable = self.bridge.ordered & (np.ptp(rows, axis=0) > 0 if len(rows) else False)
        first = Warp.of(start, len(movable))
        return replace(self, warp=likeliest_warp(self.old.centre, told, rows, first, movable))

    def moved_by(self, hyperparameters: Mapping[str, Any] | None) -> Self:
        """The same with its map moved as hyper-parameters say."""
        return replace(self, warp=Warp.of(hyperparameters, self.bridge.old.dimension))

    @property
    def way(self) -> str:
        """How the map has moved, for people; "" where it has not."""
        if not self.warp.moves:
            return ""
        ends = zip(self.bridge.columns, self.warp.ends, strict=True)
        told = [f"{name} by {a:+.2g} to {b:+.2g}" for name, (a, b) in ends if a or b]
        return f"moved along {', '.join(told)} of its range"

    def latent(self, units: Array) -> tuple[Array, Array]:
        """m0 and the variance of f_old at `units`; 0 where the parent knows nothing."""
        known = self.bridge.known(units)
        mean, variance = np.zeros(len(units)), np.zeros(len(units))
        mean[known], variance[known] = self.old.latent(self.rows(units[known]))
        return mean, variance

    def mean(self, units: Array) -> Array:
        """m0 at `units`, (n,), at a fraction of the cost of the variance."""
        known, mean = self.bridge.known(units), np.zeros(len(units))
        mean[known] = self.old.centre(self.rows(units[known]))
        return mean

    def slopes(self, units: Array) -> Array:
        """m0' along the parent's columns, (n, d_old); 0 for those without order."""
        known = self.bridge.known(units)
        ordered = self.bridge.ordered
        slopes = np.zeros((len(units), len(ordered)))
        slopes[known] = self.incline(self.rows(units[known])) * ordered
        return slopes

    def beside(self, units: Array) -> Reading:
        """C0 between any rows and `units` (m, d), which are asked for often, (n, m)."""
        posterior, known = self.old.posterior, self.bridge.known(units)
        if not isinstance(posterior, Posterior) or not known.all():
            return lambda rows: self.covariance(rows, units)
        read = posterior.beside(self.rows(units))

        def covariance(rows: Array) -> Array:
            whole, there = np.zeros((len(rows), len(units))), self.bridge.known(rows)
            whole[there] = self.old.scale**2 * read(self.rows(rows[there]))
            return whole

        return covariance

    def covariance(self, a: Array, b: Array) -> Array:
        """C0 between `a` (n, d) and `b` (m, d)."""
        whole = np.zeros((len(a), len(b)))
        rows, columns = self.bridge.known(a), self.bridge.known(b)
        told = self.old.covariance(self.rows(a[rows]), self.rows(b[columns]))
        whole[np.ix_(rows, columns)] = told
        return whole

    def change(self, data: Dataset) -> Change:
        """What the sentinels among `data` say of the change, beyond that the map has moved."""
        count = len(self.before)
        first = np.flatnonzero((data.queries >= 0) & (data.queries < count))
        known = np.isfinite(self.before)[data.queries[first]]
        same = (data.units[first] == self.units[data.queries[first]]).all(axis=1)
        rows = first[known & same]
        units, before = data.units[rows], self.before[data.queries[rows]]
        old = self.bridge.to_old(units)
        if isinstance(self.old, NumberSurrogate):
            scale = float(np.std(before)) if len(before) > 1 else self.old.scale
            noise = self.old.noise
            before = before + self.old.centre(self.rows(units)) - self.old.centre(old)
            return number_change(units, before, data.values[rows], noise, scale or self.old.scale)
        trials = float(data.trials[0]) if len(data) else 1.0
        p = self.old.predict(old).mean
        found = chance_change(units, before, data.values[rows], trials, p)
        return replace(found, moved=np.abs(self.old.predict(self.rows(units)).mean - p))

    @property
    def rounding(self) -> float:
        """What has to be added to C0 at the sites, so that it is a covariance whatever is sure."""
        size = 1.0 + float(self.old.hyperparameters.get("variance", 1.0))
        return _ROUNDING * size * self.old.scale**2

    def fading(self, units: Array) -> Array:
        """The share of f's own variance that the change has for want of an old map, (n,)."""
        apart = self.bridge.apart(units)
        if self.warp.moves:
            apart = np.hypot(apart, self.warp.beyond(self.bridge.to_old(units)))
        gone = 1.0 - np.exp(-0.5 * (apart / _REACH) ** 2)
        return np.where(self.bridge.known(units), gone, 1.0)

    def _told(self, data: Dataset) -> tuple[Array, Told]:
        """Runs where the parent's map says anything: rows of its cube, and what they gave."""
        if isinstance(self.old, NumberSurrogate):
            known = self.bridge.known(data.units)
            return self.bridge.to_old(data.units[known]), ToldNumbers(data.values[known], 1.0)
        sites = count_sites(data)
        sites = sites.at(np.flatnonzero(self.bridge.known(sites.units)))
        rows = self.bridge.to_old(sites.units)
        return rows, ToldChances(sites.likelihood, self.old.latent(rows)[1])

    def rows(self, units: Array) -> Array:
        """Where the parent's map has what it now says of `units`, (n, d_old)."""
        return self.warp(self.bridge.to_old(units))


@dataclass(frozen=True, eq=False)
class Inherited(Settled):
    """C0 / `scale`^2; at the sites, which it is asked for often, it is known already.

    `beside` gives it between rows and the sites, (n, sites).
    """

    heritage: Heritage
    scale: float
    sites: Array
    at_sites: Array
    beside: Reading

    def between(self, a: Array, b: Array) -> Array:
        """The parent's posterior covariance."""
        if a is self.sites and b is self.sites:
            return self.at_sites
        if b is self.sites:
            return self.beside(a)
        if a is self.sites:
            return self.beside(b).T
        return self.heritage.covariance(a, b) / self.scale**2

    def coordinates(self, a: Array) -> Array:
        """The rows themselves: the parent's lengths are its own."""
        return a

    def diagonal(self, a: Array) -> Array:
        """The parent's posterior variance."""
        return self.heritage.latent(a)[1] / self.scale**2


def inherited_at(heritage: Heritage, units: Array, scale: float) -> Inherited:
    """C0 / `scale`^2 with the sites `units` (n, d), a covariance there whatever is sure."""
    known = heritage.covariance(units, units) / scale**2
    below = max(-float(np.linalg.eigvalsh(known)[0]), 0.0) if len(known) else 0.0
    known.flat[:: len(known) + 1] += heritage.rounding / scale**2 + 2.0 * below

    read = heritage.beside(units)
    beside = remembered(lambda rows: read(rows) / scale**2)
    return Inherited(heritage, scale, units, known, beside)


@dataclass(frozen=True, eq=False)
class Along(Featured):
    """A combination of known functions: `read` gives their values h at rows (n, d), (n, k).

    Of one function, the sd that a process has at each place; or of the slopes m0' of a map, which
    is m0 + t m0' to first order once it has slid by t along its columns.
    """

    read: Reading

    def features(self, a: Array) -> Array:
        """Their values."""
        return self.read(a)
