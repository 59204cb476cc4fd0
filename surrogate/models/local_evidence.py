"""Hyper-parameters of a number's process learned from very many sites, at two scales.

    symbol   meaning                                                             shape
    theta    logarithms of hyper-parameters, noise's variance last               (p,)
    y        what the sites say, standardised                                    (n,)
    z        of a site, standardised by what its nearest sites say of it         number
    u        last row of the inverse Cholesky factor of a site and its nearest   (m + 1,)

Some sites spread over the whole space are explained together, exactly; some others each given
their nearest, at the distances over which the process will be read. Each of these densities is a
proper one, so their product has its peak where theirs is (Vecchia 1988, JRSS B 50; Stein, Chi and
Welty 2004, JRSS B 66).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from surrogate.kernels import Pull
from surrogate.linalg import factorise, inverse_lower
from surrogate.models.forms import Form
from surrogate.models.number_evidence import NumberModel, climbed, starting_points
from surrogate.models.search import maximum_a_posteriori
from surrogate.models.sites import LEARNED, NumberSites
from surrogate.space import Array

SEARCHED = 1600  # sites from which theta is learned by all of them together; of more it is as here
_WHOLE = 800  # sites that are explained together where there is noise
_FEW = 300  # ... and where there is none
_SOME = 400  # sites that are explained by their nearest
_NEAREST = 31  # how many that are
_ROUNDS = 2  # in which the nearest are found anew, by the coordinates learned
_ORDER = 20263  # seed of the order in which sites are taken
_PRECISION = 1e-5  # of the log posterior: such a sample says no more of it


@dataclass(frozen=True)
class LocalModel:
    """A form's theta, judged by `whole` and by b sites, each last of a row with its nearest.

    `units` (b, m + 1, d) and `means` (b, m + 1) are those of the rows; `runs` (b, m + 1) is how
    many there were, and `known` the noise's variance where it is not learned.
    """

    whole: NumberModel
    units: Array
    means: Array
    runs: Array
    known: Array | None

    def evidence(self, theta: Array) -> tuple[float, Array]:
        """log density of both kinds of sites, up to a constant, and its gradient (p,)."""
        value, gradient = self.whole.evidence(theta)
        for k in range(len(self.units)):
            own, slope = self._given_nearest(theta, k)
            value += own
            gradient = gradient + slope
        return value, gradient

    def missed(self, theta: Array) -> Array:
        """By how much each site misses what its nearest say of it, (b,)."""
        found = [(self._read(theta, k)[0], y) for k, y in enumerate(self.means)]
        return np.array([inverse[-1] @ y / inverse[-1, -1] for inverse, y in found])

    def _given_nearest(self, theta: Array, k: int) -> tuple[float, Array]:
        """-z^2 / 2 - log of the last pivot. With w = K^-1 y its derivative by K is
        (z (w u' + u w') - (1 + z^2) u u') / 2, since without the last K^-1 lacks u u', w lacks z u.
        """
        inverse, pull = self._read(theta, k)
        u, y = inverse[-1], self.means[k]
        z, w = float(u @ y), inverse.T @ (inverse @ y)
        slopes = 0.5 * z * (np.outer(w, u) + np.outer(u, w)) - 0.5 * (1.0 + z * z) * np.outer(u, u)
        gradient = pull(slopes)
        if self.known is None:
            gradient = np.append(gradient, np.diagonal(slopes) @ self._noise(theta, k))
        return -0.5 * z * z + math.log(u[-1]), gradient

    def _read(self, theta: Array, k: int) -> tuple[Array, Pull]:
        """Inverse factor (m + 1, m + 1) of row k's covariance, and the kernel's pull."""
        K, pull = self.whole.kernel(theta).evaluate(self.units[k])
        K.flat[:: len(K) + 1] += self._noise(theta, k)
        return inverse_lower(factorise(K)), pull

    def _noise(self, theta: Array, k: int) -> Array:
        if self.known is None:
            return np.asarray(np.exp(theta[-1]) / self.runs[k])
        return np.asarray(self.known[k])


def learned_at_two_scales(
    forms: Sequence[Form], sites: NumberSites, start: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Hyper-parameters at their most probable, of the form that sites' nearest favour.

    That is the first where noise hides what forms differ in, and the first unless another's
    squared misses are lower by more than two standard errors: else chance would choose.
    """
    noisy = sites.learns_noise or bool(sites.noise_at(0.0).any())
    few = sites.some(_WHOLE if noisy else _FEW)
    wholes = [NumberModel(form, few) for form in (forms[:1] if noisy else forms)]
    found = [climbed(m, starting_points(m, start), precision=_PRECISION) for m in wholes]
    models = [_local(model, sites, theta) for model, theta in zip(wholes, found, strict=True)]
    best = _clearly_best([m.missed(x) ** 2 for m, x in zip(models, found, strict=True)])
    whole, theta = wholes[best], found[best]
    for _ in range(_ROUNDS):
        model = _local(whole, sites, theta)
        theta, _ = maximum_a_posteriori(
            model.evidence, whole.prior, starts=[theta], precision=_PRECISION
        )
    return {
        **whole.named(theta),
        LEARNED: min(len(few.means) + len(model.units), len(sites.means)),
    }


def _clearly_best(losses: Sequence[Array]) -> int:
    """Which of the losses (b,) is lowest on average; 0 where none is clearly lower than it."""
    best = min(range(len(losses)), key=lambda k: float(losses[k].mean()))
    gained = losses[0] - losses[best]
    return best if gained.sum() > 2.0 * np.sqrt(np.sum(gained**2)) else 0


def _local(whole: NumberModel, sites: NumberSites, theta: Array) -> LocalModel:
    """The model with neighbours by the coordinates of the kernel at theta."""
    z = whole.kernel(theta).coordinates(sites.units)
    some = np.random.default_rng(_ORDER).permutation(len(z))[:_SOME]
    rows = cKDTree(z).query(z[some], k=_NEAREST + 1)[1][:, ::-1]
    known = None if sites.known is None else sites.known[rows]
    return LocalModel(whole, sites.units[rows], sites.means[rows], sites.runs[rows], known)
