"""The engine that a plan names, within a simulator's ration: so many runs a second, so much cost,
so many at once.

Rations are for oracles that are shared or metered: a service that takes five calls a second, a game
server that plays 600 frames a second, four licence tokens among sixteen workers. Any engine can be
wrapped.

    symbol   meaning
    t        when the next run may begin, on the monotonic clock
    r        runs a second; each run that begins moves t on by 1 / r
    f        cost (frames, calls) a second; a run moves t on by its cost over f: by the mean of what
             runs have cost so far when it begins, and by the difference once it has ended
"""

import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, replace

from surrogate.clock import SystemClock
from surrogate.errors import PlanError
from surrogate.oracle import Perishable, Ration, Rationed, Simulator, SimulatorSource
from surrogate.plan import Plan
from surrogate.records import Run, Status
from surrogate.workers.base import UNBEGUN, Engine, Limits, Task, failed
from surrogate.workers.local import LocalEngine


def limits(plan: Plan, simulator: Simulator) -> Limits:
    """What the plan allows one run, and how many runs the simulator allows one process."""
    renewed = simulator.runs_per_process if isinstance(simulator, Perishable) else None
    memory = int(plan.workers.memory_gb * 1e9) if plan.workers.memory_gb else None
    return Limits(plan.workers.time_limit, memory, runs_per_child=renewed)


def open_engine(
    plan: Plan,
    source: SimulatorSource,
    simulator: Simulator,
    *,
    version: str,
    workers: int | str | None = None,
) -> Engine:
    """An engine that keeps the plan's ration: `workers` processes, or the cluster at that address.

    Absent, the plan says which. Raises `PlanError` for a number of workers where the plan names a
    cluster, and what the engine raises.
    """
    engine = _opened(plan, source, limits(plan, simulator), version, workers)
    return rationed(engine, simulator, plan.workers.ration)


def _opened(
    plan: Plan, source: SimulatorSource, allowed: Limits, version: str, workers: int | str | None
) -> Engine:
    scheduler = workers if isinstance(workers, str) else plan.workers.scheduler
    if scheduler is None:
        slots = int(workers or plan.workers.slots)
        return LocalEngine(source, slots=slots, limits=allowed, version=version)
    if isinstance(workers, int):
        raise PlanError(
            f"{workers} workers were asked for, but the cluster at {scheduler} has those that "
            "joined it; start more of them there, or leave the number out"
        )
    from surrogate.workers.dask import DaskEngine

    return DaskEngine(source, scheduler=scheduler, limits=allowed, version=version)


@dataclass(frozen=True)
class Gate:
    """When the next run may begin, and what runs have cost so far. Pure."""

    ration: Ration
    next_start: float = 0.0
    running: int = 0
    ended: int = 0
    spent: float = 0.0

    @property
    def expected(self) -> float:
        """What a run is taken to cost before it has ended."""
        return self.spent / self.ended if self.ended else 0.0

    def is_full(self, slots: int) -> bool:
        """Whether a run must end before another may begin."""
        return self.running >= min(slots, self.ration.at_once or slots)

    def begun(self, now: float) -> "Gate":
        """The gate once a run has begun at `now`."""
        charge = self._seconds(self.expected)
        if self.ration.runs_per_second:
            charge += 1 / self.ration.runs_per_second
        return replace(
            self, next_start=max(now, self.next_start) + charge, running=self.running + 1
        )

    def done(self, cost: float | None, expected: float) -> "Gate":
        """The gate once a run has ended that was `expected` to cost so much."""
        actual = cost or 0.0
        return replace(
            self,
            next_start=self.next_start + self._seconds(actual - expected),
            running=self.running - 1,
            ended=self.ended + 1,
            spent=self.spent + actual,
        )

    def _seconds(self, cost: float) -> float:
        return cost / self.ration.cost_per_second if self.ration.cost_per_second else 0.0


class RationedEngine:
    """Implements `workers.base.Engine`; owns the engine that it wraps."""

    def __init__(self, engine: Engine, ration: Ration) -> None:
        self._engine, self._clock = engine, SystemClock()
        self._gate = Gate(ration)
        self._waiting: deque[tuple[Task, Future[Run]]] = deque()
        self._change = threading.Condition()
        self._closing = False
        self._usher = threading.Thread(target=self._let_in, name="surrogate-ration", daemon=True)
        self._usher.start()

    @property
    def slots(self) -> int:
        """How many tasks run side by side."""
        return min(self._engine.slots, self._gate.ration.at_once or self._engine.slots)

    @property
    def trouble(self) -> str:
        """What the wrapped engine says of itself."""
        return self._engine.trouble

    def submit(self, task: Task) -> "Future[Run]":
        """Begin a task as soon as a slot is free and the ration allows it."""
        future: Future[Run] = Future()
        with self._change:
            if self._closing:
                future.set_result(failed(task, Status.LOST, UNBEGUN))
                return future
            self._waiting.append((task, future))
            self._change.notify()
        return future

    def busy_seconds(self) -> float:
        """Total seconds that slots have spent inside simulators so far."""
        return self._engine.busy_seconds()

    def close(self, *, kill: bool = False) -> None:
        """Let running tasks finish (or kill them), end every child, leave no orphan."""
        with self._change:
            self._closing = True
            left, self._waiting = self._waiting, deque()
            self._change.notify()
        for task, future in left:
            if future.set_running_or_notify_cancel():
                future.set_result(failed(task, Status.LOST, UNBEGUN))
        self._usher.join()
        self._engine.close(kill=kill)

    def _let_in(self) -> None:
        """The usher's thread: begin one task after another, each when it may."""
        while True:
            with self._change:
                wait = self._wait()
                if self._closing:
                    return
                if wait != 0.0:
                    self._change.wait(wait)
                    continue
                task, future = self._waiting.popleft()
                if not future.set_running_or_notify_cancel():
                    continue
                expected = self._gate.expected
                self._gate = self._gate.begun(self._clock.monotonic())
            self._begin(task, future, expected)

    def _wait(self) -> float | None:
        """Seconds until a task may begin; None: until something happens."""
        if not self._waiting or self._gate.is_full(self._engine.slots):
            return None
        return max(self._gate.next_start - self._clock.monotonic(), 0.0)

    def _begin(self, task: Task, future: "Future[Run]", expected: float) -> None:
        def ended(inner: "Future[Run]") -> None:
            run = inner.result()
            with self._change:
                self._gate = self._gate.done(run.cost, expected)
                self._change.notify()
            future.set_result(run)

        self._engine.submit(task).add_done_callback(ended)


def rationed(engine: Engine, simulator: Simulator, allowed: Ration) -> Engine:
    """The engine, wrapped where the simulator or the plan that `allowed` it knows a limit."""
    ration = (simulator.ration if isinstance(simulator, Rationed) else Ration()).narrowed(allowed)
    return engine if ration == Ration() else RationedEngine(engine, ration)
