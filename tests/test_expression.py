"""Formulas: arithmetic is allowed, everything else is refused."""

import numpy as np
import pytest

from surrogate.errors import PlanError
from surrogate.expression import Expression

VALUES = {
    "x": np.array([1.0, 4.0]),
    "y": np.array([2.0, -1.0]),
    "body.mass[1]": np.array([3.0, 5.0]),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x + 2*y", [5.0, 2.0]),
        ("sqrt(x) ** 2 / x", [1.0, 1.0]),
        ("0 < y <= 2 and x != 4", [True, False]),
        ("not (x > 2 or y > 5)", [True, False]),
        ("-max(x, y)", [-2.0, -4.0]),
        ('p["body.mass[1]"] - x', [2.0, 1.0]),
    ],
)
def test_a_formula_gives_what_numpy_gives(text: str, expected: list[float]) -> None:
    assert Expression(text)(VALUES).tolist() == expected


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "x.__class__",
        "[x for x in y]",
        "(lambda: 1)()",
        "exec('1')",
        "x if y else 1",
        "x[0]",
        "sqrt(x, where=y)",
        "f'{x}'",
        "x @ y",
        "x +",
    ],
)
def test_anything_but_arithmetic_is_refused(text: str) -> None:
    with pytest.raises(PlanError, match="formula"):
        Expression(text)


def test_the_names_of_a_formula_are_known() -> None:
    assert Expression('hypot(x, y) < p["body.mass[1]"]').names == {"x", "y", "body.mass[1]"}
