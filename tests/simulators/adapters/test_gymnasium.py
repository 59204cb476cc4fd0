"""Episodes as runs: an environment in gymnasium's manner, so that nothing need be installed."""

import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from surrogate.errors import PlanError, SimulatorError
from surrogate.oracle import Simulator, SimulatorSource, simulate
from surrogate.outcome import Answer
from surrogate.plan import Plan
from surrogate.records import Status
from surrogate.workers.base import Limits, Task
from surrogate.workers.local import LocalEngine

HERE = "tests.simulators.adapters.test_gymnasium"
USE = "simulators.adapters.gymnasium:environment"


class Sides:
    """The action space: left or right."""

    def seed(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def sample(self) -> int:
        return int(self.rng.integers(2))


class Walk:
    """A walk on a line that ends at `goal`, or is cut off after 50 steps; slips at a rate."""

    def __init__(self, goal: float = 5.0, slip: float = 0.0) -> None:
        self.goal, self.slip = goal, slip
        self.action_space = Sides()
        self.place, self.steps = 0.0, 0

    def reset(self, *, seed: int) -> tuple[list[float], dict[str, Any]]:
        self.rng = np.random.default_rng(seed)
        return [self.place], {}

    def step(self, action: int) -> tuple[list[float], float, bool, bool, dict[str, Any]]:
        slipped = self.rng.random() < self.slip
        self.place += (-1 if slipped else 1) * (1 if action else -1)
        self.steps += 1
        there = self.place >= self.goal
        return [self.place], -1.0, there, self.steps >= 50, {"slipped": slipped, "note": "text"}

    def close(self) -> None:
        pass


class Troubled(Walk):
    """The third step goes wrong, as `trouble` says."""

    def __init__(self, trouble: str) -> None:
        super().__init__()
        self.trouble = trouble

    def step(self, action: int) -> tuple[list[float], float, bool, bool, dict[str, Any]]:
        if self.steps == 2:
            TROUBLES[self.trouble]()
        taken = super().step(action)
        nan = self.trouble == "nan" and self.steps > 2
        return ([math.nan], *taken[1:]) if nan else taken


def raises() -> None:
    raise RuntimeError("the physics is upset")


TROUBLES: dict[str, Callable[[], object]] = {
    "raises": raises,
    "leaves": lambda: os._exit(9),
    "dies": lambda: os.kill(os.getpid(), 11),
    "hangs": lambda: time.sleep(9999),
    "nan": lambda: None,
    "wanders": lambda: os.chdir("/"),
}


def forward(observation: list[float], point: dict[str, float]) -> int:
    return 1


def place(made: Walk, point: dict[str, float]) -> list[float]:
    made.place = point["start"]
    return [made.place]


def table(**changes: Any) -> dict[str, Any]:
    declared = {
        "environment": f"{HERE}:Walk",
        "policy": f"{HERE}:forward",
        "prepare": f"{HERE}:place",
        "space": {"start": {"low": -60, "high": 4}},
        "outcomes": {
            "arrived": {"kind": "binary", "value": "terminated and o0 >= 5"},
            "reward": {"value": "reward"},
        },
    }
    return {**declared, **changes}


def episodes(**changes: Any) -> Simulator:
    return SimulatorSource(USE, declare=table(**changes)).load()


def test_an_episode_answers_with_formulas_over_how_it_ended() -> None:
    answer = simulate(episodes(), {"start": -5.0}, 1)
    assert answer == Answer({"arrived": 1.0, "reward": -10.0}, cost=10.0)
    too_far = simulate(episodes(), {"start": -60.0}, 1)
    assert too_far == Answer({"arrived": 0.0, "reward": -50.0}, cost=50.0)


def test_an_episode_is_the_same_for_a_seed_and_another_for_another() -> None:
    drunk = episodes(policy="")
    runs = [simulate(drunk, {"start": 0.0}, seed) for seed in range(8)]
    assert runs == [simulate(drunk, {"start": 0.0}, seed) for seed in range(8)]
    assert len({str(run) for run in runs}) > 1


def test_arguments_are_knobs_and_parameters_can_go_to_the_making() -> None:
    nearer = episodes(arguments={"goal": 5.0}).with_knobs({"goal": 1.0})
    assert simulate(nearer, {"start": 0.0}, 1) == Answer({"arrived": 0.0, "reward": -1.0}, cost=1.0)
    space = {"start": {"low": -9, "high": 0}, "goal": {"low": 1, "high": 9}}
    far = simulate(episodes(space=space, make=["goal"]), {"start": 0.0, "goal": 9.0}, 1)
    assert far == Answer({"arrived": 1.0, "reward": -9.0}, cost=9.0)


def test_an_episode_without_end_is_ended() -> None:
    answer = simulate(episodes(steps=3), {"start": -5.0}, 1)
    assert isinstance(answer, Answer)
    assert answer.cost == 3.0


def test_what_cannot_be_used_is_refused_with_a_sentence() -> None:
    with pytest.raises(PlanError, match="'wind' is no parameter; there are start"):
        episodes(make=["wind"])
    with pytest.raises(PlanError, match=r"declare\.environment' is missing"):
        SimulatorSource(USE, declare={"space": {"x": {"low": 0, "high": 1}}}).load()
    with pytest.raises(PlanError, match="not allowed"):
        episodes(outcomes={"y": {"value": "open('x')"}})
    with pytest.raises(SimulatorError, match="an episode ends with"):
        simulate(episodes(outcomes={"y": {"value": "height"}}), {"start": 0.0}, 1)
    with pytest.raises(SimulatorError, match=r"policy .* has no attribute 'nobody'"):
        simulate(episodes(policy=f"{HERE}:nobody"), {"start": 0.0}, 1)


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"environment": "Nowhere-v0"}, Status.ERROR, "environment 'Nowhere-v0' "),
        (
            {"environment": f"{HERE}:Nobody"},
            Status.ERROR,
            "has no attribute 'Nobody'; check the name",
        ),
        ({"arguments": {"trouble": "raises"}}, Status.ERROR, "RuntimeError: the physics is upset"),
        ({"arguments": {"trouble": "leaves"}}, Status.ERROR, "exited with code 9"),
        ({"arguments": {"trouble": "dies"}}, Status.ERROR, "killed by signal 11"),
        ({"arguments": {"trouble": "hangs"}}, Status.TIMEOUT, "limit"),
        ({"arguments": {"trouble": "nan"}}, Status.INFEASIBLE, "ended with o0 = nan, which"),
        ({"arguments": {"trouble": "wanders"}}, Status.OK, ""),
    ],
)
def test_every_failure_has_its_status_and_a_message(
    changes: dict[str, Any], status: Status, said: str
) -> None:
    declare = table(**{"environment": f"{HERE}:Troubled", **changes})
    limits = Limits(2.0 if status is Status.TIMEOUT else 60.0)
    engine = LocalEngine(SimulatorSource(USE, declare=declare), slots=1, limits=limits)
    try:
        run = engine.submit(Task(0, 1, {"start": 0.0}, 1)).result()
    finally:
        engine.close(kill=True)
    assert run.status is status, run.message
    assert said in run.message


def test_a_plan_carries_it(tmp_path: Path) -> None:
    keys = {
        "name": "walk",
        "simulator": {"use": USE, "declare": table()},
        "goal": {"kind": "boundary", "level": 0.5},
        "budget": {"runs": 30},
    }
    plan = Plan.from_mapping(keys, path=tmp_path / "walk.toml")
    space, outcome = plan.check_against(plan.source().load())
    assert (space.names, outcome.name) == (("start",), "arrived")
