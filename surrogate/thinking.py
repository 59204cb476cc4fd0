"""A session's thinking: one thread that refits, judges and asks, from the records as they were.

The learner decides what to ask and the rule of the orders what is enough; here both are asked in
turn. What was thought counts once it is kept: a revision goes into the ledger before any query
that was chosen by it, and how the campaign stood with it right after. So whoever continues reads
the same course, and decides the same.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace

from surrogate.clock import Clock
from surrogate.errors import NotEnoughData
from surrogate.learner import Fitted
from surrogate.records import Observation, Query, Revision
from surrogate.session import Mind, Orders, Thought, up_to_date
from surrogate.stopping import Standing
from surrogate.store.base import IndexTaken, Lease, Store
from surrogate.store.book import Bill, Book, keep_standing, standings


@dataclass(frozen=True)
class _Known:
    """What is known when a round begins; `before` is the last surrogate at hand, if any."""

    observations: tuple[Observation, ...]
    revision: Revision | None
    before: Fitted | None
    course: dict[int, Standing]
    first: int
    pending: tuple[Query, ...]
    fruitless: tuple[Query, ...]


class Thinking:
    """The mind's thread and what it knows. Used by one thread; shares only values with its own."""

    def __init__(self, learner: Mind, store: Store, orders: Orders, clock: Clock) -> None:
        self._learner, self._store, self._orders = learner, store, orders
        self._clock = clock
        self._mind = ThreadPoolExecutor(1, thread_name_prefix="surrogate-mind")
        self._round: Future[Thought] | None = None
        self._gauging: tuple[int, Future[Standing | None]] | None = None
        self._read: frozenset[int] | None = None
        self._fitted: Fitted | None = None
        self._course = standings(store, orders.campaign)
        self._before = max((each.seconds for each in self._course.values()), default=0.0)
        self._began = clock.monotonic()

    @property
    def under_way(self) -> bool:
        """Whether a round has begun whose thought was not collected."""
        return self._round is not None

    @property
    def course(self) -> tuple[Standing, ...]:
        """How the campaign stood after each refit so far."""
        return tuple(self._course.values())

    def knows(self, book: Book) -> bool:
        """Whether the last round has read all that was taught."""
        return self._read == frozenset(book.observations)

    def enough(self, book: Book) -> str:
        """Why to end now, by the rule of the orders; "" to go on."""
        return self._orders.enough((*self.course[:-1], self._present(book)))

    def begin(self, book: Book, count: int, wake: Callable[[], None]) -> None:
        """Begin a round: a surrogate of what the book holds, and `count` queries by it.

        `wake` is called from the mind's thread when it has ended.
        """
        known = _Known(
            book.taught,
            book.revision,
            self._fitted,
            dict(self._course),
            book.next_index,
            book.pending,
            tuple(book.fruitless.values()),
        )
        self._read = frozenset(book.observations)
        self._round = self._mind.submit(self._thought, known, count)
        self._round.add_done_callback(lambda _: wake())

    def ended(self) -> Thought | None:
        """The thought of a round that has ended, once; None while there is none."""
        self._collect_gauge()
        if self._round is None or not self._round.done():
            return None
        thought, self._round = self._round.result(), None
        return thought

    def keep(self, thought: Thought, book: Book, worker: str, count: int) -> tuple[Lease, ...]:
        """Write down a thought and its queries, and lease the first `count` of them to `worker`.

        Raises `IndexTaken` where others were faster.
        """
        self._learn(thought.fitted, thought.standing, book)
        campaign, expires = self._orders.campaign, self._clock.now() + self._orders.lease
        leases = self._store.add_claimed(campaign, thought.queries, worker, count, expires=expires)
        book.chose(thought.queries)
        book.leased(leases)
        if thought.fitted is not None and thought.standing is None:
            self._gauge(thought.fitted, book)
        return leases

    def conclude(self, book: Book) -> None:
        """One last surrogate, of everything, and how the campaign stands with it."""
        latest = up_to_date(self._learner, book.taught, self._fitted, book.revision)
        with suppress(IndexTaken):  # somebody else's has seen everything as well
            before, self._gauging = self._fitted, None
            self._learn(latest, None, book)
            if latest is not None and latest.revision.number not in self._course:
                self._stood(latest.revision.number, self._judged(latest, before, book.taught))

    def count_spent(self, book: Book) -> None:
        """Write down what a rule reads of budgets, as it is now."""
        if self._course and self._orders.stop is not None:
            self._stood(max(self._course), self._present(book))

    def close(self) -> None:
        """End the thread."""
        self._mind.shutdown(wait=False, cancel_futures=True)

    # the mind's thread

    def _thought(self, known: _Known, count: int) -> Thought:
        began = self._clock.monotonic()
        latest = up_to_date(self._learner, known.observations, known.before, known.revision)
        standing = None
        if self._orders.stop is not None and latest is not None:
            standing = self._new_standing(latest, known)
        course = tuple(known.course.values()) + ((standing,) if standing else ())
        asked: tuple[Query, ...] = ()
        if count and not self._orders.enough(course):
            asked = self._learner.ask(
                count,
                first=known.first,
                pending=known.pending,
                fitted=latest,
                fruitless=known.fruitless,
                observations=known.observations,
            )
        return Thought(latest, asked, self._clock.monotonic() - began, standing)

    def _new_standing(self, latest: Fitted, known: _Known) -> Standing | None:
        if latest.revision.number in known.course:
            return None
        before, revision = known.before, known.revision
        if before is None and revision is not None and revision.number < latest.revision.number:
            before = self._learner.restore(known.observations, revision)
        return self._judged(latest, before, known.observations)

    def _judged(
        self, latest: Fitted, before: Fitted | None, observations: Sequence[Observation]
    ) -> Standing | None:
        if self._orders.stand is not None:
            with suppress(NotEnoughData):
                standing = self._orders.stand(latest, before, observations)
                return replace(standing, cost=Bill.of(observations).total, seconds=self._elapsed())
        return None

    # the course

    def _learn(self, fitted: Fitted | None, standing: Standing | None, book: Book) -> None:
        """Keep a surrogate; its revision goes into the ledger before any query chosen by it."""
        known = book.revision.number if book.revision else 0
        if fitted is not None and fitted.revision.number > known:
            self._store.add_revision(self._orders.campaign, fitted.revision)
            book.revision = fitted.revision
        if fitted is not None:
            self._stood(fitted.revision.number, standing)
        self._fitted = fitted

    def _stood(self, number: int, standing: Standing | None) -> None:
        if standing is not None:
            self._course[number] = standing
            campaign, now = self._orders.campaign, self._clock.now()
            keep_standing(self._store, campaign, number, standing, now=now)

    def _gauge(self, fitted: Fitted, book: Book) -> None:
        """Where no rule waits for it, see how the campaign stands while nothing else is thought."""
        number = fitted.revision.number
        if self._gauging is None and number not in self._course:
            self._gauging = number, self._mind.submit(self._judged, fitted, None, book.taught)

    def _collect_gauge(self) -> None:
        if self._gauging is not None and self._gauging[1].done():
            (number, judged), self._gauging = self._gauging, None
            self._stood(number, judged.result())

    def _present(self, book: Book) -> Standing:
        """The last standing with what is spent by now."""
        last = self.course[-1] if self._course else Standing(0, trusted=False)
        return replace(last, runs=book.settled, cost=book.spent, seconds=self._elapsed())

    def _elapsed(self) -> float:
        """Seconds for which the campaign was run, this session and those before."""
        return self._before + self._clock.monotonic() - self._began
