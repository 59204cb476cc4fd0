"""What the running loop loses: gaps between runs, CPU a run, commits, big ledgers.

The simulators sleep, so the figures are the loop's own; the learner chooses points that do not
matter and takes as long as it is told. SQLite is a file with full synchronisation; PostgreSQL a
server on this machine that waits for its disk. To beat (issue 4): a slot idle under 2 ms
(median), 0.6 ms of CPU a run, status of 10^6 runs under 1 s.
"""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import count, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import numpy as np

from benchmarks.table import Table
from surrogate.campaign import Campaign
from surrogate.learner import Fitted
from surrogate.models.base import LookAhead
from surrogate.oracle import SimulatorSource, simulator
from surrogate.outcome import Number
from surrogate.plan import Plan
from surrogate.records import Observation, Query, Reason, Revision, Run, Status, seeds
from surrogate.runner import Orders, Progress, run_campaign
from surrogate.space import Point, Real, Space
from surrogate.store.base import CampaignRecord
from surrogate.store.sql import SqlStore, open_store
from surrogate.workers.base import Limits
from surrogate.workers.local import LocalEngine
from tests.clusters import cluster, programs

SPACE = Space({"x": Real(0, 1)})
FRAME = 0.0167  # seconds
NAME = "bench"
PLAN = {
    "name": NAME,
    "simulator": {"use": f"{__name__}:frame"},
    "goal": {"kind": "map"},
    "budget": {"runs": 10**7},
}
_names = count()


@simulator(space=SPACE, outcome=Number("y"))
def nap(point: Point, *, rng: np.random.Generator) -> float:
    time.sleep(rng.uniform(0.5, 3.0))
    return 0.0


@simulator(space=SPACE, outcome=Number("y"))
def frame(point: Point, *, rng: np.random.Generator) -> float:
    time.sleep(FRAME)
    return 0.0


@dataclass(frozen=True)
class Slow:
    """A learner that takes `thought` seconds for a refit and an ask."""

    thought: float

    def fit(
        self, observations: Sequence[Observation], previous: Revision | None = None
    ) -> Fitted | None:
        number = previous.number + 1 if previous else 1
        return self.restore(
            observations, Revision(number, tuple(o.query for o in observations), "none", {})
        )

    def restore(self, observations: Sequence[Observation], revision: Revision) -> Fitted:
        return Fitted(cast(LookAhead, None), revision, ready=True, units=np.empty((0, 1)))

    def ask(
        self,
        count: int,
        *,
        first: int,
        pending: Sequence[Query],
        fitted: Fitted | None,
        fruitless: Sequence[Query] = (),
        observations: Sequence[Observation] = (),
    ) -> tuple[Query, ...]:
        time.sleep(self.thought)
        return tuple(
            Query(k, {"x": k * 0.618034 % 1.0}, seeds(1, k), Reason.COVERAGE, "")
            for k in range(first, first + count)
        )


@dataclass(frozen=True)
class Session:
    busy: float
    cpu: float
    runs: tuple[Run, ...]


def tables(quick: bool, seeds: int | None) -> list[Table]:
    with _stores() as stores:
        return [
            _overhead(stores, quick),
            _commits(stores, quick),
            _million(10**5 if quick else 10**6),
        ]


def _overhead(stores: dict[str, SqlStore], quick: bool) -> Table:
    rows = []
    for kind, store in stores.items():
        done = session(store, "frame", 16, 1000 if quick else 6000, Slow(0.0))
        gaps = 1e3 * _gaps(done.runs)
        cpu = 1e3 * done.cpu / len(done.runs)
        rows.append((kind, np.median(gaps), np.quantile(gaps, 0.9), cpu, 100 * done.busy))
    return Table(
        "16 workers, runs that sleep for 16.7 ms",
        ("store", "gap ms, median", "90 %", "CPU ms a run", "busy %"),
        tuple(rows),
        "to beat: gap 2 ms, CPU 0.6 ms (the coordinator's process, all its threads)",
    )


def _commits(stores: dict[str, SqlStore], quick: bool) -> Table:
    seconds = 1.0 if quick else 3.0
    rows = []
    for kind, store in stores.items():
        one, many = (_commit_rate(store, size, seconds) for size in (1, 16))
        rows.append((kind, one, many, 16 * many))
    return Table(
        "recording on the disk",
        ("store", "commits/s of 1 run", "commits/s of 16", "runs/s so"),
        tuple(rows),
        "a commit returns when its runs are safe from a power cut",
    )


