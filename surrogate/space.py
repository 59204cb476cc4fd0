"""Named inputs of a simulator, and the unit cube that surrogates and rules work in.

A point is a mapping from parameter names to values in their own units. Inside, points are rows of
an array `units` of shape `(n, d)` in the unit cube, one column a free parameter, in the space's
order. A point changes form twice: `decode` when it is proposed, `encode` when it is gathered.

    symbol   meaning                                   shape
    units    points in the unit cube                   (n, d), in [0, 1]
    d        number of free parameters                 scalar
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.errors import PointError, SpaceError
from surrogate.expression import Expression

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]  # numbers of rows, and other whole numbers
Scalar = float | int | str
Point = Mapping[str, Scalar]

_ROUNDING = 1e-9  # of a parameter's range: what a trip through text or the cube may cost


@dataclass(frozen=True)
class Normal:
    """A normal distribution, cut off at the parameter's range; in the parameter's own unit."""

    mean: float
    sd: float

    def __post_init__(self) -> None:
        if not self.sd > 0:
            raise SpaceError(f"normal distribution: sd {self.sd} is not positive")


@dataclass(frozen=True)
class Real:
    """A real input in `low`..`high`, on a linear or logarithmic scale.

    `default` is what a plan that does not name the parameter holds it at. `distribution` is what
    rates, audits and sensitivities refer to: None is uniform on the parameter's scale.
    """

    low: float
    high: float
    unit: str = ""
    scale: str = "linear"
    default: float | None = None
    distribution: Normal | None = None

    def __post_init__(self) -> None:
        _check_range(self.low, self.high)
        object.__setattr__(self, "unit", unit_word(self.unit))
        if self.scale not in ("linear", "log"):
            raise SpaceError(f"scale: 'linear' or 'log' was expected, {self.scale!r} came")
        if self.scale == "log" and self.low <= 0:
            raise SpaceError(f"low {self.low} is not positive, as a log scale needs")
        if self.default is not None:
            self.check(self.default)

    def check(self, value: Any) -> float:
        """The value as a float within the range; raises `PointError`."""
        number = _number(value)
        slack = _ROUNDING * (self.high - self.low)
        if not self.low - slack <= number <= self.high + slack:
            raise PointError(
                f"{number:g} is outside {self.low:g}..{self.high:g} {self.unit}".strip()
            )
        return min(max(number, self.low), self.high)

    def to_unit(self, values: Sequence[Any]) -> Array:
        """Own units to [0, 1]."""
        low, high = self._ends()
        numbers = np.asarray(values, dtype=float)
        return ((np.log(numbers) if self.scale == "log" else numbers) - low) / (high - low)

    def from_unit(self, units: Array) -> Array:
        """[0, 1] to own units."""
        low, high = self._ends()
        inner = low + np.clip(units, 0.0, 1.0) * (high - low)
        inner = np.where(np.abs(inner) < 64 * np.spacing(-low), 0.0, inner)  # of a sum to 0
        return np.clip(np.exp(inner) if self.scale == "log" else inner, self.low, self.high)

    def snap(self, units: Array) -> Array:
        """The nearest unit values that a point can have: all of [0, 1]."""
        return np.clip(units, 0.0, 1.0)

    def _ends(self) -> tuple[float, float]:
        if self.scale == "log":
            return math.log(self.low), math.log(self.high)
        return self.low, self.high


@dataclass(frozen=True)
class Integer:
    """A whole number in `low`..`high`, both included."""

    low: int
    high: int
    unit: str = ""
    default: int | None = None

    def __post_init__(self) -> None:
        _check_range(self.low, self.high)
        object.__setattr__(self, "unit", unit_word(self.unit))
        if self.default is not None:
            self.check(self.default)

    def check(self, value: Any) -> int:
        """The value as an int within the range; raises `PointError`."""
        number = _number(value)
        if number != int(number):
            raise PointError(f"{number:g} is not a whole number")
        if not self.low <= number <= self.high:
            raise PointError(f"{number:g} is outside {self.low}..{self.high} {self.unit}".strip())
        return int(number)

    def to_unit(self, values: Sequence[Any]) -> Array:
        """Whole numbers to the middles of equal cells of [0, 1]."""
        return (np.asarray(values, dtype=float) - self.low + 0.5) / self._cells()

    def from_unit(self, units: Array) -> Rows:
        """[0, 1] to the whole number of the cell."""
        return self.low + _cell(units, self._cells())

    def snap(self, units: Array) -> Array:
        """The middles of the cells that the units fall in."""
        return (_cell(units, self._cells()) + 0.5) / self._cells()

    def _cells(self) -> int:
        return self.high - self.low + 1


@dataclass(frozen=True)
class Categorical:
    """One of several named choices, with no order among them."""

    choices: tuple[str, ...]
    default: str | None = None
    unit: str = field(default="", init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "choices", tuple(self.choices))
        if len(set(self.choices)) != len(self.choices) or len(self.choices) < 2:
            raise SpaceError(f"choices must be two or more different names, not {self.choices}")
        if self.default is not None:
            self.check(self.default)

    def check(self, value: Any) -> str:
        """The value when it is one of the choices; raises `PointError`."""
        if value not in self.choices:
            raise PointError(f"{value!r} is not one of {', '.join(self.choices)}")
        return str(value)

    def to_unit(self, values: Sequence[Any]) -> Array:
        """Choices to the middles of equal cells of [0, 1]."""
        indices = np.array([self.choices.index(value) for value in values], dtype=float)
        return (indices + 0.5) / len(self.choices)

    def from_unit(self, units: Array) -> NDArray[np.str_]:
        """[0, 1] to the choice of the cell."""
        return np.array(self.choices)[_cell(units, len(self.choices))]

    def snap(self, units: Array) -> Array:
        """The middles of the cells that the units fall in."""
        return (_cell(units, len(self.choices)) + 0.5) / len(self.choices)


Parameter = Real | Integer | Categorical


@dataclass(frozen=True)
class Space:
    """The free parameters of a simulator, those held fixed, and constraints on both.

    `constraints` are formulas (see `expression`) that must be true of a point. `pair` names the
    two parameters that a map is drawn over unless somebody asks otherwise.
    """

    parameters: Mapping[str, Parameter]
    fixed: Mapping[str, Scalar] = field(default_factory=dict)
    constraints: tuple[Expression, ...] = ()
    pair: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        if not self.parameters:
            raise SpaceError("a space needs at least one free parameter; none came")
        known = set(self.parameters) | set(self.fixed)
        for constraint in self.constraints:
            if unknown := constraint.names - known:
                raise SpaceError(
                    f"constraint {constraint.text!r} names {sorted(unknown)}; "
                    f"the space has {', '.join(sorted(known))}"
                )

    @property
    def names(self) -> tuple[str, ...]:
        """The free parameters, in the order of the cube's columns."""
        return tuple(self.parameters)

    @property
    def dimension(self) -> int:
        """How many free parameters there are: the columns of the cube."""
        return len(self.parameters)

    def unit(self, name: str) -> str:
        """The unit of a free parameter, "" where it has none."""
        return self.parameters[name].unit

    def complete(self, point: Point) -> dict[str, Scalar]:
        """The point with fixed values filled in, every value checked; raises `PointError`.

        A fixed parameter may be given too, with the value it is fixed at.
        """
        for name, value in point.items():
            if name not in self.parameters and name not in self.fixed:
                raise PointError(
                    f"parameter '{name}' came, but the space has {', '.join(self.names)}"
                )
            if name in self.fixed and value != self.fixed[name]:
                raise PointError(
                    f"parameter '{name}': {value} came, but it is held at {self.fixed[name]}; "
                    "leave it out, or give it a range in the plan"
                )
        whole = dict(self.fixed)
        for name, parameter in self.parameters.items():
            if name not in point:
                wanted, came = ", ".join(self.parameters), ", ".join(point) or "nothing"
                raise PointError(f"parameter '{name}' is missing: give {wanted}; {came} came")
            try:
                whole[name] = parameter.check(point[name])
            except PointError as problem:
                raise PointError(f"parameter '{name}': {problem}") from problem
        return whole

    def encode(self, points: Iterable[Point]) -> Array:
        """Points as rows of the unit cube, shape `(n, d)`; raises `PointError`."""
        checked = [self.complete(point) for point in points]
        columns = [p.to_unit([c[name] for c in checked]) for name, p in self.parameters.items()]
        return np.column_stack(columns) if checked else np.empty((0, self.dimension))

    def decode(self, units: Array) -> list[dict[str, Scalar]]:
        """Rows of the unit cube as points with their fixed values."""
        columns = self.columns(units)
        rows = zip(*(column.tolist() for column in columns.values()), strict=True)
        return [{**self.fixed, **dict(zip(columns, row, strict=True))} for row in rows]

    def columns(self, units: Array) -> dict[str, NDArray[Any]]:
        """Own-unit values of the free parameters by name, each of shape `(n,)`."""
        pairs = zip(self.parameters.items(), self._rows(units).T, strict=True)
        return {name: parameter.from_unit(column) for (name, parameter), column in pairs}

    def snap(self, units: Array) -> Array:
        """The nearest rows that a point can have: whole numbers and choices fall on cells."""
        pairs = zip(self.parameters.values(), self._rows(units).T, strict=True)
        return np.column_stack([parameter.snap(column) for parameter, column in pairs])

    def allowed(self, units: Array) -> Mask:
        """Which rows satisfy every constraint, shape `(n,)`."""
        units = self._rows(units)
        allowed = np.ones(len(units), dtype=bool)
        if self.constraints:
            fixed = {name: np.asarray(value) for name, value in self.fixed.items()}
            values = {**fixed, **self.columns(units)}
            for constraint in self.constraints:
                allowed &= constraint(values).astype(bool)
        return allowed

    def restricted(self, changes: Mapping[str, Any]) -> "Space":
        """The part of this space that `changes` leaves free.

        Each value of `changes` is a `Parameter` of the same kind within this one's range, or a
        plain value to fix the parameter at. Parameters not named are held at their default.
        Raises `SpaceError` for an unknown name, a range that is wider than here, or a parameter
        that is neither named nor has a default.
        """
        for name in changes:
            if name not in self.parameters:
                raise SpaceError(
                    f"parameter '{name}' is not one of the simulator's: {', '.join(self.names)}"
                )
        free: dict[str, Parameter] = {}
        fixed = dict(self.fixed)
        for name, parameter in self.parameters.items():
            change = changes.get(name, parameter.default)
            if isinstance(change, Real | Integer | Categorical):
                free[name] = _narrowed(name, parameter, change)
            else:
                fixed[name] = _held(name, parameter, change)
        if not free:
            raise SpaceError("every parameter is held; leave at least one of them a range")
        pair = self.pair if self.pair and set(self.pair) <= set(free) else None
        return replace(self, parameters=free, fixed=fixed, pair=pair)

    def draw(self, count: int, rng: np.random.Generator) -> Array:
        """Rows drawn from the space's own distribution, constraints obeyed, shape `(count, d)`."""
        kept: list[Array] = []
        missing = count
        for _ in range(_DRAW_ROUNDS):
            rows = self.snap(self.from_uniform(rng.random((max(missing, 1) * 2, self.dimension))))
            rows = rows[self.allowed(rows)][:missing]
            kept.append(rows)
            missing -= len(rows)
            if missing <= 0:
                return np.concatenate(kept)
        raise SpaceError("the constraints leave next to nothing of the space; loosen one of them")

    def from_uniform(self, uniform: Array) -> Array:
        """Rows of independent uniforms as rows of the cube that follow the distributions."""
        rows = self._rows(uniform).copy()
        for j, parameter in enumerate(self.parameters.values()):
            if isinstance(parameter, Real) and parameter.distribution is not None:
                rows[:, j] = _normal_units(parameter, parameter.distribution, rows[:, j])
        return rows

    def _rows(self, units: Array) -> Array:
        rows = np.asarray(units, dtype=float)
        if rows.ndim != 2 or rows.shape[1] != self.dimension:
            raise PointError(
                f"an array of shape (n, {self.dimension}) was expected, one column each for "
                f"{', '.join(self.names)}; {rows.shape} came"
            )
        return rows


