"""Certificates of sweet spots: are spots found, are cores inside, do volume intervals hold?

Two tables. Found: precision and recall, by volume, of the set that is more likely than not above
the level, after so many yes-or-no runs chosen by the goal's rule. Calibrated: over campaigns each
of which has hills of its own, how often all of every spot's core is truly inside, and how often the
90 % interval of the whole volume holds the true one, with exact binomial intervals beside.
"""

from typing import Any

import numpy as np

from benchmarks.loop import campaign
from benchmarks.table import Table
from benchmarks.trials import run_trials
from simulators.problems.hills import hills, ridge
from simulators.problems.problem import Problem
from surrogate.answers.certificate import certify
from surrogate.answers.spots import Sides, read_sides
from surrogate.goal import Goal
from surrogate.learner import Learner
from surrogate.models.change import share_interval
from surrogate.models.recipes import recipe_for
from surrogate.oracle import simulate
from surrogate.outcome import Answer

STUDIES = {"2": (2, 400), "ridge": (2, 400), "4": (4, 1000), "7": (7, 2000)}
KINDS = (("yes or no", True, 120), ("number", False, 40))


def learned(problem: Problem, seed: int, runs: int, batch: int) -> Any:
    level = float(problem.level or 0.0)
    learner = Learner(
        space=problem.space,
        outcome=problem.outcome,
        goal=Goal.boundary(level),
        seed=seed,
        recipe=recipe_for(problem.outcome, problem.space.dimension),
        start=min(10 * problem.space.dimension, 40),
        audit=max(20, runs // 10) if runs >= 100 else 0,
        budget=runs,
    )

    def run_all(queries: Any) -> Any:
        answers = [simulate(problem, query.point, query.seed) for query in queries]
        return np.array([a.values[problem.outcome.name] for a in answers if isinstance(a, Answer)])

    (stage,) = campaign(learner, run_all, at=[runs], batch=batch)
    return stage.fitted.surrogate


def above(problem: Problem, sides: Sides) -> Any:
    return problem.on(sides.picture.units) > sides.level


def found(study: str, seed: int) -> dict[str, float]:
    dimension, runs = STUDIES[study]
    problem = ridge(seed) if study == "ridge" else hills(dimension, seed)
    surrogate = learned(problem, seed, runs, max(8, runs // 50))
    sides = read_sides(surrogate, problem.space, float(problem.level or 0.0))
    truth, said, share = above(problem, sides), sides.chance > 0.5, sides.picture.share
    both = share[truth & said].sum()
    return {
        "recall": float(both / share[truth].sum()),
        "precision": float(both / max(share[said].sum(), 1e-300)),
    }


def held(yes_or_no: bool, runs: int, seed: int) -> dict[str, Any]:
    problem = hills(2, 1000 + seed, yes_or_no=yes_or_no)
    surrogate = learned(problem, seed, runs, 8)
    sides = read_sides(surrogate, problem.space, float(problem.level or 0.0))
    certificates = certify(sides)
    truth = float(sides.picture.volume[above(problem, sides)].sum())
    volume = certificates.volume
    cores = [problem.on(one.core_members) for one in certificates.found]
    return {
        "cores": [bool((heights > sides.level).all()) for heights in cores if len(heights)],
        "volume": volume.lower <= truth <= volume.upper,
        "width": (volume.upper - volume.lower) / max(truth, 1e-300),
        "core_share": sum(one.core.size for one in certificates.found) / truth,
    }


def tables(quick: bool, seeds: int | None) -> list[Table]:
    return [_calibrated(quick, seeds), _found(quick, seeds)]


def _found(quick: bool, seeds: int | None) -> Table:
    studies = ("2",) if quick else tuple(STUDIES)
    count = seeds or (2 if quick else 20)
    grid = [{"study": study, "seed": seed} for study in studies for seed in range(count)]
    results = run_trials(f"certificates_found{'_quick' if quick else ''}", found, grid, jobs=1)
    rows = []
    for study in studies:
        mine = [r for p, r in zip(grid, results, strict=True) if p["study"] == study]
        recall, precision = ([r[key] for r in mine] for key in ("recall", "precision"))
        least = 0.6 if study == "ridge" else 0.9
        row = (study, STUDIES[study][1], float(np.median(recall)), min(recall))
        rows.append((*row, float(np.median(precision)), min(precision), least))
    columns = ("study", "runs", "recall", "worst", "precision", "worst", "at least")
    return Table(f"spots found, {count} seeds, medians", columns, tuple(rows))


def _calibrated(quick: bool, seeds: int | None) -> Table:
    count = (seeds or (4 if quick else 200)) // len(KINDS)
    rows = []
    for kind, yes_or_no, runs in KINDS:
        grid = [{"yes_or_no": yes_or_no, "runs": runs, "seed": seed} for seed in range(count)]
        name = f"certificates_{'chances' if yes_or_no else 'numbers'}{'_quick' if quick else ''}"
        results = run_trials(name, held, grid, jobs=1)
        cores = [core for result in results for core in result["cores"]]
        volumes = [result["volume"] for result in results]
        sizes = [float(np.median([r[key] for r in results])) for key in ("width", "core_share")]
        rows.append((kind, runs, count, _rate(cores), _rate(volumes), *sizes))
    columns = ("outcome", "runs", "campaigns", "cores inside", "volume held", "width", "core")
    note = "to beat: cores inside at least 95 %, 90 % volume intervals that hold 86 to 94 %"
    return Table("certificates that hold, 2 dimensions", columns, tuple(rows), note)


def _rate(held_ones: list[bool]) -> str:
    yes, total = sum(held_ones), len(held_ones)
    low, high = share_interval(yes, total)
    return f"{100 * yes / max(total, 1):.1f} % ({100 * low:.1f}..{100 * high:.1f})"
