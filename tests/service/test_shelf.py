"""A reader always learns whether the surrogate that it reads knows every run."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import cast

from surrogate.learner import Fitted
from surrogate.records import Observation
from surrogate.service.shelf import Book, Shelf


def made_of(runs: Callable[[], int]) -> tuple[Fitted, tuple[Observation, ...]]:
    fitted = SimpleNamespace(revision=SimpleNamespace(number=runs()))
    return cast(Fitted, fitted), ()


def test_a_run_that_comes_just_after_a_look_is_missed_by_no_reader() -> None:
    runs = 10
    fitter = ThreadPoolExecutor(1)
    shelf = Shelf(lambda: made_of(lambda: runs), lambda: runs, fitter)
    seen: list[Book] = [shelf.latest(), shelf.latest()]
    runs = 12
    seen.append(shelf.latest())
    fitter.shutdown(wait=True)
    seen.append(shelf.latest())
    assert [(book.revision, book.current) for book in seen[:2]] == [(10, True)] * 2
    assert (seen[2].revision, seen[2].current) == (10, False)
    assert (seen[3].revision, seen[3].current) == (12, True)
