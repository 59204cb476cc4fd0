"""Quality on audit runs: scores by hand, and a conformal factor that keeps its promise."""

import numpy as np
import pytest
from numpy.typing import NDArray

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


def test_people_are_told_what_was_measured_and_what_is_biased() -> None:
    found = measured(recipe("gp-matern52", Z, 2).fit(wave(40, 0, 0.3)), wave(20, 9, 0.3))
    assert found.words.startswith("Of 20 audit runs, left out, it is wrong by ")
    assert "which is biased" in found.words
