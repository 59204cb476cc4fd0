"""Support vectors: scikit-learn's own beside them, laws, and the limits of few labels."""

import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.svm import SVC

from surrogate.dataset import Dataset
from surrogate.errors import DataError, PlanError
from surrogate.models.base import Margin, Marginal
from surrogate.models.platt import platt
from surrogate.models.svm import (
    SideSurrogate,
    SupportVectorRecipe,
    TubeSurrogate,
    fold_of,
    support_vectors,
)
from surrogate.outcome import Binary, Count, Number, Outcome

Array = NDArray[np.float64]

GOAL = Binary("goal")
LENGTH = Number("length", unit="m")


def dataset(units: Array, values: NDArray[Any], outcome: Outcome = GOAL) -> Dataset:
    n = len(values)
    return Dataset(
        outcome, units, values.astype(float), np.ones(n), np.full(n, np.nan), np.arange(n)
    )


def disc(n: int, seed: int = 0) -> Dataset:
    units = np.random.default_rng(seed).random((n, 2))
    return dataset(units, ((units - 0.5) ** 2).sum(axis=1) < 0.15)


def sides(data: Dataset) -> SideSurrogate:
    found = SupportVectorRecipe(GOAL, data.dimension).fit(data)
    assert isinstance(found, SideSurrogate)
    return found


def tube(data: Dataset) -> TubeSurrogate:
    found = SupportVectorRecipe(LENGTH, data.dimension).fit(data)
    assert isinstance(found, TubeSurrogate)
    return found


def grid() -> Array:
    return np.random.default_rng(9).random((300, 2))


def test_it_keeps_the_promises_of_marginal_and_of_margin() -> None:
    surrogate = sides(disc(20))
    assert isinstance(surrogate, Marginal)
    assert isinstance(surrogate, Margin)


def test_decision_values_are_those_of_scikit_learn() -> None:
    data = disc(40)
    surrogate = sides(data)
    peer = SVC(C=surrogate.hyperparameters["C"], gamma=surrogate.hyperparameters["gamma"])
    peer.fit(data.units, data.values)
    expected = peer.decision_function(grid())
    np.testing.assert_allclose(surrogate.decision(grid()), expected, atol=1e-2)


def test_the_same_hyperparameters_give_the_same_surrogate_to_the_last_bit() -> None:
    data = disc(30)
    first = sides(data)
    start = json.loads(json.dumps(first.hyperparameters))
    again = SupportVectorRecipe(GOAL, 2).fit(data, start=start, optimise=False)
    np.testing.assert_array_equal(first.predict(grid()).lower, again.predict(grid()).lower)


def test_the_order_of_runs_does_not_matter() -> None:
    data = disc(30)
    order = np.random.default_rng(1).permutation(30)
    shuffled = dataset(data.units[order], data.values[order])
    one, other = (sides(d).predict(grid()) for d in (data, shuffled))
    np.testing.assert_array_equal(one.mean, other.mean)


def test_at_ten_labels_of_which_two_are_yes_it_does_not_predict_one_class() -> None:
    units = np.random.default_rng(3).random((10, 2))
    values = np.zeros(10)
    values[np.argsort(units[:, 0])[:2]] = 1.0
    decision = sides(dataset(units, values)).decision(units)
    np.testing.assert_array_equal(decision > 0, values > 0.5)


def test_many_labels_may_overrule_the_default_width() -> None:
    units = np.random.default_rng(4).random((150, 2))
    stripes = np.sin(25 * units[:, 0]) > 0
    surrogate = sides(dataset(units, stripes))
    few = sides(dataset(units[:9], stripes[:9]))
    assert surrogate.hyperparameters["gamma"] > 2 * few.hyperparameters["gamma"]


@pytest.mark.parametrize("n", [0, 1, 5])
def test_one_class_gives_the_interval_of_a_beta_and_no_decision(n: int) -> None:
    units = np.random.default_rng(5).random((n, 2))
    surrogate = sides(dataset(units, np.ones(n)))
    prediction = surrogate.predict(grid(), 0.9)
    np.testing.assert_allclose(prediction.mean, (1 + n) / (2 + n))
    np.testing.assert_allclose(prediction.lower, 0.05 ** (1 / (1 + n)))
    assert not surrogate.decision(grid()).any()
    assert not surrogate.knows_sides


