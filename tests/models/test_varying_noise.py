"""Noise that varies over the space: told from replicates, left alone where chance explains it."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import polygamma

from surrogate.asking.scene import look
from surrogate.dataset import Dataset
from surrogate.models.numbers import NumberSurrogate
from surrogate.models.recipes import recipe_for
from surrogate.models.varying_noise import VARYING, estimates, noise_map
from surrogate.outcome import Number

Array = NDArray[np.float64]


def sd(units: Array) -> Array:
    return np.asarray(0.05 * 20.0 ** units[:, 0])


def wave(units: Array) -> Array:
    return np.asarray(np.sin(6 * units[:, 0]) + units[:, 1])


def replicates(places: int, times: int, *, varying: bool = True, seed: int = 0) -> Dataset:
    rng = np.random.default_rng(seed)
    units = np.repeat(rng.random((places, 2)), times, axis=0)
    noise = sd(units) if varying else 0.3
    values = wave(units) + noise * rng.normal(size=len(units))
    n = len(units)
    outcome = Number("f", noise="unknown")
    return Dataset(outcome, units, values, np.ones(n), np.full(n, np.nan), np.arange(n))


def fitted(data: Dataset) -> NumberSurrogate:
    surrogate = recipe_for(data.outcome, 2).fit(data)
    assert isinstance(surrogate, NumberSurrogate)
    return surrogate


def test_the_noise_map_is_the_noise_within_a_third() -> None:
    found = noise_map(replicates(60, 8), start=None, optimise=True)
    assert found is not None
    q = np.random.default_rng(1).random((300, 2))
    ratio = np.sqrt(found.variance(q)) / sd(q)
    assert np.exp(np.mean(np.abs(np.log(ratio)))) < 1.33


def test_equal_noise_is_taken_for_equal_on_nineteen_of_twenty_designs() -> None:
    maps = [
        noise_map(replicates(30, 4, varying=False, seed=k), start=None, optimise=True)
        for k in range(20)
    ]
    assert sum(found is not None for found in maps) <= 1


def test_without_replicates_there_is_no_map_of_noise() -> None:
    assert noise_map(replicates(60, 1), start=None, optimise=True) is None


def test_intervals_are_narrow_where_noise_is_small_and_honest_all_over() -> None:
    q = np.random.default_rng(2).random((600, 2))
    quiet, held, widths = q[:, 0] < 0.3, [], []
    for seed in range(4):
        read = fitted(replicates(50, 6, seed=seed)).predict(q, 0.9)
        held.append((wave(q) >= read.lower) & (wave(q) <= read.upper))
        widths.append(read.upper - read.lower)
    width, share = np.mean(widths, axis=0), np.mean(held, axis=0)
    assert np.median(width[quiet]) < 0.4 * np.median(width[q[:, 0] > 0.7])
    assert share[quiet].mean() > 0.8
    assert share[~quiet].mean() > 0.8


def test_what_a_run_teaches_is_weighed_by_the_noise_at_its_place() -> None:
    surrogate = fitted(replicates(50, 6))
    places = look(surrogate, np.array([[0.1, 0.5], [0.9, 0.5]]))
    assert places.noise[1] > 20.0 * places.noise[0]


def test_a_surrogate_with_varying_noise_is_made_again_from_its_hyper_parameters() -> None:
    data = replicates(50, 6)
    surrogate = fitted(data)
    assert any(key.startswith(VARYING) for key in surrogate.hyperparameters)
    again = recipe_for(data.outcome, 2).fit(data, start=surrogate.hyperparameters, optimise=False)
    np.testing.assert_array_equal(
        again.predict(data.units).mean, surrogate.predict(data.units).mean
    )


def test_the_estimates_of_log_variance_have_the_mean_and_spread_of_theory() -> None:
    _, e, k = estimates(replicates(3000, 5, varying=False))
    assert e.mean() == pytest.approx(2.0 * np.log(0.3), abs=0.05)
    assert e.var() == pytest.approx(polygamma(1, k[0] / 2), rel=0.1)
