"""A finite set of candidates in place of a space: images, alloys, patients, each with features.

A point names an item, `{"item": 17}`, and nothing else is kept in a ledger. Inside, an item is a
row of `units`, its features scaled to [0, 1]: a column of numbers by its own range, an array with
several numbers an item (an image) by the range of all of it, so that dull pixels stay dull.

    symbol   meaning                                     shape
    units    the items' features, scaled                 (n, d), in [0, 1]
    d        features of an item                         scalar

Items that have the same features cannot be told apart: they count as one candidate.

A pool may come from a file: CSV, Parquet or npz, one row (or first-axis entry) an item.

    [simulator.declare.pool]
    file = "alloys.csv"
    item = "alloy"                   # the column that names an item; absent: row numbers from 0
    features = ["copper", "zinc"]    # absent: every column of numbers that nothing else names
    picture = "photo"                # an array of pictures, for those who look at items
"""

import csv
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.errors import PointError, SpaceError, optional, unreadable
from surrogate.space import Array, Mask, Point, Rows, Scalar, Space

Column = NDArray[Any]
Columns = Mapping[str, Column]

NO_AXES = "a pool has items, no parameters: leave --x, --y, --hold, --average out"
ITEM = "item"  # what a point calls its item where the pool has no name for it
_FEW = 12  # columns of an item that are shown beside its name and its picture
_SAME = 9  # decimals at which two rows are one candidate, as everywhere in the cube


@dataclass(frozen=True, eq=False)
class Pool:
    """Items by name, each a row of `units`; made by `of`. `columns` are all that is known of them.

    `picture` names the column with an item's picture, "" where there is none; `seen` says how
    `units` differ from the features, "" where they do not, and `origin` is the digest of the pool
    that had all features.
    """

    items: tuple[Scalar, ...]
    units: Array
    features: tuple[str, ...]
    columns: Columns = field(repr=False, default_factory=dict)
    key: str = ITEM
    picture: str = ""
    seen: str = ""
    origin: str = ""

    @classmethod
    def of(
        cls,
        columns: Mapping[str, Any],
        features: Sequence[str],
        *,
        key: str = ITEM,
        picture: str = "",
    ) -> "Pool":
        """The pool of these columns, the first axis of each being the items.

        `key` names the column with the items' names; without it they are numbered from 0. Raises
        `SpaceError` for columns of different length, items named twice, or features that are not
        finite numbers.
        """
        known = {name: np.asarray(column) for name, column in columns.items()}
        for name in (*features, *([picture] if picture else [])):
            if name not in known:
                raise SpaceError(f"pool: there is no column '{name}'; there are {', '.join(known)}")
        if not features:
            raise SpaceError(
                "pool: at least one feature is needed, none came; name a column of numbers"
            )
        items = _names(known, key, len(known[features[0]]))
        for name, column in known.items():
            if len(column) != len(items):
                raise SpaceError(
                    f"pool: column '{name}' has {len(column)} rows where {len(items)} were "
                    "expected; each row is one item"
                )
        units = np.column_stack([_scaled(name, known[name], items) for name in features])
        return cls(items, units, tuple(features), known, key, picture)

    def __len__(self) -> int:
        return len(self.items)

    @property
    def dimension(self) -> int:
        """How many features an item has: the columns of `units`."""
        return int(self.units.shape[1])

    @property
    def names(self) -> tuple[str, ...]:
        """What a point has: the item's name."""
        return (self.key,)

    @property
    def fixed(self) -> Mapping[str, Scalar]:
        """Nothing is held at a value."""
        return {}

    def unit(self, name: str) -> str:
        """Items have no unit."""
        return ""

    def complete(self, point: Point) -> dict[str, Scalar]:
        """The point with its item as the pool writes it; raises `PointError`."""
        if set(point) != {self.key}:
            raise PointError(
                f"a point of a pool is {{'{self.key}': ...}}, {sorted(point)} came; give its name"
            )
        return {self.key: self.items[self._row(point[self.key])]}

    def encode(self, points: Iterable[Point]) -> Array:
        """The items' rows, shape `(n, d)`; raises `PointError`."""
        rows = [self._row(self.complete(point)[self.key]) for point in points]
        return self.units[np.array(rows, dtype=np.int64)]

    def decode(self, units: Array) -> list[dict[str, Scalar]]:
        """The items with these rows, the nearest where there is none."""
        return [{self.key: self.items[row]} for row in self._nearest(np.asarray(units))]

    def snap(self, units: Array) -> Array:
        """The nearest rows that an item has."""
        return self.units[self._nearest(np.asarray(units))]

    def row(self, point: Point) -> dict[str, Any]:
        """All that is known of a point's item, by column; raises `PointError`."""
        name = self.complete(point)[self.key]
        row = self._row(name)
        return {self.key: name, **{known: self.columns[known][row] for known in self.columns}}

    def few_of(self, row: Mapping[str, Any], answers: Collection[str]) -> dict[str, Any]:
        """What is shown of an item beside its picture: single values of its `row`, if few."""
        hidden = {self.key, self.picture, *answers}
        few = {k: v for k, v in row.items() if k not in hidden and getattr(v, "ndim", 0) == 0}
        return few if len(few) <= _FEW else {}

    def among(self, units: Array) -> Mask:
        """Which items have one of these rows (k, d), shape (n,)."""
        keys = set(_keys(units))
        return np.array([key in keys for key in self._keys], dtype=bool)

    @cached_property
    def different(self) -> Mask:
        """Which items are the first with their features, shape (n,)."""
        return np.isin(np.arange(len(self)), list(self._first.values()))

    def part(self, rows: Sequence[int] | Rows) -> "Pool":
        """The pool of these rows."""
        chosen = np.asarray(rows, dtype=np.int64)
        columns = {name: column[chosen] for name, column in self.columns.items()}
        items = tuple(self.items[row] for row in chosen.tolist())
        return replace(self, items=items, units=self.units[chosen], columns=columns, origin="")

    @cached_property
    def digest(self) -> str:
        """A hash of everything that the pool holds, all features: 32 hexadecimal digits."""
        if self.origin:
            return self.origin
        names = json.dumps([self.items, self.features, self.key])
        content = blake2b(names.encode(), digest_size=16)
        content.update(np.ascontiguousarray(self.units).tobytes())
        for name, column in sorted(self.columns.items()):
            plain = column.astype(str) if column.dtype.kind in "OUS" else column
            content.update(name.encode() + np.ascontiguousarray(plain).tobytes())
        return content.hexdigest()

    @cached_property
    def _first(self) -> dict[bytes, int]:
        """The first row with each different set of features."""
        backwards = reversed([*enumerate(self._keys)])  # of rows that are alike the last one stays
        return {key: row for row, key in backwards}

    @cached_property
    def _keys(self) -> list[bytes]:
        return _keys(self.units)

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {str(item): row for row, item in enumerate(self.items)}

    def _row(self, item: Scalar) -> int:
        word = item_word(item)
        if word not in self._rows:
            raise PointError(
                f"{self.key} {item!r} is not in the pool of {len(self)}, which begins with "
                f"{', '.join(map(str, self.items[:3]))}"
            )
        return self._rows[word]

    def _nearest(self, units: Array) -> list[int]:
        if units.ndim != 2 or units.shape[1] != self.dimension:
            raise PointError(
                f"an array of shape (n, {self.dimension}) was expected, {units.shape} came"
            )
        rows = [self._first.get(key, -1) for key in _keys(units)]
        for i in [i for i, row in enumerate(rows) if row < 0]:
            rows[i] = int(((self.units - units[i]) ** 2).sum(axis=1).argmin())
        return rows


