"""What runs inside a slot: loads the simulator once, then answers one task after another.

Nothing that a simulator does may reach further than this process: what it raises goes back as
text, what it prints goes into a pipe that the foreman empties, and how it dies is the foreman's
affair. What a simulator needs is imported before slots are forked, so that all of them share it;
each of its runs begins in an empty folder of its own, so that none meets what another wrote.
"""

import faulthandler
import json
import os
import pickle
import random
import shutil
import signal
import socket
import sys
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from surrogate.errors import NotFinite
from surrogate.oracle import Simulator, SimulatorSource, simulate
from surrogate.outcome import Infeasible
from surrogate.processes import (
    children,
    die_first,
    die_with_parent,
    limit_memory,
    open_files,
    stay_nice,
    thread_count,
)
from surrogate.records import Status
from surrogate.workers.base import Limits
from surrogate.workers.frames import Frames, packed, plain

_TRACE_LINES = 20
_LARGEST_MESSAGE = 2000


@dataclass(frozen=True)
class Place:
    """Where a slot runs: its own folder, and the one that the campaign was started in."""

    folder: Path
    home: Path

    def enter(self) -> None:
        """Make the folder empty and this process's working folder, whatever the last run did."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    shutil.rmtree(entry.path, ignore_errors=True)
                else:
                    with suppress(FileNotFoundError):
                        Path(entry.path).unlink()
        os.chdir(self.folder)

    def advice(self, problem: BaseException) -> str:
        """What to add to a message where a run looked for a file that lies at home."""
        named = getattr(problem, "filename", None)
        if not isinstance(problem, FileNotFoundError) or not isinstance(named, str):
            return ""
        meant = self.home / named
        if Path(named).is_absolute() or not meant.exists():
            return ""
        return f"; a run has a working folder of its own: name the file as {meant}"


def settle(written: int, parent: int, limits: Limits) -> None:
    """Make a fresh fork a slot: a session of its own, limits, and its output into the pipe."""
    os.setsid()
    stay_nice()
    die_with_parent(parent)
    die_first()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.dup2(written, 1)
    os.dup2(written, 2)
    os.close(written)
    sys.stdout = open(1, "w", buffering=1, errors="replace", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, errors="replace", closefd=False)  # noqa: SIM115
    if limits.memory_bytes is not None:
        limit_memory(limits.memory_bytes)


def serve(channel: socket.socket, source: bytes, folder: Path) -> None:
    """Load the pickled `SimulatorSource`, say so, then run tasks until the channel closes.

    Each run begins with `folder` empty and as its working folder.
    """
    place = Place(folder, Path.cwd())
    faulthandler.enable()
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    try:
        simulator: Simulator = pickle.loads(source).load()
    except BaseException as problem:
        channel.sendall(packed({"failed": _message(problem), "trace": _trace(problem)}))
        return
    channel.sendall(packed({"ready": True}))
    frames = Frames()
    while chunk := channel.recv(1 << 16):
        for frame in frames.feed(chunk):
            channel.sendall(packed(_answered(simulator, frame, place)))


def _answered(simulator: Simulator, frame: bytes, place: Place) -> dict[str, Any]:
    task = json.loads(frame)
    _seed_global_generators(task["seed"])
    started, began = time.time(), time.monotonic()
    report = {
        **_report(simulator, task, place),
        "started": started,
        "seconds": time.monotonic() - began,
    }
    sys.stdout.flush()
    sys.stderr.flush()
    return report


def _report(simulator: Simulator, task: dict[str, Any], place: Place) -> dict[str, Any]:
    try:
        place.enter()
        answer = simulate(simulator, task["point"], task["seed"])
    except NotFinite as problem:
        return {
            "status": Status.INFEASIBLE,
            "message": _message(problem),
            "detail": {"exception": "NotFinite"},
        }
    except BaseException as problem:
        return {
            "status": Status.ERROR,
            "message": _message(problem) + place.advice(problem),
            "detail": {"exception": type(problem).__name__},
            "trace": _trace(problem),
        }
    if isinstance(answer, Infeasible):
        return {"status": Status.INFEASIBLE, "message": str(answer.reason)[:_LARGEST_MESSAGE]}
    return {
        "status": Status.OK,
        "values": dict(answer.values),
        "sds": dict(answer.sds),
        "cost": answer.cost,
        "detail": plain(answer.detail),
    }


def _seed_global_generators(seed: int) -> None:
    """Make even a simulator that ignores `rng` repeatable, and unlike its forked siblings."""
    random.seed(seed)
    np.random.seed(seed % 2**32)


def _message(problem: BaseException) -> str:
    return f"{type(problem).__name__}: {problem}"[:_LARGEST_MESSAGE]


def _trace(problem: BaseException) -> str:
    lines = "".join(traceback.format_exception(problem)).splitlines()
    return "\n".join(lines[-_TRACE_LINES:])


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
    if shared or thread_count() > 1 or children(os.getpid()):
        os._exit(COLD_START_WANTED)
