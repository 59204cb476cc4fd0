"""Clients in processes of their own over the real service, some of which are killed."""

import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from simulators.adapters import clients
from surrogate.records import QueryState, Status
from surrogate.store.sql import open_store
from tests.service.conftest import RIG as LONG_RIG
from tests.service.site import site
from tests.waiting import PATIENCE, happens

RIG = {**LONG_RIG, "runs": 30}
FOLDER = Path(clients.__file__).parent
NODE = shutil.which("node")
PYTHON = """
import os, sys, time
from pull import Client
url, worker, dies = sys.argv[1], sys.argv[2], int(sys.argv[3])
made = []
def run(point, seed):
    made.append(point)
    if len(made) == dies:
        os._exit(9)
    time.sleep(0.01)
    return {"cleared": point["speed"] > 15, "margin": point["speed"] - 15}
Client(url, "rig", worker=worker).work(run, 3)
"""
JAVASCRIPT = """
import { Client } from "./pull.mjs";
const [url, worker] = process.argv.slice(2);
const run = (point) => ({ cleared: point.speed > 15, margin: point.speed - 15 });
await new Client(url, "rig", { worker }).work(run, 3);
"""


def started(folder: Path, url: str, worker: str, dies: int = 0) -> "subprocess.Popen[str]":
    folder = folder / worker  # its own: another may be reading its files when these are written
    folder.mkdir()
    for client in FOLDER.glob("pull.*"):
        shutil.copy(client, folder)
    (folder / "client.py").write_text(PYTHON)
    (folder / "client.mjs").write_text(JAVASCRIPT)
    python = [sys.executable, str(folder / "client.py"), url, worker, str(dies)]
    node = [NODE or "", str(folder / "client.mjs"), url, worker]
    command = node if worker.startswith("js") else python
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process: "subprocess.Popen[str]", code: int = 0) -> None:
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == code, said


def everything_once(store: Path) -> None:
    """Every query of the budget told exactly once, and none of them lost."""
    opened = open_store(store)
    counts = opened.counts("rig")
    good = [run.query for run in opened.runs("rig") if run.status is Status.OK]
    opened.close()
    assert counts.queries == {QueryState.DONE: RIG["runs"]}
    assert sorted(good) == list(range(RIG["runs"]))


@pytest.mark.skipif(NODE is None, reason="node is not installed: apt-get install nodejs")
def test_four_clients_one_of_them_killed_tell_every_query_once(tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    with site(store) as service:
        assert service.get("/campaigns") == []
        service.post("/campaigns", RIG)
        late: list[dict[str, Any]] = service.post(
            "/campaigns/rig/ask", {"worker": "late", "count": 1}
        )["queries"]
        dying = started(tmp_path, service.url, "py dies", dies=4)
        until_asked(store, 5)  # the late client's one, and four that it will get to
        others = [started(tmp_path, service.url, name) for name in ("py 1", "js 1", "js 2")]
        ended(dying, code=9)
        lapse(store)
        for client in others:
            ended(client)
        told = {"query": late[0]["query"], "attempt": 1, "values": {"cleared": True}}
        service.post("/campaigns/rig/tell", told)
        service.post("/campaigns/rig/tell", told)
    opened = open_store(store)
    runs = opened.runs("rig", late[0]["query"])
    assert [run.attempt for run in runs if run.status is Status.OK].count(1) == 1
    assert opened.counts("rig").queries == {QueryState.DONE: RIG["runs"]}
    taught = [one.query for one in opened.observations("rig")]
    opened.close()
    assert sorted(taught) == list(range(RIG["runs"]))


def until_asked(store: Path, count: int) -> None:
    """Wait until so many queries were handed out."""

    def asked() -> int:
        states = opened.counts("rig").queries
        return sum(states.values()) - states.get(QueryState.QUEUED, 0)

    with closing(open_store(store)) as opened:
        happens(lambda: asked() >= count)


def lapse(store: Path) -> None:
    """Let every lease of the killed and the late client end now, as after a minute's silence."""
    opened = open_store(store)
    leased = opened.queries("rig", QueryState.LEASED)
    opened.heartbeat("rig", [query.index for query in leased], expires=0.0)
    opened.close()


def test_a_service_killed_under_load_loses_nothing(tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    with site(store) as service:
        service.post("/campaigns", RIG)
        clients = [started(tmp_path, service.url, name) for name in ("py 1", "py 2")]
        for done in (5, 15):
            until_done(store, done)
            service.kill()
            service.start()
        for client in clients:
            ended(client)
    everything_once(store)


def until_done(store: Path, count: int) -> None:
    with closing(open_store(store)) as opened:
        happens(lambda: opened.counts("rig").queries.get(QueryState.DONE, 0) >= count)
