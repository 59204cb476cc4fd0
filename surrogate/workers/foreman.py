"""The process between an engine and its slots: it forks them, feeds them, and ends them.

One thread, no user code while slots run, so nothing can hold it up: a slot that is free gets the
next job within a fraction of a millisecond, however busy the engine's own process is. Slots are
forks of this process, so sixteen start in the time of one. When the engine's end of the control
socket closes, by whatever death, every slot is killed with all that it started.

    engine -> foreman   orders, then {"ticket", "job"} | {"drop"} | {"close": kill at once?}
    foreman -> engine   {"up"} | {"born"} | {"died"} | {"began", "at"} | {"ended", report ...}
"""

import json
import os
import pickle
import selectors
import signal
import socket
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surrogate.processes import (
    adopt_orphans,
    children,
    ending,
    kill_group,
    kill_tree,
    stay_nice,
)
from surrogate.records import Status
from surrogate.workers.base import Limits
from surrogate.workers.child import import_ahead, serve, settle
from surrogate.workers.frames import Frames, framed, packed
from surrogate.workers.slot import Job, Slot, worker_name

_GRACE = 2.0  # seconds that an idle child has for its own exit handlers
_LAST_WORDS = 0.05  # seconds between asking a hung child where it is and killing it
_LOOK_UP = 1.0  # seconds after which the parent is looked for although nothing happened


@dataclass(frozen=True)
class Orders:
    """What a foreman is told once. `source` is a pickled `SimulatorSource`.

    With `ahead` the simulator's module is imported before the slots are forked. Runs work in
    folders of their own in `folder`.
    """

    slots: int
    limits: Limits
    source: bytes
    folder: str
    ahead: bool


class _ThisIsTheChild(Exception):  # noqa: N818 - unwinds a freshly forked child to `main`
    def __init__(self, channel: socket.socket, number: int) -> None:
        self.channel, self.number = channel, number


def main(control_fd: int) -> None:
    """Take orders from the control socket and work until it closes."""
    stay_nice()
    for number in (signal.SIGINT, signal.SIGTERM):  # whoever is meant is the engine's process
        signal.signal(number, signal.SIG_IGN)
    control = socket.socket(fileno=control_fd)
    frames = Frames()
    orders: Orders = pickle.loads(_first_frame(control, frames))
    if orders.ahead:
        import_ahead(orders.source, orders.limits.load_seconds / 2)
    try:
        Foreman(control, frames, orders).work()
    except _ThisIsTheChild as child:
        serve(child.channel, orders.source, Path(orders.folder) / f"slot-{child.number}")


def _first_frame(control: socket.socket, frames: Frames) -> bytes:
    while chunk := control.recv(1 << 16):
        for frame in frames.feed(chunk):
            return frame
    raise SystemExit(0)


