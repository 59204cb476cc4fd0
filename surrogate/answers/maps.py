"""The map: a surrogate read over two chosen parameters, the others held or averaged.

A map is a value with everything a picture or a page needs, and a note that says whether it can be
trusted yet. With one parameter chosen it is a curve: one row. Nothing here draws.

    symbol   meaning                                          shape
    xs, ys   values along the axes, in their own units        (nx,), (ny,)
    mean     the response                                     (ny, nx)
    lower    the interval that holds it with `coverage`       (ny, nx)
    upper
    above    P(response > level); None without a level        (ny, nx)
    allowed  where the constraints hold                       (ny, nx)
    answers  chance that the simulator answers, in [0, 1]     (ny, nx)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from surrogate.answers.averaging import ALIKE, Averaging, Layers
from surrogate.answers.sketch import Sketch, sketch
from surrogate.answers.table import rows_at, usual_point
from surrogate.answers.trust import Trust, trust
from surrogate.errors import PointError
from surrogate.models.base import Joint, Marginal, Prediction, voice
from surrogate.models.beside import NOTHING_BESIDE, Beside
from surrogate.models.stretched import Stretched
from surrogate.outcome import Number, Outcome
from surrogate.records import Observation
from surrogate.regions import cells
from surrogate.space import Array, Categorical, Integer, Mask, Parameter, Real, Scalar, Space

SIZE = 128  # cells a side: finer than the eye reads in a figure of a meeting's size


@dataclass(frozen=True)
class View:
    """What a map shows: the parameters along its axes and the values the others are held at.

    `y` None gives a curve over `x`. A free parameter that `held` does not name is held at its
    default, or at the middle of its range where that is not in it; or it is `averaged` over its
    distribution, as `answers.averaging` does it. `level` may be drawn. With `sketched`, intervals
    may come from fewer points than there are cells; see `answers.sketch`.
    """

    x: str
    y: str | None = None
    size: int = SIZE
    held: Mapping[str, Scalar] = field(default_factory=dict)
    level: float | None = None
    coverage: float = 0.95
    sketched: bool = False
    averaged: tuple[str, ...] = ()

    @property
    def axes(self) -> tuple[str, ...]:
        """The parameters along its axes, one or two."""
        return (self.x,) if self.y is None else (self.x, self.y)


@dataclass(frozen=True)
class Axis:
    """One axis of a map: its parameter and the values at the middles of its cells."""

    name: str
    unit: str
    values: NDArray[Any]
    low: float
    high: float
    scale: str = "linear"

    @property
    def label(self) -> str:
        """Name and unit, as people write them."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name

    def to_json(self) -> dict[str, Any]:
        """The axis as a JSON-able mapping."""
        return {
            "name": self.name,
            "unit": self.unit,
            "values": self.values.tolist(),
            "low": self.low,
            "high": self.high,
            "scale": self.scale,
        }


