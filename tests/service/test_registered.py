"""Campaigns made over HTTP on a simulator that the service registered."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from surrogate.ancestry import stored_plan
from surrogate.campaign import Campaign
from surrogate.mirrored import status_of
from surrogate.plan import Plan
from surrogate.service.app import create_app
from surrogate.store.sql import SqlStore
from tests.service.conftest import BASE
from tests.waiting import happens

CODE = """
from surrogate import Binary, Real, Space, simulator


@simulator(space=Space({"x": Real(0.0, 1.0)}), outcome=Binary("through"))
def play(point, *, rng):
    return bool(point["x"] > rng.random())
"""
PLAN = """
name = "wall"

[simulator]
use = "kept_beside:play"

[goal]
kind = "map"

[budget]
runs = 500

[workers]
count = 1
time_limit = 7.0
"""
WANTED: dict[str, Any] = {"name": "mine", "simulator": "wall", "goal": {"kind": "map"}, "runs": 4}


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "kept_beside.py").write_text(CODE)
    (folder / "wall.toml").write_text(PLAN)
    return Plan.load(folder / "wall.toml")


@pytest.fixture
def service(store: SqlStore, plan: Plan) -> Iterator[TestClient]:
    app = create_app(store, registered={plan.name: plan})
    with TestClient(app, base_url=BASE, raise_server_exceptions=False) as client:
        yield client


def test_it_runs_as_the_registered_plan_runs_its_own(
    service: TestClient, store: SqlStore, plan: Plan
) -> None:
    said = service.post("/campaigns", json=WANTED)
    assert said.status_code == 200, said.text
    assert (said.json()["simulator"], said.json()["planned"]) == ("play", 4)
    made = stored_plan(store.campaign("mine"))
    assert made.simulator == plan.simulator
    assert made.workers == plan.workers
    assert made.folder == plan.folder  # where its module is found
    with Campaign.open(store.database.location, "mine") as campaign:
        assert campaign.run().message == "4 runs are in"


def test_whoever_looks_is_told_why_nothing_runs(service: TestClient, plan: Plan) -> None:
    service.post("/campaigns", json=WANTED)
    (plan.folder / "kept_beside.py").unlink()
    assert service.post("/campaigns/mine/run", json={}).json()["running"] == "running"
    happens(lambda: not service.get("/campaigns/mine").json()["running"])
    said = service.get("/campaigns/mine").json()
    assert "importing 'kept_beside' failed" in said["message"]
    assert f"at rest: {said['message']}" in status_of(said).notes


def test_a_complaint_names_the_campaign_that_was_wanted(service: TestClient) -> None:
    goal = {"kind": "boundary", "level": 7.0}
    said = service.post("/campaigns", json={**WANTED, "goal": goal})
    assert said.status_code == 422
    assert said.json()["detail"].startswith("plan mine: ")


def test_a_name_that_is_not_registered_is_answered_with_those_that_are(service: TestClient) -> None:
    said = service.post("/campaigns", json={**WANTED, "simulator": "kept_beside:play"})
    assert said.status_code == 422
    assert said.json()["detail"].endswith("is not registered here; there are: wall")
