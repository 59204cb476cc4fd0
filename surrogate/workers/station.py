"""What runs inside a Dask worker: the local engine, which gives every run a process of its own.

A station lives in a worker while a session lasts. It is brought by a doorman, who travels by
value and needs nothing but `distributed`, so that he can say what else is missing there. A worker
that has what the simulator needs offers a resource of the session's name, and the scheduler
places the session's runs where that is. The pickles here are made by the operator's own client and
go to the operator's own workers; what a simulator returned goes back as JSON.
"""

import json
import pickle
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from surrogate.records import Run
from surrogate.workers.base import Limits, Task
from surrogate.workers.fitness import Facts, complaint
from surrogate.workers.local import LocalEngine

_IDLE = 300.0  # seconds without a run after which the processes are let go (a client may be dead)


@dataclass(frozen=True)
class Equipment:
    """What a station needs: a pickled `SimulatorSource`, and the facts of the client's machine."""

    source: bytes
    facts: Facts
    limits: Limits
    version: str


class Station:
    """Runs tasks in a Dask worker of so many threads. Thread-safe."""

    def __init__(self, pickled: bytes, name: str, threads: int) -> None:
        self._equipment: Equipment = pickle.loads(pickled)
        self._name, self._threads = name, threads
        self._lock = threading.Lock()
        self._engine: LocalEngine | None = None
        self._present = 0
        self._left = 0.0

    def complaint(self) -> str:
        """Why this worker cannot run the simulator; empty when it can."""
        needs = self._equipment
        return complaint(needs.source, needs.facts, needs.limits.load_seconds)

    def perform(self, jobs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Run the jobs and wait for all of them; gives runs as JSON-able mappings."""
        with self._lock:
            self._present += 1
            engine = self._engine = self._engine or self._opened()
        try:
            futures = [engine.submit(Task(**job)) for job in jobs]
            return [self._told(future.result()) for future in futures]
        finally:
            with self._lock:
                self._present -= 1
                self._left = time.monotonic()

    def rest(self) -> None:
        """Let the processes go when there was nothing to do for a while."""
        with self._lock:
            if self._present or time.monotonic() - self._left <= _IDLE:
                return
            engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()

    def close(self) -> None:
        """End all processes at once."""
        with self._lock:
            engine, self._engine = self._engine, None
        if engine is not None:
            engine.close(kill=True)

    def _opened(self) -> LocalEngine:
        needs = self._equipment
        return LocalEngine(
            needs.source, slots=self._threads, limits=needs.limits, version=needs.version
        )

    def _told(self, run: Run) -> dict[str, Any]:
        return {**asdict(run), "worker": f"{self._name}/{run.worker}" if run.worker else self._name}


def perform(session: str, batch: int, jobs: str) -> str:
    """The task that the scheduler places: run a batch of jobs at this worker's station."""
    from distributed import get_worker

    worker = get_worker()
    worker.log_event(session, {"began": batch, "worker": worker.address})
    return json.dumps(worker.plugins[session].station.perform(json.loads(jobs)))


def doorman(session: str, equipment: bytes) -> Any:
    """The plugin that opens a station on every worker, those that come later included."""
    from distributed import WorkerPlugin

    class Doorman(WorkerPlugin):  # type: ignore[misc]  # local, and so sent by value
        station: Any = None
        verdict: Any = None
        look: Any = None

        async def setup(self, worker: Any) -> None:
            import asyncio

            from tornado.ioloop import PeriodicCallback

            words, threads = "", worker.state.nthreads
            try:
                from surrogate.workers.station import Station

                self.station = Station(equipment, str(worker.name), threads)
                words = await asyncio.to_thread(self.station.complaint)
            except Exception as problem:
                words = f"surrogate-service does not work there: {problem}; install it"
            if not words:
                await worker.set_resources(**{session: threads})
                self.look = PeriodicCallback(self.station.rest, 60_000)
                self.look.start()
            self.verdict = {"worker": worker.address, "threads": threads, "complaint": words}
            worker.log_event(session, self.verdict)

        async def teardown(self, worker: Any) -> None:
            import asyncio

            if self.station is not None:
                await asyncio.to_thread(self.station.close)
            if self.look is not None:
                self.look.stop()

    return Doorman()
