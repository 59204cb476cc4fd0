"""The verbs that look after results: what they print and refuse, and what is learned from it."""

import sqlite3
from pathlib import Path

import pytest

from surrogate.campaign import Campaign
from surrogate.cli import answer
from surrogate.cli_options import BAD_INPUT, OK
from surrogate.plan import Plan
from surrogate.records import Run, Status
from surrogate.store.sql import open_store
from tests.test_cli import write

WHY = ["--who", "ann", "--why", "loose sensor"]
HIGH = {"x": 9.0, "y": 5.0}


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A campaign with twelve results told by hand, and one query given up."""
    path = write(tmp_path)
    with Campaign.from_plan(Plan.load(str(path))) as campaign:
        for k in range(12):
            campaign.tell({"x": 0.8 * k + 0.5, "y": 5.0}, k > 5)
        (query,) = campaign.ask()
    with_failure = open_store(path.with_suffix(".db"))
    failed = Run(query.index, 1, Status.ERROR, message="licence 7 of 9 is away")
    with_failure.record("wall", [failed])
    with_failure.close()
    return path


def chance(plan: Path, x: float) -> float:
    with Campaign.open(plan.with_suffix(".db"), "wall") as campaign:
        return float(campaign.predict([{"x": x, "y": 5.0}]).mean[0])


def test_the_surrogate_follows_what_people_exclude_and_restore(
    plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = chance(plan, 9.0)
    high = [part for k in range(8, 12) for part in ("--query", str(k))]
    assert answer(["exclude", str(plan), *high, *WHY]) == OK
    assert "excluded queries 8, 9, 10, 11" in capsys.readouterr().out
    assert chance(plan, 9.0) < before
    assert answer(["restore", str(plan), *high, *WHY]) == OK
    assert chance(plan, 9.0) == pytest.approx(before)


def test_the_surrogate_follows_a_correction(plan: Path) -> None:
    before = chance(plan, 9.0)
    assert answer(["correct", str(plan), "--query", "11", "--to", "false", *WHY]) == OK
    assert chance(plan, 9.0) < before


def test_a_trained_campaign_in_hand_follows_too(plan: Path) -> None:
    with Campaign.open(plan.with_suffix(".db"), "wall") as campaign:
        before = campaign.predict([HIGH]).mean[0]
        answer(["correct", str(plan), "--query", "11", "--to", "false", *WHY])
        assert campaign.predict([HIGH]).mean[0] < before


def test_what_was_given_up_is_queued_again_by_class(
    plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(["retry", str(plan), "--class", "timeout", *WHY]) == OK
    assert "queued again: nothing" in capsys.readouterr().out
    assert answer(["retry", str(plan), "--like", "licence", *WHY]) == OK
    assert "queued again: query 12" in capsys.readouterr().out


def test_a_query_without_a_result_is_refused(
    plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(["exclude", str(plan), "--query", "12", *WHY]) == BAD_INPUT
    assert "query [12] has no result to speak of" in capsys.readouterr().err


def test_a_reason_is_wanted(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(["exclude", str(plan), "--query", "1"]) == BAD_INPUT
    assert "--why" in capsys.readouterr().err


def test_the_doctor_finds_and_mends(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = str(plan.with_suffix(".db"))
    assert answer(["doctor", str(plan)]) == OK
    assert "the store is in order" in capsys.readouterr().out
    with sqlite3.connect(store) as connection:
        connection.execute("UPDATE surrogate_queries SET state = 'queued' WHERE number = 3")
    connection.close()
    assert answer(["doctor", "--store", store]) == BAD_INPUT
    assert "1 queries have a result and do not count as done" in capsys.readouterr().out
    assert answer(["doctor", str(plan), "--mend"]) == OK


def test_a_backup_is_a_store(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = plan.with_name("copy.db")
    assert answer(["backup", str(plan), "--out", str(copy)]) == OK
    assert answer(["status", "--store", str(copy), "--name", "wall"]) == OK
    assert "licence 7 of 9 is away" in capsys.readouterr().out
    assert answer(["backup", str(plan), "--out", str(copy)]) == BAD_INPUT


def test_no_store_is_made_where_there_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = write(tmp_path)
    for verb in (["exclude", "--query", "1", *WHY], ["retry", *WHY], ["backup", "--out", "a.db"]):
        assert answer([verb[0], str(plan), *verb[1:]]) == BAD_INPUT
        assert "there is no store" in capsys.readouterr().err
    assert answer(["doctor", str(plan)]) == BAD_INPUT
    assert not plan.with_suffix(".db").exists()


def test_a_campaign_is_paused_and_resumed_by_whoever_asks(
    plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(["pause", str(plan), "--who", "ann"]) == OK
    assert "`surrogate resume` goes on" in capsys.readouterr().out
    answer(["status", str(plan)])
    assert "the campaign was paused by ann" in capsys.readouterr().out
    assert answer(["resume", str(plan)]) == OK
    capsys.readouterr()
    answer(["status", str(plan)])
    assert "paused" not in capsys.readouterr().out


def test_a_stop_is_kept_for_whoever_runs_the_campaign(plan: Path) -> None:
    assert answer(["stop", str(plan), "--who", "ann"]) == OK
    with_stop = open_store(plan.with_suffix(".db"))
    assert [event.text for event in with_stop.events("wall", ["stop"])] == ["by ann"]
    with_stop.close()
