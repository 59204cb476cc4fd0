"""One BLAS thread for our numerics: the same bits on every machine, and no fight over cores.

Matrices here are small; a second thread costs many times what it gains beside busy workers, and
one thread and two round differently. The limit holds while anybody in this process computes.

It is set and lifted by one thread of our own: threadpoolctl from 3.8 on lets a single thread at a
time set it, and silently ignores the others; computations here begin in one and end in another.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import cache

import scipy.linalg  # noqa: F401 - loads SciPy's own BLAS, so that the controller finds it
from threadpoolctl import ThreadpoolController

_turn = threading.Lock()
_limit = ExitStack()
_inside = 0  # computations going on; the first sets the limit, the last lifts it


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


@cache
def _setter() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="surrogate-blas")


@contextmanager
def one_thread() -> Iterator[None]:
    """Limit BLAS to one thread until the last computation that asked for it has ended."""
    global _inside  # noqa: PLW0603 - a count of this process's, under the lock
    with _turn:
        if _inside == 0:
            _setter().submit(lambda: _limit.enter_context(_controller().limit(limits=1))).result()
        _inside += 1
    try:
        yield
    finally:
        with _turn:
            _inside -= 1
            if _inside == 0:
                _setter().submit(_limit.close).result()
