"""A declaration that holds teaches, one that does not is noticed, and either is kept in a plan."""

import json

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtr

from simulators.football import shot
from surrogate.dataset import Dataset
from surrogate.design import sobol
from surrogate.errors import PlanError
from surrogate.models.base import LookAhead, Recipe
from surrogate.models.mirrored import folded, mirrored, monotone_words
from surrogate.models.monotone import MonotoneRecipe, Way, monotone
from surrogate.models.numbers import NumberSurrogate
from surrogate.models.probability import ProbabilitySurrogate
from surrogate.models.recipes import recipe
from surrogate.outcome import Binary, Number, Outcome
from surrogate.plan import Plan
from surrogate.planned import learner_for
from surrogate.space import Categorical, Real, Space
from tests.contracts.recipe_laws import GOAL, RecipeLaws

Array = NDArray[np.float64]

FLAT = Space({"x": Real(0, 1), "y": Real(0, 1)})
SPACE = Space({"x": Real(0, 10), "y": Real(-20, 20), "kind": Categorical(("a", "b"))})
YES, NUMBER = Binary("yes"), Number("f", noise="unknown")
TRUE: dict[str, Way] = {"x": "rising", "y": "falling"}
Q = np.random.default_rng(9).random((400, 2))


def chance(units: Array) -> Array:
    """Rises with x, falls with y."""
    return np.asarray(ndtr(4.0 * (units[:, 0] - 0.2 - 0.5 * units[:, 1] ** 2)))


def dataset(outcome: Outcome, n: int, seed: int = 0, *, noise: float = 0.1) -> Dataset:
    units, rng = sobol(2, n, seed=seed), np.random.default_rng(seed)
    p = chance(units)
    is_number = isinstance(outcome, Number)
    values = p + noise * rng.normal(size=n) if is_number else (rng.random(n) < p).astype(float)
    return Dataset(outcome, units, np.asarray(values), np.ones(n), np.full(n, np.nan), np.arange(n))


def told(outcome: Outcome, declared: dict[str, Way] = TRUE) -> MonotoneRecipe:
    return monotone(recipe("gp", outcome, 2), FLAT, declared)


class TestMonotone(RecipeLaws):
    @pytest.fixture
    def recipe(self) -> Recipe:
        return monotone(recipe("gp", GOAL, 2), FLAT, {"x": "rising", "y": "rising"})


@pytest.mark.parametrize(("outcome", "seed"), [(YES, 4), (NUMBER, 3)])
def test_a_map_hardly_falls_where_it_was_told_to_rise(outcome: Outcome, seed: int) -> None:
    data = dataset(outcome, 20, seed)
    line = np.linspace(0.0, 1.0, 41)
    grid = np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2)
    falls = []
    for made in (told(outcome), recipe("gp", outcome, 2)):
        surrogate = made.fit(data)
        assert isinstance(surrogate, LookAhead)
        f = surrogate.latent(grid)[0].reshape(41, 41)
        falls.append(sum(np.maximum(-x, 0.0).sum() for x in (np.diff(f, axis=0), -np.diff(f))))
    assert falls[0] < 0.1 * falls[1]


@pytest.mark.parametrize(("outcome", "n"), [(YES, 20), (NUMBER, 40)])
def test_it_lowers_the_error_and_keeps_intervals_honest(outcome: Outcome, n: int) -> None:
    errors, held = [], []
    for seed in range(3):
        data = dataset(outcome, n, seed, noise=0.3)
        reads = [
            made.fit(data).predict(Q, 0.9) for made in (told(outcome), recipe("gp", outcome, 2))
        ]
        errors.append([np.sqrt(np.mean((read.mean - chance(Q)) ** 2)) for read in reads])
        held.append(np.mean((reads[0].lower <= chance(Q)) & (chance(Q) <= reads[0].upper)))
    assert np.mean(errors, axis=0)[0] < 0.95 * np.mean(errors, axis=0)[1]
    assert np.mean(held) > 0.85


@pytest.mark.parametrize("outcome", [YES, NUMBER])
def test_it_looks_ahead_as_one_process(outcome: Outcome) -> None:
    surrogate = told(outcome).fit(dataset(outcome, 30))
    assert isinstance(surrogate, LookAhead)
    _, v = surrogate.latent(Q[:30])
    covariance = surrogate.covariance(Q[:30], Q[:30])
    np.testing.assert_allclose(np.diagonal(covariance), v, rtol=1e-6, atol=1e-9)
    assert np.linalg.eigvalsh(covariance).min() > -1e-8 * v.max()
    read, level = surrogate.predict(Q[:30], 0.8), 0.4
    chance_above = surrogate.exceedance(Q[:30], level)
    np.testing.assert_array_equal(chance_above > 0.9, read.lower > level)


