"""A surrogate is asked by what it can do: by gain, along its divide, or where it is least sure."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from surrogate.asking.choosing import choose, manner, rule_name
from surrogate.asking.coverage import hole
from surrogate.asking.request import Request
from surrogate.dataset import Dataset
from surrogate.design import fresh
from surrogate.errors import NothingToAsk, PlanError
from surrogate.goal import Goal
from surrogate.models.base import Marginal
from surrogate.models.recipes import recipe
from surrogate.outcome import Binary, Number, Outcome
from surrogate.records import Reason
from surrogate.space import Integer, Real, Space

Array = NDArray[np.float64]

SQUARE = Space({"x": Real(0, 1), "y": Real(0, 1)})
HIT, DEPTH = Binary("hit"), Number("depth", unit="m")
LOGISTIC = "sklearn.linear_model:LogisticRegression"
DONE = np.random.default_rng(0).random((30, 2))


def fitted(name: str, outcome: Outcome = HIT, **parameters: Any) -> Marginal:
    n = len(DONE)
    values = (DONE[:, 0] > 0.5).astype(float)
    data = Dataset(outcome, DONE, values, np.ones(n), np.full(n, np.nan), np.arange(n))
    return recipe(name, outcome, 2, parameters=parameters).fit(data)


def request(goal: Goal, rule: str = "", every: int = 0) -> Request:
    return Request(SQUARE, goal, 6, seed=3, done=DONE, rule=rule, coverage_every=every)


def test_an_estimator_is_asked_at_its_line_and_apart() -> None:
    choices = choose(fitted(LOGISTIC), request(Goal.boundary(0.5)))
    units = np.array([choice.units for choice in choices])
    assert np.abs(fitted(LOGISTIC).predict(units).mean - 0.5).max() < 0.2
    assert min(hole(units[i : i + 1], np.delete(units, i, 0))[0] for i in range(6)) > 0.05
    assert {choice.reason for choice in choices} == {Reason.BOUNDARY}
    assert choices[0].why == "where it is least sure on which side of 0.5 the response is"


def test_a_map_is_asked_where_intervals_are_wide() -> None:
    surrogate = fitted("sklearn.linear_model:BayesianRidge", DEPTH)
    units = np.array([choice.units for choice in choose(surrogate, request(Goal.map()))])
    everywhere = surrogate.predict(np.random.default_rng(1).random((500, 2)))
    there = surrogate.predict(units)
    assert np.mean(there.upper - there.lower) > np.mean(everywhere.upper - everywhere.lower)


def test_every_so_often_it_goes_where_nothing_was_run() -> None:
    choices = choose(fitted(LOGISTIC), request(Goal.boundary(0.5), every=3))
    far = [i for i, choice in enumerate(choices) if choice.reason is Reason.COVERAGE]
    assert far == [2, 5]
    distances = hole(np.array([choice.units for choice in choices]), DONE)
    assert distances[2] > 2 * np.median(distances[[0, 1, 3, 4]])


@pytest.mark.parametrize("name", ["svm", LOGISTIC])
@pytest.mark.parametrize("goal", [Goal.boundary(0.5), Goal.boundary(0.7), Goal.map()])
def test_no_point_comes_twice_whatever_is_in_flight(name: str, goal: Goal) -> None:
    surrogate, first = fitted(name), request(goal)
    one = np.array([choice.units for choice in choose(surrogate, first)])
    again = Request(SQUARE, goal, 6, seed=3, done=DONE, pending=one, coverage_every=0)
    other = np.array([choice.units for choice in choose(surrogate, again)])
    assert len(fresh(np.concatenate([one, other]), DONE)) == 12


def test_the_rule_follows_from_what_the_surrogate_can_do() -> None:
    even, uneven = Goal.boundary(0.5), Goal.boundary(0.7)
    assert rule_name(fitted("gp"), even) == "eavc"
    assert [rule_name(fitted("svm"), goal) for goal in (even, uneven)] == ["simple", "least-sure"]
    assert rule_name(fitted(LOGISTIC), even) == "least-sure"


def test_a_weaker_way_of_asking_is_said() -> None:
    assert manner(fitted("gp"), Goal.map()) == ""
    assert "along its divide" in manner(fitted("svm"), Goal.boundary(0.5))
    assert "where it is least sure" in manner(fitted(LOGISTIC), Goal.map())


@pytest.mark.parametrize(
    ("name", "rule", "needs"),
    [
        ("svm", "eavc", "says what a run would teach: a Gaussian process, such as 'gp'"),
        (LOGISTIC, "maxmin", "divides yes from no, such as 'svm'"),
    ],
)
def test_a_rule_names_what_it_needs(name: str, rule: str, needs: str) -> None:
    with pytest.raises(PlanError, match=needs):
        choose(fitted(name), request(Goal.boundary(0.5), rule))


def test_a_margin_is_no_answer_at_another_level() -> None:
    with pytest.raises(PlanError, match=r"is at the level 0\.5, not 0\.7; use the rule"):
        choose(fitted("svm"), request(Goal.boundary(0.7), "simple"))


def test_a_space_that_is_used_up_says_how_much_is_left() -> None:
    board = Space({"row": Integer(1, 4), "column": Integer(1, 3)})
    wanted = Request(board, Goal.boundary(0.5), 13, seed=1)
    with pytest.raises(NothingToAsk, match="13 new points were wanted, but only 12 are left"):
        choose(fitted(LOGISTIC), wanted)
