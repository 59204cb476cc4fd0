"""The cost of a run: learned on the log scale."""

import numpy as np
import pytest
from numpy.typing import NDArray

from surrogate.dataset import COST, Dataset, gather_costs
from surrogate.models.cost import Cost, learn_cost
from surrogate.records import Observation
from surrogate.space import Real, Space

Array = NDArray[np.float64]


def costs(units: Array, values: Array) -> Dataset:
    n = len(units)
    return Dataset(COST, units, values, np.ones(n), np.full(n, np.nan), np.arange(n))


def spread(n: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).random((n, 2))


def price(units: Array) -> Array:
    return np.asarray(10.0 ** units[:, 0])


def test_a_ten_fold_field_is_known_to_a_thirtieth_from_thirty_runs() -> None:
    units, grid = spread(30), spread(200, seed=3)
    jitter = np.exp(0.05 * np.random.default_rng(1).normal(size=30))
    found = learn_cost(costs(units, price(units) * jitter))
    assert np.abs(np.log(found.of_a_run(grid) / price(grid))).mean() < 0.033


def test_a_cost_is_positive_and_scales_with_its_unit() -> None:
    units, grid = spread(20), spread(50, seed=3)
    one = learn_cost(costs(units, price(units))).of_a_run(grid)
    other = learn_cost(costs(units, 1000.0 * price(units))).of_a_run(grid)
    assert (one > 0).all()
    np.testing.assert_allclose(other, 1000.0 * one, rtol=1e-6)


def test_before_five_runs_it_is_their_mean() -> None:
    found = learn_cost(costs(spread(3), np.array([1.0, 2.0, 6.0])))
    assert found.of_a_run(spread(4)).tolist() == [3.0] * 4
    assert found.words == "3 runs cost 9, 3 each."


def test_hyper_parameters_make_it_again() -> None:
    data, grid = costs(spread(20), price(spread(20))), spread(9, seed=2)
    found = learn_cost(data)
    again: Cost = learn_cost(data, start=found.hyperparameters, optimise=False)
    np.testing.assert_allclose(again.of_a_run(grid), found.of_a_run(grid), rtol=1e-12)


@pytest.mark.parametrize(("told", "expected"), [((2.0, None), [2.0]), ((None, None), [0.5, 0.7])])
def test_seconds_stand_for_cost_only_where_no_run_told_one(
    told: tuple[float | None, ...], expected: list[float]
) -> None:
    space = Space({"x": Real(0, 1)})
    seen = [
        Observation(k, {"x": 0.5}, {"y": 1.0}, cost=cost, seconds=0.5 + 0.2 * k)
        for k, cost in enumerate(told)
    ]
    assert gather_costs(space, seen).values.tolist() == pytest.approx(expected)
