"""Maps whose intervals come from fewer points than they have cells."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pytest

from surrogate.answers.maps import Map, View, make_map
from surrogate.dataset import Dataset, gather
from surrogate.models.base import Marginal, Prediction
from surrogate.models.recipes import recipe_for
from surrogate.outcome import Binary, Number, Outcome
from surrogate.records import Observation
from surrogate.space import Array, Integer, Parameter, Real, Space

SPACE = Space({"x": Real(0.0, 1.0), "y": Real(0.0, 1.0)})
OUTCOMES: tuple[Outcome, ...] = (Binary("hit"), Number("h", noise="none"))


@cache
def fitted(outcome: Outcome) -> Marginal:
    rng = np.random.default_rng(1)
    rows = rng.random((60, 2)).tolist()
    seen = [
        Observation(
            k,
            {"x": x, "y": y},
            {outcome.name: float(x > 0.5) if isinstance(outcome, Binary) else np.sin(5 * x) + y},
        )
        for k, (x, y) in enumerate(rows)
    ]
    data: Dataset = gather(SPACE, outcome, seen)
    return recipe_for(outcome, 2).fit(data)


@dataclass(frozen=True)
class Edged:
    """A surrogate whose variance has a step, which no spline follows."""

    outcome: Outcome = OUTCOMES[1]
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)

    def predict(self, units: Array, coverage: float = 0.95) -> Prediction:
        return self.reading(self.centre(units), self.spread(units), coverage)

    def exceedance(self, units: Array, level: float) -> Array:
        return np.full(len(units), 0.5)

    def centre(self, units: Array) -> Array:
        return np.asarray(units[:, 1])

    def spread(self, units: Array) -> Array:
        return np.where(units[:, 0] > 0.5, 9.0, 1.0)[None]

    def reading(self, centre: Array, spread: Array, coverage: float) -> Prediction:
        half = np.sqrt(spread[0])
        return Prediction(np.zeros(len(centre)), -half, half, coverage)


def drawn(outcome: Outcome, size: int, sketched: bool, space: Space = SPACE) -> Map:
    return make_map(fitted(outcome), space, View("x", "y", size=size, sketched=sketched))


@pytest.mark.parametrize("outcome", OUTCOMES, ids=["binary", "number"])
def test_a_sketch_is_wrong_by_no_more_than_it_says(outcome: Outcome) -> None:
    exact, sketch = drawn(outcome, 128, False), drawn(outcome, 128, True)
    worst = max(np.abs(exact.lower - sketch.lower).max(), np.abs(exact.upper - sketch.upper).max())
    assert 0 < worst < 3 * sketch.interval_error
    assert sketch.interval_error < 0.01 * np.ptp(exact.mean)
    assert np.abs(exact.mean - sketch.mean).max() < 5e-5


def test_the_mean_of_a_number_is_exact_in_a_sketch() -> None:
    exact, sketch = (drawn(OUTCOMES[1], 128, sketched) for sketched in (False, True))
    assert np.abs(sketch.mean - exact.mean).max() < 1e-12


@pytest.mark.parametrize("size", [16, 64])
def test_a_map_of_few_cells_is_computed_at_every_one(size: int) -> None:
    exact, sketch = (drawn(OUTCOMES[0], size, sketched) for sketched in (False, True))
    assert sketch.interval_error == 0.0
    assert (sketch.lower == exact.lower).all()


def test_axes_that_are_not_continuous_are_computed_at_every_cell() -> None:
    whole: dict[str, Parameter] = {"x": Real(0.0, 1.0), "y": Integer(0, 127)}
    assert drawn(OUTCOMES[0], 128, True, Space(whole)).interval_error == 0.0


def test_where_nodes_miss_an_edge_every_cell_is_computed() -> None:
    rough = make_map(Edged(), SPACE, View("x", "y", sketched=True))
    assert rough.interval_error == 0.0
    assert sorted(set((rough.upper - rough.lower).ravel().tolist())) == [2.0, 6.0]
