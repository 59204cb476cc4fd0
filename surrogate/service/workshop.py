"""What a service works at beside its requests: campaigns, and contests of rules, in processes.

A campaign runs as `surrogate run` would run it, held by one runner at a time; what it recorded is
in the ledger, so a service that dies loses no more than a runner that dies. It is no thread of this
process, for a refit holds the interpreter, and every request with it, for a fifth of a second. What
choosing saved takes as long as campaigns do: it is asked for once, one contest at a time is held,
and it is looked at until it is there.
"""

import itertools
import logging
import multiprocessing
import os
import signal
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any, Literal

from surrogate.campaign import Campaign
from surrogate.errors import SurrogateError, UnknownName
from surrogate.processes import serve
from surrogate.runner import Ending, Progress
from surrogate.service.problems import Refusal

_log = logging.getLogger("surrogate")
_LAST_WAIT = 20.0  # s for a runner that was told twice to end
_KEPT = 32  # contests that can still be looked at
_WAITING = 8  # contests that may wait for their turn; more are a mistake
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
            self.process, hear = _apart(_run, task, daemon=False)
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


def _apart(
    work: Callable[[Any, Connection], None], wanted: object, *, daemon: bool
) -> tuple[Any, Connection]:
    """Begin work in a process of its own; gives the process, and where it is heard."""
    hear, say = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(
        target=_helped, args=(work, wanted, os.getpid(), say), name="surrogate-work", daemon=daemon
    )
    process.start()
    say.close()
    return process, hear


def _helped(
    work: Callable[[Any, Connection], None], wanted: object, parent: int, say: Connection
) -> None:
    serve(parent)
    work(wanted, say)


def _run(task: Task, say: Connection) -> None:
    """Run a campaign in this process, which is for that alone, and say how it goes.

    Exits with `_STOPPED` where somebody stopped it.
    """
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


@dataclass(frozen=True)
class Question:
    """Which campaign's rule, by how many `runs` of each (None: as many as were made), how often."""

    location: str
    name: str
    runs: int | None
    repeats: int


@dataclass
class Contest:
    """One contest: what it `said` so far, then what it `found`, or the `problem` that ended it."""

    number: int
    question: Question
    said: list[str] = field(default_factory=list)
    found: dict[str, Any] | None = None
    problem: str = ""

    @property
    def state(self) -> Literal["working", "done", "failed"]:
        """'working', 'done' or 'failed'."""
        if self.problem:
            return "failed"
        return "working" if self.found is None else "done"

    def hear(self, kind: str, told: Any) -> None:
        """Take what `compete` says."""
        if kind == "said":
            self.said.append(told)
        elif kind == "found":
            self.found = told
        else:
            self.problem = told


def process(question: Question) -> tuple[Connection, Callable[[], None]]:
    """Begin a contest in a process of its own; gives where it is heard, and what ends it."""
    started, hear = _apart(compete, question, daemon=True)
    return hear, started.kill


Begin = Callable[[Question], tuple[Connection, Callable[[], None]]]


class Contests:
    """The contests of one service. May be used from any thread."""

    def __init__(self, begin: Begin = process) -> None:
        self._begin = begin
        self._guard = threading.Lock()
        self._numbers = itertools.count(1)
        self._kept: OrderedDict[int, Contest] = OrderedDict()
        # a process dies with the thread that starts it: one that lasts
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="surrogate-contest")
        self._end: Callable[[], None] | None = None  # what ends the one begun last
        self._closed = False

    def begin(self, question: Question) -> Contest:
        """A new contest; raises `Refusal` where too many wait."""
        with self._guard:
            if sum(one.state == "working" for one in self._kept.values()) >= _WAITING:
                raise Refusal(429, f"{_WAITING} contests wait already; come again when one is over")
            contest = Contest(next(self._numbers), question)
            self._kept[contest.number] = contest
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._thread.submit(self._follow, contest)
        return contest

    def of(self, name: str, number: int) -> Contest:
        """A campaign's contest by its number; raises `UnknownName`."""
        found = self._kept.get(number)
        if found is None or found.question.name != name:
            raise UnknownName(f"campaign '{name}' has no contest {number} here; ask for another")
        return found

    def close(self) -> None:
        """End what runs; nobody is told."""
        with self._guard:
            self._closed = True
            if self._end is not None:
                self._end()
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _follow(self, contest: Contest) -> None:
        """Hold a contest, and hear how it goes; nothing once all is closed."""
        with self._guard:
            if self._closed:
                return
            try:
                hear, self._end = self._begin(contest.question)
            except Exception as problem:  # whatever it was, who waits must hear of it
                _log.exception("a contest of campaign '%s' did not begin", contest.question.name)
                contest.problem = f"it could not begin: {type(problem).__name__}: {problem}"
                return
        with hear, suppress(EOFError, OSError):
            while True:
                contest.hear(*hear.recv())
        if contest.state == "working":
            contest.problem = "its process died; ask for it again"


def compete(question: Question, say: Connection) -> None:
    """Hold the contest, and say how it goes as pairs: ('said', sentence), then ('found', answer)
    or ('problem', sentence).
    """
    from surrogate.answer_tables import savings_words

    try:
        with Campaign.open(question.location, question.name) as campaign:
            found = campaign.savings(
                runs=question.runs,
                repeats=question.repeats,
                told=lambda said: say.send(("said", said)),
            )
        say.send(("found", {"text": savings_words(found), "answer": found.to_json()}))
    except SurrogateError as problem:
        say.send(("problem", str(problem)))
    except Exception as problem:
        say.send(("problem", f"{type(problem).__name__}: the service's log says more"))
        _log.exception("a contest of campaign '%s' broke off", question.name)
    finally:
        say.close()
