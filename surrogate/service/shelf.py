"""What is read while a campaign goes on: its last surrogate at once, and looks into its ledger.

A fit may take a second; a reader doesn't wait for it. The shelf gives the surrogate of the last
revision that it has, says whether that one knows every run, and has the next one made beside. What
looks into the ledger showed is kept too, so that a look is taken once for each commit, not request.
"""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, TypeVar

from surrogate.learner import Fitted
from surrogate.records import Observation
from surrogate.store.database import Database

_MOST = 1000  # answers: a caller may make up names without an end
Made = TypeVar("Made")


@dataclass(frozen=True)
class Book:
    """A surrogate with the observations that it was fitted to; `current` unless more are known.

    `mark` tells it from any other: two may have one revision, since a result is put right, or told,
    without a new one in the ledger.
    """

    fitted: Fitted
    observations: tuple[Observation, ...]
    current: bool
    mark: Hashable = field(default_factory=count().__next__)

    @property
    def revision(self) -> int:
        """The surrogate's number."""
        return self.fitted.revision.number

    @property
    def standing(self) -> dict[str, Any]:
        """What every body of the surrogate says of it; see `wire.Read`."""
        return {"revision": self.revision, "current": self.current}


class Shelf:
    """The latest surrogate of one campaign. May be used from any thread."""

    def __init__(
        self,
        train: Callable[[], tuple[Fitted, tuple[Observation, ...]]],
        position: Callable[[], object],
        fitter: Executor,
    ) -> None:
        """`train` makes the surrogate of all that is recorded; `position` says where the ledger
        stands: more has been learned when it moves. Every reader asks it, so it should be quick.
        """
        self._train, self._position, self._fitter = train, position, fitter
        self._guard = threading.Lock()
        self._book: Book | None = None
        self._fitting = False
        self._mark: object = None

    @property
    def at_hand(self) -> Book | None:
        """The last surrogate that was made, if any; nobody looks whether more is known."""
        return self._book

    def latest(self) -> Book:
        """The surrogate at hand, the first one made on the spot.

        Raises `NotEnoughData` before there is a run to learn from.
        """
        with self._guard:
            book = self._book
            if book is not None:
                self._look(book)
                return self._book or book
        return self._refit()

    def _look(self, book: Book) -> None:
        """See whether the ledger has moved on. The guard is held."""
        if self._fitting or self._position() == self._mark:
            return
        self._book = replace(book, current=False)
        self._fitting = True
        self._fitter.submit(self._refit)

    def _refit(self) -> Book:
        try:
            mark = self._position()
            fitted, observations = self._train()
            made = Book(fitted, observations, current=True)
            with self._guard:
                if self._book is None or made.revision >= self._book.revision:
                    self._book, self._mark = made, mark
            return made
        finally:
            with self._guard:
                self._fitting = False


class Cache:
    """The last answers that were made, by their question; as many as fit. Any thread."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[object, Any] = {}
        self._guard = threading.Lock()

    def has(self, question: object) -> bool:
        """Whether the answer need not be made."""
        return question in self._kept

    def answer(self, question: object, make: Callable[[], Made]) -> Made:
        """What `make` gives, or gave for the same question."""
        with self._guard:
            if question in self._kept:
                found: Made = self._kept.pop(question)
                self._kept[question] = found  # now the youngest
                return found
        made = make()
        with self._guard:
            self._kept[question] = made
            while len(self._kept) > self._most:
                self._kept.pop(next(iter(self._kept)))
        return made


class Recall:
    """Remembers until anybody commits to the ledger, in this process or another. Any thread.

    On a server, where a commit is not noticed, every look is taken.
    """

    def __init__(self, base: Database) -> None:
        self._base, self._kept = base, Cache(_MOST)

    def __call__(self, question: Hashable, look: Callable[[], Made]) -> Made:
        """What `look` shows now; what it raises is not kept."""
        moment = self._base.moment()  # before the look, which may then see more, never less
        return look() if moment is None else self._kept.answer((question, moment), look)
