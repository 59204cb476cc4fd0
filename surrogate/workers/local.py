"""Runs tasks on this machine, one process per slot, through a foreman process of its own.

The engine keeps the futures; the foreman keeps the slots (see `foreman`). When the foreman itself
dies, the engine kills what the foreman had started, reports the runs that had begun as errors,
and hands all others to a new foreman.
"""

import json
import pickle
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryFile, gettempdir
from typing import Any

from surrogate.errors import SimulatorError
from surrogate.oracle import SimulatorSource
from surrogate.processes import (
    ending,
    kill_group,
    marked,
    own_folder,
    single_threaded,
    sweep_orphans,
)
from surrogate.records import Run, Status
from surrogate.settings import environment
from surrogate.workers.base import UNBEGUN, Limits, Task, Ticket, failed, resolve
from surrogate.workers.foreman import Orders
from surrogate.workers.frames import Frames, framed, packed, plain
from surrogate.workers.slot import worker_name

_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[2]); "
    "from surrogate.workers.foreman import main; main(int(sys.argv[1]))"
)
_FOREMEN = 5  # that may die in a row before the engine gives up
_PATIENCE = 5.0  # seconds for a foreman to end after it was told to


class LocalEngine:
    """One warm, killable process per slot. Implements `workers.base.Engine`."""

    def __init__(
        self, source: SimulatorSource | bytes, *, slots: int, limits: Limits, version: str = ""
    ) -> None:
        """Start the processes; returns before they are ready. `source` may come `serialised`.

        Raises `SimulatorError` when the simulator is an object that can't be sent to a process.
        """
        if slots < 1:
            raise SimulatorError(f"workers: at least 1 slot was expected, {slots} came")
        sent = source if isinstance(source, bytes) else serialised(source)
        folder = own_folder(Path(gettempdir()), "surrogate-slots", sweep=True)
        self._orders = Orders(slots, limits, sent, str(folder), ahead=True)
        self._version = version
        self._host = socket.gethostname()
        self._lock = threading.RLock()
        self._tickets: dict[int, Ticket] = {}
        self._numbers = count(1)
        self._spent = 0.0
        self._alive: set[int] = set()
        self._deaths = 0
        self._closing = False
        sweep_orphans()  # of a session that was killed: they would take this one's processors
        self._complaints = TemporaryFile()  # noqa: SIM115 - lives as long as the engine
        self._start()
        self._reader = threading.Thread(target=self._read, name="surrogate-engine", daemon=True)
        self._reader.start()

    @property
    def slots(self) -> int:
        """How many tasks run side by side."""
        return self._orders.slots

    @property
    def trouble(self) -> str:
        """Nothing: the processes are there as soon as they are needed."""
        return ""

    def submit(self, task: Task) -> "Future[Run]":
        """Begin a task as soon as a slot is free; the future resolves to its run, always."""
        future: Future[Run] = Future()
        with self._lock:
            if self._closing:
                future.set_result(failed(task, Status.LOST, UNBEGUN, host=self._host))
                return future
            number = next(self._numbers)
            self._tickets[number] = Ticket(task, future)
            self._send(_job(number, task))
        future.add_done_callback(lambda done: self._withdraw(number, done))
        return future

    def busy_seconds(self) -> float:
        """Total seconds that slots have spent inside simulators so far."""
        now = time.monotonic()
        with self._lock:
            running = [t.began for t in self._tickets.values() if t.began is not None]
            return self._spent + sum(now - began for began in running)

    def close(self, *, kill: bool = False) -> None:
        """Let running tasks finish (or kill them), end every child, leave no orphan.

        Tasks that have not begun resolve to runs with status `lost`. Closing twice is harmless.
        """
        with self._lock:
            self._closing = True
            self._send({"close": kill})
        self._reader.join(_PATIENCE if kill else None)
        if self._reader.is_alive():
            self._foreman.kill()
            self._reader.join()
        self._complaints.close()
        shutil.rmtree(self._orders.folder, ignore_errors=True)

    # the foreman

    def _start(self) -> None:
        self._up = False
        ours, theirs = socket.socketpair()
        with theirs:
            paths = [str(Path(path).absolute()) for path in sys.path]
            arguments = [str(theirs.fileno()), json.dumps(paths)]
            self._foreman = subprocess.Popen(
                [sys.executable, "-c", _BOOT, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._complaints,
                env=marked(single_threaded(environment())),
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self._socket = ours
        self._socket.sendall(framed(pickle.dumps(self._orders)))

    def _send(self, message: Mapping[str, Any]) -> None:
        with suppress(OSError):  # a foreman that has died is noticed by the reader
            self._socket.sendall(packed(message))

    def _read(self) -> None:
        """The reader thread: hear foreman after foreman until the engine is closed."""
        while True:
            self._listen()
            code = self._foreman.wait()
            self._socket.close()
            for pid in self._alive:  # it can't end them any more
                kill_group(pid)
            self._alive.clear()
            if self._closing or not self._replace_foreman(code):
                break
        with self._lock:
            self._closing = True
            left, self._tickets = self._tickets, {}
        for ticket in left.values():
            why = UNBEGUN if ticket.began is None else "the engine was closed before it ended"
            resolve(ticket.future, failed(ticket.task, Status.LOST, why, host=self._host))

    def _listen(self) -> None:
        frames = Frames()
        with suppress(ConnectionError):
            while chunk := self._socket.recv(1 << 16):
                for frame in frames.feed(chunk):
                    self._hear(json.loads(frame.decode()))

    def _hear(self, message: dict[str, Any]) -> None:
        if "began" in message:
            self._begin(message["began"], message["at"])
        elif "ended" in message:
            self._end(message["ended"], message["slot"], message["report"])
        elif "born" in message:
            self._alive.add(message["born"])
        elif "died" in message:
            self._alive.discard(message["died"])
        elif "up" in message:
            self._up = True

    def _begin(self, number: int, at: float) -> None:
        with self._lock:
            ticket = self._tickets.get(number)
            if ticket is None:  # cancelled at the very moment that it began
                return
            self._tickets[number] = replace(ticket, began=at)
        ticket.future.set_running_or_notify_cancel()

    def _end(self, number: int, slot: int, report: dict[str, Any]) -> None:
        with self._lock:
            ticket = self._tickets.pop(number, None)
            self._spent += report["seconds"]
            self._deaths = 0
        if ticket is None:
            return
        task, status = ticket.task, Status(report.pop("status"))
        report |= {"worker": worker_name(slot), "host": self._host, "version": self._version}
        resolve(ticket.future, Run(task.query, task.attempt, status, **report))

    def _withdraw(self, number: int, done: "Future[Run]") -> None:
        """Take back a task whose future was cancelled before it began."""
        with self._lock:
            ticket = self._tickets.get(number)
            if done.cancelled() and ticket is not None and ticket.began is None:
                del self._tickets[number]
                self._send({"drop": number})

    def _replace_foreman(self, code: int) -> bool:
        """A new foreman with the tasks that had not begun; False when it is of no use."""
        with self._lock:
            early = self._orders.ahead and not self._up
            self._deaths += not early
            begun = {n: t for n, t in self._tickets.items() if t.began is not None}
            self._tickets = {n: t for n, t in self._tickets.items() if n not in begun}
            if self._deaths < _FOREMEN:
                self._orders = replace(self._orders, ahead=self._orders.ahead and not early)
                self._start()
                for number, ticket in self._tickets.items():
                    self._send(_job(number, ticket.task))
        message = f"the process that minds the simulators ended: {ending(code)}{self._complained()}"
        for ticket in begun.values():
            resolve(ticket.future, failed(ticket.task, Status.ERROR, message, host=self._host))
        return self._deaths < _FOREMEN

    def _complained(self) -> str:
        """The last line that a foreman wrote before it died."""
        self._complaints.seek(0)
        lines = self._complaints.read().decode(errors="replace").splitlines()
        return f", saying {lines[-1]!r}" if lines else ""


def serialised(source: SimulatorSource) -> bytes:
    """The source as bytes for our own children; an object goes by value where it must.

    Raises `SimulatorError` for an object that can't be sent.
    """
    if source.instance is None:
        return pickle.dumps(source)
    import cloudpickle

    try:
        return bytes(cloudpickle.dumps(source))
    except Exception as problem:  # whatever the object does when it is pickled
        raise SimulatorError(
            f"simulator '{source.instance.name}' can't be sent to a worker process "
            f"({type(problem).__name__}: {problem}); put it into a module and name it "
            "'module:attribute'"
        ) from problem


def _job(number: int, task: Task) -> dict[str, Any]:
    job = {"point": plain(task.point), "seed": task.seed}
    return {"ticket": number, "job": job, "avoid": task.avoid}
