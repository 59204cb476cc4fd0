"""A surrogate that begins with its parent's map: f(x) = f_old(x) + change(x).

    symbol   meaning                                                              shape
    m0, C0   posterior mean and covariance of the parent's f                      (n,), (n, n)
    g        f - m0: what is left to learn, with covariance C0 + K                (n,)
    s        sd of the change before any run, as sentinels tell it by region      (n,)
    K        V s s' k + W m0' m0': the change, k Matern-5/2, and how unsure it    (n, n)
             is how far the map has moved; V, W and lengths are learned

The parent's map is the prior of the child's, as sure as its own runs made it and no surer (Kennedy
and O'Hagan 2000, Biometrika 87, with the scale 1). Its runs are not counted again: what they told
is in m0 and C0 alone, and of a run that was repeated with the same seed only the new answer counts.
First the map is moved along its inputs to where the new runs say that it went; see `models.warp`.
It stays moved where they are likelier so than by a change of the map as it was: one spot that moved
alone is no map that slid. How far it is trusted is V s^2: where sentinels changed otherwise it
falls. Small patches of the map that are gone, as runs made again tell one by one, are left out
of it first; see `models.scouts`. A cold start stands beside it, and takes its place where it
foretells the new runs clearly better; from then on it stays unless the old map does. See
`guided.foretold` for what that is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from surrogate.dataset import Dataset
from surrogate.errors import PlanError
from surrogate.kernels import Constant, ard
from surrogate.models.base import Recipe
from surrogate.models.covariances import embedded, width
from surrogate.models.forms import Entry, Form, form_from, lengths
from surrogate.models.guided import GuidedRecipe, foretold, held_out, judged_chances
from surrogate.models.heritage import Along, Heritage, inherited_at
from surrogate.models.neighbours import EXACT
from surrogate.models.number_evidence import NumberModel
from surrogate.models.numbers import NumberRecipe, NumberSurrogate
from surrogate.models.patched import PatchedPosterior, smooth_of
from surrogate.models.patches import Located
from surrogate.models.posterior import Posterior, Shifted
from surrogate.models.probability import ProbabilityRecipe, ProbabilitySurrogate
from surrogate.models.recipes import GaussianRecipe, GaussianSurrogate
from surrogate.models.remembering import remembered
from surrogate.models.sites import CountSites, check_columns, count_sites, number_sites
from surrogate.models.worlds import Patches, likeliest
from surrogate.profiles import Matern52
from surrogate.space import Array

FORM = "inherited"  # of hyper-parameters with which the parent's map is used
# Nats by which a cold start must foretell better to take over, or the parent's map, not moved, to
# come back: a twentieth of the odds, for either.
_PATIENCE = 3.0
_DEEP = (
    " That map could not be condensed to one process: it is read through all generations before "
    "it, each of which makes it slower."
)
_SLIDING = Entry("change.sliding", 4e-4, 1.0, 1e-8, 0.1)  # variance, the cube's side being 1
_VARIANCE = Entry("change.variance", 1.0, 1.5, 1e-4, 1e4)


@dataclass(frozen=True)
class InheritedPosterior(Shifted):
    """The process of g as one of f = m0 + g; m0 is read as (m0 - `level`) / `scale`."""

    heritage: Heritage
    level: float = 0.0
    scale: float = 1.0

    def latent(self, q: Array) -> tuple[Array, Array]:
        """Mean and variance of f at `q`, which rounding leaves where nothing is open, both (m,)."""
        mean, variance = super().latent(q)
        return mean, np.maximum(variance, self.heritage.rounding / self.scale**2)

    def known(self, q: Array) -> Array:
        """m0, standardised, (m,); 0 where the parent knows nothing."""
        mean = (self.heritage.mean(q) - self.level) / self.scale
        return np.where(self.heritage.bridge.known(q), mean, 0.0)


class _Begun(NamedTuple):
    """A surrogate that begins with the parent's map: how well the runs are foretold, as
    `guided.foretold` has it, less what a map is given for being free to move; and their log
    evidence with the density of its hyper-parameters.
    """

    surrogate: GaussianSurrogate
    score: float = 0.0
    evidence: float = 0.0


@dataclass(frozen=True, eq=False)
class InheritedRecipe:
    """`plain` with the parent's map for its prior, or `cold` where that foretells better."""

    cold: Recipe
    plain: GaussianRecipe
    heritage: Heritage

    @property
    def name(self) -> str:
        """Of both, so that a plan with another parent is another recipe."""
        return f"{self.cold.name} from {self.heritage.parent}"

    def fit(
        self, data: Dataset, *, start: Mapping[str, Any] | None = None, optimise: bool = True
    ) -> GaussianSurrogate:
        """A surrogate of `data`; see `models.base.Recipe.fit`."""
        check_columns(data, self.plain.dimension)
        if len(data) > EXACT:  # with so many runs of its own it needs no parent's
            return self._cold(data, start, optimise=optimise)
        was_cold = start is not None and start.get("form") != FORM
        if not optimise:
            if was_cold:
                return self._cold(data, start, optimise=False)
            return self._warm(data, start, optimise=False).surrogate
        warm, score, _ = self._warm(data, None if was_cold else start, optimise=True)
        cold = self._cold(data, start if was_cold else None, optimise=True)
        least = _PATIENCE if was_cold else -_PATIENCE
        return warm if score - foretold(cold, self._news(data)) >= least else cold

    def _news(self, data: Dataset) -> Dataset:
        """What the parent's map does not know."""
        if isinstance(self.plain, ProbabilityRecipe):
            return self.heritage.news(data, self.plain.located_by)
        return data

    def words(self, hyperparameters: Mapping[str, Any]) -> str:
        """Whether the parent's map is used, a sentence for people."""
        if hyperparameters.get("form") == FORM:
            way = self.heritage.moved_by(hyperparameters).way
            began = "is where this one began"
            said = f"The map of {self.heritage.parent}{f', {way},' if way else ''} {began}."
            return f"{said}{_DEEP}" if self._is_deep else said
        return (
            f"A cold start foretells the new runs better than the map of {self.heritage.parent}, "
            "which is left out."
        )

    def knowing(self, data: Dataset) -> "InheritedRecipe":
        """The same, for which `data` say where patches may lie."""
        cold, plain = self.cold, self.plain
        if isinstance(plain, ProbabilityRecipe):
            plain = plain.knowing(data)
        if isinstance(cold, ProbabilityRecipe):
            cold = cold.knowing(data)
        return replace(self, cold=cold, plain=plain)

    @property
    def _is_deep(self) -> bool:
        """Whether the parent's map is still read through that of its own parent."""
        return isinstance(smooth_of(self.heritage.old.posterior), InheritedPosterior)

    def _cold(
        self, data: Dataset, start: Mapping[str, Any] | None, *, optimise: bool
    ) -> GaussianSurrogate:
        found = self.cold.fit(data, start=start, optimise=optimise)
        assert isinstance(found, GaussianSurrogate)
        return found

    def _warm(self, data: Dataset, start: Mapping[str, Any] | None, *, optimise: bool) -> _Begun:
        """What begins with the parent's map, moved where the runs are likelier so."""
        own = self.heritage
        if isinstance(self.plain, ProbabilityRecipe):
            own = own.freed(data, self.plain.located_by)
        if not optimise:
            return self._begun(own.moved_by(start), data, start, optimise=False)
        still = self._begun(own, data, start, optimise=True)
        moved = own.moved(data, start)
        if not moved.warp.moves:
            return still
        there = self._begun(moved, data, start, optimise=True)
        return there if there.evidence - moved.warp.price > still.evidence else still

    def _begun(
        self, moved: Heritage, data: Dataset, start: Mapping[str, Any] | None, *, optimise: bool
    ) -> _Begun:
        """What begins with the parent's map as `moved` has it."""
        read = self._number if isinstance(self.plain, NumberRecipe) else self._chance
        found = read(moved, data, start, optimise=optimise)
        values = {**found.surrogate.hyperparameters, **moved.warp.named}
        return found._replace(surrogate=replace(found.surrogate, hyperparameters=values))

    def _chance(
        self, moved: Heritage, data: Dataset, start: Mapping[str, Any] | None, *, optimise: bool
    ) -> _Begun:
        assert isinstance(self.plain, ProbabilityRecipe)
        known = [one.beside(moved.cover) for one in self.plain.located(data)]
        data = self._news(data)
        sites = count_sites(data)
        sites = replace(sites, offset=moved.mean(sites.units))
        form = self._form(moved, data, sites.units, 1.0)
        fitted = self.plain.fit_form(form, sites, start=start, optimise=optimise, known=known)
        assert isinstance(fitted.posterior, Posterior)
        if not optimise:
            return _Begun(_patched(fitted, moved))
        evidence, _ = judged_chances(fitted.posterior, replace(sites, lapse=fitted.lapse))
        likely = evidence + form.prior.log_density(form.theta(fitted.hyperparameters))
        read = _patched(self._learned_beside(form, sites, fitted, known), moved)
        return _Begun(read, evidence - moved.warp.price, likely)

    def _learned_beside(
        self, form: Form, sites: CountSites, fitted: ProbabilitySurrogate, known: Sequence[Located]
    ) -> ProbabilitySurrogate:
        """`fitted` with a change that is learned of what a patch leaves, where one is found.

        Before, it took the patch for a hill, and hills for likely elsewhere.
        """
        assert isinstance(self.plain, ProbabilityRecipe)
        if not fitted.suspected or not (patches := _likeliest(fitted)).is_found:
            return fitted
        offset = np.zeros(len(sites.units)) if sites.offset is None else sites.offset
        flat = replace(sites, offset=offset + patches.shift(sites.units))
        plain = replace(self.plain, patches=False)
        start = plain.fit_form(form, flat, start=fitted.hyperparameters, optimise=True)
        values = start.hyperparameters
        return self.plain.fit_form(form, sites, start=values, optimise=False, known=known)

    def _number(
        self, moved: Heritage, data: Dataset, start: Mapping[str, Any] | None, *, optimise: bool
    ) -> _Begun:
        assert isinstance(self.plain, NumberRecipe)
        sites = number_sites(data)
        empty = Posterior(Constant(1.0), sites.units, np.empty(0), np.empty((0, 0)))
        whole = InheritedPosterior(empty, moved, sites.level, sites.scale)
        sites = replace(sites, means=sites.means - whole.known(sites.units))
        form = self._form(moved, data, sites.units, sites.scale)
        fitted = self.plain.fit_form(form, sites, start=start, optimise=optimise)
        assert isinstance(fitted.posterior, Posterior)
        read = replace(fitted, posterior=replace(whole, inner=fitted.posterior))
        if not optimise:
            return _Begun(read)
        model = NumberModel(form, sites)
        theta = model.theta(fitted.hyperparameters)
        evidence = model.evidence(theta)[0] + model.prior.log_density(theta)
        return _Begun(read, held_out(fitted, data) - moved.warp.freedoms, evidence)

    def _form(self, moved: Heritage, data: Dataset, units: Array, scale: float) -> Form:
        """C0 + V s s' k + W m0' m0' at these sites, in units of `scale`."""
        found = moved.change(data)

        def spread(q: Array) -> Array:
            return np.sqrt((found.spread(q) / scale) ** 2 + moved.fading(q))[:, None]

        wide = 1.5 if isinstance(self.plain, NumberRecipe) else 0.8
        own = lengths(width(data.choices), wide, prefix="change.")
        even = ard(Matern52(), tuple(length.median for length in own))
        correlation = Constant(1.0) * embedded(even, data.choices)
        slid = Along(remembered(lambda q: moved.slopes(q) / scale))
        change = correlation * Along(remembered(spread)) + Constant(1.0) * slid
        return form_from(
            FORM, inherited_at(moved, units, scale) + change, [_VARIANCE, *own, _SLIDING]
        )


