"""The surrogate of a probability: its laws, its limits, and scikit-learn's classifier beside it."""

import json
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process.kernels import RBF, ConstantKernel

from surrogate.dataset import Dataset
from surrogate.design import sobol
from surrogate.errors import DataError, PlanError
from surrogate.models.base import LookAhead, voice
from surrogate.models.conditioning import evidence_of
from surrogate.models.forms import FORMS, smooth, trended
from surrogate.models.posterior import Posterior
from surrogate.models.probability import ProbabilityRecipe
from surrogate.models.recipes import recipe, recipe_for
from surrogate.models.sites import CountSites, count_sites
from surrogate.outcome import Binary, Count

Array = NDArray[np.float64]

GOAL = Binary("goal")


def dataset(units: Array, values: Array, trials: int = 1) -> Dataset:
    n = len(values)
    outcome = GOAL if trials == 1 else Count("goals", of=trials)
    return Dataset(
        outcome, units, values, np.full(n, float(trials)), np.full(n, np.nan), np.arange(n)
    )


def truth(units: Array) -> Array:
    return np.asarray(norm.cdf(2.5 * np.sin(3 * units[:, 0]) * np.cos(2 * units[:, 1]) - 0.8))


def shots(n: int, seed: int = 0, dimension: int = 2) -> Dataset:
    rng = np.random.default_rng(seed)
    units = rng.random((n, dimension))
    return dataset(units, (rng.random(n) < truth(units)).astype(float))


def grid(dimension: int = 2) -> Array:
    return np.random.default_rng(9).random((200, dimension))


def test_it_keeps_the_promises_of_look_ahead() -> None:
    assert isinstance(recipe_for(GOAL, 2).fit(shots(12)), LookAhead)


def test_no_data_gives_the_prior_even_odds_and_a_wide_interval() -> None:
    prediction = recipe_for(GOAL, 2).fit(shots(0)).predict(grid())
    np.testing.assert_allclose(prediction.mean, 0.5)
    assert prediction.lower.max() < 0.02
    assert prediction.upper.min() > 0.98


def test_ten_equal_outcomes_do_not_give_certainty() -> None:
    data = shots(10)
    prediction = recipe_for(GOAL, 2).fit(dataset(data.units, np.ones(10))).predict(data.units)
    assert prediction.mean.min() > 0.8
    assert prediction.mean.max() < 0.98
    assert prediction.lower.max() < 0.9


def test_the_order_of_runs_does_not_matter_to_the_last_bit() -> None:
    data = shots(40)
    order = np.random.default_rng(1).permutation(40)
    shuffled = dataset(data.units[order], data.values[order])
    one, other = (recipe_for(GOAL, 2).fit(d).predict(grid()) for d in (data, shuffled))
    np.testing.assert_array_equal(one.mean, other.mean)
    np.testing.assert_array_equal(one.upper, other.upper)


def test_replicates_count_as_much_as_one_count_of_them() -> None:
    rng = np.random.default_rng(2)
    places = rng.random((15, 2))
    yes = rng.binomial(4, truth(places)).astype(float)
    runs = np.concatenate([np.arange(4) < k for k in yes]).astype(float)
    apart = recipe_for(GOAL, 2).fit(dataset(np.repeat(places, 4, axis=0), runs))
    counted = recipe_for(Count("goals", of=4), 2).fit(dataset(places, yes, trials=4))
    np.testing.assert_array_equal(apart.predict(grid()).mean, counted.predict(grid()).mean)


def test_stored_hyperparameters_give_the_same_surrogate_bit_for_bit() -> None:
    data = shots(50)
    fitted = recipe_for(GOAL, 2).fit(data)
    stored = json.loads(json.dumps(dict(fitted.hyperparameters)))
    again = recipe_for(GOAL, 2).fit(data, start=stored, optimise=False)
    for coverage in (0.5, 0.95):
        one, other = fitted.predict(grid(), coverage), again.predict(grid(), coverage)
        np.testing.assert_array_equal(one.mean, other.mean)
        np.testing.assert_array_equal(one.lower, other.lower)


