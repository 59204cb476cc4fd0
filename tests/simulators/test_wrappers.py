"""A troubled simulator is a simulator still: seeded, stackable, and difficult as was said."""

import numpy as np
import pytest

from simulators.wrappers import (
    Costly,
    Crashing,
    Hanging,
    Hungry,
    Lazy,
    Limited,
    Noisy,
    Slow,
    Troubled,
    When,
)
from surrogate.errors import PlanError, SimulatorError
from surrogate.oracle import Simulator, SimulatorSource, simulate, simulator
from surrogate.outcome import Answer, Binary, Count, Infeasible, Number
from surrogate.records import Run, Status
from surrogate.space import Point, Real, Space
from surrogate.workers.base import Limits, Task
from surrogate.workers.local import LocalEngine
from tests.clocks import ManualClock

SPACE = Space({"x": Real(0, 1), "y": Real(0, 1)})
INSIDE = {"x": 0.7, "y": 0.2}


@simulator(space=SPACE, outcome=Binary("yes"), knobs={"level": 0.5})
def coin(point: Point, *, rng: np.random.Generator, level: float) -> bool:
    return bool(rng.random() < level)


@simulator(space=SPACE, outcome=Number("height", unit="m"))
def ramp(point: Point, *, rng: np.random.Generator) -> float:
    return float(point["x"])


def answers(troubled: Simulator, runs: int, point: Point = INSIDE) -> list[Answer | Infeasible]:
    return [simulate(troubled, point, seed) for seed in range(runs)]


def of_value(answer: Answer | Infeasible, name: str) -> float:
    assert isinstance(answer, Answer)
    return answer.values[name]


def run_alone(troubled: Troubled, limits: Limits) -> Run:
    engine = LocalEngine(SimulatorSource(instance=troubled), slots=1, limits=limits)
    try:
        return engine.submit(Task(0, 1, INSIDE, 1)).result()
    finally:
        engine.close(kill=True)


@pytest.mark.parametrize(
    "trouble",
    [Lazy(When(0.3)), Noisy(coin.outcomes[0], flip=0.2), Costly("1 + 9*x"), Crashing(When(0.0))],
)
def test_a_troubled_simulator_is_a_simulator_and_repeatable(trouble: Lazy) -> None:
    troubled = Troubled(coin, trouble)
    assert isinstance(troubled, Simulator)
    assert answers(troubled, 40) == answers(troubled, 40)


def test_the_simulator_inside_sees_the_chances_that_it_sees_alone() -> None:
    stacked = Troubled(Troubled(coin, Lazy(When(0.3))), Costly("1.0"))
    for alone, troubled in zip(answers(coin, 60), answers(stacked, 60), strict=True):
        assert isinstance(alone, Answer)
        assert isinstance(troubled, Infeasible) or troubled.values == alone.values


def test_two_troubles_of_one_kind_have_chances_of_their_own() -> None:
    twice = Troubled(Troubled(coin, Lazy(When(0.5))), Lazy(When(0.5)))
    declined = sum(isinstance(answer, Infeasible) for answer in answers(twice, 400))
    assert 260 <= declined <= 340  # three quarters, within four sd; together they would be half


def test_knobs_go_through_to_the_simulator_inside() -> None:
    sure = Troubled(coin, Costly("2*y")).with_knobs({"level": 1.0}).with_settings({})
    assert sure.knobs == {"level": 1.0}
    assert simulate(sure, INSIDE, 1) == Answer({"yes": 1.0}, cost=0.4)


def test_lazy_declines_in_its_region_and_nowhere_else() -> None:
    lazy = Troubled(ramp, Lazy(When(region="x > 0.6 and y < 0.5")))
    assert isinstance(simulate(lazy, INSIDE, 1), Infeasible)
    assert isinstance(simulate(lazy, {"x": 0.5, "y": 0.2}, 1), Answer)


def test_flips_happen_at_their_rate() -> None:
    noisy = Troubled(coin.with_knobs({"level": 1.0}), Noisy(coin.outcomes[0], flip=0.1))
    wrong = sum(of_value(answer, "yes") == 0.0 for answer in answers(noisy, 1000))
    assert 62 <= wrong <= 138  # binomial(1000, 0.1) within four sd


