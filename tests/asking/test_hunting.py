"""Hunting for a patch: gains against sums over worlds, and where a batch goes."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtr

from surrogate.asking import Request, choose
from surrogate.asking.hunting import Worlds, hunt, places, worlds
from surrogate.dataset import Dataset
from surrogate.goal import Goal
from surrogate.kernels import Constant
from surrogate.models.patches import Boxes, Patches
from surrogate.models.posterior import Posterior
from surrogate.models.probability import ProbabilityRecipe
from surrogate.outcome import Binary
from surrogate.records import Reason
from surrogate.space import Real, Space

Array = NDArray[np.float64]

SQUARE = Space({"x": Real(0, 1), "y": Real(0, 1)})
BOXES = Boxes(np.array([[0.0, 0.0], [0.5, 0.5]]), np.array([[0.2, 0.2], [0.7, 0.8]]))
PATCHES = Patches(BOXES, np.array([0.2, 0.3]), np.array([1.0, 0.8]), 0.0)


def plain(level: float = -0.4, variance: float = 1e-9) -> Posterior:
    """A smooth process that knows f = level everywhere."""
    weights = np.array([level / variance])
    root = np.zeros((1, 1))
    return Posterior(Constant(variance), np.zeros((1, 2)), weights, root)


def seen(n: int = 60) -> Dataset:
    rng = np.random.default_rng(3)
    units = rng.random((n, 2))
    values = (rng.random(n) < 0.33).astype(float)
    return Dataset(Binary("hit"), units, values, np.ones(n), np.full(n, np.nan), np.arange(n))


def test_the_gain_is_the_fall_of_the_variance_of_the_sides_summed_over_worlds() -> None:
    sites = np.random.default_rng(0).random((50, 2))
    suspected, sides = worlds(PATCHES, plain()).crossing(sites, 0.0)
    unit = np.array([[0.6, 0.6]])
    trail = hunt(suspected, sides, unit, np.empty((0, 2)), 1)
    chances = np.array([0.2, 0.3, 0.5])  # of the worlds: a box each, and none
    yes = np.array([ndtr(-0.4), ndtr(0.4), ndtr(-0.4)])
    side = np.concatenate([BOXES.hold(sites).T, np.zeros((1, 50))])
    covariance = (chances * yes) @ side - (chances @ yes) * (chances @ side)
    mean = chances @ yes
    expected = 2 * np.mean(covariance**2) / (mean * (1 - mean))
    assert trail.gains[0] == pytest.approx(expected, rel=1e-6)
    assert trail.chances[0] == pytest.approx(0.3)


def test_boxes_that_would_not_cross_the_level_do_not_matter() -> None:
    sites = np.random.default_rng(0).random((50, 2))
    suspected, _ = worlds(PATCHES, plain(-0.9)).crossing(sites, 0.0)
    np.testing.assert_array_equal(suspected.lifts, [1.0])
    assert len(worlds(PATCHES, plain(-2.0)).crossing(sites, 0.0)[0].chances) == 0


def test_a_dull_answer_moves_chances_by_bayes_rule() -> None:
    suspected = Worlds(BOXES, PATCHES.chances, PATCHES.lifts, plain())
    after = suspected.after_dull(PATCHES.chances, np.array([0.1, 0.1]))
    no = np.array([1 - ndtr(0.6), 1 - ndtr(-0.4), 1 - ndtr(-0.4)])
    joint = np.array([0.2, 0.3, 0.5]) * no
    np.testing.assert_allclose(after, (joint / joint.sum())[:2], rtol=1e-6)


def test_runs_in_flight_send_a_hunter_to_the_other_box() -> None:
    sites = np.random.default_rng(0).random((200, 2))
    suspected, sides = worlds(PATCHES, plain()).crossing(sites, 0.0)
    units = np.array([[0.1, 0.1], [0.6, 0.6]])
    first = hunt(suspected, sides, units, np.empty((0, 2)), 1)
    np.testing.assert_array_equal(first.units, [[0.6, 0.6]])
    flying = np.tile([0.6, 0.65], (12, 1))
    np.testing.assert_array_equal(hunt(suspected, sides, units, flying, 1).units, [[0.1, 0.1]])


def test_places_are_different_and_within_the_space() -> None:
    spread = np.random.default_rng(1).random((300, 2))
    units = places(PATCHES, SQUARE, spread, 64, seed=2)
    assert len(np.unique(units, axis=0)) == len(units)
    assert np.all((units >= 0) & (units <= 1))


def test_a_surrogate_that_suspects_patches_sends_most_of_a_batch_to_hunt() -> None:
    data = seen()
    surrogate = ProbabilityRecipe(Binary("hit"), 2, patches=True).fit(data)
    request = Request(SQUARE, Goal.boundary(0.5), 8, seed=1, done=data.units, coverage_every=0)
    choices = choose(surrogate, request)
    hunting = [choice for choice in choices if "small patch" in choice.why]
    assert len(hunting) == 6
    assert {choice.reason for choice in hunting} == {Reason.COVERAGE}
    assert len({choice.units.tobytes() for choice in choices}) == 8


def test_a_map_and_a_rule_that_was_named_do_not_hunt() -> None:
    data = seen()
    surrogate = ProbabilityRecipe(Binary("hit"), 2, patches=True).fit(data)
    for request in (
        Request(SQUARE, Goal.map(), 4, seed=1),
        Request(SQUARE, Goal.boundary(0.5), 4, seed=1, rule="eavc"),
    ):
        assert not any("small patch" in choice.why for choice in choose(surrogate, request))
