"""Process groups, their limits and their ends: what workers and adapters share.

Nothing here knows of simulators. A child that may misbehave gets a session of its own
(`os.setsid`), so that one signal reaches it and whatever it started; it dies with its parent;
and a process that adopts orphans can end even those that left the session. The calls that Linux
alone offers do nothing elsewhere, where the other measures still hold.
"""

import ctypes
import os
import re
import shutil
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FrameType

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_PR_SET_CHILD_SUBREAPER = 36

_MARK = "SURROGATE_HOLDER"  # in the environment of everything that an engine starts
_OF_JEMALLOC = "jemalloc_bg_thd"  # the name of its thread, which frees memory in the background
_ROUNDS = 10  # of killing, for what starts others faster than it is found

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


def own_folder(root: Path, mark: str, *, sweep: bool) -> Path:
    """A new folder of this process in `root`; may `sweep` those of processes here that died."""
    prefix = f"{mark}-{socket.gethostname()}"
    for folder in root.glob(f"{prefix}-*") if sweep else ():
        if found := re.match(rf"{re.escape(prefix)}-(\d+)-", folder.name):
            try:
                os.kill(int(found[1]), 0)
            except ProcessLookupError:
                shutil.rmtree(folder, ignore_errors=True)
            except PermissionError:  # another person's, and alive
                continue
    return Path(tempfile.mkdtemp(prefix=f"{prefix}-{os.getpid()}-", dir=root))


def kill_group(leader: int) -> None:
    """Kill the process group of `leader` at once; a group that is gone is no error."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def kill_tree(leader: int) -> None:
    """Kill the process group of `leader`, and the groups of all that descend from it (Linux)."""
    family = [leader]
    for pid in family:  # grows as it goes
        family += children(pid)
    for pid in family:
        kill_group(pid)
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when the thread that forked it ends (Linux).

    `parent` is the process id that the parent had before the fork: where it has died since,
    this process ends here.
    """
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def die_first() -> None:
    """Have the kernel end this process, and not another, when memory runs out (Linux)."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def give_way() -> None:
    """Let this process, and what it starts, wait for those that answer people.

    A tenth of a core is left to it beside one of them that never rests.
    """
    with suppress(OSError):
        os.nice(10)


def stay_nice() -> None:
    """Let the session that this process leads give way as much as the process does (Linux).

    Where sessions share processors as groups, each has as much as any other, however nice its
    processes: sched(7), autogroup. Without privileges the kernel allows one such change in .1 s in
    all; the second of two may come to nothing.
    """
    nice = os.nice(0)
    with suppress(OSError):
        if nice > 0:
            Path("/proc/self/autogroup").write_text(str(nice))


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parents end (Linux)."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def children(pid: int) -> list[int]:
    """The process ids of a process's children, orphans that it adopted among them (Linux)."""
    found: list[int] = []
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):
            found.extend(int(word) for word in listing.read_text().split())
    return found


def thread_count() -> int:
    """How many threads this process has, those outside Python included (1 where unknown).

    Not counted is jemalloc's own, which pyarrow starts, and so pandas and scikit-learn where it is
    installed: jemalloc sees to it at a fork, and the child goes on without it.
    """
    count = 0
    tasks = Path("/proc/self/task")
    for task in tasks.iterdir() if tasks.exists() else ():
        with suppress(OSError):  # it has ended
            count += (task / "comm").read_text().strip() != _OF_JEMALLOC
    return max(count, 1)


def open_files() -> frozenset[str]:
    """What this process holds open, by descriptor and target (empty where unknown)."""
    held: set[str] = set()
    folder = Path("/proc/self/fd")
    for link in folder.iterdir() if folder.exists() else ():
        with suppress(OSError):
            held.add(f"{link.name} {link.readlink()}")
    return frozenset(held)


def marked(environment: dict[str, str]) -> dict[str, str]:
    """The environment with the name of this process, which whatever is started in it inherits.

    By that name `sweep_orphans` knows whose it was, once this process is dead.
    """
    return {**environment, _MARK: f"{os.getpid()} {_birth(os.getpid())} {_namespace()}"}


def sweep_orphans() -> tuple[int, ...]:
    """Kill what engines that were killed themselves have left behind (Linux); gives process ids.

    What a living process started is left alone, whoever's it is; so are this process and its
    own ancestors, and whatever took its environment off.
    """
    killed: set[int] = set()
    for _ in range(_ROUNDS):
        left = set(_orphans()) - killed
        if not left:
            break
        for pid in left:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        killed |= left
    return tuple(sorted(killed))


def _orphans() -> list[int]:
    """Processes that carry the mark of one that is dead."""
    space, spared = _namespace(), _lineage()
    mark = re.compile(rb"(?:^|\0)" + _MARK.encode() + rb"=(\d+) (\d+) ([^\0]*)\0")
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended, or is another user's
            carried = mark.search((folder / "environ").read_bytes())
            if carried is None or int(folder.name) in spared:
                continue
            holder, birth, where = (part.decode() for part in carried.groups())
            if where == space and _birth(int(holder)) != int(birth):
                found.append(int(folder.name))
    return found


def _lineage() -> set[int]:
    """This process and its ancestors."""
    found: set[int] = set()
    pid = os.getpid()
    while pid > 0 and pid not in found:
        found.add(pid)
        pid = int((_facts(pid) or ["", "0"])[1])
    return found


def _birth(pid: int) -> int:
    """When a process began, in ticks since the machine did; 0 when there is none (any more)."""
    facts = _facts(pid)
    return int(facts[19]) if facts and facts[0] not in "ZX" else 0


def _facts(pid: int) -> list[str]:
    """The fields of /proc/pid/stat from the third on (state, parent, ...); see proc(5)."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    return []


def _namespace() -> str:
    """In which space of process ids this process lives: containers have their own."""
    with suppress(OSError):
        return str(Path("/proc/self/ns/pid").readlink())
    return ""


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


@dataclass
class Brake:
    """Pulled once it lets running simulations finish, pulled again it ends them."""

    pulls: int = 0

    def pull(self, signum: int = 0, frame: FrameType | None = None) -> None:
        """Once more; also the handler of a signal. May be called from any thread."""
        self.pulls += 1


def serve(parent: int) -> None:
    """Be a helper of a service: end with it, give way to it, and leave Ctrl-C to it."""
    die_with_parent(parent)
    give_way()
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def listening(brake: Brake) -> Iterator[None]:
    """Have Ctrl-C and a polite kill pull the brake, where this thread may say so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    signals = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, brake.pull) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        _libc().prctl(option, value, 0, 0, 0)
