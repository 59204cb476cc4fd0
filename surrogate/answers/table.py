"""A lookup table of a surrogate: values on a grid, read back by linear interpolation.

What interpolation costs is measured, at points between the grid's drawn by the space's own
distribution, and written beside the values. As CSV, npz, or a C header without dependencies.
"""

import csv
import itertools
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from surrogate.errors import PointError
from surrogate.models.base import Marginal
from surrogate.models.portable import parameter_json
from surrogate.outcome import Number
from surrogate.space import Array, Categorical, Integer, Point, Real, Scalar, Space

_SIDES = {1: 513, 2: 129, 3: 33, 4: 17}  # points along an axis: 70,000 values at most
_CHECKS = 4096


@dataclass(frozen=True)
class Along:
    """An axis of a table: its parameter and own-unit values, evenly spaced on the scale."""

    name: str
    parameter: Real | Integer
    values: Array

    @property
    def is_log(self) -> bool:
        """Whether the values are evenly spaced in their logarithms."""
        return isinstance(self.parameter, Real) and self.parameter.scale == "log"

    def place(self, values: Array) -> Array:
        """Own-unit values as places on the axis, 0 at the first value, clipped to the table."""
        ends = self.values[[0, -1]]
        seen, ends = (np.log(values), np.log(ends)) if self.is_log else (values, ends)
        share = (seen - ends[0]) / (ends[1] - ends[0])
        return np.asarray(np.clip(share, 0.0, 1.0) * (len(self.values) - 1))


@dataclass(frozen=True)
class Table:
    """Mean and interval of the response on a grid, the first axis slowest.

    `mean`, `lower` and `upper` have a dimension for each of `axes`; `held` is where other
    parameters are. `worst` and `typical` are the largest and the root mean square error that
    interpolation of the mean made at `_CHECKS` points between.
    """

    outcome: str
    unit: str
    axes: tuple[Along, ...]
    held: Mapping[str, Scalar]
    mean: Array
    lower: Array
    upper: Array
    worst: float
    typical: float

    @property
    def words(self) -> str:
        """What it is and how good, for people and for the files' heads."""
        over = ", ".join(f"{axis.name} ({len(axis.values)})" for axis in self.axes)
        return (
            f"{self.outcome} over {over}; between the points linear interpolation was wrong by "
            f"{self.worst:.3g} at most and {self.typical:.3g} typically, of {_CHECKS} points"
        )

    def __call__(self, places: Sequence[Array]) -> Array:
        """The mean at places along each axis, (n,) each, by linear interpolation."""
        return interpolated(self.mean, places)


def interpolated(values: Array, places: Sequence[Array]) -> Array:
    """Multilinear interpolation of a grid at places counted in its cells, (n,) each."""
    low = [np.minimum(p.astype(np.int64), n - 2) for p, n in zip(places, values.shape, strict=True)]
    rest = [place - first for place, first in zip(places, low, strict=True)]
    total = np.zeros(len(places[0]))
    for corner in itertools.product((0, 1), repeat=len(places)):
        weight = np.ones(len(total))
        for bit, share in zip(corner, rest, strict=True):
            weight *= share if bit else 1 - share
        at = tuple(first + bit for first, bit in zip(low, corner, strict=True))
        total += weight * values[at]
    return total


def make_table(
    surrogate: Marginal,
    space: Space,
    names: Sequence[str] = (),
    held: Mapping[str, Any] | None = None,
) -> Table:
    """A table over the parameters `names` (default: all that are numbers, four at most).

    Others are held at `held`, their default, or the middle of their range. Raises `PointError` for
    a name that is no free number or comes twice, and for more than four.
    """
    axes = tuple(_axis(space, name) for name in names or _numbers(space))
    if not 1 <= len(axes) <= max(_SIDES):
        raise PointError(
            f"a table has 1 to {max(_SIDES)} axes, {len(axes)} came; name those that it is to have"
        )
    if len(set(names)) < len(names):
        raise PointError(f"a table's axes are different; {', '.join(names)} came; name each once")
    point = {**usual_point(space), **(held or {})}
    grid = np.meshgrid(*(axis.values for axis in axes), indexing="ij")
    read = surrogate.predict(_encoded(space, axes, [g.ravel() for g in grid], point), 0.95)
    mean, lower, upper = (v.reshape(grid[0].shape) for v in (read.mean, read.lower, read.upper))
    drawn = space.columns(space.draw(_CHECKS, np.random.default_rng(0)))
    values = [drawn[axis.name].astype(float) for axis in axes]
    truth = surrogate.predict(_encoded(space, axes, values, point)).mean
    said = interpolated(mean, [axis.place(v) for axis, v in zip(axes, values, strict=True)])
    error, outcome = np.abs(said - truth), surrogate.outcome
    kept = {name: point[name] for name in point if name not in {axis.name for axis in axes}}
    unit = outcome.unit if isinstance(outcome, Number) else ""
    errors = float(error.max()), float(np.sqrt(np.mean(error**2)))
    return Table(outcome.name, unit, axes, kept, mean, lower, upper, *errors)


