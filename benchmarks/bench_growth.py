"""What a fit, an ask and a prediction cost as a campaign grows: from 50 runs to 100,000, in 4-D.

CPU seconds of all threads, BLAS on one thread, scaled to a machine that factorises n = 1000 in
14 ms. A front that winds through a plane, and waves along the other two inputs: as a number
without noise, and as a chance that answers are drawn with. To 3,000 runs each process is exact;
beyond, points read their nearest. Intervals are of 90 %, on 4,000 points. The full table is also
drawn, `growth.png` beside this file.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.special import ndtr

from benchmarks.bench_speed import UNIT, cholesky_seconds
from benchmarks.table import Table
from benchmarks.trials import run_trials
from surrogate.asking.choosing import choose
from surrogate.asking.request import Request
from surrogate.blas import one_thread
from surrogate.dataset import Dataset
from surrogate.goal import Goal
from surrogate.models.neighbours import EXACT
from surrogate.models.recipes import recipe_for
from surrogate.outcome import Binary, Number, Outcome
from surrogate.space import Real, Space

Array = NDArray[np.float64]

SIZES = (50, 100, 200, 400, 800, 1600, 3000, 10_000, 30_000, 100_000)
QUICK = (50, 200, 800, 10_000)
KINDS = ("number", "yes or no")
WORKS = ("fit", "ask 8", "predict 1000")
LIMITS = {"fit": 20.0, "ask 8": 2.0}  # CPU seconds at 100,000 runs
SPACE = Space({f"x{j}": Real(0, 1) for j in range(4)})
OUTCOMES: dict[str, Outcome] = {"number": Number("f", noise="none"), "yes or no": Binary("f")}
PICTURE = Path(__file__).parent / "growth.png"


def response(units: Array) -> Array:
    front = np.arctan(30 * (units[:, 0] - 0.5 - 0.2 * np.sin(2 * np.pi * units[:, 1])))
    return np.asarray(front + np.sin(3 * units[:, 2]) * units[:, 3])


def truth(kind: str, units: Array) -> Array:
    return response(units) if kind == "number" else np.asarray(ndtr(response(units)))


def data(kind: str, n: int, seed: int) -> Dataset:
    rng = np.random.default_rng(seed)
    units = rng.random((n, 4))
    values = truth(kind, units)
    if kind != "number":
        values = (rng.random(n) < values).astype(float)
    nothing = np.full(n, np.nan)
    return Dataset(OUTCOMES[kind], units, values, np.ones(n), nothing, np.arange(n))


def trial(kind: str, n: int, seed: int) -> dict[str, float]:
    """Seconds of each work, the share of points that intervals hold, and their error."""
    known = data(kind, n, seed)
    rows = np.random.default_rng(1000 + seed).random((4000, 4))
    goal = Goal.map() if kind == "number" else Goal.boundary(0.5)
    with one_thread():
        unit = cholesky_seconds() / UNIT
        fit, surrogate = _timed(lambda: recipe_for(known.outcome, 4).fit(known))
        request = Request(SPACE, goal, 8, seed, first=n, done=known.units)
        ask, _ = _timed(lambda: choose(surrogate, request))
        predict, read = _timed(lambda: surrogate.predict(rows, 0.9))
    exact = truth(kind, rows)
    return {
        "fit": fit / unit,
        "ask 8": ask / unit,
        "predict 1000": predict / 4.0 / unit,
        "covered": float(np.mean((exact >= read.lower) & (exact <= read.upper))),
        "error": float(np.sqrt(np.mean((read.mean - exact) ** 2))),
    }


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.process_time()
    made = work()
    return time.process_time() - began, made


def tables(quick: bool, seeds: int | None) -> list[Table]:
    sizes, count = QUICK if quick else SIZES, seeds or (1 if quick else 3)
    tasks = [{"kind": k, "n": n, "seed": s} for k in KINDS for n in sizes for s in range(count)]
    results = run_trials("growth_quick" if quick else "growth", trial, tasks, jobs=1)
    found: dict[tuple[str, int], dict[str, float]] = {}
    for kind in KINDS:
        for n in sizes:
            mine = [
                result
                for task, result in zip(tasks, results, strict=True)
                if (task["kind"], task["n"]) == (kind, n)
            ]
            found[kind, n] = {key: float(np.median([r[key] for r in mine])) for key in mine[0]}
    if not quick:
        _draw(found, sizes)
    return [_costs(found, sizes, count), _exponents(found, sizes)]


def _costs(found: dict[tuple[str, int], dict[str, float]], sizes: Any, count: int) -> Table:
    rows = [
        (kind, n, *(found[kind, n][work] for work in WORKS), *_quality(found[kind, n]))
        for kind in KINDS
        for n in sizes
    ]
    return Table(
        "what a campaign of n runs costs in 4-D, CPU seconds",
        ("question", "runs", *WORKS, "covered, %", "error"),
        tuple(rows),
        f"medians of {count} seeds; at 100000 runs to beat: fit 20, ask 8 2, covered 86 to 94",
    )


def _quality(result: dict[str, float]) -> tuple[float, float]:
    return 100.0 * result["covered"], result["error"]


def _exponents(found: dict[tuple[str, int], dict[str, float]], sizes: Any) -> Table:
    parts = {
        "200 to 3000": [n for n in sizes if 200 <= n <= EXACT],
        "from 10000": [n for n in sizes if n > EXACT],
    }
    rows = []
    for kind in KINDS:
        for part, mine in parts.items():
            if len(mine) > 1:
                slopes = [_slope(mine, [found[kind, n][work] for n in mine]) for work in WORKS]
                rows.append((kind, part, *slopes))
    return Table("exponents: cost grows as runs to this power", ("", "runs", *WORKS), tuple(rows))


def _slope(sizes: list[int], seconds: list[float]) -> float:
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def _draw(found: dict[tuple[str, int], dict[str, float]], sizes: Any) -> None:
    figure = Figure(figsize=(9.0, 3.6), layout="constrained")
    for axes, kind in zip(figure.subplots(1, 2, sharey=True), KINDS, strict=True):
        for work in WORKS:
            axes.loglog(sizes, [found[kind, n][work] for n in sizes], marker="o", label=work)
        axes.axvline(EXACT, color="0.6", linestyle=":")
        axes.set_title(f"{kind}: exact to {EXACT} runs, then nearest", fontsize=10)
        axes.set_xlabel("runs")
        axes.grid(alpha=0.3)
    figure.axes[0].set_ylabel("CPU seconds")
    figure.axes[0].legend()
    figure.savefig(PICTURE, dpi=110)
