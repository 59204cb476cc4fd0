"""A service over a store in the test's folder, called in this process."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the extra 'service' is not installed")
pytest.importorskip("httpx2", reason="httpx2 is not installed; the extra 'all' has it")

from fastapi.testclient import TestClient

from surrogate.service.app import create_app
from surrogate.store.sql import SqlStore, open_store

BASE = "http://127.0.0.1:8321"
RIG: dict[str, Any] = {
    "name": "rig",
    "space": {
        "speed": {"low": 5.0, "high": 25.0, "unit": "m/s"},
        "angle": {"low": 10.0, "high": 80.0, "unit": "deg"},
    },
    "outcomes": {"cleared": {"kind": "binary"}, "margin": {"unit": "m"}},
    "goal": {"kind": "boundary", "level": 0.5},
    "runs": 60,
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A real Chromium."""
    from tests.service.browser import chromium

    with chromium() as started:
        yield started


@pytest.fixture
def page(service: Any, browser: Any) -> Iterator[Any]:
    """A page of it, while the `service` of the test's module runs."""
    from tests.service.browser import watched

    with watched(browser) as opened:
        yield opened


@pytest.fixture
def store(tmp_path: Path) -> SqlStore:
    return open_store(tmp_path / "store.db")


@pytest.fixture
def service(store: SqlStore) -> Iterator[TestClient]:
    with TestClient(create_app(store), base_url=BASE, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def rig(service: TestClient) -> TestClient:
    """A service that holds one campaign, `rig`, whose outcomes are told."""
    made = service.post("/campaigns", json=RIG)
    assert made.status_code == 200, made.text
    return service


def asked(service: TestClient, count: int, key: str = "") -> list[dict[str, Any]]:
    headers = {"Idempotency-Key": key} if key else {}
    said = service.post("/campaigns/rig/ask", json={"worker": "w", "count": count}, headers=headers)
    assert said.status_code == 200, said.text
    return list(said.json()["queries"])


def told(service: TestClient, query: dict[str, Any], **result: Any) -> Any:
    which = {"query": query["query"], "attempt": query["attempt"]}
    said = service.post("/campaigns/rig/tell", json={**which, **result})
    assert said.status_code == 200, said.text
    return said.json()


def tell_all(service: TestClient, queries: list[dict[str, Any]]) -> None:
    """Each of these runs cleared where its speed is over 15 m/s."""
    for query in queries:
        told(service, query, values={"cleared": query["point"]["speed"] > 15})


@contextmanager
def beginning(file: Path) -> Iterator[TestClient]:
    """A service over a store that is made there, with `rig` in it, to be copied later."""
    with closing(open_store(file)) as store, TestClient(create_app(store), base_url=BASE) as client:
        client.post("/campaigns", json=RIG)
        yield client


def begun_as(file: Path, store: SqlStore) -> None:
    """Copy into an empty store what is in a file."""
    place = store.database.location
    with closing(sqlite3.connect(file)) as taken, closing(sqlite3.connect(place)) as ours:
        taken.backup(ours)


@pytest.fixture(scope="session")
def thirty_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that holds `rig` with thirty runs in."""
    file = tmp_path_factory.mktemp("thirty") / "store.db"
    with beginning(file) as client:
        tell_all(client, asked(client, 30))
    return file


@pytest.fixture
def learned(service: TestClient, store: SqlStore, thirty_in: Path) -> TestClient:
    """A service over a copy of that store."""
    begun_as(thirty_in, store)
    return service
