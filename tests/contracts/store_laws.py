"""What every store promises, written once. A new store's test is a subclass with a fixture.

The subclass gives `store`: an open store that holds one campaign, `CAMPAIGN`, and nothing else.
"""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from surrogate.errors import StoreError, UnknownName
from surrogate.records import (
    Annotation,
    Lineage,
    Query,
    QueryState,
    Reason,
    Revision,
    Run,
    Sentinel,
    Status,
    Verdict,
)
from surrogate.store.base import (
    CONTRADICTION,
    MOST_LAPSES,
    CampaignRecord,
    Counts,
    IndexTaken,
    Lease,
    Store,
    Tally,
)

CAMPAIGN = "shots"
RECORD = CampaignRecord(CAMPAIGN, {"goal": {"level": 0.5}}, "abc", "v1", 100.0)


def query(index: int) -> Query:
    return Query(
        index=index,
        point={"body.mass[1]": 0.1 + index, "n": index, "side": "left"},
        seed=2**62 + index,
        reason=Reason.BOUNDARY,
        why="where the line may run",
        gain=1 / 3,
        gain_unit="share of the space",
        revision=2,
        pending=(1, 2),
        effort="quick",
    )


def ok(index: int, attempt: int = 1, value: float = 1.0) -> Run:
    return Run(
        query=index,
        attempt=attempt,
        status=Status.OK,
        values={"goal": value, "margin": 0.1},
        sds={"margin": 1e-17},
        cost=93.0,
        detail={"ending": "post", "path": [1.5, None]},
        message="",
        output="kick\n",
        started=1.7e9,
        seconds=1.55,
        worker="local-3",
        host="here",
        version="v1",
    )


def bad(index: int, attempt: int = 1, status: Status = Status.ERROR) -> Run:
    return Run(index, attempt, status, message="it broke", exit_code=-11)


def claimed(store: Store, count: int) -> list[int]:
    leases = store.claim(CAMPAIGN, "w", count, now=0.0, seconds=10.0)
    return [lease.query.index for lease in leases]


def states(store: Store) -> dict[QueryState, list[int]]:
    return {state: [q.index for q in store.queries(CAMPAIGN, state)] for state in QueryState}


