"""Workers that never wait, and what that costs in accuracy: asking beside simulating.

Runs take 0.5 to 3 s at random, an ask with its refit up to 1 s. The first table sleeps: the real
loop, store and processes, with a learner that only takes its time. The second counts its seconds:
the real learner on discrim_lowdim, paced as the loop paces it, beside one query at a time. To beat
(issue 4): busy 97 %; ratio of median errors to one at a time 1.1 over 30 paired seeds.
"""

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.bench_level_sets import BY_NAME, scores
from benchmarks.bench_workers import Slow, session
from benchmarks.overlap import overlapped
from benchmarks.table import Table
from benchmarks.trials import run_trials
from surrogate.design import sobol
from surrogate.goal import Goal
from surrogate.learner import Learner
from surrogate.models.recipes import recipe_for
from surrogate.oracle import simulate
from surrogate.outcome import Answer
from surrogate.records import Query
from surrogate.store.sql import SqlStore, open_store

PROBLEM = "discrim_lowdim"
ALONE = {"workers": 1, "thought": 0.0, "rounds": True}  # one query at a time


def tables(quick: bool, seeds: int | None) -> list[Table]:
    with TemporaryDirectory() as folder, closing(open_store(Path(folder) / "store.db")) as store:
        busy = _utilisation(store, quick)
    return [busy, _accuracy(quick, seeds or (4 if quick else 30))]


def _utilisation(store: SqlStore, quick: bool) -> Table:
    rows = []
    for slots in (4,) if quick else (2, 4, 8, 16):
        for thought in (1.0,) if quick else (0.2, 1.0):
            learner, runs = Slow(thought), (8 if quick else 20) * slots
            beside = session(store, "nap", slots, runs, learner)
            rounds = session(store, "nap", slots, 5 * slots, learner, rounds=True, batch=slots)
            rows.append((slots, thought, 100 * beside.busy, 100 * rounds.busy))
    return Table(
        "workers busy, % of the time that there was work for all; runs of 0.5 to 3 s",
        ("workers", "ask s", "overlapped", "in rounds"),
        tuple(rows),
        "to beat: 97 % overlapped",
    )


def trial(seed: int, runs: int, workers: int, thought: float, rounds: bool) -> dict[str, float]:
    """The errors of one campaign's last surrogate, and how busy its workers were."""
    simulator = BY_NAME[PROBLEM]
    level = float(simulator.level or 0.5)
    outcome, space = simulator.outcome, simulator.space
    learner = Learner(
        space=space,
        outcome=outcome,
        goal=Goal.boundary(level),
        seed=seed,
        recipe=recipe_for(outcome, space.dimension),
        start=10,
        budget=runs,
    )

    def answered(query: Query) -> float:
        answer = simulate(simulator, query.point, query.seed)
        assert isinstance(answer, Answer)
        return float(answer.values[outcome.name])

    told = overlapped(learner, answered, workers=workers, thought=thought, rounds=rounds)
    rows = sobol(space.dimension, 1000, seed=7)
    found = scores(told.fitted.surrogate, rows, simulator.on(rows), level)
    return {"brier": found["brier"], "area": found["area"], "busy": told.busy}


def _accuracy(quick: bool, seeds: int) -> Table:
    runs = 40 if quick else 200  # as many as the published campaigns of this problem have
    ways: list[dict[str, Any]] = [ALONE]
    for workers in (8,) if quick else (2, 8, 16):
        ways += [{"workers": workers, "thought": 1.0, "rounds": rounds} for rounds in (False, True)]
    grid = [{"seed": seed, "runs": runs, **way} for way in ways for seed in range(seeds)]
    results = run_trials("idle_quick" if quick else "idle", trial, grid, jobs=1)
    by_way = [results[k * seeds : (k + 1) * seeds] for k in range(len(ways))]
    alone = by_way[0]
    rows = [
        (
            _words(way),
            100 * float(np.median([one["busy"] for one in found])),
            _median(found, "brier"),
            _median(found, "brier") / _median(alone, "brier"),
            _median(found, "area") / max(_median(alone, "area"), 1e-9),
        )
        for way, found in zip(ways, by_way, strict=True)
    ]
    return Table(
        f"{PROBLEM} after {runs} runs, an ask takes 1 s; {seeds} paired seeds, medians",
        ("asking", "busy %", "Brier", "its ratio to one at a time", "ratio of wrong areas"),
        tuple(rows),
        "to beat: 1.1 overlapped; seconds are counted, not waited for",
    )


def _words(way: dict[str, Any]) -> str:
    if way == ALONE:
        return "one at a time, no wait"
    return f"{way['workers']} workers, {'in rounds' if way['rounds'] else 'overlapped'}"


def _median(found: list[Any], key: str) -> float:
    return float(np.median([one[key] for one in found]))
