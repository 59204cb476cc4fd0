"""Any scikit-learn estimator: the same again from its record, and an uncertainty that is named."""

import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import Matern

from surrogate.dataset import Dataset
from surrogate.errors import PlanError
from surrogate.models.base import Marginal
from surrogate.models.foreign import OWN, REFITS, SPREAD, ForeignRecipe, expanded
from surrogate.outcome import Binary, Count, Number, Outcome

Array = NDArray[np.float64]

GOAL = Binary("goal")
LENGTH = Number("length", unit="m", noise="none")
FOREST = "sklearn.ensemble.RandomForestRegressor"
LOGISTIC = "sklearn.linear_model.LogisticRegression"
CLASSIFIERS: list[tuple[str, dict[str, Any]]] = [
    (LOGISTIC, {}),
    ("sklearn.ensemble.RandomForestClassifier", {"n_estimators": 10}),
    ("sklearn.ensemble.GradientBoostingClassifier", {"n_estimators": 10}),
    ("sklearn.linear_model.RidgeClassifier", {}),
]
REGRESSORS: list[tuple[str, dict[str, Any], str]] = [
    (FOREST, {"n_estimators": 10}, SPREAD),
    ("sklearn.ensemble.GradientBoostingRegressor", {"n_estimators": 10}, REFITS),
    ("sklearn.linear_model.BayesianRidge", {}, OWN),
]
MATERN = {
    "kernel": {"is": "sklearn.gaussian_process.kernels.Matern", "nu": 2.5},
    "alpha": 1e-6,
    "optimizer": None,
}


def dataset(units: Array, values: NDArray[Any], outcome: Outcome, trials: int = 1) -> Dataset:
    n = len(values)
    of, unknown = np.full(n, float(trials)), np.full(n, np.nan)
    return Dataset(outcome, units, values.astype(float), of, unknown, np.arange(n))


def rows(n: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).random((n, 2))


def halves(n: int = 40) -> Dataset:
    return dataset(rows(n), rows(n)[:, 0] > 0.5, GOAL)


def waves(n: int = 60) -> Dataset:
    return dataset(rows(n), np.sin(4 * rows(n)[:, 0]), LENGTH)


@pytest.mark.parametrize(("path", "parameters"), CLASSIFIERS)
def test_a_classifier_tells_the_sides_apart(path: str, parameters: dict[str, Any]) -> None:
    surrogate = ForeignRecipe(GOAL, 2, path, parameters).fit(halves())
    assert isinstance(surrogate, Marginal)
    prediction = surrogate.predict(rows(200, 1))
    assert np.mean((prediction.mean > 0.5) == (rows(200, 1)[:, 0] > 0.5)) > 0.9
    assert (prediction.lower <= prediction.mean).all()
    assert (prediction.mean < 1.0).all()


@pytest.mark.parametrize(("path", "parameters", "interval"), REGRESSORS)
def test_each_regressor_names_its_uncertainty(
    path: str, parameters: dict[str, Any], interval: str
) -> None:
    surrogate = ForeignRecipe(LENGTH, 2, path, parameters).fit(waves())
    assert surrogate.interval == interval
    prediction = surrogate.predict(rows(50, 1))
    assert (prediction.upper >= prediction.lower).all()


def test_a_foreign_gaussian_process_is_that_of_scikit_learn() -> None:
    path = "sklearn.gaussian_process.GaussianProcessRegressor"
    prediction = ForeignRecipe(LENGTH, 2, path, MATERN).fit(waves()).predict(rows(20, 1))
    peer = GaussianProcessRegressor(Matern(nu=2.5), alpha=1e-6, optimizer=None)
    m, sd = peer.fit(waves().units, waves().values).predict(rows(20, 1), return_std=True)
    np.testing.assert_allclose(prediction.mean, m, atol=1e-5)
    np.testing.assert_allclose(prediction.upper, m + 1.959964 * sd, atol=1e-5)


def test_the_spread_of_a_forest_is_that_of_its_trees() -> None:
    data = waves()
    order = np.lexsort((data.values, *data.units.T))
    peer = RandomForestRegressor(n_estimators=10, random_state=3)
    peer.fit(data.units[order], data.values[order])
    trees = np.array([tree.predict(rows(20, 1)) for tree in peer.estimators_])
    recipe = ForeignRecipe(LENGTH, 2, FOREST, {"n_estimators": 10}, seed=3)
    mean, sd = recipe.fit(data).moments(rows(20, 1))
    np.testing.assert_allclose(mean, peer.predict(rows(20, 1)))
    np.testing.assert_allclose(sd, trees.std(axis=0, ddof=1))


