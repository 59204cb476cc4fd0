"""Runs tasks on a Dask cluster: its scheduler places and moves them, and tells of lost workers.

The engine keeps the futures; on each Dask worker a station keeps one killable process a thread
(see `station`). The ledger counts the attempts: of a worker that dies, the runs that had begun on
it are errors at once, and those that only waited there are placed again. When the scheduler dies,
the runs that had begun are lost, the others wait for a scheduler to be back at the same address.
Runs shorter than `SHORT` seconds travel in batches, since one trip costs some 7 ms of CPU.
"""

import math
import pickle
import threading
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

from surrogate.clock import SystemClock
from surrogate.errors import SimulatorError
from surrogate.oracle import SimulatorSource
from surrogate.records import Run, Status
from surrogate.workers.base import UNBEGUN, Limits, Task, Ticket, failed, resolve
from surrogate.workers.fitness import facts
from surrogate.workers.frames import plain
from surrogate.workers.link import Link
from surrogate.workers.local import serialised
from surrogate.workers.station import Equipment

SHORT = 0.1  # seconds: runs below it travel together, about so many seconds' worth

_PATIENCE = 600.0  # seconds that a scheduler may be away
_CONNECT = 10.0  # seconds for a scheduler to answer
_LOOK = 0.5  # seconds between looks at the connection
_GATHER = 0.005  # seconds in which short runs are gathered to a batch
_PLACES = 5  # times that a batch is placed anew because its worker died before it began
_NEWS = 0.3  # weight of the newest duration in the running mean


@dataclass(frozen=True)
class _Batch:
    """Tickets on their way together; `began` on our clock and `worker` once they run."""

    tickets: tuple[Ticket, ...]
    placed: int = 1
    worker: str = ""
    began: float | None = None


