"""Pools from files: CSV, Parquet or npz, one row (or first-axis entry) an item.

[simulator.declare.pool]
file = "alloys.csv"
item = "alloy"                   # the column that names an item; absent: row numbers from 0
features = ["copper", "zinc"]    # absent: every column of numbers that nothing else names
picture = "photo"                # an array of pictures, for those who look at items
"""

import csv
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.errors import SpaceError, unreadable
from surrogate.pool import ITEM, Pool

Columns = Mapping[str, NDArray[Any]]


def read_pool(
    path: Path,
    *,
    item: str = ITEM,
    features: Collection[str] = (),
    picture: str = "",
    known: Collection[str] = (),
) -> Pool:
    """The pool in a file; `known` are columns of answers, which are no features.

    Raises `SpaceError` that names the file and what is wrong with it.
    """
    columns = read_columns(path)
    try:
        chosen = list(features) or [
            name
            for name, column in columns.items()
            if name not in {item, *known} and column.dtype.kind in "biuf"
        ]
        return Pool.of(columns, chosen, key=item, picture=picture)
    except SpaceError as problem:
        raise SpaceError(f"{path.name}: {problem}") from problem


def read_columns(path: Path) -> Columns:
    """The file's columns by name; raises `SpaceError`."""
    readers = {".csv": _csv, ".npz": _npz, ".parquet": _parquet}
    if path.suffix.lower() not in readers:
        raise SpaceError(f"pool {path.name}: a file ending in {', '.join(readers)} was expected")
    try:
        columns = readers[path.suffix.lower()](path)
    except FileNotFoundError as problem:
        raise SpaceError(f"there is no pool at {path}; check the path") from problem
    except (OSError, ValueError) as problem:
        said = unreadable(f"pool {path.name}", problem)
        raise SpaceError(f"{said}; mend the file, or name another") from problem
    if not columns or not len(next(iter(columns.values()))):
        raise SpaceError(f"pool {path.name} has no rows; each row is one item")
    return columns


def _csv(path: Path) -> Columns:
    with path.open(newline="", encoding="utf-8-sig") as file:
        header, *rows = list(csv.reader(file)) or [[]]
    rows = [row for row in rows if row]
    for number, row in enumerate(rows, 2):
        if len(row) != len(header):
            raise ValueError(f"row {number} has {len(row)} cells, the header {len(header)}")
    return {name: _column([row[j].strip() for row in rows]) for j, name in enumerate(header)}


def _column(cells: list[str]) -> NDArray[Any]:
    """Whole numbers, numbers (an empty cell is NaN), or text."""
    for kind in (int, float):
        try:
            return np.array([kind(cell) if cell or kind is int else np.nan for cell in cells])
        except ValueError:
            continue
    return np.array(cells)


def _npz(path: Path) -> Columns:
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def _parquet(path: Path) -> Columns:
    try:
        from pyarrow import parquet
    except ImportError as problem:
        raise SpaceError(
            f"pool {path.name}: Parquet files need pyarrow; pip install 'surrogate-service[data]'"
        ) from problem
    table = parquet.read_table(path)
    return {name: table.column(name).to_numpy() for name in table.column_names}
