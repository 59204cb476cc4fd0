"""Shapes of patches: their prior, their volume, and what they hold."""

import numpy as np
import pytest

from surrogate.models.shapes import VOLUME, Shapes, drawn


def one(low: list[float], high: list[float], curved: list[bool]) -> Shapes:
    return Shapes(np.array([low]), np.array([high]), np.array([curved]))


def test_shapes_of_the_prior_are_small_and_bounded_by_any_of_the_axes() -> None:
    shapes = drawn(3, 500, np.random.default_rng(0))
    assert len(shapes) == 500
    assert np.all((shapes.volume >= VOLUME[0]) & (shapes.volume <= VOLUME[1]))
    assert set((shapes.high - shapes.low < 1).sum(axis=1)) == {1, 2, 3}
    middle = 0.5 * (shapes.low + shapes.high)
    assert np.all((middle >= 0) & (middle <= 1))


def test_a_corner_is_held_half_as_often_along_each_axis_as_the_middle() -> None:
    shapes = drawn(2, 40_000, np.random.default_rng(3))
    boxes = shapes[~shapes.round.any(axis=1) & (shapes.bounded.sum(axis=1) == 2)]
    points = np.array([[0.0, 0.0], [0.0, 0.5], [0.5, 0.5]])
    corner, edge, middle = boxes.hold(points).mean(axis=1)
    assert edge == pytest.approx(middle / 2, rel=0.15)
    assert corner == pytest.approx(middle / 4, rel=0.15)


def test_half_of_what_several_axes_bound_is_round_in_two_of_them_or_more() -> None:
    shapes = drawn(3, 4000, np.random.default_rng(1))
    several = (shapes.high - shapes.low < 1).sum(axis=1) > 1
    curved = shapes.round.sum(axis=1)
    assert set(curved) == {0, 2, 3}
    assert not curved[~several].any()
    assert np.mean(curved[several] > 0) == pytest.approx(0.5, abs=0.05)
    assert not (shapes.round & (shapes.high - shapes.low == 1)).any()


@pytest.mark.parametrize("curved", [[False] * 3, [True, True, False], [True] * 3])
def test_the_volume_is_the_share_of_even_points_that_are_held(curved: list[bool]) -> None:
    shape = one([0.1, 0.2, 0.3], [0.8, 0.9, 0.7], curved)
    inside = shape.hold(np.random.default_rng(2).random((40_000, 3)))
    assert inside.mean() == pytest.approx(shape.volume[0], abs=0.006)


def test_an_ellipse_lies_in_its_box_and_leaves_the_corners_out() -> None:
    disc = one([0.2, 0.4], [0.6, 0.6], [True, True])
    points = np.array([[0.4, 0.5], [0.59, 0.5], [0.4, 0.41], [0.58, 0.58], [0.61, 0.5]])
    assert disc.hold(points)[:, 0].tolist() == [1.0, 1.0, 1.0, 0.0, 0.0]


def test_a_shape_with_its_middle_outside_or_too_large_has_no_prior() -> None:
    low = np.array([[0.2, 0.2], [-0.1, 0.2], [-0.2, 0.2], [0.1, 0.1]])
    high = np.array([[0.4, 0.4], [0.15, 0.4], [0.1, 0.4], [0.6, 0.6]])
    shapes = Shapes(low, high, np.zeros((4, 2), dtype=bool))
    assert list(np.isfinite(shapes.log_prior())) == [True, True, False, False]


def test_the_prior_weighs_shapes_by_their_widths() -> None:
    """Uniform middle, log-uniform volume and widths w at an aspect a: 1 / w an axis."""
    shapes = Shapes(
        np.array([[0.1, 0.1], [0.3, 0.2]]),
        np.array([[0.3, 0.3], [0.4, 0.6]]),
        np.zeros((2, 2), dtype=bool),
    )
    square, oblong = shapes.log_prior()
    apart = 2 * (0.5 * np.log(0.4 / 0.1)) ** 2 / 0.6**2
    assert oblong - square == pytest.approx(-0.5 * apart)  # of the same volume
