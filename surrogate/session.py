"""The words of a session: what is ordered, how it goes, how it ended, and when to give up. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol

from surrogate.learner import Fitted
from surrogate.processes import Brake
from surrogate.records import FAILED, Observation, Query, Revision, Run, Status
from surrogate.stopping import Course, Standing, Stopping, history
from surrogate.store.book import Book, Endings

_FIRST_FAILURES = 5
_FAILURES_OF = 20
_SHARE_FAILED = 0.5
_EXAMPLES = 3
PAUSED = "paused"  # kind of the event that a session ended itself because too many runs failed


class Mind(Protocol):
    """What the runner needs of a learner; see `learner.Learner`."""

    def fit(
        self, observations: Sequence[Observation], previous: Revision | None = None
    ) -> Fitted | None:
        """A surrogate of all observations, one revision on."""

    def restore(self, observations: Sequence[Observation], revision: Revision) -> Fitted:
        """The surrogate of a stored revision."""

    def ask(
        self,
        count: int,
        *,
        first: int,
        pending: Sequence[Query],
        fitted: Fitted | None,
        fruitless: Sequence[Query] = (),
        observations: Sequence[Observation] = (),
    ) -> tuple[Query, ...]:
        """The next `count` queries, with indices from `first` on."""


Stand = Callable[[Fitted, Fitted | None, Sequence[Observation]], Standing]


@dataclass(frozen=True)
class Outlook:
    """What a course tells people: (runs, expected error) so far, what it is an error of, and how
    far it is to enough, a phrase; "" where no trend can tell.
    """

    history: tuple[tuple[int, float], ...] = ()
    error_of: str = ""
    forecast: str = ""

    @classmethod
    def plain(cls, course: Course) -> "Outlook":
        """The history alone."""
        return cls(history(course))

    @property
    def error(self) -> float | None:
        """The last expected error; None: not known yet."""
        return self.history[-1][1] if self.history else None


@dataclass(frozen=True)
class Orders:
    """What to run, and how.

    `runs` is the number of queries that the campaign shall have settled, those of earlier
    sessions included. With `rounds` it chooses `batch` queries, runs them all, and only then
    refits: slower, and the same for any number of workers. An `error` is tried up to `attempts`
    times, the k-th repeat `backoff * 4**(k - 1)` seconds later; a timeout is not tried again.
    Nothing new is chosen once runs have cost `cost`, or once the rule `stop` says that enough was
    learned. `stand` says how the campaign stands with a surrogate, given the one before; `outlook`
    is what people are told of a course. Whoever holds the `brake` may stop it.
    """

    campaign: str
    runs: int
    rounds: bool = False
    batch: int = 8
    attempts: int = 3
    backoff: float = 0.5
    lease: float = 60.0
    stand: Stand | None = None
    stop: Stopping | None = None
    outlook: Callable[[Course], Outlook] = Outlook.plain
    brake: Brake = field(default_factory=Brake, compare=False)
    cost: float | None = None
    late_declines: bool = False

    def judged(self, run: Run) -> Run:
        """The run as these orders take it: with `late_declines` a timeout declines the point."""
        if run.status is not Status.TIMEOUT or not self.late_declines:
            return run
        return replace(run, status=Status.INFEASIBLE)

    def repeats(self, run: Run, errors: Mapping[int, int]) -> bool:
        """Whether a run is tried again, after so many failures of its query before it."""
        repeated = run.status in (Status.ERROR, Status.LOST)
        return repeated and errors.get(run.query, 0) + 1 < self.attempts

    def enough(self, course: Course) -> str:
        """Why to end, by the rule; "" to go on, and without one."""
        return "" if self.stop is None else self.stop.reason(course)

    def spends(self, spent: float) -> bool:
        """Whether runs that have cost `spent` leave nothing to spend."""
        return self.cost is not None and spent >= self.cost


@dataclass(frozen=True)
class Progress:
    """A campaign while it runs. Counts are the whole campaign's; pace and failures this session's.

    `done` queries have an answer, `given_up` have none and get no more runs.
    `rate` in runs settled a second, `busy` the share of slot time spent inside simulators since
    the first run began.
    """

    done: int
    failed: int
    in_flight: int
    queued: int
    total: int
    rate: float
    busy: float
    seconds_left: float | None
    message: str
    outlook: Outlook = Outlook()
    statuses: Mapping[Status, int] = field(default_factory=dict)
    revision: int = 0
    given_up: int = 0

    @property
    def settled(self) -> int:
        """Queries that get no more runs."""
        return self.done + self.given_up


@dataclass(frozen=True)
class Thought:
    """What a round of thinking gave: a surrogate (None: too early), and queries from it.

    `standing` is how the campaign stands with it, where a rule wants to know and it is news.
    """

    fitted: Fitted | None
    queries: tuple[Query, ...]
    seconds: float
    standing: Standing | None = None


@dataclass(frozen=True)
class Usage:
    """What the engine offered: slot seconds since the first run `began` (None: not yet)."""

    began: float | None = None
    seen: float = 0.0
    offered: float = 0.0

    def until(self, now: float, slots: int) -> "Usage":
        """The usage at a later look, so many slots having been there since the one before."""
        if self.began is None:
            return Usage(now, now)
        return replace(self, seen=now, offered=self.offered + slots * (now - self.seen))

    @property
    def elapsed(self) -> float:
        """Seconds from the first run's beginning to the last look."""
        return 0.0 if self.began is None else self.seen - self.began

    def share(self, spent: float) -> float:
        """Which share of what was offered so many seconds inside simulators are, 0 to 1."""
        return min(spent / self.offered, 1.0) if self.offered > 0 else 0.0


