"""Choices as a whole: how many, where, why, and beside what is in flight."""

from dataclasses import replace

import numpy as np
import pytest

from surrogate.asking.choosing import choose, rule_for
from surrogate.asking.coverage import edge_share, hole, holes
from surrogate.asking.request import EFFORTS, Request
from surrogate.asking.scene import explained, look
from surrogate.asking.search import Task, greedy, polish
from surrogate.asking.sites import candidates, inclusion, level_of, pool, sites, systematic
from surrogate.asking.standing import edges
from surrogate.design import fill, fresh
from surrogate.errors import NothingToAsk, PlanError
from surrogate.expression import Expression
from surrogate.goal import Goal
from surrogate.outcome import Number
from surrogate.records import Reason
from surrogate.space import Integer, Real, Space
from tests.asking.process import Process, process

SQUARE = Space({"x": Real(0, 1), "y": Real(0, 1)})
BOARD = Space({"row": Integer(1, 4), "column": Integer(1, 3)})


def request(count: int = 8, goal: Goal | None = None) -> Request:
    return Request(SQUARE, goal or Goal.boundary(0.5), count, seed=5)


def task(surrogate: Process, wanted: Request) -> Task:
    seen = pool(surrogate, wanted)
    none = np.empty((0, 2))
    return Task(
        surrogate=surrogate,
        space=wanted.space,
        rule=rule_for(surrogate, wanted),
        g=level_of(surrogate, wanted),
        sites=sites(seen, 200),
        flying=look(surrogate, none),
        taken=none,
    )


@pytest.mark.parametrize("goal", [Goal.boundary(0.5), Goal.map()])
@pytest.mark.parametrize("effort", ["full", "quick"])
def test_exactly_as_many_different_points_come_as_were_wanted(goal: Goal, effort: str) -> None:
    for count in (1, 3, 16):
        choices = choose(process(), replace(request(count, goal), effort=effort))
        assert len(fresh(np.array([choice.units for choice in choices]))) == count


def test_the_same_request_gives_the_same_choices() -> None:
    first, second = choose(process(), request()), choose(process(), request())
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.units, other.units)
        assert (one.why, one.gain) == (other.why, other.gain)


def test_choices_for_a_boundary_lie_nearer_to_it_than_points_at_large() -> None:
    surrogate = process(40)
    wanted = replace(request(16), coverage_every=0)
    chosen = np.array([choice.units for choice in choose(surrogate, wanted)])
    at_large = np.abs(surrogate.latent(fill(SQUARE, 0, 500, 1))[0])
    assert np.median(np.abs(surrogate.latent(chosen)[0])) < 0.5 * np.median(at_large)


def test_points_in_flight_are_kept_away_from() -> None:
    surrogate = process()
    alone = choose(surrogate, replace(request(1), coverage_every=0))[0]
    crowd = np.repeat(alone.units[None, :], 8, axis=0)
    beside = choose(surrogate, replace(request(1), coverage_every=0, pending=crowd))[0]
    assert np.linalg.norm(beside.units - alone.units) > 0.05
    assert beside.gain is not None
    assert alone.gain is not None
    assert beside.gain < alone.gain


def test_a_finite_space_gives_its_last_points_and_then_says_so() -> None:
    done = fill(BOARD, 0, 5, 0)
    pending = fill(BOARD, 5, 2, 0)
    wanted = Request(BOARD, Goal.boundary(0.5), 5, seed=1, pending=pending, done=done)
    surrogate = process(outcome=Number("depth", noise="none"))
    chosen = np.array([choice.units for choice in choose(surrogate, wanted)])
    assert len(fresh(np.concatenate([done, pending, chosen]))) == 12
    with pytest.raises(NothingToAsk, match="has only 5 left") as caught:
        choose(surrogate, replace(wanted, count=6))
    assert caught.value.found == 5


