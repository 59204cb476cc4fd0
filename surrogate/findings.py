"""What the runs of an examination show, as sentences; it runs nothing (see `check`).

`judge` turns `Evidence` into `Finding`s: is it the same for a seed, does a run leave something
behind, do two get in each other's way, where does it decline or fail, how noisy, how long.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from statistics import median

import numpy as np

from surrogate.oracle import Simulator
from surrogate.outcome import Binary, Count, Outcome
from surrogate.plan import Plan
from surrogate.pool import Domain
from surrogate.records import Run, Status, said
from surrogate.session import duration
from surrogate.space import Categorical, Point, Space

_FAILING = 0.05  # share of failed runs from which a campaign is not a good idea
_DECLINING = 0.5  # share of declined runs from which most of a budget would teach nothing
_NEAR_LIMIT = 0.5  # of the time limit: beyond, a slower machine would lose runs
_RELATED = 0.7  # rank correlation from which a parameter is said to decide the time
_SET_APART = 0.2  # of the failures: how many points may lie on the wrong side of what explains them
_SPREAD = 3.0  # slowest to median run from which the variation is worth a sentence
_OUTSIDE = "outside its declared range"  # as `outcome.answer_from` words it
_SLOW = 0.05  # seconds: below, a run's time is mostly not the simulator's


class Weight(StrEnum):
    """What a finding means for a campaign."""

    FINE = "fine"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One sentence about the simulator, with what to do where something is to be done."""

    weight: Weight
    topic: str
    text: str


@dataclass(frozen=True)
class Evidence:
    """The runs that were made, in the order of their points.

    `first`, `again`, `after` and `side` are runs of the same tasks; `spread` are other points,
    `replicates` other seeds at the point numbered `place`. `points` are those of `first` and
    `spread`.
    """

    points: tuple[Point, ...]
    first: tuple[Run, ...]
    again: tuple[Run, ...] = ()
    after: tuple[Run, ...] = ()
    side: tuple[Run, ...] = ()
    spread: tuple[Run, ...] = ()
    replicates: tuple[Run, ...] = ()
    place: int = 0

    @property
    def wide(self) -> tuple[Run, ...]:
        """One run at every point."""
        return self.first + self.spread

    @property
    def tried(self) -> tuple[tuple[Point, Run], ...]:
        """The same with their points."""
        return tuple(zip(self.points, self.wide, strict=False))


def judge(plan: Plan, simulator: Simulator, evidence: Evidence) -> tuple[Finding, ...]:
    """Everything that the evidence shows, problems first."""
    space, outcome = plan.check_against(simulator)
    if not any(answered(run) for run in evidence.first):
        return (_silent(evidence),)
    found = [
        *_repeatability(evidence),
        _range(evidence),
        _failures(evidence, space),
        _declines(evidence, space),
        *_variation(evidence, outcome, space),
        _side_by_side(evidence),
        *_times(evidence, plan, space),
    ]
    order = list(Weight)[::-1]
    return tuple(sorted(found, key=lambda finding: order.index(finding.weight)))


def is_good(findings: Sequence[Finding]) -> bool:
    """Whether nothing speaks against a campaign."""
    return all(finding.weight is not Weight.PROBLEM for finding in findings)


def answered(run: Run) -> bool:
    """Whether the simulator said something: a value, or that it declines."""
    return run.status in (Status.OK, Status.INFEASIBLE)


def _said(run: Run) -> tuple[object, ...]:
    """What must be the same when a run is repeated."""
    return (*said(run), run.cost)


def _differing(some: Sequence[Run], others: Sequence[Run]) -> list[tuple[Run, Run]]:
    """Pairs that both answered, and not alike."""
    pairs = zip(some, others, strict=True)
    return [(a, b) for a, b in pairs if answered(a) and answered(b) and _said(a) != _said(b)]


def hindered(alone: Sequence[Run], side: Sequence[Run]) -> list[Run]:
    """Runs that failed side by side, though alone they had answered."""
    return [b for a, b in zip(alone, side, strict=True) if answered(a) and not answered(b)]


