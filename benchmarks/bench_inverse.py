"""What to tune: is the spot gone and the rate kept when the answer is simulated?

A campaign over two circumstances and two knobs; the answer is held against the exact response on
16,384 circumstances. Gone: no more than twice the asked-for share is beyond the level. Kept: the
exact rate is within the tolerance of the present one.
"""

from typing import Any

import numpy as np

from benchmarks.bench_certificates import learned
from benchmarks.table import Table
from benchmarks.trials import run_trials
from simulators.problems.hills import tunable
from surrogate.answers.inverse import GONE, Wish, tune
from surrogate.design import sobol

KINDS = (("number", False, 200, 0.15), ("yes or no", True, 800, 0.05))


def trial(yes_or_no: bool, runs: int, keep: float, seed: int) -> dict[str, Any]:
    problem = tunable(seed, yes_or_no=yes_or_no)
    surrogate = learned(problem, seed, runs, max(8, runs // 40))
    wish = Wish(("cover", "ease"), level=problem.level, keep=keep)
    found = tune(surrogate, problem.space, wish)
    rows = sobol(4, 16384, seed=7)
    before, after = (problem.on(_at(rows, one.knobs)) for one in (found.now, found.answer))
    level = float(problem.level or 0.0)
    return {
        "found": found.found,
        "gone": bool((after > level).mean() <= 2 * GONE),
        "kept": bool(abs(after.mean() - before.mean()) <= keep),
        "was": float((before > level).mean()),
        "change": found.change,
    }


def _at(rows: Any, knobs: Any) -> Any:
    moved = rows.copy()
    moved[:, 2], moved[:, 3] = knobs["cover"], knobs["ease"]
    return moved


def tables(quick: bool, seeds: int | None) -> list[Table]:
    count = seeds or (3 if quick else 20)
    rows: list[tuple[Any, ...]] = []
    for kind, yes_or_no, runs, keep in KINDS[: 1 if quick else 2]:
        grid = [
            {"yes_or_no": yes_or_no, "runs": runs, "keep": keep, "seed": seed}
            for seed in range(count)
        ]
        results = run_trials(f"inverse_{'chance' if yes_or_no else 'number'}", trial, grid, jobs=1)
        both = float(np.mean([r["gone"] and r["kept"] for r in results]))
        parts = [float(np.mean([r[key] for r in results])) for key in ("found", "gone", "kept")]
        means = [float(np.median([r[key] for r in results])) for key in ("was", "change")]
        rows.append((kind, runs, *parts, both, *means))
    rows.append(("to beat", "", "", "", "", 0.9, "", ""))
    columns = ("outcome", "runs", "found", "gone", "kept", "both", "spot was", "change")
    return [Table(f"what to tune, {count} seeds", columns, tuple(rows))]
