"""Core and hull hold what they promise in draws that were not used to find them."""

from functools import cache

import numpy as np
import pytest

from surrogate.answers.excursion import SURE, Excursion, excursion
from surrogate.answers.spots import Sides, read_sides
from surrogate.dataset import Dataset
from surrogate.models.base import Prediction
from surrogate.models.recipes import recipe_for
from surrogate.outcome import Binary, Number, Outcome
from surrogate.space import Array, Real, Space
from tests.answers.process import Process
from tests.answers.test_spots import hills

PLANE = Space({"x": Real(0.0, 10.0, unit="m"), "y": Real(0.0, 10.0, unit="m")})


@cache
def vague() -> tuple[Sides, Excursion, Excursion]:
    """A surrogate that knows little, its set, and the same of other draws."""
    at = np.random.default_rng(1).random((60, 2))
    sides = read_sides(Process(hills, at, scale=0.15, noise=0.3), PLANE, 0.5)
    return sides, excursion(sides), excursion(sides, seed=99)


def whole() -> Array:
    sides = vague()[0]
    return np.asarray(np.flatnonzero(sides.chance > 0.5))


def test_all_of_the_core_is_inside_in_as_many_fresh_draws_as_promised() -> None:
    _, found, fresh = vague()
    members = whole().astype(np.int64)
    core = members[found.core(members)]
    held = fresh.inside[:, np.isin(fresh.doubted, core)].all(axis=1)
    assert len(core) > 100
    assert held.mean() == pytest.approx(SURE, abs=0.04)


def test_what_single_points_call_sure_is_wrong_somewhere_far_more_often() -> None:
    _, found, fresh = vague()
    pointwise = np.flatnonzero(found.chance > SURE)
    held = fresh.inside[:, np.isin(fresh.doubted, pointwise)].all(axis=1)
    assert held.mean() < 0.8


def test_the_hull_holds_the_whole_set_in_as_many_fresh_draws_as_promised() -> None:
    _, found, fresh = vague()
    outside = ~found.hull()[fresh.doubted]
    assert (~fresh.inside[:, outside].any(axis=1)).mean() == pytest.approx(SURE, abs=0.04)


def test_the_core_lies_in_the_spot_and_the_spot_in_the_hull() -> None:
    sides, found, _ = vague()
    members = whole().astype(np.int64)
    assert 0 < found.core(members).sum() < len(members)
    assert found.hull()[members].all()
    assert found.hull().sum() > len(members)
    assert len(sides.picture) == len(found.chance)


def test_the_mean_measure_is_the_chances_added_up() -> None:
    sides, found, _ = vague()
    size = sides.picture.volume
    expected = float(size @ sides.chance)
    measures = found.measures(size, np.ones(len(size), dtype=bool))
    assert measures.mean() == pytest.approx(expected, rel=0.03)


def crease(units: Array) -> Array:
    return np.asarray(0.4 - np.abs(units[:, 0] - 0.5) - 0.3 * np.abs(units[:, 1] - 0.5))


def creased() -> Sides:
    """A number that bends where no process expects it, above 0.2 on a lozenge."""
    at = np.random.default_rng(3).random((50, 2))
    number = Number("height", noise="none")
    data = Dataset(
        number, at, crease(at), np.ones(50), np.full(50, np.nan), np.arange(50, dtype=np.int64)
    )
    return read_sides(recipe_for(number, 2).fit(data), PLANE, 0.2)


def test_a_number_s_chances_are_means_over_the_factors_that_its_draws_have() -> None:
    found = excursion(creased())
    shares = found.inside.mean(axis=0)
    assert len(found.doubted) > 100
    np.testing.assert_allclose(shares, found.chance[found.doubted], atol=0.09)


def test_below_a_number_s_level_is_what_is_not_above_it() -> None:
    above = creased()
    below = read_sides(above.surrogate, PLANE, 0.2, above=False)
    np.testing.assert_allclose(excursion(below).chance, 1 - excursion(above).chance, atol=1e-9)


class Certain:
    """A surrogate without joint draws: x, seen with an error of sd .1 everywhere alike."""

    outcome: Outcome = Binary("goal")
    hyperparameters: dict[str, float] = {}  # noqa: RUF012

    def predict(self, units: Array, coverage: float = 0.95) -> Prediction:
        return Prediction(units[:, 0], units[:, 0] - 0.1, units[:, 0] + 0.1, coverage)

    def exceedance(self, units: Array, level: float) -> Array:
        return np.asarray(np.clip((units[:, 0] - level) / 0.2 + 0.5, 0, 1))


def test_without_joint_draws_all_points_err_alike_and_core_is_that_of_single_points() -> None:
    sides = read_sides(Certain(), PLANE, 0.5)
    found = excursion(sides)
    members = np.flatnonzero(sides.chance > 0.5).astype(np.int64)
    core = sides.picture.units[members[found.core(members)], 0]
    assert core.min() == pytest.approx(0.5 + 0.45 * 0.2, abs=0.01)
    assert sides.picture.units[found.hull(), 0].min() == pytest.approx(0.5 - 0.45 * 0.2, abs=0.01)
