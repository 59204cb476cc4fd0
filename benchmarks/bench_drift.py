"""Two versions of a design compared: how often is there a false alarm, and is a change seen?

Each comparison is between a campaign of 400 runs on one version, as the first of a design is, and
one of 150 on the next, which begins with some of the first one's runs again, chosen as a child
campaign's sentinels are. Of 150 runs before, two or three lie where a new spot comes up, and three
of twenty new ones stayed unknown. Nothing changed: with the seeds of before, with fresh ones, and
with a simulator that draws one random number more, so that seeds no longer pair. To beat: false
alarms in at most 5 % of comparisons, and the right verdict on at least 90 % of changes within 150
runs.

Of the football game v1 has two defects; in v2 one is fixed and the other has moved; in v3 the first
is there again. The next version's campaign is a child of the one before. Defects lie apart, for two
that touch are one spot.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scipy.stats import beta

from benchmarks.bench_defects import HELPED, home
from benchmarks.loop import heir, observed, recipe_of
from benchmarks.table import Table
from benchmarks.trials import run_trials
from simulators.football import shot
from simulators.football.defects import GOALKEEPER, places
from simulators.problems.iterations import VERSIONS, Discs
from surrogate.answers.difference import between
from surrogate.answers.drift import Drift, find_drift
from surrogate.answers.ground import Side
from surrogate.bridge import crossing
from surrogate.goal import Goal
from surrogate.learner import Learner
from surrogate.lineage import Past, choose_sentinels
from surrogate.oracle import Simulator
from surrogate.records import Query, Reason, seeds
from surrogate.space import Space

LEVEL = 0.5
BEFORE, RUNS = 400, 150
SENTINELS = 40
NOTHING = ("same seeds", "fresh seeds", "out of step")
CHANGES = {"fixed": "gone", "moved": "moved", "re-opened": "new"}
STEPS = {"fixed": "v1-v2", "moved": "v1-v2", "re-opened": "v2-v3"}  # of the football game
SCOUTED = 60  # of its sentinels: half of them look for what came up anywhere
APART = 4.0  # m: the least distance between the middles of two of its defects
_LATER = 500  # what is added to a seed for the place of a defect that has moved


@dataclass(frozen=True)
class Setting:
    """A simulator with the space and the recipe that a campaign on it has."""

    simulator: Simulator
    space: Space
    surrogate: str

    def learner(self, seed: int, runs: int) -> Learner:
        outcome = self.simulator.outcomes[0]
        made, helps = recipe_of(self.surrogate, outcome, self.space.dimension)
        return Learner(
            space=self.space,
            outcome=outcome,
            goal=Goal.boundary(LEVEL),
            seed=seed,
            recipe=made,
            helps=helps,
            start=20,
            audit=15,
            budget=runs,
        )


@dataclass(frozen=True)
class Campaign:
    """What a campaign has become: a side of a comparison, and a child's parent."""

    side: Side
    past: Past


def campaign(setting: Setting, seed: int, runs: int, again: Sequence[Query] = ()) -> Campaign:
    """A campaign that begins with some queries again."""
    return _played(setting, setting.learner(seed, runs), again)


def child(setting: Setting, seed: int, runs: int, before: Past) -> Campaign:
    """A campaign that begins with the map of the one before and with sentinels of it."""
    return _played(setting, heir(setting.learner(seed, runs), before, SCOUTED), ())


def _played(setting: Setting, learner: Learner, again: Sequence[Query]) -> Campaign:
    asked = list(again)
    told = [observed(setting.simulator, query) for query in asked]
    fitted = learner.fit(told, None) if told else None
    while len(told) < learner.budget:
        count = min(16, learner.budget - len(told))
        queries = learner.ask(count, first=len(told), pending=(), fitted=fitted)
        told += [observed(setting.simulator, query) for query in queries]
        asked += queries
        fitted = learner.fit(told, fitted.revision if fitted else None)
    assert fitted is not None
    side = Side("", setting.space, fitted.surrogate, tuple(told), tuple(asked))
    return Campaign(side, Past("", learner, told, asked, fitted.revision))


def sentinels(before: Past, fresh: int | None = None) -> list[Query]:
    """The runs that a child campaign makes again; `fresh` renews their seeds."""
    space = before.learner.space
    chosen = choose_sentinels(before, crossing(space, space), SENTINELS)
    return [
        Query(i, q.point, q.seed if fresh is None else seeds(fresh, i), Reason.SENTINEL, "again")
        for i, q in enumerate(chosen)
    ]


def told_of(found: Drift) -> dict[str, Any]:
    """What a comparison said."""
    cells = found.map().sure.any()
    verdicts = [str(spot.verdict) for spot in found.changes]
    return {
        "verdicts": verdicts,
        "overall": found.overall.sure,
        "cells": bool(cells),
        "alarm": bool(verdicts) or found.overall.sure or bool(cells),
    }


def discs_trial(case: str, seed: int, before_runs: int) -> dict[str, Any]:
    first, then = {
        "re-opened": ("one", "both"),
        "fixed": ("both", "one"),
        "moved": ("both", "moved"),
    }.get(case, ("both", "both"))
    old = Discs(VERSIONS[first])
    new = Discs(VERSIONS[then], out_of_step=case == "out of step")
    before = campaign(Setting(old, old.space, "gp"), 10_000 + seed, before_runs)
    apart = case in ("same seeds", "out of step")
    again = sentinels(before.past, 30_000 + seed if case == "fresh seeds" else None)
    root = 10_000 + seed if apart else 20_000 + seed
    after = campaign(Setting(new, new.space, "gp"), root, RUNS, again)
    return told_of(find_drift(between(before.side, after.side), LEVEL))


