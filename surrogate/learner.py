"""The learning loop's mind: plan and records in, queries out. Pure: no clock, no I/O, no process.

Everything that chance decides comes from the campaign's seed and the query's index, so that the
same records give the same next queries, on any machine and after any interruption.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from surrogate.goal import Goal
from surrogate.models.base import LookAhead, Recipe
from surrogate.outcome import Outcome
from surrogate.records import Observation, Query, Reason, Revision
from surrogate.space import Space


@dataclass(frozen=True)
class Fitted:
    """A surrogate and the revision that tells how to make it again."""

    surrogate: LookAhead
    revision: Revision


@dataclass(frozen=True)
class Learner:
    """Chooses queries for one campaign.

    `start` space-filling queries come first; `audit` of the `budget` queries are drawn from the
    space's own distribution, spread evenly, and belong to no rule.
    """

    space: Space
    outcome: Outcome
    goal: Goal
    seed: int
    recipe: Recipe
    start: int = 10
    audit: int = 0
    budget: int = 100

    def fit(
        self, observations: Sequence[Observation], previous: Revision | None = None
    ) -> Fitted | None:
        """A new surrogate of all observations, one revision on; None before there can be one.

        `previous` is the revision before, whose hyper-parameters are the starting point.
        """
        raise NotImplementedError

    def restore(self, observations: Sequence[Observation], revision: Revision) -> Fitted:
        """The surrogate of an old revision, made again from the records; nothing is optimised."""
        raise NotImplementedError

    def ask(
        self, count: int, *, first: int, pending: Sequence[Query], fitted: Fitted | None
    ) -> tuple[Query, ...]:
        """The next `count` queries, with indices from `first` on, useful beside the `pending`."""
        raise NotImplementedError

    def reason(self, index: int) -> Reason:
        """The class of query `index`, as far as it is decided before any run."""
        raise NotImplementedError
