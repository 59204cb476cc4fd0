"""Every exception that Surrogate raises on purpose, as one tree.

    SurrogateError
    |-- PlanError          a plan, or a word given in its place, cannot be used
    |   `-- SpaceError     a space or one of its parameters is not well formed
    |-- PointError         a point does not belong to its space
    |-- SimulatorError     a simulator cannot be found, or breaks its contract
    |   |-- RunFailed      a program that is simulated with failed in one run
    |   `-- OutcomeError   an outcome is not what was declared
    |       `-- NotFinite  an outcome is NaN or infinite
    |-- DataError          observations contradict one another or the plan
    |-- NotEnoughData      an answer needs runs that have not been made yet
    |-- NothingToAsk       the space holds no further point worth a run
    `-- StoreError         the store cannot be opened, read or written
        `-- UnknownName    the store holds nothing of that name

A message says what was expected, what came, where, and what to do. A simulator's failure during
a campaign is not an exception but an observation; see `records.Status`.
"""

import os
from collections.abc import Iterable
from importlib import import_module
from typing import Any


class SurrogateError(Exception):
    """Root of the tree: catch this to catch whatever Surrogate says on purpose."""


class PlanError(SurrogateError):
    """A plan, or an argument that stands for a part of one, cannot be used as it is."""


class SpaceError(PlanError):
    """A space or one of its parameters is not well formed."""


class PointError(SurrogateError):
    """A point lacks a parameter, has one too many, or lies outside its range."""


class SimulatorError(SurrogateError):
    """A simulator cannot be found or imported, or breaks its contract."""


class RunFailed(SimulatorError):  # noqa: N818 - a state of affairs, read as a sentence
    """A program that a simulator is made of failed in one run; other runs may go well."""


class OutcomeError(SimulatorError):
    """A simulator returned something that its declared outcomes do not allow."""


class NotFinite(OutcomeError):  # noqa: N818 - a state of affairs, read as a sentence
    """A simulator returned NaN or an infinity."""


class DataError(SurrogateError):
    """Observations contradict one another, or the noise that the plan states."""


class NotEnoughData(SurrogateError):  # noqa: N818 - a state of affairs, read as a sentence
    """The question can be answered once more runs are in; the message says how many."""


class NothingToAsk(SurrogateError):  # noqa: N818 - a state of affairs, read as a sentence
    """Fewer different points are left than were wanted; `found` says how many there are."""

    def __init__(self, message: str, found: int = 0) -> None:
        super().__init__(message)
        self.found = found


class StoreError(SurrogateError):
    """The store cannot be opened, read or written; the message says how to mend it."""


class UnknownName(StoreError):  # noqa: N818 - as above
    """The store holds no campaign, query or run of that name."""


def unwritable(place: str | os.PathLike[str], problem: Exception) -> PlanError:
    """That a file or a folder cannot be written, and why, for whoever chose its place."""
    return PlanError(
        f"{os.fspath(place)} cannot be written: {_cause(problem)}; choose another place for it"
    )


def unreadable(what: str, problem: Exception) -> str:
    """That something cannot be read, and why; whoever raises it says what should be there."""
    return f"{what} cannot be read: {_cause(problem)}"


def _cause(problem: Exception) -> str:
    return (problem.strerror if isinstance(problem, OSError) else None) or str(problem)


def optional(module: str, kind: type[SurrogateError], why: str) -> Any:
    """A module of a package that may not be installed; raises an error of that kind where not."""
    try:
        return import_module(module)
    except ImportError as problem:
        raise kind(why) from problem


def nearest(word: str, known: Iterable[str]) -> str:
    """A question after the known word that is most like `word`, to end in a blank; "" for none.

    >>> nearest("rnus", ["runs", "cost"])
    "did you mean 'runs'? "
    """
    from difflib import get_close_matches

    return "".join(f"did you mean {near!r}? " for near in get_close_matches(word, known, 1, 0.5))
