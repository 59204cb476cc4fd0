import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from surrogate.errors import PlanError, SimulatorError
from surrogate.oracle import FunctionSimulator, SimulatorSource
from surrogate.outcome import Number
from surrogate.records import Status
from surrogate.space import Point, Real, Space
from surrogate.workers.base import Limits, Task
from surrogate.workers.local import LocalEngine
from tests.contracts.engine_laws import EngineLaws, run, task
from tests.waiting import PATIENCE, happens

ROOT = str(Path(__file__).parents[2])
SECOND = Limits(1.0)
USE = "tests.workers.odd:deeds"


def source(note: Path | None = None, use: str = USE) -> SimulatorSource:
    return SimulatorSource(use, settings={"note": str(note or "")}, paths=(ROOT,))


@pytest.fixture(scope="module")
def engine() -> Iterator[LocalEngine]:
    opened = LocalEngine(source(), slots=2, limits=Limits(1.0))
    yield opened
    opened.close(kill=True)


class TestLocalEngine(EngineLaws):
    """Processes on this machine keep every law."""


Make = Callable[..., LocalEngine]


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[LocalEngine] = []

    def build(*, slots: int = 1, limits: Limits = SECOND, **options: Any) -> LocalEngine:
        built = options.get("source") or source(options.get("note"))
        made.append(LocalEngine(built, slots=slots, limits=limits, version="v7"))
        return made[-1]

    yield build
    for opened in made:
        opened.close(kill=True)