def football_trial(seed: int) -> dict[str, Any]:
    """What comparing one version with the next said, by their names."""
    first, then = (_build(["dead_zone", "one_sided"], one) for one in (seed, seed + _LATER))
    builds = {"v1": first, "v2": _build(["one_sided"], seed + _LATER), "v3": then}
    settings = {name: Setting(build, home(2), HELPED) for name, build in builds.items()}
    before = {name: campaign(settings[name], 10_000 + seed, BEFORE) for name in ("v1", "v2")}
    said: dict[str, Any] = {}
    for old, new in (("v1", "v2"), ("v2", "v3"), ("v1", "v1")):
        after = child(settings[new], 20_000 + seed, RUNS, before[old].past)
        drift = find_drift(between(before[old].side, after.side), LEVEL)
        said[f"{old}-{new}"] = told_of(drift)
    return said


def football_seeds(count: int) -> list[int]:
    """The first seeds of which all defects lie apart."""
    return list(itertools.islice(filter(_are_apart, itertools.count()), count))


def _are_apart(seed: int) -> bool:
    one, then = places(seed), places(seed + _LATER)
    near = [(one.disc, one.patch), (one.patch, then.patch), (one.disc, then.patch)]
    return all(math.dist(*pair) >= APART for pair in [*near, (then.patch, then.disc)])


def _build(defects: list[str], seed: int) -> Simulator:
    return shot.with_knobs({"level": GOALKEEPER, "defects": defects, "defect_seed": seed})


def tables(quick: bool, seeds: int | None) -> list[Table]:
    ending = "_quick" if quick else ""
    count, few = seeds or (2 if quick else 67), seeds or (1 if quick else 20)
    nothing, changes = (
        [{"case": c, "seed": s, "before_runs": BEFORE} for s in range(n) for c in cases]
        for n, cases in ((count, NOTHING), (few, CHANGES))
    )
    found = run_trials(f"drift{ending}", discs_trial, [*nothing, *changes])
    quiet = _rows([*NOTHING], nothing, found[: len(nothing)])
    seen = _seen(CHANGES, changes, found[len(nothing) :])
    columns = ("nothing changed", "comparisons", "alarms", "%", "at most, 95 %", "to beat")
    seen_columns = ("what changed", "comparisons", "named", "%", "to beat", "verdicts")
    note = f"discs, {BEFORE} runs before and {RUNS} after, of these {SENTINELS} again"
    alarm = "an alarm: a changed spot, an overall change, or one sure cell on the map"
    shown = [
        Table("nothing changed", columns, tuple(quiet), f"{note}; {alarm}"),
        Table("a real change", seen_columns, tuple(seen), note),
    ]
    if quick:  # a seed of the game takes minutes
        return shown
    shots = run_trials("drift_football", football_trial, [{"seed": s} for s in football_seeds(few)])
    played = f"football, {BEFORE} runs before and {RUNS} after, of these {SCOUTED} again; {alarm}"
    return [*shown, Table("football", seen_columns, tuple(_games(shots)), played)]


Trials = Sequence[dict[str, Any]]


def _of(case: str, grid: Trials, found: Sequence[Any]) -> list[Any]:
    return [one for p, one in zip(grid, found, strict=True) if p["case"] == case]


def _rows(cases: Sequence[str], grid: Trials, found: Sequence[Any]) -> list[tuple[Any, ...]]:
    groups = {case: _of(case, grid, found) for case in cases}
    groups["all"] = list(found)
    rows = []
    for case, group in groups.items():
        alarms, n = sum(one["alarm"] for one in group), len(group)
        most = float(beta.ppf(0.95, alarms + 1, n - alarms)) if alarms < n else 1.0
        rows.append((case, n, alarms, 100 * alarms / n, 100 * most, 5.0))
    return rows


def _seen(cases: dict[str, str], grid: Trials, found: Sequence[Any]) -> list[tuple[Any, ...]]:
    rows = []
    for case, verdict in cases.items():
        group = _of(case, grid, found)
        rows.append(_row(case, group, [verdict in one["verdicts"] for one in group]))
    return rows


def _games(shots: Trials) -> list[tuple[Any, ...]]:
    rows = []
    for case, step in STEPS.items():
        group = [one[step] for one in shots]
        rows.append(_row(case, group, [CHANGES[case] in one["verdicts"] for one in group]))
    still = [one["v1-v1"] for one in shots]
    return [*rows, _row("nothing", still, [not one["alarm"] for one in still])]


def _row(case: str, group: Sequence[Any], hits: Sequence[bool]) -> tuple[Any, ...]:
    said: dict[str, int] = {}
    for one in group:
        key = " + ".join(sorted(one["verdicts"])) or "none"
        said[key] = said.get(key, 0) + 1
    words = ", ".join(f"{count} x {key}" for key, count in said.items())
    return case, len(group), sum(hits), 100 * sum(hits) / len(group), 90.0, words
