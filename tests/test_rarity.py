"""Rare events: widened points meet them, and shares undo the widening."""

import numpy as np
import pytest

from simulators.problems.emulation import branin
from simulators.problems.reliability import four_branch_7, oscillator
from surrogate.design import sobol
from surrogate.rarity import density, evened, shares, widened


def test_widened_points_give_the_exact_failure_probabilities() -> None:
    for problem in (four_branch_7, oscillator):
        space = problem.space
        rows = widened(space, sobol(space.dimension, 2**14, seed=1))
        counted = shares(space, rows)
        failing = problem.on(rows) < 0
        exact = problem.exact["failure probability"]
        assert counted @ failing / len(rows) == pytest.approx(exact, rel=0.02)
        assert failing.mean() > 2 * exact


def test_where_nothing_is_normal_nothing_is_widened() -> None:
    rows = sobol(2, 64, seed=0)
    np.testing.assert_allclose(widened(branin.space, rows), rows)
    np.testing.assert_array_equal(shares(branin.space, rows), 1.0)
    np.testing.assert_array_equal(density(branin.space, rows), 1.0)


def test_evening_out_undoes_the_widening() -> None:
    rows = sobol(2, 64, seed=0)
    even = evened(four_branch_7.space, widened(four_branch_7.space, rows))
    np.testing.assert_allclose(even, rows, atol=2e-3)
