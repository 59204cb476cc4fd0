"""The gateway answers from the map where it may, and its contract is what checks measured."""

import numpy as np
import pytest

from simulators.problems.emulation import branin
from simulators.problems.level_sets import discrim_lowdim
from simulators.problems.problem import Problem
from surrogate.answers.gateway import Contract, Gateway, Growing, Reply, Terms
from surrogate.errors import PointError
from surrogate.goal import Goal
from surrogate.learner import Learner
from surrogate.models.base import Marginal, Prediction
from surrogate.models.recipes import recipe_for
from surrogate.outcome import Number
from surrogate.records import Observation
from surrogate.space import Array, Point, Real, Space


class Backing:
    """A problem with a surrogate that grows by each run."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.space, self.outcome = problem, problem.space, problem.outcome
        recipe = recipe_for(self.outcome, 2)
        learner = Learner(self.space, self.outcome, Goal.map(), seed=0, recipe=recipe)
        self.growing = Growing(self.space, self.outcome, learner.fit, [])

    def surrogate(self) -> Marginal | None:
        return self.growing.surrogate()

    def simulate(self, point: Point, why: str) -> Observation:
        value = float(self.problem.at([point])[0])
        run = Observation(len(self.growing.observations), point, {self.outcome.name: value})
        self.growing.learn(run)
        return run


LINE = Space({"x": Real(0.0, 1.0)})


class Lying:
    """A map that is sure of 0 left of the middle, and unsure right of it; the truth is x."""

    space, outcome = LINE, Number("y")

    def __init__(self, declines: bool = False) -> None:
        self.runs: list[tuple[Point, str]] = []
        self.declines = declines

    def surrogate(self) -> "Lying":
        return self

    hyperparameters: dict[str, float] = {}  # noqa: RUF012

    def predict(self, units: Array, coverage: float = 0.95) -> Prediction:
        half = np.where(units[:, 0] < 0.5, 0.05, 9.0)
        return Prediction(0 * half, -half, half, coverage)

    def exceedance(self, units: Array, level: float) -> Array:
        return np.zeros(len(units))

    def simulate(self, point: Point, why: str) -> Observation:
        self.runs.append((point, why))
        values = {} if self.declines else {"y": float(point["x"])}
        return Observation(len(self.runs), point, values, message="stalled" * self.declines)


def asked(gate: Gateway, count: int, low: float = 0.0, high: float = 0.5) -> list[Reply]:
    rng = np.random.default_rng(0)
    return [gate({"x": float(x)}) for x in rng.uniform(low, high, count)]


def test_a_narrow_interval_is_answered_from_the_map_without_a_run() -> None:
    backing = Lying()
    (reply,) = asked(Gateway(backing, Terms(0.1, checked=0.0)), 1)
    assert (reply.value, reply.source, reply.kind) == (0.0, "map", "value")
    assert backing.runs == []


def test_a_wide_interval_is_answered_by_a_run() -> None:
    backing = Lying()
    (reply,) = asked(Gateway(backing, Terms(0.1)), 1, 0.6, 0.7)
    assert reply.source == "run"
    assert reply.value == backing.runs[0][0]["x"]
    assert backing.runs[0][1] == "asked for through the gateway"


def test_about_the_stated_share_of_answers_is_checked() -> None:
    gate = Gateway(Lying(), Terms(0.6, checked=0.2))
    replies = asked(gate, 500)
    assert gate.contract().checks == sum(reply.source == "check" for reply in replies)
    assert gate.contract().checks == pytest.approx(100, abs=30)


def test_violations_are_counted_with_an_exact_bound() -> None:
    gate = Gateway(Lying(), Terms(0.4, checked=1.0))
    for x in (0.1, 0.2, 0.45):  # the map says 0, the truth is x
        gate({"x": x})
    contract = gate.contract()
    assert (contract.checks, contract.violations) == (3, 1)
    assert contract.bound == pytest.approx(0.8646497, abs=1e-6)  # scipy: beta.ppf(.95, 2, 2)
    assert "of 3 checked 1 were off by more than 0.4" in contract.words


def test_a_map_that_was_caught_lying_is_trusted_less() -> None:
    gate = Gateway(Lying(), Terms(0.1, checked=1.0))
    replies = asked(gate, 60, 0.2, 0.5)
    assert replies[0].value >= 0.2  # a check gives what was simulated
    sources = [reply.source for reply in replies]
    assert sources[0] == "check"
    assert sources[-1] == "run"


def test_a_declined_check_answers_from_the_map_and_says_why() -> None:
    (reply,) = asked(Gateway(Lying(declines=True), Terms(0.1, checked=1.0)), 1)
    assert (reply.value, reply.declined) == (0.0, "stalled")
    (reply,) = asked(Gateway(Lying(declines=True), Terms(0.1)), 1, 0.6, 0.7)
    assert (reply.source, reply.declined) == ("run", "stalled")


def test_a_point_outside_the_space_is_refused() -> None:
    with pytest.raises(PointError, match=r"is outside 0\.\.1"):
        Gateway(Lying(), Terms(0.1))({"x": 3.0})


def test_without_checks_nothing_is_claimed() -> None:
    assert (
        Contract(Terms(0.1), 3, 1, 0, 0, 1.0).words
        == "75 % of 4 requests from the map; none was checked yet."
    )


def test_it_learns_to_answer_most_requests_within_its_tolerance() -> None:
    gate = Gateway(Backing(branin), Terms(15.0, checked=0.1))
    space = branin.space
    points = space.decode(space.draw(200, np.random.default_rng(1)))
    replies = [gate(point) for point in points]
    late = [(r, p) for r, p in zip(replies, points, strict=True)][-50:]
    assert sum(reply.source != "run" for reply, _ in late) > 40
    errors = [abs(reply.value - float(branin.at([point])[0])) for reply, point in late]
    assert np.mean(np.array(errors) > 15.0) <= 0.06


def test_a_run_between_fits_counts_by_the_noise_that_it_tells() -> None:
    outcome = Number("y", noise="known")
    recipe = recipe_for(outcome, 1)
    learner = Learner(LINE, outcome, Goal.map(), seed=0, recipe=recipe)

    def at(x: float, y: float, sd: float) -> Observation:
        return Observation(int(1000 * x), {"x": x}, {"y": y}, {"y": sd})

    known = [at(x, float(np.sin(6.0 * x)), 0.05) for x in np.linspace(0.0, 1.0, 12)]
    means = []
    for sd in (0.01, 2.0):
        growing = Growing(LINE, outcome, learner.fit, list(known))
        before = growing.surrogate()
        growing.learn(at(0.545, 2.0, sd))
        after = growing.surrogate()
        assert before is not None
        assert after is not None
        units = np.array([[0.545]])
        means.append(float((after.predict(units).mean - before.predict(units).mean)[0]))
    assert means[0] > 1.0
    assert abs(means[1]) < 0.1


def test_of_yes_and_no_the_answer_is_a_probability_and_checks_compare_rates() -> None:
    rng = np.random.default_rng(3)

    class Coin(Backing):
        def simulate(self, point: Point, why: str) -> Observation:
            yes = float(rng.random() < self.problem.at([point])[0])
            run = Observation(len(self.growing.observations), point, {self.outcome.name: yes})
            self.growing.learn(run)
            return run

    gate = Gateway(Coin(discrim_lowdim), Terms(0.3, checked=0.5))
    space = discrim_lowdim.space
    replies = [gate(p) for p in space.decode(space.draw(80, np.random.default_rng(1)))]
    assert {reply.kind for reply in replies} == {"probability"}
    assert all(reply.outcome in (0.0, 1.0) for reply in replies if reply.source == "run")
    contract = gate.contract()
    assert contract.violations is None
    assert contract.checks > 0
    assert contract.said == pytest.approx(contract.seen, abs=0.25)
