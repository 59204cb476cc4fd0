import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from surrogate.errors import SimulatorError
from surrogate.oracle import FunctionSimulator, Ration, SimulatorSource, simulator
from surrogate.outcome import Number
from surrogate.records import Run, Status
from surrogate.space import Point, Real, Space
from surrogate.workers.base import Limits, Task
from surrogate.workers.local import LocalEngine
from surrogate.workers.opening import Gate, RationedEngine, rationed
from tests.contracts.engine_laws import EngineLaws
from tests.waiting import PATIENCE

ROOT = str(Path(__file__).parents[2])
SPACE = Space({"x": Real(0, 1)})


@pytest.fixture(scope="module")
def engine() -> Iterator[RationedEngine]:
    source = SimulatorSource("tests.workers.odd:deeds", settings={"note": ""}, paths=(ROOT,))
    inner = LocalEngine(source, slots=4, limits=Limits(1.0))
    opened = RationedEngine(inner, Ration(runs_per_second=1000.0, at_once=2))
    yield opened
    opened.close(kill=True)


class TestRationedEngine(EngineLaws):
    """A rationed engine keeps every law of the engine that it wraps."""


class ByHand:
    """An engine whose runs end when the test says so."""

    slots = 16
    trouble = ""

    def __init__(self) -> None:
        self.begun: list[Future[Run]] = []
        self.news = threading.Condition()

    def submit(self, task: Task) -> Future[Run]:
        with self.news:
            self.begun.append(Future())
            self.news.notify()
        return self.begun[-1]

    def busy_seconds(self) -> float:
        return 0.0

    def close(self, *, kill: bool = False) -> None:
        for k, future in enumerate(self.begun):
            if not future.done():
                future.set_result(Run(k, 1, Status.LOST))

    def has_begun(self, count: int) -> bool:
        with self.news:
            return self.news.wait_for(lambda: len(self.begun) >= count, timeout=PATIENCE)


def starts(gate: Gate, count: int, seconds: float, cost: float | None = None) -> list[float]:
    """When runs begin that are wanted at once and last so long, one after another."""
    begun, now = list[float](), 0.0
    for _ in range(count):
        now = max(now, gate.next_start)
        begun.append(now)
        expected = gate.expected
        gate = gate.begun(now).done(cost, expected)
        now += seconds
    return begun


def test_no_more_runs_begin_in_a_second_than_the_ration_gives() -> None:
    assert starts(Gate(Ration(runs_per_second=4.0)), 5, 0.0) == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_runs_that_last_longer_than_their_share_are_not_held_up() -> None:
    assert starts(Gate(Ration(runs_per_second=4.0)), 3, 1.0) == [0.0, 1.0, 2.0]


def test_cost_is_spent_no_faster_than_the_ration_gives() -> None:
    begun = starts(Gate(Ration(cost_per_second=60.0)), 11, 0.0, cost=90.0)
    assert begun[-1] == pytest.approx(10 * 90.0 / 60.0)


def test_so_many_run_at_once_as_there_are_tokens() -> None:
    hand = ByHand()
    engine = RationedEngine(hand, Ration(at_once=2))
    futures = [engine.submit(Task(k, 1, {}, 0)) for k in range(4)]
    assert hand.has_begun(2)
    assert (engine.slots, len(hand.begun)) == (2, 2)
    hand.begun[0].set_result(Run(0, 1, Status.OK, {"y": 1.0}))
    assert hand.has_begun(3)
    engine.close()
    assert [future.result(timeout=PATIENCE).status for future in futures] == [
        Status.OK, Status.LOST, Status.LOST, Status.LOST,
    ]  # fmt: skip


def function(point: Point, *, rng: object) -> float:
    return 0.0


def test_the_stricter_of_simulator_and_plan_holds_and_none_costs_nothing() -> None:
    make = simulator(space=SPACE, outcome=Number("y"), ration=Ration(5.0, None, 4))
    own: FunctionSimulator = make(function)
    hand = ByHand()
    free = simulator(space=SPACE, outcome=Number("y"))(function)
    assert rationed(hand, free, Ration()) is hand
    assert own.ration.narrowed(Ration(7.0, 60.0, 2)) == Ration(5.0, 60.0, 2)
    wrapped = rationed(hand, own, Ration(at_once=8))
    assert wrapped.slots == 4
    wrapped.close()


def test_a_ration_of_nothing_is_refused() -> None:
    with pytest.raises(SimulatorError, match="at_once = 0 allows nothing"):
        Ration(at_once=0)
