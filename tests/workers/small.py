"""Tiny simulators for the loop that acts, in a module that loads quickly in many processes."""

import subprocess
import time
from pathlib import Path

import numpy as np

from surrogate.oracle import simulator
from surrogate.outcome import Binary, Infeasible, Number
from surrogate.space import Point, Real, Space

SPACE = Space({"x": Real(0, 1)})
SQUARE = Space({"x": Real(0, 1), "y": Real(0, 1)})
OVER = Binary("over")


@simulator(space=SPACE, outcome=Number("y", noise="none"), settings={"pause": 0.0})
def steady(point: Point, *, rng: np.random.Generator, pause: float) -> float:
    time.sleep(pause)
    return float(point["x"])


@simulator(space=SPACE, outcome=Number("y", noise="none"))
def mixed(point: Point, *, rng: np.random.Generator) -> float | Infeasible:
    """A quarter of the points never works, a quarter declines."""
    x = float(point["x"])
    if x < 0.25:
        raise ValueError("it never works here")
    return Infeasible("out of reach") if x < 0.5 else x


@simulator(space=SPACE, outcome=Number("y", noise="none"), settings={"folder": ""})
def flaky(point: Point, *, rng: np.random.Generator, folder: str) -> float:
    """Fails at the first attempt at every point."""
    trace = Path(folder) / f"{point['x']!r}"
    if not trace.exists():
        trace.touch()
        raise ConnectionError("the licence server was away")
    return float(point["x"])


@simulator(space=SPACE, outcome=Number("y", noise="none"))
def broken(point: Point, *, rng: np.random.Generator) -> float:
    raise RuntimeError("no game build found")


@simulator(space=SPACE, outcome=Number("y", noise="none"))
def stuck(point: Point, *, rng: np.random.Generator) -> float:
    """Hangs at a quarter of the points."""
    while float(point["x"]) < 0.25:
        time.sleep(10)
    return float(point["x"])


@simulator(space=SPACE, outcome=Number("y", noise="none"), settings={"pause": 0.0})
def straying(point: Point, *, rng: np.random.Generator, pause: float) -> float:
    """Leaves a child behind, in a session of its own, at a tenth of the points."""
    if float(point["x"]) < 0.1:
        subprocess.Popen(["sleep", "1000"], start_new_session=True)
    time.sleep(pause)
    return float(point["x"])


@simulator(space=SQUARE, outcome=OVER, settings={"pause": 0.0})
def throw(point: Point, *, rng: np.random.Generator, pause: float) -> bool:
    """Chance decides, but only by the query's seed."""
    time.sleep(pause)
    return bool(rng.random() < 1 / (1 + np.exp(-20 * (float(point["x"]) - 0.5))))
