"""Adding to a campaign's queries while others may do so too: a number that is taken is no error."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from surrogate.learner import Fitted, Learner
from surrogate.records import Query, QueryState, Reason, seeds
from surrogate.space import Point
from surrogate.store.base import IndexTaken, Store
from surrogate.store.book import read

_TRIES = 100  # each failure is somebody else's success

Written = TypeVar("Written")


@dataclass(frozen=True)
class Wish:
    """A whole point that no rule chose: asked for (queued), or told of (leased to who tells)."""

    point: Point
    why: str = "told without being asked"
    state: QueryState = QueryState.LEASED
    reason: Reason = Reason.PERSON


def retaken(write: Callable[[], Written]) -> Written:
    """What `write` gives; it reads and writes anew where somebody else was faster.

    Raises `IndexTaken` where somebody was faster every time.
    """
    for _ in range(_TRIES - 1):
        try:
            return write()
        except IndexTaken:
            continue
    return write()


def entered(store: Store, campaign: str, wish: Wish, seed: int) -> Query:
    """The query that a wish has become; `seed` is the plan's."""

    def write() -> Query:
        index = sum(store.counts(campaign).queries.values())
        query = Query(index, wish.point, seeds(seed, index), wish.reason, wish.why)
        store.add_queries(campaign, [query], wish.state)
        return query

    return retaken(write)


def stock(
    store: Store,
    campaign: str,
    learner: Learner,
    current: Callable[[], Fitted | None],
    count: int,
    most: int | None = None,
) -> None:
    """Have at least `count` queries wait to be claimed; `learner` chooses those that are missing.

    There are never more than `most` in all, whoever claims meanwhile. `current` gives the surrogate
    to choose by. Raises what `Learner.ask` raises.
    """

    def write() -> None:
        if store.counts(campaign).queries.get(QueryState.QUEUED, 0) >= count:
            return
        book = read(store, campaign)
        fitted = current()  # made after the reading: what is told meanwhile is in one of the two
        left = count if most is None else most - book.chosen
        missing = min(count - len(book.waiting), left)
        if missing <= 0:
            return
        queries = learner.ask(
            missing,
            first=book.next_index,
            pending=book.pending,
            fitted=fitted,
            fruitless=tuple(book.fruitless.values()),
            observations=book.taught,
        )
        store.add_queries(campaign, queries)

    retaken(write)
