"""The error that a surrogate expects of itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from surrogate.expression import Expression
from surrogate.goal import Goal
from surrogate.models.base import Prediction
from surrogate.models.quality import expected_error
from surrogate.outcome import Number, Outcome
from surrogate.pool import Pool
from surrogate.space import Array, Real, Space
from tests.asking.process import Process, process

SQUARE = Space({"x": Real(0, 1), "y": Real(0, 1)})
NOTHING = Process(np.empty((0, 2)), np.empty(0))


@dataclass(frozen=True)
class Told:
    """Says 0 with an sd of 3 everywhere, and nothing of how points hang together."""

    outcome: Outcome
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)

    def predict(self, units: Array, coverage: float = 0.95) -> Prediction:
        half = ndtri(0.5 + 0.5 * coverage) * 3.0 * np.ones(len(units))
        return Prediction(0.0 * half, -half, half, coverage)

    def exceedance(self, units: Array, level: float) -> Array:
        return np.full(len(units), ndtr(-level / 3.0))


def test_knowing_nothing_leaves_half_the_space_in_doubt() -> None:
    value, unit = expected_error(NOTHING, SQUARE, Goal.boundary(0.5), seed=1)
    assert value == pytest.approx(0.5)
    assert unit == "share of the space on the wrong side"


def test_the_doubt_falls_with_readings_for_every_goal() -> None:
    for goal in (Goal.boundary(0.5), Goal.map()):
        errors = [expected_error(process(n), SQUARE, goal, seed=1)[0] for n in (2, 20, 200)]
        assert errors[0] > errors[1] > errors[2] > 0


def test_the_error_of_a_probability_is_the_mean_over_draws() -> None:
    draws = ndtr(np.random.default_rng(0).standard_normal(400_000))
    value, unit = expected_error(NOTHING, SQUARE, Goal.map(), seed=1)
    assert value == pytest.approx(np.abs(draws - 0.5).mean(), abs=2e-3)
    assert unit == "mean error of the probability"


def test_the_error_of_a_number_is_in_its_own_unit() -> None:
    surrogate = Process(np.empty((0, 2)), np.empty(0), scale=3.0, outcome=Number("depth", unit="m"))
    value, unit = expected_error(surrogate, SQUARE, Goal.map(), seed=1)
    assert value == pytest.approx(3.0 * np.sqrt(2 / np.pi))
    assert unit == "m"


def test_only_the_allowed_part_of_the_space_counts() -> None:
    left = Space(dict(SQUARE.parameters), constraints=(Expression("x <= 0.2"),))
    units = np.random.default_rng(1).random((400, 2)) * [0.2, 1.0]
    known_left = Process(units, np.ones(400), noise=0.05)
    part = expected_error(known_left, left, Goal.boundary(0.5), seed=1)[0]
    whole = expected_error(known_left, SQUARE, Goal.boundary(0.5), seed=1)[0]
    assert part < 0.1 * whole


def test_without_a_process_the_error_comes_from_the_intervals() -> None:
    interval = Told(Number("depth", unit="m"))
    value, unit = expected_error(interval, SQUARE, Goal.map(), seed=1)
    assert value == pytest.approx(3.0 * np.sqrt(2 / np.pi))
    assert unit == "m"


def test_of_a_pool_it_is_the_share_of_the_pool() -> None:
    items = Pool.of({"x": np.random.default_rng(0).random((30, 2))}, ["x"])
    value, unit = expected_error(NOTHING, items, Goal.boundary(0.5), seed=1)
    assert (round(value, 9), unit) == (0.5, "share of the pool on the wrong side")
