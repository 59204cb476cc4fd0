"""How surrogates are made, by name: the one place that knows which model serves which outcome."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.dataset import Dataset
from surrogate.errors import DataError, PlanError
from surrogate.models.base import LookAhead, Recipe
from surrogate.models.forms import FORMS, Form
from surrogate.models.likelihood import Probit
from surrogate.models.posterior import Posterior
from surrogate.models.probability import ProbabilitySurrogate
from surrogate.models.propagation import Messages, propagate
from surrogate.models.search import Evidence, maximum_a_posteriori
from surrogate.models.sites import CountSites, count_sites
from surrogate.outcome import Binary, Count, Outcome

Array = NDArray[np.float64]

_SEARCH_TOLERANCE = 1e-3  # of messages: the evidence, stationary in them, is then good to 1e-5


@dataclass(frozen=True)
class ProbabilityRecipe:
    """Gaussian process with probit likelihood, by expectation propagation."""

    outcome: Binary | Count
    dimension: int
    forms: tuple[str, ...] = ("smooth",)
    name: str = "gp"

    def fit(
        self, data: Dataset, *, start: Mapping[str, Any] | None = None, optimise: bool = True
    ) -> LookAhead:
        """A surrogate of `data`; see `models.base.Recipe.fit`."""
        _check_columns(data, self.dimension)
        sites = count_sites(data)
        values = self._optimum(sites, start) if optimise else self._given(start)
        form = FORMS[values["form"]](self.dimension)
        return ProbabilitySurrogate(self.outcome, _posterior(form, values, sites), values)

    def _optimum(self, sites: CountSites, start: Mapping[str, Any] | None) -> dict[str, Any]:
        found = []
        for name in self.forms:
            form = FORMS[name](self.dimension)
            starts = [form.prior.centre]
            if start is not None and start.get("form") == name:
                starts.append(form.theta(start))
            theta, value = maximum_a_posteriori(_evidence(form, sites), form.prior, starts=starts)
            found.append((value, form.named(theta)))
        return max(found, key=lambda pair: pair[0])[1]

    def _given(self, start: Mapping[str, Any] | None) -> dict[str, Any]:
        if start is None:
            form = FORMS[self.forms[0]](self.dimension)
            return form.named(form.prior.centre)
        if start.get("form") not in FORMS:
            raise DataError(
                f"hyper-parameters of a form among {', '.join(FORMS)} were expected, "
                f"{start.get('form')!r} came; they belong to another recipe"
            )
        return dict(start)


def _posterior(form: Form, values: Mapping[str, Any], sites: CountSites) -> Posterior:
    kernel = form.member(values)
    found = propagate(kernel.evaluate(sites.units)[0], Probit(sites.yes, sites.no))
    return Posterior(kernel, sites.units, found.weights, found.inverse * found.scales)


def _evidence(form: Form, sites: CountSites) -> Evidence:
    """log Z_EP and its gradient; each call begins with the messages that the last one left."""
    likelihood = Probit(sites.yes, sites.no)
    latest: list[Messages | None] = [None]

    def evidence(theta: Array) -> tuple[float, Array]:
        K, pull = form.kernel.at(theta).evaluate(sites.units)
        found = propagate(K, likelihood, start=latest[0], tolerance=_SEARCH_TOLERANCE)
        latest[0] = found.messages
        return found.log_evidence, pull(found.sensitivity())

    return evidence


def _check_columns(data: Dataset, dimension: int) -> None:
    if data.dimension != dimension:
        raise DataError(
            f"{dimension} columns of units were expected, {data.dimension} came; "
            "the recipe was made for another space"
        )


def recipe_for(outcome: Outcome, dimension: int) -> Recipe:
    """The recipe that serves `outcome` unless a plan says otherwise."""
    return recipe("gp", outcome, dimension)


def recipe(name: str, outcome: Outcome, dimension: int) -> Recipe:
    """A recipe by name; raises `PlanError` when there is none for the outcome."""
    if name == "gp" and isinstance(outcome, Binary | Count):
        return ProbabilityRecipe(outcome, dimension)
    raise PlanError(
        f"surrogate 'gp' for a Binary or Count outcome was expected, {name!r} for "
        f"{type(outcome).__name__} came"
    )
