"""The best point: expected improvement against integration, and campaigns that find the peak."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from benchmarks.loop import campaign
from simulators.problems.emulation import gramacy
from surrogate.answers.peak import find_peak
from surrogate.asking.optimum import expected_excess, improvement
from surrogate.asking.scene import Points, Sight, Sites
from surrogate.dataset import Dataset
from surrogate.goal import Goal
from surrogate.learner import Learner
from surrogate.models.recipes import recipe
from surrogate.records import Observation, Reason
from surrogate.space import Real, Space

PLANE = Space({"x": Real(0, 1), "y": Real(0, 1)})


@pytest.mark.parametrize("z", [-9.0, -3.0, -1.01, -0.99, 0.0, 2.5])
def test_the_expected_excess_equals_its_integral(z: float) -> None:
    exact, _ = quad(lambda x: (x + z) * norm.pdf(x), -z, max(-z, 0) + 12, epsabs=0, epsrel=1e-12)
    assert expected_excess(np.array([z]))[0] == pytest.approx(exact, rel=1e-9)


def test_the_expected_excess_never_vanishes_where_it_still_can_be_told_apart() -> None:
    values = expected_excess(np.array([-36.0, -30.0, -20.0]))
    assert (np.diff(values) > 0).all()
    assert values[0] > 0


def sight(lead: float, c: float = 0.0, own: float = 0.0) -> Sight:
    one = np.ones(1)
    here = Points(np.zeros((1, 1)), lead * one, one, one)
    rival = Points(np.ones((1, 1)), 0.0 * one, one, one)
    c_row = np.full((1, 1), c)
    return Sight(here, Sites(rival, one), c_row, np.zeros((1, 1)), np.array([own]), np.zeros(1))


def test_a_candidate_that_is_known_to_be_the_rival_itself_improves_nothing() -> None:
    assert improvement(sight(0.0, c=1.0), np.nan)[0] < 1e-6
    assert improvement(sight(0.0), np.nan)[0] == pytest.approx(2**0.5 * norm.pdf(0), rel=1e-9)


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
