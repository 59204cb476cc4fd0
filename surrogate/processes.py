"""Process groups, their limits and their ends: what workers and adapters share.

Nothing here knows of simulators. A child that may misbehave gets a session of its own
(`os.setsid`), so that one signal reaches it and whatever it started; it dies with its parent;
and a process that adopts orphans can end even those that left the session. The calls that Linux
alone offers do nothing elsewhere, where the other measures still hold.
"""

import ctypes
import os
import signal
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_PR_SET_CHILD_SUBREAPER = 36

_THREAD_VARIABLES = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


def single_threaded(environment: dict[str, str]) -> dict[str, str]:
    """The environment with every numerical library on one thread.

    Two processes with two threads each on two cores cost twenty times the time of one thread
    each, and one and two threads give different bits.
    """
    return {**environment, **dict.fromkeys(_THREAD_VARIABLES, "1")}


def kill_group(leader: int) -> None:
    """Kill the process group of `leader` at once; a group that is gone is no error."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when the thread that forked it ends (Linux).

    `parent` is the process id that the parent had before the fork: where it has died since,
    this process ends here.
    """
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parents end (Linux)."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def children() -> tuple[int, ...]:
    """The process ids of this process's children, orphans that it adopted among them (Linux)."""
    pid = os.getpid()
    found: list[int] = []
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):
            found.extend(int(word) for word in listing.read_text().split())
    return tuple(found)


def thread_count() -> int:
    """How many threads this process has, those outside Python included (1 where unknown)."""
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.exists() else 1


def open_files() -> frozenset[str]:
    """What this process holds open, by descriptor and target (empty where unknown)."""
    held: set[str] = set()
    folder = Path("/proc/self/fd")
    for link in folder.iterdir() if folder.exists() else ():
        with suppress(OSError):
            held.add(f"{link.name} {link.readlink()}")
    return frozenset(held)


def limit_memory(size: int) -> None:
    """Refuse this process more than `size` bytes of address space: it gets a `MemoryError`."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    allowed = size if hard == resource.RLIM_INFINITY else min(size, hard)
    resource.setrlimit(resource.RLIMIT_AS, (allowed, hard))


def ending(exit_code: int) -> str:
    """How a process ended, in words. Negative codes are signals, as in `subprocess`."""
    if exit_code >= 0:
        return f"exited with code {exit_code}"
    description = signal.strsignal(-exit_code) or "unknown"
    return f"killed by signal {-exit_code} ({description.lower()})"


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        _libc().prctl(option, value, 0, 0, 0)