def test_a_warm_start_leads_to_the_same_optimum() -> None:
    data = shots(80)
    cold = recipe_for(GOAL, 2).fit(data)
    warm = recipe_for(GOAL, 2).fit(data, start=recipe_for(GOAL, 2).fit(shots(60)).hyperparameters)
    np.testing.assert_allclose(warm.predict(grid()).mean, cold.predict(grid()).mean, atol=0.01)


@pytest.mark.parametrize("form", sorted(FORMS))
def test_the_gradient_of_the_evidence_agrees_with_differences(form: str) -> None:
    chosen = FORMS[form](2)
    evidence = evidence_of(chosen, count_sites(shots(30)), tolerance=1e-10, missing=0.0)
    theta, h = chosen.prior.centre + 0.2, 1e-4
    gradient = evidence(theta)[1]
    for j, step in enumerate(h * np.eye(len(theta))):
        slope = (evidence(theta + step)[0] - evidence(theta - step)[0]) / (2 * h)
        assert gradient[j] == pytest.approx(slope, abs=1e-5)


def test_a_search_goes_on_after_a_place_whose_evidence_is_lost() -> None:
    chosen = FORMS["smooth"](2)
    evidence = evidence_of(chosen, count_sites(shots(30)))
    with np.errstate(invalid="ignore"):
        lost, _ = evidence(np.full(len(chosen.labels), np.nan))
    assert np.isnan(lost)
    assert np.isfinite(evidence(chosen.prior.centre)[0])


