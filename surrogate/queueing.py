"""Adding to a campaign's queries while others may do so too: a number that is taken is no error."""

from collections.abc import Callable
from typing import TypeVar

from surrogate.records import Query, QueryState, Reason, seeds
from surrogate.space import Point
from surrogate.store.base import IndexTaken, Store

_TRIES = 100  # each failure is somebody else's success

Written = TypeVar("Written")


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


def volunteered(store: Store, campaign: str, point: Point, seed: int) -> Query:
    """A query for a whole point that a person tells of without being asked, leased to them.

    `seed` is the plan's.
    """

    def write() -> Query:
        index = len(store.queries(campaign))
        why = "told without being asked"
        query = Query(index, point, seeds(seed, index), Reason.PERSON, why)
        store.add_queries(campaign, [query], QueryState.LEASED)
        return query

    return retaken(write)