@dataclass(frozen=True)
class Map:
    """A surrogate over two axes; see the module's glossary. `y` is None for a curve.

    `intervals` says what the intervals are, where they are not a posterior's own. `mean_error` and
    `interval_error` are what a sketch was found to be wrong by.
    """

    outcome: Outcome
    x: Axis
    y: Axis | None
    mean: Array
    lower: Array
    upper: Array
    above: Array | None
    allowed: Mask
    answers: Array
    view: View
    held: Mapping[str, Scalar]
    space: Space
    revision: int
    trust: Trust
    intervals: str = ""
    mean_error: float = 0.0
    interval_error: float = 0.0

    @property
    def level(self) -> float | None:
        """The level that is drawn, in the response's own unit."""
        return self.view.level

    @property
    def note(self) -> str:
        """Whether the map can be trusted yet and why, in a sentence."""
        return self.trust.note

    @property
    def declined(self) -> Mask:
        """Where the simulator is more likely to decline than to answer, (ny, nx)."""
        return (self.answers < 0.5) & self.allowed

    @cached_property
    def undecided(self) -> Mask:
        """Where the interval contains the level, shape (ny, nx); nowhere without a level."""
        if self.level is None:
            return np.zeros(self.mean.shape, dtype=bool)
        return (
            (self.lower <= self.level) & (self.level <= self.upper) & self.allowed & ~self.declined
        )

    @property
    def response(self) -> str:
        """What the colours mean, in words."""
        return response_words(self.outcome)

    def caption(self, units: Mapping[str, str] | None = None) -> str:
        """The held parameters with their values and the averaged ones, '' where there are none.

        `units` by name, for those that the campaign holds and the space tells no unit of.
        """
        known = {**(units or {}), **{n: p.unit for n, p in self.space.parameters.items()}}
        held = [
            f"{name} = {_written(value)} {known.get(name, '')}".rstrip()
            for name, value in self.held.items()
        ]
        return ", ".join([*held, *(f"{name} averaged" for name in self.view.averaged)])

    def to_json(self) -> dict[str, Any]:
        """The map as a JSON-able mapping; grids are lists of rows, from low y to high."""
        return {
            "outcome": self.outcome.name,
            "response": self.response,
            "x": self.x.to_json(),
            "y": self.y.to_json() if self.y else None,
            "mean": rounded(self.mean),
            "lower": rounded(self.lower),
            "upper": rounded(self.upper),
            "above": None if self.above is None else rounded(self.above),
            "allowed": self.allowed.tolist(),
            "answers": rounded(self.answers),
            "undecided": self.undecided.tolist(),
            "coverage": self.view.coverage,
            "level": self.level,
            "held": dict(self.held),
            "averaged": list(self.view.averaged),
            "revision": self.revision,
            "trustworthy": self.trust.worthy,
            "note": self.note,
            "intervals": self.intervals,
            "mean_error": self.mean_error,
            "interval_error": self.interval_error,
        }


def make_map(
    surrogate: Marginal,
    space: Space,
    view: View,
    *,
    observations: Sequence[Observation] = (),
    revision: int = 0,
    beside: Beside = NOTHING_BESIDE,
) -> Map:
    """The surrogate over the view's axes; raises `PointError` for a name the space has not.

    `observations` are what it was fitted to: how many there are and of what kind is part of
    whether it can be trusted. `beside` says where the simulator answers.
    """
    view, units, shape = units_over(space, view)
    x, y = axes_of(space, view)
    layers = _read(surrogate, space, view, units, beside)
    made, allowed, answers = layers.sketch, layers.allowed, layers.answers
    read, above = made.read, _above(surrogate, view, units, made.read)
    return Map(
        outcome=surrogate.outcome,
        x=x,
        y=y,
        mean=read.mean.reshape(shape),
        lower=read.lower.reshape(shape),
        upper=read.upper.reshape(shape),
        above=None if above is None else above.reshape(shape),
        allowed=allowed.reshape(shape),
        answers=answers.reshape(shape),
        view=view,
        held={**space.fixed, **view.held},
        space=space,
        revision=revision,
        trust=trust(surrogate.outcome, observations, read, above, allowed & (answers > 0.5)),
        intervals="; ".join(filter(None, (voice(surrogate), _average_words(surrogate, view)))),
        mean_error=made.mean_error,
        interval_error=made.interval_error,
    )


def units_over(space: Space, view: View) -> tuple[View, Array, tuple[int, int]]:
    """The view with every other parameter held, its rows of the cube, x fastest, and (ny, nx).

    Raises `PointError` for a name the space has not.
    """
    view = replace(view, held=_held(space, view))
    columns = [_column(space, name, view.size) for name in view.axes]
    return view, _grid(space, view, columns), (len(columns[1]) if view.y else 1, len(columns[0]))


def axes_of(space: Space, view: View) -> tuple[Axis, Axis | None]:
    """The view's axes, with the values at the middles of their cells."""
    x, *y = (_axis(space, name, _column(space, name, view.size)) for name in view.axes)
    return x, y[0] if y else None


def _read(surrogate: Marginal, space: Space, view: View, units: Array, beside: Beside) -> Layers:
    """The response at every cell; sketched only where both axes are continuous."""
    columns = [_column(space, name, view.size) for name in view.axes]
    smooth = [isinstance(space.parameters[name], Real) for name in view.axes]
    place = partial(_grid, space, view)
    if view.averaged:
        averaging = Averaging(space, view.averaged, place, view.coverage)
        return averaging(surrogate, beside, columns, smooth)
    if view.sketched and len(columns) == 2 and all(smooth):
        made = sketch(surrogate, columns, place, view.coverage)
    else:
        made = Sketch(surrogate.predict(units, view.coverage))
    return Layers(made, space.allowed(units), beside.chance(units))


