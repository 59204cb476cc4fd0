"""Laws of factors: they give back the matrix, extend without change, and say when they cannot."""

import numpy as np
import pytest
from numpy.typing import NDArray

from surrogate.errors import DataError
from surrogate.linalg import (
    factorise,
    gram_of_lower,
    inverse_lower,
    log_determinant,
    pivoted,
    solve,
)

Array = NDArray[np.float64]


def covariance(n: int) -> Array:
    square = np.random.default_rng(0).normal(size=(n, n))
    return square @ square.T + np.eye(n)


def test_a_factor_gives_the_matrix_back_and_needs_no_jitter() -> None:
    lower = factorise(covariance(6))
    np.testing.assert_allclose(lower @ lower.T, covariance(6), rtol=1e-13)


def test_solving_inverting_and_the_determinant_agree_with_numpy() -> None:
    A, right = covariance(6), np.arange(6.0)
    lower = factorise(A)
    np.testing.assert_allclose(solve(lower, right), np.linalg.solve(A, right), rtol=1e-10)
    np.testing.assert_allclose(gram_of_lower(inverse_lower(lower)), np.linalg.inv(A), rtol=1e-9)
    assert log_determinant(lower) == pytest.approx(np.linalg.slogdet(A)[1], rel=1e-12)


def test_a_singular_covariance_is_mended_with_a_little_jitter() -> None:
    lower = factorise(np.ones((5, 5)))
    jitter = lower @ lower.T - np.ones((5, 5))
    assert 0 < jitter.max() <= 1e-10
    np.testing.assert_allclose(jitter, np.diag(np.diagonal(jitter)), atol=1e-15)


def test_what_is_no_covariance_is_refused_with_a_sentence() -> None:
    with pytest.raises(DataError, match="3 points is not positive definite"):
        factorise(np.diag([1.0, 1.0, -1.0]))


def test_nothing_has_a_factor_too() -> None:
    empty = np.empty((0, 0))
    assert factorise(empty).shape == solve(empty, empty).shape == (0, 0)


def test_a_pivoted_factor_leaves_out_no_more_of_the_diagonal_than_it_may() -> None:
    x = np.linspace(0.0, 1.0, 60)
    K = np.exp(-0.5 * ((x[:, None] - x) / 0.4) ** 2)
    columns = pivoted(K, 1e-4)
    left = np.diagonal(K - columns @ columns.T)
    assert columns.shape[1] < 12
    assert left.min() > -1e-12
    assert left.max() <= 1e-4


def test_a_pivoted_factor_that_leaves_nothing_out_gives_the_matrix_back() -> None:
    columns = pivoted(covariance(6), 0.0)
    np.testing.assert_allclose(columns @ columns.T, covariance(6), rtol=1e-10)
