"""The promise of an engine: `submit` a task, get a future that always resolves to a `Run`.

A run that raises, hangs, prints 100 MB, returns nonsense or kills its process costs that run and
no other; the future never raises. Engines know nothing of stores, campaigns or surrogates.
"""

from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from surrogate.errors import PlanError
from surrogate.records import Run, Status
from surrogate.space import Point

UNBEGUN = "the engine was closed before it began"  # what the run says of a task that never ran


@dataclass(frozen=True)
class Task:
    """One attempt at a query; `avoid` names the worker that failed it last, if another is there."""

    query: int
    attempt: int
    point: Point
    seed: int
    avoid: str = ""


@dataclass(frozen=True)
class Ticket:
    """A task on its way; `began` on the monotonic clock, None while it waits or nobody says."""

    task: Task
    future: "Future[Run]"
    began: float | None = None


@dataclass(frozen=True)
class Limits:
    """What a run may use. `seconds` of wall time; `memory_bytes` of address space or None.

    A process may take `load_seconds` to load its simulator, and is replaced after
    `runs_per_child` runs (None: never), for simulators that leak.
    """

    seconds: float
    memory_bytes: int | None = None
    load_seconds: float = 60.0
    runs_per_child: int | None = None

    def __post_init__(self) -> None:
        if not (self.seconds > 0 and self.load_seconds > 0):
            raise PlanError(
                f"time limit: {self.seconds} s is not positive; say how long a run may take"
            )


def failed(task: Task, status: Status, why: str, *, host: str = "") -> Run:
    """The run of a task that gave nothing."""
    return Run(task.query, task.attempt, status, message=why, host=host)


def resolve(future: "Future[Run]", run: Run) -> None:
    """What an engine's future comes to, unless it was cancelled: then nobody wants it."""
    with suppress(InvalidStateError):
        future.set_result(run)


class Engine(Protocol):
    """Runs tasks in isolation. Thread-safe."""

    @property
    def slots(self) -> int:
        """How many tasks run side by side; it may change as workers come and go."""

    def submit(self, task: Task) -> "Future[Run]":
        """Begin a task as soon as a slot is free; the future resolves to its run, always.

        A future whose task has not begun can be cancelled; then the task never begins.
        """

    @property
    def trouble(self) -> str:
        """What keeps it from using what it was given, in words; empty when nothing does."""

    def busy_seconds(self) -> float:
        """Total seconds that slots have spent inside simulators so far."""

    def close(self, *, kill: bool = False) -> None:
        """Let running tasks finish (or kill them), end every child, leave no orphan."""
