"""The surrogate of a number: scikit-learn's regressor beside it, noise in its three kinds."""

import json
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern

from surrogate.dataset import Dataset
from surrogate.errors import DataError
from surrogate.models.base import LookAhead
from surrogate.models.number_evidence import NumberModel, most_likely
from surrogate.models.number_forms import number_form
from surrogate.models.numbers import NumberSurrogate
from surrogate.models.posterior import Posterior, conditioned
from surrogate.models.recipes import recipe_for
from surrogate.models.search import maximum_a_posteriori
from surrogate.models.sites import number_sites
from surrogate.outcome import Number

Array = NDArray[np.float64]


def surface(units: Array) -> Array:
    return np.asarray(40.0 + 10.0 * np.sin(5 * units[:, 0]) * units[:, 1])


def dataset(units: Array, values: Array, noise: str, sd: float = np.nan) -> Dataset:
    n = len(values)
    outcome = Number("margin", unit="m", noise=noise)
    return Dataset(outcome, units, values, np.ones(n), np.full(n, sd), np.arange(n))


def runs(n: int, noise: str = "none", sd: float = 0.0, seed: int = 0) -> Dataset:
    rng = np.random.default_rng(seed)
    units = rng.random((n, 2))
    return dataset(units, surface(units) + sd * rng.normal(size=n), noise, sd or np.nan)


def grid() -> Array:
    return np.random.default_rng(9).random((150, 2))


def test_without_noise_it_goes_through_the_runs_and_finds_the_surface() -> None:
    data = runs(40)
    surrogate = recipe_for(data.outcome, 2).fit(data)
    assert isinstance(surrogate, LookAhead)
    at_runs = surrogate.predict(data.units)
    np.testing.assert_allclose(at_runs.mean, data.values, atol=1e-4)
    assert (at_runs.upper - at_runs.lower).max() < 0.01
    assert np.abs(surrogate.predict(grid()).mean - surface(grid())).mean() < 0.1


def test_mean_and_sd_equal_scikit_learns_regressor_with_the_same_hyper_parameters() -> None:
    data = runs(25, "known", sd=0.5)
    values = {"form": "smooth", "variance": 2.0, "length.0": 0.4, "length.1": 0.8}
    ours = recipe_for(data.outcome, 2).fit(data, start=values, optimise=False)
    scale, level = np.std(data.values), np.mean(data.values)
    kernel = ConstantKernel(1.0) + ConstantKernel(2.0) * Matern((0.4, 0.8), nu=2.5)
    theirs = GaussianProcessRegressor(kernel, alpha=(0.5 / scale) ** 2, optimizer=None)
    theirs.fit(data.units, (data.values - level) / scale)
    mean, sd = theirs.predict(grid(), return_std=True)
    m, v = ours.latent(grid())
    np.testing.assert_allclose(m, level + scale * mean, rtol=1e-9)
    np.testing.assert_allclose(np.sqrt(v), scale * sd, rtol=1e-7)


def test_unknown_noise_is_learned_from_the_scatter() -> None:
    data = runs(120, "unknown", sd=2.0)
    surrogate = recipe_for(data.outcome, 2).fit(data)
    assert 1.0 / surrogate.lesson(np.zeros(1), np.zeros(1))[0] == pytest.approx(4.0, rel=0.35)


def test_replicates_are_worth_as_much_as_their_mean_with_less_noise() -> None:
    places = np.random.default_rng(3).random((12, 2))
    values = surface(places)
    pairs = dataset(np.repeat(places, 2, axis=0), np.repeat(values, 2), "known", sd=1.0)
    means = dataset(places, values, "known", sd=0.5**0.5)
    one, other = (recipe_for(d.outcome, 2).fit(d).predict(grid()) for d in (pairs, means))
    np.testing.assert_allclose(one.mean, other.mean, rtol=1e-9)
    np.testing.assert_allclose(one.upper, other.upper, rtol=1e-9)


