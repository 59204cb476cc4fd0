"""Rules pass, fail, or are unknown, by the posterior of both campaigns."""

from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from surrogate.answers.difference import between
from surrogate.answers.gate import Gate, Judged, Ruling, judge
from surrogate.answers.ground import Side
from surrogate.errors import PlanError, PointError
from surrogate.gate_section import GateSection, NoNewSpotEntry, OverallEntry, StillEntry
from tests.answers.test_drift import FIRST, SECOND, side

OLD, NEW = side("v1", FIRST), side("v2", FIRST, SECOND, seed=2)
AGAIN = side("v1b", FIRST, seed=2)


def gate(before: Side, after: Side, **rules: Any) -> Gate:
    return judge(between(before, after), GateSection(**rules))


def spot(larger_than: float) -> NoNewSpotEntry:
    return NoNewSpotEntry(above=0.6, larger_than=larger_than)


def still(name: str, where: dict[str, Any], **level: float) -> list[StillEntry]:
    return [StillEntry(name=name, where=where, **level)]


def rulings(found: Gate) -> list[Ruling]:
    return [one.ruling for one in found.judged]


def test_a_new_spot_of_seven_square_metres_fails_a_rule_of_two_and_passes_one_of_twelve() -> None:
    assert rulings(gate(OLD, NEW, no_new_spot=spot(2.0))) == [Ruling.FAIL]
    assert rulings(gate(OLD, NEW, no_new_spot=spot(12.0))) == [Ruling.PASS]


def test_what_did_not_change_passes_and_what_did_fails_the_overall_rule() -> None:
    steady = OverallEntry(within=0.02)
    assert rulings(gate(OLD, AGAIN, overall=steady)) == [Ruling.PASS]
    assert rulings(gate(OLD, NEW, overall=steady)) == [Ruling.FAIL]


def test_a_part_of_the_space_keeps_what_it_has_or_not() -> None:
    where = {"x": [2.5, 3.5], "y": [2.5, 3.5]}
    both = still("the corner", where, above=0.6) + still("the corner", where, below=0.6)
    assert rulings(gate(OLD, AGAIN, still=both)) == [Ruling.PASS, Ruling.FAIL]


def test_too_little_known_is_unknown_and_says_how_many_more_runs_decide() -> None:
    vague = side("v2", FIRST, SECOND, seed=2, runs=25, noise=1.0)
    (one,) = gate(OLD, vague, overall=OverallEntry(within=0.17)).judged
    assert one.ruling is Ruling.UNKNOWN
    assert 0.05 < one.chance < 0.95
    assert "more" in one.words


def test_one_failure_decides_the_whole_and_an_unknown_one_comes_before_a_pass() -> None:
    def whole(*found: Ruling, more: Sequence[int | None] = (None,)) -> Gate:
        rules = [
            Judged("r", r, 0.5, "", m) for r, m in zip(found, [*more, None, None], strict=False)
        ]
        return Gate("a", "b", tuple(rules))

    assert whole(Ruling.PASS, Ruling.UNKNOWN, Ruling.FAIL).ruling is Ruling.FAIL
    assert whole(Ruling.PASS, Ruling.UNKNOWN).ruling is Ruling.UNKNOWN
    assert whole(Ruling.PASS).ruling is Ruling.PASS
    assert whole(Ruling.UNKNOWN, Ruling.UNKNOWN, more=[30, 80]).more == 80
    assert whole(Ruling.UNKNOWN, Ruling.UNKNOWN, more=[30, None]).more is None


def test_the_junit_file_tells_unknown_from_failed() -> None:
    judged = tuple(Judged(str(r), r, 0.5, "seen") for r in Ruling)
    suite = ElementTree.fromstring(Gate("v1", "v2", judged).to_junit())
    assert {key: suite.get(key) for key in ("tests", "failures", "errors")} == {
        "tests": "3",
        "failures": "1",
        "errors": "1",
    }
    assert [case.get("name") for case in suite if case.find("error") is not None] == ["unknown"]
    assert [case.get("name") for case in suite if case.find("failure") is not None] == ["fail"]


def test_more_runs_follow_the_root_law() -> None:
    from surrogate.answers.gate import _more

    room = np.random.default_rng(0).normal(1.0, 1.0, 100_000)
    times = 1.645**2  # so that 1 is 1.645 sds
    assert _more(room, 0.95, 100) == pytest.approx(100 * (times - 1), rel=0.05)
    assert _more(room - 1.0, 0.95, 100) is None


def test_no_rules_and_a_part_that_is_nowhere_are_refused() -> None:
    with pytest.raises(PlanError, match=r"write some under \[gate\]"):
        gate(OLD, NEW)
    with pytest.raises(PointError, match="no point of the common space"):
        gate(OLD, NEW, still=still("nowhere", {"x": [20.0, 30.0]}, above=0.5))
    with pytest.raises(PointError, match="names 'z'"):
        gate(OLD, NEW, still=still("elsewhere", {"z": [0.0, 1.0]}, above=0.5))
