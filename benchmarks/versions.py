"""A campaign on each of two versions of a design, and what comparing them says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.loop import heir, observed, recipe_of, stages
from surrogate.answers.difference import between
from surrogate.answers.drift import find_drift
from surrogate.answers.ground import Side
from surrogate.goal import Goal
from surrogate.learner import Learner
from surrogate.lineage import Past
from surrogate.oracle import Simulator
from surrogate.records import Observation, Query
from surrogate.space import Space

LEVEL = 0.5
BEFORE, RUNS = 400, 150  # of the first version of a design, and of the next
_AUDIT, _START, _BATCH = 15, 20, 16


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
            start=_START,
            audit=_AUDIT,
            budget=runs,
        )


@dataclass(frozen=True)
class Campaign:
    """What a campaign has become: a side of a comparison, and a child's parent."""

    side: Side
    past: Past


def campaign(setting: Setting, seed: int, runs: int, again: Sequence[Query] = ()) -> Campaign:
    """A campaign that begins with some queries again."""
    (found,) = _played(setting, setting.learner(seed, runs), [runs], again)
    return found


def children(
    setting: Setting, seed: int, at: Sequence[int], before: Past, sentinels: int
) -> dict[int, Campaign]:
    """What a campaign is after so many runs that begins with the map of the one before and with
    sentinels of it.
    """
    learner = heir(setting.learner(seed, max(at)), before, sentinels)
    return dict(zip(at, _played(setting, learner, at), strict=True))


def _played(
    setting: Setting, learner: Learner, at: Sequence[int], again: Sequence[Query] = ()
) -> Iterator[Campaign]:
    def observe(queries: Sequence[Query]) -> list[Observation]:
        return [observed(setting.simulator, query) for query in queries]

    for one in stages(learner, observe, at=at, batch=_BATCH, again=again):
        told, asked, fitted = one.observations, one.queries, one.fitted
        side = Side("", setting.space, fitted.surrogate, told, asked)
        yield Campaign(side, Past("", learner, told, asked, fitted.revision))


def compared(before: Campaign, after: Campaign) -> dict[str, Any]:
    """What comparing two versions said."""
    found = find_drift(between(before.side, after.side), LEVEL)
    cells = bool(found.map().sure.any())
    verdicts = [str(spot.verdict) for spot in found.changes]
    return {
        "verdicts": verdicts,
        "overall": found.overall.sure,
        "cells": cells,
        "alarm": bool(verdicts) or found.overall.sure or cells,
    }
