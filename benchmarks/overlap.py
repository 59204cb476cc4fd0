"""A campaign whose asking overlaps with its simulating, on a clock that is only counted.

It paces itself as the runner does (`workers.pace`), and the learner is the real one: a round of
thinking takes so many seconds, and sees what had ended when it began.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from surrogate.learner import Fitted, Learner
from surrogate.records import Observation, Query
from surrogate.workers.pace import Pace

SHORTEST, LONGEST = 0.5, 3.0  # seconds of a run


@dataclass(frozen=True)
class Told:
    """The last surrogate, and the share of the workers' time that they were busy (0 to 1).

    The share is measured from the first run's beginning until the last query was handed out.
    """

    fitted: Fitted
    busy: float


@dataclass
class _Shop:
    """Who works on what; times in seconds."""

    workers: int
    thought: float
    now: float = 0.0
    waiting: list[Query] = field(default_factory=list)
    running: list[tuple[float, int, Query]] = field(default_factory=list)
    thinking: tuple[float, tuple[Query, ...]] | None = None
    spent: float = 0.0
    began: float | None = None
    supplied: tuple[float, float] = (0.0, 1.0)

    @property
    def pending(self) -> list[Query]:
        return [*self.waiting, *(query for _, _, query in self.running)]

    def hand_out(self) -> None:
        while self.waiting and len(self.running) < self.workers:
            query = self.waiting.pop(0)
            self.began = self.now if self.began is None else self.began
            heapq.heappush(self.running, (self.now + duration(query), query.index, query))

    def move_on(self) -> Query | None:
        """To the next event: the end of a run, which is given, or of thinking."""
        ends = self.running[0][0] if self.running else float("inf")
        thought = self.thinking[0] if self.thinking else float("inf")
        later = min(ends, thought)
        self.spent += len(self.running) * (later - self.now)
        self.now = later
        if thought <= ends and self.thinking:
            self.waiting += self.thinking[1]
            self.thinking = None
            return None
        return heapq.heappop(self.running)[2]

    def note_supply(self) -> None:
        """There was work for all until now."""
        offered = self.workers * (self.now - (self.began or 0.0))
        self.supplied = (self.spent, max(offered, 1e-9))


def duration(query: Query) -> float:
    """How long a run takes, decided by its query's seed."""
    return float(np.random.default_rng(query.seed).uniform(SHORTEST, LONGEST))


def overlapped(
    learner: Learner,
    simulate: Callable[[Query], float],
    *,
    workers: int,
    thought: float,
    rounds: bool = False,
) -> Told:
    """The learner's whole budget; with `rounds`, batches of as many as there are workers."""
    shop, pace = _Shop(workers, thought), Pace(workers)
    observations: list[Observation] = []
    fitted: Fitted | None = None
    asked = 0
    while len(observations) < learner.budget:
        left = learner.budget - asked
        count = pace.to_ask(len(shop.pending), len(observations))
        if rounds:
            count = 0 if shop.pending else workers
        if shop.thinking is None and min(count, left) > 0:
            fitted = _refitted(learner, observations, fitted)
            queries = learner.ask(
                min(count, left), first=asked, pending=shop.pending, fitted=fitted
            )
            asked += len(queries)
            shop.thinking = (shop.now + thought, queries)
            pace = pace.after_thinking(thought)
        shop.hand_out()
        if asked < learner.budget or shop.waiting:
            shop.note_supply()
        if (ended := shop.move_on()) is not None:
            pace = pace.after_run(duration(ended))
            values = {learner.outcome.name: simulate(ended)}
            observations.append(Observation(ended.index, ended.point, values, reason=ended.reason))
    last = _refitted(learner, observations, fitted)
    if last is None:
        raise ValueError("a budget of no run teaches nothing")
    return Told(last, shop.supplied[0] / shop.supplied[1])


def _refitted(
    learner: Learner, observations: list[Observation], fitted: Fitted | None
) -> Fitted | None:
    known = sorted(observations, key=lambda observation: observation.query)
    if fitted is not None and len(fitted.revision.seen) == len(known):
        return fitted
    return learner.fit(known, fitted.revision if fitted else None)