class DaskEngine:
    """Runs on the workers of a Dask scheduler. Implements `workers.base.Engine`."""

    def __init__(
        self,
        source: SimulatorSource,
        *,
        scheduler: str,
        limits: Limits,
        version: str = "",
    ) -> None:
        """Connect, and examine the workers that are there.

        Raises `SimulatorError` when no scheduler answers, when `distributed` is missing, and
        when a worker lacks the simulator or has it in another version.
        """
        self._address, self._clock = scheduler, SystemClock()
        self._facts = facts(source)
        self._equipment = pickle.dumps(Equipment(serialised(source), self._facts, limits, version))
        self._changed = threading.Condition(threading.RLock())
        self._waiting: deque[_Batch] = deque()
        self._handed: dict[int, _Batch] = {}
        self._dropped: deque[int] = deque()
        self._threads: dict[str, int] = {}
        self._unfit: dict[str, str] = {}
        self._number = 0
        self._spent = 0.0
        self._mean: float | None = None
        self._closing = False
        self._given_up = self._obstacle = ""
        self._link: Link | None = self._connected()
        if self._unfit:
            self._link.close()
            raise SimulatorError("\n".join(self._complaints()))
        self._hands = threading.Thread(target=self._work, name="surrogate-dask", daemon=True)
        self._hands.start()

    @property
    def slots(self) -> int:
        """How many tasks run side by side: the threads of the workers that are there."""
        with self._changed:
            return max(sum(self._threads.values()), 1)

    @property
    def trouble(self) -> str:
        """What keeps work from being done, in words; empty when nothing does."""
        with self._changed:
            if self._link is None:
                obstacle = f": {self._obstacle}" if self._obstacle else ""
                return f"waiting for the Dask scheduler at {self._address} to come back{obstacle}"
            where = f"a Dask worker to join the scheduler at {self._address}"
            waiting = [] if self._threads else [f"waiting for {where}"]
            return "; ".join([*waiting, *self._complaints()])

    def submit(self, task: Task) -> "Future[Run]":
        """Begin a task as soon as a slot is free; the future resolves to its run, always."""
        ticket = Ticket(task, Future())
        with self._changed:
            if self._closing:
                ticket.future.set_result(failed(task, Status.LOST, self._given_up or UNBEGUN))
            else:
                self._waiting.append(_Batch((ticket,)))
                self._changed.notify()
        ticket.future.add_done_callback(lambda done: self._withdraw(ticket, done))
        return ticket.future

    def busy_seconds(self) -> float:
        """Total seconds that slots have spent inside simulators so far."""
        now = self._clock.monotonic()
        with self._changed:
            began = [batch.began for batch in self._handed.values() if batch.began is not None]
            return self._spent + sum(now - then for then in began)

    def close(self, *, kill: bool = False) -> None:
        """Let running tasks finish (or kill them), take the stations down, leave the scheduler.

        Tasks that have not begun resolve to runs with status `lost`. Closing twice is harmless.
        """
        with self._changed:
            self._closing = True
            self._waiting.extend(self._taken_back(lambda batch: batch.began is None or kill))
            left, self._waiting = self._waiting, deque()
            self._changed.wait_for(lambda: not self._handed)
            link, self._link = self._link, None
            self._changed.notify_all()
        _fail(left, Status.LOST, "the engine was closed before it ended")
        if link is not None:
            link.close()
        self._hands.join()

    # the thread that hands over

    def _work(self) -> None:
        while not self._closing or self._handed:
            link = self._link
            if link is None:
                self._reconnect()
            elif link.lost:
                self._lose(link)
            else:
                self._take_back(link)
                self._hand_over(link)
                with self._changed:
                    if not self._dropped and not (self._waiting and self._threads):
                        self._changed.wait(_LOOK)

    def _take_back(self, link: Link) -> None:
        """Cancel at the scheduler what is not wanted; never from a thread of Dask's own."""
        while self._dropped:
            link.drop(self._dropped.popleft())

    def _hand_over(self, link: Link) -> None:
        if self._mean is not None and self._mean < SHORT:
            self._clock.sleep(_GATHER)
        with self._changed:
            if not self._threads:  # a task for which there is no worker may never be placed
                return
            waiting, self._waiting = self._waiting, deque()
            for batch in _joined(waiting, self._batch_size(len(waiting))):
                self._number += 1
                if len(batch.tickets) > 1:  # one of them cannot be taken back without the others
                    batch = replace(batch, tickets=tuple(t for t in batch.tickets if _begin(t)))
                self._handed[self._number] = batch
                try:
                    link.start(self._number, [_job(ticket.task) for ticket in batch.tickets])
                except Exception:  # the scheduler was lost this moment: kept, and noticed soon
                    self._waiting.append(self._handed.pop(self._number))

    def _batch_size(self, waiting: int) -> int:
        """How many runs travel together: `SHORT` seconds' worth, shared among the slots."""
        if self._mean is None or self._mean >= SHORT:
            return 1
        return max(min(math.ceil(SHORT / self._mean), math.ceil(waiting / self.slots)), 1)

    def _connected(self) -> Link:
        session = f"surrogate-{uuid.uuid4().hex}"
        link = Link(self._address, session, self._hear, seconds=_CONNECT)
        try:
            link.furnish(self._equipment, self._facts)
        except BaseException:
            link.close()
            raise
        return link

    def _reconnect(self) -> None:
        """Try until a scheduler is back; give up after a long while."""
        away_since = self._clock.monotonic()
        while not self._closing:
            try:
                link = self._connected()
            except Exception as problem:  # whatever a scheduler that is just starting answers
                with self._changed:
                    self._obstacle = str(problem)
                    self._threads, self._unfit = {}, {}
                if self._clock.monotonic() - away_since > _PATIENCE:
                    self._give_up(str(problem))
                self._clock.sleep(_LOOK)
                continue
            with self._changed:
                self._link, self._obstacle = link, ""
            if self._closing:  # meanwhile, and nobody else would
                link.close()
            return

    def _give_up(self, why: str) -> None:
        with self._changed:
            self._closing, self._given_up = True, why
            left, self._waiting = self._waiting, deque()
        _fail(left, Status.LOST, why)

    def _lose(self, link: Link) -> None:
        """The scheduler is gone, and with it what had begun; the rest waits for its return."""
        with self._changed:
            self._link = None
            self._threads, self._unfit = {}, {}
            self._dropped.clear()
            handed, self._handed = self._handed, {}
            begun = [batch for batch in handed.values() if batch.worker]
            self._waiting.extendleft(b for b in reversed(handed.values()) if not b.worker)
            self._changed.notify_all()
        link.close()
        _fail(begun, Status.LOST, f"the Dask scheduler at {self._address} was lost")

    # what the link tells, from threads of Dask's own

    def _hear(self, message: dict[str, Any]) -> None:
        if "began" in message:
            self._note_begin(message["began"], message["worker"])
        elif "ended" in message:
            self._end(message["ended"], message["runs"])
        elif "failed" in message:
            self._end_badly(message["failed"], message["why"], killed=message["killed"])
        elif "gone" in message:
            self._miss(message["gone"])
        elif "complaint" in message:
            self._welcome(message["worker"], message["threads"], message["complaint"])
        with self._changed:
            self._changed.notify_all()

    def _note_begin(self, number: int, worker: str) -> None:
        now = self._clock.monotonic()
        with self._changed:
            batch = self._handed.get(number)
            if batch is None:
                return
            self._handed[number] = replace(batch, worker=worker, began=now)
        if len(batch.tickets) == 1:
            _begin(batch.tickets[0])

    def _end(self, number: int, reports: Sequence[dict[str, Any]]) -> None:
        with self._changed:
            batch = self._handed.pop(number, None)
            for report in reports:
                seconds = report["seconds"]
                self._spent += seconds
                mean = seconds if self._mean is None else self._mean
                self._mean = mean + _NEWS * (seconds - mean)
        if batch is not None:
            for ticket, report in zip(batch.tickets, reports, strict=True):
                resolve(ticket.future, Run(**{**report, "status": Status(report["status"])}))

    def _end_badly(self, number: int, why: str, *, killed: bool) -> None:
        with self._changed:
            batch = self._handed.pop(number, None)
            if batch is not None and killed and not batch.worker and batch.placed < _PLACES:
                self._waiting.appendleft(replace(batch, placed=batch.placed + 1))
                return
        if batch is not None:
            _fail([batch], Status.ERROR, why)

    def _miss(self, worker: str) -> None:
        """A worker left; what had begun on it died with it."""
        with self._changed:
            self._threads.pop(worker, None)
            self._unfit.pop(worker, None)
            dead = self._taken_back(lambda batch: batch.worker == worker)
            if not self._threads:  # what waits for a place waits here
                stranded = self._taken_back(lambda batch: not batch.worker)
                self._waiting.extendleft(reversed(stranded))
        _fail(dead, Status.ERROR, f"the Dask worker {worker} was lost during the run")

    def _welcome(self, worker: str, threads: int, complaint: str) -> None:
        with self._changed:
            if complaint:
                self._unfit[worker] = complaint
            else:
                self._threads[worker] = threads

    def _complaints(self) -> list[str]:
        return [f"Dask worker {worker}: {words}" for worker, words in self._unfit.items()]

    # tickets

    def _withdraw(self, ticket: Ticket, done: "Future[Run]") -> None:
        """Take back a task whose future was cancelled before it began."""
        if not done.cancelled():
            return
        with self._changed:
            alone = (ticket,)
            self._waiting = deque(b for b in self._waiting if b.tickets != alone)
            self._taken_back(lambda batch: batch.tickets == alone)
            self._changed.notify_all()

    def _taken_back(self, wanted: Callable[[_Batch], bool]) -> list[_Batch]:
        """Those of the batches handed over that are wanted, in order, to be handed over no more."""
        numbers = [number for number, batch in self._handed.items() if wanted(batch)]
        self._dropped.extend(numbers)
        return [self._handed.pop(number) for number in numbers]


def _fail(batches: Iterable[_Batch], status: Status, why: str) -> None:
    for batch in batches:
        for ticket in batch.tickets:
            resolve(ticket.future, failed(ticket.task, status, why))


def _joined(waiting: Sequence[_Batch], size: int) -> list[_Batch]:
    """New batches of at most `size` tickets; what was handed over before stays as it was."""
    fresh = [batch.tickets[0] for batch in waiting if batch.placed == 1 and len(batch.tickets) == 1]
    again = [batch for batch in waiting if batch.placed > 1 or len(batch.tickets) > 1]
    cuts = range(0, len(fresh), size)
    return [*again, *(_Batch(tuple(fresh[cut : cut + size])) for cut in cuts)]


def _job(task: Task) -> dict[str, Any]:
    return {**vars(task), "point": plain(task.point)}


def _begin(ticket: Ticket) -> bool:
    """Mark a task as running; False when its future was cancelled before."""
    return ticket.future.running() or ticket.future.set_running_or_notify_cancel()
