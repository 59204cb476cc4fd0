import math
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import repeat
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from surrogate.bidding import STARTED, Bid, bid
from surrogate.clock import Clock
from surrogate.errors import StoreError
from surrogate.learner import Fitted
from surrogate.models.base import LookAhead
from surrogate.oracle import SimulatorSource
from surrogate.processes import Brake
from surrogate.records import Observation, Query, QueryState, Reason, Revision, Run, Status, seeds
from surrogate.runner import Ending, Orders, Progress, Summary, run_campaign
from surrogate.session import PAUSED, complaint
from surrogate.standing import ended_by_rule, warnings_of
from surrogate.stopping import Expected, Spent, Standing
from surrogate.store.base import CampaignRecord, Lease, StoreAway
from surrogate.store.book import Endings, standings
from surrogate.store.sql import SqlStore, open_store
from surrogate.workers.base import Limits
from surrogate.workers.local import LocalEngine
from tests.clocks import ManualClock

ROOT = str(Path(__file__).parents[1])
NAME = "shots"


@dataclass(frozen=True)
class Follower:
    """A learner whose every choice depends on all that its surrogate has seen.

    It fails the test when it is asked for an index twice, unless it is `patient`. `limit` is where
    its questions end.
    """

    limit: int = 10**9
    thought: float = 0.0
    patient: bool = False
    asked: Counter[int] = field(default_factory=Counter)

    def fit(
        self, observations: Sequence[Observation], previous: Revision | None = None
    ) -> Fitted | None:
        known = [o for o in observations if o.feasible]
        if not known:
            return None
        number = previous.number + 1 if previous else 1
        total = math.fsum(o.values["y"] for o in known)
        revision = Revision(number, tuple(o.query for o in observations), "sum", {"total": total})
        return self.restore(observations, revision)

    def restore(self, observations: Sequence[Observation], revision: Revision) -> Fitted:
        nothing = cast(LookAhead, None)
        return Fitted(nothing, revision, ready=True, units=np.empty((0, 1)))

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
        number = fitted.revision.number if fitted else 0
        total = float(fitted.revision.hyperparameters["total"]) if fitted else 0.0
        indices = range(first, min(first + count, self.limit))
        for index in indices:
            self.asked[index] += 1
            assert self.patient or self.asked[index] == 1
        flying = tuple(query.index for query in pending)
        return tuple(
            Query(
                index=index,
                point={"x": (0.618034 * (index + 1) + total) % 1.0},
                seed=seeds(1, index),
                reason=Reason.BOUNDARY,
                why=f"question {index}",
                revision=number,
                pending=flying,
            )
            for index in indices
        )


@dataclass(frozen=True)
class Crowded(Follower):
    """A learner that is overtaken once: while it thinks, a person adds a query of that index."""

    add: Callable[[int], None] = lambda index: None

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
        if first and not self.asked[-1]:
            self.asked[-1] = 1
            self.add(first)
            return Follower().ask(count, first=first, pending=pending, fitted=fitted)
        return super().ask(count, first=first, pending=pending, fitted=fitted)


Play = Callable[..., Summary]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = open_store(tmp_path / "store.db")
    opened.create_campaign(CampaignRecord(NAME, {}, "", "", 0.0))
    yield opened
    opened.close()