def write_npz(table: Table, path: str | os.PathLike[str]) -> Path:
    """As npz: `header` (JSON in bytes), the axes by name as `axis.NAME`, mean, lower, upper."""
    place = Path(path)
    header = {
        "format": "surrogate-table",
        "version": 1,
        "outcome": {"name": table.outcome, "unit": table.unit},
        "axes": [parameter_json(axis.name, axis.parameter) for axis in table.axes],
        "held": dict(table.held),
        "worst_error": table.worst,
        "typical_error": table.typical,
    }
    arrays: dict[str, Any] = {f"axis.{axis.name}": axis.values for axis in table.axes}
    arrays |= {"mean": table.mean, "lower": table.lower, "upper": table.upper}
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), dtype=np.uint8)
    with place.open("wb") as file:
        np.savez_compressed(file, **arrays)
    return place


def write_csv(table: Table, path: str | os.PathLike[str]) -> Path:
    """As CSV, a line a point: the axes' values, mean, lower, upper."""
    names = [*(axis.name for axis in table.axes), table.outcome, "lower", "upper"]
    grid = np.meshgrid(*(axis.values for axis in table.axes), indexing="ij")
    columns = map(np.ravel, (*grid, table.mean, table.lower, table.upper))
    return write_lines(path, [names, *np.column_stack(list(columns)).tolist()])


def write_lines(path: str | os.PathLike[str], rows: Iterable[Sequence[Any]]) -> Path:
    """Rows, the header among them, as the lines of a CSV file."""
    place = Path(path)
    with place.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return place


def _numbers(space: Space) -> list[str]:
    return [n for n, p in space.parameters.items() if not isinstance(p, Categorical)]


def _axis(space: Space, name: str) -> Along:
    parameter = space.parameters.get(name)
    if not isinstance(parameter, Real | Integer):
        raise PointError(
            f"a table's axis is a free number; '{name}' is none: choose from "
            f"{', '.join(_numbers(space))}"
        )
    side = _SIDES[min(max(len(_numbers(space)), 1), max(_SIDES))]
    return Along(name, parameter, _values(parameter, side))


def _values(parameter: Real | Integer, side: int) -> Array:
    if isinstance(parameter, Integer):
        count = min(parameter.high - parameter.low + 1, side)
        return np.linspace(parameter.low, parameter.high, count)
    return parameter.from_unit(np.linspace(0.0, 1.0, side))


def usual_point(space: Space) -> dict[str, Scalar]:
    """Each free parameter's default, or the middle of its range, and what is fixed."""
    middle = space.decode(space.snap(np.full((1, space.dimension), 0.5)))[0]
    defaults = {n: p.default for n, p in space.parameters.items() if p.default is not None}
    return {**middle, **defaults}


def _encoded(space: Space, axes: Sequence[Along], values: Sequence[Array], point: Point) -> Array:
    """Rows of the cube with axes at `values`, (n,) each, and all else at `point`."""
    told = zip(axes, values, strict=True)
    columns = {axis.name: axis.parameter.to_unit(own.tolist()) for axis, own in told}
    return np.clip(rows_at(space, point, columns), 0.0, 1.0)


def rows_at(space: Space, point: Point, columns: Mapping[str, Array]) -> Array:
    """Rows of the cube with these unit values by name, (n,) each, and all else at `point`."""
    rows = np.repeat(space.encode([point]), len(next(iter(columns.values()))), axis=0)
    for name, column in columns.items():
        rows[:, space.names.index(name)] = column
    return rows
