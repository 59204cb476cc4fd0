"""Quality on audit runs: scores by hand, and a conformal factor that keeps its promise."""

import re

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binomtest, ttest_1samp

from surrogate.dataset import Dataset
from surrogate.models.audit import ChanceQuality, NumberQuality, measured, stretch_of
from surrogate.models.recipes import recipe, recipe_for
from surrogate.outcome import Binary, Number, Outcome

Array = NDArray[np.float64]

Z = Number("z", unit="m", noise="unknown")


def dataset(outcome: Outcome, units: Array, values: Array) -> Dataset:
    n = len(units)
    return Dataset(outcome, units, values, np.ones(n), np.full(n, np.nan), np.arange(n))


def wave(n: int, seed: int, noise: float) -> Dataset:
    rng = np.random.default_rng(seed)
    units = rng.random((n, 2))
    return dataset(Z, units, np.sin(6 * units[:, 0]) + noise * rng.normal(size=n))


def test_a_surrogate_of_the_right_family_needs_hardly_any_stretch() -> None:
    found = [
        measured(recipe("gp-matern52", Z, 2).fit(wave(60, seed, 0.3)), wave(200, seed + 50, 0.3))
        for seed in range(3)
    ]
    for each in found:
        assert isinstance(each, NumberQuality)
        assert each.stretch == pytest.approx(1.0, abs=0.25)
        assert each.covered == pytest.approx(0.9, abs=0.09)
        assert each.error == pytest.approx(0.33, abs=0.08)


def test_stretched_intervals_hold_a_new_run_as_often_as_promised() -> None:
    rng = np.random.default_rng(0)
    held = []
    for _ in range(2000):  # whatever the distribution: here one with heavy tails
        ratios = np.abs(rng.standard_t(2, size=21))
        factor = stretch_of(ratios[:20], 0.9)
        assert factor is not None
        held.append(ratios[20] <= factor * 1.6448536)
    assert 0.885 < np.mean(held) < 0.925  # 19 / 21, a standard error of .007


def test_too_few_audit_runs_promise_nothing() -> None:
    assert stretch_of(np.ones(8), 0.9) is None
    assert stretch_of(np.ones(9), 0.9) == pytest.approx(1 / 1.6448536)


def test_log_scores_and_bins_are_those_counted_by_hand() -> None:
    rng = np.random.default_rng(1)
    units = rng.random((80, 2))
    yes = Binary("yes")
    surrogate = recipe_for(yes, 2).fit(dataset(yes, units, (units[:, 0] > 0.5).astype(float)))
    audit = dataset(yes, rng.random((20, 2)), (rng.random(20) < 0.5).astype(float))
    found = measured(surrogate, audit)
    p = surrogate.predict(audit.units).mean
    assert isinstance(found, ChanceQuality)
    said = np.where(audit.values > 0, p, 1 - p)
    assert found.log_score == pytest.approx(np.mean(np.log(said)))
    assert [each.runs for each in found.bins] == [4] * 5
    assert found.bins[0].said == pytest.approx(np.sort(p)[:4].mean())
    assert sum(each.runs * each.seen for each in found.bins) == pytest.approx(audit.values.sum())


def test_intervals_of_scores_are_student_s_with_more_room_above_and_shares_exact_ones() -> None:
    surrogate, runs = recipe("gp-matern52", Z, 2).fit(wave(40, 0, 0.3)), wave(20, 9, 0.3)
    found = measured(surrogate, runs)
    assert isinstance(found, NumberQuality)
    assert found.error_interval is not None
    squared = (runs.values - surrogate.predict(runs.units).mean) ** 2
    student, mean = ttest_1samp(squared, 0.0).confidence_interval(0.95), squared.mean()
    upper = mean * np.exp((student.high - mean) / mean)
    np.testing.assert_allclose(np.square(found.error_interval), [student.low, upper])
    exact = binomtest(round(20 * found.covered), 20).proportion_ci(0.95)
    assert found.covered_interval == pytest.approx((exact.low, exact.high))


def test_intervals_of_a_chance_s_scores_hold_them_and_end_where_scores_do() -> None:
    yes = Binary("yes")
    units = np.random.default_rng(1).random((80, 2))
    surrogate = recipe_for(yes, 2).fit(dataset(yes, units, (units[:, 0] > 0.5).astype(float)))
    for wrong in (0, 1):  # runs of 20
        audit = wave(20, 3, 0.0).units
        values = (audit[:, 0] > 0.5).astype(float)
        values[:wrong] = 1 - values[:wrong]
        found = measured(surrogate, dataset(yes, audit, values))
        assert isinstance(found, ChanceQuality)
        assert found.error_interval is not None
        assert found.log_interval is not None
        assert 0.0 <= found.error_interval[0] < found.error < found.error_interval[1]
        assert found.log_interval[0] < found.log_score < found.log_interval[1] <= 0.0


def test_one_run_has_a_score_without_an_interval() -> None:
    found = measured(recipe("gp-matern52", Z, 2).fit(wave(40, 0, 0.3)), wave(1, 9, 0.3))
    assert isinstance(found, NumberQuality)
    assert found.error_interval is None
    assert "(root mean square), and" in found.words


def test_people_are_told_what_was_measured_and_what_is_biased() -> None:
    found = measured(recipe("gp-matern52", Z, 2).fit(wave(40, 0, 0.3)), wave(20, 9, 0.3))
    assert found.words.startswith("Of 20 audit runs, left out, it is wrong by ")
    assert re.search(r" m \(root mean square; 0\.\d+ to 0\.\d+ with 95 %\), and", found.words)
    assert "which is biased" in found.words
