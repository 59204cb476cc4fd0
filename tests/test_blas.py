"""One BLAS thread while anybody computes, and as it was afterwards."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from threadpoolctl import ThreadpoolController, threadpool_info

from surrogate.blas import _setter, one_thread
from tests.waiting import PATIENCE


def threads() -> list[int]:
    """What each BLAS may use that knows threads: some simulator's, as Cantera's, never does."""
    return [
        library["num_threads"]
        for library in threadpool_info()
        if library["user_api"] == "blas" and library.get("threading_layer") != "disabled"
    ]


def allow(number: int) -> None:
    """Set the threads by the one thread that may: threadpoolctl ignores the others."""
    libraries = ThreadpoolController().select(user_api="blas").lib_controllers
    _setter().submit(lambda: [each.set_num_threads(number) for each in libraries]).result()


@pytest.fixture(autouse=True)
def two_before() -> Iterator[None]:
    allow(2)
    yield
    allow(1)


def test_nested_computations_share_one_limit_that_ends_with_the_last() -> None:
    before = threads()
    assert set(before) == {2}
    with one_thread():
        with one_thread():
            assert set(threads()) == {1}
        assert set(threads()) == {1}
    assert threads() == before


def test_a_computation_in_any_thread_has_one_blas_thread() -> None:
    def inside() -> list[int]:
        with one_thread():
            return threads()

    assert set(inside()) == {1}
    with ThreadPoolExecutor(1) as other:
        assert set(other.submit(inside).result()) == {1}


def test_the_limit_outlives_the_thread_that_set_it() -> None:
    before, entered, leave = threads(), threading.Event(), threading.Event()

    def first() -> None:
        with one_thread():
            entered.set()
            leave.wait(PATIENCE)

    thread = threading.Thread(target=first)
    thread.start()
    assert entered.wait(PATIENCE)
    with one_thread():
        leave.set()
        thread.join()
        assert set(threads()) == {1}
    assert threads() == before
