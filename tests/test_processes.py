import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from surrogate.processes import ending, kill_group, single_threaded, sweep_orphans
from tests.waiting import PATIENCE, happens


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, "exited with code 0"),
        (3, "exited with code 3"),
        (-11, "killed by signal 11 (segmentation fault)"),
        (-9, "killed by signal 9 (killed)"),
        (-40, "killed by signal 40 (real-time signal 6)"),
    ],
)
def test_an_ending_is_told_in_words(code: int, words: str) -> None:
    assert ending(code) == words


def test_every_numerical_library_gets_one_thread() -> None:
    made = single_threaded({"OMP_NUM_THREADS": "8", "HOME": "/here"})
    assert made["OMP_NUM_THREADS"] == made["OPENBLAS_NUM_THREADS"] == "1"
    assert made["HOME"] == "/here"


def test_killing_a_group_ends_the_leader_and_its_children() -> None:
    shell = subprocess.Popen(
        ["sh", "-c", "sleep 1000 & echo $!; wait"],
        stdout=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    with shell:
        assert shell.stdout is not None
        child = int(shell.stdout.readline())
        kill_group(shell.pid)
        assert shell.stdout.read() == ""  # at end-of-file every writer has ended
    assert shell.returncode == -signal.SIGKILL
    kill_group(child)


def test_killing_a_group_that_is_gone_is_no_error() -> None:
    with subprocess.Popen(["true"], start_new_session=True) as gone:
        gone.wait()
    kill_group(gone.pid)


IN_A_PROCESS = {
    "session": (
        "give_way()\n"
        "os.setsid()\n"
        "stay_nice()\n"
        "print(os.nice(0), *open('/proc/self/autogroup').read().split()[1:])"
    ),
    "memory": "limit_memory(2**31); bytearray(2**32)",
    "orphans": (
        "adopt_orphans(); pid = os.fork()\n"
        "if pid == 0: os._exit(0 if os.fork() else (time.sleep(0.2), 7)[1])\n"
        "os.waitpid(pid, 0); print(os.waitstatus_to_exitcode(os.wait()[1]))"
    ),
    "threads": (
        "threading.Thread(target=time.sleep, args=(0.2,)).start(); "
        "print(thread_count(), len(open_files()) >= 3)"
    ),
    "jemalloc": (
        "other = threading.Thread(target=time.sleep, args=(0.2,)); other.start(); "
        "open(f'/proc/self/task/{other.native_id}/comm', 'w').write('jemalloc_bg_thd'); "
        "print(thread_count())"
    ),
    "parent": (
        "pid = os.getpid(); hears, says = os.pipe()\n"
        "if os.fork() == 0: die_with_parent(pid); os.write(says, b'.'); time.sleep(1000)\n"
        "os.read(hears, 1)"
    ),
}


def said(name: str) -> subprocess.CompletedProcess[str]:
    code = f"import os, threading, time\nfrom surrogate.processes import *\n{IN_A_PROCESS[name]}"
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=PATIENCE
    )


def test_beyond_its_memory_limit_a_process_gets_a_memory_error() -> None:
    assert "MemoryError" in said("memory").stderr


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has subreapers")
def test_an_orphan_becomes_the_child_of_who_adopts_it() -> None:
    assert said("orphans").stdout == "7\n"


@pytest.mark.skipif(sys.platform != "linux", reason="read from /proc")
def test_threads_and_open_files_are_counted() -> None:
    assert said("threads").stdout == "2 True\n"


@pytest.mark.skipif(sys.platform != "linux", reason="read from /proc")
def test_a_thread_that_its_library_sees_to_at_a_fork_is_not_counted() -> None:
    assert said("jemalloc").stdout == "1\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the signal of a parent's death")
def test_a_child_dies_with_its_parent() -> None:
    ended = said("parent")  # returns only when the child too has let go of stdout
    assert ended.returncode == 0


@pytest.mark.skipif(
    not Path("/proc/self/autogroup").exists(), reason="sessions are no groups of their own here"
)
def test_a_session_of_its_own_is_as_nice_as_its_process() -> None:
    nice = str(min(os.nice(0) + 10, 19))
    assert said("session").stdout.split() == [nice, "nice", nice]


HOLDER = """
import os, subprocess
from surrogate.processes import marked
left = subprocess.Popen(["sleep", "1000"], env=marked(dict(os.environ)), start_new_session=True)
print(left.pid, flush=True)
input()
"""


@contextmanager
def holder() -> Iterator[tuple["subprocess.Popen[str]", int]]:
    """A process that has started another in its name; both end with the context."""
    command = [sys.executable, "-c", HOLDER]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, text=True, stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        left = int(process.stdout.readline())
        yield process, left
        process.kill()
        kill_group(left)


def has_ended(pid: int) -> bool:
    """Whether a process is no more, or waits for nothing but to be fetched by its parent."""
    with suppress(OSError):
        facts = Path(f"/proc/{pid}/stat").read_text(errors="replace")
        return facts.rpartition(")")[2].split()[0] == "Z"
    return True


@pytest.mark.skipif(sys.platform != "linux", reason="read from /proc")
def test_what_a_killed_process_left_behind_is_swept() -> None:
    with holder() as (process, left):
        process.kill()
        process.wait()
        sweep_orphans()
        happens(lambda: has_ended(left), 60.0)  # whoever swept it: tests beside this one do, too
        assert left not in sweep_orphans()


@pytest.mark.skipif(sys.platform != "linux", reason="read from /proc")
def test_what_a_living_process_started_is_left_alone() -> None:
    with holder() as (_, left):
        assert left not in sweep_orphans()
        os.kill(left, 0)
