"""Two versions of a design compared: how often is there a false alarm, and is a change seen?

Each comparison is between a campaign of 400 runs on one version, as the first of a design is, and
one of 150 on the next, which begins with forty of the first one's runs again, chosen as a child
campaign's sentinels are. Of 150 runs before, two or three lie where a new spot comes up, and three
of twenty new ones stayed unknown. Nothing
changed: with the seeds of before, with fresh ones, and with a simulator that draws one random
number more, so that seeds no longer pair. To beat: false alarms in at most 5 % of comparisons, and
the right verdict on at least 90 % of changes within 150 runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scipy.stats import beta

from benchmarks.bench_defects import HELPED, home
from benchmarks.loop import observed, recipe_of
from benchmarks.table import Table
from benchmarks.trials import run_trials
from simulators.football import shot
from simulators.football.defects import GOALKEEPER
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
FOOTBALL = {"fixed and moved": ("gone", "moved"), "re-opened": ("new",), "nothing": ()}


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
    learner, asked = setting.learner(seed, runs), list(again)
    told = [observed(setting.simulator, query) for query in asked]
    fitted = learner.fit(told, None) if told else None
    while len(told) < runs:
        count = min(16, runs - len(told))
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


def football_trial(case: str, seed: int) -> dict[str, Any]:
    """v1: two defects; v2: one fixed, the other moved; v3: the first re-opened."""
    builds = {
        "v1": (["dead_zone", "one_sided"], seed),
        "v2": (["one_sided"], seed + 500),
        "v3": (["dead_zone", "one_sided"], seed + 500),
    }
    steps = {"fixed and moved": ("v1", "v2"), "re-opened": ("v2", "v3"), "nothing": ("v1", "v1")}
    old, new = (_build(*builds[name]) for name in steps[case])
    before = campaign(Setting(old, home(2), HELPED), 10_000 + seed, BEFORE)
    setting = Setting(new, home(2), HELPED)
    after = campaign(setting, 20_000 + seed, RUNS, sentinels(before.past))
    return told_of(find_drift(between(before.side, after.side), LEVEL))


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
    games = [{"case": c, "seed": s} for s in range(1 if quick else min(few, 5)) for c in FOOTBALL]
    shots = run_trials(f"drift_football{ending}", football_trial, games)
    columns = ("nothing changed", "comparisons", "alarms", "%", "at most, 95 %", "to beat")
    seen_columns = ("what changed", "comparisons", "named", "%", "to beat", "verdicts")
    note = f"discs, {BEFORE} runs before and {RUNS} after, of these {SENTINELS} again"
    alarm = "an alarm: a changed spot, an overall change, or one sure cell on the map"
    played = f"football, {BEFORE} runs before and {RUNS} after"
    return [
        Table("nothing changed", columns, tuple(quiet), f"{note}; {alarm}"),
        Table("a real change", seen_columns, tuple(seen), note),
        Table("football", seen_columns, tuple(_played(games, shots)), played),
    ]


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


def _played(grid: Trials, found: Sequence[Any]) -> list[tuple[Any, ...]]:
    rows = []
    for case, verdicts in FOOTBALL.items():
        group = _of(case, grid, found)
        hits = [sorted(one["verdicts"]) == sorted(verdicts) for one in group]
        rows.append(_row(case, group, hits))
    return rows


def _row(case: str, group: Sequence[Any], hits: Sequence[bool]) -> tuple[Any, ...]:
    said: dict[str, int] = {}
    for one in group:
        key = " + ".join(sorted(one["verdicts"])) or "none"
        said[key] = said.get(key, 0) + 1
    words = ", ".join(f"{count} x {key}" for key, count in said.items())
    return case, len(group), sum(hits), 100 * sum(hits) / len(group), 90.0, words
