"""The surrogate of a number: a Gaussian process, its noise none, known or learned.

Exact to some 3,000 sites; of more, each point reads the nearest (`neighbours`).

    symbol   meaning                                                      shape
    y        means of the runs at each site, standardised                 (n,)
    noise    variance of y's noise, standardised                          (n,)
    m, v     posterior mean and variance of the response, own units       (m,)

The response is what the simulator gives on average at a point: noise is not part of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import ndtr, ndtri

from surrogate.dataset import Dataset
from surrogate.models.base import Prediction
from surrogate.models.forms import Form
from surrogate.models.local_evidence import SEARCHED, learned_at_two_scales
from surrogate.models.neighbours import EXACT, MANY, NEAREST, crowd_of_numbers
from surrogate.models.number_doubt import believed, doubted
from surrogate.models.number_evidence import most_likely
from surrogate.models.number_forms import number_form
from surrogate.models.process_surrogate import ProcessSurrogate
from surrogate.models.sites import NumberSites, check_columns, learned_words, number_sites
from surrogate.models.varying_noise import NoiseMap, noise_map
from surrogate.outcome import Number
from surrogate.space import Array

_FAITH = 0.1  # of one site beside: .5 left gramacy's map twice as wrong after 100 runs
_LEAST_MEASURED = 1e-15  # of a variance, so that a lesson without noise stays finite


@dataclass(frozen=True)
class NumberSurrogate(ProcessSurrogate):
    """Answers for a Number outcome; implements `models.base.LookAhead`.

    f is the response itself, in its own unit, and the process is standardised. `noise` is the
    variance of one run, in the outcome's unit squared. `interval` says what intervals come from
    where runs were so many that they are not read one by one.
    """

    outcome: Number
    noise: float = field(kw_only=True)
    varying: NoiseMap | None = None
    interval: str = ""

    def predict(self, units: Array, coverage: float = 0.95) -> Prediction:
        """The mean response, and the interval that holds it with probability `coverage`."""
        return self.reading(*self._known(units), coverage)

    def reading(self, centre: Array, spread: Array, coverage: float) -> Prediction:
        """What `predict` gives where the response has this mean (n,), variance and doubt (2, n)."""
        half = ndtri(0.5 + 0.5 * coverage) * np.sqrt(spread[0] + spread[1])
        return Prediction(centre, centre - half, centre + half, coverage)

    def exceedance(self, units: Array, level: float) -> Array:
        """P(response > level), each in [0, 1]; agrees with the intervals of `predict`."""
        return self.exceedances(units, [level])[0]

    def exceedances(self, units: Array, levels: Sequence[float]) -> list[Array]:
        """The same for several levels, at the cost of one."""
        centre, spread = self._known(units)
        sd = np.sqrt(spread[0] + spread[1])
        return [np.asarray(ndtr((centre - level) / sd)) for level in levels]

    def told(self, units: Array, values: Array, sds: Array | None = None) -> "NumberSurrogate":
        """This surrogate with runs more, `values` (m,) at `units` (m, d); nothing is learned anew.

        `sds` (m,) of their noise; NaN, or none at all, where it is that of any run. For few runs at
        a time between fits: the cost is n^2 m.
        """
        variance = self.noise_of_a_run(units)
        if sds is not None:
            variance = np.where(np.isnan(sds), variance, sds**2)
        y = (values - self.level) / self.scale
        return replace(self, posterior=self.posterior.told(units, y, variance / self.scale**2))

    def left_out(self) -> tuple[Array, Array]:
        """Virtual leave-one-out: miss and variance of each site, the others known, (n,) each.

        In the outcome's unit; of very many sites, of some. On points that a rule
        chose it is biased: what it says is what the surrogate thinks of its own work.
        """
        miss, variance = self.posterior.left_out()
        return self.scale * miss, self.scale**2 * variance

    def misfit(self, units: Array) -> Array:
        """By what factor squared misses of the runs left out exceed their variance nearby, (m,).

        A mean over the sites, weighted by exp(-r^2 / 2 h^2) with h = n^(-1/d), a typical spacing,
        and with a little of the factor 1 that holds when the surrogate is right.
        """
        miss, variance = self.posterior.left_out()
        judged = self.posterior.judged
        n, d = judged.shape
        near = cdist(units, judged, "sqeuclidean")
        near *= -0.5 * max(n, 1) ** (2.0 / d)
        np.exp(near, out=near)
        return np.asarray((_FAITH + near @ (miss**2 / variance)) / (_FAITH + near.sum(axis=1)))

    def noise_of_a_run(self, units: Array) -> Array:
        """Variance of one run's noise at `units` (m, d), own unit squared, (m,)."""
        if self.varying is None:
            return np.full(len(units), self.noise)
        return self.varying.variance(units)

    def threshold(self, level: float) -> float:
        """The level itself: the latent process is the response."""
        return level

    def lesson(self, m: Array, v: Array) -> Array:
        """1 / (v + noise): how much one run lowers covariances."""
        return np.asarray(1.0 / np.maximum(v + self.noise, _LEAST_MEASURED * self.scale**2))


