"""What people say of results and spots, with who said it."""

import pytest
from fastapi.testclient import TestClient

from surrogate.records import QueryState, Reason, Verdict
from surrogate.store.sql import SqlStore

WHY = {"why": "the ball got stuck"}


def test_an_excluded_result_teaches_nothing_until_it_is_restored(
    learned: TestClient, store: SqlStore
) -> None:
    assert learned.post("/campaigns/rig/results/3/exclude", json=WHY).status_code == 200
    assert 3 not in [one.query for one in store.observations("rig")]
    assert learned.get("/campaigns/rig/runs").json()["runs"][26]["verdict"] == "excluded"
    assert learned.post("/campaigns/rig/results/3/restore", json=WHY).status_code == 200
    assert 3 in [one.query for one in store.observations("rig")]


def test_a_correction_keeps_who_and_why(learned: TestClient, store: SqlStore) -> None:
    body = {**WHY, "values": {"cleared": 1.0}}
    assert learned.post("/campaigns/rig/results/3/correct", json=body).status_code == 200
    said = store.annotations("rig")[-1]
    assert (said.verdict, said.who, said.why) == (Verdict.CORRECTED, "owner", WHY["why"])


def test_a_result_that_should_have_been_declined_keeps_why(
    learned: TestClient, store: SqlStore
) -> None:
    where = "/campaigns/rig/results/4/correct"
    assert learned.post(where, json={**WHY, "infeasible": "stalled"}).status_code == 200
    said = store.annotations("rig")[-1]
    assert (said.values, said.why) == ({}, f"stalled: {WHY['why']}")
    assert [one.values for one in store.observations("rig") if one.query == 4] == [{}]
    neither = learned.post(where, json=WHY)
    assert neither.status_code == 422
    assert "exactly one of values, infeasible was expected, none came" in neither.json()["detail"]


def test_a_word_on_what_has_no_result_is_refused(rig: TestClient) -> None:
    said = rig.post("/campaigns/rig/results/3/exclude", json=WHY)
    assert said.status_code == 409
    assert "has no result to speak of" in said.json()["detail"]


def test_a_point_that_a_person_wants_enters_the_queue(rig: TestClient, store: SqlStore) -> None:
    body = {"point": {"speed": 20.0, "angle": 45.0}, "why": "looks odd"}
    said = rig.post("/campaigns/rig/queries", json=body)
    queued = store.queries("rig", QueryState.QUEUED)
    assert [query.index for query in queued] == [said.json()["query"]]
    assert (queued[0].reason, queued[0].why) == (Reason.PERSON, "looks odd")


def test_a_point_outside_the_space_is_refused(rig: TestClient) -> None:
    said = rig.post("/campaigns/rig/queries", json={"point": {"speed": 99.0, "angle": 45.0}})
    assert said.status_code == 422
    assert "parameter 'speed': 99 is outside 5..25 m/s" in said.json()["detail"]


@pytest.mark.parametrize("judgement", ["intended", "exploit", "unsure"])
def test_an_opinion_of_a_spot_comes_back(learned: TestClient, judgement: str) -> None:
    point = {"speed": 20.0, "angle": 45.0}
    body = {"point": point, "level": 0.5, "judgement": judgement, "comment": "hm"}
    said = learned.post("/campaigns/rig/opinions", json=body).json()
    assert learned.get("/campaigns/rig/opinions").json() == [said]
    assert (said["who"], said["point"]) == ("owner", point)


def test_an_opinion_sent_twice_by_one_key_is_one(learned: TestClient) -> None:
    body = {"point": {"speed": 20.0, "angle": 45.0}, "level": 0.5, "judgement": "exploit"}
    for _ in range(2):
        headers = {"Idempotency-Key": "k"}
        assert learned.post("/campaigns/rig/opinions", json=body, headers=headers).is_success
    assert len(learned.get("/campaigns/rig/opinions").json()) == 1
