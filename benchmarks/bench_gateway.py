"""The gateway in place of a simulator: what share it answers, and how often it is wrong.

Requests are drawn from the space's own distribution; the tolerance is .05 of the response's range.
Every answer is compared with the exact response, which the gateway never sees.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.table import Table
from benchmarks.trials import run_trials
from simulators.problems.emulation import branin, gramacy, piston
from simulators.problems.problem import Problem
from surrogate.answers.gateway import Gateway, Growing, Terms
from surrogate.goal import Goal
from surrogate.learner import Learner
from surrogate.models.recipes import recipe_for
from surrogate.outcome import Outcome
from surrogate.records import Observation
from surrogate.space import Point, Space

PROBLEMS = {one.name: one for one in (branin, gramacy, piston)}
TOLERANCE = 0.05  # of the range
REQUESTS = 400
TO_BEAT = (0.8, 0.05)


@dataclass
class Backing:
    problem: Problem
    growing: Growing = field(init=False)

    def __post_init__(self) -> None:
        learner = Learner(
            space=self.space,
            outcome=self.outcome,
            goal=Goal.map(),
            seed=0,
            recipe=recipe_for(self.outcome, self.space.dimension),
            start=5 * self.space.dimension,
        )
        self.growing = Growing(self.space, self.outcome, learner.fit, [])

    @property
    def space(self) -> Space:
        return self.problem.space

    @property
    def outcome(self) -> Outcome:
        return self.problem.outcome

    def surrogate(self) -> Any:
        return self.growing.surrogate()

    def simulate(self, point: Point, why: str) -> Observation:
        value = float(self.problem.at([point])[0])
        run = Observation(len(self.growing.observations), point, {self.outcome.name: value})
        self.growing.learn(run)
        return run


def trial(problem: str, seed: int) -> dict[str, float]:
    simulator = PROBLEMS[problem]
    rng = np.random.default_rng(seed)
    truth = simulator.on(simulator.space.draw(4096, np.random.default_rng(9)))
    tolerance = TOLERANCE * float(np.ptp(truth))
    gate = Gateway(Backing(simulator), Terms(tolerance), rng)
    wrong, mapped, late = 0, 0, []
    for units in simulator.space.draw(REQUESTS, rng):
        point = simulator.space.decode(units[None])[0]
        reply = gate(point)
        late.append(reply.source == "map")
        if reply.source == "map":
            mapped += 1
            wrong += abs(reply.value - float(simulator.at([point])[0])) > tolerance
    contract = gate.contract()
    return {
        "share": mapped / REQUESTS,
        "last": float(np.mean(late[-100:])),
        "wrong": wrong / max(mapped, 1),
        "held": float(wrong / max(mapped, 1) <= (contract.bound or 1.0)),
    }


def tables(quick: bool, seeds: int | None) -> list[Table]:
    count = seeds or (3 if quick else 50)
    names = ("branin",) if quick else tuple(PROBLEMS)
    rows: list[tuple[Any, ...]] = []
    for problem in names:
        grid = [{"problem": problem, "seed": seed} for seed in range(count)]
        results = run_trials(f"gateway_{problem}", trial, grid, jobs=1)
        share, last, wrong, held = (
            [r[key] for r in results] for key in ("share", "last", "wrong", "held")
        )
        row = (problem, float(np.median(share)), float(np.median(last)), min(last))
        rows.append((*row, float(np.mean(wrong)), max(wrong), float(np.mean(held))))
    rows.append(("to beat", "", TO_BEAT[0], "", TO_BEAT[1], "", 0.95))
    columns = ("problem", "from the map", "last 100", "worst", "violations", "worst", "bound held")
    title = f"gateway, {REQUESTS} requests, tolerance {TOLERANCE} of the range, {count} seeds"
    return [Table(title, columns, tuple(rows))]