@pytest.mark.parametrize("n", [2, 3, 5, 8])
def test_a_handful_of_labels_of_both_classes_can_be_fitted(n: int) -> None:
    units = np.random.default_rng(6).random((n, 2))
    prediction = sides(dataset(units, np.arange(n) % 2)).predict(grid())
    assert np.isfinite(prediction.mean).all()
    assert (prediction.lower <= prediction.mean).all()
    assert (prediction.mean <= prediction.upper).all()


def test_outcomes_of_a_coin_make_no_probability_extreme() -> None:
    extremes = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        units = rng.random((60, 2))
        prediction = sides(dataset(units, rng.random(60) < 0.5)).predict(grid())
        extremes.append(np.abs(prediction.mean - 0.5).max())
    assert np.median(extremes) < 0.25


def test_probabilities_hold_on_points_that_were_not_fitted() -> None:
    rng = np.random.default_rng(8)
    units = rng.random((400, 2))
    p = 1 / (1 + np.exp(-12 * (units[:, 0] - 0.5)))
    prediction = sides(dataset(units, rng.random(400) < p)).predict(grid())
    truth = 1 / (1 + np.exp(-12 * (grid()[:, 0] - 0.5)))
    assert np.abs(prediction.mean - truth).mean() < 0.08


def test_exceedance_agrees_with_the_interval() -> None:
    surrogate = sides(disc(40))
    prediction = surrogate.predict(grid(), 0.9)
    for i in (0, 100, 200):
        above = surrogate.exceedance(grid()[i : i + 1], float(prediction.lower[i]))
        np.testing.assert_allclose(above, 0.95, atol=1e-6)


def test_platt_at_constant_values_gives_the_mean_of_his_targets() -> None:
    y = np.array([1.0] * 6 + [-1.0] * 2)
    m, _ = platt(np.zeros(8), y).logit(np.zeros(1))
    targets = (6 * 7 / 8 + 2 * 1 / 4) / 8
    np.testing.assert_allclose(1 / (1 + np.exp(-m)), targets, atol=1e-3)


def test_platt_never_turns_the_decision_round() -> None:
    found = platt(np.array([2.0, 1.0, -1.0, -2.0]), np.array([-1.0, -1.0, 1.0, 1.0]))
    assert found.slope == 0.0


def test_two_labels_are_never_left_out_together() -> None:
    assert len(np.unique(fold_of(np.array([-1.0, 1.0])))) == 2


def test_a_number_is_learned_within_its_interval() -> None:
    rng = np.random.default_rng(10)
    units = rng.random((120, 2))
    values = 100 + 30 * np.sin(4 * units[:, 0]) + rng.normal(0, 2, 120)
    prediction = tube(dataset(units, values, LENGTH)).predict(grid(), 0.9)
    truth = 100 + 30 * np.sin(4 * grid()[:, 0])
    assert np.sqrt(np.mean((prediction.mean - truth) ** 2)) < 3.0
    assert np.mean((prediction.lower <= truth) & (truth <= prediction.upper)) > 0.9


@pytest.mark.parametrize("n", [0, 1, 2, 4])
def test_a_handful_of_numbers_can_be_fitted(n: int) -> None:
    units = np.random.default_rng(11).random((n, 2))
    prediction = tube(dataset(units, np.arange(n, dtype=float), LENGTH)).predict(grid())
    assert (prediction.lower < prediction.upper).all()


def test_a_count_is_refused_with_what_serves_it() -> None:
    with pytest.raises(PlanError, match="use 'gp' for a count"):
        support_vectors(Count("goals", of=3), 2)


def test_data_of_another_space_is_refused() -> None:
    with pytest.raises(DataError, match="2 columns"):
        SupportVectorRecipe(GOAL, 2).fit(dataset(np.zeros((3, 4)), np.zeros(3)))
