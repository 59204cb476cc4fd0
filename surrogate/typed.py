"""What a person typed on a command line, as values: points, outcomes, files of points."""

import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from surrogate.errors import PointError, unreadable
from surrogate.outcome import TRUTHS, Infeasible, number_of
from surrogate.space import Scalar


def point_of(pairs: Sequence[str]) -> dict[str, Scalar]:
    """NAME=VALUE pairs as a point; a value that reads as a number is one."""
    point: dict[str, Scalar] = {}
    for pair in pairs:
        name, equals, text = pair.rpartition("=")
        if not equals or not name:
            raise PointError(f"{pair!r}: NAME=VALUE was expected, such as x=11")
        point[name] = number_of(text)
    return point


def tolerance_of(given: Sequence[str]) -> dict[str, float] | float | None:
    """A tolerance: NAME=VALUE for some parameters, or one share of every range; None for none."""
    if len(given) == 1 and "=" not in given[0]:
        share = number_of(given[0])
        if isinstance(share, str) or not 0.0 <= share <= 1.0:
            raise PointError(
                f"tolerance: a share of every range such as 0.05, or NAME=VALUE, was expected, "
                f"{given[0]!r} came"
            )
        return share
    return {name: _distance(name, value) for name, value in point_of(given).items()} or None


def _distance(name: str, value: Scalar) -> float:
    if isinstance(value, str) or not 0.0 <= value < math.inf:
        raise PointError(
            f"tolerance of '{name}': a number in its unit, 0 or more, was expected, {value!r} came"
        )
    return float(value)


def points_of(path: str) -> list[dict[str, Scalar]]:
    """The points in a JSON file ('-': standard input): a list of objects, or one object."""
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
        found = json.loads(text)
    except (OSError, ValueError) as problem:
        said = unreadable(f"points in {path}", problem)
        raise PointError(f"{said}; a JSON list of objects was expected") from problem
    rows = [found] if isinstance(found, dict) else found
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise PointError(f"points in {path}: a list of objects was expected, one for each point")
    return rows


def outcome_of(text: str) -> Any:
    """What a person wrote for an outcome, as a simulator would have returned it."""
    word = text.strip().lower()
    if word in TRUTHS:
        return TRUTHS[word]
    head, _, reason = text.strip().partition(":")
    if head.lower() == "infeasible":
        return Infeasible(reason.strip() or "declined")
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError as problem:
        raise PointError(
            f"outcome {text!r}: true, false, a number, value,sd or infeasible:REASON was expected"
        ) from problem
    return numbers if len(numbers) > 1 else numbers[0]
