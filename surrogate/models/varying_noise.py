"""Noise that varies over the space, learned from places that were run more than once.

    symbol   meaning                                                                    shape
    s2, k    variance of the runs at a place, and its degrees of freedom (runs - 1)     (r,)
    e        log s2 - digamma(k / 2) + log(k / 2): the log of the noise's variance      (r,)
             there, but for an error of variance trigamma(k / 2)

A Gaussian process on e, whose errors are known, is the noise's map (Bartlett and Kendall 1946;
Binois, Gramacy and Ludkovski 2018, JCGS 27, learn it jointly). It is learned only where places
differ by more than chance: else one variance for all is the better guess.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import digamma, polygamma

from surrogate.dataset import Dataset
from surrogate.models.forms import part_of, prefixed
from surrogate.models.number_evidence import most_likely
from surrogate.models.number_forms import number_form
from surrogate.models.posterior import Process, conditioned
from surrogate.models.sites import NumberSites, summed, unique_places
from surrogate.space import Array

VARYING = "varying."  # begins the names of its hyper-parameters
_FEWEST = 8  # places with replicates
_SURE = 3.0  # sds by which places must differ more than chance has them differ
_LEAST = 1e-12  # of the largest variance of a place: runs that agree to the last digit


@dataclass(frozen=True)
class NoiseMap:
    """The variance of one run's noise as a function of place, own unit squared."""

    posterior: Process
    level: float
    scale: float
    hyperparameters: Mapping[str, Any]

    def variance(self, units: Array) -> Array:
        """At `units` (m, d): the median of what is believed, positive, (m,)."""
        return np.asarray(np.exp(self.level + self.scale * self.posterior.latent(units)[0]))

    def told(self, sites: NumberSites) -> NumberSites:
        """`sites` with the variance of each mean's noise known as it says."""
        known = self.variance(sites.units) / sites.runs / sites.scale**2
        return replace(sites, known=known)


def noise_map(data: Dataset, *, start: Mapping[str, Any] | None, optimise: bool) -> NoiseMap | None:
    """What replicates in `data` teach of it; None where they are few or one variance will do.

    With `optimise` False there is a map exactly where `start` has hyper-parameters of one.
    """
    known = part_of(start or {}, VARYING)
    places, e, k = estimates(data)
    error = polygamma(1, k / 2)
    if len(e) < _FEWEST or not (known or optimise):
        return None
    if optimise and not _differ(e, error, k):
        return None
    level, scale = float(np.average(e, weights=1.0 / error)), max(float(np.std(e)), 1e-6)
    sites = NumberSites(
        units=places,
        means=(e - level) / scale,
        runs=np.ones(len(e)),
        scatter=0.0,
        level=level,
        scale=scale,
        known=error / scale**2,
    )
    form = number_form("smooth", data.choices)
    values = most_likely([form], sites, known or None) if optimise else known
    posterior = conditioned(form.member(values), places, sites.means, sites.noise_at(0.0))
    return NoiseMap(posterior, level, scale, prefixed(VARYING, values))


def estimates(data: Dataset) -> tuple[Array, Array, Array]:
    """Places with replicates (r, d), e and k, both (r,)."""
    units, place = unique_places(data.units)
    runs = np.bincount(place)
    means = summed(data.values, place) / runs
    squares = summed((data.values - means[place]) ** 2, place)
    rows = np.flatnonzero(runs > 1)
    k = np.asarray(runs[rows], dtype=float) - 1.0
    s2 = squares[rows] / k
    s2 = np.maximum(s2, max(_LEAST * float(s2.max(initial=0.0)), np.finfo(float).tiny))
    e = np.asarray(np.log(s2) - digamma(k / 2) + np.log(k / 2))
    return units[rows], e, k


def _differ(e: Array, error: Array, k: Array) -> bool:
    """Whether places differ more than by their errors, which are those of log chi-square.

    The weighted sum of squares against its mean and sd if they did not: each square has variance
    2 and the errors' excess kurtosis, polygamma(3) / polygamma(1)^2, more.
    """
    weight = 1.0 / error
    spread = float(weight @ (e - np.average(e, weights=weight)) ** 2)
    excess = polygamma(3, k / 2) / error**2
    return spread > len(e) - 1 + _SURE * math.sqrt(float(np.sum(2.0 + excess)))