def _values(run: Run) -> str:
    return ", ".join(f"{name} = {value:g}" for name, value in run.values.items()) or run.status


def _place(space: Domain, point: Point) -> str:
    return ", ".join(
        f"{name} {point[name]:.4g}" if isinstance(point[name], float) else f"{name} {point[name]}"
        for name in space.names
    )


def _silent(evidence: Evidence) -> Finding:
    message, count = Counter(run.message for run in evidence.first).most_common(1)[0]
    return Finding(
        Weight.PROBLEM,
        "answers",
        f"none of {len(evidence.first)} runs gave an answer; {count} of them: {message}",
    )


def _repeatability(evidence: Evidence) -> list[Finding]:
    total = len(evidence.first)
    if differing := _differing(evidence.first, evidence.again):
        a, b = differing[0]
        return [
            Finding(
                Weight.PROBLEM,
                "seed",
                f"{len(differing)} of {total} runs gave another answer when repeated in a fresh "
                f"process with the same point and seed ({_values(a)}, then {_values(b)}); draw "
                "every chance from the generator 'rng', hand its seed to what runs inside, and "
                "read nothing that another run has written",
            )
        ]
    alike = Finding(
        Weight.FINE,
        "seed",
        f"{total} of {total} runs gave the same answer again for the same seed",
    )
    if differing := _differing(evidence.first, evidence.after):
        a, b = differing[0]
        return [
            alike,
            Finding(
                Weight.PROBLEM,
                "state",
                f"{len(differing)} of {total} runs gave another answer after other runs in the "
                f"same process ({_values(a)}, then {_values(b)}), though not in a fresh one; "
                "reset what the simulator keeps between runs (globals, caches, open files)",
            ),
        ]
    return [alike, Finding(Weight.FINE, "state", "a run leaves nothing behind for the next")]


def _range(evidence: Evidence) -> Finding:
    outside = [run for run in evidence.wide if _OUTSIDE in run.message]
    if not outside:
        return Finding(Weight.FINE, "range", "every value lies in its declared range")
    return Finding(
        _weight(len(outside) / len(evidence.wide)),
        "range",
        f"{len(outside)} of {len(evidence.wide)} runs gave a value outside the declared range "
        f"({outside[0].message}); is it in another unit? Convert it, or declare a wider range",
    )


def _weight(share: float) -> Weight:
    """What it means that so many runs failed."""
    return Weight.PROBLEM if share > _FAILING else Weight.NOTE


def _failures(evidence: Evidence, space: Domain) -> Finding:
    tried = evidence.tried
    failed = [(point, run) for point, run in tried if not answered(run)]
    if not failed:
        return Finding(Weight.FINE, "failures", f"none of {len(tried)} runs failed")
    point, run = failed[0]
    ended = ", ".join(f"{n} {status}" for status, n in Counter(r.status for _, r in failed).items())
    return Finding(
        _weight(len(failed) / len(tried)),
        "failures",
        f"{len(failed)} of {len(tried)} points over the space failed ({ended}), the first at "
        f"{_place(space, point)}: {run.message}{_where(evidence, space, lambda r: not answered(r))}"
        "; mend it, or return Infeasible('why') where there is no answer, which a campaign learns "
        "from",
    )


def _declines(evidence: Evidence, space: Domain) -> Finding:
    tried = evidence.tried
    declined = [
        (point, run)
        for point, run in tried
        if run.status is Status.INFEASIBLE and _OUTSIDE not in run.message
    ]
    if not declined:
        return Finding(Weight.FINE, "declines", "it declined no point")
    point, run = declined[0]
    text = (
        f"it declined {len(declined)} of {len(tried)} points, the first at "
        f"{_place(space, point)}: {run.message}"
        f"{_where(evidence, space, lambda r: r.status is Status.INFEASIBLE)}"
    )
    if len(declined) / len(tried) > _DECLINING:
        return Finding(Weight.PROBLEM, "declines", text + "; narrow [space] to where it answers")
    return Finding(Weight.NOTE, "declines", text)


