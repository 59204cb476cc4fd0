"""Both clients that pull work, against the desk on a real store behind a real server."""

import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simulators.adapters import clients
from simulators.adapters.clients.pull import Client, Refused
from surrogate.records import Observation, Run, Status
from tests.serving import Reply, serving
from tests.test_desk import Counter, counter_in
from tests.waiting import PATIENCE, happens

FOLDER = Path(clients.__file__).parent
NODE = shutil.which("node")
RUNS = 30

PYTHON = """
import os, sys, time
from pull import Client, Decline
url, worker, stalls, dies, ahead = *sys.argv[1:3], *map(int, sys.argv[3:])
made = []
def run(point, seed):
    made.append(point)
    if len(made) == stalls:
        raise RuntimeError("the rig stalled")
    if len(made) == dies:
        os._exit(9)
    if len(made) == -dies:
        time.sleep(9999)
    if point["x"] > 9:
        raise Decline("off the table")
    nan = stalls and len(made) == stalls + 2
    return {"hit": point["x"] > 5, "margin": float("nan") if nan else point["x"] - 5}
client = Client(url, "rig", worker=worker)
client.limit = 0.5
client.work(run, ahead)
"""
JAVASCRIPT = """
import { Client, Decline } from "./pull.mjs";
const [url, worker] = process.argv.slice(2);
const [stalls, dies, ahead] = process.argv.slice(4).map(Number);
let made = 0;
async function run(point, seed) {
  made += 1;
  if (made === stalls) throw new Error("the rig stalled");
  if (made === dies) process.exit(9);
  if (made === -dies) await new Promise((resolve) => setTimeout(resolve, 9_999_999));
  if (point.x > 9) throw new Decline("off the table");
  return { hit: point.x > 5, margin: stalls && made === stalls + 2 ? NaN : point.x - 5 };
}
await new Client(url, "rig", { worker, limit: 0.5 }).work(run, ahead);
"""
KINDS = [
    pytest.param((sys.executable, "client.py", PYTHON), id="python"),
    pytest.param(
        (NODE or "", "client.mjs", JAVASCRIPT),
        id="javascript",
        marks=pytest.mark.skipif(
            NODE is None, reason="node is not installed: apt-get install nodejs"
        ),
    ),
]
Kind = tuple[str, str, str]


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = counter_in(tmp_path, RUNS, lease=1.0)
    yield made
    made.campaign.close()


def started(kind: Kind, folder: Path, *arguments: object) -> "subprocess.Popen[str]":
    interpreter, name, text = kind
    for client in FOLDER.glob("pull.*"):
        shutil.copy(client, folder)
    (folder / name).write_text(text)
    command = [interpreter, str(folder / name), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process: "subprocess.Popen[str]", code: int = 0) -> None:
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == code, said


def place(taught: Observation) -> float:
    return float(taught.point["x"])


def failures(runs: tuple[Run, ...]) -> dict[Status, set[str]]:
    bad = [run for run in runs if run.status is not Status.OK]
    return {status: {r.message for r in bad if r.status is status} for status in Status}


@pytest.mark.parametrize("kind", KINDS)
def test_a_client_runs_a_campaign_and_its_failures_are_recorded(
    counter: Counter, tmp_path: Path, kind: Kind
) -> None:
    with serving({"rig": counter.desk}) as url:
        ended(started(kind, tmp_path, url, "rig 1", 3, 0, 6))
    taught = counter.store.observations("rig")
    assert len(taught) == RUNS
    assert all(one.feasible == (place(one) <= 9) for one in taught)
    assert all(one.values["hit"] == (place(one) > 5) for one in taught if one.feasible)
    bad = failures(counter.store.runs("rig"))
    errors = " and ".join(bad[Status.ERROR])
    assert "Error: the rig stalled" in errors
    assert "a finite number was expected" in errors
    assert len(bad[Status.ERROR]) == 2
    assert bad[Status.INFEASIBLE] == {"off the table"}
    assert bad[Status.LOST] == set()


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_killed_client_held_is_run_by_another(
    counter: Counter, tmp_path: Path, kind: Kind
) -> None:
    with serving({"rig": counter.desk}) as url:
        ended(started(kind, tmp_path, url, "dies", 0, 8, 6), code=9)
    counter.clock.sleep(1.5)  # its leases lapse, that of its last ask too
    with serving({"rig": counter.desk}) as url:
        ended(started(kind, tmp_path, url, "lives", 0, 0, 6))
    assert len(counter.store.observations("rig")) == RUNS
    assert len([r for r in counter.store.runs("rig") if r.status is Status.LOST]) >= 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_hangs_is_given_to_another(counter: Counter, tmp_path: Path, kind: Kind) -> None:
    said_something = threading.Event()

    def listening(path: str, said: Reply) -> Reply:
        said_something.set()
        return said

    with serving({"rig": counter.desk}, listening) as url:
        hung = started(kind, tmp_path, url, "hangs", 0, -4, 6)
        try:
            happens(lambda: len(counter.store.observations("rig")) >= 3)  # it hangs in its fourth
            while said_something.wait(2.0):  # longer than from one heartbeat to the next
                said_something.clear()
            counter.clock.sleep(1.5)  # its leases lapse
            ended(started(kind, tmp_path, url, "lives", 0, 0, 6))
        finally:
            hung.kill()
            hung.communicate()
    assert len(counter.store.observations("rig")) == RUNS


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_that_is_lost_or_broken_off_changes_nothing(
    counter: Counter, tmp_path: Path, kind: Kind
) -> None:
    calls: list[str] = []

    def spoils_two_of_four(path: str, said: Reply) -> Reply | None:
        calls.append(path)
        kinds = (said, replace(said, whole=False), said, None)
        return kinds[len(calls) % 4]

    with serving({"rig": counter.desk}, spoils_two_of_four) as url:
        ended(started(kind, tmp_path, url, "rig 1", 0, 0, 6))
    assert len(counter.store.observations("rig")) == RUNS
    assert failures(counter.store.runs("rig"))[Status.LOST] == set()


def test_a_client_keeps_its_leases_while_it_runs(counter: Counter) -> None:
    beaten = threading.Event()

    def listening(path: str, said: Reply) -> Reply:
        if path.endswith("heartbeat"):
            beaten.set()
        return said

    def run(point: dict[str, Any], seed: int) -> bool:
        assert beaten.wait(PATIENCE)
        return True

    with serving({"rig": counter.desk}, listening) as url:
        Client(url, "rig", worker="slow").work(run, ahead=8)
    assert failures(counter.store.runs("rig"))[Status.LOST] == set()


def test_a_client_says_what_the_service_said(counter: Counter) -> None:
    with serving({}) as url, pytest.raises(Refused, match="there is no campaign 'rig' here"):
        Client(url, "rig", worker="w").ask()


def test_a_client_gives_up_a_service_that_stays_away() -> None:
    lost = Client("http://127.0.0.1:9", "rig", worker="w")
    lost.patience = 0.0
    with pytest.raises(OSError, match="refused"):
        lost.ask()


@pytest.mark.parametrize("name", ["pull.py", "pull.mjs"])
def test_a_client_is_one_short_file_without_dependencies(name: str) -> None:
    text = (FOLDER / name).read_text()
    assert len(text.splitlines()) < 100
    imported = re.findall(r"^(?:import|from) (\w+)", text, re.MULTILINE)
    assert set(imported) <= set(sys.stdlib_module_names)
    assert not re.search(r"\brequire\(|\bprocess\b|node:|from \"[^.]", text)
