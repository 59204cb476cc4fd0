"""The chance of an answer: a declined region is found, declining at random teaches none."""

import numpy as np
import pytest
from numpy.typing import NDArray

from surrogate.dataset import ANSWER, Dataset
from surrogate.models.feasibility import Feasibility, _odds, learn_feasibility
from surrogate.models.forms import FORMS
from surrogate.models.sites import count_sites

Array = NDArray[np.float64]


def answers(units: Array, answered: NDArray[np.bool_]) -> Dataset:
    n = len(units)
    values = answered.astype(float)
    return Dataset(ANSWER, units, values, np.ones(n), np.full(n, np.nan), np.arange(n))


def spread(n: int, seed: int = 0, dimension: int = 2) -> Array:
    return np.random.default_rng(seed).random((n, dimension))


def in_a_fifth(units: Array) -> NDArray[np.bool_]:
    """A quarter disc of radius .5: .196 of the square."""
    return np.asarray(np.hypot(units[:, 0] - 1, units[:, 1]) < 0.5)


def at_random(n: int, seed: int, rate: float = 0.2) -> Feasibility:
    units = spread(n, seed)
    return learn_feasibility(answers(units, np.random.default_rng(seed + 99).random(n) > rate))


def test_a_declined_fifth_is_found_with_its_curved_edge() -> None:
    units, grid = spread(60), spread(400, seed=5)
    found = learn_feasibility(answers(units, ~in_a_fifth(units)))
    assert np.mean((found.chance(grid) < 0.5) == in_a_fifth(grid)) > 0.95
    assert "in a region of their own" in found.words


@pytest.mark.parametrize("seed", range(6))
def test_declining_at_random_teaches_no_region(seed: int) -> None:
    found = at_random(60, seed)
    assert found.region is None
    assert np.ptp(found.chance(spread(50))) == 0.0
    assert "in no region that shows" in found.words


def test_without_a_decline_every_place_is_certain_and_nothing_is_said() -> None:
    units = spread(5)
    found = learn_feasibility(answers(units, np.ones(5, dtype=bool)))
    assert (found.chance(units) == 1.0).all()
    assert found.words == ""


def test_the_odds_of_a_map_that_is_flat_are_even_against_one_rate() -> None:
    data = answers(spread(12), np.arange(12) > 2)
    flat = {"form": "smooth", "variance": 1e-9, "length.0": 30.0, "length.1": 30.0}
    bare = {"form": "smooth", "variance": 0.5, "length.0": 0.5, "length.1": 0.5}
    sites = count_sites(data)
    prior = FORMS["smooth"](2).prior.log_density(np.log([1e-9, 30.0, 30.0]))
    # expectation propagation is good to some .01 nats here
    assert _odds(sites, flat) - prior == pytest.approx(0.0, abs=0.03)
    assert _odds(sites, bare) < 2.0


def test_one_rate_is_laplaces_rule_of_succession() -> None:
    assert Feasibility(runs=8, declined=3).rate == pytest.approx(6 / 10)


def test_hyper_parameters_make_the_map_again_and_none_make_none() -> None:
    units, grid = spread(60), spread(20, seed=4)
    data = answers(units, ~in_a_fifth(units))
    found = learn_feasibility(data)
    again = learn_feasibility(data, start=found.hyperparameters, optimise=False)
    np.testing.assert_allclose(again.chance(grid), found.chance(grid), rtol=1e-9)
    assert learn_feasibility(data, start={}, optimise=False).region is None