def test_its_record_gives_the_same_surrogate_again() -> None:
    recipe = ForeignRecipe(GOAL, 2, *CLASSIFIERS[1], seed=5)
    first = recipe.fit(halves())
    record = json.loads(json.dumps(first.hyperparameters))
    other = ForeignRecipe(GOAL, 2, LOGISTIC)
    again = other.fit(halves(), start=record, optimise=False)
    np.testing.assert_array_equal(
        first.predict(rows(30, 1)).lower, again.predict(rows(30, 1)).lower
    )


def test_an_estimator_inside_another_is_seeded_too() -> None:
    inner = {"is": "sklearn.tree.DecisionTreeRegressor", "max_features": 1, "splitter": "random"}
    path = "sklearn.compose.TransformedTargetRegressor"
    recipe = ForeignRecipe(LENGTH, 2, path, {"regressor": inner}, seed=5)
    one, other = (recipe.fit(waves()).predict(rows(30, 1)) for _ in range(2))
    np.testing.assert_array_equal(one.upper, other.upper)


def test_the_order_of_runs_does_not_matter() -> None:
    data = halves()
    turned = dataset(data.units[::-1], data.values[::-1], GOAL)
    recipe = ForeignRecipe(GOAL, 2, *CLASSIFIERS[2])
    one, other = (recipe.fit(d).predict(rows(30, 1)).upper for d in (data, turned))
    np.testing.assert_array_equal(one, other)


def test_intervals_narrow_as_runs_come_in() -> None:
    recipe = ForeignRecipe(GOAL, 2, LOGISTIC)
    few, many = (recipe.fit(halves(n)).predict(rows(100, 1)) for n in (12, 200))
    assert np.mean(many.upper - many.lower) < np.mean(few.upper - few.lower)


def test_a_stiff_classifier_is_no_surer_than_as_many_answers_at_one_point() -> None:
    prediction = ForeignRecipe(GOAL, 2, LOGISTIC).fit(halves(12)).predict(rows(100, 1))
    widths = prediction.upper - prediction.lower
    middle = np.abs(prediction.mean - 0.5) < 0.1
    assert widths[middle].min() > 2 * 1.96 * np.sqrt(0.25 / 14) * 0.8


def test_exceedance_agrees_with_the_interval() -> None:
    surrogate = ForeignRecipe(GOAL, 2, LOGISTIC).fit(halves())
    low = surrogate.predict(rows(1, 1), 0.9).lower
    above = surrogate.exceedance(rows(1, 1), float(low[0]))
    np.testing.assert_allclose(above, 0.95)


def test_a_count_is_as_many_rows_of_yes_and_no() -> None:
    units, y = expanded(rows(2), np.array([2.0, 0.0]), np.array([3.0, 3.0]))
    assert len(units) == 6
    assert y.sum() == 2
    np.testing.assert_array_equal(units[y == 1.0], rows(2)[[0, 0]])


def test_counts_are_learned() -> None:
    goals = Count("goals", of=5)
    values = np.where(rows(40)[:, 0] > 0.5, 4, 1)
    fitted = ForeignRecipe(goals, 2, LOGISTIC).fit(dataset(rows(40), values, goals, 5))
    p = fitted.predict(np.array([[0.05, 0.5], [0.95, 0.5]])).mean
    assert p[0] < 0.4
    assert p[1] > 0.6


@pytest.mark.parametrize("n", [0, 3])
def test_one_class_gives_a_wide_interval_that_is_the_same_everywhere(n: int) -> None:
    fitted = ForeignRecipe(GOAL, 2, LOGISTIC).fit(dataset(rows(n), np.ones(n), GOAL))
    prediction = fitted.predict(rows(10, 1))
    assert np.ptp(prediction.mean) == 0.0
    assert prediction.upper[0] - prediction.lower[0] > 0.4


def test_an_estimator_of_the_other_kind_is_refused() -> None:
    with pytest.raises(PlanError, match="a classifier was expected for outcome 'goal'"):
        ForeignRecipe(GOAL, 2, FOREST)


@pytest.mark.parametrize("path", ["sklearn.nowhere.Nothing", "sklearn.svm.Nothing", "Nothing"])
def test_a_path_that_leads_nowhere_is_refused(path: str) -> None:
    with pytest.raises(PlanError, match="cannot be imported"):
        ForeignRecipe(GOAL, 2, path)


def test_what_is_no_estimator_is_refused() -> None:
    with pytest.raises(PlanError, match="no scikit-learn estimator"):
        ForeignRecipe(GOAL, 2, "collections.OrderedDict")


def test_a_parameter_it_does_not_have_is_refused() -> None:
    with pytest.raises(PlanError, match="depths"):
        ForeignRecipe(LENGTH, 2, FOREST, {"depths": 3})


def test_a_parameter_that_is_an_object_is_refused_with_the_remedy() -> None:
    with pytest.raises(PlanError, match=r"import\.path"):
        ForeignRecipe(LENGTH, 2, FOREST, {"max_depth": object()})
