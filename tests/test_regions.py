"""Connected sets are found whole, measured in the user's units, and never joined across choices."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from surrogate.expression import Expression
from surrogate.regions import Lattice, Region, connected, lattice, unit_of
from surrogate.space import Array, Categorical, Integer, Normal, Real, Space

SQUARE = Space({"x": Real(0.0, 10.0, unit="m"), "y": Real(-5.0, 5.0, unit="m")})
CUBE = Space({name: Real(0.0, 2.0, unit="m") for name in "abcd"})


def ball(picture: Lattice, centre: float, radius: float) -> tuple[Region, ...]:
    inside = np.linalg.norm(picture.units - centre, axis=1) < radius
    return connected(picture, inside)


def at(picture: Lattice, unit: Array) -> Array:
    return np.asarray(np.linalg.norm(picture.units - unit, axis=1))


def test_the_shares_of_a_lattice_sum_to_one_and_its_volumes_to_the_space() -> None:
    for space, volume in ((SQUARE, 100.0), (CUBE, 16.0)):
        picture = lattice(space)
        assert picture.share.sum() == pytest.approx(1.0)
        assert picture.volume.sum() == pytest.approx(volume)


def test_a_disc_measures_pi_r_squared_in_the_users_units() -> None:
    picture = lattice(SQUARE)
    (disc,) = ball(picture, 0.5, 0.2)
    assert disc.volume(picture) == pytest.approx(math.pi * 4.0, rel=0.01)
    assert disc.share(picture) == pytest.approx(math.pi * 0.04, rel=0.01)
    assert disc.centroid(picture) == pytest.approx([0.5, 0.5], abs=1e-9)


def test_a_four_dimensional_ball_measures_what_geometry_says() -> None:
    picture = lattice(CUBE)
    regions = ball(picture, 0.5, 0.4)
    expected = math.pi**2 / 2 * 0.4**4  # volume of the 4-ball: pi^2 r^4 / 2
    assert regions[0].share(picture) == pytest.approx(expected, rel=0.05)
    assert sum(region.share(picture) for region in regions[1:]) < 0.001


def test_the_whole_space_is_one_region_and_nothing_is_none() -> None:
    for space in (SQUARE, CUBE):
        picture = lattice(space)
        (whole,) = connected(picture, np.ones(len(picture), dtype=bool))
        assert whole.share(picture) == pytest.approx(1.0)
        assert connected(picture, np.zeros(len(picture), dtype=bool)) == ()


def test_two_discs_are_two_regions_largest_first() -> None:
    picture = lattice(SQUARE)
    inside = (at(picture, np.array([0.25, 0.25])) < 0.1) | (at(picture, np.array([0.7, 0.7])) < 0.2)
    large, small = connected(picture, inside)
    assert large.share(picture) > small.share(picture)
    assert large.centroid(picture) == pytest.approx([0.7, 0.7], abs=0.01)


def test_two_balls_in_four_dimensions_stay_apart() -> None:
    picture = lattice(CUBE)
    inside = (at(picture, np.full(4, 0.25)) < 0.2) | (at(picture, np.full(4, 0.75)) < 0.2)
    sizes = [len(region.members) for region in connected(picture, inside)]
    assert min(sizes[:2]) > 0.9 * max(sizes[:2])
    assert sum(sizes[:2]) > 0.95 * sum(sizes)


def slab(units: Array) -> NDArray[np.bool_]:
    """A fiftieth of the space: far thinner than the gaps of a cloud."""
    return np.asarray(np.abs(units[:, 0] - 0.4) < 0.01)


def test_a_slab_thinner_than_a_clouds_gaps_is_one_region_when_ways_are_checked() -> None:
    picture = lattice(CUBE)
    inside = slab(picture.units)
    assert connected(picture, inside)[0].share(picture) < 0.005
    whole = connected(picture, inside, slab)[0]
    assert whole.share(picture) == pytest.approx(0.02, rel=0.1)


def test_two_thin_slabs_are_not_joined_across_what_lies_between() -> None:
    def slabs(units: Array) -> NDArray[np.bool_]:
        return np.asarray(np.abs(np.abs(units[:, 0] - 0.4) - 0.02) < 0.01)

    picture = lattice(CUBE)
    first, second, *rest = connected(picture, slabs(picture.units), slabs)
    assert first.share(picture) == pytest.approx(0.02, rel=0.15)
    assert second.share(picture) == pytest.approx(0.02, rel=0.15)
    assert sum(region.share(picture) for region in rest) < 0.002


@pytest.mark.parametrize("slope", [0.0, 1.0, -1.0, 0.37, 3.0])
def test_a_thin_slanted_ridge_is_one_region(slope: float) -> None:
    picture = lattice(SQUARE)
    x, y = (picture.units - 0.5).T
    inside = np.abs(y - slope * x) < 0.6 / 128 * math.hypot(1, slope)
    assert len(connected(picture, inside)) == 1


def test_a_region_never_spans_two_choices() -> None:
    surface = Categorical(("dry", "wet", "ice"))
    for others in ({"x": Real(0.0, 1.0)}, {name: Real(0.0, 1.0) for name in "xyz"}):
        picture = lattice(Space({**others, "surface": surface}))
        regions = connected(picture, np.ones(len(picture), dtype=bool))
        large = [region for region in regions if region.share(picture) > 0.05]
        assert len(large) == 3
        assert all(len(np.unique(picture.units[r.members, -1])) == 1 for r in large)


def test_whole_numbers_have_one_cell_each() -> None:
    picture = lattice(Space({"n": Integer(1, 5), "x": Real(0.0, 1.0, unit="s")}))
    assert picture.shape == (128, 5)
    (two,) = connected(picture, np.isclose(picture.units[:, 0], 0.3))
    assert two.volume(picture) == pytest.approx(1.0)
    low, high = two.box(picture)
    assert (low[0], high[0]) == pytest.approx((0.2, 0.4))


def test_in_three_dimensions_the_next_whole_number_is_a_neighbour_and_the_one_after_is_not() -> (
    None
):
    picture = lattice(Space({"x": Real(0.0, 1.0), "y": Real(0.0, 1.0), "n": Integer(2, 6)}))
    across = picture.units[:, 0] > 0.3
    assert len(connected(picture, across)) == 1
    assert len(connected(picture, across, lambda units: units[:, 0] > 0.3)) == 1
    apart = across & (np.abs(picture.units[:, 2] - 0.5) > 0.1)  # without the number in the middle
    assert [round(r.share(picture), 2) for r in connected(picture, apart)] == [0.28, 0.28]


def test_the_share_follows_the_distribution_and_the_volume_does_not() -> None:
    picture = lattice(Space({"x": Real(-4.0, 4.0, distribution=Normal(0.0, 1.0))}))
    inside = np.abs(picture.units[:, 0] - 0.5) < 1 / 8
    (middle,) = connected(picture, inside)
    assert middle.share(picture) == pytest.approx(0.6827, abs=0.005)  # within one sd of a normal
    assert middle.volume(picture) == pytest.approx(2.0)


def test_a_cloud_weighs_its_points_by_the_distribution_too() -> None:
    normal = Real(-4.0, 4.0, distribution=Normal(0.0, 1.0))
    picture = lattice(Space({"x": normal, "y": Real(0.0, 1.0), "z": Real(0.0, 1.0)}))
    inside = np.abs(picture.units[:, 0] - 0.5) < 1 / 8
    assert connected(picture, inside)[0].share(picture) == pytest.approx(0.6827, abs=0.01)


def test_a_log_scale_measures_in_its_own_unit() -> None:
    picture = lattice(Space({"k": Real(1.0, 100.0, unit="N", scale="log")}))
    (lower,) = connected(picture, picture.units[:, 0] < 0.5)
    assert lower.volume(picture) == pytest.approx(9.0, rel=0.02)  # from 1 N to 10 N
    assert lower.share(picture) == pytest.approx(0.5, abs=0.01)


def test_forbidden_parts_have_neither_share_nor_volume() -> None:
    space = Space(SQUARE.parameters, constraints=(Expression("x < 5"),))
    picture = lattice(space)
    assert picture.volume.sum() == pytest.approx(50.0)
    assert picture.share[picture.units[:, 0] < 0.5].sum() == pytest.approx(1.0)


def test_the_box_holds_the_region_and_the_peak_is_its_highest_member() -> None:
    picture = lattice(SQUARE)
    (disc,) = ball(picture, 0.5, 0.2)
    low, high = disc.box(picture)
    assert low == pytest.approx([0.3, 0.3], abs=0.01)
    assert high == pytest.approx([0.7, 0.7], abs=0.01)
    values = picture.units[:, 0]
    assert disc.peak(values) in disc.members
    assert values[disc.peak(values)] == values[disc.members].max()


def test_the_nearest_point_of_a_lattice_is_within_half_a_cell() -> None:
    picture = lattice(SQUARE)
    units = np.random.default_rng(0).random((50, 2))
    assert np.abs(picture.units[picture.nearest(units)] - units).max() <= 0.5 / 128 + 1e-12


def test_the_same_space_gives_the_same_lattice() -> None:
    assert np.array_equal(lattice(CUBE).units, lattice(CUBE).units)


@pytest.mark.parametrize(
    ("units", "unit"),
    [
        (("m", "m"), "m²"),
        (("m", "s"), "m s"),
        (("", "m"), "m"),
        (("", ""), ""),
        (("m/s", "deg"), "m/s × deg"),
        (("m/s", "m/s"), "(m/s)²"),
    ],
)
def test_units_multiply(units: tuple[str, str], unit: str) -> None:
    space = Space({str(j): Real(0.0, 1.0, unit=word) for j, word in enumerate(units)})
    assert unit_of(space) == unit
