"""Averages of places that err together: against joint draws, and in the limits that are known."""

import numpy as np
import pytest
from scipy.special import ndtr

from surrogate.answers.together import Moments, known, moments, narrowing, weights
from surrogate.models.draws import latent_draws
from surrogate.outcome import Number
from surrogate.space import Array
from tests.answers.process import GOAL, Process

COVERAGE = 0.95


def learned(scale: float = 0.3, *, is_number: bool = False) -> Process:
    def truth(units: Array) -> Array:
        return np.asarray(np.sin(4 * units[:, 0]) + units[:, 1])

    at = np.random.default_rng(0).random((12, 2))
    return Process(truth, at, scale=scale, outcome=Number("h") if is_number else GOAL)


def line(count: int, seed: int) -> Array:
    """Places along the second axis, drawn at random."""
    return np.column_stack([np.full(count, 0.2), np.random.default_rng(seed).random(count)])


def of(process: Process, a: Array, b: Array) -> Moments:
    rows = np.concatenate([a, b])
    equal = weights(np.ones(len(rows), dtype=bool))
    is_number = isinstance(process.outcome, Number)
    return moments(known(process, rows[None])[0], equal, COVERAGE, is_number=is_number)


def ends(found: Moments, *, is_number: bool = False) -> list[float]:
    """The average's own interval."""
    below, above = narrowing([found], COVERAGE, is_number=is_number)[:, 0]
    lower = found.mean - below * (found.mean - found.lower)
    return [lower, found.mean + above * (found.upper - found.mean)]


@pytest.mark.parametrize("is_number", [False, True])
def test_an_average_of_one_place_has_that_place_s_interval(is_number: bool) -> None:
    process, place = learned(is_number=is_number), np.array([[0.7, 0.4]])
    read = process.predict(place, COVERAGE)
    found = ends(of(process, place, place), is_number=is_number)
    assert found == pytest.approx([read.lower[0], read.upper[0]], abs=1e-4)


@pytest.mark.parametrize("scale", [0.1, 0.3, 1.0])
def test_an_average_s_interval_is_that_of_joint_draws(scale: float) -> None:
    process, rows = learned(scale), line(300, seed=3)
    drawn = ndtr(latent_draws(process, rows, 4000, np.random.default_rng(4))).mean(axis=1)
    found = of(process, line(200, seed=1), line(200, seed=2))
    assert ends(found) == pytest.approx(np.quantile(drawn, [0.025, 0.975]).tolist(), abs=0.02)


def test_errors_that_have_nothing_to_do_with_each_other_cancel() -> None:
    found = of(learned(scale=1e-3), line(100, seed=1), line(100, seed=2))
    assert narrowing([found], COVERAGE, is_number=False).max() < 0.1


def test_what_is_not_allowed_has_no_weight() -> None:
    some = np.array([True, False, True, True, False, False])
    np.testing.assert_array_equal(weights(some), [0.5, 0.0, 0.5, 1.0, 0.0, 0.0])
    np.testing.assert_array_equal(weights(np.zeros(4, dtype=bool)), [0.5, 0.5, 0.5, 0.5])


def test_an_interval_without_a_width_stays_as_it_is() -> None:
    none = Moments(mean=1.0, variance=0.0, lower=1.0, upper=1.0)
    np.testing.assert_array_equal(narrowing([none], COVERAGE, is_number=False), 1.0)
