"""What looks into the ledger showed, so that a look is taken once for each commit, not request."""

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from surrogate.store.database import Database

Seen = TypeVar("Seen")

_MOST = 1000  # answers: a caller may make up names without an end


class Recall:
    """Remembers until anybody commits to the ledger, in this process or another. Any thread.

    On a server, where a commit is not noticed, every look is taken.
    """

    def __init__(self, base: Database) -> None:
        self._base = base
        self._guard = threading.Lock()
        self._moment: int | None = None
        self._kept: dict[Hashable, Any] = {}

    def __call__(self, question: Hashable, look: Callable[[], Seen]) -> Seen:
        """What `look` shows now; what it raises is not kept."""
        moment = self._base.moment()  # before the look, which may then see more, never less
        if moment is None:
            return look()
        with self._guard:
            if moment != self._moment or len(self._kept) >= _MOST:
                self._moment, self._kept = moment, {}
            if question in self._kept:
                found: Seen = self._kept[question]
                return found
        seen = look()
        with self._guard:
            if moment == self._moment:
                self._kept[question] = seen
        return seen
