"""The loop that acts: learner, store and engine joined. It chooses no point and starts no process.

One thread acts: it hands out tasks, commits results and writes what was chosen. Another thinks
while the workers work (`thinking`), from the records as they were when it began. A result
counts only after its commit; so whatever ends this process, the same command continues from the
ledger and asks what it would have asked.
"""

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue

from surrogate.bidding import STARTED, Ear
from surrogate.clock import Clock, SystemClock
from surrogate.processes import listening
from surrogate.records import FAILED, Run
from surrogate.session import (
    PAUSED,
    Ending,
    Mind,
    Orders,
    Progress,
    Summary,
    Thought,
    Usage,
    complaint,
    last_words,
)
from surrogate.store.base import IndexTaken, Lease, Renew, Store, StoreAway
from surrogate.store.book import ENOUGH, read, reread
from surrogate.thinking import Thinking
from surrogate.workers.base import Engine, Task
from surrogate.workers.pace import Pace

__all__ = ["Ending", "Orders", "Progress", "Summary", "run_campaign"]

_WORKER = "runner"  # whose the leases are
_LOOK_EVERY = 0.1  # seconds that the loop waits for news at most
_GATHER = 0.02  # seconds that short runs are gathered for one commit
_REPORT_EVERY = 0.25
_AWAY_LOOK = 1.0  # seconds between looks for a store that can't be reached ...
_AWAY_PATIENCE = 600.0  # ... before the session ends, with what was recorded safe


def run_campaign(
    learner: Mind,
    store: Store,
    engine: Engine,
    orders: Orders,
    *,
    clock: Clock | None = None,
    observe: Callable[[Progress], None] | None = None,
) -> Summary:
    """Run until the budget is settled, too many runs fail, or somebody interrupts.

    SIGINT and SIGTERM (when called from the main thread) first let running simulations finish,
    the second time end them at once; what people bid through the ledger (`bidding`) is obeyed too.
    `observe` is called from this thread about four times a second. Raises `StoreError` when another
    process runs this campaign, and what the learner raises. The engine stays open unless an
    interruption closed it.
    """
    with store.hold(orders.campaign, "surrogate run") as renew, listening(orders.brake):
        session = _Session(_Crew(learner, store, engine, renew), orders, clock or SystemClock())
        return session.run(observe or (lambda progress: None))


@dataclass(frozen=True)
class _Crew:
    """Who works together: one decides, one remembers, one simulates, one keeps others out."""

    learner: Mind
    store: Store
    engine: Engine
    renew: Renew


