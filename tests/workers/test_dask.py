from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from surrogate.errors import SimulatorError
from surrogate.oracle import SimulatorSource
from surrogate.records import Status
from surrogate.runner import Progress
from surrogate.store.sql import open_store
from surrogate.workers.base import Limits
from surrogate.workers.dask import DaskEngine
from tests.contracts.engine_laws import EngineLaws, run, task
from tests.dask_cluster import MISSING, DaskCluster, dask_cluster
from tests.store import test_same_questions as same
from tests.waiting import PATIENCE, happens

pytest.importorskip("distributed", reason=MISSING)

ROOT = str(Path(__file__).parents[2])
SOURCE = SimulatorSource("tests.workers.odd:deeds", settings={"note": ""}, paths=(ROOT,))


@contextmanager
def opened(
    cluster: DaskCluster, slots: int, source: SimulatorSource = SOURCE, seconds: float = 20.0
) -> Iterator[DaskEngine]:
    """An engine on so many workers; runs may take so many seconds."""
    engine = DaskEngine(source, scheduler=cluster.address, limits=Limits(seconds), version="v7")
    try:
        happens(lambda: engine.trouble == "" and engine.slots == slots)
        yield engine
    finally:
        engine.close(kill=True)


@pytest.fixture(scope="module")
def cluster() -> Iterator[DaskCluster]:
    with dask_cluster("a", "b") as running:
        yield running


@pytest.fixture(scope="module")
def engine(cluster: DaskCluster) -> Iterator[DaskEngine]:
    with opened(cluster, 2, seconds=1.0) as built:
        yield built


class TestDaskEngine(EngineLaws):
    """A Dask cluster keeps every law."""


def test_a_run_carries_its_version_and_the_name_of_its_worker(engine: DaskEngine) -> None:
    done = run(engine, "answer")
    assert done.version == "v7"
    assert done.worker in ("a/local-0", "b/local-0")


def test_short_runs_travel_together(engine: DaskEngine) -> None:
    for _ in range(10):
        run(engine, "answer")
    before = engine._number
    futures = [engine.submit(task("answer", k)) for k in range(60)]
    assert [future.result(timeout=PATIENCE).query for future in futures] == list(range(60))
    assert engine._number - before < 30


def test_a_simulator_that_some_worker_cannot_load_is_refused_before_any_run(
    cluster: DaskCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "only_here.py").write_text("from tests.workers.odd import deeds\n")
    monkeypatch.syspath_prepend(tmp_path)
    source = SimulatorSource("only_here:deeds", settings={"note": ""})
    with pytest.raises(SimulatorError, match=r"Dask worker tcp://.*No module named 'only_here'"):
        DaskEngine(source, scheduler=cluster.address, limits=Limits(1.0))


def test_a_campaign_that_loses_a_worker_and_gains_one_learns_what_it_learns_alone(
    tmp_path: Path,
) -> None:
    alone = same.story(str(tmp_path / "alone.db"), 1)
    with (
        dask_cluster("a", "b") as cluster,
        opened(cluster, 2, same.source(pause=0.3)) as engine,
    ):

        def disturb(progress: Progress) -> None:
            if progress.done >= 4 and progress.in_flight == 2 and "a" in cluster.workers:
                cluster.kill_worker("a")
                cluster.add_worker("c")
                happens(lambda: engine.trouble == "" and engine.slots == 1)
                happens(lambda: engine.slots == 2)

        there = same.story_on(engine, str(tmp_path / "cluster.db"), disturb)
    assert there == alone
    with closing(open_store(tmp_path / "cluster.db")) as store:
        runs = store.runs(same.NAME)
    assert {one.worker for one in runs if one.status is Status.OK} == {
        f"{name}/local-0" for name in "abc"
    }
    (died,) = [one for one in runs if one.status is not Status.OK]
    assert died.status is Status.ERROR
    assert "was lost during the run" in died.message


def test_a_scheduler_that_dies_costs_the_runs_that_had_begun_and_no_other() -> None:
    with dask_cluster("a") as cluster, opened(cluster, 1) as engine:
        futures = [engine.submit(task("nap", k)) for k in range(4)]
        happens(futures[0].running)
        cluster.kill_scheduler()
        lost = futures[0].result(timeout=PATIENCE)
        assert lost.status is Status.LOST
        assert lost.message == f"the Dask scheduler at {cluster.address} was lost"
        assert engine.trouble.startswith("waiting for the Dask scheduler at tcp://127.0.0.1")
        cluster.start_scheduler()
        happens(lambda: engine.trouble.startswith("waiting for a Dask worker to join"))
        cluster.add_worker("b")
        done = [future.result(timeout=PATIENCE) for future in futures[1:]]
        assert [(one.status, one.worker) for one in done] == [(Status.OK, "b/local-0")] * 3


def test_a_worker_with_another_version_is_named_and_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, other = tmp_path / "ours", tmp_path / "other"
    for folder, extra in ((ours, ""), (other, "WALL = 2.0\n")):
        folder.mkdir()
        (folder / "thrower.py").write_text(f"{extra}from tests.workers.odd import deeds\n")
    monkeypatch.syspath_prepend(ours)
    source = SimulatorSource("thrower:deeds", settings={"note": ""})
    with dask_cluster() as cluster:
        cluster.add_worker("a", paths=f"{ours}:{ROOT}")
        with opened(cluster, 1, source) as engine:
            cluster.add_worker("b", paths=f"{other}:{ROOT}")
            happens(lambda: "the code of thrower is another one there" in engine.trouble)
            runs = [engine.submit(task("nap", k)).result(timeout=PATIENCE) for k in range(3)]
            assert [one.worker for one in runs] == ["a/local-0"] * 3


def test_where_no_scheduler_answers_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("surrogate.workers.dask._CONNECT", 0.2)
    with pytest.raises(SimulatorError, match="no Dask scheduler answers at tcp://127"):
        DaskEngine(SOURCE, scheduler="tcp://127.0.0.1:9", limits=Limits(1.0))
