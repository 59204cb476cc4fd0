"""Ask and tell over HTTP: every query once, none lost, and a repeated request one deed."""

from fastapi.testclient import TestClient

from surrogate.records import QueryState
from surrogate.store.sql import SqlStore
from tests.service.conftest import RIG, asked, told


def test_a_campaign_is_made_and_looked_at(rig: TestClient) -> None:
    body = rig.get("/campaigns/rig").json()
    assert [one["name"] for one in body["parameters"]] == ["speed", "angle"]
    assert body["parameters"][0]["unit"] == "m/s"
    assert body["outcome"]["response"] == "probability of cleared"
    assert body["planned"] == 60
    assert not body["runnable"]


def test_what_was_asked_is_never_asked_again(rig: TestClient) -> None:
    queries = asked(rig, 20) + asked(rig, 20)
    assert len({query["query"] for query in queries}) == 40


def test_no_more_is_asked_than_the_budget_has(rig: TestClient) -> None:
    assert len(asked(rig, 100)) == 60
    assert asked(rig, 1) == []


def test_a_budget_that_is_changed_meanwhile_holds_at_once(rig: TestClient, store: SqlStore) -> None:
    assert len(asked(rig, 2)) == 2
    plan = store.campaign("rig").plan
    store.update_plan("rig", {**plan, "budget": {**plan["budget"], "runs": 5}})
    assert rig.get("/campaigns/rig").json()["planned"] == 5
    assert len(asked(rig, 100)) == 3


def test_an_ask_that_is_repeated_gives_the_same_queries(rig: TestClient, store: SqlStore) -> None:
    first = asked(rig, 4, key="k")
    assert asked(rig, 4, key="k") == first
    assert len(store.queries("rig", QueryState.LEASED)) == 4


def test_a_repeated_ask_is_known_after_the_service_was_started_anew(
    rig: TestClient, store: SqlStore
) -> None:
    from surrogate.service.app import create_app

    first = asked(rig, 4, key="k")
    with TestClient(create_app(store), base_url="http://127.0.0.1") as again:
        assert asked(again, 4, key="k") == first


def test_a_key_with_another_request_is_refused(rig: TestClient) -> None:
    asked(rig, 4, key="k")
    body, headers = {"worker": "w", "count": 5}, {"Idempotency-Key": "k"}
    said = rig.post("/campaigns/rig/ask", json=body, headers=headers)
    assert said.status_code == 409
    assert "key 'k' came before with another request" in said.json()["detail"]


def test_a_result_told_twice_counts_once(rig: TestClient, store: SqlStore) -> None:
    query = asked(rig, 1)[0]
    assert told(rig, query, values=True) == told(rig, query, values=True)
    assert len(store.runs("rig")) == 1


def test_a_declined_point_and_an_error_are_recorded_as_such(
    rig: TestClient, store: SqlStore
) -> None:
    first, second = asked(rig, 2)
    told(rig, first, infeasible="stalled")
    told(rig, second, error="no licence")
    assert [run.message for run in store.runs("rig")] == ["stalled", "no licence"]


def test_a_name_that_is_taken_is_refused(rig: TestClient) -> None:
    said = rig.post("/campaigns", json=RIG)
    assert said.status_code == 409
    assert "is there already" in said.json()["detail"]


def test_a_campaign_made_twice_by_one_key_is_one(service: TestClient) -> None:
    headers = {"Idempotency-Key": "k"}
    first = service.post("/campaigns", json=RIG, headers=headers)
    assert service.post("/campaigns", json=RIG, headers=headers).json() == first.json()


def test_no_code_can_be_named(service: TestClient) -> None:
    said = service.post("/campaigns", json={**RIG, "simulator": "os:system"})
    assert said.status_code == 422
    assert "'os:system' is not registered here" in said.json()["detail"]
    said = service.post("/campaigns", json={**RIG, "use": "os:system"})
    assert said.status_code == 422


def test_a_paused_campaign_hands_nothing_out_until_it_resumes(rig: TestClient) -> None:
    paused = rig.post("/campaigns/rig/pause", json={}).json()
    assert paused["paused"] == rig.get("/campaigns/rig").json()["paused"] == "by owner"
    said = rig.post("/campaigns/rig/ask", json={"worker": "w", "count": 2}).json()
    assert (said["queries"], said["state"]) == ([], "paused")
    assert rig.post("/campaigns/rig/resume", json={}).json()["paused"] == ""
    assert len(asked(rig, 2)) == 2


def test_what_was_asked_before_a_pause_is_taken_back(rig: TestClient, store: SqlStore) -> None:
    query = asked(rig, 1)[0]
    rig.post("/campaigns/rig/pause", json={})
    assert told(rig, query, values=True)["state"] == "paused"
    assert len(store.runs("rig")) == 1


def test_what_is_asked_next_is_thought_of_before(rig: TestClient, store: SqlStore) -> None:
    first = asked(rig, 3)
    house = rig.app.state.house  # type: ignore[attr-defined]
    house.library._thinker.shutdown(wait=True)  # it has thought
    waiting = store.queries("rig", QueryState.QUEUED)
    assert [query.index for query in waiting] == [3, 4, 5]
    assert {query["query"] for query in first} == {0, 1, 2}


def test_a_heartbeat_keeps_no_lease_of_another(rig: TestClient, store: SqlStore) -> None:
    query = asked(rig, 1)[0]["query"]
    body = {"worker": "thief", "queries": [query]}
    assert rig.post("/campaigns/rig/heartbeat", json=body).json()["lost"] == [query]
    body["worker"] = "w"
    assert rig.post("/campaigns/rig/heartbeat", json=body).json()["lost"] == []
