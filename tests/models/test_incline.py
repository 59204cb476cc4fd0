"""Slopes of a map from some of its readings, beside those that are known."""

import numpy as np

from surrogate.models.incline import Incline


def test_slopes_are_those_of_the_map() -> None:
    rng = np.random.default_rng(0)
    sites, rows = rng.random((100, 2)), 0.05 + 0.9 * rng.random((200, 2))
    slopes = Incline.of(lambda q: np.sin(4.0 * q[:, 0]) * q[:, 1], sites)(rows)
    truth = np.column_stack([4.0 * np.cos(4.0 * rows[:, 0]) * rows[:, 1], np.sin(4.0 * rows[:, 0])])
    np.testing.assert_allclose(slopes, truth, atol=0.1)
    assert np.mean(np.abs(slopes - truth)) < 0.01


def test_a_flat_map_has_no_slopes_however_many_runs_it_knows() -> None:
    rng = np.random.default_rng(1)
    incline = Incline.of(lambda q: np.full(len(q), 3.0), rng.random((1000, 3)))
    assert len(incline.units) <= 200
    np.testing.assert_allclose(incline(rng.random((50, 3))), 0.0, atol=1e-9)
