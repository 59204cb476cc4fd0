"""Runs and maps as data files for other programs: CSV, Parquet, and netCDF by xarray."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from surrogate.answers.maps import Map
from surrogate.answers.table import write_lines
from surrogate.errors import PlanError, optional
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
    rows = (columns, *zip(*columns.values(), strict=True))
    return write_lines(path, [[cell(value) for value in row] for row in rows])


def cell(value: Any) -> Any:
    """A value as a cell of CSV: none is empty, text that looks like a formula marked as text."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@")):
        return f"'{value}"
    return "" if value is None else value


def write_parquet(columns: Columns, path: str | os.PathLike[str]) -> Path:
    """As Parquet; raises `PlanError` where pyarrow is missing."""
    why = "Parquet needs the package pyarrow: pip install 'surrogate-service[data]'"
    parquet = optional("pyarrow.parquet", PlanError, why)
    parquet.write_table(optional("pyarrow", PlanError, why).table(columns), path)
    return Path(path)


def write_netcdf(chart: Map, path: str | os.PathLike[str]) -> Path:
    """A map as an xarray Dataset in a netCDF file; raises `PlanError` where xarray is missing."""
    dataset(chart).to_netcdf(path, engine="scipy")
    return Path(path)


def dataset(chart: Map) -> Any:
    """A map as an xarray Dataset: mean, lower and upper over its axes, units as attributes."""
    why = "an xarray Dataset needs the package xarray: pip install 'surrogate-service[data]'"
    xarray = optional("xarray", PlanError, why)
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
