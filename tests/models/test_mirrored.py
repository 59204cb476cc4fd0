"""Responses that are their own mirror image: both sides are known from one."""

import numpy as np
import pytest
from numpy.typing import NDArray

from simulators.football import shot
from surrogate.dataset import Dataset
from surrogate.errors import PlanError
from surrogate.models.base import LookAhead
from surrogate.models.mirrored import folded, mirrored
from surrogate.models.numbers import NumberSurrogate
from surrogate.models.recipes import recipe
from surrogate.outcome import Binary, Number, Outcome
from surrogate.plan import Plan
from surrogate.planned import learner_for
from surrogate.space import Categorical, Real, Space

Array = NDArray[np.float64]

SPACE = Space({"x": Real(0, 10), "y": Real(-20, 20), "kind": Categorical(("a", "b"))})
FLAT = Space({"x": Real(0, 1), "y": Real(0, 1)})
NUMBER = Number("f", noise="none")


def response(units: Array) -> Array:
    return np.asarray(np.sin(5 * units[:, 0]) * np.cos(9 * (units[:, 1] - 0.5)))


def dataset(outcome: Outcome, units: Array) -> Dataset:
    values = response(units)
    if not isinstance(outcome, Number):
        values = (values > 0).astype(float)
    n = len(units)
    return Dataset(outcome, units, values, np.ones(n), np.full(n, np.nan), np.arange(n))


def half(n: int) -> Array:
    """Places with y below the middle alone."""
    return np.random.default_rng(0).random((n, 2)) * [1.0, 0.5]


def image(units: Array) -> Array:
    return np.column_stack([units[:, 0], 1.0 - units[:, 1]])


@pytest.mark.parametrize("outcome", [NUMBER, Binary("yes")])
def test_a_map_is_the_same_on_both_sides(outcome: Outcome) -> None:
    surrogate = mirrored(recipe("gp", outcome, 2), FLAT, ["y"]).fit(dataset(outcome, half(40)))
    assert isinstance(surrogate, LookAhead)
    q = np.random.default_rng(1).random((50, 2))
    np.testing.assert_allclose(surrogate.latent(q), surrogate.latent(image(q)), rtol=1e-6)
    np.testing.assert_allclose(
        surrogate.covariance(q, q[:5]), surrogate.covariance(image(q), q[:5]), rtol=1e-6, atol=1e-9
    )


def test_runs_on_one_side_teach_the_other() -> None:
    q = image(half(200))
    errors = []
    for made in (mirrored(recipe("gp", NUMBER, 2), FLAT, ["y"]), recipe("gp", NUMBER, 2)):
        read = made.fit(dataset(NUMBER, half(40))).predict(q)
        errors.append(np.abs(read.mean - response(q)).mean())
    assert errors[0] < 0.02
    assert errors[1] > 0.1


def test_a_run_told_on_one_side_is_known_on_the_other() -> None:
    surrogate = mirrored(recipe("gp", NUMBER, 2), FLAT, ["y"]).fit(dataset(NUMBER, half(15)))
    assert isinstance(surrogate, NumberSurrogate)
    new = np.array([[0.9, 0.9]])
    told = surrogate.told(new, np.array([0.3]))
    assert told.predict(image(new)).mean[0] == pytest.approx(0.3, abs=1e-4)


def test_folding_keeps_one_half_and_leaves_the_other_columns() -> None:
    rows = folded(np.array([[0.2, 0.2], [0.9, 0.75]]), [1])
    np.testing.assert_allclose(rows, [[0.2, 0.2], [0.9, 0.25]])


@pytest.mark.parametrize("name", ["z", "kind"])
def test_a_mirror_needs_a_parameter_with_an_order(name: str) -> None:
    with pytest.raises(PlanError, match="key 'mirror': a free parameter with an order"):
        mirrored(recipe("gp", NUMBER, 3), SPACE, [name])


def test_a_recipe_that_is_no_process_takes_no_mirror() -> None:
    with pytest.raises(PlanError, match="surrogate 'svm' takes no mirrors"):
        mirrored(recipe("svm", Binary("yes"), 3), SPACE, ["y"])


def test_a_plan_names_its_mirrors() -> None:
    plan = Plan.from_mapping(
        {
            "name": "shots",
            "mirror": ["y"],
            "simulator": {"use": "simulators.football:shot"},
            "space": {"x": {}, "y": {}},
            "goal": {"kind": "boundary", "level": 0.5},
            "budget": {"runs": 50},
        }
    )
    learner = learner_for(plan, *plan.check_against(shot))
    assert learner.recipe.name == "gp mirrored in y"
