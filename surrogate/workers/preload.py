"""Importing what a simulator needs before slots are forked, so that all of them share it."""

import os
import pickle
import signal
import sys
from contextlib import suppress
from importlib import import_module

from surrogate.oracle import SimulatorSource
from surrogate.processes import children, open_files, thread_count

COLD_START_WANTED = 75  # exit code: what was imported ahead must not be forked (EX_TEMPFAIL)


def import_ahead(pickled: bytes, seconds: float) -> None:
    """Import what a `SimulatorSource` needs, in `seconds` at most.

    Ends this process where a fork could not share it safely: threads, open files and child
    processes do not survive a fork, or survive it shared. A module that fails to import is left
    for the slots to report; one that hangs ends by the alarm.
    """
    before = open_files()
    signal.setitimer(signal.ITIMER_REAL, seconds)
    with suppress(BaseException):
        source: SimulatorSource = pickle.loads(pickled)
        sys.path[:0] = [path for path in source.paths if path not in sys.path]
        if source.use:
            import_module(source.use.partition(":")[0])
    signal.setitimer(signal.ITIMER_REAL, 0)
    shared = open_files() - before
    if shared or thread_count() > 1 or children():
        os._exit(COLD_START_WANTED)
