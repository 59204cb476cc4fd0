"""Sobol indices are the exact ones where those are known, and inputs that do nothing are named."""

import json
from functools import cache

import numpy as np
import pytest

from simulators.problems.emulation import g_function, g_indices, ishigami, ishigami_indices
from surrogate.answers.sensitivity import Sensitivity, sensitivity
from surrogate.dataset import Dataset
from surrogate.design import sobol
from surrogate.models.base import Prediction
from surrogate.models.recipes import recipe_for
from surrogate.outcome import Number
from surrogate.plots.effects import draw_effects
from surrogate.space import Array, Categorical, Normal, Real, Space
from tests.answers.process import Process
from tests.answers.test_excursion import Certain

HEIGHT = Number("height")


def of_formula(space: Space, truth: object, **changes: float) -> Sensitivity:
    at = sobol(space.dimension, 300, seed=3)
    return sensitivity(Process(truth, at, outcome=HEIGHT, **changes), space)  # type: ignore[arg-type]


@cache
def learned(name: str) -> Sensitivity:
    problem = {"ishigami": ishigami, "g": g_function}[name]
    d = problem.space.dimension
    units = sobol(d, 128, seed=1)
    rows = np.arange(128)
    data = Dataset(
        problem.outcome, units, problem.on(units), np.ones(128), np.full(128, np.nan), rows
    )
    return sensitivity(recipe_for(problem.outcome, d).fit(data), problem.space)


def test_ishigami_s_indices_are_within_three_hundredths_of_the_exact_ones() -> None:
    for j, (first, total) in enumerate(zip(*ishigami_indices(), strict=True)):
        effect = learned("ishigami").of(f"x{j + 1}")
        assert effect.first.mean == pytest.approx(first, abs=0.03)
        assert effect.total.mean == pytest.approx(total, abs=0.03)


class Known(Certain):
    """A surrogate that is its formula."""

    outcome = HEIGHT

    def predict(self, units: Array, coverage: float = 0.95) -> Prediction:
        return Prediction(*(g_function.on(units),) * 3, coverage)


@pytest.mark.parametrize("seed", [0, 6])  # of 4,096 points the latter's scramble was off by .034
def test_indices_do_not_depend_on_how_points_were_scrambled(seed: int) -> None:
    found = sensitivity(Known(), g_function.space, seed=seed)
    for name, first, total in zip(g_function.space.names, *g_indices(), strict=True):
        assert found.of(name).first.mean == pytest.approx(first, abs=0.004)
        assert found.of(name).total.mean == pytest.approx(total, abs=0.004)


def test_exact_indices_are_the_published_ones() -> None:
    # Saltelli et al. (2008), Global Sensitivity Analysis, the Ishigami function with a = 7, b = .1
    np.testing.assert_allclose(ishigami_indices()[0], [0.3139, 0.4424, 0.0], atol=1e-4)
    np.testing.assert_allclose(ishigami_indices()[1], [0.5576, 0.4424, 0.2437], atol=1e-4)
    assert g_indices()[0][0] == pytest.approx(0.716, abs=1e-3)  # the same, g with a = 0, 1, 4.5 ...


def test_the_pair_that_interacts_is_named_with_its_share() -> None:
    (pair,) = learned("ishigami").interactions
    assert set(pair.names) == {"x1", "x3"}
    assert pair.share == pytest.approx(0.2437, abs=0.03)


def test_an_input_that_does_nothing_is_said_to_do_nothing() -> None:
    space = Space({name: Real(0.0, 1.0) for name in ("x", "y", "idle")})
    found = of_formula(space, lambda u: np.asarray(2 * u[:, 0] + u[:, 1]), scale=2.0, noise=0.01)
    assert "idle does nothing" in found.of("idle").words
    assert found.effects[-1].name == "idle"


def test_of_a_sum_the_indices_are_the_parts_of_the_variance_and_first_is_total() -> None:
    space = Space({name: Real(0.0, 1.0) for name in ("x", "y")})
    found = of_formula(space, lambda u: np.asarray(2 * u[:, 0] + u[:, 1]), scale=2.0, noise=0.01)
    for name, share in (("x", 0.8), ("y", 0.2)):
        assert found.of(name).first.mean == pytest.approx(share, abs=0.01)
        assert found.of(name).total.mean == pytest.approx(share, abs=0.01)
    assert not found.interactions
    assert found.sd == pytest.approx(np.sqrt(5 / 12), rel=0.02)


def test_indices_follow_the_space_s_own_distribution() -> None:
    narrow = Real(0.0, 1.0, distribution=Normal(0.5, 0.05))
    space = Space({"x": narrow, "y": Real(0.0, 1.0)})
    found = of_formula(space, lambda u: np.asarray(2 * u[:, 0] + u[:, 1]), scale=2.0, noise=0.01)
    assert found.of("x").total.mean == pytest.approx(0.01 / (0.01 + 1 / 12), abs=0.01)


def test_a_surrogate_that_knows_less_has_wider_intervals() -> None:
    space = Space({name: Real(0.0, 1.0) for name in ("x", "y")})

    def width(runs: int) -> float:
        def wave(u: Array) -> Array:
            return np.asarray(np.sin(6 * u[:, 0]) * u[:, 1])

        process = Process(wave, sobol(2, runs, seed=3), scale=0.3, outcome=HEIGHT)
        total = sensitivity(process, space).of("x").total
        return total.upper - total.lower

    assert width(16) > 3 * width(120)


def test_a_main_effect_runs_over_the_range_in_own_units_within_its_band() -> None:
    space = Space({"x": Real(2.0, 4.0, unit="m"), "foot": Categorical(("left", "right"))})
    found = of_formula(space, lambda u: np.asarray(u[:, 0] + 3 * (u[:, 1] > 0.5)), noise=0.05)
    curve = found.of("x").curve
    assert (curve.values[0], curve.values[-1]) == (2.0, 4.0)
    assert curve.mean[-1] - curve.mean[0] == pytest.approx(1.0, abs=0.1)
    assert all(
        low <= m <= up for low, m, up in zip(curve.lower, curve.mean, curve.upper, strict=True)
    )
    assert found.of("foot").curve.values == ("left", "right")


def test_without_joint_draws_indices_say_that_they_have_no_intervals() -> None:
    space = Space({name: Real(0.0, 1.0) for name in ("x", "y")})
    found = sensitivity(Certain(), space)
    assert found.of("x").first.mean == pytest.approx(1.0, abs=0.01)
    assert "Indices have none: no joint draws." in found.note


def test_the_picture_has_a_bar_and_a_curve_for_each_input() -> None:
    figure = draw_effects(learned("ishigami"), "f", "what moves f")
    bars, *curves = figure.axes
    assert [text.get_text() for text in bars.get_yticklabels()] == ["x1", "x2", "x3"]
    assert len(curves) == 3


def test_the_json_is_plain() -> None:
    found = json.loads(json.dumps(learned("ishigami").to_json()))
    assert found["effects"][0]["parameter"] == "x1"


@pytest.mark.slow
def test_the_g_function_s_indices_are_within_three_hundredths_of_the_exact_ones() -> None:
    for j, (first, total) in enumerate(zip(*g_indices(), strict=True)):
        effect = learned("g").of(f"x{j}")
        assert effect.first.mean == pytest.approx(first, abs=0.03)
        assert effect.total.mean == pytest.approx(total, abs=0.03)