class Foreman:
    """Runs the slots. Lives as long as its control socket."""

    def __init__(self, control: socket.socket, frames: Frames, orders: Orders) -> None:
        self._control, self._frames, self._orders = control, frames, orders
        self._parent = os.getppid()
        self._queue: deque[Job] = deque()
        self._slots: dict[int, Slot] = {}
        self._spoiled: set[int] = set()
        self._leaving: dict[int, float] = {}
        self._outbox = bytearray()
        self._closing = False
        self._over = False
        self._selector = selectors.DefaultSelector()
        self._bell, self._button = socket.socketpair()  # rings when a child has ended
        self._bell.setblocking(False)
        self._button.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._button.fileno(), warn_on_full_buffer=False)

    def work(self) -> None:
        """Serve until the engine closes or vanishes; leaves no child behind."""
        adopt_orphans()
        self._control.setblocking(False)
        self._watch(self._control, self._hear)
        self._watch(self._bell, self._reap)
        self._say({"up": os.getpid()})
        self._obey_all(b"")  # what came together with the orders
        while not self._is_over():
            self._fill()
            self._assign()
            self._speak()
            for key, _ in self._selector.select(self._patience()):
                key.data()
            self._enforce()
        self._end()

    def _watch(self, source: Any, react: Callable[[], None]) -> None:
        self._selector.register(source, selectors.EVENT_READ, react)

    def _is_over(self) -> bool:
        if self._over or os.getppid() != self._parent:
            return True
        return self._closing and not any(slot.job for slot in self._slots.values())

    def _patience(self) -> float:
        now = time.monotonic()
        due = [slot.deadline for slot in self._slots.values()] + list(self._leaving.values())
        return max(0.0, min([now + _LOOK_UP, *due]) - now)

    # what the engine says

    def _hear(self) -> None:
        try:
            chunk = self._control.recv(1 << 16)
        except (BlockingIOError, InterruptedError):
            return
        except ConnectionError:
            chunk = b""
        self._over = self._over or not chunk
        self._obey_all(chunk)

    def _obey_all(self, chunk: bytes) -> None:
        for frame in self._frames.feed(chunk):
            self._obey(json.loads(frame))

    def _obey(self, message: dict[str, Any]) -> None:
        if "ticket" in message:
            frame = framed(json.dumps(message["job"]).encode())
            self._queue.append(Job(message["ticket"], frame, message["avoid"]))
        elif "drop" in message:
            self._queue = deque(job for job in self._queue if job.ticket != message["drop"])
        elif "close" in message:
            self._queue.clear()
            self._closing, self._over = True, bool(message["close"])

    def _say(self, message: dict[str, Any]) -> None:
        self._outbox += packed(message)

    def _speak(self) -> None:
        """Send what is said; what the socket will not take now goes with the next round."""
        with suppress(BlockingIOError, ConnectionError):
            while self._outbox:
                del self._outbox[: self._control.send(self._outbox)]
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._outbox else 0)
        self._selector.modify(self._control, events, self._hear)

    # slots

    def _fill(self) -> None:
        """Fork what is missing; a slot that could not load is tried again only for a job."""
        if self._closing:
            return
        for number in range(self._orders.slots):
            wanted = number not in self._spoiled or bool(self._queue)
            if number not in self._slots and wanted:
                self._spoiled.discard(number)
                self._fork(number)

    def _fork(self, number: int) -> None:
        ours, theirs = socket.socketpair()
        output, written = os.pipe()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            ours.close()
            os.close(output)
            self._forget()
            settle(written, parent, self._orders.limits)
            raise _ThisIsTheChild(theirs, number)
        theirs.close()
        os.close(written)
        ours.setblocking(False)
        os.set_blocking(output, False)
        deadline = time.monotonic() + self._orders.limits.load_seconds
        slot = Slot(number, pid, ours, output, deadline)
        self._slots[number] = slot
        self._watch(ours, lambda: self._listen(slot))
        self._watch(output, slot.drain)
        self._say({"born": pid})

    def _forget(self) -> None:
        """In a fresh fork: let go of all that is the foreman's."""
        signal.set_wakeup_fd(-1)
        self._selector.close()
        for held in (self._control, self._bell, self._button):
            held.close()
        for slot in self._slots.values():
            slot.close()

    def _assign(self) -> None:
        for slot in self._slots.values():
            if not (self._queue and slot.ready and slot.job is None and not slot.verdict):
                continue
            if (job := self._next_for(slot)) is not None:
                slot.begin(job, self._orders.limits.seconds)
                self._say({"began": job.ticket, "at": slot.began})

    def _next_for(self, slot: Slot) -> Job | None:
        """The first job in line that another slot need not take."""
        name = worker_name(slot.number) if self._orders.slots > 1 else None
        job = next((job for job in self._queue if job.avoid != name), None)
        if job is not None:
            self._queue.remove(job)
        return job

    def _listen(self, slot: Slot) -> None:
        if slot.ended:
            return
        try:
            frames = slot.received()
            if slot.ended:  # at once: what it said last may be the end of the slot
                self._selector.unregister(slot.channel)
            for frame in frames:
                self._take(slot, json.loads(frame))
        except Exception as problem:  # whatever the child sent, it was no message of ours
            slot.verdict = slot.verdict or f"its process sent nonsense: {problem}"
        if slot.ended or slot.verdict:
            kill_group(slot.pid)

    def _take(self, slot: Slot, message: dict[str, Any]) -> None:
        if "ready" in message:
            slot.ready = True
            slot.deadline = float("inf")
        elif "failed" in message:
            slot.verdict = message["failed"]
            slot.tail += message["trace"].encode()
        else:
            self._finish(slot, message)

    def _finish(self, slot: Slot, report: dict[str, Any]) -> None:
        """Tell how a slot's job ended, if it has one."""
        if slot.job is None:
            return
        trace = report.pop("trace", "")
        report["output"] = "\n".join(part for part in (slot.written(), trace) if part)
        self._say({"ended": slot.job.ticket, "slot": slot.number, "report": report})
        slot.job, slot.runs, slot.deadline = None, slot.runs + 1, float("inf")
        recycled_after = self._orders.limits.runs_per_child
        if recycled_after and slot.runs >= recycled_after and not slot.verdict:
            self._dismiss(slot)

    # ends

    def _enforce(self) -> None:
        now = time.monotonic()
        for slot in [s for s in self._slots.values() if s.deadline <= now]:
            if slot.verdict:
                slot.deadline = float("inf")
                self._condemn(slot)
            else:
                slot.verdict = "time"
                slot.deadline = now + _LAST_WORDS
                with suppress(ProcessLookupError):
                    os.kill(slot.pid, signal.SIGUSR1)
        for pid in [pid for pid, until in self._leaving.items() if until <= now]:
            self._leaving[pid] = float("inf")
            kill_group(pid)

    def _condemn(self, slot: Slot) -> None:
        """Kill a child that overstepped its limit; its run is reported at once."""
        kill_tree(slot.pid)
        message = (
            f"no answer within its time limit of {self._orders.limits.seconds:g} s; "
            "its process was killed"
        )
        self._finish(slot, _failed(slot, Status.TIMEOUT, message))

    def _reap(self) -> None:
        with suppress(BlockingIOError):
            while self._bell.recv(1 << 12):
                pass
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        with suppress(ChildProcessError):
            while (found := os.waitid(os.P_ALL, 0, flags)) is not None:
                kill_group(found.si_pid)  # while its number can't be another's yet
                _, status = os.waitpid(found.si_pid, 0)
                self._bury(found.si_pid, os.waitstatus_to_exitcode(status))

    def _bury(self, pid: int, code: int) -> None:
        self._say({"died": pid})
        for slot in [s for s in self._slots.values() if s.pid == pid]:
            self._listen(slot)
            if not slot.ready:
                self._report_failed_load(slot, code)
            else:
                why = slot.verdict or f"its process {_was(code)} during the run"
                self._finish(slot, _failed(slot, Status.ERROR, why) | {"exit_code": code})
            self._let_go(slot)
        self._leaving.pop(pid, None)

    def _report_failed_load(self, slot: Slot, code: int) -> None:
        """A simulator that can't be loaded costs the next job in line its run."""
        self._spoiled.add(slot.number)
        cause = f"loading took more than {self._orders.limits.load_seconds:g} s"
        if slot.verdict != "time":
            cause = slot.verdict or f"its process {_was(code)} while loading"
        if self._queue:
            slot.job = self._queue.popleft()
            report = _failed(slot, Status.ERROR, f"the simulator did not load: {cause}")
            self._finish(slot, report | {"detail": {"exception": "SimulatorError"}})

    def _dismiss(self, slot: Slot) -> None:
        self._leaving[slot.pid] = time.monotonic() + _GRACE
        self._let_go(slot)

    def _let_go(self, slot: Slot) -> None:
        if slot.closed:
            return
        del self._slots[slot.number]
        if not slot.ended:
            self._selector.unregister(slot.channel)
        self._selector.unregister(slot.output)
        slot.close()

    def _end(self) -> None:
        """End all children: idle ones may run their exit handlers unless all is over at once."""
        for slot in list(self._slots.values()):
            self._dismiss(slot)
        until = time.monotonic() + (0.0 if self._over else _GRACE)
        while self._leaving and time.monotonic() < until:
            self._selector.select(until - time.monotonic())
            self._reap()
        until = time.monotonic() + _GRACE
        while (left := {*self._leaving, *children(os.getpid())}) and time.monotonic() < until:
            for pid in left:  # an orphan's own children become ours when it ends
                kill_group(pid)
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._selector.select(_LAST_WORDS)
            self._reap()
        self._control.setblocking(True)
        with suppress(ConnectionError):
            self._control.sendall(self._outbox)


def _failed(slot: Slot, status: Status, message: str) -> dict[str, Any]:
    elapsed = time.monotonic() - slot.began if slot.began else 0.0
    return {
        "status": status,
        "message": message,
        "started": time.time() - elapsed,
        "seconds": elapsed,
    }


def _was(code: int) -> str:
    return ("was " if code < 0 else "") + ending(code)
