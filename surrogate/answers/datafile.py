"""Runs and maps as data files for other programs: CSV, Parquet, and netCDF by xarray."""

import csv
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from surrogate.answers.maps import Map
from surrogate.errors import PlanError
from surrogate.records import Observation, Query

Columns = dict[str, list[Any]]


def run_columns(
    names: Sequence[str],
    outcomes: Sequence[str],
    runs: Sequence[Observation],
    queries: Sequence[Query],
) -> Columns:
    """What finished queries taught, a list each of query, seed, reason, parameters and outcomes.

    A value that was not given is None: all outcomes of a run that was declined.
    """
    seeds = {query.index: query.seed for query in queries}
    return {
        "query": [one.query for one in runs],
        "seed": [seeds.get(one.query) for one in runs],
        "reason": [one.reason.value for one in runs],
        **{name: [one.point[name] for one in runs] for name in names},
        **{name: [one.values.get(name) for one in runs] for name in outcomes},
        **{f"{name} sd": sds for name in outcomes if any(sds := [o.sds.get(name) for o in runs])},
        "cost": [one.cost for one in runs],
        "declined": [one.message if not one.feasible else None for one in runs],
    }


def write_csv(columns: Columns, path: str | os.PathLike[str]) -> Path:
    """As CSV with a header, each value as `cell` writes it."""
    place = Path(path)
    with place.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow([cell(name) for name in columns])
        rows = zip(*columns.values(), strict=True)
        lines.writerows([[cell(value) for value in row] for row in rows])
    return place


def cell(value: Any) -> Any:
    """A value as a cell of CSV: none is empty, text that looks like a formula marked as text."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@")):
        return f"'{value}"
    return "" if value is None else value


def write_parquet(columns: Columns, path: str | os.PathLike[str]) -> Path:
    """As Parquet; raises `PlanError` where pyarrow is missing."""
    try:
        from pyarrow import parquet, table
    except ModuleNotFoundError as problem:
        raise PlanError(_missing("Parquet", "pyarrow")) from problem
    place = Path(path)
    parquet.write_table(table(columns), place)
    return place


def write_netcdf(chart: Map, path: str | os.PathLike[str]) -> Path:
    """A map as an xarray Dataset in a netCDF file; raises `PlanError` where xarray is missing."""
    place = Path(path)
    dataset(chart).to_netcdf(place, engine="scipy")
    return place


def dataset(chart: Map) -> Any:
    """A map as an xarray Dataset: mean, lower and upper over its axes, units as attributes."""
    try:
        import xarray
    except ModuleNotFoundError as problem:
        raise PlanError(_missing("an xarray Dataset", "xarray")) from problem
    axes = [axis for axis in (chart.y, chart.x) if axis is not None]
    names = [axis.name for axis in axes]
    shape = tuple(len(axis.values) for axis in axes)
    grids = {"mean": chart.mean, "lower": chart.lower, "upper": chart.upper}
    unit = getattr(chart.outcome, "unit", "")
    return xarray.Dataset(
        {key: (names, grid.reshape(shape), {"units": unit}) for key, grid in grids.items()},
        coords={axis.name: (axis.name, axis.values, {"units": axis.unit}) for axis in axes},
        attrs={
            "response": chart.response,
            "revision": chart.revision,
            "trust": chart.note,
            "held": chart.caption(),
        },
    )


def _missing(kind: str, package: str) -> str:
    return f"{kind} needs the package {package}: pip install 'surrogate-service[data]'"
