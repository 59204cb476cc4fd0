"""Rules are compared on the same surfaces, and what choosing saves is read off the curves."""

import json
from dataclasses import replace

import numpy as np
import pytest

from surrogate.answers.savings import (
    Contest,
    LearningCurve,
    Savings,
    _as_good,
    _Truth,
    compare_rules,
)
from surrogate.design import sobol
from surrogate.errors import PlanError
from surrogate.goal import Goal
from surrogate.learner import Fitted, Learner
from surrogate.models.draws import drawn_surface
from surrogate.models.recipes import recipe_for
from surrogate.outcome import Number
from surrogate.records import Observation, Revision
from surrogate.space import Array, Real, Space
from tests.answers.process import Process
from tests.answers.test_excursion import Certain

LINE = Space({"x": Real(0.0, 1.0), "y": Real(0.0, 1.0)})
HEIGHT = Number("height", noise="none")


def step(units: Array) -> Array:
    return np.asarray(np.tanh(12 * (units[:, 0] - 0.6)))


def learner() -> Learner:
    return Learner(LINE, HEIGHT, Goal.boundary(0.0), seed=1, recipe=recipe_for(HEIGHT, 2), start=8)


def fitted() -> Fitted:
    units = sobol(2, 40, seed=2)
    points = LINE.decode(units)
    values = step(units)
    runs = [
        Observation(j, p, {"height": v})
        for j, (p, v) in enumerate(zip(points, values.tolist(), strict=True))
    ]
    found = learner().fit(runs)
    assert found is not None
    return found


def test_a_surface_is_a_draw_at_its_anchors() -> None:
    process = Process(step, sobol(2, 10, seed=1), outcome=HEIGHT)
    anchors = sobol(2, 60, seed=4)
    rngs = [np.random.default_rng(seed) for seed in range(400)]
    drawn = np.array([drawn_surface(process, anchors, rng)(anchors) for rng in rngs])
    mean, variance = process.latent(anchors)
    np.testing.assert_allclose(drawn.mean(axis=0), mean, atol=0.2)
    np.testing.assert_allclose(drawn.var(axis=0), variance, atol=0.2)


def test_the_truth_that_is_learned_from_is_the_truth_that_is_measured_against() -> None:
    process = Process(step, sobol(2, 40, seed=1), outcome=HEIGHT)
    truth = _Truth.drawn(process, LINE, 3)
    queries = learner().ask(8, first=0, pending=(), fitted=None)
    seen = [run.values["height"] for run in truth.observe(queries)]
    units = LINE.encode([query.point for query in queries])
    np.testing.assert_allclose(seen, truth.surface(units), atol=1e-9)


def test_curves_are_of_all_rules_over_the_same_runs_and_end_lower_than_they_began() -> None:
    heard: list[str] = []
    found = compare_rules(learner(), fitted(), Contest(32, repeats=1), heard.append)
    assert [curve.rule for curve in found.curves] == ["own", "sobol", "latin", "uniform"]
    assert len({curve.runs for curve in found.curves}) == 1
    assert found.curves[0].runs[-1] == 32
    assert found.curves[0].error[-1] < found.curves[0].error[0]
    assert len(heard) == 4
    assert json.loads(json.dumps(found.to_json()))["unit"] == "share of the space on the wrong side"


def curve(*error: float) -> LearningCurve:
    runs = tuple(10 * (k + 1) for k in range(len(error)))
    return LearningCurve("own", runs, error, error, error)


def test_it_is_as_good_where_its_curve_crosses_for_good() -> None:
    assert _as_good(curve(0.4, 0.2, 0.1), 0.3) == 15
    assert _as_good(curve(0.4, 0.1, 0.4, 0.1), 0.2) == 37  # it came back up in between
    assert _as_good(curve(0.1, 0.05), 0.3) == 10
    assert _as_good(curve(0.4, 0.3), 0.2) is None


def test_what_was_saved_is_said_in_runs_and_nothing_is_said_where_nothing_was() -> None:
    found = Savings((curve(0.4, 0.2),), 3, "share", {"sobol": 12, "uniform": None})
    assert "saved about 8 of 20 runs beside space-filling points" in found.words
    assert "saved nothing beside random points" in found.words
    assert "as far as it is right" in found.words


def test_without_joint_draws_there_is_no_truth_to_compare_on() -> None:
    sure = Fitted(Certain(), Revision(1, (), "svm", {}), True, np.empty((0, 2)))
    with pytest.raises(PlanError, match="surfaces drawn from a Gaussian process"):
        compare_rules(replace(learner()), sure, Contest(16))
