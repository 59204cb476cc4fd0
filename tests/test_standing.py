from collections import Counter

from surrogate.records import QueryState
from surrogate.standing import GAUGED_AT_MOST, is_small
from surrogate.store.base import Counts


def test_so_many_results_are_gauged_and_no_more() -> None:
    small, large = (Counts(Counter({QueryState.DONE: GAUGED_AT_MOST + k})) for k in (0, 1))
    assert (is_small(small), is_small(large)) == (True, False)
