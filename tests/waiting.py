"""Waiting in tests: a limit that only guards against hanging, and ports given to nobody else."""

import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import count

PATIENCE = 600.0  # seconds, on a machine that is busy with other tests
# Below those that the system hands out by itself, and apart from those of tests beside these.
_PORTS = count(10_000 + os.getpid() % 1_000 * 20)


def happens(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait until it holds; fails where it never does."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.01)


def free_port() -> int:
    """A port of loopback at which nothing listens, and that is given to nobody else here."""
    for port in _PORTS:
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("unreachable: ports are counted without an end")