def test_every_trial_of_a_count_flips_by_itself() -> None:
    @simulator(space=SPACE, outcome=Count("hits", of=10))
    def all_hit(point: Point, *, rng: np.random.Generator) -> int:
        return 10

    noisy = Troubled(all_hit, Noisy(all_hit.outcomes[0], flip=0.25))
    hits = [of_value(answer, "hits") for answer in answers(noisy, 500)]
    assert np.mean(hits) == pytest.approx(7.5, abs=4 * np.sqrt(10 * 0.25 * 0.75 / 500))
    assert np.var(hits) == pytest.approx(1.875, rel=0.3)


def test_gaussian_noise_follows_its_formula_over_the_space() -> None:
    noisy = Troubled(ramp, Noisy(ramp.outcomes[0], sd="0.1 + y"))
    near = [of_value(a, "height") for a in answers(noisy, 800, {"x": 0.5, "y": 0.0})]
    far = [of_value(a, "height") for a in answers(noisy, 800, {"x": 0.5, "y": 0.9})]
    assert np.std(near) == pytest.approx(0.1, rel=0.11)
    assert np.std(far) == pytest.approx(1.0, rel=0.11)
    assert np.mean(far) == pytest.approx(0.5, abs=0.15)


def test_known_noise_is_told_and_adds_to_the_simulators_own() -> None:
    @simulator(space=SPACE, outcome=Number("height", noise="known"))
    def gauge(point: Point, *, rng: np.random.Generator) -> tuple[float, float]:
        return 1.0, 0.3

    answer = simulate(Troubled(gauge, Noisy(gauge.outcomes[0], sd="0.4")), INSIDE, 1)
    assert isinstance(answer, Answer)
    assert answer.sds["height"] == pytest.approx(0.5)


def test_cost_varies_tenfold_over_the_space() -> None:
    costly = Troubled(ramp, Costly("1 + 9*x"))
    costs = [simulate(costly, {"x": x, "y": 0.0}, 1) for x in (0.0, 1.0)]
    assert [a.cost for a in costs if isinstance(a, Answer)] == [1.0, 10.0]


def test_slow_and_hanging_pass_time() -> None:
    clock = ManualClock()
    simulate(Troubled(ramp, Slow("2 + 10*y", clock)), INSIDE, 1)
    assert clock.now() == pytest.approx(4.0)
    simulate(Troubled(ramp, Hanging(When(), clock)), INSIDE, 1)
    assert clock.now() > 24 * 3600


def test_a_limited_run_lasts_its_share_of_calls_or_frames() -> None:
    clock = ManualClock()
    simulate(Troubled(ramp, Limited(calls=4, clock=clock)), INSIDE, 1)
    assert clock.now() == pytest.approx(0.25)
    counted = Troubled(ramp, Costly("120.0"))
    simulate(Troubled(counted, Limited(frames=60, clock=clock)), INSIDE, 1)
    assert clock.now() == pytest.approx(2.25)


def test_time_that_the_run_took_itself_counts() -> None:
    clock = ManualClock()
    slow = Troubled(ramp, Slow("0.2", clock))
    simulate(Troubled(slow, Limited(calls=4, clock=clock)), INSIDE, 1)
    assert clock.now() == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("how", "said"), [("raise", "diverged"), ("exit", "exited with code 7"), ("signal", "signal")]
)
def test_each_way_to_crash_costs_its_own_run(how: str, said: str) -> None:
    run = run_alone(Troubled(ramp, Crashing(When(), how)), Limits(20))
    assert run.status is Status.ERROR
    assert said in run.message


def test_a_hanging_run_is_killed_at_its_limit() -> None:
    assert run_alone(Troubled(ramp, Hanging(When())), Limits(0.5)).status is Status.TIMEOUT


def test_a_hungry_run_meets_its_memory_limit() -> None:
    hungry = Troubled(ramp, Hungry(When(), 8 * 10**9))
    run = run_alone(hungry, Limits(20, memory_bytes=4 * 10**9))
    assert run.status is Status.ERROR
    assert "MemoryError" in run.message


def test_nonsense_is_refused_with_a_sentence() -> None:
    with pytest.raises(SimulatorError, match=r"a rate in 0\.\.1 was expected, 2 came"):
        When(2)
    with pytest.raises(PlanError, match="not allowed"):
        When(region="__import__('os')")
    with pytest.raises(SimulatorError, match="'raise', 'exit' or 'signal'"):
        Crashing(When(), "explode")
    with pytest.raises(SimulatorError, match="must be positive"):
        Limited(calls=0)
