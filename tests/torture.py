"""A campaign whose processes are killed, again and again, and what must be true of it then.

One process has everything imported and forks life after life of a campaign: real runner, store,
foreman and workers. A life says on a pipe when it enters and leaves a claim, a commit or a refit
(by wrappers around its store and its learner), and which results were acknowledged. The torturer
reads along and kills at a random moment after an entry; where the blow fell is judged afterwards,
by the last words. Some runs leave a child process behind, in a session of its own.
"""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from surrogate.learner import Fitted
from surrogate.oracle import SimulatorSource
from surrogate.records import Observation, QueryState, Revision, Run
from surrogate.runner import Ending, Orders, run_campaign
from surrogate.store.base import CampaignRecord, Lease
from surrogate.store.doctor import examine
from surrogate.store.sql import SqlStore, open_store
from surrogate.workers.base import Limits
from surrogate.workers.local import LocalEngine
from tests.test_runner import Follower

ROOT = str(Path(__file__).parents[1])
NAME = "tortured"
SLOTS = 3
PAUSE = 0.01  # seconds of a run
REFIT = 0.02  # seconds of a refit
NEVER = 10**6  # runs: more than any life settles
LASTS = {"claim": 0.006, "commit": 0.006, "refit": REFIT}  # seconds, about
_MARK = "SURROGATE_TORTURED"  # in the environment of all that a life starts
_PATIENCE = 60.0


@dataclass(frozen=True)
class Toll:
    """How many blows are wanted: inside each place, at any moment, and of what else."""

    inside: int = 30
    anywhere: int = 40
    group: int = 30
    workers: int = 40


@dataclass
class Damage:
    """What was done, by where the blow fell, and what had been acknowledged."""

    blows: Counter[str] = field(default_factory=Counter)
    acknowledged: list[tuple[int, float]] = field(default_factory=list)
    left_behind: int = 0


class _Saying:
    """The pipe on which a life says what it does."""

    def __init__(self, says: int) -> None:
        self._says = says

    def say(self, words: str) -> None:
        os.write(self._says, f"{words}\n".encode())

    @contextmanager
    def inside(self, place: str) -> Iterator[None]:
        self.say(f"enter {place}")
        yield
        self.say(f"leave {place}")


class _ToldStore(SqlStore):
    """The store itself, with a word before and after each claim and commit."""

    def __init__(self, location: str, saying: _Saying) -> None:
        super().__init__(location)
        self._saying = saying

    def claim(
        self, campaign: str, worker: str, count: int, *, now: float, seconds: float
    ) -> tuple[Lease, ...]:
        with self._saying.inside("claim"):
            return super().claim(campaign, worker, count, now=now, seconds=seconds)

    def add_claimed(self, *given: Any, **named: Any) -> tuple[Lease, ...]:
        with self._saying.inside("claim"):
            return super().add_claimed(*given, **named)

    def record(self, campaign: str, runs: Sequence[Run], *, retry: Sequence[int] = ()) -> None:
        with self._saying.inside("commit"):
            super().record(campaign, runs, retry=retry)
        for run in runs:
            if run.values:
                self._saying.say(f"safe {run.query} {run.values['y']!r}")


@dataclass(frozen=True)
class _ToldMind(Follower):
    """A learner that takes its time, with a word before and after each refit."""

    saying: _Saying = field(default_factory=lambda: _Saying(1))

    def fit(
        self, observations: Sequence[Observation], previous: Revision | None = None
    ) -> Fitted | None:
        with self.saying.inside("refit"):
            time.sleep(REFIT)
            return super().fit(observations, previous)


def _live(location: str, says: int, runs: int) -> None:
    """One life: run the campaign until it has that many runs, or is killed."""
    saying = _Saying(says)
    source = SimulatorSource("tests.workers.small:straying", settings={"pause": PAUSE})
    with closing(_ToldStore(location, saying)) as store:
        engine = LocalEngine(source, slots=SLOTS, limits=Limits(10.0))
        try:
            orders = Orders(NAME, runs, attempts=10, backoff=0.0)
            summary = run_campaign(_ToldMind(saying=saying, patient=True), store, engine, orders)
        finally:
            engine.close(kill=True)
    saying.say(f"ended {summary.ending} {summary.message}")


class _Life:
    """A forked life and what it has said so far."""

    def __init__(self, location: str, runs: int) -> None:
        self._hears, says = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._hears)
            os.setsid()
            os.environ[_MARK] = location
            with suppress(BaseException):
                _live(location, says, runs)
            os._exit(0)
        os.close(says)
        self._rest = b""
        self.said: list[str] = []

    def hear(self, wanted: Callable[[str], bool]) -> bool:
        """Wait for such a line; False when the life has ended without it."""
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            while b"\n" in self._rest:
                line, _, self._rest = self._rest.partition(b"\n")
                self.said.append(line.decode())
                if wanted(self.said[-1]):
                    return True
            chunk = os.read(self._hears, 1 << 16)
            if not chunk:
                return False
            self._rest += chunk
        raise TimeoutError(f"a life said nothing of the kind; last: {self.said[-5:]}")

    def end(self) -> None:
        """Hear the rest once it is dead."""
        os.waitpid(self.pid, 0)
        self.hear(lambda line: False)
        os.close(self._hears)

    def processes(self) -> list[psutil.Process]:
        return list(psutil.Process(self.pid).children(recursive=True))

    def places(self) -> set[str]:
        """Where it is: entered and not left, by its last words."""
        inside: set[str] = set()
        for line in self.said:
            verb, _, place = line.partition(" ")
            if verb == "enter":
                inside.add(place)
            elif verb == "leave":
                inside.discard(place)
        return inside

    def acknowledged(self) -> list[tuple[int, float]]:
        words = [line.split() for line in self.said if line.startswith("safe ")]
        return [(int(query), float(value)) for _, query, value in words]


