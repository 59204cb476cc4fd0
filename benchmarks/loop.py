"""A campaign's learning loop without workers or store: ask, simulate many at once, tell."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from surrogate.bridge import crossing
from surrogate.learner import Fitted, Learner
from surrogate.lineage import Past, choose_sentinels, heritage
from surrogate.models.base import Recipe
from surrogate.models.guided import assisted
from surrogate.models.helping import HelperRecipe
from surrogate.models.inherited import inheriting
from surrogate.models.recipes import recipe
from surrogate.oracle import Simulator, simulate
from surrogate.outcome import Answer, Outcome
from surrogate.records import Observation, Query

Array = NDArray[np.float64]
# What queries give: the question's outcome, or several by name, each (n,).
Simulate = Callable[[Sequence[Query]], Array | Mapping[str, Array]]


@dataclass(frozen=True)
class Stage:
    """A campaign after so many runs: its surrogate, what it was told, and what it had asked."""

    runs: int
    fitted: Fitted
    observations: tuple[Observation, ...]
    queries: tuple[Query, ...]


def stages(
    learner: Learner,
    observe: Callable[[Sequence[Query]], Sequence[Observation]],
    *,
    at: Sequence[int],
    batch: int = 8,
    again: Sequence[Query] = (),
) -> Iterator[Stage]:
    """The campaign at the rising numbers of runs in `at`, asking `batch` queries at a time; it
    begins with those that are to be run `again`.
    """
    queries = list(again)
    observations = list(observe(queries)) if queries else []
    fitted = learner.fit(observations) if observations else None
    for goal in at:
        while len(observations) < goal:
            count = min(batch, goal - len(observations))
            asked = learner.ask(count, first=len(observations), pending=(), fitted=fitted)
            queries += asked
            observations += observe(asked)
            fitted = learner.fit(observations, fitted.revision if fitted else None)
        assert fitted is not None
        yield Stage(goal, fitted, tuple(observations), tuple(queries))


def campaign(
    learner: Learner, simulate: Simulate, *, at: Sequence[int], batch: int = 8
) -> list[Stage]:
    """The surrogates at the numbers of runs in `at`, asking `batch` queries at a time."""

    def observe(queries: Sequence[Query]) -> list[Observation]:
        return _observed(learner, queries, simulate(queries))

    return list(stages(learner, observe, at=sorted(at), batch=batch))


def steps(
    learner: Learner, observe: Callable[[Query], Observation], *, batch: int = 8
) -> Iterator[tuple[list[Observation], Fitted | None]]:
    """A campaign without end: after each batch all observations, and the surrogate of them."""
    observations: list[Observation] = []
    fitted: Fitted | None = None
    while True:
        first = len(observations)
        queries = learner.ask(batch, first=first, pending=(), fitted=fitted)
        observations += [observe(query) for query in queries]
        fitted = learner.fit(observations, fitted.revision if fitted else None)
        yield observations, fitted


def observed(simulator: Simulator, query: Query) -> Observation:
    """What the simulator says of a query, declined or not."""
    said = simulate(simulator, query.point, query.seed)
    if not isinstance(said, Answer):
        return Observation(query.index, query.point, {}, reason=query.reason, message=said.reason)
    return Observation(
        query.index, query.point, said.values, said.sds, cost=said.cost, reason=query.reason
    )


def _observed(
    learner: Learner, queries: Sequence[Query], values: Array | Mapping[str, Array]
) -> list[Observation]:
    told = values if isinstance(values, Mapping) else {learner.outcome.name: values}
    return [
        Observation(
            q.index, q.point, {name: float(v[k]) for name, v in told.items()}, reason=q.reason
        )
        for k, q in enumerate(queries)
    ]


def heir(learner: Learner, before: Past, sentinels: int) -> Learner:
    """The same as a child: it begins with the map of the one before and so many sentinels of it."""
    bridge = crossing(before.learner.space, learner.space)
    again = choose_sentinels(before, bridge, sentinels)
    recipe = inheriting(learner.recipe, heritage(before, bridge, again))
    return replace(learner, recipe=recipe, start=len(again), sentinels=again)


def recipe_of(name: str, outcome: Outcome, dimension: int) -> tuple[Recipe, tuple[str, ...]]:
    """The recipe of "gp-patches with margin", and the outcomes that help it."""
    plain, *helps = name.split(" with ")
    made = recipe(plain, outcome, dimension)
    if helps:
        made = assisted(made, [HelperRecipe(one) for one in helps])
    return made, tuple(helps)
