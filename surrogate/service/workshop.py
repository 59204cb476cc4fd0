"""Campaigns that this service runs itself: each in a process of its own beside the requests.

Each runs as `surrogate run` would run it, held by one runner at a time; what it recorded is in the
ledger, so a service that dies loses no more than a runner that dies. It is no thread of this
process, for a refit holds the interpreter, and every request with it, for a fifth of a second.
"""

import logging
import multiprocessing
import os
import signal
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from surrogate.campaign import Campaign
from surrogate.errors import SurrogateError
from surrogate.processes import die_with_parent, give_way
from surrogate.runner import Progress

_log = logging.getLogger("surrogate")
_LAST_WAIT = 20.0  # s for a runner that was told twice to end


@dataclass(frozen=True)
class Task:
    """What is to be run: a campaign of a store, until `runs` are settled (None: its budget)."""

    location: str
    name: str
    runs: int | None = None
    workers: int | None = None


@dataclass
class _Job:
    """A campaign that is being run here; `message` is what it said last, `stops` how often it was
    told to stop.
    """

    task: Task
    message: str = "starting"
    stops: int = 0
    process: Any = None
    thread: threading.Thread | None = None
    guard: threading.Lock = field(default_factory=threading.Lock)

    def stop(self) -> None:
        """As Ctrl-C does: once lets running simulations finish, twice ends them."""
        with self.guard:
            self.stops += 1
            if self.process is not None and self.process.is_alive():
                os.kill(self.process.pid, signal.SIGTERM)

    def work(self) -> None:
        """Run to the end; of the thread that started the process, since it dies with it."""
        hear, say = multiprocessing.Pipe(duplex=False)
        with self.guard:
            if self.stops:
                self.message = "stopped before it began"
                return
            made = multiprocessing.get_context("spawn").Process(
                target=_run, args=(self.task, os.getpid(), say), name="surrogate-runner"
            )
            self.process = made
            made.start()
        say.close()
        with suppress(EOFError, OSError):
            while True:
                self.message = hear.recv()
        made.join()
        if made.exitcode and not self.stops:
            self.message = f"its runner ended with exit code {made.exitcode}: {self.message}"


class Workshop:
    """Runs campaigns. May be used from any thread."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._jobs: dict[str, _Job] = {}

    def start(self, task: Task) -> None:
        """Run a campaign; nothing where it runs."""
        with self._guard:
            if self._is_alive(task.name):
                return
            job = self._jobs[task.name] = _Job(task)
            job.thread = threading.Thread(target=job.work, name="surrogate-workshop")
            job.thread.start()

    def stop(self, name: str) -> bool:
        """Let a campaign's running simulations finish and stop; a second time ends them at once.

        Gives whether it is run here.
        """
        with self._guard:
            alive = self._is_alive(name)
            if alive:
                self._jobs[name].stop()
            return alive

    def state(self, name: str) -> tuple[str, str]:
        """'running', 'stopping' or '', and what it said last."""
        with self._guard:
            job = self._jobs.get(name)
            if job is None:
                return "", ""
            if not self._is_alive(name):
                return "", job.message
            return ("stopping" if job.stops else "running"), job.message

    def close(self) -> None:
        """Stop everything: what runs is ended, and is asked for again when it continues."""
        with self._guard:
            jobs = list(self._jobs.values())
        for job in jobs:
            job.stop()
            job.stop()
        for job in jobs:
            if job.thread is not None:
                job.thread.join(_LAST_WAIT)
            if job.process is not None and job.process.is_alive():
                job.process.kill()

    def _is_alive(self, name: str) -> bool:
        job = self._jobs.get(name)
        return job is not None and job.thread is not None and job.thread.is_alive()


def _run(task: Task, parent: int, say: Connection) -> None:
    """Run a campaign in this process, which is for that alone, and say how it goes."""
    die_with_parent(parent)
    give_way()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the service, and that this
    last = ""

    def observe(progress: Progress) -> None:
        nonlocal last
        if progress.message != last:
            last = progress.message
            say.send(last)

    try:
        with Campaign.open(task.location, task.name) as campaign:
            summary = campaign.run(runs=task.runs, workers=task.workers, observe=observe)
        say.send(summary.message)
    except SurrogateError as problem:
        say.send(str(problem))
    except Exception as problem:
        say.send(f"{type(problem).__name__}: {problem}")
        _log.exception("campaign '%s' broke off", task.name)