def _average_words(surrogate: Marginal, view: View) -> str:
    """What to know of an average's intervals; "" where they are its own."""
    plain = surrogate.plain if isinstance(surrogate, Stretched) else surrogate
    return ALIKE if view.averaged and not isinstance(plain, Joint) else ""


def _above(surrogate: Marginal, view: View, units: Array, read: Prediction) -> Array | None:
    """P(response > level), (n,); of an average, that of a normal which has its interval."""
    if view.level is None or not view.averaged:
        return None if view.level is None else surrogate.exceedance(units, view.level)
    sd = (read.upper - read.lower) / (2 * ndtri(0.5 + 0.5 * view.coverage))
    return np.asarray(ndtr((read.mean - view.level) / np.maximum(sd, np.finfo(float).tiny)))


def default_view(
    space: Space, level: float | None = None, x: str | None = None, y: str | None = None
) -> View:
    """`x` and `y`, else the space's declared pair, its first two free parameters, or its only one.

    Raises `PointError` for a y without an x.
    """
    if x is not None:
        return View(x, y, level=level)
    if y is not None:
        raise PointError(f"an axis y = '{y}' wants an axis x too")
    names = space.pair or space.names[:2]
    return View(names[0], names[1] if len(names) > 1 else None, level=level)


def response_words(outcome: Outcome) -> str:
    """What a response to this outcome is, in words."""
    if isinstance(outcome, Number):
        return f"{outcome.name} [{outcome.unit}]" if outcome.unit else outcome.name
    return f"probability of {outcome.name}"


def _held(space: Space, view: View) -> dict[str, Scalar]:
    """Values for the free parameters that are on neither axis."""
    for name in (*view.axes, *view.held, *view.averaged):
        if name not in space.parameters:
            raise PointError(
                f"a map of '{name}' was asked for; choose from {', '.join(space.names)}"
            )
    if view.y == view.x:
        raise PointError(f"a map needs two different parameters; '{view.x}' came twice")
    for name in view.averaged:
        if name in (*view.axes, *view.held):
            where = "held too" if name in view.held else "an axis too"
            raise PointError(f"parameter '{name}' is to be averaged, and is {where}; choose one")
    others = [name for name in space.names if name not in (*view.axes, *view.averaged)]
    values = {**usual_point(space), **view.held}
    return {name: _held_value(name, space.parameters[name], values[name]) for name in others}


def _held_value(name: str, parameter: Parameter, value: Scalar) -> Scalar:
    try:
        return parameter.check(value)
    except PointError as problem:
        raise PointError(f"parameter '{name}': {problem}") from problem


def _column(space: Space, name: str, size: int) -> Array:
    """Unit values at the middles of an axis's cells."""
    count = cells(space.parameters[name], size)
    return (np.arange(count) + 0.5) / count


def _grid(space: Space, view: View, columns: Sequence[Array]) -> Array:
    """Rows of the unit cube over the axes, x fastest; what is averaged gets its values later."""
    placed = dict(zip(view.axes, map(np.ravel, np.meshgrid(*columns)), strict=True))
    return rows_at(space, {**usual_point(space), **view.held}, placed)


def _axis(space: Space, name: str, column: Array) -> Axis:
    parameter = space.parameters[name]
    values = np.asarray(parameter.from_unit(column))
    if isinstance(parameter, Categorical):
        return Axis(name, "", values, -0.5, len(values) - 0.5)
    if isinstance(parameter, Integer):
        return Axis(name, parameter.unit, values, parameter.low - 0.5, parameter.high + 0.5)
    return Axis(name, parameter.unit, values, parameter.low, parameter.high, parameter.scale)


def rounded(grid: Array) -> Any:
    """A grid as rows of numbers with as many digits as a page shows."""
    return np.round(grid, 5).tolist()


def _written(value: Scalar) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)
