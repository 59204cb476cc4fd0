"""Each planted defect is small, lifts the rate over one half, and by no more than it may."""

import numpy as np
import pytest

from simulators.football import shot
from simulators.football.defects import GOALKEEPER, HELD, HOME, acts, places
from simulators.football.design import DEFECTS, Design
from simulators.football.truth import goal_rate
from surrogate.space import Real, Space
from tests.simulators.football.planted import defect_truth

BROKEN = shot.with_knobs({"level": GOALKEEPER})


def home(**more: Real) -> Space:
    (near, far), (left, right) = HOME
    return shot.space.restricted({**HELD, "x": Real(near, far), "y": Real(left, right), **more})


def test_without_defects_home_is_below_one_half_everywhere() -> None:
    space = home()
    points = space.decode(space.draw(100, np.random.default_rng(0)))
    rates, errors = goal_rate(BROKEN, points, 300, np.random.default_rng(1))
    assert np.all(rates < 0.5 + 3 * errors)
    assert 0.25 < rates.mean() < 0.45


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_is_small_and_lifts_the_rate_over_one_half(defect: str) -> None:
    simulator = BROKEN.with_knobs({"defects": [defect], "defect_seed": 3})
    truth = defect_truth(simulator, home(), np.random.default_rng(2), points=40, shots=500)
    assert 0.01 <= truth.share <= 0.04
    assert truth.share > 0.9 * truth.footprint
    assert 0.2 < np.median(truth.lift) <= 0.36
    assert np.median(truth.broken) > 0.57


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_is_as_small_and_mild_wherever_the_keeper_was_told_to_stand(defect: str) -> None:
    space = home(keeper_depth=Real(0, 6), keeper_offset=Real(-2, 2))
    simulator = BROKEN.with_knobs({"defects": [defect], "defect_seed": 3})
    truth = defect_truth(simulator, space, np.random.default_rng(2), points=60, shots=500)
    assert 0.008 <= truth.share <= 0.04
    assert np.quantile(truth.lift, 0.9) <= 0.35 + 2 * np.sqrt(0.5 / 500)
    assert truth.lift.min() > -0.1


def test_the_ridge_is_thin_and_runs_across_the_whole_zone() -> None:
    y = np.linspace(*HOME[1], 50)
    for seed in range(20):
        edge, width = places(seed).ridge
        design = Design(defects=("ridge",), defect_seed=seed)
        assert 0.3 <= width <= 0.5
        assert acts(design, np.full(50, edge + width / 2), y, np.full(50, 1.5)).all()
        assert not acts(design, np.full(50, edge + width + 0.01), y, np.full(50, 1.5)).any()


def test_the_seed_places_the_defects_and_only_the_seed() -> None:
    assert places(4) == places(4)
    assert len({places(seed).disc for seed in range(10)}) == 10


def test_a_defect_changes_nothing_where_it_does_not_act() -> None:
    spots = {"x": np.array([5.0, 11.0, 16.0]), "y": np.array([2.0, -3.0, 0.0])}
    sound = goal_rate(BROKEN, spots, 300, np.random.default_rng(5))[0]
    broken = goal_rate(
        BROKEN.with_knobs({"defects": list(DEFECTS)}), spots, 300, np.random.default_rng(5)
    )[0]
    np.testing.assert_array_equal(sound, broken)


def test_defects_add_up_in_one_build() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.uniform(*HOME[0], 5000), rng.uniform(*HOME[1], 5000)
    depth = np.full(5000, 1.5)
    each = [acts(Design(defects=(name,)), x, y, depth) for name in DEFECTS]
    together = acts(Design(defects=DEFECTS), x, y, depth)
    np.testing.assert_array_equal(together, np.logical_or.reduce(each))
