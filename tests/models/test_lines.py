"""Steps of shapes along lines: sums are those of the sites inside, and the prior stays as it is."""

import numpy as np
import pytest
from numpy.typing import NDArray

from surrogate.models.lines import Lines, Single, gone, lines, segments
from surrogate.models.shapes import drawn

Array = NDArray[np.float64]


@pytest.mark.parametrize("dimension", [1, 2, 4])
def test_between_two_events_a_shape_holds_the_sites_that_are_summed(dimension: int) -> None:
    rng = np.random.default_rng(3)
    shapes, units = drawn(dimension, 60, rng), rng.random((80, dimension))
    summed, directions = rng.standard_normal((3, 80)), rng.standard_normal((2, 80))
    ways = lines(shapes, rng)
    cut = segments(ways, units, summed, directions)
    some = np.flatnonzero(cut.length > 1e-9)
    rows, t = cut.rows[some], (cut.begin + 0.5 * cut.length)[some]
    slopes = (ways.alpha[rows], ways.beta[rows])
    there = Lines(shapes[rows], ways.axis[rows], *slopes, ways.first, ways.last).at(t)
    assert np.all(np.isfinite(there.log_prior()))
    held = there.hold(units)
    sums = summed @ held
    sums[1] -= np.sum((directions @ held) ** 2, axis=0)
    assert cut.sums[:, some] == pytest.approx(sums, abs=1e-4)
    changed = ways.log_prior(rows, t) - ways.log_prior(rows, np.zeros(len(rows)))
    assert there.log_prior() - shapes[rows].log_prior() == pytest.approx(changed, abs=1e-9)


def even(sums: Single) -> Single:
    return np.zeros((6, sums.shape[1]), dtype=np.float32)


def test_where_runs_say_nothing_shapes_remain_those_of_the_prior() -> None:
    rng = np.random.default_rng(4)
    before = after = drawn(3, 4000, rng)
    units, columns = rng.random((10, 3)), (np.ones((2, 10)), rng.standard_normal((2, 10)))
    for _ in range(12):
        after, _, went = gone(after, units, columns, even, 1.0, rng)
    assert went.all()
    assert np.mean(before.low != after.low) > 0.4
    assert_alike(np.log(before.volume), np.log(after.volume))
    for one, other in ((before.high - before.low, after.high - after.low), (before.low, after.low)):
        assert_alike(one[before.bounded], other[after.bounded])


def assert_alike(one: Array, other: Array) -> None:
    shares = [0.1, 0.3, 0.5, 0.7, 0.9]
    assert np.quantile(one, shares) == pytest.approx(np.quantile(other, shares), abs=0.06)
