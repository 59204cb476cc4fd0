"""The same plan, round by round, asks the same and learns the same on any workers and database."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from surrogate.goal import Goal
from surrogate.learner import Learner
from surrogate.models.recipes import recipe_for
from surrogate.oracle import SimulatorSource
from surrogate.records import Observation, Query, Revision
from surrogate.runner import Ending, Orders, Progress, run_campaign
from surrogate.store.base import CampaignRecord
from surrogate.store.sql import open_store
from surrogate.workers.base import Engine, Limits
from surrogate.workers.local import LocalEngine
from tests.clusters import Cluster
from tests.workers.small import OVER, SQUARE

ROOT = str(Path(__file__).parents[2])
NAME = "the same"


@dataclass(frozen=True)
class Story:
    """All that a campaign decided, and what its last surrogate says."""

    queries: tuple[Query, ...]
    observations: tuple[Observation, ...]
    revisions: tuple[Revision, ...]
    means: Sequence[float]


def source(pause: float = 0.0) -> SimulatorSource:
    return SimulatorSource("tests.workers.small:throw", settings={"pause": pause}, paths=(ROOT,))


def story(location: str, slots: int) -> Story:
    with closing(LocalEngine(source(), slots=slots, limits=Limits(20.0))) as engine:
        return story_on(engine, location)


def story_on(
    engine: Engine, location: str, observe: Callable[[Progress], None] | None = None
) -> Story:
    learner = Learner(
        SQUARE, OVER, Goal.boundary(0.5), seed=4, recipe=recipe_for(OVER, 2), budget=20
    )
    with closing(open_store(location)) as store:
        if NAME in [record.name for record in store.campaigns()]:
            store.delete_campaign(NAME)
        store.create_campaign(CampaignRecord(NAME, {}, "", "", 0.0))
        orders = Orders(NAME, 20, rounds=True, batch=4)
        summary = run_campaign(learner, store, engine, orders, observe=observe)
        assert summary.ending is Ending.COMPLETE
        observations, revisions = store.observations(NAME), store.revisions(NAME)
        fitted = learner.restore(observations, revisions[-1])
        corners = np.array([[0.1, 0.2], [0.5, 0.5], [0.9, 0.4]])
        means = fitted.surrogate.predict(corners).mean.tolist()
        return Story(store.queries(NAME), observations, revisions, means)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """One worker, the embedded store."""
    return story(str(tmp_path_factory.mktemp("alone") / "store.db"), 1)


@pytest.mark.parametrize("slots", [2, 8])
def test_any_number_of_workers_asks_and_learns_the_same(
    alone: Story, slots: int, tmp_path: Path
) -> None:
    assert story(str(tmp_path / "store.db"), slots) == alone


@pytest.mark.parametrize("slots", [*(pytest.param(n, marks=pytest.mark.slow) for n in (1, 2)), 8])
def test_the_server_s_store_leads_to_the_same_questions(
    alone: Story, slots: int, server: Cluster
) -> None:
    assert story(server.url(), slots) == alone


def test_the_questions_are_chosen_by_what_was_learned(alone: Story) -> None:
    assert len(alone.revisions) > 2
    assert any(query.revision > 0 for query in alone.queries)
    assert len({query.seed for query in alone.queries}) == len(alone.queries) == 20
