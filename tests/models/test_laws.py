"""The recipes that a plan can name keep the laws of recipes."""

import pytest

from surrogate.models.base import Recipe
from surrogate.models.recipes import recipe as named
from tests.contracts.recipe_laws import GOAL, RecipeLaws


class TestProcess(RecipeLaws):
    @pytest.fixture
    def recipe(self) -> Recipe:
        return named("gp", GOAL, 2)


class TestSupportVectors(RecipeLaws):
    @pytest.fixture
    def recipe(self) -> Recipe:
        return named("svm", GOAL, 2)


class TestForest(RecipeLaws):
    @pytest.fixture
    def recipe(self) -> Recipe:
        trees = {"n_estimators": 20}
        return named("sklearn.ensemble:RandomForestClassifier", GOAL, 2, parameters=trees)