class Torture:
    """Kills until the toll is paid; then lets the campaign complete, and checks its ledger."""

    def __init__(
        self, location: str, seed: int, *, restart: Callable[[], None] = lambda: None
    ) -> None:
        self._location, self._restart = location, restart
        self._chance = random.Random(seed)
        self.damage = Damage()

    def inflict(self, toll: Toll, restarts: int = 0) -> Damage:
        """All the blows of `toll`, and restarts of the server; gives what was done."""
        with closing(open_store(self._location)) as store:
            store.create_campaign(CampaignRecord(NAME, {}, "", "", 0.0))
        for target in self._targets(toll):
            while not self._blow(target, toll):
                pass
        while self.damage.blows["worker"] < toll.workers:
            self._blow("anywhere", toll)
        for _ in range(restarts - self.damage.blows["server"]):
            self._blow("server", toll)
        self._complete()
        return self.damage

    def _targets(self, toll: Toll) -> list[str]:
        targets = [place for place in LASTS for _ in range(toll.inside)]
        targets += ["anywhere"] * toll.anywhere + ["group"] * toll.group
        self._chance.shuffle(targets)
        return targets

    def _blow(self, target: str, toll: Toll) -> bool:
        """One life and its end; whether it ended where it should."""
        life = _Life(self._location, NEVER)
        blows, chance = self.damage.blows, self._chance
        for _ in range(chance.randint(0, 3)):
            life.hear(lambda line: line.startswith("safe "))
        if blows["worker"] < toll.workers:
            self._kill_a_worker(life)
        if target == "server":
            self._restart()
            life.hear(lambda line: line.startswith("safe "))
        if target in LASTS:
            life.hear(lambda line: line == f"enter {target}")
            time.sleep(chance.uniform(0.0, LASTS[target]))
        else:
            time.sleep(chance.uniform(0.0, 0.05))
        where = self._kill(life, target)
        blows[where] += 1
        return where == target

    def _kill(self, life: _Life, target: str) -> str:
        family = life.processes()
        for victim in family if target == "group" else ():
            with suppress(psutil.NoSuchProcess):
                victim.kill()
        os.kill(life.pid, signal.SIGKILL)
        life.end()
        self.damage.acknowledged += life.acknowledged()
        _, alive = psutil.wait_procs([one for one in family if _is_ours(one)], timeout=10)
        self.damage.left_behind += len(alive)
        if target in LASTS:
            return target if target in life.places() else "anywhere"
        return target

    def _kill_a_worker(self, life: _Life) -> None:
        life.hear(lambda line: line.startswith("safe "))
        foremen = psutil.Process(life.pid).children()
        workers = [pid for foreman in foremen for pid in [foreman, *foreman.children()]]
        if workers:
            with suppress(psutil.NoSuchProcess):
                self._chance.choice(workers).kill()
            self.damage.blows["worker"] += 1
            life.hear(lambda line: line.startswith("safe "))

    def _complete(self) -> None:
        with closing(open_store(self._location)) as store:
            runs = len(store.queries(NAME)) + 3
        life = _Life(self._location, runs)
        life.hear(lambda line: line.startswith("ended "))
        assert life.said[-1] == f"ended {Ending.COMPLETE} {runs} runs are in", life.said[-1]
        life.end()
        self.damage.acknowledged += life.acknowledged()


def _is_ours(process: psutil.Process) -> bool:
    """Whether it is the foreman or a worker, not what a run has left behind."""
    with suppress(psutil.Error):
        return "sleep" not in process.cmdline()
    return False


def check(location: str, damage: Damage) -> dict[str, int]:
    """Raise `AssertionError` where the ledger, or the machine, is not as promised."""
    with closing(open_store(location)) as store:
        queries, counts = store.queries(NAME), store.counts(NAME)
        observed = {seen.query: seen.values["y"] for seen in store.observations(NAME)}
        done = [query.index for query in store.queries(NAME, QueryState.DONE)]
        runs = store.runs(NAME)
    acknowledged = damage.acknowledged
    lost = sum(observed.get(query) != value for query, value in acknowledged)
    assert lost == 0
    assert len(acknowledged) == len(set(acknowledged))
    assert all(observed[query.index] == query.point["x"] for query in queries)
    assert done == sorted(observed) == [query.index for query in queries] == [*range(len(queries))]
    assert counts.queries == {QueryState.DONE: len(queries)}
    assert (
        sum(counts.runs.values())
        == len(runs)
        == len({(r.query, r.attempt, r.status) for r in runs})
    )
    assert [
        found.text for found in examine(location, now=0.0, mounts="") if "fsync" not in found.text
    ] == []
    assert damage.left_behind + len(orphans(location)) == 0
    found = {"acknowledged": len(acknowledged), "lost": lost, "queries": len(queries)}
    return {**found, "orphans": damage.left_behind + len(orphans(location))}


def orphans(location: str) -> list[int]:
    """What lives of a tortured campaign have started and nobody has ended."""
    return [one.pid for one in psutil.process_iter() if _environment(one).get(_MARK) == location]


def _environment(process: psutil.Process) -> dict[str, str]:
    with suppress(psutil.Error):
        return dict(process.environ())
    return {}