class Ending(StrEnum):
    """Why a session ended."""

    COMPLETE = "complete"
    INTERRUPTED = "interrupted"
    FAILING = "failing"


@dataclass(frozen=True)
class Summary:
    """A session that has ended; the last progress, and why it ended, in words."""

    ending: Ending
    message: str
    progress: Progress
    failures: Mapping[str, int]

    @property
    def interrupted(self) -> bool:
        """Whether a person, or the system, asked it to stop."""
        return self.ending is Ending.INTERRUPTED

    @property
    def stopped(self) -> bool:
        """Whether it stopped by itself because too many runs failed."""
        return self.ending is Ending.FAILING


def complaint(endings: Endings) -> str:
    """Why a session should stop, in words; empty when it should go on."""
    ended = endings.points.total()
    failed = sum(endings.points[status] for status in FAILED)
    at_once = ended >= _FIRST_FAILURES and failed == ended
    if not at_once and not (ended >= _FAILURES_OF and failed > _SHARE_FAILED * ended):
        return ""
    common = endings.failures.most_common(_EXAMPLES)
    seen = "; ".join(f"{message} ({count} times)" for message, count in common)
    return f"{failed} of {ended} points failed, so the campaign was stopped: {seen}"


def last_words(ending: Ending, book: Book, orders: Orders, enough: str = "") -> str:
    """How a session ended, for people; `enough` is why a rule ended it."""
    if ending is Ending.FAILING:
        return complaint(book.endings)
    if ending is Ending.INTERRUPTED:
        return (
            f"stopped after {book.settled} of {orders.runs} runs; nothing recorded is "
            "lost, and the same command continues"
        )
    if enough:
        return f"{_are_in(book)}, and that is enough: {enough}"
    if book.settled >= orders.runs:
        return _are_in(book)
    if elsewhere := len(set(book.open) - book.waiting):
        return (
            f"{_are_in(book)} and {elsewhere} are with others: run again when they have been told"
        )
    if orders.spends(book.spent):
        return f"{book.settled} runs have cost {book.spent:.4g}, all that they may"
    return f"{book.settled} runs, and nothing is left to ask"


def _are_in(book: Book) -> str:
    lost = f", {len(book.given_up)} of them given up (see `surrogate retry`)"
    return f"{book.settled} runs are in{lost if book.given_up else ''}"


def up_to_date(
    learner: Mind,
    observations: Sequence[Observation],
    fitted: Fitted | None,
    revision: Revision | None,
) -> Fitted | None:
    """The surrogate of these observations: the one at hand, the stored one, or a new one."""
    known = {observation.query for observation in observations}
    if fitted is not None and set(fitted.revision.seen) == known:
        return fitted
    if revision is not None and set(revision.seen) == known:
        return learner.restore(observations, revision)
    return learner.fit(observations, revision)


def duration(seconds: float | None) -> str:
    """Seconds in the words of a person waiting: '42 s', '3 min 20 s', '5 h 10 min'."""
    if seconds is None:
        return "not known yet"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
