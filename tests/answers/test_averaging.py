"""Maps whose other parameters are averaged: against averages over a grid, taken one by one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from surrogate.answers.averaging import ALIKE
from surrogate.answers.maps import View, make_map
from surrogate.errors import PointError
from surrogate.expression import Expression
from surrogate.models.base import Prediction
from surrogate.outcome import Number, Outcome
from surrogate.space import Array, Categorical, Normal, Real, Space
from tests.answers.process import Process

BOX = Space({"x": Real(0.0, 1.0), "y": Real(0.0, 1.0), "z": Real(0.0, 10.0)})
NUMBER = Number("h")
AVERAGED = View("x", "y", size=40, averaged=("z",))


def wavy(units: Array) -> Array:
    return np.asarray(np.sin(3 * units[:, 0]) + units[:, 1] * units[:, 2] ** 2)


def process(dimension: int = 3) -> Process:
    sites = np.random.default_rng(2).random((50, dimension))
    return Process(wavy, sites, outcome=NUMBER)


@dataclass(frozen=True)
class Alone:
    """What a process says point by point, without how points hang together."""

    process: Process

    @property
    def outcome(self) -> Outcome:
        return self.process.outcome

    @property
    def hyperparameters(self) -> Mapping[str, Any]:
        return {}

    def predict(self, units: Array, coverage: float = 0.95) -> Prediction:
        return self.process.predict(units, coverage)

    def exceedance(self, units: Array, level: float) -> Array:
        return self.process.exceedance(units, level)


def by_hand(chart_at: list[float], steps: int = 500) -> Array:
    """The mean at one (x, y) of the unit square over z on a fine grid: mean, lower, upper.

    A mean of normal responses is normal; its variance is the mean of all covariances.
    """
    z = (np.arange(steps) + 0.5) / steps
    rows = np.column_stack([np.full(steps, chart_at[0]), np.full(steps, chart_at[1]), z])
    mean = float(process().latent(rows)[0].mean())
    half = 1.959964 * float(process().covariance(rows, rows).mean()) ** 0.5
    return np.array([mean, mean - half, mean + half])


@pytest.mark.parametrize(("i", "j"), [(0, 0), (7, 31), (39, 12), (20, 39)])
def test_a_cell_is_the_average_over_the_parameter_that_is_averaged(i: int, j: int) -> None:
    chart = make_map(process(), BOX, AVERAGED)
    assert chart.y is not None
    found = [chart.mean[j, i], chart.lower[j, i], chart.upper[j, i]]
    true = by_hand([float(chart.x.values[i]), float(chart.y.values[j])])
    np.testing.assert_allclose(found, true, atol=0.02)


def test_how_far_off_it_is_is_told_and_true() -> None:
    chart = make_map(process(), BOX, AVERAGED)
    assert chart.y is not None
    off = [
        abs(chart.mean[j, i] - by_hand([float(chart.x.values[i]), float(chart.y.values[j])])[0])
        for i, j in np.random.default_rng(3).integers(0, 40, (20, 2))
    ]
    assert 0 < max(off) < 3 * chart.mean_error < 0.06
    assert chart.interval_error > 0


def test_what_does_not_depend_on_the_averaged_is_as_if_it_were_held() -> None:
    def flat(units: Array) -> Array:
        return np.asarray(np.sin(3 * units[:, 0]))

    sites = np.zeros((0, 3))
    still = Process(flat, sites, scale=1e6, outcome=NUMBER)  # errs alike everywhere
    averaged = make_map(still, BOX, AVERAGED)
    held = make_map(still, BOX, replace(AVERAGED, averaged=()))
    np.testing.assert_allclose(averaged.mean, held.mean, atol=1e-5)
    np.testing.assert_allclose(averaged.upper, held.upper, atol=1e-5)


def test_a_declared_distribution_is_followed() -> None:
    narrow = Real(0.0, 10.0, distribution=Normal(8.0, 0.01))
    space = Space({**BOX.parameters, "z": narrow})
    averaged = make_map(process(), space, AVERAGED)
    held = make_map(process(), space, replace(AVERAGED, averaged=(), held={"z": 8.0}))
    np.testing.assert_allclose(averaged.mean, held.mean, atol=0.01)


def test_only_what_is_allowed_is_averaged_and_a_cell_with_nothing_is_grey() -> None:
    space = replace(BOX, constraints=(Expression("z <= 10 * x - 5"),))
    chart = make_map(process(), space, AVERAGED)
    assert not chart.allowed[:, :20].any()
    assert chart.allowed[:, 30:].all()
    z = np.linspace(0, 0.5, 1001)  # where x = 1
    rows = np.column_stack([np.full(1001, chart.x.values[39]), np.full(1001, 0.5), z])
    assert chart.mean[20, 39] == pytest.approx(process().predict(rows).mean.mean(), abs=0.03)


def test_axes_of_choices_and_curves_are_averaged_cell_by_cell() -> None:
    space = Space({"x": Categorical(("a", "b", "c")), "y": Real(0, 1), "z": Real(0, 1)})
    chart = make_map(process(), space, View("x", "z", size=16, averaged=("y",)))
    assert chart.mean.shape == (16, 3)
    curve = make_map(process(), BOX, View("x", size=64, averaged=("y", "z")))
    assert curve.mean.shape == (1, 64)
    assert curve.caption() == "y averaged, z averaged"


def test_the_map_says_what_was_averaged_and_what_its_intervals_are() -> None:
    chart = make_map(process(), BOX, replace(AVERAGED, level=0.5))
    assert chart.intervals == ""
    alone = make_map(Alone(process()), BOX, AVERAGED)
    assert alone.intervals == ALIKE
    assert (alone.upper - alone.lower).mean() > 1.2 * (chart.upper - chart.lower).mean()
    assert chart.to_json()["averaged"] == ["z"]
    assert "z" not in chart.held
    assert chart.above is not None
    np.testing.assert_array_equal(chart.above > 0.5, chart.mean > 0.5)


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (View("x", "y", averaged=("x",)), "'x' is to be averaged, and is an axis too"),
        (View("x", "y", held={"z": 1.0}, averaged=("z",)), "'z' is to be averaged, and is held"),
        (View("x", "y", averaged=("q",)), "a map of 'q'"),
    ],
)
def test_what_cannot_be_averaged_is_refused(view: View, words: str) -> None:
    with pytest.raises(PointError, match=words):
        make_map(process(), BOX, view)
