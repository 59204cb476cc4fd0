from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from surrogate.goal import Goal
from surrogate.learner import Fitted, Learner
from surrogate.models.recipes import recipe_for
from surrogate.outcome import Binary
from surrogate.queueing import Wish, entered, retaken, stock
from surrogate.records import Query
from surrogate.space import Real, Space
from surrogate.store.base import IndexTaken
from surrogate.store.sql import SqlStore, open_store
from tests.contracts.store_laws import CAMPAIGN, RECORD, claimed, ok


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


SEEN: list[set[int]] = []


class Listening(Learner):
    """A learner that notes which queries it was told are in flight."""

    def ask(self, count: int, **request: Any) -> tuple[Query, ...]:
        SEEN.append({query.index for query in request["pending"]})
        return super().ask(count, **request)


def test_what_is_told_while_a_surrogate_is_made_is_not_forgotten(store: SqlStore) -> None:
    goal, recipe = Goal.boundary(0.5), recipe_for(Binary("goal"), 1)
    learner = Listening(Space({"x": Real(0, 1)}), Binary("goal"), goal, 1, recipe)
    stock(store, CAMPAIGN, learner, lambda: None, 1)
    claimed(store, 1)

    def made_late() -> Fitted | None:
        store.record(CAMPAIGN, [ok(0)])
        return None

    stock(store, CAMPAIGN, learner, made_late, 1)
    assert SEEN[-1] == {0}


def test_what_was_told_is_in_flight_for_a_surrogate_that_lags(store: SqlStore) -> None:
    space, outcome = Space({"x": Real(0, 1)}), Binary("goal")
    mind = Learner(space, outcome, Goal.boundary(0.5), 1, recipe_for(outcome, 1), start=6)
    for _ in range(6):
        stock(store, CAMPAIGN, mind, lambda: None, 1)
        (index,) = claimed(store, 1)
        store.record(CAMPAIGN, [ok(index, value=float(index % 2))])
    late = mind.fit(store.observations(CAMPAIGN))
    stock(store, CAMPAIGN, mind, lambda: late, 1)
    (told,) = claimed(store, 1)
    store.record(CAMPAIGN, [ok(told)])
    stock(store, CAMPAIGN, mind, lambda: late, 1)
    one, other = store.queries(CAMPAIGN)[-2:]
    assert other.pending == (one.index,) == (told,)
    assert one.point != other.point
