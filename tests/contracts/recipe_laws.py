"""What every recipe of a surrogate keeps to: a new one's test is a class with its fixture.

    class TestForest(RecipeLaws):
        @pytest.fixture
        def recipe(self) -> Recipe: ...

The data are yes or no over two inputs.
"""

import json

import numpy as np
import pytest

from surrogate.dataset import Dataset
from surrogate.models.base import Marginal, Recipe
from surrogate.outcome import Binary

GOAL = Binary("goal")
PLACES = np.random.default_rng(1).random((40, 2))
DATA = Dataset(
    GOAL,
    PLACES,
    (PLACES.sum(axis=1) > 1.0).astype(float),
    np.ones(40),
    np.full(40, np.nan),
    np.arange(40),
)
ELSEWHERE = np.random.default_rng(2).random((25, 2))


class RecipeLaws:
    """Inherited by the tests of each recipe."""

    @pytest.fixture
    def surrogate(self, recipe: Recipe) -> Marginal:
        return recipe.fit(DATA)

    def test_it_reads_a_chance_with_its_interval_at_each_point(self, surrogate: Marginal) -> None:
        read = surrogate.predict(ELSEWHERE, 0.9)
        assert read.coverage == 0.9
        assert read.mean.shape == (25,)
        assert np.all((read.lower >= 0) & (read.lower <= read.mean))
        assert np.all((read.mean <= read.upper) & (read.upper <= 1))

    def test_it_has_learned_which_side_is_which(self, surrogate: Marginal) -> None:
        low, high = surrogate.predict(np.array([[0.1, 0.1], [0.9, 0.9]])).mean
        assert low < 0.5 < high

    def test_a_higher_level_is_passed_no_more_often(self, surrogate: Marginal) -> None:
        easy, hard = (surrogate.exceedance(ELSEWHERE, level) for level in (0.3, 0.7))
        assert np.all((hard >= 0) & (easy <= 1) & (hard <= easy + 1e-9))

    def test_its_hyperparameters_are_json_and_make_it_again(
        self, recipe: Recipe, surrogate: Marginal
    ) -> None:
        kept = json.loads(json.dumps(dict(surrogate.hyperparameters)))
        again = recipe.fit(DATA, start=kept, optimise=False)
        assert np.array_equal(again.predict(ELSEWHERE).mean, surrogate.predict(ELSEWHERE).mean), (
            "a revision is made again from its records to the bit"
        )
