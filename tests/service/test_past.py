"""A campaign's past and near future as the service tells them, and its health."""

from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from fastapi.testclient import TestClient
from scipy.stats import beta

from surrogate.campaign import Campaign
from surrogate.models.audit import Bin, ChanceQuality
from surrogate.plan import Plan
from surrogate.queueing import stock
from surrogate.records import Status
from surrogate.service.health import bins_of, lights
from surrogate.service.library import Hosted
from surrogate.service.rows import MOST_STEPS, next_queries, stops
from surrogate.service.shelf import Book
from surrogate.stopping import Standing
from surrogate.store.base import Counts
from surrogate.store.book import keep_standing
from surrogate.store.sql import SqlStore
from surrogate.told import USE
from tests.service.conftest import RIG, asked, beginning, begun_as, tell_all


@pytest.fixture(scope="module")
def four_rounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that holds `rig` after four rounds of ten runs, a revision after each."""
    file = tmp_path_factory.mktemp("rounds") / "store.db"
    with beginning(file) as client:
        for _ in range(4):
            tell_all(client, asked(client, 10))
    return file


@pytest.fixture
def rounds(service: TestClient, store: SqlStore, four_rounds: Path) -> TestClient:
    """A service over a copy of that store."""
    begun_as(four_rounds, store)
    return service


@pytest.mark.parametrize("last", [1, 2, 23, 24, 25, 100, 12_345])
def test_stops_are_few_even_and_end_at_the_last(last: int) -> None:
    found = stops(last)
    assert found[-1] == last
    assert len(found) <= MOST_STEPS + 1
    assert len({b - a for a, b in pairwise(found[:-1])}) <= 1


def test_stops_that_were_made_stay_stops_while_their_stride_lasts() -> None:
    assert set(stops(60)[:-1]) <= set(stops(90))


def test_a_history_knows_every_query_once(rounds: TestClient) -> None:
    found = rounds.get("/campaigns/rig/history").json()
    joined = [query for step in found["steps"] for query in step["joined"]]
    assert sorted(joined) == list(range(40))
    assert [step["runs"] for step in found["steps"]] == sorted(s["runs"] for s in found["steps"])
    assert found["steps"][-1]["error"] < 0.5
    assert found["error_of"] == "share of the space on the wrong side"


def test_an_earlier_map_is_what_the_map_was_then(rig: TestClient) -> None:
    tell_all(rig, asked(rig, 20))
    more = asked(rig, 10)  # asking keeps the revision that it asked by
    then = rig.get("/campaigns/rig/map", params={"size": 8}).json()
    tell_all(rig, more)
    again = rig.get("/campaigns/rig/map", params={"size": 8, "revision": then["revision"]}).json()
    assert again["revision"] == then["revision"]
    assert again["mean"] == then["mean"]


def test_a_revision_that_never_was_is_named(rounds: TestClient) -> None:
    said = rounds.get("/campaigns/rig/map", params={"revision": 999})
    assert said.status_code == 404
    assert "has no revision 999" in said.json()["detail"]


def test_what_comes_next_is_foretold_and_nothing_is_asked(
    rounds: TestClient, store: SqlStore
) -> None:
    before = store.counts("rig")
    found = rounds.get("/campaigns/rig/next", params={"count": 4}).json()["queries"]
    assert store.counts("rig") == before
    then = Campaign.on(store, "rig").ask(4)
    assert [one["point"] for one in found] == [dict(query.point) for query in then]
    assert all(one["why"] for one in found)


def test_what_comes_next_counts_what_was_told_since_the_surrogate_that_is_shown(
    rounds: TestClient, store: SqlStore
) -> None:
    campaign = Campaign.on(store, "rig")
    known = tuple(campaign.observations())
    fitted = campaign.learner.fit(known)
    assert fitted is not None
    book = Book(fitted, known, current=False)
    hosted = SimpleNamespace(
        store=store,
        name="rig",
        campaign=campaign,
        shelf=SimpleNamespace(latest=lambda: book),
        maps=SimpleNamespace(answer=lambda question, work: work()),
    )
    shown = next_queries(cast(Hosted, hosted), 1)
    stock(store, "rig", campaign.learner, lambda: fitted, 1)
    (query,) = campaign.ask(1)
    campaign.tell(query, True)
    (then,) = next_queries(cast(Hosted, hosted), 1)
    assert query.point == shown[0].point != then.point
    assert then.pending == (query.index,)


def test_runs_are_found_by_their_queries(rounds: TestClient) -> None:
    found = rounds.get("/campaigns/rig/runs", params={"query": [3, 5, 777]}).json()["runs"]
    assert sorted(run["query"] for run in found) == [3, 5]


@pytest.mark.parametrize("seen", [0.0, 0.2, 0.5, 1.0])
def test_a_bin_has_the_share_that_it_saw_in_an_interval_that_mirrors(seen: float) -> None:
    bins = (Bin(20, 0.3, seen), Bin(20, 0.3, 1 - seen))
    found, mirrored = bins_of(ChanceQuality(40, 0.1, (0.0, 0.2), -0.1, (-0.2, 0.0), -0.7, bins))
    assert found.lower <= seen <= found.upper
    assert (1 - mirrored.upper, 1 - mirrored.lower) == pytest.approx((found.lower, found.upper))
    mass = beta(20 * seen + 0.5, 20 * (1 - seen) + 0.5).cdf([found.lower, found.upper])
    assert mass[1] - mass[0] == pytest.approx(0.9 if 0 < seen < 1 else 0.95)


def test_a_paused_campaign_is_red_and_says_what_to_do() -> None:
    paused = lights("", None, ["9 of 9 points failed"], Counts(runs={Status.ERROR: 9}))
    red = [one for one in paused if one.colour == "red"]
    assert [one.said for one in red] == ["9 of 9 points failed"]
    assert all(one.todo for one in paused if one.colour != "green")


def test_rules_of_stop_are_told_as_curves(service: TestClient, store: SqlStore) -> None:
    keys = {
        "name": "rig",
        "simulator": {"use": USE, "declare": {k: RIG[k] for k in ("name", "space", "outcomes")}},
        "goal": RIG["goal"],
        "budget": {"runs": 60},
        "stop": {"wrong": 0.02, "seconds": 3600.0, "when": "wrong | seconds"},
        "store": store.database.location,
    }
    Campaign.from_plan(Plan.from_mapping(keys)).close()
    for revision in (1, 2, 3):
        standing = Standing(10 * revision, seconds=60.0, wrong=0.03 / revision)
        keep_standing(store, "rig", revision, standing, now=float(revision))
    said = service.get("/campaigns/rig/stopping").json()
    assert said["when"] == "wrong | seconds"
    wrong = next(rule for rule in said["rules"] if rule["name"] == "wrong")
    assert wrong["points"] == [[10, 0.03], [20, 0.015], [30, 0.01]]
    assert (wrong["aim"], wrong["rises"], wrong["trusted"]) == (0.02, False, True)
    assert "2 % is enough" in wrong["reason"]
    seconds = next(rule for rule in said["rules"] if rule["name"] == "seconds")
    assert (seconds["points"][-1], seconds["reason"]) == ([30, 60.0], "")


def test_without_rules_there_are_no_curves(rig: TestClient) -> None:
    assert rig.get("/campaigns/rig/stopping").json() == {"rules": [], "when": "", "ended": ""}
