from collections.abc import Iterator
from pathlib import Path

import pytest

from surrogate.errors import DataError
from surrogate.records import Run, Status, Verdict
from surrogate.store.amend import Reading, Word, correct, exclude, restore
from surrogate.store.sql import SqlStore, open_store
from tests.contracts.store_laws import CAMPAIGN, RECORD, bad, claimed, ok, query

WORD = Word("ann", "the sensor was loose", 5.0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = open_store(tmp_path / "store.db")
    opened.create_campaign(RECORD)
    opened.add_queries(CAMPAIGN, [query(k) for k in range(5)])
    claimed(opened, 4)
    opened.record(CAMPAIGN, [ok(0), ok(1, value=0.0), bad(2), Run(3, 1, Status.INFEASIBLE)])
    yield opened
    opened.close()


def goals(store: SqlStore) -> dict[int, float | None]:
    return {seen.query: seen.values.get("goal") for seen in store.observations(CAMPAIGN)}


def test_an_excluded_result_teaches_nothing_until_it_is_restored(store: SqlStore) -> None:
    assert exclude(store, CAMPAIGN, [0, 1], WORD) == (0, 1)
    assert goals(store) == {3: None}
    assert restore(store, CAMPAIGN, [0], WORD) == (0,)
    assert goals(store) == {0: 1.0, 3: None}


def test_what_was_recorded_stays_as_it_was(store: SqlStore) -> None:
    before = store.runs(CAMPAIGN), store.counts(CAMPAIGN)
    exclude(store, CAMPAIGN, [0], WORD)
    correct(store, CAMPAIGN, 1, Reading({"goal": 1.0, "margin": 0.2}), WORD)
    assert (store.runs(CAMPAIGN), store.counts(CAMPAIGN)) == before


def test_a_correction_replaces_what_is_learned_and_restoring_takes_it_back(
    store: SqlStore,
) -> None:
    correct(store, CAMPAIGN, 1, Reading({"goal": 1.0, "margin": 0.2}, {"margin": 0.01}), WORD)
    seen = store.observations(CAMPAIGN)[1]
    assert (seen.values, seen.sds) == ({"goal": 1.0, "margin": 0.2}, {"margin": 0.01})
    restore(store, CAMPAIGN, [1], WORD)
    assert goals(store)[1] == 0.0


def test_outcomes_that_a_correction_does_not_name_stay(store: SqlStore) -> None:
    correct(store, CAMPAIGN, 0, Reading({"goal": 0.0}), WORD)
    seen = store.observations(CAMPAIGN)[0]
    assert (seen.values, seen.sds) == ({"goal": 0.0, "margin": 0.1}, {"margin": 1e-17})


def test_a_result_can_be_corrected_to_say_that_the_simulator_declines(store: SqlStore) -> None:
    correct(store, CAMPAIGN, 0, Reading(reason="too steep"), WORD)
    assert not store.observations(CAMPAIGN)[0].feasible
    assert store.annotations(CAMPAIGN)[0].why == f"too steep: {WORD.why}"


def test_saying_the_same_twice_is_said_once(store: SqlStore) -> None:
    exclude(store, CAMPAIGN, [0], WORD)
    assert exclude(store, CAMPAIGN, [0], WORD) == ()
    assert restore(store, CAMPAIGN, [1], WORD) == ()
    assert len(store.annotations(CAMPAIGN)) == 1


def test_who_when_and_why_are_kept_and_logged(store: SqlStore) -> None:
    exclude(store, CAMPAIGN, [1], WORD)
    (said,) = store.annotations(CAMPAIGN)
    assert (said.query, said.verdict, said.who, said.at, said.why) == (
        1,
        Verdict.EXCLUDED,
        "ann",
        5.0,
        "the sensor was loose",
    )
    (event,) = store.events(CAMPAIGN)
    assert (event.at, event.kind) == (5.0, "excluded")
    assert event.text == "query 1 by ann: the sensor was loose"


@pytest.mark.parametrize("number", [2, 4])
def test_what_has_no_result_cannot_be_amended(store: SqlStore, number: int) -> None:
    with pytest.raises(DataError, match="has no result to speak of; run it, tell its outcome"):
        exclude(store, CAMPAIGN, [0, number], WORD)
    assert store.annotations(CAMPAIGN) == ()


def test_a_correction_of_other_outcomes_is_refused(store: SqlStore) -> None:
    with pytest.raises(DataError, match="values of goal, margin were expected, speed came"):
        correct(store, CAMPAIGN, 0, Reading({"speed": 3.0}), WORD)


def test_a_word_without_a_reason_is_refused() -> None:
    with pytest.raises(DataError, match="give a name and a reason"):
        Word("ann", " ", 0.0)
