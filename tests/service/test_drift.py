"""Two campaigns of a service are compared over HTTP, and a row of them followed."""

from fastapi.testclient import TestClient

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
