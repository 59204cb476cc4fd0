"""A campaign on each of two versions of a design, and what comparing them says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.loop import heir, observed, recipe_of
from surrogate.answers.difference import between
from surrogate.answers.drift import Drift, find_drift
from surrogate.answers.ground import Side
from surrogate.goal import Goal
from surrogate.learner import Fitted, Learner
from surrogate.lineage import Past
from surrogate.oracle import Simulator
from surrogate.records import Query
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
    fitted: Fitted


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
    return dict(zip(at, _played(setting, learner, at, ()), strict=True))


def _played(
    setting: Setting, learner: Learner, at: Sequence[int], again: Sequence[Query]
) -> Iterator[Campaign]:
    asked = list(again)
    told = [observed(setting.simulator, query) for query in asked]
    fitted = learner.fit(told, None) if told else None
    for goal in at:
        while len(told) < goal:
            count = min(_BATCH, goal - len(told))
            queries = learner.ask(count, first=len(told), pending=(), fitted=fitted)
            told += [observed(setting.simulator, query) for query in queries]
            asked += queries
            fitted = learner.fit(told, fitted.revision if fitted else None)
        assert fitted is not None
        side = Side("", setting.space, fitted.surrogate, tuple(told), tuple(asked))
        yield Campaign(side, Past("", learner, list(told), list(asked), fitted.revision), fitted)


def compared(before: Campaign, after: Campaign) -> dict[str, Any]:
    """What comparing two versions said."""
    return told_of(find_drift(between(before.side, after.side), LEVEL))


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
