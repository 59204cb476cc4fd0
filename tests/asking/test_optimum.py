"""The best point: expected improvement against integration, and campaigns that find the peak."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from benchmarks.loop import campaign, steps
from simulators.problems.emulation import gramacy
from surrogate.answers.peak import Peak, find_peak
from surrogate.asking.optimum import improvement, improvement_rule, log_expected_excess
from surrogate.asking.scene import Points, Sight, Sites
from surrogate.dataset import Dataset
from surrogate.errors import PlanError
from surrogate.goal import Goal, GoalKind
from surrogate.learner import Learner
from surrogate.models.recipes import recipe
from surrogate.records import Observation, Query, Reason
from surrogate.space import Real, Space

PLANE = Space({"x": Real(0, 1), "y": Real(0, 1)})


@pytest.mark.parametrize("z", [-9.0, -3.0, -1.01, -0.99, 0.0, 2.5])
def test_the_expected_excess_equals_its_integral(z: float) -> None:
    exact, _ = quad(lambda x: (x + z) * norm.pdf(x), -z, max(-z, 0) + 12, epsabs=0, epsrel=1e-12)
    assert log_expected_excess(np.array([z]))[0] == pytest.approx(np.log(exact), rel=1e-9)


def test_leads_that_are_hopeless_are_still_told_apart() -> None:
    z = -np.geomspace(30.0, 1e8, 200)
    values = log_expected_excess(z)
    assert np.isfinite(values).all()
    assert (np.diff(values) < 0).all()
    np.testing.assert_allclose(values[-1], -0.5 * z[-1] ** 2, rtol=1e-9)


def sight(lead: float, c: float = 0.0, own: float = 0.0) -> Sight:
    one = np.ones(1)
    here = Points(np.zeros((1, 1)), lead * one, one, one)
    rival = Points(np.ones((1, 1)), 0.0 * one, one, one)
    c_row = np.full((1, 1), c)
    return Sight(here, Sites(rival, one), c_row, np.zeros((1, 1)), np.array([own]), np.zeros(1))


def test_a_candidate_that_is_known_to_be_the_rival_itself_improves_nothing() -> None:
    assert improvement(sight(0.0, c=1.0), np.nan)[0] < np.log(1e-6)
    rise = np.exp(improvement(sight(0.0), np.nan)[0])
    assert rise == pytest.approx(2**0.5 * norm.pdf(0), rel=1e-9)


def test_the_improvement_is_the_mean_of_what_a_joint_draw_gains_over_the_rival() -> None:
    rng = np.random.default_rng(0)
    draws = rng.multivariate_normal([0.4, 0.0], [[1.0, 0.6], [0.6, 1.0]], 400_000)
    gained = np.maximum(draws[:, 0] - draws[:, 1], 0.0).mean()
    assert np.exp(improvement(sight(0.4, c=0.6), np.nan)[0]) == pytest.approx(gained, rel=0.01)


def test_the_lowest_is_the_highest_of_the_response_turned_over() -> None:
    turned = improvement_rule(Goal.optimum(lowest=True)).gains(sight(-0.4), np.nan)
    np.testing.assert_array_equal(turned, improvement(sight(0.4), np.nan))


def test_before_any_run_keeps_the_limits_each_candidate_is_worth_the_chance_that_it_does() -> None:
    nobody = replace(sight(0.4), sites=Sites(Points(*np.empty((4, 0))), np.empty(0)))
    assert improvement(nobody, np.nan)[0] == 0.0


def test_what_runs_in_flight_will_tell_is_not_asked_again() -> None:
    asked = improvement(sight(0.3, own=0.9), np.nan)[0]
    assert asked < improvement(sight(0.3), np.nan)[0]


def test_a_campaign_for_the_optimum_finds_the_peak_and_says_how_high_it_is() -> None:
    outcome = gramacy.outcome
    learner = Learner(
        gramacy.space, outcome, Goal.optimum(), seed=3, recipe=recipe("gp-rbf", outcome, 2)
    )
    seen: list[Observation] = []

    def simulate(queries):  # type: ignore[no-untyped-def]
        values = gramacy.at([query.point for query in queries])
        seen.extend(
            Observation(q.index, q.point, {outcome.name: v}, reason=q.reason)
            for q, v in zip(queries, values.tolist(), strict=True)
        )
        return values

    stage = campaign(learner, simulate, at=(40,), batch=3)[-1]
    peak = find_peak(stage.fitted.surrogate, gramacy.space, seen)
    assert peak.value == pytest.approx(gramacy.exact["maximum"], abs=0.01)
    assert peak.mean == pytest.approx(gramacy.exact["maximum"], abs=0.01)
    assert peak.point["x"] == pytest.approx(2**-0.5, abs=0.1)
    assert peak.lower <= peak.mean <= peak.upper
    assert sum(each.reason is Reason.OPTIMUM for each in seen) > 20


def optimised(goal: Goal, runs: int = 45) -> Peak:
    """The peak of a campaign on gramacy, each run of which tells its x too."""
    outcome = gramacy.outcome
    learner = Learner(gramacy.space, outcome, goal, seed=3, recipe=recipe("gp-rbf", outcome, 2))

    def observe(query: Query) -> Observation:
        x = float(query.point["x"])
        values = {outcome.name: float(gramacy.at([query.point])[0]), "reach": x}
        return Observation(query.index, query.point, values, reason=query.reason)

    told = (each for each in steps(learner, observe, batch=3) if len(each[0]) >= runs)
    seen, fitted = next(told)
    assert fitted is not None
    return find_peak(fitted.surrogate, gramacy.space, seen, goal, fitted.beside)


def test_a_campaign_for_the_lowest_finds_the_minimum() -> None:
    peak = optimised(Goal.optimum(lowest=True))
    assert peak.value == pytest.approx(gramacy.exact["minimum"], abs=0.01)
    assert peak.point["x"] == pytest.approx(-(2**-0.5), abs=0.1)


def test_a_limit_on_another_outcome_moves_the_optimum_to_where_a_fine_grid_has_it() -> None:
    x, y = np.meshgrid(np.linspace(-2, 6, 801), np.linspace(-2, 6, 801))
    allowed = np.where(x >= -0.3, x * np.exp(-(x**2) - y**2), np.inf)
    peak = optimised(Goal.optimum(lowest=True, limits={"reach": (-0.3, np.inf)}))
    assert peak.value == pytest.approx(allowed.min(), abs=0.015)
    assert peak.mean == pytest.approx(allowed.min(), abs=0.02)
    assert float(peak.point["x"]) >= -0.32
    assert peak.kept >= 0.5


def test_a_limit_that_no_run_kept_yet_is_looked_for() -> None:
    peak = optimised(Goal.optimum(limits={"reach": (5.2, 5.6)}), runs=30)
    assert 5.2 <= float(peak.point["x"]) <= 5.6
    assert peak.run is not None


@pytest.mark.parametrize("low", [3.0, np.inf])
def test_a_limit_needs_ends_in_order_and_one_of_them(low: float) -> None:
    with pytest.raises(PlanError, match="limit on outcome 'stress': low below high"):
        Goal.optimum(limits={"stress": (low, 2.0)})
    with pytest.raises(PlanError, match="best and limits belong to the goal 'optimum'"):
        Goal(GoalKind.MAP, lowest=True)


def test_the_peak_of_a_surrogate_is_no_lower_than_its_best_run() -> None:
    rng = np.random.default_rng(0)
    units, values = rng.random((12, 2)), rng.random(12)
    nothing = np.full(12, np.nan)
    data = Dataset(gramacy.outcome, units, values, np.ones(12), nothing, np.arange(12))
    rows = [
        Observation(k, point, {"f": float(value)})
        for k, (point, value) in enumerate(zip(PLANE.decode(units), values, strict=True))
    ]
    peak = find_peak(recipe("gp-rbf", gramacy.outcome, 2).fit(data), PLANE, rows)
    assert peak.run == int(values.argmax())
    assert peak.mean >= values.max() - 1e-6
