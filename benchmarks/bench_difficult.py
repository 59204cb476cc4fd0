"""Difficult oracles: a simulator that declines, errs, costs, or is noisier in some places.

To beat: the same campaign on the simulator without the trouble, at equal valid runs (1.1 times its
error is allowed) or, where one answer in twenty is flipped, at half the runs (1.15 times); no
region from declining at random; the same rule blind to cost, at the error that it has when its
money is spent (0.7 of its cost is allowed); and, where noise varies over the space, the best of
Sobol designs with 1, 2, 5 and 10 replicates, with 0.6 of their runs.

The problem is `discrim_lowdim` of the level sets. The region is a ring's part that cuts the
boundary: a fifth of the space. The cost rises from 1 to 10 along x2, across the boundary's arms.
Noise is tried on the whole map of `franke`: its sd rises from .02 to .4 along x1.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.loop import observed, steps
from benchmarks.table import Table
from benchmarks.trials import run_trials
from simulators.problems.emulation import franke
from simulators.problems.level_sets import discrim_lowdim
from simulators.wrappers import Costly, Lazy, Noisy, Troubled, When
from surrogate.design import sobol
from surrogate.expression import Expression
from surrogate.goal import Goal
from surrogate.learner import Fitted, Learner
from surrogate.models.recipes import recipe_for
from surrogate.outcome import Binary, Number
from surrogate.records import Observation, Query, Reason, seeds

Array = NDArray[np.float64]

REGION = "hypot(x1 - 0.9, x2 + 1.1) < 1.035"  # .2 of the square [-1, 1]^2; it cuts an arm in two
COST = "10 ** ((x2 + 1) / 2)"
FLIPS = 0.05
SPACE = discrim_lowdim.space
LEVEL = float(discrim_lowdim.level or 0.5)
TROUBLES: dict[str, Any] = {
    "none": discrim_lowdim,
    "region": Troubled(discrim_lowdim, Lazy(When(region=REGION))),
    "random": Troubled(discrim_lowdim, Lazy(When(rate=0.2))),
    "costly": Troubled(discrim_lowdim, Costly(COST)),
    "flipped": Troubled(discrim_lowdim, Noisy(discrim_lowdim.outcome, flip=FLIPS)),
}
HEIGHT = Number("height", noise="unknown")
HILLS = replace(franke, outcome=HEIGHT)
UNEVEN = Troubled(HILLS, Noisy(HEIGHT, sd="0.02 * 20 ** x1"))
REPLICATES = (1, 2, 5, 10)
ROWS = sobol(2, 4096, seed=7)


def declines(rows: Array) -> NDArray[np.bool_]:
    return np.asarray(Expression(REGION)(SPACE.columns(rows)), dtype=bool)


def learner(seed: int, *, priced: bool = False) -> Learner:
    return Learner(
        space=SPACE,
        outcome=discrim_lowdim.outcome,
        goal=Goal.boundary(LEVEL),
        seed=seed,
        recipe=recipe_for(discrim_lowdim.outcome, 2),
        budget=10_000,
        priced=priced,
    )


def wrong(fitted: Fitted, rows: Array) -> float:
    """Share of `rows` on the wrong side of the level."""
    return float(
        np.mean((fitted.surrogate.predict(rows).mean > LEVEL) != (discrim_lowdim.on(rows) > LEVEL))
    )


def declining(trouble: str, seed: int, valid: int) -> dict[str, float]:
    """The error where the simulator answers, at so many valid runs; and what was wasted."""
    rows = ROWS[~declines(ROWS)]
    for observations, fitted in steps(learner(seed), lambda q: observed(TROUBLES[trouble], q)):
        if fitted is not None and sum(o.feasible for o in observations) >= valid:
            feasibility = fitted.beside.feasibility
            return {
                "error": wrong(fitted, rows),
                "runs": len(observations),
                "region": float(feasibility.region is not None),
                "right": float(np.mean((fitted.beside.chance(ROWS) < 0.5) == declines(ROWS))),
            }
    raise AssertionError("a campaign without end")


def paying(priced: bool, seed: int, most: float) -> list[list[float]]:
    """Cost and error after each batch until `most` is spent."""
    path, spent = [], 0.0
    for observations, fitted in steps(
        learner(seed, priced=priced), lambda q: observed(TROUBLES["costly"], q)
    ):
        spent = sum(o.cost or 0.0 for o in observations)
        if fitted is not None and fitted.ready:
            path.append([spent, wrong(fitted, ROWS)])
        if spent >= most:
            break
    return path


def erring(flipped: bool, seed: int, runs: int) -> dict[str, float]:
    """The error after so many runs; `flipped` is an oracle that errs, whose lapse is learned."""
    trouble = TROUBLES["flipped" if flipped else "none"]
    outcome = Binary(discrim_lowdim.outcome.name, lapse="learned" if flipped else 0.0)
    mind = replace(learner(seed), outcome=outcome, recipe=recipe_for(outcome, 2))
    for observations, fitted in steps(mind, lambda q: observed(trouble, q)):
        if fitted is not None and len(observations) >= runs:
            return {"error": wrong(fitted, ROWS)}
    raise AssertionError("a campaign without end")


def uneven(how: str, seed: int, runs: int) -> dict[str, float]:
    """Error of the map of `franke` over its sd after so many runs of uneven noise, and replicates.

    `how` is "adaptive", or the number of replicates at each place of a Sobol design.
    """
    mind = Learner(
        space=HILLS.space,
        outcome=HEIGHT,
        goal=Goal.map(),
        seed=seed,
        recipe=recipe_for(HEIGHT, 2),
        budget=10_000,
    )
    if how != "adaptive":
        known = [observed(UNEVEN, query) for query in _repeated(mind, int(how), runs)]
        return _map_error(mind.fit(known), known)
    for observations, fitted in steps(mind, lambda q: observed(UNEVEN, q)):
        if len(observations) >= runs:
            return _map_error(fitted, observations)
    raise AssertionError("a campaign without end")


def _repeated(mind: Learner, times: int, runs: int) -> list[Query]:
    """A Sobol design of `runs` queries, `times` at each place."""
    places = replace(mind, rule="sobol").ask(runs // times, first=0, pending=(), fitted=None)
    queries = [query for query in places for _ in range(times)]
    return [replace(query, index=i, seed=seeds(mind.seed, i)) for i, query in enumerate(queries)]


def _map_error(fitted: Fitted | None, known: Sequence[Observation]) -> dict[str, float]:
    assert fitted is not None
    true = HILLS.on(ROWS)
    missed = fitted.surrogate.predict(ROWS).mean - true
    again = float(np.mean([o.reason is Reason.REPLICATE for o in known]))
    return {"error": float(np.sqrt(np.mean(missed**2)) / np.std(true)), "again": again}


def trial(study: str, how: str, seed: int, size: float) -> Any:
    if study == "declining":
        return declining(how, seed, int(size))
    if study == "erring":
        return erring(how == "flipped", seed, int(size))
    if study == "uneven":
        return uneven(how, seed, int(size))
    return paying(how == "priced", seed, size)


def tables(quick: bool, seeds: int | None) -> list[Table]:
    count = seeds or (3 if quick else 20)
    valid, most = (100, 300.0) if quick else (200, 800.0)
    name = "difficult_quick" if quick else "difficult"
    lazy = [
        _task("declining", how, k, valid)
        for how in ("none", "region", "random")
        for k in range(count)
    ]
    dear = [_task("paying", how, k, most) for how in ("blind", "priced") for k in range(count)]
    false = [
        _task("erring", how, k, runs)
        for how, runs in (("straight", valid), ("flipped", 2 * valid))
        for k in range(count)
    ]
    noisy = [
        _task("uneven", how, k, runs)
        for how, runs in (("adaptive", 0.6 * valid), *((str(r), valid) for r in REPLICATES))
        for k in range(count)
    ]
    tasks = [*lazy, *dear, *false, *noisy]
    found = [*zip(tasks, run_trials(name, trial, tasks), strict=True)]
    return [
        _declining_table(found, valid, count),
        _paying_table(found, most, count),
        _erring_table(found, valid, count),
        _uneven_table(found, valid, count),
    ]


def _task(study: str, how: str, seed: int, size: float) -> dict[str, Any]:
    return {"study": study, "how": how, "seed": seed, "size": float(size)}


def _of(found: list[tuple[Any, Any]], how: str) -> list[Any]:
    return [result for task, result in found if task["how"] == how]


def _declining_table(found: list[tuple[Any, Any]], valid: int, count: int) -> Table:
    plain = float(np.median([r["error"] for r in _of(found, "none")]))
    rows = []
    for how, allowed in (("none", 1.0), ("region", 1.1), ("random", 1.1)):
        mine = _of(found, how)
        quartiles = np.quantile([r["error"] for r in mine], [0.5, 0.25, 0.75])
        rows.append(
            (
                how,
                *(100.0 * quartiles),
                100.0 * allowed * plain,
                float(np.median([r["runs"] for r in mine])),
                100.0 * float(np.mean([r["region"] for r in mine])),
                100.0 * float(np.median([r["right"] for r in mine])),
            )
        )
    return Table(
        f"the simulator declines: error where it answers at {valid} valid runs, % of that space",
        (
            *("declines", "median", "quartile", "quartile", "to beat", "runs in all"),
            *("a region taught, %", "of the space rightly told, %"),
        ),
        tuple(rows),
        f"{count} seeds; a region may be taught in the second row alone",
    )


def _quartiles(found: list[tuple[Any, Any]], how: str) -> tuple[float, ...]:
    """Median and quartiles of the error, in percent."""
    errors = [result["error"] for result in _of(found, how)]
    return tuple(100.0 * np.quantile(errors, [0.5, 0.25, 0.75]))


def _erring_table(found: list[tuple[Any, Any]], valid: int, count: int) -> Table:
    straight, flipped = _quartiles(found, "straight"), _quartiles(found, "flipped")
    rows = (
        ("none", valid, *straight, ""),
        (f"{FLIPS:.0%}", 2 * valid, *flipped, 1.15 * straight[0]),
    )
    return Table(
        "answers flipped, the rate learned: share of the space on the wrong side, %",
        ("flipped", "runs", "median", "quartile", "quartile", "to beat"),
        rows,
        f"{count} seeds",
    )


def _uneven_table(found: list[tuple[Any, Any]], valid: int, count: int) -> Table:
    designs = [
        (f"Sobol, {r} a place", valid, *_quartiles(found, str(r)), "", "") for r in REPLICATES
    ]
    best = min(_quartiles(found, str(r))[0] for r in REPLICATES)
    again = 100.0 * float(np.median([result["again"] for result in _of(found, "adaptive")]))
    ours = ("adaptive", round(0.6 * valid), *_quartiles(found, "adaptive"), again, best)
    return Table(
        "noise that varies over the space: error of the map over the response's sd, %",
        ("design", "runs", "median", "quartile", "quartile", "replicates, %", "to beat"),
        (*designs, ours),
        f"{count} seeds",
    )


def _paying_table(found: list[tuple[Any, Any]], most: float, count: int) -> Table:
    grid = np.linspace(most / 20, most, 96)
    blind, priced = (_path(_of(found, how), grid) for how in ("blind", "priced"))
    rows = []
    for part in (0.5, 0.75, 1.0):
        error = float(np.interp(part * most, grid, blind))
        enough = grid[np.flatnonzero(priced <= error)[:1]]
        cost = float(enough[0]) if len(enough) else float("inf")
        rows.append((part * most, 100.0 * error, cost, cost / (part * most), 0.7))
    return Table(
        "cost from 1 to 10: what the rule per cost spends to the error of the rule blind to it",
        ("blind spends", "its error, %", "ours spends", "ratio", "to beat"),
        tuple(rows),
        f"{count} seeds, medians of the error over seeds, smoothed over a tenth of the cost",
    )


def _path(paths: list[list[list[float]]], grid: Array) -> Array:
    """The median error of campaigns at each cost of the grid, made to fall, (n,)."""
    read = [_last_before(np.array(path), grid) for path in paths]
    middle = np.median(read, axis=0)
    width = max(len(grid) // 20, 1)
    smooth = [middle[max(0, i - width) : i + width + 1].mean() for i in range(len(grid))]
    return np.asarray(smooth)


def _last_before(path: Array, grid: Array) -> Array:
    """The error that stood at each cost; a half before there was any."""
    at = np.searchsorted(path[:, 0], grid, side="right") - 1
    return np.where(at < 0, 0.5, path[np.maximum(at, 0), 1])
