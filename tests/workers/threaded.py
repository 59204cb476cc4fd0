"""A simulator whose module starts a thread, which no fork would carry over."""

import threading
from queue import SimpleQueue

import numpy as np

from surrogate.oracle import simulator
from surrogate.outcome import Number
from surrogate.space import Point, Real, Space

QUESTIONS: SimpleQueue[float] = SimpleQueue()
ANSWERS: SimpleQueue[float] = SimpleQueue()


def _answer() -> None:
    while True:
        ANSWERS.put(2 * QUESTIONS.get())


threading.Thread(target=_answer, daemon=True).start()


@simulator(space=Space({"x": Real(0, 1)}), outcome=Number("y"))
def sim(point: Point, *, rng: np.random.Generator) -> float:
    QUESTIONS.put(float(point["x"]))
    return ANSWERS.get()
