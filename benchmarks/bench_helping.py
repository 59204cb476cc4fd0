"""What a graded outcome beside a yes or no is worth: football's goal with the margin's help.

To beat: the same campaign told goals alone, at the same number of runs, and at twice as many. A
helper that has nothing to do with the goal must cost little.
"""

from typing import Any

import numpy as np

from benchmarks.football import LEVEL, PENALTY_BOX, errors, penalty_box_truth
from benchmarks.loop import observed, steps
from benchmarks.table import Table
from benchmarks.trials import run_trials
from simulators.football import shot
from surrogate.goal import Goal
from surrogate.learner import Learner
from surrogate.models.guided import guided_by
from surrogate.models.helping import HelperRecipe
from surrogate.models.recipes import recipe_for
from surrogate.records import Observation, Query, seeds

RUNS = (64, 120, 240)
HELPERS = ("goals alone", "margin", "a random number")
DESIGNS = {"boundary": "", "sobol": "sobol"}
MARGIN = "margin"


def trial(design: str, helper: str, seed: int, runs: list[int]) -> dict[str, Any]:
    outcome = shot.outcomes[0]
    plain = recipe_for(outcome, PENALTY_BOX.dimension)
    helped = helper != HELPERS[0]
    learner = Learner(
        space=PENALTY_BOX,
        outcome=outcome,
        goal=Goal.boundary(LEVEL),
        seed=seed,
        recipe=guided_by([HelperRecipe(MARGIN)], plain) if helped else plain,
        budget=max(runs),
        rule=DESIGNS[design],
        helps=(MARGIN,) if helped else (),
    )
    muddled = helper == HELPERS[2]
    truth, found = penalty_box_truth(), {}
    for observations, fitted in steps(learner, lambda query: _seen(query, seed, muddled)):
        if len(observations) in runs and fitted is not None:
            used = str(fitted.surrogate.hyperparameters["form"]).startswith("guided")
            found[str(len(observations))] = {**errors(fitted.surrogate, truth), "used": used}
        if len(observations) >= max(runs):
            return found
    return found


def _seen(query: Query, seed: int, muddled: bool) -> Observation:
    seen = observed(shot, query)
    if not muddled:
        return seen
    rng = np.random.default_rng(seeds(seed, query.index, "muddle"))
    values = {**seen.values, MARGIN: float(rng.normal())}
    return Observation(seen.query, seen.point, values, reason=seen.reason)


def tables(quick: bool, seeds: int | None) -> list[Table]:
    runs = [64, 120] if quick else list(RUNS)
    count = seeds or (2 if quick else 10)
    grid = [
        {"design": design, "helper": helper, "seed": seed, "runs": runs}
        for design in DESIGNS
        for helper in HELPERS
        for seed in range(count)
    ]
    results = run_trials("helping_quick" if quick else "helping", trial, grid)
    return [
        _table(title, key, [*zip(grid, results, strict=True)], runs)
        for key, title in (
            ("area", "misclassified area at the level, % of the space; medians (quartiles)"),
            ("mae", "mean absolute error of p, %; medians (quartiles)"),
            ("covered_slack", "95 % intervals that cover the truth, %; all seeds pooled"),
            ("used", "campaigns in which the helper was used, %"),
        )
    ]


def _table(title: str, key: str, pairs: list[tuple[Any, Any]], runs: list[int]) -> Table:
    rows = []
    for design in DESIGNS:
        for helper in HELPERS:
            mine = [r for p, r in pairs if (p["design"], p["helper"]) == (design, helper)]
            cells = [_cell([100.0 * r[str(n)][key] for r in mine], key) for n in runs]
            rows.append((design, helper, *cells))
    note = f"to beat: goals alone; {len(pairs) // len(rows)} seeds"
    return Table(title, ("design", "told", *(f"{n} runs" for n in runs)), tuple(rows), note)


def _cell(values: list[float], key: str) -> str:
    if key in ("covered_slack", "used"):
        return f"{np.mean(values):.1f}"
    low, median, high = np.quantile(values, [0.25, 0.5, 0.75])
    return f"{median:.2f} ({low:.2f}-{high:.2f})"
