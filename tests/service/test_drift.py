"""Two campaigns of a service are compared over HTTP, and a row of them followed."""

from pathlib import Path

from fastapi.testclient import TestClient

from surrogate.campaign import Campaign
from surrogate.plan import Plan
from tests.service.conftest import RIG


def later(service: TestClient, edge: float = 10.0) -> None:
    """A second campaign, `later`, on a rig that is cleared from another speed on."""
    service.post("/campaigns", json={**RIG, "name": "later", "seed": 1})
    for query in service.post("/campaigns/later/ask", json={"worker": "w", "count": 30}).json()[
        "queries"
    ]:
        which = {"query": query["query"], "attempt": query["attempt"]}
        values = {"cleared": query["point"]["speed"] > edge}
        said = service.post("/campaigns/later/tell", json={**which, "values": values})
        assert said.status_code == 200


def test_a_campaign_is_compared_with_another_on_one_grid(learned: TestClient) -> None:
    later(learned)
    said = learned.get("/campaigns/later/compare", params={"with": "rig"})
    assert said.status_code == 200, said.text
    found = said.json()
    assert (found["before"]["campaign"], found["after"]["campaign"]) == ("rig", "later")
    assert found["spots"][0]["verdict"] in {"grew", "moved"}
    assert len(found["map"]["before"]) == len(found["map"]["after"]) == 128
    again = learned.get("/campaigns/later/compare", params={"with": "rig"})
    assert again.content == said.content


def test_a_campaign_that_is_not_there_cannot_be_compared_with(learned: TestClient) -> None:
    said = learned.get("/campaigns/rig/compare", params={"with": "nobody"})
    assert said.status_code == 404
    assert "nobody" in said.json()["detail"]


def test_a_campaign_is_the_same_as_itself(learned: TestClient) -> None:
    found = learned.get("/campaigns/rig/compare", params={"with": "rig"}).json()
    assert {spot["verdict"] for spot in found["spots"]} <= {"same", "unknown"}
    assert found["differing"] == 0 < found["paired"]
    assert not any(any(row) for row in found["map"]["sure"])


def test_a_timeline_names_its_campaigns_oldest_first(learned: TestClient) -> None:
    later(learned)
    found = learned.get("/campaigns/later/timeline", params={"after": "rig"}).json()
    assert found["campaigns"] == ["rig", "later"]
    assert len(found["headlines"]) == 1
    alone = learned.get("/campaigns/rig/timeline")
    assert alone.status_code == 422
    assert "two campaigns" in alone.json()["detail"]


def test_a_run_of_another_campaign_is_shown_as_this_version_plays_it(
    tmp_path: Path, service: TestClient
) -> None:
    for name, level in (("weak", "amateur"), ("strong", "legend")):
        keys = {
            "name": name,
            "simulator": {"use": "simulators.football:shot", "knobs": {"level": level}},
            "space": {"x": {"low": 6.0, "high": 16.5}, "y": {"low": -10.0, "high": 10.0}},
            "goal": {"kind": "boundary", "level": 0.5},
            "budget": {"runs": 20},
            "store": str(tmp_path / "store.db"),
        }
        with Campaign.from_plan(Plan.from_mapping(keys)) as campaign:
            campaign.ask(20)
    shown = [
        service.get(f"/campaigns/{name}/replay/{query}", params={"of": "weak"}).json()
        for name in ("weak", "strong")
        for query in range(20)
    ]
    endings = [one["ending"] for one in shown]
    assert endings[:20] != endings[20:]
    start = [one["tracks"]["ball"][0] for one in shown]
    assert start[:20] == start[20:]  # the same shots
    said = service.get("/campaigns/strong/replay/3", params={"of": "nobody"})
    assert said.status_code == 404
