"""How heavy tails are, against normal and Student misses, and mixtures with a known scale."""

import numpy as np
import pytest
from scipy.special import chdtri

from surrogate.dataset import Dataset
from surrogate.models.recipes import recipe_for
from surrogate.models.tails import Tails, learned, tails
from surrogate.outcome import Number
from surrogate.space import Array
from tests.answers.process import Process

AT = np.random.default_rng(0).random((200, 2))
HALF = np.array([0.5])


def sure(squares: Array) -> Tails | None:
    return learned(AT, np.ones(len(squares)), squares)


def creased(n: int) -> Dataset:
    """Numbers with a crease at x = 1/2, without noise."""
    values, none = np.abs(AT[:n, 0] - 0.5), np.full(n, np.nan)
    return Dataset(Number("y", noise="none"), AT[:n], values, np.ones(n), none, np.arange(n))


@pytest.mark.parametrize("seed", range(5))
def test_of_normal_misses_a_process_is_taken_at_its_word(seed: int) -> None:
    assert sure(np.random.default_rng(seed).standard_normal(200) ** 2) is None


def test_misses_widen_draws_on_their_own_side_and_narrow_them_nowhere() -> None:
    z = np.random.default_rng(1).standard_normal(200) * np.where(AT[:, 0] < 0.5, 0.3, 3.0)
    found = sure(z**2)
    assert found is not None
    left, right = found.factors(np.array([[0.2, 0.5], [0.8, 0.5]]), HALF)[0]
    assert left == 1.0
    assert right == pytest.approx(3.0, rel=0.4)


def test_misses_of_few_degrees_of_freedom_are_told_from_normal_ones() -> None:
    found = sure(np.random.default_rng(2).standard_t(2, 200) ** 2)
    assert found is not None
    assert found.degrees <= 4.0


def test_misses_that_noise_decides_say_nothing() -> None:
    squares = np.random.default_rng(2).standard_t(2, 200) ** 2
    assert learned(AT, np.full(200, 0.01), squares) is None


def test_far_from_runs_a_factor_is_what_was_believed_before_them() -> None:
    found = Tails(np.zeros((1, 2)), np.ones(1), np.full(1, 9.0), 1.0, 4.0, 5.0)
    u = np.array([0.05, 0.5, 0.99])
    expected = np.sqrt(4.0 * 5.0 / chdtri(4.0, u))
    np.testing.assert_allclose(found.factors(np.full((1, 2), 9.0), u)[:, 0], expected, rtol=0.01)


def test_beside_runs_a_factor_has_their_degrees_of_freedom_and_squares_too() -> None:
    found = Tails(np.zeros((6, 2)), np.full(6, 0.5), np.full(6, 9.0), 1.0, 4.0, 0.5)
    u = np.array([0.05, 0.5, 0.99])
    expected = np.sqrt((4.0 * 0.5 + 3.0 * 9.0) / chdtri(7.0, u))
    np.testing.assert_allclose(found.factors(np.zeros((1, 2)), u)[:, 0], expected, rtol=0.01)


def test_a_surrogate_of_chances_or_of_few_numbers_is_taken_at_its_word() -> None:
    assert tails(Process(lambda x: x[:, 0], AT[:20])) is None
    data = creased(9)
    assert tails(recipe_for(data.outcome, 2).fit(data)) is None


def test_runs_left_out_across_a_crease_have_larger_factors_than_those_beside_it() -> None:
    data = creased(60)
    found = tails(recipe_for(data.outcome, 2).fit(data))
    assert found is not None
    across, beside = found.factors(np.array([[0.5, 0.5], [0.9, 0.5]]), HALF)[0]
    assert across > 3.0 * beside
