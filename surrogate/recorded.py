"""Results that were there before: the rows of a CSV file as a campaign's first runs.

A file is read as people save them: `,` `;` or tab between cells, decimal commas beside the latter
two. Columns are found by the names of parameters and outcomes, or by a mapping; the others are
ignored. Each row that can be used carries where it came from; of each other it is said why not.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from surrogate.errors import DataError, OutcomeError, PointError, unreadable
from surrogate.outcome import Answer, Infeasible, Outcome, answer_from, value_of
from surrogate.pool import Domain, Pool
from surrogate.space import Categorical, Point

SOURCE = "imported from"  # keys of a run's detail
_ROW = "row"
_PRINT = "row fingerprint"
_SD = " sd"  # the column of an outcome's sd has the outcome's name and this
_DECIMAL_COMMA = re.compile(r"^(\s*[+-]?\d*),(\d+(?:[eE][+-]?\d+)?\s*)$")


@dataclass(frozen=True)
class Row:
    """One row that can be used: its line in the file, its point, and what came of it."""

    line: int
    point: Point
    answer: Answer | Infeasible
    fingerprint: str


@dataclass(frozen=True)
class Recorded:
    """A file read: rows to use, and for each other its line and why not."""

    rows: tuple[Row, ...]
    refused: tuple[tuple[int, str], ...]


def read_recorded(
    path: Path, space: Domain, outcomes: tuple[Outcome, ...], named: Mapping[str, str]
) -> Recorded:
    """The rows of the file at `path` in this space, the first of `outcomes` being the question.

    `named` says which column holds a parameter or an outcome of another name. Raises `DataError`
    when the file cannot be read, or lacks the column of a parameter or the question.
    """
    header, body = _table(path)
    places = _columns((*space.names, *space.fixed), named, header)
    answers = _columns([outcome.name for outcome in outcomes], named, header)
    there = {**places, **answers}
    if missing := [name for name in (*space.names, outcomes[0].name) if name not in there]:
        raise DataError(
            f"{path.name} has no column for {', '.join(missing)}; its columns are "
            f"{', '.join(header)}; say which is which with --column {missing[0]}=HEADER"
        )
    rows: list[Row] = []
    refused: list[tuple[int, str]] = []
    for line, cells in body:
        try:
            point = _point(space, places, cells)
            answer = answer_from(_raw(answers, cells, (path.name, line)), outcomes)
        except (PointError, OutcomeError) as problem:
            refused.append((line, str(problem)))
            continue
        text = repr((path.name, line, sorted(cells.items())))
        fingerprint = blake2b(text.encode(), digest_size=8).hexdigest()
        if isinstance(answer, Answer):
            detail = {SOURCE: path.name, _ROW: line, _PRINT: fingerprint}
            answer = Answer(answer.values, answer.sds, answer.cost, detail)
        rows.append(Row(line, point, answer, fingerprint))
    return Recorded(tuple(rows), tuple(refused))


def _columns(
    names: Iterable[str], named: Mapping[str, str], header: Sequence[str]
) -> dict[str, str]:
    """The headers of the columns for `names`, of those that have one."""
    wanted = {name: named.get(name, name) for name in names}
    for name, column in wanted.items():
        if name in named and column not in header:
            raise DataError(f"column '{column}' for '{name}' is not there; there are {header}")
    return {name: column for name, column in wanted.items() if column in header}


def is_known(row: Row, details: Sequence[Mapping[str, Any]], messages: Sequence[str]) -> bool:
    """Whether an earlier import has brought this row: by run details, by messages if declined."""
    if isinstance(row.answer, Infeasible):
        return row.answer.reason in messages
    return any(detail.get(_PRINT) == row.fingerprint for detail in details)


def _table(path: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """The header and the rows by line number, cells by header; decimal commas made points."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise DataError(f"{unreadable(str(path), problem)}; a CSV file was expected") from problem
    first = text.partition("\n")[0]
    mark = next((mark for mark in ";\t," if mark in first), ",")
    reader = csv.reader(text.splitlines(), delimiter=mark)
    header = [cell.strip() for cell in next(reader, [])]
    rows = []
    for cells in reader:
        if any(cell.strip() for cell in cells):
            plain = [cell if mark == "," else _DECIMAL_COMMA.sub(r"\1.\2", cell) for cell in cells]
            rows.append((reader.line_num, dict(zip(header, plain, strict=False))))
    return header, rows


def _point(space: Domain, places: Mapping[str, str], cells: Mapping[str, str]) -> dict[str, Any]:
    point: dict[str, Any] = {}
    for name, column in places.items():
        text = cells.get(column, "").strip()
        if not text:
            raise PointError(f"there is nothing in column '{column}'")
        point[name] = text if _is_text(space, name) else value_of(text)
    return space.complete(point)


def _is_text(space: Domain, name: str) -> bool:
    """Whether a cell is to be taken as it stands: a choice, or an item's name."""
    if isinstance(space, Pool):
        return True
    return isinstance(space.parameters.get(name, space.fixed.get(name)), Categorical | str)


def _raw(
    answers: Mapping[str, str], cells: Mapping[str, str], place: tuple[str, int]
) -> Answer | Infeasible:
    """The cells as a simulator would have returned them, unchecked."""
    values: dict[str, Any] = {}
    sds: dict[str, float] = {}
    for name, column in answers.items():
        text = cells.get(column, "").strip()
        head, _, reason = text.partition(":")
        if head.lower() == "infeasible":
            source, line = place
            return Infeasible(f"{reason.strip() or 'declined'} ({source}, line {line})")
        if text:
            values[name] = value_of(text)
            if (sd := cells.get(f"{column}{_SD}", "").strip()) and isinstance(value_of(sd), float):
                sds[name] = value_of(sd)
    return Answer(values, sds)
