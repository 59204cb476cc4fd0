"""The penalty box: our rules against Sobol and uniform random, same surrogate for all.

To beat: Sobol's misclassified area at 400 runs, with 267; Sobol's mean absolute error.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.football import (
    LEVEL,
    PENALTY_BOX,
    errors,
    penalty_box_truth,
    simulated,
)
from benchmarks.loop import campaign
from benchmarks.table import Table
from benchmarks.trials import run_trials
from simulators.football import shot
from surrogate.goal import Goal
from surrogate.learner import Learner
from surrogate.models.recipes import recipe_for

RUNS = (100, 200, 267, 400)
RULES = ("boundary", "sides", "map", "sobol", "uniform")


def trial(rule: str, seed: int, audit: int, runs: list[int]) -> dict[str, Any]:
    outcome = shot.outcomes[0]
    learner = Learner(
        space=PENALTY_BOX,
        outcome=outcome,
        goal=Goal.map(LEVEL) if rule == "map" else Goal.boundary(LEVEL),
        seed=seed,
        recipe=recipe_for(outcome, PENALTY_BOX.dimension),
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
    audits = {"boundary": 40, "sides": 40, "map": 40, "sobol": 0, "uniform": 0}
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
        f"{count} seeds (quartiles); truth at {len(truth.p)} positions, its own standard "
        f"error {truth.se.mean():.4f} on average and {near_error(truth):.4f} near the level; "
        f"share above the level {np.mean(truth.p > LEVEL):.3f}"
    )
    frame = Frame(by_rule, tuple(runs), note)
    return [
        frame.table("misclassified area at the level, % of the space; medians", "area"),
        frame.table("mean absolute error of p, %; medians", "mae"),
        frame.table("95 % intervals that cover the truth, %; all seeds pooled", "covered"),
        frame.table("the same, allowing for two standard errors of the truth", "covered_slack"),
    ]


def near_error(truth: Any) -> float:
    return float(truth.se[np.abs(truth.p - LEVEL) <= 0.15].mean())


@dataclass(frozen=True)
class Frame:
    """Results by rule, as tables of one score each."""

    by_rule: dict[str, list[Any]]
    runs: tuple[int, ...]
    note: str

    def table(self, title: str, key: str) -> Table:
        rows = [
            (rule, *(_cell([100.0 * r[str(n)][key] for r in results], key) for n in self.runs))
            for rule, results in self.by_rule.items()
        ]
        return Table(title, ("rule", *(f"{n} runs" for n in self.runs)), tuple(rows), self.note)


def _cell(values: list[float], key: str) -> str:
    low, median, high = np.quantile(values, [0.25, 0.5, 0.75])
    middle = np.mean(values) if key.startswith("covered") else median
    return f"{middle:.2f} ({low:.2f}-{high:.2f})"
