"""What the service reads from a surrogate, with the revision that it was read from."""

import csv
import io

from fastapi.testclient import TestClient

from surrogate.campaign import Campaign
from surrogate.store.sql import SqlStore
from tests.service.conftest import asked, told
from tests.waiting import happens


def test_too_few_runs_are_said_in_a_sentence(rig: TestClient) -> None:
    said = rig.get("/campaigns/rig/map")
    assert said.status_code == 409
    assert "has no finished run yet" in said.json()["detail"]
    assert "has no finished run yet" in rig.get("/campaigns/rig").json()["note"]


def test_points_are_read_as_in_python(learned: TestClient, store: SqlStore) -> None:
    points = [{"speed": 6.0, "angle": 40.0}, {"speed": 24.0, "angle": 40.0}]
    said = learned.post("/campaigns/rig/predict", json={"points": points}).json()
    read = Campaign.on(store, "rig").predict(points)
    assert said["mean"] == read.mean.tolist()
    assert said["lower"] == read.lower.tolist()
    assert said["mean"][0] < 0.3
    assert said["mean"][1] > 0.7


def test_a_map_has_its_revision_and_its_caption(learned: TestClient) -> None:
    said = learned.get("/campaigns/rig/map", params={"x": "speed", "size": 16}).json()
    assert said["y"] is None
    assert said["caption"].startswith("angle = 45")
    assert len(said["mean"][0]) == 16
    assert said["revision"] >= 1
    assert said["current"]
    assert learned.get("/campaigns/rig").json()["revision"] == said["revision"]


def test_held_values_are_where_they_were_asked(learned: TestClient) -> None:
    params: dict[str, str | int] = {"x": "speed", "size": 8, "hold": "angle=70"}
    assert learned.get("/campaigns/rig/map", params=params).json()["held"] == {"angle": 70.0}


def test_a_parameter_is_averaged_as_in_python(learned: TestClient, store: SqlStore) -> None:
    params: dict[str, str | int] = {"x": "speed", "size": 16, "average": "angle"}
    said = learned.get("/campaigns/rig/map", params=params).json()
    read = Campaign.on(store, "rig").map("speed", size=16, averaged=["angle"])
    assert said["mean"] == read.to_json()["mean"]
    assert said["averaged"] == ["angle"]
    assert said["caption"] == "angle averaged"
    assert said["lower"] == read.to_json()["lower"]


def test_what_is_averaged_and_held_at_once_is_refused(learned: TestClient) -> None:
    params = {"x": "speed", "hold": "angle=70", "average": "angle"}
    said = learned.get("/campaigns/rig/map", params=params)
    assert said.status_code == 422
    assert "is held too; choose one" in said.json()["detail"]


def test_an_unknown_axis_is_refused_with_the_known_ones(learned: TestClient) -> None:
    said = learned.get("/campaigns/rig/map", params={"x": "weight"})
    assert said.status_code == 422
    assert "choose from speed, angle" in said.json()["detail"]


def test_spots_are_found_on_either_side(learned: TestClient) -> None:
    fast = learned.get("/campaigns/rig/spots", params={"level": 0.5}).json()["spots"]
    slow = learned.get("/campaigns/rig/spots", params={"level": 0.5, "side": "below"}).json()
    assert fast[0]["peak"]["point"]["speed"] > 15 > slow["spots"][0]["peak"]["point"]["speed"]


def test_a_map_follows_what_was_told(learned: TestClient) -> None:
    before = learned.get("/campaigns/rig/map", params={"size": 8}).json()
    for query in asked(learned, 8):
        told(learned, query, values=False)
    learned.app.state.house.library.hosted("rig").shelf._looked = -1e9  # type: ignore[attr-defined]
    for _ in range(200):
        after = learned.get("/campaigns/rig/map", params={"size": 8}).json()
        if after["current"] and after["revision"] > before["revision"]:
            break
    assert after["mean"] != before["mean"]


def test_the_list_knows_the_revision_of_a_map_that_was_read(learned: TestClient) -> None:
    drawn = learned.get("/campaigns/rig/map", params={"size": 8}).json()
    assert [one["revision"] for one in learned.get("/campaigns").json()] == [drawn["revision"]]


def test_runs_come_in_pages_that_meet(learned: TestClient) -> None:
    seen: list[int] = []
    before = None
    while True:
        params = {"most": 7, **({} if before is None else {"before": before})}
        page = learned.get("/campaigns/rig/runs", params=params).json()
        seen += [run["query"] for run in page["runs"]]
        before = page["next"]
        if before is None:
            break
    assert sorted(seen) == list(range(30))


def test_runs_are_filtered(learned: TestClient) -> None:
    told(learned, asked(learned, 1)[0], infeasible="stalled")
    page = learned.get("/campaigns/rig/runs", params={"status": "infeasible"}).json()
    assert [run["message"] for run in page["runs"]] == ["stalled"]


def test_the_export_has_every_run(learned: TestClient) -> None:
    rows = list(csv.DictReader(io.StringIO(learned.get("/campaigns/rig/export.csv").text)))
    assert len(rows) == 30
    assert all((float(row["speed"]) > 15) == (row["cleared"] == "1.0") for row in rows)


def test_a_message_in_the_export_is_no_formula(learned: TestClient) -> None:
    told(learned, asked(learned, 1)[0], infeasible="=HYPERLINK(1)")
    rows = list(csv.DictReader(io.StringIO(learned.get("/campaigns/rig/export.csv").text)))
    assert rows[0]["message"] == "'=HYPERLINK(1)"


def test_queries_are_listed_by_state(learned: TestClient) -> None:
    asked(learned, 3)
    found = learned.get("/campaigns/rig/queries", params={"state": "leased"}).json()["queries"]
    assert [one["query"] for one in found] == [30, 31, 32]


def test_what_cannot_be_replayed_says_so(learned: TestClient) -> None:
    said = learned.get("/campaigns/rig/replay/3")
    assert said.status_code == 422
    assert "can't show a run again" in said.json()["detail"]


def test_a_map_that_nothing_measured_says_so(learned: TestClient) -> None:
    said = learned.get("/campaigns/rig/quality").json()
    assert any("No audit run has been made" in light["said"] for light in said["lights"])
    assert said["bins"] == []


def test_a_campaign_tells_how_its_expected_error_fell(learned: TestClient) -> None:
    asked(learned, 1)
    seen = learned.get("/campaigns/rig").json()
    assert seen["history"]
    assert all(runs <= 30 and 0 <= error <= 0.5 for runs, error in seen["history"])
    assert seen["ended"] == ""


def test_a_result_that_is_put_right_moves_the_map_at_once(learned: TestClient) -> None:
    """Nobody asks, so no revision is written: the surrogates before and after have one number."""
    run = next(one for one in learned.get("/campaigns/rig/runs").json()["runs"])
    where = f"/campaigns/rig/results/{run['query']}/correct"
    at = run["point"]

    def seen() -> float:
        asked = f"x=speed&size=8&hold=angle={at['angle']}"
        row = learned.get(f"/campaigns/rig/map?{asked}").json()["mean"][0]
        return float(row[min(int((at["speed"] - 5) / 20 * 8), 7)])

    before, value = seen(), not run["values"]["cleared"]
    body = {"values": {"cleared": value}, "why": "read upside down"}
    assert learned.post(where, json=body).is_success
    happens(lambda: (seen() - before) * (1 if value else -1) > 0.01)