@pytest.mark.parametrize("noise", ["none", "unknown"])
def test_the_gradient_of_the_evidence_agrees_with_differences(noise: str) -> None:
    units = np.vstack([runs(12).units, runs(12).units])
    jump = 0.5 if noise == "unknown" else 0.0
    values = surface(units) + jump * np.repeat([1.0, -1.0], 12)
    model = NumberModel(number_form("smooth", (0, 0)), number_sites(dataset(units, values, noise)))
    theta, h = model.prior.centre + 0.1, 1e-5
    gradient = model.evidence(theta)[1]
    for j, step in enumerate(h * np.eye(len(theta))):
        slope = (model.evidence(theta + step)[0] - model.evidence(theta - step)[0]) / (2 * h)
        assert gradient[j] == pytest.approx(slope, rel=1e-5, abs=1e-5)


def test_units_of_the_outcome_do_not_matter() -> None:
    data = runs(20, "unknown", sd=0.3)
    feet = dataset(data.units, 7.0 + 1000.0 * data.values, "unknown")
    one, other = (recipe_for(d.outcome, 2).fit(d).predict(grid()) for d in (data, feet))
    np.testing.assert_allclose(other.mean, 7.0 + 1000.0 * one.mean, rtol=1e-5)


def test_stored_hyperparameters_give_the_same_surrogate_bit_for_bit() -> None:
    data = runs(30, "unknown", sd=0.5)
    fitted = recipe_for(data.outcome, 2).fit(data)
    stored = json.loads(json.dumps(dict(fitted.hyperparameters)))
    again = recipe_for(data.outcome, 2).fit(data, start=stored, optimise=False)
    np.testing.assert_array_equal(fitted.predict(grid()).upper, again.predict(grid()).upper)


@pytest.mark.parametrize("noise", ["none", "known", "unknown"])
@pytest.mark.parametrize("count", [0, 1, 2])
def test_it_answers_from_the_first_run_on_and_for_equal_values(noise: str, count: int) -> None:
    data = dataset(grid()[:count], np.full(count, 3.0), noise, sd=0.1)
    prediction = recipe_for(data.outcome, 2).fit(data).predict(grid())
    assert np.isfinite(prediction.mean).all()
    assert (prediction.upper > prediction.lower).all()


def test_two_runs_that_disagree_without_noise_are_named() -> None:
    data = dataset(np.array([[0.2, 0.7], [0.2, 0.7]]), np.array([1.0, 2.0]), "none")
    with pytest.raises(DataError, match=r"queries 0 and 1 at \(0.2, 0.7\).*disagree, 1 and 2"):
        recipe_for(data.outcome, 2).fit(data)


def test_a_known_noise_that_did_not_come_is_named() -> None:
    data = dataset(np.array([[0.2, 0.7]]), np.array([1.0]), "known", sd=0.0)
    with pytest.raises(DataError, match=r"query 0: noise is 'known'.*0 came"):
        recipe_for(data.outcome, 2).fit(data)


def test_runs_told_between_fits_teach_as_much_as_a_fit_with_the_same_hyper_parameters() -> None:
    data = runs(30, "known", sd=0.5)
    first = fitted(part(data, slice(24)))
    assert isinstance(first.posterior, Posterior)
    told = first.told(data.units[24:], data.values[24:], data.sds[24:])
    y = (data.values - first.level) / first.scale
    again = conditioned(first.posterior.kernel, data.units, y, (data.sds / first.scale) ** 2)
    np.testing.assert_allclose(told.posterior.latent(grid()), again.latent(grid()), rtol=1e-8)


def test_a_run_that_says_nothing_of_its_noise_has_that_of_any() -> None:
    first = fitted(runs(24, "unknown", sd=0.5))
    units, values = grid()[:2], np.array([0.3, 0.7])
    mixed = first.told(units, values, np.array([np.nan, 0.1]))
    whole = first.told(units, values, np.array([np.sqrt(first.noise), 0.1]))
    np.testing.assert_allclose(mixed.latent(grid()), whole.latent(grid()), rtol=1e-12)


