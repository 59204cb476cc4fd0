"""What the service answers beyond maps, and what it may do for it."""

import pytest
from fastapi.testclient import TestClient

from surrogate.campaign import Campaign
from surrogate.records import QueryState, Reason
from surrogate.service.routes.answers import _chance
from surrogate.store.sql import SqlStore


def test_certificates_are_those_of_python(learned: TestClient, store: SqlStore) -> None:
    said = learned.get("/campaigns/rig/certificates").json()
    found = Campaign.on(store, "rig").certificates()
    assert said["certificates"][0]["rule"]["words"] == found.of(1).wording.words
    assert said["revision"] >= 1


def test_a_level_that_no_probability_has_is_refused(learned: TestClient) -> None:
    said = learned.get("/campaigns/rig/certificates", params={"level": -0.5})
    assert said.status_code == 422
    assert "a probability above 0 and below 1 was expected" in said.json()["detail"]


def test_what_matters_is_told_with_its_words(learned: TestClient) -> None:
    effects = learned.get("/campaigns/rig/sensitivity").json()["effects"]
    assert effects[0]["parameter"] == "speed"
    assert effects[0]["total"]["mean"] > 0.7


def test_verifying_runs_are_queued_once_however_often_they_are_sent(
    learned: TestClient, store: SqlStore
) -> None:
    body, key = {"spot": 1, "runs": 5}, {"Idempotency-Key": "verify-1"}
    said = [learned.post("/campaigns/rig/verify", json=body, headers=key).json() for _ in range(2)]
    assert said[0] == said[1]
    waiting = store.queries("rig", QueryState.QUEUED)
    assert [q.index for q in waiting if q.reason is Reason.VERIFY] == said[0]["queries"]


def test_a_spot_that_is_not_there_is_refused(learned: TestClient) -> None:
    said = learned.post("/campaigns/rig/verify", json={"spot": 9})
    assert said.status_code == 422
    assert "spot 9 was meant" in said.json()["detail"]


def test_tuning_answers_by_the_knobs_that_were_named(learned: TestClient) -> None:
    body = {"knobs": ["speed"], "now": {"speed": 20.0}, "keep": 1.0}
    said = learned.post("/campaigns/rig/tune", json=body).json()
    assert float(said["answer"]["knobs"]["speed"]) < 17
    refused = learned.post("/campaigns/rig/tune", json={"low": 0.1})
    assert "one end of the band came" in refused.json()["detail"]
    none = learned.post("/campaigns/rig/tune", json={})
    assert "no parameter is marked as a design knob" in none.json()["detail"]


def test_runs_that_confirm_a_tuning_are_queued_once(learned: TestClient, store: SqlStore) -> None:
    body = {"knobs": ["speed"], "now": {"speed": 20.0}, "keep": 1.0}
    wanted = learned.post("/campaigns/rig/tune", json=body).json()["confirm"]
    key = {"Idempotency-Key": "confirm-1"}
    where = "/campaigns/rig/tune/confirm"
    said = [learned.post(where, json=body, headers=key).json()["queries"] for _ in range(2)]
    waiting = [q for q in store.queries("rig", QueryState.QUEUED) if q.reason is Reason.VERIFY]
    assert said == [[query.index for query in waiting]] * 2
    assert [dict(query.point) for query in waiting] == wanted


def test_the_gateway_answers_from_the_map_or_queues(
    learned: TestClient, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = {"speed": 24.0, "angle": 40.0}
    ask = {"point": point, "tolerance": 0.9}
    monkeypatch.setattr(_chance, "random", lambda: 1.0)
    said = learned.post("/campaigns/rig/answer", json=ask).json()
    assert (said["source"], said["kind"], said["query"]) == ("map", "probability", None)
    narrow = learned.post("/campaigns/rig/answer", json={**ask, "tolerance": 1e-6}).json()
    assert (narrow["source"], narrow["value"]) == ("queued", None)
    monkeypatch.setattr(_chance, "random", lambda: 0.0)
    check = learned.post("/campaigns/rig/answer", json=ask).json()
    assert check["source"] == "check"
    Campaign.on(store, "rig").tell(store.queries("rig")[check["query"]], True)
    contract = learned.get("/campaigns/rig/contract", params={"tolerance": 0.9}).json()
    assert contract["checks"] == 1
    assert contract["said"] == pytest.approx(check["value"])
    assert contract["seen"] == 1.0


def test_before_anything_is_known_the_gateway_queues_once_for_a_key(rig: TestClient) -> None:
    ask = {"point": {"speed": 10.0, "angle": 40.0}, "tolerance": 0.1}
    key = {"Idempotency-Key": "answer-1"}
    said = [rig.post("/campaigns/rig/answer", json=ask, headers=key).json() for _ in range(2)]
    assert said[0]["source"] == "queued"
    assert said[0] == said[1]
