"""Outcomes: what a simulator may return, and what is refused with a sentence."""

import math
from typing import Any

import numpy as np
import pytest

from surrogate.errors import NotFinite, OutcomeError, PlanError
from surrogate.outcome import Answer, Binary, Count, Infeasible, Number, Outcome, answer_from

GOAL = Binary("goal")
MARGIN = Number("margin", unit="m", low=-50, high=50)


@pytest.mark.parametrize("raw", [True, 1, 1.0, np.True_, np.float64(1.0)])
def test_truths_of_every_kind_are_a_yes(raw: Any) -> None:
    assert answer_from(raw, (GOAL,)) == Answer({"goal": 1.0})


@pytest.mark.parametrize(
    ("raw", "outcome", "words"),
    [
        ("yes", GOAL, "True or False was expected, 'yes' came"),
        (0.5, GOAL, "True or False was expected, 0.5 came"),
        (None, GOAL, "was expected, nothing .None. came; end every branch of the simulator"),
        (11, Count("goals", of=10), "a whole number from 0 to 10 was expected, 11 came"),
        (2.5, Count("goals", of=10), "a whole number from 0 to 10 was expected"),
        (True, MARGIN, "a finite number was expected, True"),
        ({"gaol": True}, GOAL, "outcome 'gaol' came, but the simulator declares: goal"),
        ({}, GOAL, "outcome 'goal' was expected"),
        ((1.0, -0.1), MARGIN, "sd -0.1 is negative"),
        ((1.0, 0.1, 0.2), MARGIN, r"a pair \(value, sd\) was expected"),
        (Answer({"goal": 1.0}, cost=-1.0), GOAL, "cost -1 is negative"),
    ],
)
def test_a_wrong_outcome_is_refused_with_what_came(raw: Any, outcome: Any, words: str) -> None:
    with pytest.raises(OutcomeError, match=words):
        answer_from(raw, (outcome,))


@pytest.mark.parametrize("raw", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("outcome", [GOAL, MARGIN, Count("goals", of=10)])
def test_what_is_not_finite_has_an_error_of_its_own(raw: float, outcome: Outcome) -> None:
    with pytest.raises(NotFinite, match="return Infeasible"):
        answer_from(raw, (outcome,))


def test_a_number_outside_its_declared_range_is_infeasible() -> None:
    answer = answer_from(1e208, (MARGIN,))
    assert isinstance(answer, Infeasible)
    assert "outside its declared range -50..50" in answer.reason


def test_a_known_noise_travels_with_its_value() -> None:
    assert answer_from((3.2, 0.1), (MARGIN,)) == Answer({"margin": 3.2}, {"margin": 0.1})


def test_other_outcomes_may_be_missing_but_not_the_question() -> None:
    assert answer_from({"goal": False}, (GOAL, MARGIN)) == Answer({"goal": 0.0})
    with pytest.raises(OutcomeError, match="outcome 'goal' was expected"):
        answer_from({"margin": 1.0}, (GOAL, MARGIN))


def test_cost_and_detail_are_carried() -> None:
    answer = answer_from(Answer({"goal": True}, cost=90, detail={"ending": "goal"}), (GOAL,))
    assert answer == Answer({"goal": 1.0}, {}, 90.0, {"ending": "goal"})


def test_declarations_are_checked_at_birth() -> None:
    with pytest.raises(PlanError, match="of = 0 is not at least 1"):
        Count("goals", of=0)
    with pytest.raises(PlanError, match="low 2 is not below high 1"):
        Number("margin", low=2, high=1)
    with pytest.raises(PlanError, match="noise is 'none', 'known' or 'unknown'"):
        Number("margin", noise="zero")
