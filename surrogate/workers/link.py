"""One connection to a Dask scheduler: hands batches of tasks over and tells what becomes of them.

What happens is told through `hear`, called from Dask's own threads:

    {"began": batch, "worker": address}
    {"ended": batch, "runs": [mapping, ...]}
    {"failed": batch, "killed": bool, "why": words}   killed: its worker died
    {"worker": address, "threads": n, "complaint": words}   a worker that joined, or was there
    {"gone": address}                                 a worker that left, by whatever way
    {"lost": True}                                    the scheduler; nothing else comes after it

The ledger counts the attempts, so Dask is asked for none of its own (`retries=0`); which of them
a dead worker took along is the engine's to say.
"""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from surrogate.errors import SimulatorError, optional
from surrogate.workers.fitness import PYTHON, Facts, difference
from surrogate.workers.station import doorman, perform

MISSING = "engine 'dask' needs the package distributed; pip install 'surrogate-service[dask]'"

_FAREWELL = 2.0  # seconds for a scheduler to hear that we leave

Hear = Callable[[dict[str, Any]], None]


class Link:
    """A session on a scheduler. Thread-safe; of no use once it said that it was lost."""

    def __init__(self, address: str, session: str, hear: Hear, *, seconds: float) -> None:
        """Connect; raises `SimulatorError` when no scheduler answers within `seconds`."""
        self._session, self._hear = session, hear
        self._futures: dict[int, Any] = {}
        self._lock = threading.Lock()
        self._over = self._cut = False
        distributed = optional("distributed", SimulatorError, MISSING)
        try:
            self._client = distributed.Client(
                address,
                timeout=seconds,
                set_as_default=False,
                name=session,
                heartbeat_interval="2s",
            )
        except (OSError, ValueError) as problem:
            raise SimulatorError(
                f"no Dask scheduler answers at {address} ({problem}); start one with "
                "'dask scheduler', or mend key 'workers.scheduler'"
            ) from problem

    def furnish(self, equipment: bytes, facts: Facts) -> None:
        """Open a station on every worker, present and future; verdicts have come on return."""
        self._refuse_other_pythons(facts)
        self._client.subscribe_topic(self._session, lambda event: self._pass_on(event[1]))
        self._client.subscribe_topic("all", lambda event: self._pass_on(_departure(event[1])))
        self._client.register_plugin(doorman(self._session, equipment), name=self._session)
        for verdict in self._client.run(_verdict(self._session)).values():
            self._pass_on(verdict)

    def _refuse_other_pythons(self, facts: Facts) -> None:
        """What travels by value can't be read by another Python, not even to say so."""
        for address, about in self._client.get_versions()["workers"].items():
            python = ".".join(str(about["host"]["python"]).split(".")[:2])
            if words := difference({PYTHON: facts[PYTHON]}, {PYTHON: python}):
                raise SimulatorError(f"Dask worker {address}: {words}; start it with this Python")

    @property
    def lost(self) -> bool:
        """Whether the scheduler is out of reach."""
        return self._cut or self._client.status != "running"

    def start(self, batch: int, jobs: Sequence[Mapping[str, Any]]) -> None:
        """Hand a batch over; the scheduler places it where a thread is free."""
        future = self._client.submit(
            perform,
            self._session,
            batch,
            json.dumps(jobs),
            key=f"{self._session}-{batch}",
            pure=False,
            retries=0,
            resources={self._session: 1},
        )
        with self._lock:
            self._futures[batch] = future
        future.add_done_callback(lambda done: self._done(batch, done))

    def drop(self, batch: int) -> None:
        """Take a batch back; it never begins where it has not begun."""
        with self._lock:
            future = self._futures.pop(batch, None)
        if future is not None:
            with suppress(Exception):  # a scheduler that is lost has dropped everything
                future.cancel(force=True)

    def close(self) -> None:
        """End what runs, take the stations down, and leave the scheduler."""
        self._over = True
        if not self.lost:
            with suppress(Exception):  # it may be lost at any moment, in many ways
                for topic in ("all", self._session):
                    self._client.unsubscribe_topic(topic)
                self._client.unregister_worker_plugin(self._session)
        with suppress(Exception):
            self._client.close(timeout=_FAREWELL)

    def _pass_on(self, message: dict[str, Any] | None) -> None:
        if message and not self._over:
            self._hear(message)

    def _done(self, batch: int, future: Any) -> None:
        with self._lock:
            known = self._futures.pop(batch, None) is not None
        if not known:
            return
        if future.status == "cancelled":
            self._cut = True
            self._pass_on({"lost": True})
            return
        try:
            told = {"ended": batch, "runs": json.loads(future.result(timeout=60))}
        except Exception as problem:  # whatever went wrong on the way there and back
            killed = type(problem).__name__ == "KilledWorker"
            why = f"{type(problem).__name__}: {problem}"
            told = {"failed": batch, "killed": killed, "why": why}
        self._pass_on(told)


def _departure(event: Any) -> dict[str, Any] | None:
    if isinstance(event, Mapping) and event.get("action") == "remove-worker":
        return {"gone": event["worker"]}
    return None


def _verdict(session: str) -> Callable[..., Any]:
    def verdict(dask_worker: Any) -> Any:  # local, and so sent by value
        return getattr(dask_worker.plugins.get(session), "verdict", None)

    return verdict