_DRAW_ROUNDS = 200  # below a hundredth of the space allowed this gives up, as a plan should


def unit_word(unit: str) -> str:
    """A unit as it is said behind a number; a bare number's, written "1" or "-", is no word."""
    return "" if unit.strip() in ("1", "-") else unit


def _check_range(low: float, high: float) -> None:
    if not (math.isfinite(low) and math.isfinite(high)):
        raise SpaceError(f"low {low} and high {high} must be finite")
    if not low < high:
        raise SpaceError(f"low {low} is not below high {high}")


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise PointError(f"a number was expected, {value!r} came")
    number = float(value)
    if not math.isfinite(number):
        raise PointError(f"a finite number was expected, {number} came")
    return number


def _cell(units: Array, cells: int) -> Rows:
    return np.clip(np.floor(np.asarray(units) * cells), 0, cells - 1).astype(np.int64)


def _held(name: str, parameter: Parameter, value: Any) -> Scalar:
    if value is None:
        raise SpaceError(
            f"parameter '{name}' is neither given nor has a default; give it a value to hold it "
            "at, a range, or {} for all that the simulator takes"
        )
    try:
        return parameter.check(value)
    except PointError as problem:
        raise SpaceError(f"parameter '{name}': {problem}") from problem


def _narrowed(name: str, parameter: Parameter, change: Parameter) -> Parameter:
    if type(parameter) is not type(change):
        raise SpaceError(
            f"parameter '{name}' is {type(parameter).__name__}, not {type(change).__name__}; keep "
            "its kind"
        )
    ends = [*change.choices] if isinstance(change, Categorical) else [change.low, change.high]
    for end in ends:
        _held(name, parameter, end)
    if isinstance(change, Categorical):
        return change
    return replace(change, unit=change.unit or parameter.unit)


def _normal_units(parameter: Real, normal: Normal, uniform: Array) -> Array:
    """Inverse transform of a normal cut off at the range."""
    from statistics import NormalDist

    curve = NormalDist(normal.mean, normal.sd)
    low, high = curve.cdf(parameter.low), curve.cdf(parameter.high)
    quantiles = np.clip(low + uniform * (high - low), 1e-300, 1 - 1e-16)
    values = np.array([curve.inv_cdf(quantile) for quantile in quantiles.tolist()])
    return parameter.to_unit(np.clip(values, parameter.low, parameter.high).tolist())
