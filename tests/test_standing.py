"""How a campaign stands, in words: what is gauged, and what is said of runs that failed."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

from surrogate.records import Query, QueryState, Reason, Run, Status
from surrogate.standing import GAUGED_AT_MOST, is_small, mishaps
from surrogate.store.base import CampaignRecord, Counts
from surrogate.store.sql import open_store


def test_so_many_results_are_gauged_and_no_more() -> None:
    small, large = (Counts(Counter({QueryState.DONE: GAUGED_AT_MOST + k})) for k in (0, 1))
    assert (is_small(small), is_small(large)) == (True, False)


def test_the_last_failure_says_where_it_was_and_how_to_try_again(tmp_path: Path) -> None:
    store = open_store(tmp_path / "runs.db")
    store.create_campaign(CampaignRecord("shots", {}, "abc", "v1", 100.0))
    assert mishaps(store, "shots") == ()
    store.add_queries("shots", [Query(k, {"x": 1.0}, 5, Reason.START, "") for k in range(2)])
    store.claim("shots", "w", 2, now=0.0, seconds=10.0)
    lines = "\n".join(f"line {k}" for k in range(9))
    ran = Run(0, 1, Status.ERROR, message="boom", output=lines, worker="slot 1", host="rig")
    store.record("shots", [ran, replace(ran, query=1)])
    where, remedy = mishaps(store, "shots")
    store.close()
    assert where.startswith("the last to fail, query 1 (slot 1 of rig), ended with:\n    line 3\n")
    assert "2 queries were given up" in remedy
    assert "surrogate retry" in remedy
