"""What choosing saved, found beside the requests: as long as campaigns take, so it is asked for
once and looked at until it is there. One contest at a time, in a process of its own.
"""

import itertools
import logging
import multiprocessing
import os
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
from surrogate.service.problems import Refusal

_KEPT = 32  # contests that can still be looked at
_WAITING = 8  # that may wait for their turn; more are a mistake
_log = logging.getLogger("surrogate")


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
    hear, say = multiprocessing.Pipe(duplex=False)
    started = multiprocessing.get_context("spawn").Process(
        target=_alone, args=(question, os.getpid(), say), name="surrogate-contest", daemon=True
    )
    started.start()
    say.close()
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
        self._end: Callable[[], None] = _nothing
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
            self._end()
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _follow(self, contest: Contest) -> None:
        hear = self._begun(contest)
        if hear is None:
            return
        with hear, suppress(EOFError, OSError):
            while True:
                contest.hear(*hear.recv())
        with self._guard:
            self._end = _nothing
        if contest.state == "working":
            contest.problem = "its process died; ask for it again"

    def _begun(self, contest: Contest) -> Connection | None:
        """Where a contest is heard; None once all is closed, and where it could not begin."""
        with self._guard:
            if self._closed:
                return None
            try:
                hear, self._end = self._begin(contest.question)
            except Exception as problem:  # whatever it was, who waits must hear of it
                _log.exception("a contest of campaign '%s' did not begin", contest.question.name)
                contest.problem = f"it could not begin: {type(problem).__name__}: {problem}"
                return None
            return hear


def _nothing() -> None:
    """Ends nothing."""


def _alone(question: Question, parent: int, say: Connection) -> None:
    serve(parent)
    compete(question, say)


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
