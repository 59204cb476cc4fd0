"""A response that is its own mirror image along some axes: one side is learned, both are known.

Where f(x) = f(low + high - x) for a parameter, a point and its image are the same point to f. So
inputs are folded over the axis's middle, u -> min(u, 1 - u) in the unit cube, before any surrogate
sees them: each run teaches both sides, and the map is symmetric to the last digit. On a parameter
of logarithmic scale the middle is the geometric one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from surrogate.dataset import Dataset
from surrogate.errors import PlanError
from surrogate.models.base import Recipe
from surrogate.models.monotone import MonotoneRecipe, ordered_columns
from surrogate.models.numbers import NumberSurrogate
from surrogate.models.posterior import Reread
from surrogate.models.probability import ProbabilityRecipe
from surrogate.models.recipes import GaussianRecipe, GaussianSurrogate
from surrogate.pool import Domain
from surrogate.space import Array


@dataclass(frozen=True)
class MirroredProcess(Reread):
    """The process of `inner`, over folded inputs, as one over the whole space."""

    columns: tuple[int, ...]

    def rows(self, q: Array) -> Array:
        """`q` folded."""
        return folded(q, self.columns)

    @property
    def judged(self) -> Array:
        """The sites that `left_out` speaks of, as `inner` has them: some of very many."""
        return self.inner.judged


@dataclass(frozen=True)
class MirroredRecipe:
    """`plain` on inputs folded along `columns`, whose parameters are `names`."""

    plain: GaussianRecipe | MonotoneRecipe
    columns: tuple[int, ...]
    names: tuple[str, ...]

    @property
    def name(self) -> str:
        """Of both, so that a plan with other mirrors is another recipe."""
        return f"{self.plain.name} mirrored in {', '.join(self.names)}"

    def fit(
        self, data: Dataset, *, start: Mapping[str, Any] | None = None, optimise: bool = True
    ) -> GaussianSurrogate:
        """A surrogate of `data`; see `models.base.Recipe.fit`."""
        half = replace(data, units=folded(data.units, self.columns))
        surrogate = self.plain.fit(half, start=start, optimise=optimise)
        if isinstance(surrogate, NumberSurrogate) and surrogate.varying is not None:
            noise = MirroredProcess(surrogate.varying.posterior, self.columns)
            surrogate = replace(surrogate, varying=replace(surrogate.varying, posterior=noise))
        return replace(surrogate, posterior=MirroredProcess(surrogate.posterior, self.columns))


def mirrored(plain: Recipe, domain: Domain, names: Sequence[str]) -> MirroredRecipe:
    """`plain` for a response that is symmetric in the parameters `names`.

    Raises `PlanError` for a recipe that is no Gaussian process, for parameters that the space has
    not, that have no order or in which the response only rises or falls, and for a pool.
    """
    if not isinstance(plain, GaussianRecipe | MonotoneRecipe):
        raise PlanError(
            f"key 'mirror': surrogate '{plain.name}' takes no mirrors, alone or with helps, a "
            "heuristic or a parent; leave them out, or use 'gp'"
        )
    if isinstance(plain, ProbabilityRecipe) and plain.patches:
        raise PlanError("key 'mirror': 'gp-patches' looks for one-sided defects; use 'gp'")
    columns = tuple(ordered_columns(domain, names, "mirror").values())
    if isinstance(plain, MonotoneRecipe):
        plain = plain.within_half(columns)
    return MirroredRecipe(plain, columns, tuple(names))


def monotone_words(recipe: Recipe, hyperparameters: Mapping[str, Any]) -> str:
    """What became of a plan's key 'monotone', beside mirrors too; "" for a recipe without it."""
    plain = recipe.plain if isinstance(recipe, MirroredRecipe) else recipe
    return plain.words(hyperparameters) if isinstance(plain, MonotoneRecipe) else ""


def folded(units: Array, columns: Sequence[int]) -> Array:
    """`units` (n, d) with each of `columns` folded over its middle, u -> min(u, 1 - u)."""
    rows = np.array(units, dtype=float)
    for column in columns:
        rows[:, column] = np.minimum(rows[:, column], 1.0 - rows[:, column])
    return rows
