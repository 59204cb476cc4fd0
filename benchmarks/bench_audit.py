"""What audit runs say of a map, and what all of the space would: do their intervals hold it?

Campaigns with 20 audit runs, which is what a plan has by itself: yes and no on hills of their own,
200 runs for the boundary; numbers of six published formulas, 100 runs for the map. True is a
score's expectation by the exact response, over 4,096 points of the space, for the map without its
audit runs, which is what they measure; beside it for the map that people see, which knows them too.
Leave-one-out is what the surrogate says of the other runs, most of which its rule chose.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, xlog1py, xlogy

from benchmarks.loop import observed, steps
from benchmarks.table import Table
from benchmarks.trials import run_trials
from simulators.problems.emulation import branin, franke, front, gramacy, ishigami, piston
from simulators.problems.hills import hills
from simulators.problems.problem import Problem
from surrogate.dataset import gather
from surrogate.goal import Goal
from surrogate.learner import Fitted, Learner
from surrogate.models.audit import NOMINAL, ChanceQuality, NumberQuality
from surrogate.models.base import ONE_SD, Marginal
from surrogate.models.change import share_interval
from surrogate.models.guided import held_out
from surrogate.models.recipes import recipe_for
from surrogate.records import Observation, Reason

Array = NDArray[np.float64]
Scores = dict[str, Any]

FORMULAS = (branin, franke, front, gramacy, ishigami, piston)
RUNS = {"yes or no": 200, "number": 100}
AUDIT = 20
POINTS = 4096
TO_BEAT = 90


def trial(kind: str, seed: int) -> dict[str, Scores]:
    """By score what was said of it, its interval, and what is true."""
    is_chance = kind == "yes or no"
    problem = hills(2, 3000 + seed) if is_chance else FORMULAS[seed % len(FORMULAS)]
    learner = Learner(
        space=problem.space,
        outcome=problem.outcome,
        goal=Goal.boundary(float(problem.level or 0.0)) if is_chance else Goal.map(),
        seed=seed,
        recipe=recipe_for(problem.outcome, problem.space.dimension),
        audit=AUDIT,
        budget=RUNS[kind],
    )
    observations, fitted = _learned(learner, problem)
    others = [one for one in observations if one.reason is not Reason.AUDIT]
    bare = learner.restore(others, fitted.revision).surrogate
    found = learner.quality(observations, fitted)
    truths = [_truth(problem, one) for one in (bare, fitted.surrogate)]
    if isinstance(found, ChanceQuality):
        data = gather(problem.space, problem.outcome, others)
        chosen = held_out(bare, data) / len(data)  # type: ignore[arg-type]
        return {
            "Brier": _held(found.error, found.error_interval, truths, 0),
            "log": _held(found.log_score, found.log_interval, truths, 1, chosen),
        }
    assert isinstance(found, NumberQuality)
    return {
        "RMSE": _held(found.error, found.error_interval, truths, 0, found.chosen_error),
        "coverage": _held(found.covered, found.covered_interval, truths, 1),
    }


def _learned(learner: Learner, problem: Problem) -> tuple[list[Observation], Fitted]:
    for observations, fitted in steps(learner, lambda q: observed(problem, q), batch=10):
        if len(observations) >= learner.budget and fitted is not None:
            return observations, fitted
    raise AssertionError("a campaign without end")


def _truth(problem: Problem, surrogate: Marginal) -> tuple[float, float]:
    """What a kind's two scores come to over all of the space."""
    rows = problem.space.draw(POINTS, np.random.default_rng(1))
    truth, read = problem.on(rows), surrogate.predict(rows, ONE_SD)
    if problem.level is None:
        miss, sd = truth - read.mean, 0.5 * (read.upper - read.lower)
        inside = np.abs(miss) <= ndtri(0.5 + 0.5 * NOMINAL) * sd
        return float(np.sqrt(np.mean(miss**2))), float(inside.mean())
    p = np.clip(read.mean, 1e-6, 1 - 1e-6)
    brier = truth * (1 - p) ** 2 + (1 - truth) * p**2
    return float(brier.mean()), float((xlogy(truth, p) + xlog1py(1 - truth, -p)).mean())


def _held(
    said: float,
    interval: tuple[float, float] | None,
    truths: Sequence[tuple[float, float]],
    which: int,
    chosen: float | None = None,
) -> Scores:
    assert interval is not None
    true, shown = (truth[which] for truth in truths)
    ends = {"lower": interval[0], "upper": interval[1]}
    return {"said": said, **ends, "true": true, "shown": shown, "chosen": chosen}


def tables(quick: bool, seeds: int | None) -> list[Table]:
    count = (seeds or (6 if quick else 100)) // len(RUNS)
    rows: list[tuple[object, ...]] = []
    for kind in RUNS:
        grid = [{"kind": kind, "seed": seed} for seed in range(count)]
        results = run_trials(f"audit{'_quick' if quick else ''}", trial, grid, jobs=1)
        rows += [_row(kind, name, [one[name] for one in results]) for name in results[0]]
    columns = ("outcome", "score", "campaigns", "intervals hold it, %", "exactly", "to beat")
    more = ("of the map shown, %", "said / true", "leave-one-out / true", "in the interval, %")
    note = "ratios are medians; leave-one-out is as often in the audit's interval as the last says"
    return [Table("scores on 20 audit runs, 95 % intervals", (*columns, *more), tuple(rows), note)]


def _row(kind: str, name: str, results: Sequence[Scores]) -> tuple[object, ...]:
    held = _inside(results, "true")
    low, high = share_interval(sum(held), len(held))
    chosen: tuple[object, object] = ("", "")
    if results[0]["chosen"] is not None:
        ratio = float(np.median([one["chosen"] / one["true"] for one in results]))
        chosen = ratio, _percent(_inside(results, "chosen"))
    said = float(np.median([one["said"] / one["true"] for one in results]))
    rates = _percent(held), f"{100 * low:.0f} to {100 * high:.0f}", TO_BEAT
    return kind, name, len(held), *rates, _percent(_inside(results, "shown")), said, *chosen


def _inside(results: Sequence[Scores], name: str) -> list[bool]:
    return [one["lower"] <= one[name] <= one["upper"] for one in results]


def _percent(held: Sequence[bool]) -> float:
    return 100 * float(np.mean(held))
