"""One BLAS thread for our numerics: the same bits on every machine, and no fight over cores.

Matrices here are small; a second thread costs many times what it gains beside busy workers, and
one thread and two round differently. The limit holds while anybody in this process computes.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import scipy.linalg  # noqa: F401 - loads SciPy's own BLAS, so that the controller finds it
from threadpoolctl import ThreadpoolController

_turn = threading.Lock()
_inside: list[Any] = []  # one limiter per computation going on; the first set the limit


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


@contextmanager
def one_thread() -> Iterator[None]:
    """Limit BLAS to one thread until the last computation that asked for it has ended."""
    with _turn:
        _inside.append(None if _inside else _controller().limit(limits=1))
    try:
        yield
    finally:
        with _turn:
            limiter = _inside.pop(0) if len(_inside) == 1 else _inside.pop()
            if limiter is not None:
                limiter.restore_original_limits()
