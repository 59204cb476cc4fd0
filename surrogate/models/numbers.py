"""The surrogate of a number: an exact Gaussian process, its noise none, known or learned.

    symbol   meaning                                                      shape
    y        means of the runs at each site, standardised                 (n,)
    noise    variance of y's noise, standardised                          (n,)
    w        (K + noise)^-1 y                                             (n,)
    m, v     posterior mean and variance of the response, own units       (m,)

The response is what the simulator gives on average at a point: noise is not part of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from surrogate.dataset import Dataset
from surrogate.linalg import factorise, gram_of_lower, inverse_lower, solve
from surrogate.models.base import Prediction
from surrogate.models.forms import FORMS, Form, Prior, form_of
from surrogate.models.posterior import Posterior
from surrogate.models.search import maximum_a_posteriori
from surrogate.models.sites import NumberSites, check_columns, number_sites
from surrogate.outcome import Number

Array = NDArray[np.float64]

NOISE_PRIOR = Prior(  # of log noise variance, as a share of the responses' own: sd of 10 %
    centre=np.log([0.01]), spread=np.array([2.5]), lower=np.log([1e-9]), upper=np.log([10.0])
)
_LEAST_MEASURED = 1e-15  # of a variance, so that a lesson without noise stays finite


@dataclass(frozen=True)
class NumberSurrogate:
    """Answers for a Number outcome; implements `models.base.LookAhead`.

    The process is standardised: response = `level` + `scale` f. `noise` is the variance of one
    run, in the outcome's unit squared.
    """

    outcome: Number
    posterior: Posterior
    hyperparameters: Mapping[str, Any]
    level: float
    scale: float
    noise: float

    def predict(self, units: Array, coverage: float = 0.95) -> Prediction:
        """The mean response, and the interval that holds it with probability `coverage`."""
        m, v = self.latent(units)
        half = ndtri(0.5 + 0.5 * coverage) * np.sqrt(v)
        return Prediction(m, m - half, m + half, coverage)

    def exceedance(self, units: Array, level: float) -> Array:
        """P(response > level), each in [0, 1]."""
        m, v = self.latent(units)
        return np.asarray(ndtr((m - level) / np.sqrt(v)))

    def latent(self, units: Array) -> tuple[Array, Array]:
        """Posterior mean and variance of the response, in its own unit."""
        m, v = self.posterior.latent(units)
        return self.level + self.scale * m, self.scale**2 * v

    def covariance(self, a: Array, b: Array) -> Array:
        """Posterior covariance of the response between `a` and `b`."""
        return self.scale**2 * self.posterior.covariance(a, b)

    def threshold(self, level: float) -> float:
        """The level itself: the latent process is the response."""
        return level

    def lesson(self, m: Array, v: Array) -> Array:
        """1 / (v + noise): how much one run lowers covariances."""
        return np.asarray(1.0 / np.maximum(v + self.noise, _LEAST_MEASURED * self.scale**2))


@dataclass(frozen=True)
class NumberRecipe:
    """Exact Gaussian process on standardised site means; hyper-parameters by MAP."""

    outcome: Number
    dimension: int
    forms: tuple[str, ...] = ("smooth",)
    name: str = "gp"

    def fit(
        self, data: Dataset, *, start: Mapping[str, Any] | None = None, optimise: bool = True
    ) -> NumberSurrogate:
        """A surrogate of `data`; see `models.base.Recipe.fit`."""
        check_columns(data, self.dimension)
        sites = number_sites(data)
        values = self._optimum(sites, start) if optimise else self._given(start)
        kernel = form_of(values, self.dimension).member(values)
        noise = sites.noise_at(values.get("noise", 0.0))
        lower = factorise(kernel(sites.units, sites.units) + np.diag(noise)).lower
        return NumberSurrogate(
            outcome=self.outcome,
            posterior=Posterior(
                kernel, sites.units, solve(lower, sites.means), inverse_lower(lower)
            ),
            hyperparameters=values,
            level=sites.level,
            scale=sites.scale,
            noise=sites.scale**2 * sites.noise_of_one_run(values.get("noise", 0.0)),
        )

    def _optimum(self, sites: NumberSites, start: Mapping[str, Any] | None) -> dict[str, Any]:
        found = []
        for name in self.forms:
            model = _Model(FORMS[name](self.dimension), sites)
            starts = [model.prior.centre]
            if start is not None and start.get("form") == name:
                starts.append(model.theta(start))
            theta, value = maximum_a_posteriori(model.evidence, model.prior, starts=starts)
            found.append((value, model.named(theta)))
        return max(found, key=lambda pair: pair[0])[1]

    def _given(self, start: Mapping[str, Any] | None) -> dict[str, Any]:
        if start is not None:
            return dict(start)
        form = FORMS[self.forms[0]](self.dimension)
        noise = {"noise": 0.01} if self.outcome.noise == "unknown" else {}
        return form.named(form.prior.centre) | noise


@dataclass(frozen=True)
class _Model:
    """A form's hyper-parameters and, where noise is to be learned, one more for it."""

    form: Form
    sites: NumberSites

    @property
    def prior(self) -> Prior:
        mine = self.form.prior
        if not self.sites.learns_noise:
            return mine
        return mine.beside(NOISE_PRIOR)

    def theta(self, values: Mapping[str, Any]) -> Array:
        theta = self.form.theta(values)
        if not self.sites.learns_noise:
            return theta
        return np.append(theta, np.log(float(values.get("noise", 0.01))))

    def named(self, theta: Array) -> dict[str, Any]:
        count = len(self.form.labels)
        noise = {"noise": float(np.exp(theta[count]))} if self.sites.learns_noise else {}
        return self.form.named(theta[:count]) | noise

    def evidence(self, theta: Array) -> tuple[float, Array]:
        """log marginal likelihood and gradient; Rasmussen and Williams 2006, eqs. 2.30, 5.9."""
        count = len(self.form.labels)
        one = float(np.exp(theta[count])) if self.sites.learns_noise else 0.0
        noise = self.sites.noise_at(one)
        K, pull = self.form.kernel.at(theta[:count]).evaluate(self.sites.units)
        lower = factorise(K + np.diag(noise)).lower
        w = solve(lower, self.sites.means)
        within, within_slope = self.sites.within(one)
        value = -0.5 * (self.sites.means @ w) - np.sum(np.log(np.diagonal(lower))) + within
        sensitivity = 0.5 * (np.outer(w, w) - gram_of_lower(inverse_lower(lower)))
        gradient = pull(sensitivity)
        if self.sites.learns_noise:
            gradient = np.append(gradient, np.diagonal(sensitivity) @ noise + within_slope)
        return float(value), gradient
