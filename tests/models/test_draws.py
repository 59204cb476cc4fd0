"""Joint draws agree with the posterior that they are drawn from, points alone and together."""

from dataclasses import dataclass

import numpy as np
import pytest

from surrogate.models.draws import latent_draws, responses
from surrogate.outcome import Number
from surrogate.space import Array
from tests.answers.process import Process


def wave(units: Array) -> Array:
    return np.asarray(np.sin(5 * units[:, 0]))


AT = np.random.default_rng(0).random((12, 2))
SURROGATE = Process(wave, AT)


def drawn(units: Array, count: int = 4000, surrogate: Process = SURROGATE) -> Array:
    return latent_draws(surrogate, units, count, np.random.default_rng(1))


def test_of_no_points_there_are_draws_without_values() -> None:
    assert drawn(np.zeros((0, 2)), count=5).shape == (5, 0)


def test_few_points_have_the_posterior_s_mean_and_covariance() -> None:
    units = np.random.default_rng(2).random((30, 2))
    f = drawn(units)
    np.testing.assert_allclose(f.mean(axis=0), SURROGATE.latent(units)[0], atol=0.06)
    np.testing.assert_allclose(np.cov(f.T), SURROGATE.covariance(units, units), atol=0.08)


def test_many_points_keep_their_own_variance_and_go_with_their_neighbours() -> None:
    units = np.random.default_rng(3).random((1500, 2))
    f = drawn(units, 1000)
    np.testing.assert_allclose(f.var(axis=0), SURROGATE.latent(units)[1], rtol=0.35, atol=0.01)
    some = np.arange(1300, 1320)
    np.testing.assert_allclose(
        np.cov(f[:, some].T), SURROGATE.covariance(units[some], units[some]), atol=0.15
    )


@dataclass(frozen=True)
class Doubter(Process):
    def gaps(self, units: Array) -> Array:
        return np.full((len(units), 1), 2.0)


def test_doubt_in_hyper_parameters_moves_a_whole_draw_at_once() -> None:
    units = np.random.default_rng(2).random((30, 2))
    moved = drawn(units, surrogate=Doubter(wave, AT)).mean(axis=1)
    still = drawn(units).mean(axis=1)
    assert moved.var() - still.var() == pytest.approx(4.0, rel=0.1)


def test_factors_multiply_what_a_draw_differs_from_the_mean_by() -> None:
    units = np.random.default_rng(2).random((30, 2))
    mean, plain = SURROGATE.latent(units)[0], drawn(units, 5)
    factors = np.linspace(0.5, 3.0, 150).reshape(5, 30)
    f = latent_draws(SURROGATE, units, 5, np.random.default_rng(1), factors=factors)
    np.testing.assert_allclose(f - mean, factors * (plain - mean))


def test_a_point_that_is_known_is_the_same_in_every_draw() -> None:
    sure = Process(wave, AT, noise=1e-5)
    f = latent_draws(sure, AT, 50, np.random.default_rng(0))
    np.testing.assert_allclose(f, np.tile(wave(AT), (50, 1)), atol=1e-3)


def test_a_probability_is_the_normal_integral_of_its_latent_value_and_a_number_itself() -> None:
    f = np.array([0.0, 1.0])
    np.testing.assert_allclose(responses(SURROGATE, f), [0.5, 0.8413447461])
    np.testing.assert_allclose(responses(Process(wave, AT, outcome=Number("y")), f), f)
