from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from surrogate.queueing import Wish, entered, retaken
from surrogate.store.base import IndexTaken
from surrogate.store.sql import SqlStore, open_store
from tests.contracts.store_laws import CAMPAIGN, RECORD


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with closing(open_store(tmp_path / "store.db")) as opened:
        opened.create_campaign(RECORD)
        yield opened


def test_points_told_at_the_same_moment_all_get_numbers_of_their_own(store: SqlStore) -> None:
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda k: entered(store, CAMPAIGN, Wish({"x": k}), 1), range(12)))
    assert sorted(query.index for query in told) == list(range(12))
    assert len({query.seed for query in told}) == 12


def test_who_is_slower_every_time_is_told() -> None:
    tries: list[int] = []

    def write() -> None:
        tries.append(1)
        raise IndexTaken("taken")

    with pytest.raises(IndexTaken):
        retaken(write)
    assert len(tries) == 100
