"""What looks into the ledger showed, so that a look is taken once for each commit, not request."""

from collections.abc import Callable, Hashable
from typing import TypeVar

from surrogate.service.shelf import Cache
from surrogate.store.database import Database

Seen = TypeVar("Seen")

_MOST = 1000  # answers: a caller may make up names without an end


class Recall:
    """Remembers until anybody commits to the ledger, in this process or another. Any thread.

    On a server, where a commit is not noticed, every look is taken.
    """

    def __init__(self, base: Database) -> None:
        self._base, self._kept = base, Cache(_MOST)

    def __call__(self, question: Hashable, look: Callable[[], Seen]) -> Seen:
        """What `look` shows now; what it raises is not kept."""
        moment = self._base.moment()  # before the look, which may then see more, never less
        return look() if moment is None else self._kept.answer((question, moment), look)