def _million(runs: int) -> Table:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "big.db"
        _fill(path, runs)
        began = time.perf_counter()
        with Campaign.open(path, NAME) as campaign:
            opened = time.perf_counter() - began
            status = campaign.status()
        whole = time.perf_counter() - began
    assert sum(status.counts.runs.values()) == runs
    assert list(status.failures.values()) == [runs // 50]
    return Table(
        "a large ledger (SQLite), one run in fifty failed with a message of its own",
        ("runs", "open s", "open and status s"),
        ((runs, opened, whole),),
        "to beat: 1 s for 10^6 runs",
    )


def session(
    store: SqlStore, attribute: str, slots: int, runs: int, learner: Slow, **orders: Any
) -> Session:
    """Run a campaign; `busy` is measured until the last query was handed out."""
    name = f"{NAME}-{next(_names)}"
    store.create_campaign(CampaignRecord(name, {}, "", "", 0.0))
    seen: list[Progress] = []
    source = SimulatorSource(f"{__name__}:{attribute}", paths=(str(Path(__file__).parents[1]),))
    engine = LocalEngine(source, slots=slots, limits=Limits(seconds=60.0))
    began = time.process_time()
    try:
        run_campaign(learner, store, engine, Orders(name, runs, **orders), observe=seen.append)
    finally:
        engine.close(kill=True)
    cpu = time.process_time() - began
    supplied = [p for p in seen if p.done + slots < runs and p.busy > 0] or seen
    return Session(supplied[-1].busy, cpu, store.runs(name))


def _gaps(runs: Sequence[Run]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Seconds between a run's end and the next one's start on the same worker."""
    by_worker: dict[str, list[Run]] = {}
    for run in sorted(runs, key=lambda run: run.started):
        by_worker.setdefault(run.worker, []).append(run)
    return np.array(
        [
            after.started - before.started - before.seconds
            for some in by_worker.values()
            for before, after in pairwise(some)
        ]
    )


def _commit_rate(store: SqlStore, size: int, seconds: float) -> float:
    """Commits a second of `size` runs each, by one writer."""
    name = f"{NAME}-{next(_names)}"
    store.create_campaign(CampaignRecord(name, {}, "", "", 0.0))
    learner, first, done, spent = Slow(0.0), 0, 0, 0.0
    while spent < seconds:
        store.add_queries(name, learner.ask(size, first=first, pending=(), fitted=None))
        first += size
        leases = store.claim(name, "w", size, now=0.0, seconds=60.0)
        runs = [Run(one.query.index, one.attempt, Status.OK, {"y": 0.0}) for one in leases]
        began = time.perf_counter()
        store.record(name, runs)
        spent += time.perf_counter() - began
        done += 1
    return done / spent


@contextmanager
def _stores() -> Iterator[dict[str, SqlStore]]:
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        stores = {"SQLite": open_store(Path(folder) / "store.db")}
        if found := programs():
            server = stack.enter_context(cluster(found, durable=True))
            stores["PostgreSQL"] = open_store(server.url())
        for store in stores.values():
            stack.enter_context(closing(store))
        yield stores


def _fill(path: Path, runs: int) -> None:
    """A campaign of so many runs, one in fifty failed, written past the store."""
    with closing(open_store(path)) as store:
        plan = Plan.from_mapping(PLAN)
        kept = {**plan.to_json(), "path": None}
        store.create_campaign(CampaignRecord(NAME, kept, plan.identity(), "", 0.0))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "WITH RECURSIVE k(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM k WHERE i + 1 < ?) "
            "INSERT INTO surrogate_queries (campaign, number, point, seed, reason, why, gain_unit, "
            "revision, pending, effort, state, attempt) "
            """SELECT 1, i, '{"x":0.5}', i, 'boundary', '', '', 1, '[]', 'full', """
            "CASE WHEN i % 50 = 0 THEN 'given up' ELSE 'done' END, 1 FROM k",
            [runs],
        )
        connection.execute(
            'INSERT INTO surrogate_runs (query, campaign, attempt, lost, status, "values", sds, '
            "detail, message, output, started, seconds, worker, host, version) "
            "SELECT id, 1, 1, 0, CASE WHEN number % 50 = 0 THEN 'error' ELSE 'ok' END, "
            """'{"y":1.0}', '{}', '{}', """
            "CASE WHEN number % 50 = 0 THEN 'no licence for run ' || number ELSE '' END, "
            "'', 0.0, 0.0, '', '', '' FROM surrogate_queries"
        )
        connection.commit()
