"""How surrogates are made, by name: the one place that knows which model serves which outcome."""

from collections.abc import Mapping
from typing import Any

from surrogate.errors import PlanError
from surrogate.models.base import Recipe
from surrogate.models.numbers import NumberRecipe, NumberSurrogate
from surrogate.models.probability import ProbabilityRecipe, ProbabilitySurrogate
from surrogate.outcome import Number, Outcome
from surrogate.pool import Domain, Pool
from surrogate.representing import reduced

GaussianRecipe = ProbabilityRecipe | NumberRecipe
GaussianSurrogate = ProbabilitySurrogate | NumberSurrogate

_FORMS = {
    "gp": ("trended",),
    "gp-matern52": ("smooth",),
    "gp-rbf": ("analytic",),
    "gp-matern32": ("rough",),
    "gp-axes": ("axes",),
    "gp-best": ("trended", "analytic", "rough"),
    "gp-patches": ("smooth",),
}
_NUMBER_FORMS = {
    "gp": ("smooth", "analytic", "interactions", "warped"),
    "gp-matern52": ("smooth",),
}


def recipe_for(outcome: Outcome, dimension: int) -> GaussianRecipe:
    """The recipe that serves `outcome` unless a plan says otherwise."""
    return _process("gp", outcome, dimension)


def seen_by(name: str, domain: Domain) -> Domain:
    """The domain as a recipe sees it: a Gaussian process reads a pool by few components.

    Raises `PlanError` for "gp-patches" on a pool.
    """
    if not isinstance(domain, Pool) or name not in _FORMS:
        return domain
    if name == "gp-patches":
        raise PlanError("surrogate 'gp-patches' looks for a part of a space; a pool has none")
    return reduced(domain)


def recipe(
    name: str,
    outcome: Outcome,
    dimension: int,
    *,
    parameters: Mapping[str, Any] | None = None,
    seed: int = 0,
) -> Recipe:
    """A recipe by name; raises `PlanError` when there is none.

    "gp" is a Gaussian process with an ARD Matern-5/2 covariance, for yes and no beside a plane,
    without which "gp-matern52" does; "gp-rbf", "gp-matern32" and "gp-axes" have other covariances,
    and "gp-best" takes the one of highest evidence. For a Number, "gp"
    is the one of four families that says best of each run what the others leave open: Matern-5/2
    ("gp-matern52" alone), squared exponential, `interactions`, and Matern-5/2 of bent inputs. On
    100 noise-free runs that took Branin's error from .0008 to .00003 and Ishigami's from .35 to
    .04, for the price of four searches. (Yes and no say too little about smoothness to be worth
    it.) "gp-patches" looks for a small defect beside the smooth map, and with it
    the goal `boundary` hunts for one; for yes and no alone. A number that each run gives beside its
    yes or no finds it in far fewer runs: see `guided.assisted`.

    "svm" are support vectors. "module:Class" is any scikit-learn estimator, made with
    `parameters` and `seed`, which no other recipe takes.
    """
    if ":" in name:  # scikit-learn takes a second to import: only where it is used
        from surrogate.models.foreign import ForeignRecipe

        return ForeignRecipe(outcome, dimension, name, parameters or {}, seed)
    if parameters:
        raise PlanError(f"surrogate {name!r} takes no parameters; leave them out")
    if name == "svm":
        from surrogate.models.svm import support_vectors

        return support_vectors(outcome, dimension)
    if name not in _FORMS:
        raise PlanError(
            f"surrogate: one of {', '.join(_FORMS)}, svm, or an estimator such as "
            f"'sklearn.ensemble:RandomForestClassifier' was expected, {name!r} came"
        )
    return _process(name, outcome, dimension)


def _process(name: str, outcome: Outcome, dimension: int) -> GaussianRecipe:
    if isinstance(outcome, Number):
        if name == "gp-patches":
            raise PlanError("surrogate 'gp-patches' is for yes and no; use 'gp' for a number")
        forms = _NUMBER_FORMS.get(name, _FORMS[name])
        return NumberRecipe(outcome, dimension, forms, name)
    patches = name == "gp-patches"
    return ProbabilityRecipe(outcome, dimension, _FORMS[name], name, patches=patches)