@pytest.fixture
def play(store: SqlStore) -> Play:
    def session(
        attribute: str,
        runs: int,
        *,
        slots: int = 3,
        learner: Follower | None = None,
        orders: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Summary:
        source = SimulatorSource(
            f"tests.workers.small:{attribute}",
            settings=options.pop("settings", {}),
            paths=(ROOT,),
        )
        limits = Limits(options.pop("seconds", 10.0))
        with closing(LocalEngine(source, slots=slots, limits=limits)) as engine:
            return run_campaign(
                learner or Follower(),
                store,
                engine,
                replace(Orders(NAME, runs), **(orders or {})),
                clock=cast(Clock | None, options.pop("clock", None)),
                observe=options.pop("observe", None),
            )

    return session


def check_ledger(store: SqlStore) -> None:
    """What holds whenever nobody is running: the records agree with each other."""
    counts, queries = store.counts(NAME), store.queries(NAME)
    assert sum(counts.queries.values()) == len(queries)
    assert [query.index for query in queries] == list(range(len(queries)))
    assert counts.queries.get(QueryState.LEASED, 0) == 0
    done = [query.index for query in store.queries(NAME, QueryState.DONE)]
    assert [seen.query for seen in store.observations(NAME)] == done
    numbers = {revision.number for revision in store.revisions(NAME)} | {0}
    assert {query.revision for query in queries} <= numbers


def interrupt_once(condition: Callable[[Progress], bool], times: int = 1) -> Any:
    """An observer that sends this process SIGINT when the progress says so."""
    left = [times]

    def observe(progress: Progress) -> None:
        while left[0] and condition(progress):
            left[0] -= 1
            signal.raise_signal(signal.SIGINT)

    return observe


def test_a_campaign_runs_its_budget_and_no_query_more(store: SqlStore, play: Play) -> None:
    summary = play("steady", 30)
    check_ledger(store)
    assert summary.ending is Ending.COMPLETE
    assert summary.message == "30 runs are in"
    assert store.counts(NAME).queries == {QueryState.DONE: 30}
    assert store.counts(NAME).runs == {Status.OK: 30}


def test_the_last_revision_has_seen_every_result(store: SqlStore, play: Play) -> None:
    play("steady", 12)
    latest = store.latest_revision(NAME)
    assert latest is not None
    assert latest.seen == tuple(range(12))


def test_a_campaign_that_is_complete_runs_nothing_more(store: SqlStore, play: Play) -> None:
    play("steady", 10)
    learner = Follower()
    assert play("steady", 10, learner=learner).ending is Ending.COMPLETE
    assert not learner.asked
    assert len(store.runs(NAME)) == 10


def test_a_larger_budget_continues_a_complete_campaign(store: SqlStore, play: Play) -> None:
    play("steady", 10)
    play("steady", 16)
    check_ledger(store)
    assert len(store.runs(NAME)) == 16


@pytest.mark.parametrize("slots", [1, 4])
def test_in_rounds_any_number_of_workers_asks_the_same(
    store: SqlStore, play: Play, slots: int
) -> None:
    play("mixed", 20, slots=slots, orders={"rounds": True, "batch": 5, "backoff": 0.0})
    check_ledger(store)
    total, expected = 0.0, list[float]()
    for index in range(20):
        if index and index % 5 == 0:
            total = math.fsum(x for x in expected if x >= 0.5)
        expected.append((0.618034 * (index + 1) + total) % 1.0)
    assert [query.point["x"] for query in store.queries(NAME)] == expected


def test_in_rounds_an_interrupted_campaign_asks_what_it_would_have_asked(
    store: SqlStore, play: Play
) -> None:
    rounds = {"rounds": True, "batch": 4}
    settings = {"pause": 0.05}
    observe = interrupt_once(lambda progress: progress.done >= 6, times=2)
    cut = play("steady", 16, orders=rounds, settings=settings, observe=observe)
    assert cut.interrupted
    assert play("steady", 16, orders=rounds, settings=settings).ending is Ending.COMPLETE
    xs = [float(query.point["x"]) for query in store.queries(NAME)]
    for start in (4, 8, 12):
        total = math.fsum(xs[:start])
        assert xs[start] == (0.618034 * (start + 1) + total) % 1.0


def test_what_runs_or_waits_is_told_to_whoever_chooses(store: SqlStore, play: Play) -> None:
    play("steady", 30, settings={"pause": 0.01})
    for query in store.queries(NAME):
        seen = next((r.seen for r in store.revisions(NAME) if r.number == query.revision), ())
        earlier = [q for q in range(query.index) if q not in seen and q not in query.pending]
        together = [q.index for q in store.queries(NAME) if q.pending == query.pending]
        assert set(earlier) <= set(together) | set(seen)


def test_an_error_is_tried_again_after_a_pause(store: SqlStore, play: Play, tmp_path: Path) -> None:
    clock = ManualClock(1000.0)
    settings = {"folder": str(tmp_path)}
    summary = play("flaky", 4, orders={"backoff": 30.0}, settings=settings, clock=clock)
    assert summary.ending is Ending.COMPLETE
    assert store.counts(NAME).runs == {Status.ERROR: 4, Status.OK: 4}
    assert 1030.0 <= clock.now() < 1060.0


def test_a_point_that_never_works_is_given_up_after_three_attempts(
    store: SqlStore, play: Play
) -> None:
    summary = play("mixed", 16, orders={"backoff": 0.0})
    check_ledger(store)
    given_up = store.queries(NAME, QueryState.GIVEN_UP)
    assert given_up
    for query in given_up:
        assert [run.attempt for run in store.runs(NAME, query.index)] == [1, 2, 3]
    assert summary.ending is Ending.COMPLETE
    assert (summary.progress.given_up, summary.progress.settled) == (len(given_up), 16)
    assert store.counts(NAME).runs[Status.INFEASIBLE] > 0


def test_a_timeout_is_given_up_at_once(store: SqlStore, play: Play) -> None:
    play("stuck", 4, seconds=0.3, orders={"backoff": 0.0})
    (hung,) = store.queries(NAME, QueryState.GIVEN_UP)
    assert [run.status for run in store.runs(NAME, hung.index)] == [Status.TIMEOUT]


def test_a_timeout_is_learned_from_where_the_plan_says_that_late_declines(
    store: SqlStore, play: Play
) -> None:
    play("stuck", 4, seconds=0.3, orders={"late_declines": True})
    (hung,) = [each for each in store.observations(NAME) if not each.feasible]
    assert "0.3" in hung.message
    assert not store.queries(NAME, QueryState.GIVEN_UP)


def test_nothing_new_is_chosen_once_runs_have_cost_what_they_may(
    store: SqlStore, play: Play
) -> None:
    summary = play("steady", 40, orders={"cost": 1e-6})
    assert summary.ending is Ending.COMPLETE
    assert "all that they may" in summary.message
    assert 0 < len(store.observations(NAME)) < 40


def test_a_campaign_whose_runs_all_fail_stops_and_says_what_it_saw(
    store: SqlStore, play: Play
) -> None:
    summary = play("broken", 400)
    assert summary.stopped
    assert "points failed, so the campaign was stopped" in summary.message
    assert "RuntimeError: no game build found" in summary.message
    assert len(store.runs(NAME)) < 30
    check_ledger(store)


def endings(ended: Iterable[tuple[Status, str]]) -> Endings:
    """A session in which so many points ended so, each with its message."""
    counted = Endings()
    for index, (status, message) in enumerate(ended):
        counted.count(
            Run(index, 1, status, {"y": 0.0} if status is Status.OK else {}, message=message)
        )
    return counted


@pytest.mark.parametrize(
    ("ended", "stops"),
    [
        ({Status.ERROR: 4}, False),
        ({Status.ERROR: 5}, True),
        ({Status.TIMEOUT: 3, Status.LOST: 2}, True),
        ({Status.ERROR: 5, Status.OK: 1}, False),
        ({Status.INFEASIBLE: 50}, False),
        ({Status.ERROR: 10, Status.OK: 10}, False),
        ({Status.ERROR: 11, Status.OK: 10}, True),
        ({Status.ERROR: 10, Status.OK: 9}, False),
        ({}, False),
    ],
)
def test_five_failures_at_once_or_more_than_half_of_twenty_are_too_many(
    ended: dict[Status, int], stops: bool
) -> None:
    statuses = [status for status, count in ended.items() for _ in range(count)]
    assert bool(complaint(endings(zip(statuses, repeat("boom"))))) is stops


def test_repeated_attempts_at_one_point_are_one_failure() -> None:
    again = Endings()
    for attempt in range(1, 9):
        again.count(Run(0, attempt, Status.ERROR, message="boom"))
    assert complaint(again) == ""


def test_a_complaint_names_the_most_common_failures_first() -> None:
    words = complaint(endings((Status.ERROR, message) for message in "abbbbbccd"))
    assert words.endswith("stopped: b (5 times); c (2 times); a (1 times)")
    assert words.startswith("9 of 9 points failed")


def test_an_interrupt_lets_running_simulations_finish(store: SqlStore, play: Play) -> None:
    before = signal.getsignal(signal.SIGINT)
    observe = interrupt_once(lambda progress: progress.in_flight == 3)
    summary = play("steady", 40, settings={"pause": 0.4}, observe=observe)
    check_ledger(store)
    assert summary.interrupted
    assert summary.message.endswith("nothing recorded is lost, and the same command continues")
    assert store.counts(NAME).runs == {Status.OK: summary.progress.done}
    assert 3 <= summary.progress.done < 40
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_interrupt_ends_running_simulations_at_once(store: SqlStore, play: Play) -> None:
    observe = interrupt_once(lambda progress: progress.in_flight == 3, times=2)
    began = time.monotonic()
    play("steady", 40, settings={"pause": 60.0}, observe=observe, seconds=100.0)
    assert time.monotonic() - began < 20
    check_ledger(store)
    assert store.counts(NAME).runs == {Status.LOST: 3}
    play("steady", 5)
    assert store.counts(NAME).queries[QueryState.DONE] == 5
    check_ledger(store)


def test_what_people_add_while_it_runs_is_run_too(store: SqlStore, play: Play) -> None:
    def add(index: int) -> None:
        store.add_queries(NAME, [Query(index, {"x": 0.125}, 1, Reason.PERSON, "a hunch")])

    play("steady", 24, learner=Crowded(add=add))
    check_ledger(store)
    assert "a hunch" in [query.why for query in store.queries(NAME, QueryState.DONE)]
    assert store.counts(NAME).queries == {QueryState.DONE: 24}


def test_one_campaign_is_run_by_one_process(store: SqlStore, play: Play) -> None:
    with (
        store.hold(NAME, "surrogate run"),
        pytest.raises(StoreError, match="is being run already by"),
    ):
        play("steady", 4)


def test_when_the_learner_fails_its_error_is_raised_and_results_stay(
    store: SqlStore, play: Play
) -> None:
    learner = Follower()
    learner.asked[12] = 1
    with pytest.raises(AssertionError):
        play("steady", 40, learner=learner)
    assert store.counts(NAME).runs[Status.OK] > 0
    play("steady", 40)
    check_ledger(store)
    assert store.counts(NAME).queries == {QueryState.DONE: 40}


def test_when_nothing_is_left_to_ask_the_campaign_is_complete(play: Play) -> None:
    summary = play("steady", 40, learner=Follower(limit=7))
    assert summary.ending is Ending.COMPLETE
    assert summary.message == "7 runs, and nothing is left to ask"


def test_progress_counts_up_to_the_budget(play: Play) -> None:
    seen: list[Progress] = []
    play("steady", 24, settings={"pause": 0.1}, observe=seen.append, orders={"stand": stand})
    assert [p.done for p in seen] == sorted(p.done for p in seen)
    assert all(0 <= p.in_flight <= 3 and 0.0 <= p.busy <= 1.0 for p in seen)
    assert all(p.done + p.in_flight + p.queued <= p.total == 24 for p in seen)
    last = seen[-1]
    assert (last.done, last.in_flight, last.queued, last.seconds_left) == (24, 0, 0, 0.0)
    assert last.outlook.error == 1 / 24
    assert last.rate > 0


def stand(fitted: Fitted, before: Fitted | None, observations: Sequence[Observation]) -> Standing:
    """An error that falls as one over the runs; nothing stops that knows no surrogate before."""
    runs = len(fitted.revision.seen)
    return Standing(runs, trusted=before is not None, error=1 / runs)


RULE = Expected(times=2, enough=1 / 18)


def test_a_campaign_ends_when_its_rule_says_enough(store: SqlStore, play: Play) -> None:
    summary = play("steady", 60, orders={"stand": stand, "stop": RULE, "rounds": True, "batch": 4})
    check_ledger(store)
    assert summary.ending is Ending.COMPLETE
    assert summary.progress.done == 24
    assert summary.message.startswith("24 runs are in, and that is enough: the map expects")
    assert ended_by_rule(store, NAME) == summary.message


def test_a_campaign_that_ended_by_its_rule_runs_nothing_more(store: SqlStore, play: Play) -> None:
    orders = {"stand": stand, "stop": RULE}
    done = play("steady", 60, orders=orders).progress.done
    again = play("steady", 60, orders=orders)
    assert again.progress.done == done < 60
    assert again.message.startswith(f"{done} runs are in, and that is enough")
    without = play("steady", done + 6)
    assert without.progress.done == done + 6


def test_an_interrupted_campaign_stops_where_an_uninterrupted_one_does(
    store: SqlStore, play: Play
) -> None:
    orders = {"stand": stand, "stop": RULE, "rounds": True, "batch": 4}
    brake = Brake()

    def tired(fitted: Fitted, before: Fitted | None, known: Sequence[Observation]) -> Standing:
        if len(known) == 8:
            brake.pull()
        return stand(fitted, before, known)

    assert play("steady", 60, orders={**orders, "stand": tired, "brake": brake}).interrupted
    assert play("steady", 60, orders=orders).progress.done == 24
    errors = [each.error for each in standings(store, NAME).values()]
    assert errors[:2] == [1 / 4, 1 / 8]
    assert errors[-2:] == [1 / 20, 1 / 24]


def test_a_budget_of_seconds_counts_all_sessions_together(store: SqlStore, play: Play) -> None:
    clock = ManualClock(1000.0)

    def tick(progress: Progress) -> None:
        clock.sleep(1.0)

    def tired(progress: Progress) -> None:
        tick(progress)
        stop(progress)

    orders = {"stand": stand, "stop": Spent(seconds=20.0), "rounds": True, "batch": 2}
    stop = interrupt_once(lambda p: p.done >= 4)
    play("steady", 1000, orders=orders, clock=clock, observe=tired)
    before = max(each.seconds for each in standings(store, NAME).values())
    assert 0 < before < 20
    play("steady", 1000, orders=orders, clock=clock, observe=tick)
    after = max(each.seconds for each in standings(store, NAME).values())
    assert 20 <= after < 40
    assert ended_by_rule(store, NAME)


KILLED = """
import sys
from tests.test_runner import *
store = open_store(sys.argv[1])
source = SimulatorSource("tests.workers.small:steady", settings={"pause": 0.02}, paths=(ROOT,))
def tell(progress):
    print(progress.done, flush=True)
run_campaign(Follower(), store, LocalEngine(source, slots=3, limits=Limits(10.0)),
             Orders(NAME, 1000), observe=tell)
"""


def test_a_campaign_that_is_killed_loses_nothing_and_continues(
    store: SqlStore, play: Play, tmp_path: Path
) -> None:
    said = 0
    command = [sys.executable, "-c", KILLED, str(tmp_path / "store.db")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as program:
        assert program.stdout is not None
        while said < 10:
            said = int(program.stdout.readline())
        program.kill()
    assert store.counts(NAME).queries[QueryState.DONE] >= said
    goal = store.counts(NAME).queries[QueryState.DONE] + 10
    play("steady", goal)
    check_ledger(store)
    assert store.counts(NAME).queries[QueryState.DONE] == goal


@pytest.mark.slow
def test_sixteen_workers_stay_busy_while_the_learner_thinks(store: SqlStore, play: Play) -> None:
    learner = Follower(thought=0.3)
    summary = play("steady", 300, slots=16, learner=learner, settings={"pause": 1.5})
    assert summary.progress.busy >= 0.9


def test_a_lease_that_somebody_else_let_run_out_is_taken_up_again(
    store: SqlStore, play: Play
) -> None:
    taken: list[int] = []

    def take(progress: Progress) -> None:
        if not taken:
            mine = Query(500, {"x": 0.5}, 7, Reason.PERSON, "by hand")
            store.add_queries(NAME, [mine])
            leases = store.claim(NAME, "another", 100, now=0.0, seconds=1.0)
            taken.extend(lease.query.index for lease in leases)

    play("steady", 40, settings={"pause": 0.05}, orders={"lease": 0.3}, observe=take)
    assert 500 in taken
    for index in taken:
        ended = [run.status for run in store.runs(NAME, index)]
        assert ended == [Status.LOST, Status.OK]
    assert store.counts(NAME).queries[QueryState.DONE] == 40


@pytest.mark.parametrize("way", ["add_claimed", "claim"])
def test_what_was_leased_when_the_store_went_away_is_run_all_the_same(
    store: SqlStore, play: Play, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    wishes = [Query(k, {"x": 0.5}, seeds(1, k), Reason.PERSON, "mine") for k in range(2)]
    store.add_queries(NAME, wishes)
    store.claim(NAME, "a person", 1, now=0.0, seconds=1e9)
    lease: Callable[..., tuple[Lease, ...]] = getattr(store, way)
    lost: list[tuple[Lease, ...]] = []

    def unheard(*given: Any, **named: Any) -> tuple[Lease, ...]:
        leases = lease(*given, **named)  # what the store keeps, whether or not we hear of it
        if leases and not lost:
            lost.append(leases)
            raise StoreAway("the connection broke")
        return leases

    monkeypatch.setattr(store, way, unheard)
    play("steady", 30, clock=ManualClock(), learner=Follower(patient=True))
    assert lost
    assert store.counts(NAME).queries == {QueryState.DONE: 29, QueryState.LEASED: 1}
    assert [query.index for query in store.queries(NAME, QueryState.LEASED)] == [0]
    assert {run.attempt for run in store.runs(NAME)} == {1}


def test_what_others_hold_is_left_to_them_and_told(store: SqlStore, play: Play) -> None:
    store.add_queries(NAME, [Query(0, {"x": 0.5}, 7, Reason.PERSON, "by hand")])
    store.claim(NAME, "a person", 1, now=time.time(), seconds=3600.0)
    summary = play("steady", 8)
    assert [query.index for query in store.queries(NAME, QueryState.LEASED)] == [0]
    assert summary.message == (
        "7 runs are in and 1 are with others: run again when they have been told"
    )


def test_the_log_says_that_a_campaign_paused_itself_and_that_it_was_started_again(
    store: SqlStore, play: Play
) -> None:
    play("broken", 400)
    kinds = [event.kind for event in store.events(NAME)]
    assert kinds == [STARTED, PAUSED]
    assert "no game build found" in warnings_of(store, NAME)[0]
    play("steady", 6)
    assert warnings_of(store, NAME) == ()


def test_what_failed_is_tried_again_by_another_worker(
    store: SqlStore, play: Play, tmp_path: Path
) -> None:
    play("flaky", 6, orders={"backoff": 0.0}, settings={"folder": str(tmp_path)})
    for query in store.queries(NAME):
        failed, worked = store.runs(NAME, query.index)
        assert (failed.status, worked.status) == (Status.ERROR, Status.OK)
        assert failed.worker != worked.worker


def test_a_paused_campaign_begins_nothing_until_it_resumes(store: SqlStore, play: Play) -> None:
    heard: list[Progress] = []

    def observe(progress: Progress) -> None:
        if progress.done >= 4 and not heard:
            bid(store, NAME, Bid.PAUSE, "ann", now=0.0)
            heard.append(progress)
        elif "paused by ann" in progress.message and not progress.in_flight:
            heard.append(progress)
            if len(heard) == 4:
                bid(store, NAME, Bid.RESUME, "ann", now=0.0)

    summary = play("steady", 30, settings={"pause": 0.05}, observe=observe)
    assert heard[1].done == heard[2].done == heard[3].done < 30
    assert summary.progress.done == 30


def test_a_campaign_that_is_bidden_to_stop_ends_and_the_next_session_goes_on(
    store: SqlStore, play: Play
) -> None:
    def observe(progress: Progress) -> None:
        if progress.done >= 4 and not store.events(NAME, [Bid.STOP]):
            bid(store, NAME, Bid.STOP, "ann", now=0.0)

    assert play("steady", 40, settings={"pause": 0.05}, observe=observe).interrupted
    check_ledger(store)
    assert play("steady", 40).ending is Ending.COMPLETE


def test_a_session_that_starts_lifts_what_was_bidden_before(store: SqlStore, play: Play) -> None:
    bid(store, NAME, Bid.PAUSE, "ann", now=0.0)
    bid(store, NAME, Bid.STOP, "ann", now=0.0)
    assert warnings_of(store, NAME) == (
        "the campaign was paused by ann; `surrogate resume` goes on",
    )
    assert play("steady", 4).ending is Ending.COMPLETE
    assert warnings_of(store, NAME) == ()


def test_pausing_twice_is_pausing_once(store: SqlStore) -> None:
    for wanted in (Bid.RESUME, Bid.PAUSE, Bid.PAUSE, Bid.RESUME, Bid.RESUME):
        bid(store, NAME, wanted, "ann", now=0.0)
    assert [event.kind for event in store.events(NAME, list(Bid))] == [Bid.PAUSE, Bid.RESUME]
