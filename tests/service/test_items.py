"""A pool over HTTP: what is said of its items, one item's picture, and a person who answers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from surrogate.campaign import Campaign
from surrogate.plan import Plan
from surrogate.service.app import create_app
from surrogate.store.sql import open_store
from tests.service.conftest import BASE

POOL: dict[str, Any] = {
    "name": "tiles",
    "simulator": {
        "use": "surrogate.told:told",
        "declare": {
            "pool": {"file": "tiles.npz", "features": ["image"], "picture": "image"},
            "outcomes": {"bright": {"kind": "binary"}},
        },
    },
    "surrogate": "svm",
    "goal": {"kind": "boundary", "level": 0.5},
    "budget": {"runs": 30, "audit": 0},
}


def pool_in(folder: Path, store: Path | None = None) -> Path:
    """A store with a campaign on 40 tiles of 4 x 4 pixels, the later the brighter."""
    rng = np.random.default_rng(1)
    images = np.linspace(0, 1, 40)[:, None, None] + 0.05 * rng.random((40, 4, 4))
    np.savez(folder / "tiles.npz", image=images)
    keys = {**POOL, "store": str(store or folder / "tiles.db")}
    Campaign.from_plan(Plan.from_mapping(keys, path=folder / "tiles.toml")).close()
    return store or folder / "tiles.db"


@pytest.fixture
def tiles(tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(create_app(open_store(pool_in(tmp_path))), base_url=BASE) as client:
        yield client


def answer(client: TestClient, count: int) -> None:
    asked = client.post("/campaigns/tiles/ask", json={"worker": "w", "count": count}).json()
    for query in asked["queries"]:
        told = {"query": query["query"], "attempt": query["attempt"]}
        bright = query["point"]["item"] >= 20
        assert client.post("/campaigns/tiles/tell", json={**told, "values": bright}).is_success


def test_a_pool_shows_itself_as_one(tiles: TestClient) -> None:
    body = tiles.get("/campaigns/tiles").json()
    assert body["pool"] == {"key": "item", "items": 40, "pictures": True}
    assert body["parameters"] == []


def test_items_are_ranked_and_those_in_doubt_are_not_answered_yet(tiles: TestClient) -> None:
    answer(tiles, 20)
    found = tiles.get("/campaigns/tiles/items").json()
    assert {item["item"] for item in found["above"]} <= set(range(18, 40))
    assert all(item["seen"] is None for item in found["doubtful"])


def test_an_item_has_a_picture_and_no_answer(tiles: TestClient) -> None:
    shown = tiles.get("/campaigns/tiles/item", params={"item": 7}).json()
    assert np.array(shown["picture"]).shape == (4, 4)
    bright = tiles.get("/campaigns/tiles/item", params={"item": 39}).json()
    assert np.mean(shown["picture"]) < 80 < np.mean(bright["picture"])
    assert shown["columns"] == {}


def test_an_item_is_sent_once_while_it_stays_as_it_is(tiles: TestClient) -> None:
    first = tiles.get("/campaigns/tiles/item", params={"item": 7})
    known = {"If-None-Match": first.headers["etag"]}
    again = tiles.get("/campaigns/tiles/item", params={"item": 7}, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert tiles.get("/campaigns/tiles/item", params={"item": 39}, headers=known).json()["picture"]


def test_an_item_that_is_not_there_is_named(tiles: TestClient) -> None:
    said = tiles.get("/campaigns/tiles/item", params={"item": "x"})
    assert said.status_code == 422
    assert "the pool has no item 'x'" in said.json()["detail"]


def test_a_pool_has_no_map(tiles: TestClient) -> None:
    answer(tiles, 20)
    said = tiles.get("/campaigns/tiles/map")
    assert said.status_code == 422
    assert "ask for its items" in said.json()["detail"]