def is_gone(pid: int) -> bool:
    """Whether a process ends."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.01)
    return False


def pids_of(engine: LocalEngine) -> list[int]:
    foreman = psutil.Process(engine._foreman.pid)
    return [foreman.pid, *(child.pid for child in foreman.children())]


def noted(note: Path) -> int:
    happens(lambda: note.exists() and bool(note.read_text()))
    return int(note.read_text())


@pytest.mark.parametrize("deed", ["hang with a child", "hang with a daemon"])
def test_a_hung_run_is_killed_with_all_that_it_started(
    make: Make, tmp_path: Path, deed: str
) -> None:
    hung = run(make(note=tmp_path / "pid"), deed)
    assert hung.status is Status.TIMEOUT
    assert is_gone(noted(tmp_path / "pid"))


@pytest.mark.parametrize("kill", [True, False])
@pytest.mark.parametrize("deed", ["leave a child", "leave a daemon"])
def test_closing_leaves_no_orphan(make: Make, tmp_path: Path, deed: str, kill: bool) -> None:
    engine = make(note=tmp_path / "pid", slots=2)
    assert run(engine, deed).status is Status.OK
    pids = pids_of(engine)
    engine.close(kill=kill)
    assert all(is_gone(pid) for pid in [*pids, noted(tmp_path / "pid")])


def test_closing_lets_running_tasks_finish_and_drops_the_others(make: Make) -> None:
    engine = make()
    run(engine, "answer")
    futures = [engine.submit(task("nap", k)) for k in range(40)]
    happens(lambda: futures[0].running() or futures[0].done())
    engine.close()
    ended = [future.result().status for future in futures]
    finished = ended.count(Status.OK)
    assert 1 <= finished < 40
    assert ended == [Status.OK] * finished + [Status.LOST] * (40 - finished)
    assert engine.submit(task("nap")).result().message == "the engine was closed before it began"
    engine.close()


def test_closing_with_kill_does_not_wait(make: Make) -> None:
    engine = make(limits=Limits(10 * PATIENCE))
    future = engine.submit(task("hang"))
    happens(future.running)
    began = time.monotonic()
    engine.close(kill=True)
    assert time.monotonic() - began < PATIENCE
    assert future.result().status is Status.LOST


def test_when_the_foreman_is_killed_only_the_runs_that_had_begun_suffer(make: Make) -> None:
    engine = make(slots=2)
    run(engine, "answer")
    pids = pids_of(engine)
    futures = [engine.submit(task("nap", k)) for k in range(6)]
    happens(lambda: sum(future.running() for future in futures) == 2)
    os.kill(engine._foreman.pid, signal.SIGKILL)
    runs = [future.result(timeout=PATIENCE) for future in futures]
    assert [run.status for run in runs] == [Status.ERROR] * 2 + [Status.OK] * 4
    assert runs[0].message.endswith("minds the simulators ended: killed by signal 9 (killed)")
    assert all(is_gone(pid) for pid in pids)


COORDINATOR = """
import sys, time
from tests.workers.test_local import *
engine = LocalEngine(source(Path(sys.argv[1])), slots=2, limits=Limits(100.0))
run(engine, "answer")
engine.submit(task("hang with a child"))
engine.submit(task("hang with the lock"))
noted(Path(sys.argv[1]))
print(*pids_of(engine), flush=True)
time.sleep(100)
"""


def test_when_the_whole_program_is_killed_nothing_of_it_stays(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    command = [sys.executable, "-c", COORDINATOR, str(note)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as program:
        assert program.stdout is not None
        pids = [int(word) for word in program.stdout.readline().split()]
        program.kill()
    assert len(pids) == 3
    assert all(is_gone(pid) for pid in [*pids, noted(note)])


def test_a_process_is_replaced_after_its_share_of_runs(make: Make) -> None:
    engine = make(limits=Limits(1.0, runs_per_child=2))
    pids = [run(engine, "who").detail["pid"] for _ in range(6)]
    assert pids[0::2] == pids[1::2]
    assert len(set(pids)) == 3


def test_a_process_that_ends_with_its_last_answer_is_replaced_too(make: Make) -> None:
    engine = make(limits=Limits(10.0, runs_per_child=1))
    foreman = engine._foreman.pid
    assert [run(engine, deed).status for deed in ("answer and end", "answer")] == [Status.OK] * 2
    assert engine._foreman.pid == foreman


def test_the_simulator_is_imported_once_for_all_slots(make: Make) -> None:
    engine = make(slots=2)
    found = [engine.submit(task("who", k)).result(timeout=PATIENCE).detail for k in range(20)]
    assert len({who["loaded"] for who in found}) == 1


def test_a_run_that_wants_too_much_memory_is_an_error(make: Make) -> None:
    engine = make(limits=Limits(5.0, memory_bytes=2 * 10**9))
    assert "MemoryError" in run(engine, "memory").message
    assert run(engine, "answer").status is Status.OK


def test_a_flood_of_100_megabytes_holds_up_nobody(make: Make) -> None:
    engine = make(slots=2, limits=Limits(60.0))
    flood = engine.submit(task("shout for long"))
    calm = [engine.submit(task("answer", k)).result(timeout=PATIENCE) for k in range(1, 5)]
    assert {run.status for run in calm} == {Status.OK}
    assert len(flood.result(timeout=PATIENCE).output.splitlines()) == 200


def test_a_child_that_ignores_a_polite_end_and_holds_the_output_is_ended(
    make: Make, tmp_path: Path
) -> None:
    engine = make(note=tmp_path / "pid")
    assert run(engine, "leave a stubborn child").status is Status.OK
    assert run(engine, "answer").output == ""
    engine.close()
    assert is_gone(noted(tmp_path / "pid"))


def test_where_a_file_lies_that_a_run_looked_for_in_its_own_folder_is_told(make: Make) -> None:
    message = run(make(), "read at home").message
    assert message.endswith(f"name the file as {Path.cwd() / 'pyproject.toml'}")


def test_closing_removes_the_folders_that_runs_worked_in(make: Make) -> None:
    engine = make()
    folder = Path(engine._orders.folder)
    run(engine, "write where others write")
    assert [path.name for path in folder.iterdir()] == ["slot-0"]
    engine.close()
    assert not folder.exists()


def test_a_task_avoids_the_worker_that_failed_it_where_there_is_another(make: Make) -> None:
    for slots, others in ((2, {"local-1"}), (1, {"local-0"})):
        engine = make(slots=slots)
        tasks = [replace(task("answer", k), avoid="local-0") for k in range(6)]
        runs = [engine.submit(one).result(timeout=PATIENCE) for one in tasks]
        assert {run.worker for run in runs} == others


def test_every_run_carries_the_version_that_it_ran(make: Make) -> None:
    assert run(make(), "answer").version == "v7"


@pytest.mark.parametrize(
    ("use", "words"),
    [
        ("tests.workers.nowhere:it", "importing 'tests.workers.nowhere' failed"),
        ("tests.workers.odd:absent", "has no attribute 'absent'"),
        ("tests.workers.crashing_import:it", "exited with code 9 while loading"),
    ],
)
def test_a_simulator_that_does_not_load_fails_its_runs_in_words(
    make: Make, use: str, words: str
) -> None:
    engine = make(slots=2, source=SimulatorSource(use, paths=(ROOT,)))
    runs = [engine.submit(Task(k, 1, {}, 0)).result(timeout=PATIENCE) for k in range(3)]
    assert {run.status for run in runs} == {Status.ERROR}
    assert all(words in run.message for run in runs)
    assert runs[0].detail == {"exception": "SimulatorError"}


def test_a_simulator_that_starts_a_thread_as_it_is_imported_works(make: Make) -> None:
    engine = make(source=SimulatorSource("tests.workers.threaded:sim", paths=(ROOT,)))
    assert engine.submit(Task(0, 1, {"x": 0.5}, 0)).result(timeout=PATIENCE).values == {"y": 1.0}


def test_a_simulator_that_hangs_as_it_is_imported_is_given_up(make: Make) -> None:
    slow = SimulatorSource("tests.workers.endless:sim", paths=(ROOT,))
    engine = make(source=slow, limits=Limits(1.0, load_seconds=0.6))
    message = engine.submit(Task(0, 1, {"x": 0.5}, 0)).result(timeout=PATIENCE).message
    assert message == "the simulator did not load: loading took more than 0.6 s"


def test_a_function_from_a_notebook_runs_too(make: Make) -> None:
    offset = 0.25

    def local(point: Point, *, rng: np.random.Generator) -> float:
        return float(point["x"]) + offset

    simulator = FunctionSimulator("local", local, Space({"x": Real(0, 1)}), (Number("y"),))
    engine = make(source=SimulatorSource(instance=simulator))
    assert engine.submit(Task(0, 1, {"x": 0.5}, 0)).result(timeout=PATIENCE).values == {"y": 0.75}


def test_an_object_that_cannot_be_sent_says_what_to_do() -> None:
    lock = __import__("threading").Lock()

    def local(point: Point, *, rng: np.random.Generator) -> float:
        return float(lock.locked())

    simulator = FunctionSimulator("local", local, Space({"x": Real(0, 1)}), (Number("y"),))
    with pytest.raises(SimulatorError, match="put it into a module"):
        LocalEngine(SimulatorSource(instance=simulator), slots=1, limits=Limits(1.0))


def test_limits_that_allow_nothing_are_refused() -> None:
    with pytest.raises(PlanError, match="0 s is not positive"):
        Limits(0)
    with pytest.raises(SimulatorError, match="at least 1 slot"):
        LocalEngine(source(), slots=0, limits=Limits(1.0))


KILLED = """
import sys, time
from pathlib import Path
from surrogate.workers.base import Limits
from surrogate.workers.local import LocalEngine
from tests.contracts.engine_laws import task
from tests.workers.test_local import source
engine = LocalEngine(source(Path(sys.argv[1])), slots=1, limits=Limits(60.0))
engine.submit(task("hang with a child"))
print(engine._foreman.pid, flush=True)
time.sleep(1000)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="read from /proc")
def test_what_was_left_when_all_was_killed_is_swept_by_the_next_engine(
    make: Make, tmp_path: Path
) -> None:
    note = tmp_path / "note"
    command = [sys.executable, "-c", KILLED, str(note)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as killed:
        assert killed.stdout is not None
        foreman = int(killed.stdout.readline())
        left = noted(note)
        for pid in (foreman, killed.pid):  # the foreman first: it would end the others
            os.kill(pid, signal.SIGKILL)
    make()
    assert is_gone(left)