def test_messages_that_do_not_settle_are_told_to_who_reads_the_map(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fitted = recipe_for(GOAL, 2).fit(shots(40))
    assert voice(fitted) == ""
    monkeypatch.setattr("surrogate.models.propagation._MOST_SWEEPS", 1)
    hasty = recipe_for(GOAL, 2).fit(shots(40), start=fitted.hyperparameters, optimise=False)
    assert voice(hasty) == (
        "Intervals come from messages that did not settle, so that they may be off."
    )


def test_probabilities_agree_with_scikit_learns_laplace_classifier() -> None:
    """The same covariance on a logistic scale, s = 1.7 probit's; Laplace pulls towards a half."""
    data = shots(150, seed=4)
    values = {"form": "analytic", "variance": 1.5, "length.0": 0.4, "length.1": 0.4}
    ours = ProbabilityRecipe(GOAL, 2, ("analytic",)).fit(data, start=values, optimise=False)
    kernel = ConstantKernel(1.7**2) + ConstantKernel(1.7**2 * 1.5) * RBF(0.4)
    theirs = GaussianProcessClassifier(kernel, optimizer=None).fit(data.units, data.values)
    gap = ours.predict(grid()).mean - theirs.predict_proba(grid())[:, 1]
    assert np.abs(gap).mean() < 0.015
    assert np.abs(gap).max() < 0.05


def test_exceedance_agrees_with_the_ends_of_intervals() -> None:
    surrogate = recipe_for(GOAL, 2).fit(shots(40))
    point = grid()[:1]
    prediction = surrogate.predict(point, 0.9)
    assert surrogate.exceedance(point, float(prediction.lower[0])) == pytest.approx(0.95)
    assert surrogate.exceedance(point, float(prediction.upper[0])) == pytest.approx(0.05)


def test_covariance_has_the_latent_variances_on_its_diagonal_and_blocks_change_nothing() -> None:
    surrogate = recipe_for(GOAL, 2).fit(shots(30))
    many = np.tile(grid(), (150, 1))
    m, v = surrogate.latent(many)
    np.testing.assert_allclose(v[:200], np.diagonal(surrogate.covariance(grid(), grid())))
    np.testing.assert_allclose(m[-200:], m[:200], rtol=1e-10)


def test_a_lesson_lowers_a_variance_and_never_below_zero() -> None:
    m, v = np.array([0.0, 2.0, -5.0]), np.array([0.1, 4.0, 400.0])
    one = recipe_for(GOAL, 2).fit(shots(5)).lesson(m, v)
    ten = recipe_for(Count("goals", of=10), 2).fit(dataset(grid()[:1], np.ones(1), 10)).lesson(m, v)
    assert one[0] == pytest.approx((2 / np.pi) / 1.1)
    assert (one < ten).all()
    assert (ten * v < 1).all()


def test_intervals_cover_the_truth_of_a_smooth_problem() -> None:
    covered = []
    for seed in range(4):
        prediction = recipe_for(GOAL, 2).fit(shots(120, seed=seed)).predict(grid())
        p = truth(grid())
        covered.append(np.mean((prediction.lower <= p) & (p <= prediction.upper)))
    assert 0.88 < np.mean(covered) <= 1.0


def test_counts_beyond_their_trials_are_refused_with_the_query() -> None:
    with pytest.raises(DataError, match=r"query 0: 3 yes of 1 trials"):
        recipe_for(GOAL, 2).fit(dataset(np.zeros((1, 2)), np.array([3.0])))


def test_another_space_and_an_unknown_recipe_are_refused() -> None:
    with pytest.raises(DataError, match="3 columns of units were expected, 2 came"):
        recipe_for(GOAL, 3).fit(shots(3))
    with pytest.raises(PlanError, match="'forest' came"):
        recipe("forest", GOAL, 2)
    with pytest.raises(DataError, match="'tree' came; they belong to another recipe"):
        recipe_for(GOAL, 2).fit(shots(3), start={"form": "tree"}, optimise=False)


def test_sites_are_unique_and_keep_all_trials() -> None:
    units = np.array([[0.5, 0.5], [0.1, 0.2], [0.5, 0.5]])
    sites = count_sites(dataset(units, np.array([1.0, 0.0, 0.0])))
    assert isinstance(sites, CountSites)
    np.testing.assert_array_equal(sites.units, [[0.1, 0.2], [0.5, 0.5]])
    np.testing.assert_array_equal(sites.yes + sites.no, [1.0, 2.0])


def test_hyper_parameters_that_lack_one_are_refused() -> None:
    with pytest.raises(DataError, match=r"lack length\.1"):
        smooth(2).member({"form": "smooth", "variance": 1.0, "length.0": 1.0})


def test_a_run_told_without_a_fit_is_foreseen_to_a_hundredth() -> None:
    data, recipe = shots(61), ProbabilityRecipe(GOAL, 2)
    fitted = recipe.fit(dataset(data.units[:60], data.values[:60]))
    told = fitted.told(data.units[60:], data.values[60:], np.ones(1)).predict(grid())
    again = recipe.fit(data, start=fitted.hyperparameters, optimise=False).predict(grid())
    assert np.abs(again.mean - fitted.predict(grid()).mean).max() > 0.02
    assert np.abs(told.mean - again.mean).max() < 0.01
    assert np.abs(told.upper - again.upper).max() < 0.02


def test_the_first_run_told_is_exact() -> None:
    recipe = ProbabilityRecipe(GOAL, 2)
    told = recipe.fit(shots(0)).told(grid()[:1], np.ones(1), np.ones(1))
    known = dataset(grid()[:1], np.ones(1))
    fitted = recipe.fit(known, start=told.hyperparameters, optimise=False)
    np.testing.assert_allclose(told.predict(grid()).mean, fitted.predict(grid()).mean, atol=1e-5)


def steep(units: Array) -> Array:
    return np.asarray(norm.cdf(10.0 * (units[:, 0] - 0.3 - 0.5 * units[:, 1] ** 2)))


def test_alternatives_read_in_single_precision_leave_five_digits_of_doubt() -> None:
    units = sobol(3, 120, seed=4)
    yes = (np.random.default_rng(5).random(120) < steep(units)).astype(float)
    process = ProbabilityRecipe(GOAL, 3, ("axes",)).fit(dataset(units, yes)).posterior
    assert isinstance(process, Posterior)
    others = tuple(replace(other, rough=False) for other in process.alternatives)
    q = np.random.default_rng(6).random((300, 3))
    mean = process.mean(q)
    exact = replace(process, alternatives=others).gaps(q, mean)
    assert np.abs(exact).max() > 0.1
    np.testing.assert_allclose(process.gaps(q, mean), exact, atol=1e-4)


def test_a_plane_alone_is_probit_regression_by_integration_over_its_slopes() -> None:
    x = np.array([0.05, 0.2, 0.3, 0.6, 0.7, 0.95])
    yes = np.array([0.0, 0.0, 1.0, 0.0, 1.0, 1.0])
    values = {"form": "trended", "variance": 1e-9, "length.0": 1.0, "slope.variance": 6.0}
    known = ProbabilityRecipe(GOAL, 1, doubt=False).fit(
        dataset(x[:, None], yes), start=values, optimise=False
    )
    level, slope = np.meshgrid(np.linspace(-6, 6, 301), np.linspace(-16, 16, 301))
    weight = norm.pdf(level) * norm.pdf(slope, scale=6.0**0.5)
    for place, answer in zip(x, yes, strict=True):
        weight *= norm.cdf((2 * answer - 1) * (level + slope * (place - 0.5)))
    for q, p in zip(x, known.predict(x[:, None]).mean, strict=True):
        exact = np.sum(weight * norm.cdf(level + slope * (q - 0.5))) / weight.sum()
        assert p == pytest.approx(exact, abs=0.005)


def test_what_rises_all_over_the_space_is_known_beyond_where_it_was_seen() -> None:
    rng = np.random.default_rng(2)
    units = rng.random((120, 2)) * [0.6, 1.0]
    data = dataset(units, (rng.random(120) < norm.cdf(4 * units[:, 0] - 1.6)).astype(float))
    far = np.array([[0.95, 0.2], [0.95, 0.8]])
    least = [recipe(name, GOAL, 2).fit(data).predict(far).lower.min() for name in ("gp", "gp-rbf")]
    assert least[0] > least[1] + 0.1


def test_the_weight_of_slopes_goes_down_where_there_are_none() -> None:
    rng, units = np.random.default_rng(2), np.random.default_rng(1).random((150, 2))
    wave = norm.cdf(2.5 * np.cos(6 * np.pi * units[:, 0]))
    data = dataset(units, (rng.random(150) < wave).astype(float))
    found = recipe_for(GOAL, 2).fit(data).hyperparameters["slope.variance"]
    assert found < 0.6 * np.exp(trended(2).prior.centre[-1])


def flipped(n: int, rate: float) -> Dataset:
    rng = np.random.default_rng(3)
    units = rng.random((n, 2))
    yes = rng.random(n) < steep(units)
    return dataset(units, (yes ^ (rng.random(n) < rate)).astype(float))


def test_a_lapse_rate_that_is_known_gives_back_the_certainty_that_errors_take() -> None:
    data, p = flipped(300, 0.1), steep(grid())
    errors = [
        np.mean((ProbabilityRecipe(outcome, 2).fit(data).predict(grid()).mean - p) ** 2)
        for outcome in (GOAL, Binary("goal", lapse=0.1))
    ]
    assert errors[1] < 0.7 * errors[0]


def test_a_lapse_rate_is_learned_stored_and_taken_back() -> None:
    recipe, data = ProbabilityRecipe(Binary("goal", lapse="learned"), 2), flipped(300, 0.1)
    fitted = recipe.fit(data)
    again = recipe.fit(data, start=fitted.hyperparameters, optimise=False)
    assert fitted.lapse > 0.0
    assert recipe.fit(flipped(300, 0.0)).lapse == 0.0
    np.testing.assert_array_equal(fitted.predict(grid()).mean, again.predict(grid()).mean)


def test_the_gradient_of_the_evidence_with_lapses_agrees_with_differences() -> None:
    sites = replace(count_sites(flipped(30, 0.1)), lapse=0.05)
    chosen, h = FORMS["smooth"](2), 1e-4
    evidence = evidence_of(chosen, sites, tolerance=1e-10, missing=0.0)
    theta = np.log([1.2, 0.6, 0.6])  # no answer is belied by its neighbours, and held back
    gradient = evidence(theta)[1]
    for j, step in enumerate(h * np.eye(len(theta))):
        slope = (evidence(theta + step)[0] - evidence(theta - step)[0]) / (2 * h)
        assert gradient[j] == pytest.approx(slope, abs=1e-4)


@pytest.mark.parametrize("lapse", [-0.1, 0.5, "some"])
def test_a_lapse_rate_that_is_no_chance_is_refused(lapse: float | str) -> None:
    with pytest.raises(PlanError, match="'goal': lapse is a chance in"):
        Binary("goal", lapse)