class _Session:
    """One run of the loop. Used by one thread; `_mind` is the other, and shares only values."""

    def __init__(self, crew: _Crew, orders: Orders, clock: Clock) -> None:
        self._learner, self._store, self._engine = crew.learner, crew.store, crew.engine
        self._renew, self._orders, self._clock = crew.renew, orders, clock
        self._ear = Ear(crew.store, orders.campaign, orders.brake, clock)
        self._pace = Pace(crew.engine.slots)
        self._news: SimpleQueue[Future[Run] | None] = SimpleQueue()
        self._running: dict[Future[Run], Lease] = {}
        self._unsaved: list[Run] = []
        self._away: float | None = None
        self._delayed: list[tuple[float, Lease]] = []
        self._due: dict[int, float] = {}
        self._thinking = Thinking(crew.learner, crew.store, orders, clock)
        self._asking = 0
        self._asked_in_vain = False
        self._enough = ""
        self._message = ""
        self._usage = Usage()
        self._reported = self._beaten = -float("inf")
        self._busy_before = crew.engine.busy_seconds()
        crew.store.release(orders.campaign, worker=_WORKER)  # of a session that was killed
        self._book = read(crew.store, orders.campaign)
        self._settled_before = self._book.settled
        self._note(STARTED, f"with {crew.engine.slots} workers")

    def run(self, observe: Callable[[Progress], None]) -> Summary:
        """Act until there is a reason to end."""
        try:
            while (ending := self._ending()) is None:
                self._act()
                self._report(observe)
            self._wind_up(ending, observe)
        finally:
            self._thinking.close()
        enough = self._enough if ending is Ending.COMPLETE else ""
        message = last_words(ending, self._book, self._orders, enough)
        if ending is Ending.FAILING or enough:
            self._note(PAUSED if ending is Ending.FAILING else ENOUGH, message)
        progress = self._progress(message)
        observe(progress)
        return Summary(ending, message, progress, dict(self._book.endings.failures))

    def _note(self, kind: str, said: str) -> None:
        self._store.note(self._orders.campaign, kind, said, now=self._clock.now())

    def _act(self) -> None:
        """One turn of the loop; where the store can't be reached, wait and try again."""
        try:
            self._pace = replace(self._pace, slots=self._engine.slots)
            if self._away is not None:
                self._return()
            self._ear.listen()
            if self._ear.paused:
                self._rest()
            else:
                self._think()
                self._hand_out()
            self._keep_leases()
            self._listen()
            self._away = None
        except StoreAway as problem:
            now = self._clock.monotonic()
            self._away = now if self._away is None else self._away
            if self._orders.brake.pulls or now - self._away > _AWAY_PATIENCE:
                raise
            self._message = f"waiting for the store to come back: {problem}"
            self._clock.sleep(_AWAY_LOOK)

    def _return(self) -> None:
        """The store is back: read it anew, and free what it leased us without our hearing of it."""
        campaign, expires = self._orders.campaign, self._clock.now() + self._orders.lease
        self._renew()
        self._book = reread(self._store, campaign, self._book)
        unknown = self._book.open.keys() - self._book.waiting - set(self._held())
        unheard = self._store.heartbeat(campaign, list(unknown), expires=expires, worker=_WORKER)
        self._store.give_back(campaign, unheard)
        self._book.returned(unheard)

    def _ending(self) -> Ending | None:
        if self._orders.brake.pulls:
            return Ending.INTERRUPTED
        if complaint(self._book.endings):
            return Ending.FAILING
        idle = not (self._active() or self._thinking.under_way or self._left_to_choose())
        if self._book.settled >= self._orders.runs or (idle and not self._to_be_confirmed()):
            return Ending.COMPLETE
        return None

    # thinking

    def _left_to_choose(self) -> int:
        if self._asked_in_vain or self._orders.spends(self._book.spent) or self._enough:
            return 0
        return self._orders.runs - self._book.chosen

    def _active(self) -> int:
        """How many queries run or wait here; people may hold others."""
        here = len(self._running) + len(self._unsaved) + len(self._delayed)
        return here + len(self._book.waiting)

    def _wanted(self) -> int:
        """How many queries to choose now."""
        if self._orders.rounds:
            missing = 0 if self._active() else self._orders.batch
        else:
            missing = self._pace.to_ask(self._active(), self._book.settled)
        return max(min(missing, self._left_to_choose()), 0)

    def _think(self) -> None:
        """Write down what was thought, and begin the next round where queries run short.

        Where enough was learned, one more round sees whether what came in meanwhile agrees.
        """
        if (thought := self._thinking.ended()) is not None:
            self._write_down(thought)
        if self._thinking.under_way:
            return
        self._enough = self._thinking.enough(self._book)
        count = self._wanted()
        if count or self._to_be_confirmed():
            self._asking = count
            self._thinking.begin(self._book, count, lambda: self._news.put(None))

    def _to_be_confirmed(self) -> bool:
        """Whether a rule says enough and everything is in, and not all of it was read."""
        return bool(self._enough) and not (self._active() or self._thinking.knows(self._book))

    def _write_down(self, thought: Thought) -> None:
        try:
            room = 0 if self._book.waiting else self._room()  # who waits is served first
            leases = self._thinking.keep(thought, self._book, _WORKER, room)
        except IndexTaken:  # somebody has told or asked meanwhile: think again, with that
            self._book = reread(self._store, self._orders.campaign, self._book)
            return
        for lease in leases:
            self._submit(lease)
        self._asked_in_vain = not thought.queries and self._asking > 0
        if thought.queries:
            self._message = thought.queries[-1].why
        if thought.fitted is not None:
            self._pace = self._pace.after_thinking(thought.seconds)

    # acting

    def _hand_out(self) -> None:
        """Claim queries and submit them, retries once they are due."""
        claimed = self._claimed(min(self._room(), len(self._book.waiting)))
        now = self._clock.monotonic()
        held = self._delayed + [(self._due.pop(one.query.index, now), one) for one in claimed]
        self._delayed = [(due, lease) for due, lease in held if due > now]
        for due, lease in held:
            if due <= now:
                self._submit(lease)

    def _room(self) -> int:
        """How many more queries may be handed out now."""
        held = len(self._running) + len(self._delayed)
        return max(min(self._pace.handed(), self._orders.runs - self._book.settled) - held, 0)

    def _rest(self) -> None:
        """Paused: begin nothing; what has not begun is free for whoever asks."""
        self._let_go()
        self._message = f"paused {self._ear.paused}; `surrogate resume` goes on"

    def _claimed(self, count: int) -> list[Lease]:
        if count <= 0:
            return []
        name, now = self._orders.campaign, self._clock.now()
        leases = self._store.claim(name, _WORKER, count, now=now, seconds=self._orders.lease)
        self._book.leased(leases)
        return list(leases)

    def _submit(self, lease: Lease) -> None:
        query = lease.query
        avoid = self._book.endings.failed_on.get(query.index, "")
        future = self._engine.submit(
            Task(query.index, lease.attempt, query.point, query.seed, avoid)
        )
        self._running[future] = lease
        future.add_done_callback(self._news.put)

    def _keep_leases(self) -> None:
        """Say which leases are alive, and take back those of others that have run out."""
        campaign, now = self._orders.campaign, self._clock.now()
        if now - self._beaten <= self._orders.lease / 3:
            return
        self._renew()
        self._store.heartbeat(campaign, self._held(), expires=now + self._orders.lease)
        if self._store.release(campaign, expired_at=now):
            self._book = reread(self._store, campaign, self._book)
        self._beaten = now

    def _held(self) -> list[int]:
        """The queries that are leased to this session."""
        leases = [*self._running.values(), *(lease for _, lease in self._delayed)]
        return [lease.query.index for lease in leases] + [run.query for run in self._unsaved]

    def _listen(self) -> None:
        """Wait a moment for news; commit all runs that have ended in one transaction."""
        if not (self._running or self._thinking.under_way or self._unsaved):
            dues = [due - self._clock.monotonic() for due, _ in self._delayed]
            self._clock.sleep(min([_LOOK_EVERY, *dues]) if dues or self._ear.paused else 0.0)
            return
        with suppress(Empty):
            news = [self._news.get(timeout=_LOOK_EVERY)]
            if len(self._running) >= 2 * self._engine.slots:  # they have enough to do meanwhile
                self._clock.sleep(_GATHER)
            news += [self._news.get_nowait() for _ in range(self._news.qsize())]
            for future in news:
                if future is not None and future in self._running:
                    del self._running[future]
                    self._unsaved.append(self._orders.judged(future.result()))
        self._commit()

    def _commit(self) -> None:
        ended = self._unsaved
        if not ended:
            return
        again = [run.query for run in ended if self._orders.repeats(run, self._book.errors)]
        self._store.record(self._orders.campaign, ended, retry=again)
        self._unsaved = []
        self._book.ended(ended, again)
        for query in again:
            wait = self._orders.backoff * 4.0 ** (self._book.errors[query] - 1)
            self._due[query] = self._clock.monotonic() + wait
        for run in ended:
            if run.seconds > 0:
                self._pace = self._pace.after_run(run.seconds)

    # ending

    def _wind_up(self, ending: Ending, observe: Callable[[Progress], None]) -> None:
        """Let go of what has not begun, and wait for what has; or end it at once."""
        if ending is Ending.COMPLETE:
            self._thinking.conclude(self._book)
            self._thinking.count_spent(self._book)
            return
        self._thinking.count_spent(self._book)
        self._let_go()
        self._message = "letting running simulations finish; once more ends them at once"
        while self._running and self._orders.brake.pulls <= (ending is Ending.INTERRUPTED):
            self._ear.listen()
            self._listen()
            self._report(observe)
        if self._running:
            self._engine.close(kill=True)
            self._listen()
            self._store.release(self._orders.campaign, worker=_WORKER)

    def _let_go(self) -> None:
        """Give back what has not begun."""
        unbegun = [lease for _, lease in self._delayed]
        for future in [future for future in self._running if future.cancel()]:
            unbegun.append(self._running.pop(future))
        self._delayed = []
        if indices := [lease.query.index for lease in unbegun]:
            self._store.give_back(self._orders.campaign, indices)
            self._book.returned(indices)

    # progress

    def _report(self, observe: Callable[[Progress], None]) -> None:
        now = self._clock.monotonic()
        if self._usage.began is not None or self._engine.busy_seconds() > self._busy_before:
            self._usage = self._usage.until(now, 0 if self._ear.paused else self._engine.slots)
        if now - self._reported >= _REPORT_EVERY:
            self._reported = now
            observe(self._progress(self._engine.trouble or self._message))

    def _progress(self, message: str) -> Progress:
        book, elapsed = self._book, self._usage.elapsed
        rate = (book.settled - self._settled_before) / elapsed if elapsed > 0 else 0.0
        left = self._orders.runs - book.settled
        in_flight = sum(future.running() for future in self._running)
        return Progress(
            done=book.settled - len(book.given_up),
            failed=sum(book.endings.runs[status] for status in FAILED),
            in_flight=in_flight,
            queued=len(book.open) - in_flight,
            total=self._orders.runs,
            rate=rate,
            busy=self._usage.share(self._engine.busy_seconds() - self._busy_before),
            seconds_left=left / rate if rate > 0 else None,
            message=message,
            outlook=self._orders.outlook(self._thinking.course),
            statuses=dict(book.endings.runs),
            revision=book.revision.number if book.revision else 0,
            given_up=len(book.given_up),
        )