def _variation(evidence: Evidence, outcome: Outcome, space: Domain) -> list[Finding]:
    """Whether the answer depends on the point, and on the seed."""
    name = outcome.name
    alone = (evidence.wide, evidence.again, evidence.after, evidence.replicates)
    seen = [run.values[name] for run in chain(*alone) if name in run.values]
    if not seen:
        return [Finding(Weight.PROBLEM, "variation", f"no run gave a value for {name}")]
    if len(set(seen)) == 1:
        return [
            Finding(
                Weight.PROBLEM,
                "variation",
                f"{name} was {seen[0]:g} in all of {len(seen)} runs; there is nothing to learn "
                "from a constant: is the point used at all, and is the space where something "
                "happens?",
            )
        ]
    ends = f"{name} lies in {min(seen):g}..{max(seen):g} over {len(seen)} runs"
    if isinstance(outcome, Binary):
        ends = f"{name} was true in {sum(map(bool, seen))} of {len(seen)} runs"
    return [Finding(Weight.FINE, "variation", ends), _noise(evidence, outcome, space)]


def _noise(evidence: Evidence, outcome: Outcome, space: Domain) -> Finding:
    name = outcome.name
    answered_runs = [run for run in evidence.replicates if name in run.values]
    drawn = [run.values[name] for run in answered_runs]
    if len(drawn) < 2:
        return Finding(Weight.NOTE, "noise", "too few replicates answered to tell")
    varies, count = len(set(drawn)) > 1, len(drawn)
    sd = float(np.std(drawn, ddof=1)) if varies else 0.0  # not what rounding leaves of it
    where = f"at {_place(space, evidence.points[evidence.place])}"
    if sd == 0 and _should_vary(outcome, answered_runs):
        return Finding(
            Weight.PROBLEM,
            "seed",
            f"{where}, {count} seeds gave one and the same {name} = {drawn[0]:g}, though it says "
            "of itself that it varies; is the generator 'rng' used at all?",
        )
    if isinstance(outcome, Binary):
        yes = sum(map(bool, drawn))
        return Finding(Weight.FINE, "noise", f"{where}, {yes} of {count} seeds said yes")
    if isinstance(outcome, Count):
        share = float(np.mean(drawn)) / outcome.of
        text = f"{where}, {count} seeds said yes in {100 * share:.0f} % of their trials"
        return Finding(Weight.FINE, "noise", text)
    scatter = f"{where}, {count} seeds scatter with sd {sd:.3g} {outcome.unit}".rstrip()
    if sd > 0 and outcome.noise == "none":
        return Finding(
            Weight.PROBLEM, "noise", f'{scatter}, though noise is "none"; declare noise = "unknown"'
        )
    if sd == 0 and outcome.noise == "unknown":
        return Finding(
            Weight.NOTE,
            "noise",
            f'{count} seeds gave one value at one point; if it is exact, declare noise = "none"',
        )
    return Finding(Weight.FINE, "noise", scatter if sd else "the seed changes nothing, as declared")


def _should_vary(outcome: Outcome, runs: Sequence[Run]) -> bool:
    """Whether other seeds must have given other values: a count within its range, a known sd."""
    name = outcome.name
    if isinstance(outcome, Count):
        return any(0 < run.values[name] < outcome.of for run in runs)
    return any(run.sds.get(name, 0.0) > 0 for run in runs)


def _side_by_side(evidence: Evidence) -> Finding:
    if blocked := hindered(evidence.first, evidence.side):
        return Finding(
            Weight.PROBLEM,
            "side by side",
            f"{len(blocked)} of {len(evidence.side)} runs failed side by side that had answered "
            f"alone ({blocked[0].message}); give every instance files and ports of its own, or "
            "set count = 1 under [workers]",
        )
    differing = _differing(evidence.first, evidence.side)
    alone = (evidence.again, evidence.after)
    if differing and not any(_differing(evidence.first, repeated) for repeated in alone):
        a, b = differing[0]
        return Finding(
            Weight.PROBLEM,
            "side by side",
            f"{len(differing)} of {len(evidence.side)} answers were others side by side "
            f"({_values(a)} alone, {_values(b)} beside another): instances share something",
        )
    return Finding(Weight.FINE, "side by side", "two instances run side by side")


