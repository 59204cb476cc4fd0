"""Campaigns that this service runs itself: each in a process of its own beside the requests.

Each runs as `surrogate run` would run it, held by one runner at a time; what it recorded is in the
ledger, so a service that dies loses no more than a runner that dies. It is no thread of this
process, for a refit holds the interpreter, and every request with it, for a fifth of a second.
"""

import logging
import multiprocessing
import os
import signal
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from surrogate.campaign import Campaign
from surrogate.errors import SurrogateError
from surrogate.processes import serve
from surrogate.runner import Ending, Progress

_log = logging.getLogger("surrogate")
_LAST_WAIT = 20.0  # s for a runner that was told twice to end
_STOPPED = 130  # exit code of a runner that somebody stopped, as a shell has it


@dataclass(frozen=True)
class Task:
    """What is to be run: a campaign of a store, until `runs` are settled (None: its budget)."""

    location: str
    name: str
    runs: int | None = None
    workers: int | None = None


@dataclass
class _Job:
    """A campaign that is being run here; `due` is what to run next, None once it has begun.

    `message` is what it said last, `stops` how often it was told to stop.
    """

    due: Task | None
    message: str = "starting"
    stops: int = 0
    ended: bool = False
    process: Any = None
    thread: threading.Thread | None = None
    guard: threading.Lock = field(default_factory=threading.Lock)

    def takes(self, task: Task | None) -> bool:
        """Whether this still runs; the task, if any, is then run after what runs now."""
        with self.guard:
            if task is not None and not self.ended:
                self.due = task
            return not self.ended

    def stop(self) -> None:
        """As Ctrl-C does: once lets running simulations finish, twice ends them."""
        with self.guard:
            self.stops += 1
            self.due = None
            if self.process is None:
                self.message = "stopped before it began"
            elif self.process.is_alive():
                os.kill(self.process.pid, signal.SIGTERM)

    def work(self) -> None:
        """Run to the end; of the thread that starts the processes, since they die with it."""
        while (hear := self._begin()) is not None:
            with suppress(EOFError, OSError):
                while True:
                    self.message = hear.recv()
            self.process.join()
            code = self.process.exitcode
            if code == _STOPPED:  # whoever stopped it has stopped what was to follow
                with self.guard:
                    self.due = None
            elif code and not self.stops:
                self.message = f"its runner ended with exit code {code}: {self.message}"

    def _begin(self) -> Connection | None:
        """Start a process for what is due, and give where it is heard; None where nothing is."""
        with self.guard:
            if self.due is None:
                self.ended = True
                return None
            task, self.due, self.stops = self.due, None, 0
            hear, say = multiprocessing.Pipe(duplex=False)
            self.process = multiprocessing.get_context("spawn").Process(
                target=_run, args=(task, os.getpid(), say), name="surrogate-runner"
            )
            self.process.start()
            say.close()
            return hear


class Workshop:
    """Runs campaigns. May be used from any thread."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._jobs: dict[str, _Job] = {}

    def start(self, task: Task, *, follow: bool = False) -> None:
        """Run a campaign; nothing where it runs, or, to `follow`, again after that.

        Who has just queued something wants to follow: what runs may be past looking for more.
        """
        with self._guard:
            running = self._jobs.get(task.name)
            if running is not None and running.takes(task if follow else None):
                return
            job = self._jobs[task.name] = _Job(task)
            job.thread = threading.Thread(target=job.work, name="surrogate-workshop")
            job.thread.start()

    def stop(self, name: str) -> bool:
        """Let a campaign's running simulations finish and stop; a second time ends them at once.

        Gives whether it is run here.
        """
        with self._guard:
            job = self._jobs.get(name)
            if job is None or job.ended:
                return False
            job.stop()
            return True

    def state(self, name: str) -> tuple[str, str]:
        """'running', 'stopping' or '', and what it said last."""
        with self._guard:
            job = self._jobs.get(name)
            if job is None:
                return "", ""
            if job.ended:
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


def _run(task: Task, parent: int, say: Connection) -> None:
    """Run a campaign in this process, which is for that alone, and say how it goes.

    Exits with `_STOPPED` where somebody stopped it.
    """
    serve(parent)
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
        if summary.ending is Ending.INTERRUPTED:
            sys.exit(_STOPPED)
    except SurrogateError as problem:
        say.send(str(problem))
    except Exception as problem:
        say.send(f"{type(problem).__name__}: {problem}")
        _log.exception("campaign '%s' broke off", task.name)
