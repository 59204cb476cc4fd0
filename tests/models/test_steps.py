"""Steps from kind to kind of shape leave the prior as it is."""

import numpy as np
import pytest

from surrogate.models.shapes import Shapes, drawn
from surrogate.models.steps import tried


def test_metropolis_steps_by_the_prior_lead_to_each_kind_as_often_as_the_prior_has_it() -> None:
    rng = np.random.default_rng(1)
    before = after = drawn(3, 6000, rng)
    kept = after.bounded
    for _ in range(30):
        steps, way_back = tried(after, rng)
        rise = way_back + steps.log_prior() - after.log_prior()
        yes = (np.log(rng.random(len(after))) < rise)[:, None]
        pairs = ((steps.low, after.low), (steps.high, after.high), (steps.round, after.round))
        low, high, curved = (np.where(yes, new, old) for new, old in pairs)
        after = Shapes(low, high, curved)
    assert np.any(after.bounded != kept, axis=1).mean() > 0.3
    for number in (1, 2, 3):
        share = np.mean(before.bounded.sum(axis=1) == number)
        assert np.mean(after.bounded.sum(axis=1) == number) == pytest.approx(share, abs=0.03)
    for number in (0, 2, 3):
        share = np.mean(before.round.sum(axis=1) == number)
        assert np.mean(after.round.sum(axis=1) == number) == pytest.approx(share, abs=0.03)
    shares = [0.1, 0.5, 0.9]
    sizes = np.quantile(np.log(before.volume), shares)
    assert np.quantile(np.log(after.volume), shares) == pytest.approx(sizes, abs=0.05)
