"""A guess made by hand as a guide: what a designer believes of the response, rough as it may be.

It need not be on the response's scale, nor right: `models.guided` learns how far to trust it, and
whether the response follows it in a curve. A guess is brought to the spread of one more input of
the cube, by what it says at 256 points over the space.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from surrogate.dataset import Dataset
from surrogate.design import sobol
from surrogate.errors import PlanError
from surrogate.expression import Expression
from surrogate.models.forms import CURVE
from surrogate.models.mapreader import PortableMap
from surrogate.space import Array, Point, Space

_POINTS = 256
_BEYOND = 0.1  # how far a guess of a chance may go beyond 0 and 1
_UNIFORM_SD = 12.0**-0.5


class MapGuess:
    """The mean of a portable map of an earlier campaign, as a guess for this one.

    Raises `PlanError` for a file that is none, or whose parameters this space has not.
    """

    def __init__(self, path: Path):
        self.name = path.name
        try:
            self._map = PortableMap(path)
        except (OSError, ValueError, KeyError) as problem:
            raise PlanError(
                f"key 'heuristic': {path.name} is no portable map: {problem}; "
                "export one with --as map"
            ) from problem

    def check(self, known: Collection[str]) -> None:
        """Raise `PlanError` where the map needs a parameter that is not among the `known`."""
        needed = {parameter["name"] for parameter in self._map.parameters}
        if unknown := needed - set(known):
            raise PlanError(
                f"key 'heuristic': {self.name} is over {', '.join(sorted(unknown))} too; "
                f"the space has {', '.join(sorted(known))}"
            )

    def __call__(self, columns: Mapping[str, Any]) -> Array:
        """The map's mean at own-unit columns, (n,); outside its ranges that of their ends."""
        return np.asarray(self._map.predict(dict(columns))[0])


Guess = Callable[[Point], float] | MapGuess


@dataclass(frozen=True)
class Guessed:
    """h = (guess - `middle`) / `spread`, known everywhere."""

    guess: Expression | Guess
    space: Space
    middle: float = 0.0
    spread: float = 1.0

    @property
    def hyperparameters(self) -> Mapping[str, Any]:
        """None: a guess is what it is."""
        return {}

    def at_runs(self, data: Dataset) -> Array:
        """The guess at the runs' points."""
        return self.read(data.units)[0]

    def read(self, units: Array) -> tuple[Array, Array]:
        """The guess, and no variance; raises `PlanError` where it is no finite number."""
        values = self.said(units)
        if not np.isfinite(values).all():
            point = self.space.decode(units[~np.isfinite(values)][:1])[0]
            raise PlanError(
                f"key 'heuristic': a finite number was expected at {point}, "
                f"{values[~np.isfinite(values)][0]} came; guess something there"
            )
        return (values - self.middle) / self.spread, np.zeros(len(units))

    def covariance(self, a: Array, b: Array) -> Array:
        """None."""
        return np.zeros((len(a), len(b)))

    def held_out(self, data: Dataset) -> float | None:
        """None: a guess is not on the scale of the response."""
        return None

    @property
    def is_a_chance(self) -> bool:
        """Whether it is within 0..1, give or take a tenth, wherever it was asked first."""
        return bool(np.all(np.abs(self.said(_first(self.space)) - 0.5) <= 0.5 + _BEYOND))

    def said(self, units: Array) -> Array:
        """The guess at `units` (n, d) on its own scale, (n,)."""
        if isinstance(self.guess, Expression | MapGuess):
            fixed = {name: np.asarray(value) for name, value in self.space.fixed.items()}
            read = self.guess({**fixed, **self.space.columns(units)})
            return np.array(np.broadcast_to(read, len(units)), dtype=float)
        return np.array([float(self.guess(point)) for point in self.space.decode(units)])


@dataclass(frozen=True)
class HeuristicRecipe:
    """A formula over the parameters, or a function of a point, in their own units, as a guide."""

    guess: Expression | Guess
    space: Space
    name: str = "the heuristic"
    kind: str = CURVE

    def __post_init__(self) -> None:
        known = {*self.space.names, *self.space.fixed}
        if isinstance(self.guess, MapGuess):
            self.guess.check(known)
        if isinstance(self.guess, Expression) and (unknown := self.guess.names - known):
            raise PlanError(
                f"key 'heuristic': {self.guess.text!r} names {', '.join(sorted(unknown))}; "
                f"the space has {', '.join(sorted(known))}"
            )

    def fit(self, data: Dataset, *, start: Mapping[str, Any], optimise: bool) -> Guessed | None:
        """The guess on its scale, whatever the data; None where it is the same everywhere."""
        raw = Guessed(self.guess, self.space)
        values, _ = raw.read(_first(self.space))
        spread = float(np.std(values)) / _UNIFORM_SD
        return replace(raw, middle=float(np.mean(values)), spread=spread) if spread > 0 else None


def _first(space: Space) -> Array:
    return space.snap(sobol(space.dimension, _POINTS, seed=0))