def test_a_run_that_is_told_is_a_site_and_moves_the_map() -> None:
    new = np.array([[0.9, 0.9]])
    number, yes = told(NUMBER).fit(dataset(NUMBER, 30)), told(YES).fit(dataset(YES, 30))
    assert isinstance(number, NumberSurrogate)
    assert isinstance(yes, ProbabilitySurrogate)
    assert len(number.posterior.units) == len(yes.posterior.units) == 30
    after = number.told(new, np.array([2.0]))
    assert len(after.posterior.units) == len(after.left_out()[0]) == 31
    assert after.predict(new).mean[0] > number.predict(new).mean[0] + 0.1
    more = yes.told(new, np.ones(1), np.ones(1))
    assert more.predict(new).mean[0] > yes.predict(new).mean[0]


def test_hyper_parameters_make_a_number_again() -> None:
    data = dataset(NUMBER, 30)
    found = told(NUMBER).fit(data)
    stored = json.loads(json.dumps(found.hyperparameters))
    again = told(NUMBER).fit(data, start=stored, optimise=False)
    np.testing.assert_array_equal(again.predict(Q).upper, found.predict(Q).upper)


@pytest.mark.parametrize("outcome", [YES, NUMBER])
def test_what_runs_speak_against_is_left_out_and_said(outcome: Outcome) -> None:
    made = told(outcome, {"x": "falling", "y": "falling"})
    data = dataset(outcome, 60)
    surrogate = made.fit(data)
    words = monotone_words(made, surrogate.hyperparameters)
    assert words.startswith("The map falls with y, as the plan declares. The runs speak against")
    assert "that the response falls with x" in words
    as_if = told(outcome, {"y": "falling"}).fit(data)
    np.testing.assert_array_equal(as_if.predict(Q).mean, surrogate.predict(Q).mean)
    again = made.fit(data, start=surrogate.hyperparameters, optimise=False)
    np.testing.assert_array_equal(again.predict(Q).mean, surrogate.predict(Q).mean)


def test_where_nothing_is_borne_out_the_map_is_the_plain_one() -> None:
    made = told(YES, {"x": "falling"})
    data = dataset(YES, 60)
    surrogate, plain = made.fit(data), recipe("gp", YES, 2).fit(data)
    np.testing.assert_array_equal(surrogate.predict(Q).mean, plain.predict(Q).mean)
    assert "rises" not in monotone_words(made, surrogate.hyperparameters)


@pytest.mark.parametrize("outcome", [YES, NUMBER])
def test_before_any_run_the_declared_way_is_known(outcome: Outcome) -> None:
    surrogate = told(outcome, {"x": "rising"}).fit(dataset(outcome, 0))
    low, high = surrogate.predict(np.array([[0.1, 0.5], [0.9, 0.5]])).mean
    assert high > low + 0.1


def test_it_goes_with_a_mirror_in_another_parameter() -> None:
    made = mirrored(told(YES, {"x": "rising"}), FLAT, ["y"])
    data = dataset(YES, 30)
    surrogate = made.fit(data)
    image = np.column_stack([Q[:, 0], 1.0 - Q[:, 1]])
    np.testing.assert_allclose(surrogate.predict(image).mean, surrogate.predict(Q).mean, rtol=1e-6)
    assert monotone_words(made, surrogate.hyperparameters).startswith("The map rises with x")
    assert np.all(surrogate.posterior.units == folded(surrogate.posterior.units, [1]))


@pytest.mark.parametrize("name", ["z", "kind"])
def test_it_needs_a_parameter_with_an_order(name: str) -> None:
    with pytest.raises(PlanError, match="key 'monotone': a free parameter with an order"):
        monotone(recipe("gp", NUMBER, 3), SPACE, {name: "rising"})


def test_a_parameter_is_no_mirror_and_monotone_too() -> None:
    with pytest.raises(PlanError, match="'mirror' and 'monotone' both name 'y'"):
        mirrored(told(YES), FLAT, ["y"])


@pytest.mark.parametrize("name", ["svm", "gp-patches"])
def test_other_recipes_are_not_told(name: str) -> None:
    with pytest.raises(PlanError, match=f"key 'monotone'.*'{name}'"):
        monotone(recipe(name, YES, 2), FLAT, TRUE)


def plan(declared: dict[str, str]) -> Plan:
    return Plan.from_mapping(
        {
            "name": "shots",
            "monotone": declared,
            "simulator": {"use": "simulators.football:shot"},
            "space": {"x": {}, "y": {}},
            "goal": {"kind": "boundary", "level": 0.5},
            "budget": {"runs": 50},
        }
    )


def test_a_plan_declares_it() -> None:
    made = plan({"x": "falling"})
    assert learner_for(made, *made.check_against(shot)).recipe.name == "gp falling in x"


def test_a_plan_takes_no_other_way() -> None:
    with pytest.raises(PlanError, match=r"key 'monotone\.x': .*'rising'.*'sideways' came"):
        plan({"x": "sideways"})
