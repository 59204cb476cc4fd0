"""How sure hyper-parameters are, and what stands for a variance that is not."""

import numpy as np
import pytest

from surrogate.models.doubt import alternatives, risen
from surrogate.models.forms import smooth

FORM = smooth(2)
PRIOR = FORM.prior
SCALES = np.array([True, False, False])
THETA = PRIOR.centre
SPREAD = np.diag([0.8, 0.3, 0.3])


def test_without_data_alternatives_lie_one_sd_of_the_prior_away() -> None:
    flat = alternatives(lambda theta: (0.0, np.zeros(len(theta))), PRIOR, THETA)
    np.testing.assert_allclose(np.sum((flat - THETA) ** 2, axis=0), PRIOR.spread**2)


def test_where_the_evidence_breaks_down_the_prior_stands_for_it() -> None:
    broken = alternatives(lambda theta: (np.nan, np.full(len(theta), np.nan)), PRIOR, THETA)
    flat = alternatives(lambda theta: (0.0, np.zeros(len(theta))), PRIOR, THETA)
    np.testing.assert_allclose(np.abs(broken - THETA), np.abs(flat - THETA))


def test_a_variance_rises_half_way_from_its_median_to_its_mean_and_a_length_does_not() -> None:
    """Of a lognormal with s2 = 0.64 the mean is exp(0.32) times the median."""
    rise = risen(THETA, THETA + SPREAD, PRIOR, SCALES, 10)
    assert np.exp(rise[0]) == pytest.approx(np.sqrt(np.exp(0.32)))
    assert rise[1:].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(("runs", "share"), [(20, 1.0), (35, 0.5), (50, 0.0), (500, 0.0)])
def test_the_rise_fades_as_runs_come_in(runs: int, share: float) -> None:
    most = risen(THETA, THETA + SPREAD, PRIOR, SCALES, 10)[0]
    assert risen(THETA, THETA + SPREAD, PRIOR, SCALES, runs)[0] == pytest.approx(share * most)


def test_nothing_rises_out_of_its_bounds() -> None:
    top = np.array([PRIOR.upper[0] - 0.01, *THETA[1:]])
    assert risen(top, top + 9 * SPREAD, PRIOR, SCALES, 10)[0] == pytest.approx(0.01)