@dataclass(frozen=True)
class NumberRecipe:
    """Exact Gaussian process on standardised site means; hyper-parameters by MAP.

    With `doubt`, intervals know that these are not sure: see `number_doubt`.
    """

    outcome: Number
    dimension: int
    forms: tuple[str, ...] = ("smooth",)
    name: str = "gp"
    doubt: bool = True

    def fit(
        self, data: Dataset, *, start: Mapping[str, Any] | None = None, optimise: bool = True
    ) -> NumberSurrogate:
        """A surrogate of `data`; see `models.base.Recipe.fit`."""
        check_columns(data, self.dimension)
        sites = number_sites(data)
        varying = None
        if sites.learns_noise and (varying := noise_map(data, start=start, optimise=optimise)):
            sites = varying.told(sites)
        n = len(sites.means)
        forms = [number_form(name, data.choices) for name in self.forms]
        if optimise:
            learn = most_likely if n <= SEARCHED else learned_at_two_scales
            values = learn(forms, sites, start)
        else:
            values = self._given(forms[0], start)
        form = number_form(str(values.get("form")), data.choices)
        if optimise and self.doubt and n <= EXACT:
            values = doubted(form, sites, values)
        if n > EXACT:
            values |= {MANY: NEAREST}
        if varying:
            values |= varying.hyperparameters
        return replace(self._of(form, sites, values), varying=varying)

    def fit_form(
        self, form: Form, sites: NumberSites, *, start: Mapping[str, Any] | None, optimise: bool
    ) -> NumberSurrogate:
        """A surrogate of `sites`, at most `EXACT`, of this form alone; see `fit`."""
        if optimise:
            values = most_likely([form], sites, start)
        else:
            values = dict(start or form.named(form.prior.centre))
        return self._of(form, sites, values)

    def _of(self, form: Form, sites: NumberSites, values: Mapping[str, Any]) -> NumberSurrogate:
        n, one = len(sites.means), float(values.get("noise", 0.0))
        many = None
        if n > EXACT:
            noise = sites.noise_at(one)
            many = crowd_of_numbers(form.member(values), sites.units, sites.means, noise)
        return NumberSurrogate(
            outcome=self.outcome,
            posterior=many or believed(form, sites, values),
            hyperparameters=values,
            level=sites.level,
            scale=sites.scale,
            noise=sites.scale**2 * sites.noise_of_one_run(one),
            interval=many.interval if many else learned_words(values, n),
        )

    def _given(self, form: Form, start: Mapping[str, Any] | None) -> dict[str, Any]:
        if start is not None:
            return {key: x for key, x in start.items() if key != MANY}
        noise = {"noise": 0.01} if self.outcome.noise == "unknown" else {}
        return form.named(form.prior.centre) | noise
