"""The football game's iterations: v1 has two defects; in v2 one is fixed and the other has moved;
in v3 the first is there again. The next version's campaign is a child of the one before.

Defects lie apart, for two that touch are one spot; and the one that moves goes 4 to 8 m, for what
comes up further off than half of a range is another spot (`answers.drift`). Beside the goal the
margin of each shot is read, as in `bench_defects`.
"""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.bench_defects import HELPED, broken, home, scores
from benchmarks.bench_drift import CHANGES, SEEN, verdict_row
from benchmarks.bench_iterations import SLACK, SMALL
from benchmarks.football import Truth, errors
from benchmarks.table import Table
from benchmarks.trials import run_trials
from benchmarks.versions import BEFORE, RUNS, Setting, campaign, children, compared
from simulators.football.defects import places
from simulators.football.simulator import FootballSimulator
from simulators.football.truth import goal_rate
from surrogate.design import sobol

SENTINELS = 60  # half of them look for what came up anywhere
STEPS = ["v1-v2", "v2-v3", "v1-v1"]
CASES = {  # the step that it is of, and the verdict to be given; none where nothing changed
    **{case: ("v2-v3" if case == "re-opened" else "v1-v2", CHANGES[case]) for case in CHANGES},
    "nothing": ("v1-v1", ""),
}
QUICK = 64  # runs before
AT = (80, 120, 160)  # runs of a child whose error is measured
APART = 4.0  # m: the least distance between the middles of two defects
FARTHEST = 8.0  # m: how far a defect moves at most
_LATER = 500  # what is added to a seed for the place of a defect that has moved
_POINTS = 2048  # that stand for the space in errors
_SHOTS = 400  # a point, for the truth


def tables(quick: bool, seeds: int | None) -> list[Table]:
    count = seeds or (1 if quick else 20)  # a seed takes a quarter of an hour
    runs, steps = (QUICK, STEPS[:1]) if quick else (BEFORE, STEPS)
    chosen = itertools.islice(filter(_suits, itertools.count()), count)
    grid = [{"seed": seed, "runs": runs, "steps": steps} for seed in chosen]
    played = run_trials("game_quick" if quick else "game", trial, grid)
    return [_verdicts(played, runs, steps), _beside_cold(played, runs, steps)]


def _verdicts(played: Sequence[Any], runs: int, steps: Sequence[str]) -> Table:
    rows = []
    for case, (step, verdict) in CASES.items():
        if step in steps:
            group = [one[step] for one in played]
            named = [verdict in one["verdicts"] or not (verdict or one["alarm"]) for one in group]
            rows.append(verdict_row(case, group, named))
    note = f"{runs} runs before and {RUNS} after, of these {SENTINELS} again"
    return Table("what comparing two versions says", SEEN, tuple(rows), note)


def _beside_cold(played: Sequence[Any], runs: int, steps: Sequence[str]) -> Table:
    children = [f"child, {n}" for n in AT]
    columns = ("step", "the parent's map", f"cold, {runs} runs", *children, "runs needed")
    rows = []
    for step in steps:
        found = [one[step]["errors"] for one in played]
        middle = {who: float(np.median([e[who]["area"] for e in found])) for who in found[0]}
        needed = next((n for n in AT if middle[str(n)] <= SLACK * middle["cold"]), None)
        rows.append((step, *middle.values(), needed or f"> {max(AT)}", SMALL))
    note = f"{len(played)} seeds, medians; a child's runs count its {SENTINELS} sentinels"
    columns = (*columns, "to beat")
    return Table("share of the space on the wrong side", columns, tuple(rows), note)


def trial(seed: int, runs: int, steps: list[str]) -> dict[str, Any]:
    """Of each step what comparing said, and errors of the next version's map: the parent's, of a
    cold start, and of the child. `known` is what a cold start has found of the defect of which it
    has found less.
    """
    builds = _builds(seed)
    builds = {name: builds[name] for name in sorted({*"-".join(steps).split("-")})}
    settings = {name: Setting(build, home(2), HELPED) for name, build in builds.items()}
    cold = {name: campaign(one, 10_000 + seed, runs) for name, one in settings.items()}
    known = {
        name: scores(one.side.surrogate, builds[name], home(2))["recall"]
        for name, one in cold.items()
    }
    said: dict[str, Any] = {"known": known}
    for step in steps:
        old, new = step.split("-")
        at = sorted({*AT, RUNS})
        stages = children(settings[new], 20_000 + seed, at, cold[old].past, SENTINELS)
        measured = {"parent": cold[old], "cold": cold[new], **{str(n): stages[n] for n in AT}}
        truth = _truth(builds[new])
        found = {who: errors(one.side.surrogate, truth) for who, one in measured.items()}
        said[step] = compared(cold[old], stages[RUNS]) | {"errors": found}
    return said


def _truth(build: FootballSimulator) -> Truth:
    space = home(2)
    units = space.from_uniform(sobol(2, _POINTS, seed=1))
    return Truth(units, *goal_rate(build, space.decode(units), _SHOTS, np.random.default_rng(1)))


def _suits(seed: int) -> bool:
    one, then = places(seed), places(seed + _LATER)
    pairs = [(one.disc, one.patch), (one.disc, then.patch), (then.disc, then.patch)]
    apart = all(math.dist(*pair) >= APART for pair in pairs)
    return apart and APART <= math.dist(one.patch, then.patch) <= FARTHEST


def _builds(seed: int) -> dict[str, FootballSimulator]:
    both = "dead_zone + one_sided"
    later = seed + _LATER
    return {"v1": broken(both, seed), "v2": broken("one_sided", later), "v3": broken(both, later)}