def _times(evidence: Evidence, plan: Plan, space: Domain) -> list[Finding]:
    taken = [run.seconds for run in evidence.wide if answered(run)]
    usual, longest = median(taken), max(taken)
    slots, hands = plan.workers.shared
    whole = -(-plan.budget.runs // slots) * float(np.mean(taken))
    found = [
        Finding(
            Weight.FINE,
            "time",
            f"a run takes {usual:.3g} s (the longest {longest:.3g} s): {plan.budget.runs} runs "
            f"take about {duration(whole)} {hands}, apart from choosing them",
        )
    ]
    limit = plan.workers.time_limit
    if longest > _NEAR_LIMIT * limit:
        near = f"the longest run took {longest:.3g} s of its limit of {limit:g} s; raise time_limit"
        found.append(Finding(Weight.NOTE, "time", near))
    warm = [run.seconds for run in _warm(evidence.first) + _warm(evidence.spread) if answered(run)]
    if max(warm, default=0.0) > max(_SPREAD * usual, _SLOW):
        found += _driver("time", evidence, space, lambda run: run.seconds)
    costs = [run.cost for run in evidence.wide if run.cost is not None]
    if costs and max(costs) > _SPREAD * max(min(costs), 1e-300):
        words = f"cost varies from {min(costs):.3g} to {max(costs):.3g} over the space"
        found.append(Finding(Weight.NOTE, "cost", words))
        found += _driver("cost", evidence, space, lambda run: run.cost)
    return found


def _warm(batch: Sequence[Run]) -> list[Run]:
    """All but the first run of each worker, in which a simulator may import what it needs."""
    first = {run.worker: run for run in reversed(batch)}
    return [run for run in batch if run is not first[run.worker]]


def _driver(
    topic: str, evidence: Evidence, space: Domain, measure: Callable[[Run], float | None]
) -> list[Finding]:
    """Which parameter goes along with a run's time or cost, by rank correlation."""
    tried = ((point, measure(run)) for point, run in evidence.tried if answered(run))
    rows = [(point, measured) for point, measured in tried if measured is not None]
    units = space.encode([{name: p[name] for name in space.names} for p, _ in rows])
    wanted = _ranks(np.array([measured for _, measured in rows]))
    ties = [abs(float(np.corrcoef(_ranks(column), wanted)[0, 1])) for column in units.T]
    best = int(np.argmax(ties))
    if ties[best] < _RELATED or len(space.names) != len(ties):  # items have features, not names
        return [Finding(Weight.NOTE, topic, f"{topic} varies over the space")]
    return [Finding(Weight.NOTE, topic, f"{topic} varies over the space, with {space.names[best]}")]


def _where(evidence: Evidence, space: Domain, chosen: Callable[[Run], bool]) -> str:
    """In which half of one parameter's range the chosen runs lie, in words; empty if in none."""
    if not isinstance(space, Space):
        return ""
    units = space.encode([{name: p[name] for name in space.names} for p, _ in evidence.tried])
    hit = np.array([chosen(run) for _, run in evidence.tried])
    best: tuple[float, str] = (_SET_APART * np.sum(hit), "")
    for column, (name, parameter) in zip(units.T, space.parameters.items(), strict=True):
        ends = np.unique(column)
        for cut in [] if isinstance(parameter, Categorical) else (ends[1:] + ends[:-1]) / 2:
            value = float(parameter.from_unit(np.array([cut]))[0])
            for side, word in ((column < cut, "below"), (column > cut, "above")):
                wrong = float(np.sum(side != hit))
                best = min(
                    best, (wrong, f"; nearly all of them where {name} is {word} {value:.3g}")
                )
    return best[1]


def _ranks(values: np.ndarray) -> np.ndarray:
    return np.asarray(np.argsort(np.argsort(values)), dtype=float)
