"""A simulator that misbehaves on request, by name."""

import ctypes
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from surrogate.oracle import simulator
from surrogate.outcome import Answer, Infeasible, Number
from surrogate.space import Categorical, Point, Space

LOADED = time.monotonic()

DEEDS = (
    "answer",
    "raise",
    "exit",
    "end the process",
    "crash",
    "hang",
    "hang with the lock",
    "hang with a child",
    "hang with a daemon",
    "leave a child",
    "leave a daemon",
    "shout",
    "shout for long",
    "wrong type",
    "nan",
    "out of range",
    "decline",
    "memory",
    "odd detail",
    "write into every file",
    "global chance",
    "who",
    "nap",
    "interrupt",
    "loop",
    "loop without an end",
    "raise what cannot be sent",
    "answer what cannot be sent",
    "leave a stubborn child",
    "write where others write",
    "read at home",
    "answer and end",
)


def _child(note: str, **options: Any) -> None:
    process = subprocess.Popen(["sleep", "1000"], **options)
    if note:
        Path(note).write_text(str(process.pid))


def _nap() -> float:
    time.sleep(0.2)
    return 0.5


def _shout(megabytes: int) -> float:
    thousand_lines = ("x" * 99 + "\n") * 1000
    for _ in range(10 * megabytes):
        sys.stdout.write(thousand_lines)
    return 0.5


def _hang_with_a_child(note: str, **options: Any) -> float:
    _child(note, **options)
    return _forever()


def _forever() -> float:
    while True:
        time.sleep(1000)


def _scribble() -> float:
    for descriptor in range(3, 40):
        try:
            os.write(descriptor, b"nonsense that is longer than a header")
        except OSError:
            continue
    return 0.5


def _fail() -> float:
    raise ValueError("the keeper tripped")


def _end_with_a_child(note: str, **options: Any) -> float:
    _child(note, **options)
    return 0.5


def _loop() -> float:
    while True:
        pass


def _loop_on() -> float:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return _loop()


class UnsendableError(Exception):
    """One that no pickle takes."""

    def __init__(self) -> None:
        super().__init__("it holds a lock")
        self.lock = threading.Lock()


def _raise_unsendable() -> float:
    raise UnsendableError


def _leave_a_stubborn_child(note: str) -> float:
    stubborn = "trap '' TERM; while :; do sleep 1000; done"
    process = subprocess.Popen(["sh", "-c", stubborn])
    if note:
        Path(note).write_text(str(process.pid))
    return 0.5


def _write_and_read(seed: float) -> float:
    """Gives what it wrote itself, if nobody else writes there."""
    place = Path("result.txt")
    before = place.exists()
    place.write_text(repr(seed))
    time.sleep(0.05)
    return 1.0 if before else float(place.read_text()) * (len(list(Path.cwd().iterdir())) == 1)


def _answer_and_end() -> float:
    """Both at once, as the foreman sees it, which stands still meanwhile."""
    foreman = os.getppid()
    wake = ["sh", "-c", f"sleep 0.8; kill -CONT {foreman}"]
    subprocess.Popen(wake, stdout=subprocess.DEVNULL, start_new_session=True)
    os.kill(foreman, signal.SIGSTOP)
    threading.Timer(0.3, os._exit, [0]).start()
    return 0.5


@simulator(
    space=Space({"deed": Categorical(DEEDS)}),
    outcome=Number("y", low=0.0, high=1.0),
    settings={"note": ""},
)
def deeds(point: Point, *, rng: np.random.Generator, note: str) -> Any:
    acts: dict[str, Any] = {
        "answer": lambda: Answer({"y": float(rng.random())}, cost=2.0, detail={"how": "well"}),
        "raise": _fail,
        "exit": lambda: sys.exit(4),
        "end the process": lambda: os._exit(3),
        "crash": lambda: ctypes.string_at(0),
        "hang": _forever,
        "hang with the lock": lambda: re.match(r"(a+)+$", "a" * 64 + "b"),
        "hang with a child": lambda: _hang_with_a_child(note),
        "hang with a daemon": lambda: _hang_with_a_child(note, start_new_session=True),
        "leave a child": lambda: _end_with_a_child(note),
        "leave a daemon": lambda: _end_with_a_child(note, start_new_session=True),
        "shout": lambda: _shout(2),
        "shout for long": lambda: _shout(100),
        "wrong type": lambda: "a goal",
        "nan": lambda: float("nan"),
        "out of range": lambda: 7.0,
        "decline": lambda: Infeasible("the ball is in the stands"),
        "memory": lambda: float(np.ones(2**30).sum()),  # 8 GiB
        "odd detail": lambda: Answer({"y": 0.5}, detail={"a": np.arange(2), "b": {1j}, "c": 1e999}),
        "write into every file": _scribble,
        "global chance": lambda: random.random() / 2 + float(np.random.rand()) / 2,
        "who": lambda: Answer({"y": 0.5}, detail={"pid": os.getpid(), "loaded": LOADED}),
        "nap": _nap,
        "interrupt": lambda: os.kill(os.getpid(), 2),
        "loop": _loop,
        "loop without an end": _loop_on,
        "raise what cannot be sent": _raise_unsendable,
        "answer what cannot be sent": threading.Lock,
        "leave a stubborn child": lambda: _leave_a_stubborn_child(note),
        "write where others write": lambda: _write_and_read(float(rng.random())),
        "answer and end": _answer_and_end,
        "read at home": lambda: float(Path("pyproject.toml").read_text()),
    }
    return acts[str(point["deed"])]()
