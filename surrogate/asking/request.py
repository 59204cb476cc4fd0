"""The question that asking answers, the answer's form, and how much work may go into it."""

from dataclasses import dataclass, field, replace

import numpy as np

from surrogate.errors import PlanError
from surrogate.goal import Goal
from surrogate.models.beside import NOTHING_BESIDE, Beside
from surrogate.pool import Domain, Pool
from surrogate.records import Reason
from surrogate.space import Array


@dataclass(frozen=True)
class Effort:
    """How hard to look, counted in points, so that the same request does the same work anywhere.

    `pool` points are looked at one by one; `sites` of them stand for the space in integrals and
    `candidates` of them for the choices; each choice is then polished in `rounds` rounds of
    `tries` neighbours.
    """

    pool: int
    sites: int
    candidates: int
    rounds: int
    tries: int


EFFORTS = {
    "full": Effort(pool=1024, sites=384, candidates=192, rounds=3, tries=12),
    "quick": Effort(pool=512, sites=192, candidates=96, rounds=1, tries=8),
}


@dataclass(frozen=True)
class Choice:
    """A point worth a run, `units` (d,) in the unit cube, and why.

    `why` is a phrase that a designer understands; `gain` is what one run there is expected to
    give, in `gain_unit`, None where the reason promises nothing. `again` is the row of the
    request's `known` that a replicate repeats.
    """

    units: Array
    reason: Reason
    why: str
    gain: float | None = None
    gain_unit: str = ""
    again: int | None = None


@dataclass(frozen=True)
class Request:
    """What is wanted: `count` different points, useful beside what is in flight.

    `pending` (k, d) are points in flight; `done` (n, d) those whose runs are known (they tell
    where the holes are); `first` is the index of the first query; every `coverage_every`-th
    index goes to the largest hole, none when it is 0; `rule` "" is the goal's own rule; `beside`
    says how likely an answer is, and what it costs; `parent` names the campaign whose map is used,
    "" where none is, and `again` (m, d) is where it ran: hunters for patches prefer to run it there
    once more. Where `space` is a pool, it holds the items that may be chosen, and no other.
    """

    space: Domain
    goal: Goal
    count: int
    seed: int
    first: int = 0
    pending: Array | None = None
    done: Array | None = None
    effort: str = "full"
    rule: str = ""
    coverage_every: int = 8
    beside: Beside = NOTHING_BESIDE
    parent: str = ""
    again: Array | None = None
    nothing: Array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.count < 1:
            raise PlanError(f"at least one point must be asked for, not {self.count}")
        if self.effort not in EFFORTS:
            raise PlanError(f"effort is one of {', '.join(EFFORTS)}, not {self.effort!r}")
        object.__setattr__(self, "nothing", np.empty((0, self.space.dimension)))

    def explores(self) -> list[bool]:
        """For each index of the request, whether it goes to the largest hole."""
        every = self.coverage_every
        indices = range(self.first, self.first + self.count)
        return [every > 0 and index % every == every - 1 for index in indices]

    @property
    def priced(self) -> bool:
        """Whether prices differ from place to place."""
        cost = self.beside.cost
        return cost is not None and cost.process is not None

    @property
    def work(self) -> Effort:
        """How hard to look; half of a pool are candidates, for polishing reaches no others."""
        effort = EFFORTS[self.effort]
        if isinstance(self.space, Pool):
            return replace(effort, candidates=effort.pool // 2)
        return effort

    @property
    def in_flight(self) -> Array:
        """`pending` as rows (k, d), also when there are none."""
        return self.nothing if self.pending is None else np.asarray(self.pending, dtype=float)

    @property
    def known(self) -> Array:
        """`done` as rows (n, d), also when there are none."""
        return self.nothing if self.done is None else np.asarray(self.done, dtype=float)

    @property
    def taken(self) -> Array:
        """Where runs are in flight or known, as rows: no new point repeats one."""
        return np.concatenate([self.in_flight, self.known])
