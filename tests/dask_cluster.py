"""A Dask cluster on loopback for the tests: a scheduler and workers, processes of their own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.waiting import PATIENCE, free_port

MISSING = "distributed is not installed (pip install '.[dask]')"
_QUIET = ["--no-dashboard"]


@dataclass
class DaskCluster:
    """One scheduler at a port of its own, and workers of one thread each, by name."""

    port: int
    scheduler: "subprocess.Popen[bytes] | None" = None
    workers: "dict[str, subprocess.Popen[bytes]]" = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def start_scheduler(self) -> None:
        where = ["--host", "127.0.0.1", "--port", str(self.port)]
        self.scheduler = _started("dask_scheduler", *where, *_QUIET)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1.0):
                return
            time.sleep(0.05)
        raise TimeoutError("the Dask scheduler did not come up")

    def add_worker(self, name: str, paths: str = "") -> None:
        """A worker of one thread; `paths` is its PYTHONPATH."""
        mine = ["--name", name, "--nthreads", "1", "--no-nanny", "--memory-limit", "0"]
        self.workers[name] = _started("dask_worker", self.address, *mine, *_QUIET, paths=paths)

    def kill_worker(self, name: str) -> None:
        _end(self.workers.pop(name))

    def kill_scheduler(self) -> None:
        if self.scheduler is not None:
            _end(self.scheduler)

    def close(self) -> None:
        for process in [*self.workers.values(), self.scheduler]:
            if process is not None:
                _end(process)


@contextmanager
def dask_cluster(*names: str) -> Iterator[DaskCluster]:
    """A cluster with workers of these names."""
    cluster = DaskCluster(free_port())
    try:
        cluster.start_scheduler()
        for name in names:
            cluster.add_worker(name)
        yield cluster
    finally:
        cluster.close()


def _started(program: str, *arguments: str, paths: str = "") -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", f"distributed.cli.{program}", *arguments]
    surroundings = {**os.environ, "PYTHONPATH": paths}
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, stdout=quiet, stderr=quiet, env=surroundings)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
