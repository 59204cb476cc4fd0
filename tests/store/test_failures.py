from collections.abc import Iterator
from pathlib import Path

import pytest

from surrogate.records import QueryState, Run, Status
from surrogate.store.amend import Word, retry, signature, summary
from surrogate.store.sql import SqlStore, open_store
from tests.contracts.store_laws import CAMPAIGN, RECORD, claimed, query

WORD = Word("ann", "the licence server is back", 5.0)
RUNS = (
    Run(0, 1, Status.ERROR, message="no licence 3 of 20 at 0x7f01"),
    Run(1, 1, Status.ERROR, message="no licence 17 of 20 at 0x7fff"),
    Run(2, 1, Status.TIMEOUT, message="no answer within its time limit of 3 s"),
    Run(3, 1, Status.ERROR, message="killed", exit_code=-9),
    Run(4, 1, Status.ERROR, message="killed", exit_code=-11),
    Run(5, 1, Status.INFEASIBLE, message="stalled"),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = open_store(tmp_path / "store.db")
    opened.create_campaign(RECORD)
    opened.add_queries(CAMPAIGN, [query(k) for k in range(6)])
    claimed(opened, 6)
    opened.record(CAMPAIGN, RUNS)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("ValueError: 3.5e-7 is below -2", "ValueError: # is below #"),
        ("no file /scratch/run_17/mesh.dat, line 4\nmore", "no file ..., line #"),
        ("axis x2 of body.mass[1]", "axis x2 of body.mass[#]"),
        ("", ""),
    ],
)
def test_a_signature_keeps_the_words_and_drops_the_numbers(message: str, expected: str) -> None:
    assert signature(message) == expected


def test_runs_that_failed_alike_are_one_class_and_the_most_frequent_comes_first(
    store: SqlStore,
) -> None:
    first, *others = summary(store, CAMPAIGN)
    assert (first.status, first.runs) == (Status.ERROR, 2)
    assert first.message == RUNS[1].message
    assert [one.exit_code for one in others] == [None, -9, -11]


def test_the_summary_leaves_stopped_runners_out(store: SqlStore) -> None:
    before = summary(store, CAMPAIGN)
    store.requeue(CAMPAIGN, [0])
    claimed(store, 1)
    store.release(CAMPAIGN)
    assert summary(store, CAMPAIGN) == before


def test_a_query_that_was_given_up_belongs_to_the_class_of_its_last_run(store: SqlStore) -> None:
    assert retry(store, CAMPAIGN, WORD, status=Status.TIMEOUT) == (2,)
    claimed(store, 1)
    store.record(CAMPAIGN, [Run(2, 2, Status.ERROR, message="broke")])
    assert retry(store, CAMPAIGN, WORD, status=Status.TIMEOUT) == ()
    assert retry(store, CAMPAIGN, WORD, like="broke") == (2,)


@pytest.mark.parametrize(
    ("status", "like", "moved"),
    [
        (None, "", (0, 1, 2, 3, 4)),
        (Status.TIMEOUT, "", (2,)),
        (None, "Licence", (0, 1)),
        (Status.TIMEOUT, "licence", ()),
    ],
)
def test_a_class_is_retried_and_no_other(
    store: SqlStore, status: Status | None, like: str, moved: tuple[int, ...]
) -> None:
    assert retry(store, CAMPAIGN, WORD, status=status, like=like) == moved
    assert tuple(q.index for q in store.queries(CAMPAIGN, QueryState.QUEUED)) == moved
    assert len(store.events(CAMPAIGN)) == bool(moved)
