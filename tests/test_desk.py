"""The desk: queries handed out as JSON, results taken back, each exactly once."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from surrogate.campaign import Campaign
from surrogate.desk import Desk, Source
from surrogate.oracle import SimulatorSource, simulator
from surrogate.outcome import Binary, Number
from surrogate.plan import Plan
from surrogate.records import Status
from surrogate.space import Real, Space
from surrogate.store.base import CampaignRecord, Store
from surrogate.store.sql import open_store
from tests.clocks import ManualClock
from tests.serving import Clerk, Reply

OUTCOMES = (Binary("hit"), Number("margin", low=-9, high=9))


@simulator(space=Space({"x": Real(0, 10)}), outcome=OUTCOMES)
def rig(point: Any, *, rng: np.random.Generator) -> Any:
    raise AssertionError("only clients run this one")


@dataclass
class Counter:
    """A campaign, its store and its desk, with a clock of the test's own."""

    store: Store
    campaign: Campaign
    clock: ManualClock
    desk: Desk

    def post(self, verb: str, **body: Any) -> Reply:
        return self.sent(verb, json.dumps(body).encode())

    def sent(self, verb: str, body: bytes) -> Reply:
        return Clerk({"rig": self.desk}).reply(f"/campaigns/rig/{verb}", body)

    def asked(self, count: int = 1) -> list[dict[str, Any]]:
        said = self.post("ask", worker="w", count=count)
        assert said.status == 200
        return list(said.body["queries"])

    def told(self, query: dict[str, Any], **result: Any) -> Reply:
        which = {"query": query["query"], "attempt": query["attempt"]}
        return self.post("tell", **{**which, **result})


def counter_in(folder: Path, runs: int, *, lease: float = 60.0) -> Counter:
    keys = {
        "name": "rig",
        "simulator": {"use": "tests.test_desk:rig"},
        "goal": {"kind": "boundary", "level": 0.5},
        "budget": {"runs": runs},
        "rule": "sobol",
    }
    plan, store, clock = Plan.from_mapping(keys), open_store(folder / "rig.db"), ManualClock(100.0)
    store.create_campaign(CampaignRecord("rig", plan.to_json(), plan.identity(), "", 0.0))
    campaign = Campaign(store, plan, rig, SimulatorSource(instance=rig))
    source = Source("rig", campaign.outcomes, campaign.stock)
    return Counter(store, campaign, clock, Desk(source, store, runs, lease=lease, clock=clock))


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = counter_in(tmp_path, 4)
    yield made
    made.campaign.close()


def test_queries_are_handed_out_until_the_budget_is_out_and_taken_back(counter: Counter) -> None:
    first = counter.asked(3)
    (last,) = counter.asked(3)
    assert counter.post("ask", worker="w").body["state"] == "waiting"
    for query in (*first, last):
        done = counter.told(query, values={"hit": query["point"]["x"] > 5, "margin": 1.5})
    assert done.body == {"query": last["query"], "state": "complete"}
    assert counter.post("ask", worker="w").body == {"queries": [], "lease": 60, "state": "complete"}
    taught = counter.store.observations("rig")
    assert [one.values["hit"] for one in taught] == [float(one.point["x"]) > 5 for one in taught]


def test_a_result_told_twice_counts_once(counter: Counter) -> None:
    (query,) = counter.asked()
    for _ in range(2):
        assert counter.told(query, values=True, seconds=2.5).status == 200
    (run,) = counter.store.runs("rig")
    assert (run.values, run.seconds, run.started) == ({"hit": 1.0}, 2.5, 97.5)


def test_a_lapsed_lease_goes_to_another_and_the_late_result_is_taken_once(counter: Counter) -> None:
    (query,) = counter.asked()
    counter.clock.sleep(59)
    counter.post("heartbeat", queries=[query["query"]])
    counter.clock.sleep(59)
    assert counter.asked(4)[0]["query"] != query["query"]
    counter.clock.sleep(2)
    (again,) = counter.asked()
    assert (again["query"], again["attempt"]) == (query["query"], 2)
    assert counter.told(query, values=True).status == 200
    assert counter.told(again, values=False).status == 200
    assert [one.values for one in counter.store.observations("rig")] == [{"hit": 1.0}]


def test_what_a_worker_gives_back_goes_to_the_next_with_its_reason(counter: Counter) -> None:
    (query,) = counter.asked()
    assert query["why"]
    index = query["query"]
    assert counter.post("give-back", worker="thief", queries=[index]).body == {"queries": []}
    assert counter.post("give-back", worker="w", queries=[index]).body == {"queries": [index]}
    assert counter.post("give-back", worker="w", queries=[index]).body == {"queries": []}
    assert counter.asked() == [query]
    assert counter.store.runs("rig") == ()


def test_what_failed_is_tried_three_times_and_what_was_declined_never(counter: Counter) -> None:
    for _ in range(3):
        (query,) = counter.asked()
        assert query["query"] == 0
        counter.told(query, error="RuntimeError: the door was open")
    (query,) = counter.asked()
    counter.told(query, infeasible="too steep")
    assert query["query"] == 1
    statuses = [run.status for run in counter.store.runs("rig")]
    assert statuses == [Status.ERROR] * 3 + [Status.INFEASIBLE]


@pytest.mark.parametrize(
    ("verb", "body", "status", "said"),
    [
        ("ask", b"{", 422, "Invalid JSON"),
        ("ask", b'{"worker": "w", "count": 0}', 422, "Input should be greater than"),
        ("ask", b'{"worker": "w", "kount": 1}', 422, "Extra inputs are not permitted"),
        ("tell", b'{"query": 0, "attempt": 1}', 422, "exactly one of values, infeasible, error"),
        ("tell", b'{"query": 9, "attempt": 1, "values": true}', 404, "has no query [9]"),
        ("tell", b'{"query": 0, "attempt": 1, "values": 0.5}', 422, "True or False was expected"),
        ("tell", b'{"query": 0, "attempt": 1, "values": {"hit": NaN}}', 422, "nan came"),
        ("tell", b'{"query": 0, "attempt": 1, "values": {"miss": 1}}', 422, "'miss' came, but"),
        ("heartbeat", b'{"queries": [9]}', 404, "has no query [9]"),
    ],
)
def test_what_cannot_be_used_is_refused_and_said_why(
    counter: Counter, verb: str, body: bytes, status: int, said: str
) -> None:
    counter.asked()
    refused = counter.sent(verb, body)
    assert refused.status == status
    assert said in refused.body["detail"]
    assert counter.store.runs("rig") == ()
