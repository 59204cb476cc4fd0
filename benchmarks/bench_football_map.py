"""The penalty box: our rules against Sobol and uniform random, same surrogate for all.

To beat: Sobol's misclassified area at 400 runs, with 267; Sobol's mean absolute error.
"""

from typing import Any

import numpy as np

from benchmarks.football import (
    LEVEL,
    PENALTY_BOX,
    errors,
    penalty_box_truth,
    simulated,
    space_of,
)
from benchmarks.loop import campaign
from benchmarks.table import Table
from benchmarks.trials import run_trials
from simulators.football import shot
from surrogate.goal import Goal
from surrogate.learner import Learner
from surrogate.models.recipes import recipe_for

RUNS = (100, 200, 267, 400)
RULES = ("boundary", "eavc", "map", "sobol", "uniform")


def trial(rule: str, seed: int, audit: int, runs: list[int]) -> dict[str, Any]:
    space = space_of(shot, PENALTY_BOX)
    outcome = shot.outcomes[0]
    learner = Learner(
        space=space,
        outcome=outcome,
        goal=Goal.map(LEVEL) if rule == "map" else Goal.boundary(LEVEL),
        seed=seed,
        recipe=recipe_for(outcome, space.dimension),
        audit=audit,
        budget=max(runs),
        rule="" if rule in ("boundary", "map") else rule,
    )
    stages = campaign(learner, lambda queries: simulated(shot, queries), at=runs)
    truth = penalty_box_truth()
    return {str(stage.runs): errors(stage.fitted.surrogate, truth) for stage in stages}


def tables(quick: bool, seeds: int | None) -> list[Table]:
    runs = [100, 200] if quick else list(RUNS)
    count = seeds or (2 if quick else 20)
    audits = {"boundary": 40, "eavc": 40, "map": 40, "sobol": 0, "uniform": 0}
    grid = [
        {"rule": rule, "seed": seed, "audit": audits[rule], "runs": runs}
        for rule in RULES
        for seed in range(count)
    ]
    study = "football_map_quick" if quick else "football_map"
    results = run_trials(study, trial, grid)
    by_rule = {
        rule: [r for p, r in zip(grid, results, strict=True) if p["rule"] == rule] for rule in RULES
    }
    truth = penalty_box_truth()
    note = (
        f"{count} seeds, medians (quartiles); truth at {len(truth.p)} positions, its own standard "
        f"error {truth.se.mean():.4f} on average and {near_error(truth):.4f} near the level; "
        f"share above the level {np.mean(truth.p > LEVEL):.3f}"
    )
    return [
        _table(
            "misclassified area at the level, % of the space", "area", 100.0, by_rule, runs, note
        ),
        _table("mean absolute error of p, %", "mae", 100.0, by_rule, runs, note),
        _table(
            "positions whose 95 % interval covers the truth, %",
            "covered",
            100.0,
            by_rule,
            runs,
            note,
        ),
        _table(
            "the same, allowing for two standard errors of the truth, %",
            "covered_slack",
            100.0,
            by_rule,
            runs,
            note,
        ),
    ]


def near_error(truth: Any) -> float:
    return float(truth.se[np.abs(truth.p - LEVEL) <= 0.15].mean())


def _table(
    title: str, key: str, scale: float, by_rule: dict[str, list[Any]], runs: list[int], note: str
) -> Table:
    rows = []
    for rule, results in by_rule.items():
        cells = []
        for n in runs:
            values = scale * np.array([result[str(n)][key] for result in results])
            low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
            cells.append(f"{middle:.2f} ({low:.2f}-{high:.2f})")
        rows.append((rule, *cells))
    return Table(title, ("rule", *(f"{n} runs" for n in runs)), tuple(rows), note)