def test_choices_obey_constraints() -> None:
    half = Space({"x": Real(0, 1), "y": Real(0, 1)}, constraints=(Expression("x + y <= 0.7"),))
    chosen = choose(process(), Request(half, Goal.map(), 8, seed=2))
    assert half.allowed(np.array([choice.units for choice in chosen])).all()


def test_every_eighth_query_goes_to_the_largest_hole() -> None:
    done = fill(SQUARE, 0, 60, 3) * [0.5, 1.0]  # nothing right of the middle
    choices = choose(process(), replace(request(8), first=16, done=done))
    assert [choice.reason for choice in choices] == [Reason.BOUNDARY] * 7 + [Reason.COVERAGE]
    assert choices[-1].units[0] > 0.6
    assert "nothing was run within" in choices[-1].why


def test_every_choice_says_why_in_words_with_its_gain() -> None:
    boundary = choose(process(), request(1))[0]
    assert boundary.gain_unit == "share of the space"
    assert boundary.gain is not None
    assert 0 < boundary.gain < 0.2
    assert "where the 0.5 line may run" in boundary.why
    assert f"{100 * boundary.gain:.2g} % of the space" in boundary.why
    mapped = choose(process(), request(1, Goal.map()))[0]
    assert mapped.gain_unit == "squared doubt (variance of p)"


def test_a_rule_that_is_not_known_is_named_with_those_that_are() -> None:
    with pytest.raises(PlanError, match="rule 'bald' is not known for Binary; there are eavc"):
        choose(process(), replace(request(), rule="bald"))
    with pytest.raises(PlanError, match="give the goal a level"):
        choose(process(), replace(request(1, Goal.map()), rule="eavc"))
    with pytest.raises(PlanError, match="effort is one of full, quick"):
        replace(request(), effort="heroic")
    with pytest.raises(PlanError, match="at least one"):
        request(0)


def test_greedy_choice_with_old_bounds_equals_greedy_choice_with_all_gains_anew() -> None:
    surrogate = process(outcome=Number("depth"))
    wanted = request(6, Goal.map())
    work = task(surrogate, wanted)
    candidates = look(surrogate, fill(SQUARE, 0, 80, 4))
    found = greedy(work, candidates, 6)
    conditioned, units, gains = surrogate, list[int](), list[float]()
    for _ in range(6):
        before = conditioned.latent(work.sites.points.units)[1] @ work.sites.w
        falls = [
            before
            - conditioned.after(each[None, :], np.zeros(1)).latent(work.sites.points.units)[1]
            @ work.sites.w
            for each in candidates.units
        ]
        units.append(int(np.argmax(falls)))
        gains.append(float(max(falls)))
        conditioned = conditioned.after(candidates.units[units[-1]][None, :], np.zeros(1))
    np.testing.assert_array_equal(found.points.units, candidates.units[units])
    np.testing.assert_allclose(found.gains, gains, rtol=1e-5)


def test_polishing_a_single_choice_only_gains() -> None:
    surrogate = process()
    work = task(surrogate, request(1))
    found = greedy(work, look(surrogate, fill(SQUARE, 0, 40, 4)), 1)
    better = polish(work, found, EFFORTS["full"], 1)
    assert better.gains[0] > found.gains[0]


def test_a_batch_beside_itself_does_better_than_the_best_points_by_themselves() -> None:
    surrogate = process(outcome=Number("depth"))
    wanted = replace(request(8, Goal.map()), coverage_every=0)
    everywhere = fill(SQUARE, 0, 400, 9)

    def left(units: np.ndarray) -> float:
        return float(surrogate.after(units, np.zeros(len(units))).latent(everywhere)[1].mean())

    batch = np.array([choice.units for choice in choose(surrogate, wanted)])
    work = task(surrogate, wanted)
    candidates = look(surrogate, fill(SQUARE, 0, 200, 4))
    alone = np.array([greedy(work, candidates[np.array([i])], 1).gains[0] for i in range(200)])
    naive = candidates.units[np.argsort(-alone)[:8]]
    assert left(batch) < 0.9 * left(naive)
    assert left(batch) < left(fill(SQUARE, 0, 8, 1))


