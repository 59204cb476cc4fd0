"""What stands beside a surrogate and has a say in where to ask: chance of an answer, and cost.

Both are learned from the same records, and remade from them and from their hyper-parameters,
which a revision keeps beside the surrogate's own, under their name.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from surrogate.dataset import gather, gather_answers, gather_costs
from surrogate.goal import Limit
from surrogate.models.cost import Cost, learn_cost
from surrogate.models.feasibility import Feasibility, learn_feasibility
from surrogate.models.forms import part_of
from surrogate.models.numbers import NumberRecipe, NumberSurrogate
from surrogate.outcome import Number
from surrogate.pool import Domain
from surrogate.records import Observation
from surrogate.space import Array

_FEASIBILITY, _COST, _LIMIT = "feasibility.", "cost.", "limit."
_FEWEST = 3  # runs that told of an outcome: fewer teach no limit on it


@dataclass(frozen=True)
class Kept:
    """A limit on another outcome, and what runs taught of that outcome."""

    limit: Limit
    surrogate: NumberSurrogate

    def chance(self, units: Array) -> Array:
        """The chance that the limit is kept at `units` (n, d), in [0, 1], (n,)."""
        above = self.surrogate.exceedances(units, [self.limit.low, self.limit.high])
        return above[0] - above[1]


@dataclass(frozen=True)
class Beside:
    """Chance of an answer and cost; `cost` is None where a plan does not ask for its worth.

    `limits` are those of the goal of which runs have told.
    """

    feasibility: Feasibility
    cost: Cost | None = None
    limits: tuple[Kept, ...] = ()

    @property
    def hyperparameters(self) -> dict[str, Any]:
        """Flat, each part's under its name."""
        parts = {_FEASIBILITY: self.feasibility.hyperparameters}
        if self.cost is not None:
            parts[_COST] = self.cost.hyperparameters
        for kept in self.limits:
            parts[_prefix(kept.limit)] = kept.surrogate.hyperparameters
        return {prefix + key: x for prefix, part in parts.items() for key, x in part.items()}

    def chance(self, units: Array) -> Array:
        """The chance of an answer that keeps the limits at `units` (n, d), in [0, 1], (n,).

        1 where no place matters.
        """
        region = self.feasibility.region
        chance = np.ones(len(units)) if region is None else self.feasibility.chance(units)
        for kept in self.limits:
            chance = chance * kept.chance(units)
        return chance

    def price(self, units: Array) -> Array:
        """The cost that a gain at `units` (n, d) is held against, 1 where none is, (n,)."""
        return np.ones(len(units)) if self.cost is None else self.cost.of_a_run(units)

    @property
    def words(self) -> tuple[str, ...]:
        """What to know of it, sentences for people."""
        said = (self.feasibility.words, "" if self.cost is None else self.cost.words)
        return tuple(sentence for sentence in said if sentence)


NOTHING_BESIDE = Beside(Feasibility(runs=0, declined=0))


def learn_beside(
    space: Domain,
    observations: Sequence[Observation],
    *,
    priced: bool,
    limits: Sequence[Limit] = (),
    start: Mapping[str, Any] | None = None,
    optimise: bool = True,
) -> Beside:
    """What `observations` teach of it; with `priced` of cost too.

    `start` are the hyper-parameters of a whole revision; with `optimise` False they are taken
    as they are.
    """
    known = start or {}
    feasibility = Feasibility(len(observations), 0)
    if not all(observation.feasible for observation in observations):
        answers = gather_answers(space, observations)
        feasibility = learn_feasibility(
            answers, start=part_of(known, _FEASIBILITY), optimise=optimise
        )
    said = Counter(o.message for o in observations if not o.feasible and o.message)
    feasibility = replace(feasibility, reason=said.most_common(1)[0][0] if said else "")
    told = [_kept(space, observations, limit, known, optimise=optimise) for limit in limits]
    beside = Beside(feasibility, limits=tuple(kept for kept in told if kept is not None))
    if not priced:
        return beside
    costs = gather_costs(space, observations)
    return replace(beside, cost=learn_cost(costs, start=part_of(known, _COST), optimise=optimise))


def _kept(
    space: Domain,
    observations: Sequence[Observation],
    limit: Limit,
    known: Mapping[str, Any],
    *,
    optimise: bool,
) -> Kept | None:
    """What runs teach of a limit, its outcome's noise learned; None while too few told of it."""
    outcome = Number(limit.outcome, noise="unknown")
    data = gather(space, outcome, observations)
    start = part_of(known, _prefix(limit))
    if len(data) < _FEWEST or not (start or optimise):
        return None
    recipe = NumberRecipe(outcome, data.dimension)
    return Kept(limit, recipe.fit(data, start=start or None, optimise=optimise))


def _prefix(limit: Limit) -> str:
    return f"{_LIMIT}{limit.outcome}."


def own_part(hyperparameters: Mapping[str, Any]) -> dict[str, Any]:
    """The surrogate's own hyper-parameters among those of a revision."""
    theirs = (_FEASIBILITY, _COST, _LIMIT)
    return {key: x for key, x in hyperparameters.items() if not key.startswith(theirs)}
