"""Margin rules: which of a finite set of candidates a two-class surrogate should be told next.

    symbol    meaning                                                        shape
    f         signed decision value of a candidate                           (n,)
    m+, m-    the margin once the candidate were a yes, and once a no        (n,)
    k         similarity of two points, k(x, x')/sqrt(k(x, x) k(x', x'))     (n, m)

Candidates are rows of an array, a pool's or a space's alike. They are ranked by decision values,
never by calibrated probabilities, whose slope may be 0. For outcomes that are stochastic the
margin is the wrong question: it camps where the coin is fair.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from surrogate.asking.request import Choice, Request
from surrogate.asking.sites import untried
from surrogate.errors import NothingToAsk, PlanError
from surrogate.models.base import Margin
from surrogate.pool import Pool
from surrogate.records import Reason
from surrogate.space import Array, Mask, Rows


@dataclass(frozen=True)
class MarginWays:
    """How to choose.

    `trade` in [0, 1] weighs closeness to the divide against unlikeness to the rest of the batch
    (1: closeness alone). `shortlist` candidates closest to the divide are refitted for by MaxMin
    and Ratio. Every `explore_every`-th index explores, and so do the first `explore_first`; none
    when 0: it goes to the candidate that stands for most of what nothing taken is like. The others
    are drawn there too, by `density`: how much of a score it is worth to stand for the most.
    """

    rule: str = "simple"
    trade: float = 0.5
    shortlist: int = 24
    explore_every: int = 8
    explore_first: int = 0
    density: float = 0.0

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise PlanError(f"a margin rule is one of {', '.join(RULES)}, not {self.rule!r}")
        if not 0.0 <= self.trade <= 1.0:
            raise PlanError(f"trade {self.trade} is not in 0..1")
        if self.density < 0.0:
            raise PlanError(f"density {self.density} is negative; 0 leaves it out")


@dataclass(frozen=True)
class Picked:
    """Rows of the candidates in the order of their choice, and which of them explore, (k,)."""

    rows: Rows
    explores: Mask


def simple(surrogate: Margin, units: Array) -> Array:
    """|f|, least is best: Tong and Koller 2001, Simple Margin."""
    return np.asarray(np.abs(surrogate.decision(units)))


def maxmin(surrogate: Margin, units: Array) -> Array:
    """-min(m+, m-), least is best: Tong and Koller 2001, MaxMin Margin."""
    plus, minus = surrogate.margins_after(units)
    return np.asarray(-np.minimum(plus, minus))


def ratio(surrogate: Margin, units: Array) -> Array:
    """-min(m-/m+, m+/m-), least is best: Tong and Koller 2001, Ratio Margin."""
    plus, minus = surrogate.margins_after(units)
    return np.asarray(-np.minimum(minus / plus, plus / minus))


POOL_DENSITY = 0.1  # twice and half are alike; with none, some campaigns see one part of a class
LEVEL = 0.5  # where the divide lies: as many yes as no

RULES: Mapping[str, Callable[[Margin, Array], Array]] = {
    "simple": simple,
    "maxmin": maxmin,
    "ratio": ratio,
}


def pick(
    surrogate: Margin,
    candidates: Array,
    count: int,
    *,
    taken: Array,
    first: int = 0,
    ways: MarginWays = MarginWays(),
) -> Picked:
    """`count` different rows of `candidates` (n, d), unlike `taken` (k, d): done or in flight.

    `first` is the index of the first query, for the exploration share. Until both classes were
    seen everything explores. Raises `NothingToAsk` when there are fewer candidates.
    """
    if len(candidates) < count:
        raise NothingToAsk(
            f"{count} candidates were wanted, {len(candidates)} are left; ask for fewer",
            len(candidates),
        )
    explores = np.array(
        [not surrogate.knows_sides or _explores(first + i, ways) for i in range(count)]
    )
    nearness = surrogate.similarity(candidates, taken).max(axis=1, initial=0.0)
    rows = _rows(surrogate, candidates, explores, nearness, ways)
    return Picked(np.array(rows, dtype=np.int64), explores)


def _rows(
    surrogate: Margin, candidates: Array, explores: Array, nearness: Array, how: MarginWays
) -> list[int]:
    """The best candidate for each of a batch, (count,), once those before it are chosen.

    `nearness` (n,) is the likeness of each to what is done or in flight, 0 without any.
    """
    score = _scores(surrogate, candidates, how) if not explores.all() else np.empty(0)
    needed = explores.any() or how.density > 0.0
    alike = surrogate.similarity(candidates, candidates) if needed else np.empty((0, 0))
    beside = np.zeros(len(candidates))  # likeness to this batch alone
    free = np.ones(len(candidates), dtype=bool)
    rows: list[int] = []
    for exploring in explores:
        if exploring:
            worth = -newly_covered(alike, nearness)
        else:
            worth = how.trade * score + (1.0 - how.trade) * beside if rows else score
            if how.density > 0.0:
                worth = worth - how.density * _standing(newly_covered(alike, nearness))
        best = int(np.where(free, worth, np.inf).argmin())
        rows.append(best)
        free[best] = False
        likeness = surrogate.similarity(candidates, candidates[best : best + 1])[:, 0]
        beside, nearness = np.maximum(beside, likeness), np.maximum(nearness, likeness)
    return rows


def choose_by_margin(surrogate: Margin, request: Request) -> tuple[Choice, ...]:
    """`pick` over the candidates of a space, as `asking.choosing.choose` gives choices.

    None repeats one in flight or done. Raises `NothingToAsk` when the space holds fewer.
    """
    if request.goal.level != LEVEL:
        raise PlanError(
            f"rule '{request.rule or 'simple'}' looks for the divide between yes and no, which is "
            f"at the level {LEVEL:g}, not {request.goal.level}; use the rule 'least-sure' there"
        )
    taken, candidates, how = request.taken, untried(request), _ways(request)
    picked = pick(surrogate, candidates, request.count, taken=taken, first=request.first, ways=how)
    return tuple(
        _choice(candidates[row], bool(explores))
        for row, explores in zip(picked.rows, picked.explores, strict=True)
    )


def _ways(request: Request) -> MarginWays:
    """In a space every eighth query or so explores; in a pool all are drawn to where items are.

    A share that explores costs a pool's first tens of labels dearly, and the draw does its work.
    """
    rule = request.rule or "simple"
    if isinstance(request.space, Pool):
        return MarginWays(rule, explore_every=0, density=POOL_DENSITY)
    return MarginWays(rule, explore_every=request.coverage_every)


def _explores(index: int, how: MarginWays) -> bool:
    if index < how.explore_first:
        return True
    return how.explore_every > 0 and index % how.explore_every == how.explore_every - 1


def _scores(surrogate: Margin, candidates: Array, how: MarginWays) -> Array:
    """The rule's score, least is best, on a scale beside likenesses: (n,), shortlist first.

    Brinker 2003 adds |f| and cosines as they are; the other rules are brought to [0, 1].
    """
    near = simple(surrogate, candidates)
    if how.rule == "simple":
        return near
    short = np.argsort(near, kind="stable")[: how.shortlist]
    worth = RULES[how.rule](surrogate, candidates[short])
    span = float(np.ptp(worth))
    scores = 1.0 + near  # behind everything on the shortlist
    scores[short] = (worth - worth.min()) / (span if span > 0.0 else 1.0)
    return scores


def newly_covered(alike: Array, nearness: Array) -> Array:
    """How much likeness each candidate adds to the whole, sum_j max(0, k_ij - nearness_j), (n,).

    The greedy step of facility location: unlike the farthest point, it is no outlier.
    """
    return np.asarray(np.maximum(alike - nearness[None, :], 0.0).sum(axis=1))


def _standing(covered: Array) -> Array:
    """What is newly covered, as a share of the most, in [0, 1], (n,)."""
    most = float(covered.max())
    return covered / most if most > 0.0 else covered


def _choice(units: Array, explores: bool) -> Choice:
    if explores:
        return Choice(units, Reason.COVERAGE, "unlike anything that was run")
    return Choice(units, Reason.BOUNDARY, "where the divide between yes and no may run")
