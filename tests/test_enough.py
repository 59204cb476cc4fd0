"""The [stop] table: what each key makes, how rules are joined, and what it refuses."""

import tomllib
from typing import Any

import pytest

from surrogate.enough import StopSection, share_words, size_of
from surrogate.errors import PlanError
from surrogate.goal import Goal
from surrogate.pool import Pool
from surrogate.space import Integer, Normal, Real, Space
from surrogate.stopping import Standing
from tests.test_plan import TEXT, read

FIELD = Space({"x": Real(0, 10, unit="m"), "y": Real(-5, 5, unit="m")})
BOUNDARY = Goal.boundary(0.5)


def table(**keys: Any) -> StopSection:
    return StopSection(**keys)


def stops(section: StopSection, **standing: Any) -> bool:
    return bool(section.rule(FIELD).reason([Standing(**{"runs": 50, **standing})] * 5))


def refused(text: str) -> str:
    with pytest.raises(PlanError) as caught:
        read(f"{TEXT}\n[stop]\n{text}")
    return str(caught.value)


def test_each_rule_has_its_curve_in_its_own_unit() -> None:
    """The field is of 100 square metres."""
    course = [Standing(10 * k, wrong=0.1 / k, agreed=0.9 if k > 1 else None) for k in (1, 2, 3, 4)]
    runs, area, agreement = table(area=5.0, agreement=0.99, runs=30).curves(FIELD, course)
    assert [one.name for one in (runs, area, agreement)] == ["runs", "area", "agreement"]
    assert dict(area.points) == pytest.approx({10: 10.0, 20: 5.0, 30: 10 / 3, 40: 2.5})
    assert not area.rises
    assert "5 % is enough" in area.reason
    assert dict(agreement.points) == pytest.approx({40: 0.9})  # three pairs
    assert (agreement.rises, agreement.aim, agreement.reason) == (True, 0.99, "")
    assert runs.points[-1] == (40, 40.0)
    assert runs.reason == "the budget of 30 runs is spent"


def test_a_curve_that_meets_its_aim_untrusted_gives_no_reason() -> None:
    course = [Standing(50, trusted=False, wrong=0.001)] * 3
    (curve,) = table(wrong=0.01).curves(FIELD, course)
    assert (curve.reason, curve.trusted) == ("", False)
    assert table(wrong=0.01).curves(FIELD, []) == ()


def test_judgements_must_all_agree_and_any_budget_is_enough() -> None:
    both = table(wrong=0.01, agreement=0.99, seconds=60.0)
    assert stops(both, wrong=0.005, agreed=0.995)
    assert not stops(both, wrong=0.005, agreed=0.9)
    assert stops(both, wrong=0.3, agreed=0.9, seconds=61.0)


def test_when_joins_rules_as_it_is_written() -> None:
    either = table(wrong=0.01, audit=0.1, runs=40, when="(wrong | audit) & runs")
    assert stops(either, wrong=0.005, audit=0.5)
    assert stops(either, wrong=0.3, audit=0.05)
    assert not stops(either, wrong=0.005, audit=0.05, runs=39)


def test_and_binds_closer_than_or() -> None:
    first = table(wrong=0.01, audit=0.1, runs=40, when="runs | wrong & audit")
    assert stops(first, wrong=0.3, audit=0.5)
    assert stops(first, wrong=0.005, audit=0.05, runs=10)
    assert not stops(first, wrong=0.005, audit=0.5, runs=10)


def test_an_area_is_a_share_of_the_space_in_its_own_units() -> None:
    assert size_of(FIELD) == pytest.approx((100.0, "m²"))
    assert stops(table(area=2.0), wrong=0.02)
    assert not stops(table(area=2.0), wrong=0.0201)
    assert share_words(0.02, FIELD) == "2 % of the space (2 m²)"


@pytest.mark.parametrize(
    "parameter",
    [Real(1, 10, scale="log", unit="m"), Real(0, 1, unit="m", distribution=Normal(0.5, 0.1))],
)
def test_a_share_that_is_no_area_is_told_as_a_share_alone(parameter: Real) -> None:
    space = Space({"x": parameter, "k": Integer(0, 4)})
    assert size_of(space) is None
    assert share_words(0.02, space) == "2 % of the space"
    with pytest.raises(PlanError, match=r"stop\.area"):
        table(area=2.0).check(BOUNDARY, space, 0)


def test_the_aim_is_the_strictest_of_what_is_asked_for() -> None:
    aim = table(wrong=0.05, area=2.0).aim(FIELD, None)
    assert aim is not None
    assert aim.error == pytest.approx(0.02)
    assert aim.words == "2 m²"
    rare = table(doubt=0.1).aim(FIELD, Standing(50, smaller=0.02))
    assert rare is not None
    assert rare.error == pytest.approx(0.002)
    assert table(runs=5).aim(FIELD, None) is None


def test_a_plan_says_what_is_wrong_with_its_table() -> None:
    assert "a rule was expected" in refused("times = 3")
    assert "'goals' is no rule; there are runs, cost" in refused('wrong = 0.1\nwhen = "goals"')
    assert "when names audit; give each" in refused('wrong = 0.1\nwhen = "wrong & audit"')
    assert "when leaves out runs" in refused('wrong = 0.1\nruns = 9\nwhen = "wrong"')
    assert "names of rules joined by & and |" in refused('wrong = 0.1\nwhen = "wrong()"')
    assert "can't be read" in refused('wrong = 0.1\nwhen = "wrong &"')


def test_a_rule_that_the_question_cannot_serve_is_refused() -> None:
    with pytest.raises(PlanError, match="judges sides of a level, and the goal has none"):
        table(wrong=0.01).check(Goal.map(), FIELD, 20)
    with pytest.raises(PlanError, match="the budget has no audit"):
        table(audit=0.1).check(BOUNDARY, FIELD, 0)
    table(error=0.1, steadiness=0.05).check(Goal.map(), FIELD, 0)


def test_when_to_stop_is_no_part_of_what_a_campaign_asks() -> None:
    with_rule = read(f"{TEXT}\n[stop]\nwrong = 0.01")
    assert with_rule.identity() == read(TEXT).identity()
    assert with_rule.to_json()["stop"] == tomllib.loads("wrong = 0.01")


def test_a_pool_is_judged_by_its_share_alone() -> None:
    pool = Pool.of({"size": [1.0, 2.0]}, ["size"])
    assert size_of(pool) is None
    assert share_words(0.1, pool) == "10 % of the pool"
