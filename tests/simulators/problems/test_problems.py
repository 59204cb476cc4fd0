"""Problems hold what they say of themselves: volumes, failure probabilities, means, extremes."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ndtr
from scipy.stats import norm, qmc

from simulators.problems import emulation, level_sets, reliability
from simulators.problems.problem import Problem
from surrogate.errors import SimulatorError
from surrogate.oracle import Simulator, simulate
from surrogate.outcome import Answer, Binary

EVERY = (*level_sets.PROBLEMS, *reliability.PROBLEMS, *emulation.PROBLEMS)


def sobol(problem: Problem, power: int) -> np.ndarray:
    return np.asarray(qmc.Sobol(problem.space.dimension, seed=1).random_base2(power))


@pytest.mark.parametrize("problem", EVERY, ids=lambda p: p.name)
def test_a_problem_is_a_simulator_with_a_source(problem: Problem) -> None:
    assert isinstance(problem, Simulator)
    assert problem.source
    (point,) = problem.space.decode(np.full((1, problem.space.dimension), 0.37))
    answer = simulate(problem, point, 3)
    assert isinstance(answer, Answer)
    response = problem.on(np.full((1, problem.space.dimension), 0.37))
    np.testing.assert_allclose(problem.at([point]), response, rtol=1e-12)
    if not isinstance(problem.outcome, Binary):
        assert answer.values[problem.outcome.name] == pytest.approx(response[0], rel=1e-12)
    with pytest.raises(SimulatorError, match="has no knob 'size'; its knobs are: none"):
        problem.with_knobs({"size": 1})


@pytest.mark.parametrize("problem", level_sets.PROBLEMS, ids=lambda p: p.name)
def test_level_sets_have_the_volume_that_was_published(problem: Problem) -> None:
    assert problem.level is not None
    probability = problem.on(sobol(problem, 16))
    assert probability.min() >= 0
    assert probability.max() <= 1
    below = np.mean(probability <= problem.level)
    assert below == pytest.approx(problem.exact["volume below the level"], abs=1e-3)


def test_a_yes_comes_as_often_as_its_probability() -> None:
    problem = level_sets.hartmann6_binary
    middle = dict.fromkeys(problem.space.names, 0.5)
    (expected,) = problem.at([middle])
    runs = [simulate(problem, middle, seed) for seed in range(600)]
    share = np.mean([run.values["yes"] for run in runs if isinstance(run, Answer)])
    assert share == pytest.approx(expected, abs=4 * math.sqrt(0.25 / 600))


@pytest.mark.parametrize(
    ("problem", "k"), [(reliability.four_branch_6, 6.0), (reliability.four_branch_7, 7.0)]
)
def test_four_branches_fail_as_often_as_quadrature_says(problem: Problem, k: float) -> None:
    def safe(b: float) -> float:
        return float(norm.pdf(b) * (1 - 2 * ndtr(-(3 + b * b / 5))))

    kept, _ = quad(safe, -k / 2, k / 2, epsabs=1e-14)
    assert problem.exact["failure probability"] == pytest.approx(1 - kept, rel=1e-6)


def test_four_branches_fail_exactly_outside_their_bowls_and_walls() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(0, 3, (2, 20000))
    a, b = (x + y) / math.sqrt(2), (x - y) / math.sqrt(2)
    outside = (np.abs(a) > 3 + b * b / 5) | (np.abs(b) > 3)
    failed = reliability.four_branch_6.response({"x": x, "y": y}) < 0
    np.testing.assert_array_equal(failed, outside)


def test_rp22_fails_as_often_as_quadrature_says() -> None:
    chance, _ = quad(lambda b: norm.pdf(b) * ndtr(-(2.5 + b * b / 5)), -10, 10, epsabs=1e-14)
    assert reliability.rp22.exact["failure probability"] == pytest.approx(chance, rel=1e-6)


@pytest.mark.parametrize("problem", reliability.PROBLEMS, ids=lambda p: p.name)
def test_the_space_draws_failures_at_their_probability(problem: Problem) -> None:
    uniform = sobol(problem, 15)
    failed = np.mean(problem.on(problem.space.from_uniform(uniform)) < 0)
    assert failed == pytest.approx(problem.exact["failure probability"], rel=0.05)


def test_branin_has_its_three_minima() -> None:
    minima = [(-np.pi, 12.275), (np.pi, 2.275), (9.42478, 2.475)]
    values = emulation.branin.at([{"x1": a, "x2": b} for a, b in minima])
    np.testing.assert_allclose(values, emulation.branin.exact["minimum"], atol=1e-5)


def test_gramacy_is_extreme_at_one_over_root_two() -> None:
    root = 1 / math.sqrt(2)
    values = emulation.gramacy.at([{"x": root, "y": 0.0}, {"x": -root, "y": 0.0}])
    exact = emulation.gramacy.exact
    np.testing.assert_allclose(values, [exact["maximum"], exact["minimum"]], rtol=1e-12)


def test_ishigami_has_its_mean_and_variance() -> None:
    values = emulation.ishigami.on(sobol(emulation.ishigami, 15))
    assert np.mean(values) == pytest.approx(emulation.ishigami.exact["mean"], abs=2e-3)
    assert np.var(values) == pytest.approx(emulation.ishigami.exact["variance"], rel=2e-3)
    assert emulation.ishigami.exact["variance"] == pytest.approx(13.844588, abs=1e-6)


def test_the_front_is_odd_about_its_middle() -> None:
    assert np.mean(emulation.front.on(sobol(emulation.front, 14))) == pytest.approx(0, abs=1e-4)


def test_a_wing_weighs_the_same_swept_forward_or_back_and_paint_adds_its_weight() -> None:
    baseline = {"Sw": 174, "Wfw": 252, "A": 7.52, "sweep": 8, "q": 34, "taper": 0.672}
    baseline |= {"tc": 0.12, "Nz": 3.8, "Wdg": 2000, "Wp": 0.064}
    back, forward, bare = emulation.wing_weight.at(
        [baseline, {**baseline, "sweep": -8}, {**baseline, "Wp": 0}]
    )
    assert back == forward
    assert back - bare == pytest.approx(174 * 0.064)


def test_a_borehole_without_head_carries_no_water() -> None:
    flat = {"rw": 0.1, "r": 1000.0, "Tu": 8e4, "Tl": 80.0, "L": 1400.0, "Kw": 1e4}
    assert emulation.borehole.response(
        {name: np.array([value]) for name, value in {**flat, "Hu": 800.0, "Hl": 800.0}.items()}
    ) == pytest.approx(0)


def test_a_heavier_piston_is_slower() -> None:
    units = np.full((9, 7), 0.5)
    units[:, 0] = np.linspace(0, 1, 9)
    assert np.all(np.diff(emulation.piston.on(units)) > 0)