def test_what_is_left_out_is_what_a_fit_without_it_would_say() -> None:
    data = runs(20, "known", sd=0.5)
    surrogate = fitted(data)
    miss, variance = surrogate.left_out()
    posterior = surrogate.posterior
    assert isinstance(posterior, Posterior)
    y = (data.values - surrogate.level) / surrogate.scale
    order = np.lexsort(data.units.T[::-1])
    rest, one = order[1:], order[:1]
    noise = (data.sds / surrogate.scale) ** 2
    without = conditioned(posterior.kernel, data.units[rest], y[rest], noise[rest])
    m, v = without.latent(data.units[one])
    assert miss[0] == pytest.approx(surrogate.scale * (y[one] - m)[0], rel=1e-7)
    assert variance[0] == pytest.approx(surrogate.scale**2 * (v + noise[one])[0], rel=1e-7)


def test_effects_that_add_up_are_found_by_interactions() -> None:
    units = np.random.default_rng(4).random((60, 3))
    values = np.sin(9 * units[:, 0]) + np.cos(7 * units[:, 1]) + 4 * units[:, 2] ** 2
    surrogate = recipe_for(Number("f", noise="none"), 3).fit(dataset(units, values, "none"))
    assert surrogate.hyperparameters["form"] == "interactions"


def test_choices_have_no_order_and_teach_one_another_where_they_are_alike() -> None:
    """Choices 0 and 2 behave alike, 1 does not: an ordered axis would say the opposite."""
    rng = np.random.default_rng(5)
    choice, x = rng.integers(0, 3, 60), rng.random(60)
    units = np.column_stack([(choice + 0.5) / 3, x])
    values = np.where(choice == 1, -1.0, 1.0) * np.sin(6 * x)
    data = replace(dataset(units, values, "none"), choices=(3, 0))
    surrogate = recipe_for(data.outcome, 2).fit(data)
    middles = np.column_stack([(np.arange(3) + 0.5) / 3, np.full(3, 0.3)])
    np.testing.assert_allclose(
        surrogate.predict(middles).mean, np.sin(1.8) * np.array([1, -1, 1]), atol=0.02
    )


def test_hyper_parameters_learned_in_stages_are_as_likely_as_those_found_at_once() -> None:
    units = np.random.default_rng(6).random((440, 2))
    sites = number_sites(dataset(units, surface(units) + 0.1 * units[:, 0], "none"))
    form = number_form("rough", (0, 0))
    model = NumberModel(form, sites)
    at_once, _ = maximum_a_posteriori(model.evidence, model.prior, starts=[model.prior.centre])
    staged = model.theta(most_likely([form], sites, None))
    assert model.evidence(staged)[0] == pytest.approx(model.evidence(at_once)[0], abs=0.5)


def fitted(data: Dataset) -> NumberSurrogate:
    surrogate = recipe_for(data.outcome, 2).fit(data)
    assert isinstance(surrogate, NumberSurrogate)
    return surrogate


def part(data: Dataset, rows: slice) -> Dataset:
    return Dataset(
        data.outcome,
        data.units[rows],
        data.values[rows],
        data.trials[rows],
        data.sds[rows],
        data.queries[rows],
    )


def test_a_surrogate_misjudges_runs_where_the_response_bends_and_not_where_it_is_flat() -> None:
    units = np.random.default_rng(7).random((60, 2))
    values = np.arctan(40 * (units[:, 0] - 0.7))
    surrogate = fitted(dataset(units, values, "none"))
    at_the_front, far = np.array([[0.7, 0.5]]), np.array([[0.1, 0.5]])
    assert surrogate.misfit(at_the_front)[0] > 3 * surrogate.misfit(far)[0]


def test_a_surrogate_that_is_right_misjudges_nothing() -> None:
    surrogate = fitted(runs(200, "unknown", sd=2.0))
    assert surrogate.misfit(grid()).mean() == pytest.approx(1.0, abs=0.2)
