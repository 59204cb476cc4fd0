"""Hunting for a patch: gains against sums over worlds, and where a batch goes."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtr

from surrogate.asking.choosing import choose
from surrogate.asking.hunting import (
    Ground,
    Worlds,
    edges,
    hunt,
    hunting_shares,
    information,
    parted,
    suspects,
)
from surrogate.asking.request import Request
from surrogate.dataset import Dataset
from surrogate.goal import Goal
from surrogate.kernels import Constant
from surrogate.models.likelihood import Probit
from surrogate.models.patched import PatchedPosterior
from surrogate.models.patches import scans
from surrogate.models.posterior import Posterior
from surrogate.models.probability import ProbabilityRecipe
from surrogate.models.propagation import propagate
from surrogate.models.shapes import Shapes
from surrogate.models.worlds import Patches
from surrogate.outcome import Binary
from surrogate.records import Reason
from surrogate.space import Real, Space

Array = NDArray[np.float64]

SQUARE = Space({"x": Real(0, 1), "y": Real(0, 1)})
BOXES = Shapes(
    np.array([[0.0, 0.0], [0.5, 0.5]]),
    np.array([[0.2, 0.2], [0.7, 0.8]]),
    np.zeros((2, 2), dtype=bool),
)
CHANCES = np.array([0.2, 0.3])


def plain(level: float = -0.4, variance: float = 1e-9) -> Posterior:
    """A smooth process that knows f = level everywhere."""
    weights = np.array([level / variance])
    root = np.zeros((1, 1))
    return Posterior(Constant(variance), np.zeros((1, 2)), weights, root)


def suspected(level: float = -0.4, lifts: tuple[float, float] = (1.0, 0.8)) -> Worlds:
    smooth = plain(level)
    weights = np.tile(smooth.weights[:, None], (1, 2))
    patches = Patches(BOXES, CHANCES, np.array(lifts), 0.0, weights)
    return Worlds(SQUARE, PatchedPosterior(smooth, patches), 0.0)


def seen(n: int = 60) -> Dataset:
    rng = np.random.default_rng(3)
    units = rng.random((n, 2))
    values = (rng.random(n) < 0.33).astype(float)
    return Dataset(Binary("hit"), units, values, np.ones(n), np.full(n, np.nan), np.arange(n))


def anywhere(units: Array, hunters: int) -> Ground:
    return Ground(units, (np.arange(len(units)),) * hunters)


NONE = np.empty((0, 2))


def test_the_gain_is_the_information_summed_over_answers_and_worlds() -> None:
    trail = hunt(suspected(), anywhere(np.array([[0.6, 0.6]]), 1), NONE)
    joint = np.array([[0.3 * ndtr(0.4), 0.3 * ndtr(-0.4)], [0.7 * ndtr(-0.4), 0.7 * ndtr(0.4)]])
    apart = np.outer(joint.sum(axis=1), joint.sum(axis=0))
    assert trail.gains[0] == pytest.approx(np.sum(joint * np.log(joint / apart)), rel=1e-6)
    assert trail.chances[0] == pytest.approx(0.3)


def test_a_patch_that_would_not_cross_the_level_teaches_nothing() -> None:
    trail = hunt(suspected(-0.9), anywhere(np.array([[0.6, 0.6], [0.1, 0.1]]), 2), NONE)
    assert trail.units[0].tolist() == [0.1, 0.1]
    assert trail.gains[1] == pytest.approx(0.0, abs=1e-12)


def test_what_the_smooth_process_took_up_is_given_back_in_a_world_with_a_patch() -> None:
    rng = np.random.default_rng(0)
    units, kernel = rng.random((40, 2)), Constant(0.5)
    inside = BOXES.hold(units)[:, 1]
    values = (rng.random(40) < np.where(inside > 0, 0.9, 0.3)).astype(float)
    K = np.array(kernel(units, units))
    found = propagate(K, Probit(values, 1 - values))
    patches = scans(units, found)[0]
    smooth = Posterior(kernel, units, found.weights, found.updated.root())
    tau, nu = found.messages.tau, found.messages.nu
    shift = patches.shapes.hold(units) * patches.lifts
    expected = K[0] @ np.linalg.solve(K + np.diag(1 / tau), (nu / tau)[:, None] - shift)
    np.testing.assert_allclose(patches.plain(units[:1], smooth)[0], expected, rtol=1e-6)


def test_the_gain_beside_a_run_ahead_is_its_mean_over_what_that_run_may_say() -> None:
    worlds = suspected()
    ahead, there = np.array([[0.1, 0.1]]), np.array([[0.15, 0.15], [0.6, 0.6]])
    yes, (P, T), W = worlds.look(ahead)[0][0], worlds.look(there), worlds.chances
    expected = np.zeros(2)
    for answer in (yes, 1 - yes):
        after = W * answer
        expected += after.sum() * information(after[None, :] / after.sum(), P, T)
    np.testing.assert_allclose(information(parted(W[None, :], yes), P, T), expected, rtol=1e-10)


def test_courses_of_many_runs_ahead_stay_few_and_keep_all_chances() -> None:
    A = suspected().chances[None, :]
    for _ in range(9):
        A = parted(A, np.array([0.7, 0.3, 0.3]))
    assert len(A) == 16
    assert A.sum() == pytest.approx(1.0)


def test_runs_in_flight_send_a_hunter_to_the_other_box() -> None:
    ground = anywhere(np.array([[0.1, 0.1], [0.6, 0.6]]), 1)
    alike = suspected(lifts=(1.0, 1.0))
    np.testing.assert_array_equal(hunt(alike, ground, NONE).units, [[0.6, 0.6]])
    flying = np.tile([0.6, 0.65], (60, 1))
    np.testing.assert_array_equal(hunt(alike, ground, flying).units, [[0.1, 0.1]])


def test_a_hunter_takes_no_place_that_another_took_and_stays_away_where_none_is_left() -> None:
    ground = anywhere(np.array([[0.1, 0.1], [0.6, 0.6], [0.6, 0.6]]), 3)
    trail = hunt(suspected(), ground, NONE)
    assert sorted(trail.units.tolist()) == [[0.1, 0.1], [0.6, 0.6]]


def test_the_edges_of_a_patch_are_within_the_space_and_not_taken() -> None:
    spread = np.random.default_rng(1).random((300, 2))
    free = edges(suspected(), spread, 4, taken=NONE, seed=2, again=NONE)
    taken = free.units[free.turns[0][:5]]
    ground = edges(suspected(), spread, 4, taken=taken, seed=2, again=NONE)
    assert len(ground.turns) == 4
    assert len(ground.turns[0]) == len(free.turns[0]) - 5
    assert np.all((ground.units >= 0) & (ground.units <= 1))


def test_before_one_is_found_suspects_are_looked_into_as_often_as_they_are_likely() -> None:
    ground = suspects(suspected(), 400, taken=NONE, seed=3, again=NONE)
    trail = hunt(suspected(), ground, NONE)
    there = BOXES.hold(trail.units)
    assert np.all(there.sum(axis=1) == 1.0)
    assert there[:, 1].mean() == pytest.approx(0.6, abs=0.07)
    left = suspects(suspected(), 400, taken=trail.units, seed=3, again=NONE)
    assert {len(turn) for turn in left.turns} == {3}


def test_hunters_run_what_the_parent_ran_again_where_a_patch_may_be() -> None:
    again = np.random.default_rng(4).random((200, 2))
    held = BOXES.hold(again).sum(axis=1) > 0.0
    ground = suspects(suspected(), 20, taken=NONE, seed=3, again=again)
    trail = hunt(suspected(), ground, NONE)
    assert {row.tobytes() for row in trail.units} <= {row.tobytes() for row in again[held]}
    spread = np.random.default_rng(1).random((300, 2))
    ground = edges(suspected(), spread, 4, taken=NONE, seed=2, again=again)
    np.testing.assert_array_equal(ground.units, again[held])
    few = edges(suspected(), spread, 4, taken=NONE, seed=2, again=again[held][:3])
    assert len(few.units) > 128


def test_hunters_are_shared_by_what_a_run_clears_up_about_each() -> None:
    spread = np.random.default_rng(1).random((300, 2))
    open_one, worlds = suspected(), suspected()
    assert hunting_shares([open_one, open_one], spread).tolist() == [0.45, 0.45]
    seldom = replace(worlds.process.patches, chances=0.5 * np.array(CHANCES))
    doubted = replace(worlds, process=replace(worlds.process, patches=seldom))
    assert hunting_shares([open_one, doubted], spread).tolist() == [0.45, 0.45]
    shares = hunting_shares([open_one, doubted], spread, inherited=True)
    assert shares == pytest.approx([0.6, 0.3])
    patches = replace(worlds.process.patches, chances=np.array([0.06, 0.9]))
    found = replace(worlds, process=replace(worlds.process, patches=patches))
    held, runs = (BOXES.hold(units).sum(axis=0) for units in (spread, worlds.process.units))
    alone, (own, others) = (
        hunting_shares(list(each), spread) for each in ([found], (found, open_one))
    )
    pace = [
        held @ [0.06, 0.1] / (10.0 + runs @ [0.06, 0.9] / 0.9),
        held @ CHANCES / (10.0 + runs @ CHANCES / max(CHANCES)),
    ]
    assert own / others == pytest.approx(pace[0] / pace[1])
    assert 0.5 <= alone[0] <= own + others <= 0.9 + 1e-9


def test_a_surrogate_that_suspects_patches_sends_most_of_a_batch_to_hunt() -> None:
    data = seen()
    surrogate = ProbabilityRecipe(Binary("hit"), 2, patches=True).fit(data)
    request = Request(SQUARE, Goal.boundary(0.5), 8, seed=1, done=data.units, coverage_every=0)
    choices = choose(surrogate, request)
    hunting = [choice for choice in choices if "small patch" in choice.why]
    assert len(hunting) == 7
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
