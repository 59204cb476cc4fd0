"""What was looked up in the ledger holds until anybody commits, and no longer."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest

from surrogate.service import shelf
from surrogate.service.shelf import Recall
from surrogate.store.service_tables import Role, Tokens
from surrogate.store.sql import SqlStore, open_store


@pytest.fixture
def tokens(store: SqlStore) -> Iterator[Tokens]:
    yield Tokens(store.database)
    store.close()


def test_a_look_is_taken_once(store: SqlStore, tokens: Tokens) -> None:
    looks = count(1)
    known = Recall(store.database)
    assert [known("how many", lambda: next(looks)) for _ in range(3)] == [1, 1, 1]


def test_a_commit_of_another_process_ends_it(
    store: SqlStore, tokens: Tokens, tmp_path: Path
) -> None:
    known, other = Recall(store.database), open_store(tmp_path / "store.db")
    assert not known("any", tokens.any_in_force)
    Tokens(other.database).create("ann", Role.READER, now=1.0)
    assert known("any", tokens.any_in_force)
    other.close()


def test_what_is_raised_is_asked_again(store: SqlStore, tokens: Tokens) -> None:
    known = Recall(store.database)
    with pytest.raises(ZeroDivisionError):
        known("one", lambda: 1 // 0)
    assert known("one", lambda: 7) == 7


def test_within_what_may_be_undone_nothing_is_kept(store: SqlStore, tokens: Tokens) -> None:
    known = Recall(store.database)
    with suppress(ZeroDivisionError), store.database.write():
        tokens.create("ann", Role.READER, now=1.0)
        assert known("any", tokens.any_in_force)
        raise ZeroDivisionError
    assert not known("any", tokens.any_in_force)


def test_names_without_an_end_fill_no_memory(
    store: SqlStore, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "_MOST", 3)
    known = Recall(store.database)
    for name in range(50):
        known(name, lambda: 1)
    assert len(known._kept._kept) <= 3
