"""Intervals as wide as the audit calls for: what is stretched, what stays, and that it is said."""

import numpy as np

from surrogate.models.audit import NumberQuality, measured
from surrogate.models.base import voice
from surrogate.models.recipes import recipe_for
from surrogate.models.stretched import Stretched, stretched
from surrogate.outcome import Binary
from tests.models.test_audit import Z, dataset, wave

AT = np.random.default_rng(9).random((50, 2))
PLAIN = recipe_for(Z, 2).fit(wave(30, 1, 0.3))


def test_the_mean_stays_and_half_widths_grow_by_the_factor() -> None:
    before, after = PLAIN.predict(AT), Stretched(PLAIN, 1.5, 20).predict(AT)
    np.testing.assert_array_equal(after.mean, before.mean)
    np.testing.assert_allclose(after.upper - after.lower, 1.5 * (before.upper - before.lower))


def test_an_interval_ends_where_the_side_is_as_doubtful_as_it_says() -> None:
    wide = Stretched(PLAIN, 0.7, 20)
    ends = wide.predict(AT, 0.9).lower
    above = [wide.exceedance(AT[[k]], float(end))[0] for k, end in enumerate(ends)]
    np.testing.assert_allclose(above, 0.95, atol=1e-6)


def test_a_factor_of_one_changes_nothing() -> None:
    same = Stretched(PLAIN, 1.0, 20)
    np.testing.assert_allclose(same.exceedance(AT, 0.3), PLAIN.exceedance(AT, 0.3))
    np.testing.assert_allclose(same.predict(AT).lower, PLAIN.predict(AT).lower)


def test_what_was_done_to_intervals_is_said() -> None:
    said = voice(Stretched(PLAIN, 1.5, 20))
    assert said == (
        "Intervals come from its own posterior, made 1.5 times as wide, so that they hold 90 % of "
        "20 audit runs left out."
    )


def test_chances_and_too_small_audits_stretch_nothing() -> None:
    assert stretched(PLAIN, None) is PLAIN
    few = measured(PLAIN, wave(5, 2, 0.3))
    assert isinstance(few, NumberQuality)
    assert stretched(PLAIN, few) is PLAIN
    yes = Binary("yes")
    chance = recipe_for(yes, 2).fit(dataset(yes, AT, (AT[:, 0] > 0.5).astype(float)))
    found = measured(chance, dataset(yes, AT[:20], (AT[:20, 0] > 0.5).astype(float)))
    assert stretched(chance, found) is chance
