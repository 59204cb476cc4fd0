"""A place again or a new one: replicates are declared, worth their gain, and never by accident."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from surrogate.asking.choosing import choose
from surrogate.asking.repeating import Done, lessons, noisy, repeatable
from surrogate.asking.request import Choice, Request
from surrogate.dataset import Dataset, gather
from surrogate.design import fill, fresh
from surrogate.errors import NothingToAsk
from surrogate.goal import Goal
from surrogate.learner import Fitted, Learner
from surrogate.outcome import Binary, Count, Number, Outcome
from surrogate.records import Observation, Reason
from surrogate.space import Integer, Real, Space
from tests.asking.process import Process

SQUARE = Space({"x": Real(0, 1), "y": Real(0, 1)})
BOARD = Space({"row": Integer(1, 4), "column": Integer(1, 3)})
KNOWN = Number("depth", noise="known")
EXACT = Number("depth", noise="none")


def asked(outcome: Outcome, noise: float, count: int = 8, runs: int = 12) -> tuple[Choice, ...]:
    done = fill(SQUARE, 0, runs, 3)
    surrogate = Process(done, np.sin(6 * done[:, 0]), noise, outcome=outcome)
    return choose(surrogate, Request(SQUARE, Goal.map(), count, seed=1, done=done))


def replicates(choices: tuple[Choice, ...]) -> list[Choice]:
    return [choice for choice in choices if choice.reason is Reason.REPLICATE]


def board(outcome: Outcome, known: int, count: int, flying: int = 0) -> Request:
    rows = fill(BOARD, 0, known + flying, 0)
    pending, done = rows[known:], rows[:known]
    return Request(BOARD, Goal.map(), count, seed=1, pending=pending, done=done)


def on_board(outcome: Outcome) -> Process:
    units = fill(BOARD, 0, 6, 0)
    return Process(units, units[:, 0] - 0.5, outcome=outcome)


def test_where_noise_drowns_everything_a_place_is_run_again_and_says_so() -> None:
    again = replicates(asked(Number("depth"), noise=50.0))
    assert again
    assert all("it was run here once" in choice.why for choice in again)
    assert all("how far runs at one place differ" in choice.why for choice in again)


def test_where_runs_tell_nearly_all_no_place_is_run_again() -> None:
    assert not replicates(asked(Number("depth"), noise=1e-4))


def test_a_replicate_names_the_run_that_it_repeats_to_the_bit() -> None:
    done = fill(SQUARE, 0, 12, 3)
    for choice in asked(Number("depth"), noise=50.0):
        if choice.again is not None:
            np.testing.assert_array_equal(choice.units, done[choice.again])
        else:
            assert len(fresh(choice.units[None, :], done)) == 1


def test_what_a_replicate_promises_is_the_fall_of_variance_that_it_brings() -> None:
    done = fill(SQUARE, 0, 12, 3)
    surrogate = Process(done, np.sin(6 * done[:, 0]), 50.0, outcome=Number("depth"))
    request = Request(SQUARE, Goal.map(), 1, seed=1, done=done)
    (choice,) = replicates(choose(surrogate, request))
    everywhere = fill(SQUARE, 0, 4000, 9)
    before = surrogate.latent(everywhere)[1]
    after = surrogate.after(choice.units[None, :], np.zeros(1)).latent(everywhere)[1]
    assert choice.gain == pytest.approx(float(np.mean(before - after)), rel=0.1)


@pytest.mark.parametrize("noise", [1e-4, 50.0])
def test_an_oracle_without_noise_is_never_asked_twice(noise: float) -> None:
    choices = asked(EXACT, noise)
    assert not replicates(choices)
    assert len(fresh(np.array([c.units for c in choices]), fill(SQUARE, 0, 12, 3))) == 8


def test_yes_or_no_and_counts_and_numbers_with_noise_are_noisy() -> None:
    assert [noisy(each) for each in (Binary("a"), Count("b", of=3), KNOWN, Number("c"))] == 4 * [
        True
    ]
    assert not noisy(EXACT)


def test_a_small_space_that_is_used_up_goes_on_with_replicates_where_runs_are_noisy() -> None:
    surrogate, wanted = on_board(Binary("hit")), board(Binary("hit"), 10, 8)
    choices = choose(surrogate, wanted)
    assert len(fresh(np.array([choice.units for choice in choices]))) == 8
    assert len(replicates(choices)) >= 6
    with pytest.raises(NothingToAsk, match="the space has only"):
        choose(on_board(EXACT), wanted)


def test_what_is_in_flight_is_not_run_beside_itself() -> None:
    surrogate, wanted = on_board(Binary("hit")), board(Binary("hit"), 8, 4)
    wanted = replace(wanted, pending=fill(BOARD, 4, 8, 0), done=fill(BOARD, 0, 12, 0))
    choices = choose(surrogate, wanted)
    assert {c.units.tobytes() for c in choices} == {u.tobytes() for u in fill(BOARD, 0, 4, 0)}


def test_of_many_places_those_where_the_goal_is_undecided_are_the_ones_to_repeat() -> None:
    done = np.linspace(0.0, 1.0, 400)[:, None] * [1.0, 0.0] + [0.0, 0.5]
    surrogate = Process(done[::10], 4 * (done[::10, 0] - 0.5), 0.5)
    request = Request(SQUARE, Goal.boundary(0.5), 1, seed=1, done=done)
    chosen = repeatable(surrogate, request, Done(done), 60)
    assert len(chosen) == pytest.approx(60, abs=1)
    assert np.mean(np.abs(chosen.units[:, 0] - 0.5) < 0.2) > 0.5


def test_only_where_noise_is_to_be_learned_is_a_replicate_worth_more_and_only_at_first() -> None:
    once, often = np.array([[0.1, 0.1]]), np.array([[0.9, 0.9]])
    done = Done(np.concatenate([once, np.repeat(often, 5, axis=0)]))
    places = np.concatenate([once, often, [[0.5, 0.5]]])
    assert [done.runs(place) for place in places] == [1, 5, 0]
    first, later, new = lessons(Number("depth"), done)(places)
    assert first > later == new == 1.0
    assert (lessons(KNOWN, done)(places) == 1.0).all()


class Drowned:
    """A recipe that takes nearly all that it sees for noise."""

    name = "drowned"

    def fit(
        self, data: Dataset, *, start: Mapping[str, Any] | None = None, optimise: bool = True
    ) -> Process:
        return Process(data.units, data.values, noise=50.0, outcome=data.outcome)


def test_a_replicate_is_the_same_point_and_one_place_of_the_data() -> None:
    space, depth = Space({"x": Real(0.3, 70.0, scale="log"), "y": Real(-1.3, 0.7)}), Number("depth")
    mind = Learner(space, depth, Goal.map(), 5, Drowned(), start=8)
    known: list[Observation] = []
    fitted: Fitted | None = None
    while len(known) < 40:
        for query in mind.ask(8, first=len(known), pending=(), fitted=fitted):
            depths = {"depth": float(query.index % 3)}
            known.append(Observation(query.index, query.point, depths, reason=query.reason))
        fitted = mind.fit(known, fitted.revision if fitted else None)
    again = [one for one in known if one.reason is Reason.REPLICATE]
    assert again
    assert all(any(one.point == o.point for o in known[: one.query]) for one in again)
    assert len(np.unique(gather(space, depth, known).units, axis=0)) == 40 - len(again)
