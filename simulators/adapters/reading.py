"""What a program said, made a value: by JSON pointer, regular expression, CSV column, last line.

A `ReadTable` says where to look (standard output, standard error, or a file of the run's folder)
and by which one rule. What is not there as declared raises `OutcomeError` with what stood in its
place.
"""

import csv
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from surrogate.declared import OutcomeTable
from surrogate.errors import OutcomeError
from surrogate.expression import Expression
from surrogate.outcome import value_of

_SHOWN = 120  # characters of a text in a message
_PICKS: dict[str, Callable[[Sequence[float]], float]] = {
    "first": lambda values: values[0],
    "last": lambda values: values[-1],
    "min": min,
    "max": max,
    "mean": lambda values: sum(values) / len(values),
    "swing": lambda values: max(values) - min(values),
}


class ReadTable(OutcomeTable):
    """An outcome of a program: what it is, and the one rule by which it is read.

    At most one of `json`, `pattern`, `found` and `column` is set; none: the last line. `json` is an
    RFC 6901 pointer. `pattern` takes the first group (or the whole) of its last match. `found` is
    True where it matches anywhere, else False. `column` is a name in the first row, or a number
    from 0 for a table without one; `pick` makes one value of the column.
    """

    source: str = Field(default="stdout", alias="from")
    json_: str | None = Field(default=None, alias="json", pattern=r"^(/.*)?$")
    pattern: str | None = None
    found: str | None = None
    column: str | int | None = None
    pick: Literal["first", "last", "min", "max", "mean", "swing"] = "last"
    yes: str | None = None

    @field_validator("pattern", "found")
    @classmethod
    def _can_be_compiled(cls, text: str | None) -> str | None:
        try:
            re.compile(text or "")
        except re.error as problem:
            raise ValueError(f"no regular expression: {problem}") from problem
        return text

    @model_validator(mode="after")
    def _has_one_rule(self) -> Self:
        rules = [self.json_, self.pattern, self.found, self.column]
        if sum(rule is not None for rule in rules) > 1:
            raise ValueError("give one of json, pattern, found, column; none reads the last line")
        if self.yes is not None and Expression(self.yes).names != {"value"}:
            raise ValueError('yes is a formula over "value", such as "value > 0.5"')
        return self

    def value(self, text: str) -> Any:
        """The raw value in `text`; raises `OutcomeError`."""
        if self.json_ is not None:
            return _pointed(self.json_, text, self.source)
        if self.found is not None:
            return re.search(self.found, text, re.MULTILINE) is not None
        if self.pattern is not None:
            return plain(_matched(self.pattern, text, self.source))
        if self.column is not None:
            return _PICKS[self.pick](_column(self.column, text, self.source))
        return plain(_last_line(text, self.source))


def plain(text: str) -> Any:
    """A number or a truth where the text is one, else the text itself. 1.5D+3 is 1500."""
    word = text.strip()
    found = value_of(re.sub(r"(?<=[\d.])[dD](?=[+-]?\d)", "e", word))
    return word if isinstance(found, str) else found


def shown(text: str) -> str:
    """The end of a text, short enough for a message."""
    words = text.strip()
    return repr(words if len(words) <= _SHOWN else "..." + words[-_SHOWN:])


def last_words(text: str) -> str:
    """The last line that says something, ready to end a message with; empty where none does."""
    lines = [line for line in text.splitlines() if line.strip()]
    return f"; its last words: {shown(lines[-1])}" if lines else ""


def _pointed(pointer: str, text: str, source: str) -> Any:
    try:
        node = json.loads(text)
    except ValueError as problem:
        raise OutcomeError(
            f"{source}: JSON was expected, {shown(text)} came ({problem}); see what it prints"
        ) from problem
    for raw in pointer.split("/")[1:]:
        key = raw.replace("~1", "/").replace("~0", "~")
        try:
            node = node[int(key)] if isinstance(node, list) else node[key]
        except (KeyError, IndexError, ValueError, TypeError) as problem:
            keys = sorted(node) if isinstance(node, Mapping) else type(node).__name__
            raise OutcomeError(
                f"{source}: {pointer!r} leads nowhere at {key!r}; there is {keys}"
            ) from problem
    return node


def _matched(pattern: str, text: str, source: str) -> str:
    matches = list(re.finditer(pattern, text, re.MULTILINE))
    if not matches:
        raise OutcomeError(f"{source}: nothing matches {pattern!r}; it ends with {shown(text)}")
    last = matches[-1]
    return last[1] if last.re.groups else last[0]


def _last_line(text: str, source: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise OutcomeError(f"{source}: a value on the last line was expected, nothing was written")
    return lines[-1]


def _column(column: str | int, text: str, source: str) -> list[float]:
    rows = _rows(text)
    if isinstance(column, str):
        header = [cell.strip() for cell in rows[0]] if rows else []
        if column not in header:
            raise OutcomeError(f"{source}: there is no column {column!r}; it begins with {header}")
        rows, column = rows[1:], header.index(column)
    if not rows:
        raise OutcomeError(f"{source}: column {column!r} has no values; the program wrote none")
    try:
        return [float(row[column]) for row in rows]
    except (IndexError, ValueError) as problem:
        raise OutcomeError(
            f"{source}: column {column!r} is not all numbers: {problem}"
        ) from problem


def _rows(text: str) -> list[list[str]]:
    """Cells by `,` `;` tab or blanks, whichever the first line has; decimal commas beside `;`."""
    lines = [line for line in text.splitlines() if line.strip()]
    mark = next((mark for mark in ";\t," if lines and mark in lines[0]), None)
    if mark is None:
        return [line.split() for line in lines]
    rows = list(csv.reader(lines, delimiter=mark))
    if mark == ";":
        body = [[re.sub(r"(?<=\d),(?=\d)", ".", cell) for cell in row] for row in rows[1:]]
        return [*rows[:1], *body]
    return rows