def _patched(fitted: ProbabilitySurrogate, moved: Heritage) -> ProbabilitySurrogate:
    """The change that is `fitted` on top of the parent's map, with the patches beside it."""
    assert isinstance(fitted.posterior, Posterior)
    whole = InheritedPosterior(fitted.posterior, moved)
    if not fitted.suspected:
        return replace(fitted, posterior=whole)
    suspected = tuple(replace(one, smooth=whole) for one in fitted.suspected)
    mixed = PatchedPosterior(whole, _likeliest(fitted)).fewer()
    return replace(fitted, posterior=mixed, suspected=suspected)


def _likeliest(fitted: ProbabilitySurrogate) -> Patches:
    return likeliest([one.patches for one in fitted.suspected])


def parent_words(recipe: Recipe, hyperparameters: Mapping[str, Any]) -> str:
    """Whether the parent's map is used, a sentence for people; "" for a recipe without one."""
    return recipe.words(hyperparameters) if isinstance(recipe, InheritedRecipe) else ""


def inheriting(cold: Recipe, heritage: Heritage) -> InheritedRecipe:
    """`cold` with its parent's map; raises `PlanError` for a recipe or a parent that has none."""
    plain = cold.plain if isinstance(cold, GuidedRecipe) else cold
    if not isinstance(plain, GaussianRecipe):
        raise PlanError(
            f"surrogate '{cold.name}' takes no parent's map; use 'gp', or leave the parent out"
        )
    is_number = isinstance(plain, NumberRecipe)
    if is_number != isinstance(heritage.old, NumberSurrogate):
        raise PlanError(
            f"the parent '{heritage.parent}' answers another kind of question; choose one of "
            "the same kind: a number for a number, a yes or no for a yes or no"
        )
    if isinstance(cold, ProbabilityRecipe):
        cold = plain = replace(cold, scouts=heritage.scouts)
    return InheritedRecipe(cold, plain, heritage)
