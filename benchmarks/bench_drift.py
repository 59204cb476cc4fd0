"""Two versions of a design compared: how often is there a false alarm, and is a change seen?

Each comparison is between a campaign of 400 runs on one version, as the first of a design is, and
one of 150 on the next, which begins with some of the first one's runs again, chosen as a child
campaign's sentinels are. Of 150 runs before, two or three lie where a new spot comes up, and three
of twenty new ones stayed unknown. Nothing changed: with the seeds of before, with fresh ones, and
with a simulator that draws one random number more, so that seeds no longer pair. To beat: false
alarms in at most 5 % of comparisons, and the right verdict on at least 90 % of changes within 150
runs.

The football game's versions are compared by `bench_game`.
"""

from collections.abc import Sequence
from typing import Any

from scipy.stats import beta

from benchmarks.table import Table
from benchmarks.trials import run_trials
from benchmarks.versions import BEFORE, RUNS, Setting, campaign, compared
from simulators.problems.iterations import VERSIONS, Discs
from surrogate.bridge import crossing
from surrogate.lineage import Past, choose_sentinels
from surrogate.records import Query, Reason, seeds

SENTINELS = 40
NOTHING = ("same seeds", "fresh seeds", "out of step")
SEEN = ("what changed", "comparisons", "named", "%", "to beat", "verdicts")
CHANGES = {"fixed": "gone", "moved": "moved", "re-opened": "new"}


def sentinels(before: Past, fresh: int | None = None) -> list[Query]:
    """The runs that a child campaign makes again; `fresh` renews their seeds."""
    space = before.learner.space
    chosen = choose_sentinels(before, crossing(space, space), SENTINELS)
    return [
        Query(i, q.point, q.seed if fresh is None else seeds(fresh, i), Reason.SENTINEL, "again")
        for i, q in enumerate(chosen)
    ]


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
    return compared(before, after)


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
    note = f"discs, {BEFORE} runs before and {RUNS} after, of these {SENTINELS} again"
    alarm = "an alarm: a changed spot, an overall change, or one sure cell on the map"
    return [
        Table("nothing changed", columns, tuple(quiet), f"{note}; {alarm}"),
        Table("a real change", SEEN, tuple(seen), note),
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
        rows.append(verdict_row(case, group, [verdict in one["verdicts"] for one in group]))
    return rows


def verdict_row(case: str, group: Sequence[Any], hits: Sequence[bool]) -> tuple[Any, ...]:
    said: dict[str, int] = {}
    for one in group:
        key = " + ".join(sorted(one["verdicts"])) or "none"
        said[key] = said.get(key, 0) + 1
    words = ", ".join(f"{count} x {key}" for key, count in said.items())
    return case, len(group), sum(hits), 100 * sum(hits) / len(group), 90.0, words