class StoreLaws:
    """Inherit, and give a `store`."""

    def test_records_come_back_as_they_were_written(self, store: Store) -> None:
        store.add_queries(CAMPAIGN, [query(0)])
        claimed(store, 1)
        store.record(CAMPAIGN, [ok(0)])
        assert store.queries(CAMPAIGN) == (query(0),)
        assert store.runs(CAMPAIGN) == (ok(0),)
        assert store.campaigns() == (RECORD,)

    def test_a_query_goes_from_queued_to_leased_to_done(self, store: Store) -> None:
        store.add_queries(CAMPAIGN, [query(0)])
        assert states(store)[QueryState.QUEUED] == [0]
        claimed(store, 1)
        assert states(store)[QueryState.LEASED] == [0]
        store.record(CAMPAIGN, [ok(0)])
        assert states(store)[QueryState.DONE] == [0]

    def test_claims_are_disjoint_and_take_the_lowest_index_first(self, store: Store) -> None:
        store.add_queries(CAMPAIGN, [query(k) for k in (3, 1, 2, 0)])
        assert claimed(store, 3) == [0, 1, 2]
        assert claimed(store, 3) == [3]
        assert claimed(store, 3) == []

    def test_what_is_added_may_be_claimed_at_once(self, store: Store) -> None:
        store.add_queries(CAMPAIGN, [query(0)])
        leases = store.add_claimed(CAMPAIGN, [query(k) for k in (1, 2, 3)], "w", 2, expires=15.0)
        assert leases == tuple(Lease(query(k), 1, "w", 15.0) for k in (1, 2))
        assert states(store)[QueryState.LEASED] == [1, 2]
        assert claimed(store, 3) == [0, 3]
        assert store.heartbeat(CAMPAIGN, [1, 2], expires=20.0, worker="w") == (1, 2)
        assert store.release(CAMPAIGN, expired_at=16.0) == (0, 3)

    def test_where_an_index_is_taken_nothing_is_added_or_claimed(self, store: Store) -> None:
        store.add_queries(CAMPAIGN, [query(1)])
        with pytest.raises(IndexTaken):
            store.add_claimed(CAMPAIGN, [query(0), query(1)], "w", 2, expires=1.0)
        assert [one.index for one in store.queries(CAMPAIGN)] == [1]
        assert states(store)[QueryState.LEASED] == []

    def test_claims_count_the_attempts(self, store: Store) -> None:
        store.add_queries(CAMPAIGN, [query(0)])
        for attempt in (1, 2, 3):
            (lease,) = store.claim(CAMPAIGN, "w", 1, now=5.0, seconds=10.0)
            assert (lease.attempt, lease.expires) == (attempt, 15.0)
            store.record(CAMPAIGN, [bad(0, attempt)], retry=[0])

    def test_an_error_goes_back_to_the_queue_only_when_it_is_to_be_retried(
        self, store: Store
    ) -> None:
        store.add_queries(CAMPAIGN, [query(0), query(1)])
        claimed(store, 2)
        store.record(CAMPAIGN, [bad(0), bad(1)], retry=[1])
        assert states(store)[QueryState.GIVEN_UP] == [0]
        assert states(store)[QueryState.QUEUED] == [1]

    def test_recording_twice_changes_nothing(self, store: Store) -> None:
        store.add_queries(CAMPAIGN, [query(0)])
        claimed(store, 1)
        store.record(CAMPAIGN, [ok(0, value=1.0)])
        store.record(CAMPAIGN, [ok(0, value=0.0)])
        assert store.runs(CAMPAIGN) == (ok(0, value=1.0),)

    def test_recording_is_all_or_none(self, store: Store) -> None:
        store.add_queries(CAMPAIGN, [query(0)])
        claimed(store, 1)
        with pytest.raises(UnknownName, match="no query \\[7\\]"):
            store.record(CAMPAIGN, [ok(0), ok(7)])
        assert store.runs(CAMPAIGN) == ()
        assert states(store)[QueryState.LEASED] == [0]

    def test_a_query_that_is_done_gives_exactly_one_observation(self, store: Store) -> None:
        store.add_queries(CAMPAIGN, [query(0), query(1)])
        claimed(store, 2)
        store.record(CAMPAIGN, [ok(0, value=1.0)])
        store.record(CAMPAIGN, [ok(0, attempt=2, value=0.0)])
        (seen,) = store.observations(CAMPAIGN)
        assert (seen.query, seen.values["goal"], seen.cost) == (0, 1.0, 93.0)
        assert seen.point == query(0).point
        assert seen.reason is Reason.BOUNDARY

    def test_an_infeasible_run_teaches_that_the_point_is_declined(self, store: Store) -> None:
        store.add_queries(CAMPAIGN, [query(0)])
        claimed(store, 1)
        store.record(CAMPAIGN, [Run(0, 1, Status.INFEASIBLE, message="stalled")])
        (seen,) = store.observations(CAMPAIGN)
        assert not seen.feasible

    def test_a_released_lease_is_a_lost_run_and_can_be_claimed_again(self, store: Store) -> None:
        store.add_queries(CAMPAIGN, [query(0), query(1)])
        claimed(store, 1)
        assert store.release(CAMPAIGN) == (0,)
        assert [run.status for run in store.runs(CAMPAIGN)] == [Status.LOST]
        (lease, _) = store.claim(CAMPAIGN, "w", 2, now=0.0, seconds=1.0)
        assert (lease.query.index, lease.attempt) == (0, 2)

    def test_only_leases_that_ran_out_are_released_by_time(self, store: Store) -> None:
        store.add_queries(CAMPAIGN, [query(0), query(1)])
        store.claim(CAMPAIGN, "w", 1, now=0.0, seconds=10.0)
        store.claim(CAMPAIGN, "w", 1, now=5.0, seconds=10.0)
        assert store.release(CAMPAIGN, expired_at=12.0) == (0,)
        store.heartbeat(CAMPAIGN, [1], expires=40.0)
        assert store.release(CAMPAIGN, expired_at=39.0) == ()

    def test_a_heartbeat_that_names_its_worker_keeps_no_lease_of_another(
        self, store: Store
    ) -> None:
        store.add_queries(CAMPAIGN, [query(0), query(1)])
        store.claim(CAMPAIGN, "w", 1, now=0.0, seconds=10.0)
        store.claim(CAMPAIGN, "v", 1, now=0.0, seconds=10.0)
        assert store.heartbeat(CAMPAIGN, [0, 1], expires=40.0, worker="w") == (0,)
        assert store.release(CAMPAIGN, expired_at=39.0) == (1,)

    def test_a_result_that_comes_after_its_lease_was_lost_counts_once(self, store: Store) -> None:
        store.add_queries(CAMPAIGN, [query(0)])
        claimed(store, 1)
        store.release(CAMPAIGN)
        store.record(CAMPAIGN, [ok(0)])
        store.record(CAMPAIGN, [ok(0)])
        assert [run.status for run in store.runs(CAMPAIGN)] == [Status.LOST, Status.OK]
        assert len(store.observations(CAMPAIGN)) == 1
        assert claimed(store, 1) == []

    def test_leases_of_one_worker_are_released_and_those_of_others_are_not(
        self, store: Store
    ) -> None:
        store.add_queries(CAMPAIGN, [query(0), query(1)])
        store.claim(CAMPAIGN, "runner", 1, now=0.0, seconds=10.0)
        store.claim(CAMPAIGN, "a person", 1, now=0.0, seconds=10.0)
        assert store.release(CAMPAIGN, worker="runner") == (0,)
        assert states(store)[QueryState.LEASED] == [1]

    def test_a_lease_that_runs_out_again_and_again_is_given_up(self, store: Store) -> None:
        store.add_queries(CAMPAIGN, [query(0)])
        for k in range(MOST_LAPSES):
            assert claimed(store, 1) == [0]
            store.release(CAMPAIGN)  # of a runner that stopped: that does not count
            store.claim(CAMPAIGN, "w", 1, now=20.0 * k, seconds=10.0)
            assert store.release(CAMPAIGN, expired_at=20.0 * k + 10.0) == (0,)
        assert states(store)[QueryState.GIVEN_UP] == [0]
        assert store.requeue(CAMPAIGN, [0]) == (0,)

    def test_what_failed_with_one_worker_is_given_to_another_first(self, store: Store) -> None:
        store.add_queries(CAMPAIGN, [query(0), query(1)])
        store.claim(CAMPAIGN, "a", 1, now=0.0, seconds=10.0)
        store.record(CAMPAIGN, [bad(0)], retry=[0])
        leases = store.claim(CAMPAIGN, "a", 1, now=0.0, seconds=10.0)
        assert [lease.query.index for lease in leases] == [1]
        (lease,) = store.claim(CAMPAIGN, "b", 1, now=0.0, seconds=10.0)
        assert lease.query.index == 0

    def test_what_failed_with_the_only_worker_is_given_to_it_again(self, store: Store) -> None:
        store.add_queries(CAMPAIGN, [query(0)])
        claimed(store, 1)
        store.record(CAMPAIGN, [bad(0)], retry=[0])
        assert claimed(store, 1) == [0]

    @pytest.mark.parametrize(("second", "told"), [(1.0, 0), (0.0, 1)])
    def test_a_late_result_that_differs_is_kept_and_told(
        self, store: Store, second: float, told: int
    ) -> None:
        store.add_queries(CAMPAIGN, [query(0)])
        claimed(store, 1)
        store.release(CAMPAIGN)
        claimed(store, 1)
        store.record(CAMPAIGN, [ok(0, attempt=2)])
        store.record(CAMPAIGN, [ok(0, attempt=1, value=second)])
        assert [run.attempt for run in store.runs(CAMPAIGN)] == [1, 2, 1]
        assert [seen.values["goal"] for seen in store.observations(CAMPAIGN)] == [1.0]
        events = store.events(CAMPAIGN, [CONTRADICTION])
        assert len(events) == told
        if told:
            assert (
                "attempt 2 gave goal = 1, margin = 0.1, attempt 1 gave goal = 0" in events[0].text
            )

    def test_failed_runs_are_counted_by_what_they_said(self, store: Store) -> None:
        store.add_queries(CAMPAIGN, [query(k) for k in range(4)])
        claimed(store, 4)
        store.record(CAMPAIGN, [bad(0), bad(1), bad(2, status=Status.TIMEOUT), ok(3)])
        found = store.tallies(CAMPAIGN, [Status.ERROR, Status.TIMEOUT])
        assert found == (
            Tally(Status.ERROR, -11, "it broke", 2),
            Tally(Status.TIMEOUT, -11, "it broke", 1),
        )

    def test_a_late_failure_disturbs_no_newer_attempt(self, store: Store) -> None:
        store.add_queries(CAMPAIGN, [query(0)])
        claimed(store, 1)
        store.release(CAMPAIGN)
        claimed(store, 1)
        store.record(CAMPAIGN, [bad(0, attempt=1)])
        assert states(store)[QueryState.LEASED] == [0]

    def test_a_claim_that_never_began_can_be_given_back_without_a_trace(self, store: Store) -> None:
        store.add_queries(CAMPAIGN, [query(0)])
        claimed(store, 1)
        store.give_back(CAMPAIGN, [0])
        assert store.runs(CAMPAIGN) == ()
        (lease,) = store.claim(CAMPAIGN, "w", 1, now=0.0, seconds=1.0)
        assert lease.attempt == 1

    def test_counts_agree_with_the_records(self, store: Store) -> None:
        store.add_queries(CAMPAIGN, [query(k) for k in range(6)])
        claimed(store, 5)
        store.record(CAMPAIGN, [ok(0), bad(1), bad(2, status=Status.TIMEOUT)], retry=[1])
        counts = store.counts(CAMPAIGN)
        assert counts.queries == {s: len(found) for s, found in states(store).items() if found}
        assert counts.runs == {Status.OK: 1, Status.ERROR: 1, Status.TIMEOUT: 1}

    def test_an_empty_campaign_counts_nothing(self, store: Store) -> None:
        assert store.counts(CAMPAIGN) == Counts({}, {})
        assert store.observations(CAMPAIGN) == ()
        assert store.latest_revision(CAMPAIGN) is None

    def test_an_index_is_given_once(self, store: Store) -> None:
        store.add_queries(CAMPAIGN, [query(0)])
        with pytest.raises(StoreError, match="there already"):
            store.add_queries(CAMPAIGN, [query(1), query(0)])
        assert [q.index for q in store.queries(CAMPAIGN)] == [0]

    def test_revisions_come_back_in_order_and_exactly(self, store: Store) -> None:
        made = [Revision(k, tuple(range(k)), "gp", {"scale": [0.1, 1 / 3]}) for k in (1, 2)]
        for revision in made:
            store.add_revision(CAMPAIGN, revision)
        assert store.revisions(CAMPAIGN) == tuple(made)
        assert store.latest_revision(CAMPAIGN) == made[-1]

    def test_a_name_is_taken_once(self, store: Store) -> None:
        with pytest.raises(StoreError, match="'shots' is there already"):
            store.create_campaign(RECORD)

    def test_an_unknown_name_says_which_names_there_are(self, store: Store) -> None:
        with pytest.raises(UnknownName, match="no campaign 'corners'; it holds: shots"):
            store.campaign("corners")

    def test_campaigns_do_not_see_each_other(self, store: Store) -> None:
        store.create_campaign(CampaignRecord("other", {}, "x", "v", 200.0))
        store.add_queries(CAMPAIGN, [query(0)])
        store.add_queries("other", [query(0), query(1)])
        claimed(store, 5)
        assert len(store.queries("other", QueryState.QUEUED)) == 2

    def test_a_child_comes_back_with_its_lineage_and_its_question(self, store: Store) -> None:
        sentinels = (Sentinel(3, 2**62, {"x": 0.1, "side": "left"}, "boundary"),)
        lineage = Lineage(
            CAMPAIGN, "", "abc", 4, sentinels, {"added": {"w": 1.0}}, 9, 10, {"no": 1}
        )
        record = CampaignRecord("child", {}, "x", "v", 200.0, lineage, {"fixed": {"z": 1}})
        store.create_campaign(record)
        assert store.campaign("child") == record
        assert record.parent == CAMPAIGN

    def test_a_campaign_whose_child_is_there_is_not_deleted(self, store: Store) -> None:
        lineage = Lineage(CAMPAIGN, "", "abc", 4)
        store.create_campaign(CampaignRecord("child", {}, "x", "v", 200.0, lineage))
        with pytest.raises(StoreError, match="'shots' is the parent of child"):
            store.delete_campaign(CAMPAIGN)
        store.delete_campaign("child")
        store.delete_campaign(CAMPAIGN)

    def test_a_deleted_campaign_leaves_nothing(self, store: Store) -> None:
        store.add_queries(CAMPAIGN, [query(0)])
        claimed(store, 1)
        store.record(CAMPAIGN, [ok(0)])
        store.note(CAMPAIGN, "started", "by hand", now=1.0)
        store.delete_campaign(CAMPAIGN)
        store.create_campaign(RECORD)
        assert store.runs(CAMPAIGN) == ()
        assert store.queries(CAMPAIGN) == ()

    def test_a_plan_can_be_replaced(self, store: Store) -> None:
        store.update_plan(CAMPAIGN, {"goal": {"level": 0.7}})
        assert store.campaign(CAMPAIGN).plan == {"goal": {"level": 0.7}}
        assert store.campaign(CAMPAIGN).version == RECORD.version
        store.update_plan(CAMPAIGN, {}, version="v2")
        assert store.campaign(CAMPAIGN).version == "v2"
        assert store.campaign(CAMPAIGN).identity == RECORD.identity

    def test_one_holder_at_a_time_runs_a_campaign(self, store: Store) -> None:
        with store.hold(CAMPAIGN, "first") as renew:
            renew()
            with (
                pytest.raises(StoreError, match="being run already by"),
                store.hold(CAMPAIGN, "second"),
            ):
                pass
            with store.hold("another", "second"):
                pass
        with store.hold(CAMPAIGN, "second"):
            pass

    def test_the_last_word_on_a_result_holds_and_the_run_stays_as_it_was(
        self, store: Store
    ) -> None:
        store.add_queries(CAMPAIGN, [query(0), query(1)])
        claimed(store, 2)
        store.record(CAMPAIGN, [ok(0), ok(1)])
        said = [
            Annotation(0, Verdict.CORRECTED, "ann", 1.0, "typo", {"goal": 0.0}, {"goal": 0.1}),
            Annotation(1, Verdict.EXCLUDED, "ann", 2.0, "loose sensor"),
        ]
        store.annotate(CAMPAIGN, said)
        (seen,) = store.observations(CAMPAIGN)
        assert (seen.query, seen.values, seen.sds) == (0, {"goal": 0.0}, {"goal": 0.1})
        store.annotate(CAMPAIGN, [Annotation(0, Verdict.RESTORED, "bob", 3.0, "no typo")])
        assert store.observations(CAMPAIGN)[0].values == ok(0).values
        assert store.annotations(CAMPAIGN)[:2] == tuple(said)
        assert store.runs(CAMPAIGN) == (ok(0), ok(1))
        kinds = [event.kind for event in store.events(CAMPAIGN)]
        assert kinds == ["corrected", "excluded", "restored"]

    def test_annotating_is_all_or_none(self, store: Store) -> None:
        store.add_queries(CAMPAIGN, [query(0)])
        said = [Annotation(k, Verdict.EXCLUDED, "ann", 1.0, "why") for k in (0, 7)]
        with pytest.raises(UnknownName, match="no query \\[7\\]"):
            store.annotate(CAMPAIGN, said)
        assert store.annotations(CAMPAIGN) == ()
        assert store.events(CAMPAIGN) == ()

    def test_only_what_was_given_up_is_queued_again_and_its_attempts_are_kept(
        self, store: Store
    ) -> None:
        store.add_queries(CAMPAIGN, [query(k) for k in range(4)])
        claimed(store, 3)
        store.record(CAMPAIGN, [ok(0), bad(1)])
        assert store.requeue(CAMPAIGN, [0, 1, 2, 3]) == (1,)
        (lease, _) = store.claim(CAMPAIGN, "w", 2, now=0.0, seconds=1.0)
        assert (lease.query.index, lease.attempt) == (1, 2)

    def test_runs_can_be_asked_for_by_status(self, store: Store) -> None:
        store.add_queries(CAMPAIGN, [query(0), query(1)])
        claimed(store, 2)
        store.record(CAMPAIGN, [ok(0), bad(1)])
        assert store.runs(CAMPAIGN, status=[Status.ERROR]) == (bad(1),)
        assert store.runs(CAMPAIGN, 0, status=[Status.ERROR]) == ()

    def test_the_last_runs_can_be_had_without_the_others(self, store: Store) -> None:
        store.add_queries(CAMPAIGN, [query(k) for k in range(3)])
        claimed(store, 3)
        store.record(CAMPAIGN, [ok(0), bad(1), bad(2)])
        assert store.runs(CAMPAIGN, last=2) == (bad(1), bad(2))
        assert store.runs(CAMPAIGN, status=[Status.OK], last=1) == (ok(0),)

    def test_what_no_database_keeps_as_text_is_replaced_in_what_a_run_said(
        self, store: Store
    ) -> None:
        store.add_queries(CAMPAIGN, [query(0)])
        claimed(store, 1)
        said = Run(0, 1, Status.ERROR, message="a\0b", output="\ud800 half", detail={"a": "\0"})
        store.record(CAMPAIGN, [said])
        (run,) = store.runs(CAMPAIGN)
        assert (run.message, run.output) == ("a\ufffdb", "? half")
        assert run.detail == {"a": "\0"}

    def test_an_overlong_name_of_a_host_costs_no_result(self, store: Store) -> None:
        store.add_queries(CAMPAIGN, [query(0)])
        claimed(store, 1)
        store.record(CAMPAIGN, [replace(ok(0), host="h" * 300)])
        assert store.runs(CAMPAIGN)[0].host == "h" * 200

    def test_closing_twice_is_harmless(self, store: Store) -> None:
        store.close()
        store.close()


def operate(store: Store, campaign: str, operations: Sequence[tuple[str, int]]) -> None:
    """Play a random history; every operation is legal at any time."""
    for name, k in operations:
        attempts = {lease.index: 1 for lease in store.queries(campaign, QueryState.LEASED)}
        known = [q.index for q in store.queries(campaign)]
        if name == "add":
            store.add_queries(campaign, [query(len(known) + j) for j in range(k)])
        elif name == "both":
            new = [query(len(known) + j) for j in range(k)]
            store.add_claimed(campaign, new, "w", k // 2, expires=k + 2.0)
        elif name == "claim":
            store.claim(campaign, "w", k, now=float(k), seconds=2.0)
        elif name == "release":
            store.release(campaign, expired_at=None if k == 0 else float(k))
        elif name == "back":
            store.give_back(campaign, list(attempts)[:k])
        elif known:
            made = ok(known[k % len(known)]) if name == "ok" else bad(known[k % len(known)], 1 + k)
            store.record(campaign, [made], retry=[made.query] if name == "retry" else [])