def test_sites_are_denser_where_it_matters_and_their_weights_undo_it() -> None:
    surrogate = process(40)
    seen = pool(surrogate, request())
    sample = sites(seen, 300)
    assert len(sample.w) == pytest.approx(300, abs=1)
    assert sample.w @ sample.points.units == pytest.approx([0.5, 0.5], abs=0.02)
    undecided = np.abs(sample.points.m) < 0.3
    assert undecided.mean() > 1.5 * (sample.w @ undecided)


@pytest.mark.parametrize("seed", range(4))
def test_sites_stand_for_all_of_the_space_where_every_part_matters_alike(seed: int) -> None:
    """Not so along a Sobol sequence, whose every eighth point lies in one eighth of each axis."""
    nothing = Process(np.array([[0.5, 0.5]]), np.zeros(1), noise=1e6)
    seen = pool(nothing, replace(request(goal=Goal.map()), seed=seed))
    sample = sites(seen, 384)
    for axis in (0, 1):
        held = np.bincount((8 * sample.points.units[:, axis]).astype(int), sample.w, 8)
        np.testing.assert_allclose(held, 0.125, atol=0.02)
    cells = (4 * candidates(seen, 192).units).astype(int)
    np.testing.assert_allclose(np.bincount(4 * cells[:, 0] + cells[:, 1]), 12, atol=2)


def test_inclusion_chances_sum_to_the_count_and_stay_chances() -> None:
    importance = np.concatenate([np.full(5, 40.0), np.full(95, 0.1)])
    share = inclusion(importance, 30)
    assert share.sum() == pytest.approx(30)
    assert share.max() <= 1.0
    assert len(systematic(share)) == 30


def test_the_edge_share_is_chances_own_for_chances_points() -> None:
    rows = np.random.default_rng(0).random((20000, 3))
    assert edge_share(rows, 0.05) == pytest.approx(1 - 0.9**3, abs=0.01)
    assert edge_share(np.array([[0.0, 0.5], [0.5, 0.5]])) == 0.5


def test_a_rule_that_camps_at_the_edge_is_told_from_one_that_does_not() -> None:
    middle = [{"x": x, "y": 0.5} for x in np.linspace(0.1, 0.9, 30).tolist()]
    edge = [{"x": 0.0, "y": y} for y in np.linspace(0.1, 0.9, 60).tolist()]
    fine, camped = edges(SQUARE, middle), edges(SQUARE, [*middle, *edge])
    assert fine is not None
    assert camped is not None
    assert fine.share == 0.0
    assert fine.by_chance == pytest.approx(1 - 0.98**2, abs=0.005)
    assert not fine.camped
    assert camped.words.startswith("Of 90 runs that its rule chose 67 % lie at the edge")
    assert camped.words.endswith("it camps there, and the middle may be starved.")
    assert edges(SQUARE, middle[:19]) is None


def test_holes_are_filled_one_after_the_other() -> None:
    corners = np.array([[0.1, 0.1], [0.9, 0.9], [0.1, 0.9], [0.89, 0.9]])
    taken = np.array([[0.1, 0.12]])
    rows = holes(corners, np.ones(4), taken, 2)
    assert set(rows.tolist()) == {1, 2}
    assert hole(corners, np.empty((0, 2))).tolist() == [np.inf] * 4


def test_readings_that_rounding_cannot_tell_apart_explain_what_they_share() -> None:
    """As after a peak was found to twelve digits: a covariance that has lost its last digits."""
    joint = np.array([[1.0, 1.0 + 1e-9], [1.0 + 1e-9, 1.0]])
    factor = explained(joint, np.zeros(2), np.ones((2, 1)))
    np.testing.assert_allclose(factor.T @ factor, 1.0, rtol=1e-6)
