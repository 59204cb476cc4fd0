"""Formulas over time series: each function against a series whose answer is known."""

import numpy as np
import pytest

from simulators.adapters.series import SeriesFormula
from surrogate.errors import PlanError

TIME = np.array([0.0, 0.5, 1.0, 3.0])  # uneven on purpose
FALL = {"h": 9.0 - TIME**2, "v": -2.0 * TIME, "p": np.ones(4)}


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("final(h)", 0.0),
        ("at(h, 2)", (8.0 + 0.0) / 2),
        ("min(v)", -6.0),
        ("max(h) - min(h)", 9.0),
        ("max(max(h, 8.5))", 9.0),
        ("min(max(h, 8.5))", 8.5),
        ("integral(v)", -9.0),  # trapezoids are exact on a line: -t**2 at 3
        ("mean(v)", -3.0),
        ("mean(2)", 2.0),
        ("ever(h < 0.5)", True),
        ("always(h < 0.5)", False),
        ("first(h < 8.5)", 1.0),
        ("first(h > 99)", np.inf),
        ("first(v < 0) > 0.4 and final(time) == 3", True),
        ('final(p["body.mass[1]"])', 7.0),
    ],
)
def test_a_formula_makes_one_value_of_series(formula: str, expected: float) -> None:
    series = {**FALL, "body.mass[1]": np.full(4, 7.0)}
    assert SeriesFormula(formula)(TIME, series) == pytest.approx(expected)


def test_a_mean_over_one_sample_is_that_sample() -> None:
    assert SeriesFormula("mean(h)")(np.array([2.0]), {"h": np.array([5.0])}) == 5.0


def test_a_formula_says_which_series_it_reads() -> None:
    assert SeriesFormula("final(h) + first(v < time)").names == {"h", "v"}


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("h > 2", "gives a whole series; make a value of it with final"),
        ("final(h, 2)", "takes 1 positional argument but 2 were given"),
        ("__import__('os')", "is not allowed"),
        ("open(h)", "and .*final, at, mean, integral, ever, always, first"),
    ],
)
def test_what_is_no_such_formula_is_refused(formula: str, said: str) -> None:
    with pytest.raises(PlanError, match=said):
        SeriesFormula(formula)
