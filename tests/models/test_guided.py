"""Guides: a good one teaches, a useless one costs little, and either can be made again."""

import json
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import norm

from surrogate.dataset import Dataset
from surrogate.errors import PlanError
from surrogate.expression import Expression
from surrogate.kernels import ard
from surrogate.models.base import LookAhead
from surrogate.models.guided import GuidedRecipe, foretold, guide_words, guided_by, held_out
from surrogate.models.helping import HelperRecipe, parted
from surrogate.models.heuristic import HeuristicRecipe
from surrogate.models.numbers import NumberRecipe
from surrogate.models.probability import ProbabilityRecipe
from surrogate.models.recipes import recipe, recipe_for
from surrogate.outcome import Binary, Count, Number
from surrogate.profiles import Matern52
from surrogate.space import Real, Space

Array = NDArray[np.float64]

SPACE = Space({"x": Real(-2, 2), "y": Real(0, 10)})
YES = Binary("yes")


def latent(units: Array) -> Array:
    return np.asarray(3.0 * np.sin(4 * units[:, 0]) * (units[:, 1] - 0.4))


def told(n: int, seed: int = 0, *, misleading: bool = False) -> Dataset:
    """Yes where latent + noise is positive; the margin is that, or has nothing to do with it."""
    rng = np.random.default_rng(seed)
    units = rng.random((n, 2))
    margin = latent(units) + rng.normal(size=n)
    seen = rng.normal(size=n) if misleading else 7.0 * margin
    nan, trials = np.full(n, np.nan), np.ones(n)
    values = (margin > 0).astype(float)
    return Dataset(YES, units, values, trials, nan, np.arange(n), helps={"margin": seen})


def part(data: Dataset, rows: NDArray[np.int64]) -> Dataset:
    return Dataset(
        data.outcome,
        data.units[rows],
        data.values[rows],
        data.trials[rows],
        data.sds[rows],
        data.queries[rows],
    )


def helped() -> GuidedRecipe:
    return guided_by([HelperRecipe("margin")], recipe_for(YES, 2))


def grid() -> Array:
    return np.random.default_rng(9).random((300, 2))


def error(surrogate: LookAhead) -> float:
    return float(np.abs(surrogate.predict(grid()).mean - ndtr(latent(grid()))).mean())


@pytest.mark.slow
def test_a_margin_lowers_the_error_by_a_tenth_and_more() -> None:
    alone = [error(recipe_for(YES, 2).fit(told(160, seed))) for seed in range(4)]
    beside = [error(helped().fit(told(160, seed))) for seed in range(4)]
    assert np.mean(beside) < 0.9 * np.mean(alone)


def test_a_misleading_helper_costs_little() -> None:
    alone = [error(recipe_for(YES, 2).fit(told(80, seed))) for seed in range(4)]
    beside = [error(helped().fit(told(80, seed, misleading=True))) for seed in range(4)]
    assert np.mean(beside) < 1.1 * np.mean(alone)


@pytest.mark.slow
def test_intervals_stay_honest_with_a_helper() -> None:
    truth, held = ndtr(latent(grid())), []
    for seed in range(6):
        read = helped().fit(told(80, seed)).predict(grid(), 0.9)
        held.append(np.mean((read.lower <= truth) & (truth <= read.upper)))
    assert 0.85 < np.mean(held) <= 1.0


def test_a_helpers_process_is_one_with_its_covariances() -> None:
    surrogate = helped().fit(told(60))
    assert isinstance(surrogate, LookAhead)
    _, v = surrogate.latent(grid()[:40])
    covariance = surrogate.covariance(grid()[:40], grid()[:40])
    np.testing.assert_allclose(np.diagonal(covariance), v, rtol=1e-6, atol=1e-9)
    assert np.linalg.eigvalsh(covariance).min() > -1e-8


@pytest.mark.parametrize("misleading", [False, True])
def test_hyper_parameters_make_it_again_whether_it_is_guided_or_not(misleading: bool) -> None:
    data = told(40, misleading=misleading)
    found = helped().fit(data)
    stored = json.loads(json.dumps(found.hyperparameters))
    again = helped().fit(data, start=stored, optimise=False)
    np.testing.assert_array_equal(again.predict(grid()).mean, found.predict(grid()).mean)


def test_a_run_that_gave_no_margin_is_read_and_not_left_out() -> None:
    data = told(40)
    some = replace(
        data, helps={"margin": np.where(np.arange(40) % 4, data.helps["margin"], np.nan)}
    )
    assert helped().fit(some).hyperparameters["form"] == "guided by line"


@pytest.mark.parametrize(
    ("m", "share", "expected"),
    [
        ([-2.0, -1.0, 1.0, 3.0], [0, 0, 1, 1], (0.0, 1.0)),
        ([-2.0, -1.0, 1.0, 3.0], [1, 1, 0, 0], (0.0, -1.0)),
        ([5.0, 6.0, 8.0, 9.0], [0, 0, 1, 1], (7.0, 1.0)),
    ],
)
def test_yes_and_no_are_parted_where_fewest_lie_wrong(
    m: list[float], share: list[float], expected: tuple[float, float]
) -> None:
    assert parted(np.array(m), np.array(share, dtype=float)) == expected


def test_a_heuristic_on_another_scale_is_trusted_and_one_that_is_noise_is_not() -> None:
    guess = HeuristicRecipe(Expression("1e3 + 500 * sin(x + 2) * (y - 4)"), SPACE)
    wild = HeuristicRecipe(lambda point: float(np.sin(1e4 * float(point["x"]))), SPACE)
    alone = [error(recipe_for(YES, 2).fit(told(60, seed))) for seed in range(4)]
    good, bad = (
        [error(guided_by([each], recipe_for(YES, 2)).fit(told(60, seed))) for seed in range(4)]
        for each in (guess, wild)
    )
    assert np.mean(good) < 0.9 * np.mean(alone)
    assert np.mean(bad) < 1.1 * np.mean(alone)


