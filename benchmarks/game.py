"""The football game's iterations: v1 has two defects; in v2 one is fixed and the other has moved;
in v3 the first is there again. The next version's campaign is a child of the one before.

Defects lie apart, for two that touch are one spot; and the one that moves goes 4 to 8 m, for what
comes up further off than half of a range is another spot (`answers.drift`). Beside the goal the
margin of each shot is read, as in `bench_defects`.
"""

import itertools
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.bench_defects import HELPED, broken, home, scores
from benchmarks.trials import run_trials
from benchmarks.versions import BEFORE, LEVEL, RUNS, Campaign, Setting, campaign, children, compared
from simulators.football.defects import places
from simulators.football.simulator import FootballSimulator
from simulators.football.truth import goal_rate
from surrogate.design import sobol

SENTINELS = 60  # half of them look for what came up anywhere
STEPS = ("v1-v2", "v2-v3")
AT = (80, 120, 160)  # runs of a child whose error is measured
APART = 4.0  # m: the least distance between the middles of two defects
FARTHEST = 8.0  # m: how far a defect moves at most
_LATER = 500  # what is added to a seed for the place of a defect that has moved
_POINTS = 2048  # that stand for the space in errors
_SHOTS = 400  # a point, for the truth


def trials(count: int) -> list[Any]:
    """What `trial` gives for each of the first seeds whose defects lie and move as they should."""
    chosen = itertools.islice(filter(_suits, itertools.count()), count)
    return run_trials("game", trial, [{"seed": seed} for seed in chosen])


def trial(seed: int) -> dict[str, Any]:
    """Of each step, and of v1 after itself, what comparing said, and errors of the next version's
    map: the parent's, of a cold start, and of the child. `known` is what a cold start has found of
    the defect of which it has found less.
    """
    builds = _builds(seed)
    settings = {name: Setting(build, home(2), HELPED) for name, build in builds.items()}
    cold = {name: campaign(one, 10_000 + seed, BEFORE) for name, one in settings.items()}
    known = {
        name: scores(one.fitted.surrogate, builds[name], home(2))["recall"]
        for name, one in cold.items()
    }
    said: dict[str, Any] = {"known": known}
    for step in STEPS:
        old, new = step.split("-")
        at = sorted({*AT, RUNS})
        stages = children(settings[new], 20_000 + seed, at, cold[old].past, SENTINELS)
        measured = {"parent": cold[old], "cold": cold[new], **{str(n): stages[n] for n in AT}}
        said[step] = compared(cold[old], stages[RUNS]) | {"errors": _errors(builds[new], measured)}
    again = children(settings["v1"], 20_000 + seed, [RUNS], cold["v1"].past, SENTINELS)
    return said | {"v1-v1": compared(cold["v1"], again[RUNS])}


def _errors(build: FootballSimulator, known: Mapping[str, Campaign]) -> dict[str, dict[str, float]]:
    """Of each campaign's map of a build: the share on the wrong side, and the mean error of p."""
    space = home(2)
    units = space.from_uniform(sobol(2, _POINTS, seed=1))
    truth, _ = goal_rate(build, space.decode(units), _SHOTS, np.random.default_rng(1))
    found = {}
    for name, one in known.items():
        mean = one.fitted.surrogate.predict(units).mean
        wrong = float(np.mean((mean > LEVEL) != (truth > LEVEL)))
        found[name] = {"area": wrong, "mae": float(np.mean(np.abs(mean - truth)))}
    return found


def _suits(seed: int) -> bool:
    one, then = places(seed), places(seed + _LATER)
    pairs = [(one.disc, one.patch), (one.disc, then.patch), (then.disc, then.patch)]
    apart = all(math.dist(*pair) >= APART for pair in pairs)
    return apart and APART <= math.dist(one.patch, then.patch) <= FARTHEST


def _builds(seed: int) -> dict[str, FootballSimulator]:
    both = "dead_zone + one_sided"
    later = seed + _LATER
    return {"v1": broken(both, seed), "v2": broken("one_sided", later), "v3": broken(both, later)}
