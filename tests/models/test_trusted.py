"""A guess of a chance at its word: few answers where it is right or timid, few more where wrong."""

import json
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from surrogate.dataset import Dataset
from surrogate.models.base import LookAhead
from surrogate.models.guided import GuidedRecipe, guide_words, guided_by, held_out
from surrogate.models.heuristic import Guessed, HeuristicRecipe
from surrogate.models.recipes import recipe_for
from surrogate.models.trusted import FORM, TrustedPosterior
from surrogate.outcome import Binary
from surrogate.space import Point, Real, Space

Array = NDArray[np.float64]

SPACE = Space({"x": Real(0, 1), "y": Real(0, 1)})
YES = Binary("yes")
GRID = np.random.default_rng(9).random((300, 2))


def chance(units: Array) -> Array:
    return np.asarray(ndtr(3.0 * np.sin(5 * units[:, 0]) * (units[:, 1] - 0.4) + 0.3))


def told(n: int, seed: int) -> Dataset:
    rng = np.random.default_rng(seed)
    units = rng.random((n, 2))
    values = (rng.random(n) < chance(units)).astype(float)
    return Dataset(YES, units, values, np.ones(n), np.full(n, np.nan), np.arange(n))


def guided(guess: Callable[[float], float]) -> GuidedRecipe:
    """A guess that makes something of the true chance at a point."""

    def said(point: Point) -> float:
        return guess(float(chance(SPACE.encode([point]))[0]))

    return guided_by([HeuristicRecipe(said, SPACE)], recipe_for(YES, 2))


def near(p: float) -> float:
    return min(max(p + 0.03, 0.0), 1.0)


def error(surrogate: LookAhead) -> float:
    return float(np.abs(surrogate.predict(GRID).mean - chance(GRID)).mean())


def test_a_chance_that_is_nearly_right_is_believed_from_the_start() -> None:
    recipe, plain = guided(near), recipe_for(YES, 2)
    found = [recipe.fit(told(25, seed)) for seed in range(4)]
    assert [one.hyperparameters["form"] for one in found].count(FORM) >= 3
    alone = [error(plain.fit(told(25, seed))) for seed in range(4)]
    assert np.mean([error(one) for one in found]) < 0.5 * np.mean(alone)


def test_a_chance_upside_down_costs_little() -> None:
    recipe, plain = guided(lambda p: 1.0 - p), recipe_for(YES, 2)
    upside = [error(recipe.fit(told(60, seed))) for seed in range(4)]
    assert np.mean(upside) < 1.1 * np.mean([error(plain.fit(told(60, seed))) for seed in range(4)])


def test_what_was_guessed_is_the_mean_where_nothing_is_known_and_what_is_told_counts() -> None:
    recipe = guided(near)
    surrogate = recipe.fit(told(25, 0))
    posterior = surrogate.posterior
    assert isinstance(posterior, TrustedPosterior)
    z = ndtri(np.clip(np.minimum(chance(GRID) + 0.03, 1.0), 0.005, 0.995))
    np.testing.assert_allclose(posterior.known(GRID), z, atol=1e-9)
    np.testing.assert_allclose(posterior.mean(GRID) - posterior.inner.mean(GRID), z, atol=1e-9)
    after = posterior.told(GRID[:1], posterior.mean(GRID[:1]) + 1.0, np.array([0.01]))
    assert after.mean(GRID[:1])[0] > posterior.mean(GRID[:1])[0]


@pytest.mark.parametrize(
    ("guess", "count", "seed", "words"),
    [
        (near, 25, 0, "taken at its word as a chance"),
        (lambda p: 0.5 * p + 0.25, 60, 2, "a chance of 0.25 there is read as 0.0"),
    ],
)
def test_it_is_made_again_from_its_hyper_parameters_and_says_what_it_began_with(
    guess: Callable[[float], float], count: int, seed: int, words: str
) -> None:
    recipe, data = guided(guess), told(count, seed)
    found = recipe.fit(data)
    stored = json.loads(json.dumps(found.hyperparameters))
    again = recipe.fit(data, start=stored, optimise=False)
    np.testing.assert_array_equal(again.predict(GRID).mean, found.predict(GRID).mean)
    assert held_out(again, data) == held_out(found, data)
    assert words in guide_words(recipe, stored)


def test_a_revision_that_believed_a_chance_is_read_though_the_guess_is_a_score_by_now() -> None:
    data = told(25, 1)
    found = guided(near).fit(data)
    assert found.hyperparameters["form"] == FORM
    again = guided(lambda p: 100.0 * p).fit(data, start=found.hyperparameters, optimise=False)
    assert np.isfinite(again.predict(GRID).mean).all()


def test_a_score_of_a_hundred_is_no_chance() -> None:
    for scale, expected in ((1.0, True), (1.15, False), (100.0, False)):
        guess = HeuristicRecipe(lambda point, s=scale: s * float(point["x"]), SPACE)  # type: ignore[misc]
        made = guess.fit(told(5, 0), start={}, optimise=True)
        assert isinstance(made, Guessed)
        assert made.is_a_chance is expected


def test_a_guess_half_as_bold_as_the_truth_is_worth_as_much_as_one_that_is_as_bold() -> None:
    recipe, plain = guided(lambda p: 0.5 * p + 0.25), recipe_for(YES, 2)
    found = [recipe.fit(told(160, seed)) for seed in range(4)]
    as_bold = [error(guided(near).fit(told(160, seed))) for seed in range(4)]
    alone = [error(plain.fit(told(160, seed))) for seed in range(4)]
    timid = np.mean([error(one) for one in found])
    assert timid < min(1.2 * np.mean(as_bold), 0.6 * np.mean(alone))
    posterior = found[0].posterior
    assert isinstance(posterior, TrustedPosterior)
    assert 1.4 < posterior.chances.boldness < 2.8
    assert abs(posterior.chances.level - 0.5) < 0.15


def test_a_revision_of_before_boldness_was_learned_takes_the_guess_at_its_word() -> None:
    recipe, data = guided(near), told(25, 0)
    found = recipe.fit(data)
    old = {k: v for k, v in found.hyperparameters.items() if not k.startswith("guess.")}
    again = recipe.fit(data, start=old, optimise=False).posterior
    assert isinstance(again, TrustedPosterior)
    assert (again.chances.level, again.chances.boldness) == (0.5, 1.0)