@pytest.mark.parametrize("outcome", [Count("yes", of=4), Number("z", noise="unknown")])
def test_a_heuristic_serves_counts_and_numbers(outcome: Count | Number) -> None:
    data = told(40)
    values = np.round(4 * ndtr(latent(data.units)))
    trials = np.full(40, 4.0 if isinstance(outcome, Count) else 1.0)
    data = replace(data, outcome=outcome, values=values, trials=trials)
    guess = HeuristicRecipe(Expression("sin(x + 2) * (y - 4)"), SPACE)
    plain = recipe_for(outcome, 2)
    surrogate = guided_by([guess], plain).fit(data)
    assert surrogate.hyperparameters["form"] == "guided by curve"
    units = data.units
    miss = np.abs(surrogate.predict(units).mean - values / trials).mean()
    assert miss < 1.2 * np.abs(plain.fit(data).predict(units).mean - values / trials).mean()


def test_what_a_guess_leaves_of_a_number_may_be_smoother_than_the_number() -> None:
    z = Number("z", noise="none")
    guess = HeuristicRecipe(Expression("sin(9 * x) * cos(2 * y)"), SPACE)

    def response(units: Array) -> Array:
        x, y = 4.0 * units[:, 0] - 2.0, 10.0 * units[:, 1]
        return np.asarray(np.sin(9.0 * x) * np.cos(2.0 * y) + 0.3 * np.sin(x + 0.2 * y))

    units = np.random.default_rng(0).random((50, 2))
    data = replace(told(50), outcome=z, units=units, values=response(units))
    surrogate = guided_by([guess], recipe_for(z, 2)).fit(data)
    assert surrogate.hyperparameters["form"] == "guided by curve, analytic"
    missed = np.abs(surrogate.predict(grid()).mean - response(grid())).mean()
    assert missed < 1e-3
    again = guided_by([guess], recipe_for(z, 2)).fit(
        data, start=surrogate.hyperparameters, optimise=False
    )
    np.testing.assert_array_equal(again.predict(grid()).mean, surrogate.predict(grid()).mean)


def test_numbers_held_out_are_foretold_as_by_a_fit_without_them() -> None:
    z = Number("z", noise="unknown")
    data = replace(told(12), outcome=z, values=latent(told(12).units))
    values = {"form": "smooth", "variance": 2.0, "length.0": 0.4, "length.1": 0.8, "noise": 0.1}
    surrogate = NumberRecipe(z, 2).fit(data, start=values, optimise=False)
    units, y = data.units, (data.values - np.mean(data.values)) / np.std(data.values)
    K = 1.0 + 2.0 * ard(Matern52(), (0.4, 0.8))(units, units) + 0.1 * np.eye(12)
    expected = 0.0
    for i in range(12):
        rest = np.delete(np.arange(12), i)
        pull = np.linalg.solve(K[np.ix_(rest, rest)], K[rest, i])
        expected += norm.logpdf(y[i], pull @ y[rest], np.sqrt(K[i, i] - pull @ K[rest, i]))
    assert held_out(surrogate, data) == pytest.approx(expected, rel=1e-8)


def test_answers_held_out_are_foretold_nearly_as_by_a_fit_without_them() -> None:
    data = told(15)
    values = {"form": "smooth", "variance": 2.0, "length.0": 0.4, "length.1": 0.8}
    plain = ProbabilityRecipe(YES, 2, doubt=False)
    expected = 0.0
    for i in range(15):
        rest = part(data, np.delete(np.arange(15), i))
        p = plain.fit(rest, start=values, optimise=False).predict(data.units[[i]]).mean[0]
        expected += np.log(p if data.values[i] else 1.0 - p)
    surrogate = plain.fit(data, start=values, optimise=False)
    # a cavity is nearly, not quite, what expectation propagation finds without the run
    assert held_out(surrogate, data) == pytest.approx(expected, abs=0.1)


def test_answers_are_foretold_nearly_as_by_fits_to_those_before_each() -> None:
    data = told(15)
    values = {"form": "smooth", "variance": 2.0, "length.0": 0.4, "length.1": 0.8}
    plain = ProbabilityRecipe(YES, 2, doubt=False)
    expected = 0.0
    for i in range(15):
        before = part(data, np.arange(i))
        p = plain.fit(before, start=values, optimise=False).predict(data.units[[i]]).mean[0]
        expected += np.log(p if data.values[i] else 1.0 - p)
    surrogate = plain.fit(data, start=values, optimise=False)
    assert foretold(surrogate, data) == pytest.approx(expected, abs=0.1)
    assert abs(held_out(surrogate, data) - expected) > 0.5


def test_people_are_told_whether_a_guide_is_used() -> None:
    found = helped()
    assert "Margin helps" in guide_words(found, found.fit(told(160)).hyperparameters)
    assert "no help so far" in guide_words(found, {"form": "smooth"})
    assert guide_words(recipe_for(YES, 2), {}) == ""


def test_a_guess_of_nothing_and_a_recipe_that_takes_none_are_refused() -> None:
    with pytest.raises(PlanError, match=r"names z; the space has x, y"):
        HeuristicRecipe(Expression("z + 1"), SPACE)
    with pytest.raises(PlanError, match="takes no guides"):
        guided_by([HelperRecipe("margin")], recipe("svm", YES, 2))
    undefined = HeuristicRecipe(Expression("1 / (y - y)"), SPACE)
    with np.errstate(all="ignore"), pytest.raises(PlanError, match="a finite number was expected"):
        undefined.fit(told(5), start={}, optimise=True)
