"""How surrogates are made, by name: the one place that knows which model serves which outcome."""

from surrogate.errors import PlanError
from surrogate.models.base import Recipe
from surrogate.models.numbers import NumberRecipe
from surrogate.models.probability import ProbabilityRecipe
from surrogate.outcome import Number, Outcome

_FORMS = {
    "gp": ("smooth",),
    "gp-rbf": ("analytic",),
    "gp-matern32": ("rough",),
    "gp-axes": ("axes",),
    "gp-best": ("smooth", "analytic", "rough"),
}


def recipe_for(outcome: Outcome, dimension: int) -> Recipe:
    """The recipe that serves `outcome` unless a plan says otherwise."""
    return recipe("gp", outcome, dimension)


def recipe(name: str, outcome: Outcome, dimension: int) -> Recipe:
    """A recipe by name; raises `PlanError` when there is none.

    "gp" is a Gaussian process with an ARD Matern-5/2 covariance; "gp-rbf", "gp-matern32" and
    "gp-axes" have others, and "gp-best" takes the one of highest evidence.
    """
    if name not in _FORMS:
        raise PlanError(f"surrogate: one of {', '.join(_FORMS)} was expected, {name!r} came")
    if isinstance(outcome, Number):
        return NumberRecipe(outcome, dimension, _FORMS[name], name)
    return ProbabilityRecipe(outcome, dimension, _FORMS[name], name)
