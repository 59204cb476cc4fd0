"""Runs that give numbers, read together with steps along which f rises.

    symbol   meaning                                                                  shape
    y        means of the runs at each site, standardised                             (n,)
    steps    rows (x, r) of `models.rising` that f is told to rise along              (m, 2 d)
    Z, Z0    the chance that f rises along all of them, with y known and before

Hyper-parameters are learned with the steps too, from p(y | f rises) = p(y) Z / Z0: without them the
noise of few runs passes for bends, which then speak against any step.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Self

import numpy as np

from surrogate.kernels import Kernel
from surrogate.linalg import gram_of_lower
from surrogate.models.forms import Form
from surrogate.models.number_doubt import doubted
from surrogate.models.number_evidence import NumberModel
from surrogate.models.posterior import Posterior, conditioned
from surrogate.models.propagation import propagate
from surrogate.models.risen import Reading
from surrogate.models.rising import Rising, all_yes, level
from surrogate.models.search import maximum_a_posteriori
from surrogate.models.sites import NumberSites
from surrogate.models.varying_noise import VARYING
from surrogate.space import Array, Rows

_LEARNED = 400  # sites; of more, hyper-parameters are known without steps
_NOISY = 0.3  # of y's variance: where what bends may be noise, the search may begin again


@dataclass(frozen=True)
class NumberRuns:
    """See `models.risen.Runs`."""

    form: Form
    sites: NumberSites

    def __len__(self) -> int:
        return len(self.sites.means)

    @property
    def model(self) -> NumberModel:
        """What its hyper-parameters are."""
        return NumberModel(self.form, self.sites)

    def at(self, rows: Rows) -> Self:
        """Those at some of the sites."""
        return replace(self, sites=self.sites.at(rows))

    def read(self, values: Mapping[str, Any], steps: Array) -> Reading:
        """The process that was told of the runs and that f rises along `steps`."""
        theta = self.model.theta(values)
        process, fit = self.likely(theta, steps)
        return Reading(values, steps, process, fit + self.model.prior.log_density(theta))

    def likely(self, theta: Array, steps: Array) -> tuple[Posterior, float]:
        """Told of the runs, exactly, and then of the steps; and log p(y) Z up to a constant."""
        y, one, rows = self.sites.means, self.model.noise(theta), level(self.sites.units)
        process = conditioned(self.kernel(theta), rows, y, self.sites.noise_at(one))
        log_p = np.sum(np.log(np.diagonal(process.root))) - 0.5 * (y @ process.weights)
        fit = float(log_p) + self.sites.within(one)[0]
        if not len(steps):
            return process, fit
        m, K = process.mean(steps), process.covariance(steps, steps)
        found = propagate(K, all_yes(len(steps), offset=m))
        tau, nu = found.messages.tau, found.messages.nu
        return process.told(steps, m + nu / tau, 1.0 / tau), fit + found.log_evidence

    def kernel(self, theta: Array) -> Kernel:
        """The covariance over rows."""
        return Rising(self.model.kernel(theta))

    def learned(self, values: Mapping[str, Any], steps: Array) -> Mapping[str, Any]:
        """The most probable hyper-parameters, f being known to rise along `steps`."""
        if len(self) > _LEARNED:
            return values
        centre = {**self.form.named(self.form.prior.centre), "noise": _NOISY}
        starts = [self.model.theta(start) for start in (values, centre)]
        evidence = partial(self.evidence, steps)
        theta, _ = maximum_a_posteriori(evidence, self.model.prior, starts=starts)
        noise_map = {key: x for key, x in values.items() if key.startswith(VARYING)}
        return doubted(self.form, self.sites, self.model.named(theta)) | noise_map

    def evidence(self, steps: Array, theta: Array) -> tuple[float, Array]:
        """log p(y) Z / Z0 and its gradient by theta (p,).

        Rasmussen and Williams 2006, eq. 5.27; y is a message that does not change.
        """
        kernel, n, sites = self.kernel(theta), len(self), self.sites
        process, fit = self.likely(theta, steps)
        before = propagate(kernel(steps, steps), all_yes(len(steps)))
        sensitivity = 0.5 * np.outer(process.weights, process.weights)
        sensitivity -= 0.5 * gram_of_lower(process.root)
        sensitivity[n:, n:] -= before.sensitivity()
        gradient = kernel.evaluate(process.units)[1](sensitivity)
        if sites.learns_noise:
            one = self.model.noise(theta)
            by_noise = np.diagonal(sensitivity)[:n] @ sites.noise_at(one) + sites.within(one)[1]
            gradient = np.append(gradient, by_noise)
        return fit - before.log_evidence, gradient

    def foretold(self, process: Posterior) -> Array:
        """Squared misses: after few runs variances may be far too small either way."""
        return np.asarray((self.sites.means - process.mean(level(self.sites.units))) ** 2)

    def worth(self, told: Array, untold: Array) -> float:
        """What normal misses say, the size of which is not known."""
        least, n = np.finfo(float).tiny, len(told)
        ratio = max(float(np.sum(untold)), least) / max(float(np.sum(told)), least)
        return 0.5 * n * math.log(ratio)
