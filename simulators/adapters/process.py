"""One program run once: in a folder of its own, its output kept in files, its whole group ended.

The program leads a process group of its own and dies with the process that started it; what it
leaves running is killed when it ends. What runs so is a simulator with a folder for every run.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from surrogate.errors import RunFailed, SimulatorError
from surrogate.oracle import Designed
from surrogate.outcome import Outcome
from surrogate.processes import die_with_parent, kill_group, own_folder
from surrogate.settings import environment
from surrogate.space import Space

_LOOKS = 0.05  # seconds between two looks at a folder's size
_RUN, _SAID = "run", "said"  # the program's working folder, and what it printed


@dataclass(frozen=True)
class Finished:
    """How a program ended: exit code (negative: the signal that killed it), and what it wrote."""

    code: int
    stdout: str
    stderr: str


@contextmanager
def fresh_folder(base: str, keep: str) -> Iterator[Path]:
    """A new folder for one run, removed afterwards.

    `keep` is "none", "failed" (kept when the body raises) or "all". Folders of processes that were
    killed on this machine are cleared first where none is kept. What the program prints is kept
    beside the folder.
    """
    root = Path(base or tempfile.gettempdir())
    root.mkdir(parents=True, exist_ok=True)
    folder = own_folder(root, "surrogate-run", sweep=keep == "none").resolve()
    for part in (_RUN, _SAID):
        (folder / part).mkdir()
    try:
        yield folder / _RUN
    except BaseException:
        if keep == "none":
            shutil.rmtree(folder, ignore_errors=True)
        raise
    if keep != "all":
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Invocation:
    """What to start: arguments, environment, standard input, and how much it may write."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    stdin: str
    disk_mb: float


def run_program(call: Invocation, folder: Path) -> Finished:
    """Run to the end in `folder`, one that `fresh_folder` gave.

    Raises `SimulatorError` when the program is not there or can't be executed, and `RunFailed`
    when it writes more than its quota.
    """
    out, err, given = (folder.parent / _SAID / name for name in ("stdout", "stderr", "stdin"))
    given.write_text(call.stdin)
    with out.open("wb") as to_out, err.open("wb") as to_err, given.open("rb") as from_in:
        child = _started(call, folder, (from_in.fileno(), to_out.fileno(), to_err.fileno()))
        try:
            _wait(child, call.disk_mb, folder.parent)
        finally:
            kill_group(child.pid)
            child.wait()
    return Finished(child.returncode, _text(out), _text(err))


def check_needs(variables: Sequence[str], name: str) -> None:
    """Raise `SimulatorError` for an environment variable that is not set: a licence, say."""
    known = environment()
    for variable in variables:
        if variable not in known:
            raise SimulatorError(
                f"environment variable {variable} is not set, which '{name}' needs; "
                f"export it before the campaign is started"
            )


def _started(
    call: Invocation, folder: Path, streams: tuple[int, int, int]
) -> "subprocess.Popen[bytes]":
    parent = os.getpid()
    try:
        return subprocess.Popen(
            call.arguments,
            cwd=folder,
            env=dict(call.environment),
            stdin=streams[0],
            stdout=streams[1],
            stderr=streams[2],
            start_new_session=True,
            preexec_fn=lambda: die_with_parent(parent),  # noqa: PLW1509 - one system call
        )
    except FileNotFoundError as problem:
        raise SimulatorError(
            f"program '{call.arguments[0]}' was not found; install it, give its path, or mend PATH"
        ) from problem
    except PermissionError as problem:
        raise SimulatorError(
            f"program '{call.arguments[0]}' is not executable; make it so with: "
            f"chmod +x {call.arguments[0]}"
        ) from problem
    except OSError as problem:
        raise SimulatorError(
            f"program '{call.arguments[0]}' cannot be started: {problem.strerror}; "
            "see that it is for this machine, and that a script's first line names its interpreter"
        ) from problem


def _wait(child: "subprocess.Popen[bytes]", disk_mb: float, folder: Path) -> None:
    """Until the program ends, its folder watched; raises `RunFailed` beyond the quota."""
    while True:
        with suppress(subprocess.TimeoutExpired):
            child.wait(_LOOKS)
        size = folder_size(folder) / 1e6
        if size > disk_mb:
            raise RunFailed(
                f"the program wrote {size:.1f} MB, more than disk_mb = {disk_mb:g}, "
                "and was killed; raise disk_mb, or have it write less"
            )
        if child.returncode is not None:
            return


def folder_size(folder: Path) -> int:
    """Bytes in all files below a folder."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):  # a file that the program has just removed
                total += (Path(place) / name).lstat().st_size
    return total


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


@dataclass(frozen=True)
class Foldered(Designed):
    """A simulator whose every run has a folder of its own.

    Its settings: `keep` ("none", "failed" or "all" run folders), `work` (where they are made).
    """

    space: Space
    outcomes: tuple[Outcome, ...]
    settings: Mapping[str, Any] = field(
        default_factory=lambda: {"keep": "none", "work": ""}, kw_only=True
    )

    def __post_init__(self) -> None:
        if self.settings["keep"] not in ("none", "failed", "all"):
            raise SimulatorError(
                "setting 'keep': 'none', 'failed' or 'all' was expected, "
                f"{self.settings['keep']!r} came"
            )

    def run_folder(self, beside: Path) -> AbstractContextManager[Path]:
        """A new folder for one run, a relative `work` begun at `beside`; see `fresh_folder`."""
        work = str(self.settings["work"])
        return fresh_folder(str(beside / work) if work else "", self.settings["keep"])
