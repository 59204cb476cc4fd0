"""Accounts of queries: promises against what came, and who was redundant."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from simulators.problems.level_sets import PROBLEMS
from surrogate.answers.why import Account, Gains, Ledger, gains, why
from surrogate.errors import PointError
from surrogate.goal import Goal
from surrogate.learner import Fitted, Learner
from surrogate.models.recipes import recipe_for
from surrogate.outcome import Number
from surrogate.records import Observation, Query, Reason

PLACE = PROBLEMS[0].space


def answer(query: Query, *, number: bool) -> float:
    x, y = (float(value) for value in query.point.values())
    height, noise = np.sin(3 * x) + y, np.sin(17 * query.index)
    return float(height + 0.3 * noise) if number else float(height + noise > 0)


@cache
def campaign(*, number: bool, rule: str) -> Ledger:
    outcome = Number("z", noise="unknown") if number else PROBLEMS[0].outcome
    goal = Goal.boundary(0.0 if number else 0.5)
    recipe = recipe_for(outcome, 2)
    learner = Learner(PLACE, outcome, goal, 1, recipe, start=8, rule=rule)
    queries: list[Query] = []
    known: list[Observation] = []
    revisions = {}
    fitted: Fitted | None = None
    for _ in range(5):
        asked = learner.ask(8, first=len(queries), pending=(), fitted=fitted)
        queries += asked
        known += [
            Observation(q.index, q.point, {outcome.name: answer(q, number=number)}) for q in asked
        ]
        fitted = learner.fit(known, fitted.revision if fitted else None)
        assert fitted is not None
        revisions[fitted.revision.number] = fitted.revision
    return Ledger(learner, queries, known, revisions)


def judged(found: Gains) -> Sequence[Account]:
    assert len(found.judged) > 20
    return found.judged


def test_a_variance_falls_by_what_it_was_expected_to_whatever_the_answer() -> None:
    """For a number it depends on locations alone, so nothing is left to chance."""
    for account in judged(gains(campaign(number=True, rule="variance"))):
        assert account.realised == pytest.approx(account.worth, rel=1e-6)
        assert account.promised == pytest.approx(account.worth, rel=0.1)


@pytest.mark.parametrize("rule", ["eavc", "sides", "globalmi", "variance"])
def test_over_both_answers_a_query_gives_what_it_was_worth(rule: str) -> None:
    """Where neither answer would be a surprise: there an update by moments is close enough."""
    ledger, open_ones = campaign(number=False, rule=rule), 0
    for account in judged(gains(ledger))[-8:]:
        one = why(ledger, account.query)
        assert one.before
        assert one.came
        assert one.other
        yes, no = (one.came, one.other) if one.came.value else (one.other, one.came)
        p = one.before.response
        if 0.2 < p < 0.8:
            open_ones += 1
            assert p * yes.gain + (1 - p) * no.gain == pytest.approx(account.worth, rel=0.2)
    assert open_ones >= 4


def test_a_crossing_is_expected_to_clear_up_about_what_it_does() -> None:
    found = gains(campaign(number=True, rule="crossing"))
    assert found.kept is not None
    assert 0.6 < found.kept[0] < 1.7


def test_a_yes_moves_the_response_and_the_share_up_and_a_no_down() -> None:
    ledger = campaign(number=False, rule="eavc")
    one = why(ledger, judged(gains(ledger))[-1].query)
    assert one.before
    assert one.came
    assert one.other
    yes, no = (one.came, one.other) if one.came.value else (one.other, one.came)
    assert no.response < one.before.response < yes.response
    shares = [each.share or 0.0 for each in (no, one.before, yes)]
    assert shares == sorted(set(shares))


def test_a_query_amid_others_of_the_same_breath_was_redundant() -> None:
    """Thirty noisy readings of one place leave a thirtieth of what one would have told."""
    ledger = campaign(number=True, rule="crossing")
    chosen = [each for each in judged(gains(ledger)) if each.reason is Reason.BOUNDARY]
    middle = ledger.queries[chosen[-1].query]
    twins = [replace(middle, index=99 + k) for k in range(30)]
    known = [Observation(q.index, q.point, {"z": answer(q, number=True)}) for q in twins]
    crowded = replace(
        ledger,
        queries=[*ledger.queries, *twins],
        observations=[*ledger.observations, *known],
    )
    assert middle.index not in gains(ledger).redundant
    assert middle.index in gains(crowded).redundant


def test_what_no_surrogate_chose_has_no_account() -> None:
    ledger = campaign(number=True, rule="crossing")
    one = why(ledger, 0)
    assert one.account.reason is Reason.START
    assert (one.account.worth, one.account.realised, one.came) == (None, None, None)
    with pytest.raises(PointError, match="query 777 is unknown; 40 were asked"):
        why(ledger, 777)


def account(query: int, promised: float, worth: float, realised: float) -> Account:
    return Account(query, Reason.BOUNDARY, "", "nats", promised, worth, realised)


def test_many_redundant_queries_raise_an_alarm_and_few_do_not() -> None:
    good = [account(k, 1.0, 0.9, 1.1) for k in range(20)]
    wasted = [account(20 + k, 1.0, 0.01, 0.0) for k in range(8)]
    assert Gains(tuple(good + wasted[:2]), "nats").alarm == ""
    alarmed = Gains(tuple(good + wasted), "nats")
    assert alarmed.redundant == tuple(range(20, 28))
    assert alarmed.alarm.startswith("8 of 28 queries were worth next to nothing")


def test_a_rule_that_gives_half_of_what_it_says_is_told_so() -> None:
    half = [account(k, 1.0, 0.9, 0.4 + 0.02 * (k % 10)) for k in range(20)]
    assert "so it promises too much" in Gains(tuple(half), "nats").words
    even = [account(k, 1.0, 0.9, 0.2 + 0.18 * (k % 10)) for k in range(20)]
    assert "so it keeps its promises" in Gains(tuple(even), "nats").words
    assert Gains((), "").words == "No query has promised anything that came since."
