"""A service in a process of its own on a free port, to be called and to be killed."""

import json
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surrogate.campaign import Campaign
from surrogate.plan import Plan
from tests.waiting import PATIENCE, free_port


@dataclass
class Site:
    """A running service; `log` is where it writes."""

    store: Path
    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=PATIENCE) as answer:
            return json.load(answer)

    def post(self, path: str, body: Any) -> Any:
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def start(self) -> None:
        self.process = _started(self.store, self.port)


def shots_in(folder: Path, *, seed: int, runs: int) -> Path:
    """A store with so many shots of the football simulator, over three parameters."""
    store = folder / "shots.db"
    keys = {
        "name": "shots",
        "seed": seed,
        "store": str(store),
        "simulator": {"use": "simulators.football:shot", "settings": {"pace": "unlimited"}},
        "space": {
            "x": {"low": 1.0, "high": 16.5},
            "y": {"low": -20.16, "high": 20.16},
            "keeper_depth": {"low": 0.0, "high": 6.0},
        },
        "goal": {"kind": "boundary", "level": 0.5},
        "budget": {"runs": runs},
        "workers": {"count": 2},
        "stop": {"wrong": 0.001},
    }
    with Campaign.from_plan(Plan.from_mapping(keys)) as campaign:
        campaign.run()
    return store


@contextmanager
def site(store: Path, *options: str) -> Iterator[Site]:
    port = free_port()
    running = Site(store, port, _started(store, port, *options))
    try:
        yield running
    finally:
        running.process.terminate()
        running.process.wait(PATIENCE)


def _started(store: Path, port: int, *options: str) -> "subprocess.Popen[bytes]":
    place = [str(store), "--port", str(port)]
    command = [sys.executable, "-m", "surrogate", "serve", *place, *options]
    log = store.with_suffix(".log")
    with log.open("ab") as written:
        process = subprocess.Popen(command, stdout=written, stderr=written)
    for _ in range(2400):
        assert process.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).close()
        except OSError:
            time.sleep(0.05)
        else:
            return process
    raise AssertionError(re.sub(r"\s+", " ", log.read_text()))


@contextmanager
def shots_served(folder: Path) -> Iterator[Site]:
    """Sixty shots of the football simulator, served."""
    with site(shots_in(folder, seed=3, runs=60)) as running:
        yield running
