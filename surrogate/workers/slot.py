"""One slot as the foreman sees it: a process, its channel, what it last wrote, what it runs."""

import os
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field

from surrogate.workers.frames import Frames

KEPT_LINES = 200
_KEPT_BYTES = 1 << 15
_CHUNK = 1 << 16
_READS = 4  # a pipe holds 64 kB; one child that never stops printing must not hold up the others


def worker_name(number: int) -> str:
    """What runs say of the slot that ran them."""
    return f"local-{number}"


@dataclass(frozen=True)
class Job:
    """A task as it travels: the engine's number for it, the frame for the child, whom to avoid."""

    ticket: int
    frame: bytes
    avoid: str = ""


@dataclass(eq=False)
class Slot:
    """A live child process. `deadline` and the rest are on the machine's monotonic clock.

    `ready` is False until the simulator is loaded, `ended` True once the child has closed its end;
    `verdict` says why the child is being killed.
    """

    number: int
    pid: int
    channel: socket.socket
    output: int
    deadline: float
    frames: Frames = field(default_factory=Frames)
    tail: bytearray = field(default_factory=bytearray)
    ready: bool = False
    job: Job | None = None
    began: float = 0.0
    runs: int = 0
    ended: bool = False
    closed: bool = False
    verdict: str = ""

    def begin(self, job: Job, seconds: float) -> None:
        """Hand the job to the child; what it wrote before is forgotten."""
        self.drain()
        self.tail.clear()
        self.job = job
        self.began = time.monotonic()
        self.deadline = self.began + seconds
        with suppress(OSError):  # a child that has just died is noticed by its death
            self.channel.sendall(job.frame)

    def received(self) -> list[bytes]:
        """Whole frames that have come, without waiting."""
        found: list[bytes] = []
        if self.closed:
            return found
        with suppress(BlockingIOError):
            while chunk := self.channel.recv(_CHUNK):
                found.extend(self.frames.feed(chunk))
            self.ended = True
        return found

    def drain(self) -> None:
        """Take what the child has written so far, keeping the end of it."""
        if self.closed:
            return
        with suppress(BlockingIOError):
            for _ in range(_READS):
                self.tail += os.read(self.output, _CHUNK)
                del self.tail[:-_KEPT_BYTES]

    def written(self) -> str:
        """The last lines that the child wrote."""
        self.drain()
        return "\n".join(self.tail.decode(errors="replace").splitlines()[-KEPT_LINES:])

    def close(self) -> None:
        """Let go of the channel (the child's cue to end) and of its output."""
        self.closed = True
        self.channel.close()
        os.close(self.output)
