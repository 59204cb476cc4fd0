"""The learner is pure: the same records give the same queries, and every query has its reason."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, replace

import numpy as np
import pytest

from surrogate.errors import PlanError
from surrogate.goal import Goal
from surrogate.learner import Fitted, Learner
from surrogate.models.audit import ChanceQuality
from surrogate.models.base import Margin
from surrogate.models.recipes import recipe, recipe_for
from surrogate.outcome import Binary, Number
from surrogate.plan import Plan
from surrogate.planned import learner_for
from surrogate.pool import Pool
from surrogate.records import Observation, Query, Reason, Revision
from surrogate.space import Integer, Point, Real, Space

SPACE = Space({"x": Real(0, 10), "y": Real(-1, 1)})
GOAL = Binary("goal")
LEARNER = Learner(
    SPACE,
    GOAL,
    Goal.boundary(0.5),
    seed=3,
    recipe=recipe_for(GOAL, 2),
    start=10,
    audit=10,
    budget=60,
)


def right_half(point: Point) -> bool:
    return float(point["x"]) > 5


def told(queries: tuple[Query, ...], answer: Callable[[Point], bool]) -> list[Observation]:
    return [Observation(q.index, q.point, {"goal": float(answer(q.point))}) for q in queries]


def grown(learner: Learner, count: int) -> tuple[list[Observation], Fitted | None, list[Query]]:
    observations: list[Observation] = []
    queries: list[Query] = []
    fitted = None
    while len(observations) < count:
        batch = learner.ask(5, first=len(observations), pending=(), fitted=fitted)
        queries += batch
        observations += told(batch, right_half)
        fitted = learner.fit(observations, fitted.revision if fitted else None)
    return observations, fitted, queries


def test_the_same_records_give_the_same_queries() -> None:
    assert grown(LEARNER, 30)[2] == grown(LEARNER, 30)[2]


def test_the_order_in_which_results_arrive_changes_nothing() -> None:
    observations, fitted, _ = grown(LEARNER, 30)
    assert fitted is not None
    again = LEARNER.restore(observations[::-1], fitted.revision)
    asked = [LEARNER.ask(4, first=30, pending=(), fitted=each) for each in (fitted, again)]
    assert asked[0] == asked[1]


def test_a_restored_revision_predicts_what_it_predicted() -> None:
    observations, fitted, _ = grown(LEARNER, 40)
    assert fitted is not None
    rows = SPACE.draw(50, np.random.default_rng(0))
    restored = LEARNER.restore(observations, fitted.revision)
    np.testing.assert_array_equal(
        restored.surrogate.predict(rows).mean, fitted.surrogate.predict(rows).mean
    )


def test_restoring_an_old_revision_ignores_what_came_later() -> None:
    observations, fitted, _ = grown(LEARNER, 30)
    assert fitted is not None
    later = [*observations, Observation(99, {"x": 1.0, "y": 0.0}, {"goal": 1.0})]
    assert LEARNER.restore(later, fitted.revision).revision.seen == tuple(range(30))


def test_queries_are_distinct_and_counted_from_first() -> None:
    _, _, queries = grown(LEARNER, 60)
    assert [query.index for query in queries] == list(range(60))
    new = [query for query in queries if query.reason is not Reason.REPLICATE]
    assert len(new) > 50
    assert len({tuple(query.point.values()) for query in new}) == len(new)
    assert len({query.seed for query in queries}) == 60


def test_what_was_told_since_the_fit_counts_as_in_flight() -> None:
    known, fitted, _ = grown(LEARNER, 30)
    since = LEARNER.ask(4, first=30, pending=(), fitted=fitted)
    after = LEARNER.ask(4, first=34, pending=since, fitted=fitted)
    told_since = [*known, *told(since, right_half)]
    assert LEARNER.ask(4, first=34, pending=(), fitted=fitted, observations=told_since) == after
    assert {query.pending for query in after if query.revision} == {(30, 31, 32, 33)}


def test_what_the_surrogate_has_seen_does_not_count_as_in_flight() -> None:
    known, fitted, _ = grown(LEARNER, 30)
    again = LEARNER.ask(4, first=30, pending=(), fitted=fitted, observations=known)
    assert again == LEARNER.ask(4, first=30, pending=(), fitted=fitted)


def test_reasons_are_start_then_the_rule_with_audits_spread_evenly() -> None:
    _, _, queries = grown(LEARNER, 60)
    reasons = Counter(query.reason for query in queries)
    assert [query.reason for query in queries[:10]] == [Reason.START] * 10
    assert reasons[Reason.AUDIT] == 10
    assert reasons[Reason.BOUNDARY] > 30
    gaps = np.diff([query.index for query in queries if query.reason is Reason.AUDIT])
    assert gaps.max() <= 2 * gaps.min()


def test_every_query_of_the_rule_says_what_it_promises() -> None:
    _, _, queries = grown(LEARNER, 30)
    chosen = [query for query in queries if query.reason is Reason.BOUNDARY]
    assert chosen
    for query in chosen:
        assert query.gain is not None
        assert query.gain > 0
        assert query.gain_unit
        assert query.why
        assert query.revision >= 1


def test_ten_equal_outcomes_keep_the_campaign_space_filling() -> None:
    queries = LEARNER.ask(12, first=0, pending=(), fitted=None)
    fitted = LEARNER.fit(told(queries, lambda point: True))
    assert fitted is not None
    assert not fitted.ready
    more = LEARNER.ask(6, first=12, pending=(), fitted=fitted)
    assert {query.reason for query in more} <= {Reason.START, Reason.AUDIT}
    guess = fitted.surrogate.predict(SPACE.draw(100, np.random.default_rng(0)))
    assert guess.mean.max() < 0.99
    assert guess.lower.min() < 0.7


def test_the_start_is_one_sequence_however_it_is_asked() -> None:
    whole = LEARNER.ask(10, first=0, pending=(), fitted=None)
    parts = [q for i in range(0, 10, 2) for q in LEARNER.ask(2, first=i, pending=(), fitted=None)]
    assert list(whole) == parts


@pytest.mark.parametrize("rule", ["sobol", "latin", "uniform"])
def test_baselines_ask_no_surrogate(rule: str) -> None:
    learner = replace(LEARNER, rule=rule, audit=0)
    _, fitted, _ = grown(learner, 20)
    queries = learner.ask(5, first=20, pending=(), fitted=fitted)
    assert all(query.revision == 0 and query.gain is None for query in queries)


def test_the_queries_of_a_latin_hypercube_fill_every_slice_of_the_budget() -> None:
    learner = replace(LEARNER, rule="latin", audit=8, budget=48)
    queries = learner.ask(48, first=0, pending=(), fitted=None)
    rows = LEARNER.space.encode([q.point for q in queries if q.reason is not Reason.AUDIT])
    for column in rows.T:
        assert sorted(np.floor(column * 40)) == list(range(40))


def test_a_pool_has_no_latin_hypercube() -> None:
    pool = Pool.of({"x": [1.0, 2.0]}, ["x"])
    learner = replace(LEARNER, space=pool, rule="latin")
    with pytest.raises(PlanError, match="cuts ranges into slices, and a pool has none"):
        learner.ask(1, first=0, pending=(), fitted=None)


def test_nothing_can_be_fitted_to_nothing() -> None:
    assert LEARNER.fit([]) is None


def test_a_failed_run_leaves_the_others_to_be_learned_from() -> None:
    observations = [*told(LEARNER.ask(12, first=0, pending=(), fitted=None), right_half)]
    declined = Observation(12, {"x": 1.0, "y": 0.0}, {})
    fitted = LEARNER.fit([*observations, declined])
    assert fitted is not None
    assert fitted.revision.seen == tuple(range(13))
    assert fitted.beside.feasibility.declined == 1


def test_a_restored_revision_knows_the_declined_region_that_it_knew() -> None:
    units = np.random.default_rng(1).random((50, 2))
    answered = units[:, 1] < 0.7
    observations = [
        Observation(k, point, {"goal": float(right_half(point))} if answered[k] else {})
        for k, point in enumerate(SPACE.decode(units))
    ]
    fitted = LEARNER.fit(observations)
    assert fitted is not None
    assert fitted.beside.feasibility.region is not None
    again = LEARNER.restore(
        observations, Revision(**json.loads(json.dumps(asdict(fitted.revision))))
    )
    np.testing.assert_array_equal(again.beside.chance(units), fitted.beside.chance(units))
    asked = LEARNER.ask(8, first=50, pending=(), fitted=again)
    assert all(float(q.point["y"]) < 0.5 for q in asked if q.reason is Reason.BOUNDARY)


def test_queries_of_whole_number_spaces_lie_on_whole_numbers() -> None:
    space = Space({"n": Integer(0, 40), "y": Real(-1, 1)})
    learner = replace(LEARNER, space=space)
    fitted = None
    observations: list[Observation] = []
    for first in range(0, 24, 8):
        batch = learner.ask(8, first=first, pending=(), fitted=fitted)
        assert all(isinstance(query.point["n"], int) for query in batch)
        observations += told(batch, lambda point: int(point["n"]) > 17)
        fitted = learner.fit(observations, fitted.revision if fitted else None)


def test_with_another_recipe_the_same_records_are_fitted_again() -> None:
    observations, fitted, _ = grown(LEARNER, 30)
    assert fitted is not None
    other = replace(LEARNER, recipe=recipe("svm", GOAL, 2))
    restored = other.restore(observations, fitted.revision)
    assert (restored.revision.recipe, restored.revision.number) == (
        "svm",
        fitted.revision.number + 1,
    )
    assert isinstance(restored.surrogate, Margin)


@pytest.mark.parametrize("name", ["svm", "sklearn.linear_model:LogisticRegression"])
def test_any_recipe_is_remade_from_the_records(name: str) -> None:
    learner = replace(LEARNER, recipe=recipe(name, GOAL, 2, seed=3))
    observations, fitted, _ = grown(learner, 40)
    assert fitted is not None
    stored = json.loads(json.dumps(asdict(fitted.revision)))
    revision = Revision(**{**stored, "seen": tuple(stored["seen"])})
    rows = SPACE.draw(50, np.random.default_rng(0))
    restored = learner.restore(observations[::-1], revision)
    np.testing.assert_array_equal(
        restored.surrogate.predict(rows).upper, fitted.surrogate.predict(rows).upper
    )


def test_an_outcome_that_helps_reaches_the_recipe_through_the_plan() -> None:
    keys = {
        "name": "helped",
        "simulator": {"use": "a:b"},
        "goal": {"kind": "boundary", "level": 0.5},
        "budget": {"runs": 50},
        "helps": ["margin"],
        "heuristic": "x - 4",
    }
    learner = learner_for(Plan.from_mapping(keys), SPACE, GOAL)
    rows = np.random.default_rng(0).random((40, 2))
    margins = 10 * rows[:, 0] - 5
    observations = [
        Observation(k, point, {"goal": float(m > 0), "margin": float(m)})
        for k, (point, m) in enumerate(zip(SPACE.decode(rows), margins, strict=True))
    ]
    fitted = learner.fit(observations)
    assert fitted is not None
    assert fitted.revision.hyperparameters["form"] == "guided by line curve"
    again = learner.restore(observations, fitted.revision)
    ours, theirs = (each.surrogate.predict(rows).mean for each in (again, fitted))
    np.testing.assert_array_equal(ours, theirs)
    assert len(learner.ask(4, first=40, pending=(), fitted=again)) == 4


def test_audit_runs_are_judged_by_a_fit_that_has_not_seen_them() -> None:
    observations, fitted, queries = grown(LEARNER, 60)
    assert fitted is not None
    marked = [
        replace(o, reason=query.reason) for o, query in zip(observations, queries, strict=True)
    ]
    found = LEARNER.quality(marked, fitted)
    assert isinstance(found, ChanceQuality)
    assert found.runs == 10
    assert found.log_score > found.rate_score
    turned = [
        replace(o, values={"goal": 1 - o.values["goal"]}) if o.reason is Reason.AUDIT else o
        for o in marked
    ]
    worse = LEARNER.quality(turned, fitted)
    assert isinstance(worse, ChanceQuality)
    assert worse.log_score < worse.rate_score  # they had no say in what was foretold of them
    assert LEARNER.quality(observations, fitted) is None


def test_batches_stay_finite_where_a_smooth_response_is_known_to_the_last_digit() -> None:
    """What a reading explains was divided by next to nothing there, and grew from one to the next.

    Warnings are errors, so an overflow fails this.
    """
    space, outcome = Space({"x": Real(-1, 1), "y": Real(-1, 1)}), Number("z", noise="none")
    learner = Learner(space, outcome, Goal.boundary(0.0), 1, recipe_for(outcome, 2), start=8)
    known: list[Observation] = []
    fitted: Fitted | None = None
    for _ in range(5):
        asked = learner.ask(8, first=len(known), pending=(), fitted=fitted)
        for q in asked:
            x, y = (float(value) for value in q.point.values())
            known.append(Observation(q.index, q.point, {"z": np.sin(3 * x) + y}))
        fitted = learner.fit(known, fitted.revision if fitted else None)
    gains = [q.gain for q in asked if q.gain is not None]
    assert all(0.0 <= gain <= 0.25 for gain in gains)