Domain = Space | Pool


def item_word(item: Scalar) -> str:
    """An item's name as people write it: a whole number without a point, however it came."""
    return str(int(item)) if isinstance(item, float) and item.is_integer() else str(item)


def _keys(units: Array) -> list[bytes]:
    """The rows as bytes that are alike for rows that are."""
    return [row.tobytes() for row in np.round(np.asarray(units, dtype=float), _SAME) + 0.0]


def _names(columns: Columns, key: str, count: int) -> tuple[Scalar, ...]:
    if key not in columns:
        return tuple(range(count))
    items: tuple[Scalar, ...] = tuple(columns[key].tolist())
    words = [str(item) for item in items]
    if len(set(words)) < len(words):
        twice = next(word for i, word in enumerate(words) if word in words[:i])
        raise SpaceError(f"pool: two rows are called {key} {twice}; every item needs its own name")
    return items


def _scaled(name: str, column: Column, items: Sequence[Scalar]) -> Array:
    """A column as features in [0, 1], shape (n, its numbers an item)."""
    if column.dtype.kind not in "biuf":
        raise SpaceError(
            f"pool: feature '{name}' holds {str(column.flat[0])!r}; numbers were expected: leave "
            "it out of the features, or write its choices as columns of 0 and 1"
        )
    rows = column.reshape(len(column), -1).astype(float)
    wrong = ~np.isfinite(rows).all(axis=1)
    if wrong.any():
        item = items[int(wrong.argmax())]
        raise SpaceError(f"pool: feature '{name}' of {item} is no finite number; fill or leave out")
    span = float(np.ptp(rows)) if rows.size else 0.0
    return (rows - rows.min()) / span if span > 0.0 else np.zeros_like(rows)


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


def _column(cells: list[str]) -> Column:
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
    why = f"pool {path.name}: Parquet files need pyarrow; pip install 'surrogate-service[data]'"
    table = optional("pyarrow.parquet", SpaceError, why).read_table(path)
    return {name: table.column(name).to_numpy() for name in table.column_names}
