"""A small part with other odds: its posterior against the exact evidence, and what it finds."""

import json

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import norm

from surrogate.dataset import Dataset
from surrogate.errors import PlanError
from surrogate.kernels import Constant
from surrogate.models.likelihood import Probit
from surrogate.models.patched import PatchedPosterior, Suspecting
from surrogate.models.patches import PRIOR_CHANCE, located, log_factor, scans
from surrogate.models.probability import ProbabilityRecipe, ProbabilitySurrogate
from surrogate.models.propagation import Propagated, propagate, settle
from surrogate.models.recipes import recipe
from surrogate.models.scoring import Reading
from surrogate.models.shapes import VOLUME, Shapes
from surrogate.models.updating import Messages, thinned
from surrogate.models.worlds import Patches
from surrogate.outcome import Binary, Number

Array = NDArray[np.float64]

GOAL = Binary("goal")
PATCH = Shapes(np.array([[0.3, 0.5]]), np.array([[0.5, 0.7]]), np.zeros((1, 2), dtype=bool))
DISC = Shapes(PATCH.low, PATCH.high, np.ones((1, 2), dtype=bool))


def runs(n: int, inside: float, seed: int = 0, also: int = 0, patch: Shapes = PATCH) -> Dataset:
    """Answers at a rate of .3, and of `inside` in the patch; `also` more runs in and around it."""
    rng = np.random.default_rng(seed)
    near = rng.uniform([0.25, 0.45], [0.55, 0.75], (also, 2))
    units = np.concatenate([rng.random((n, 2)), near])
    rate = np.where(patch.hold(units)[:, 0] > 0, inside, 0.3)
    values = (rng.random(len(units)) < rate).astype(float)
    count = len(units)
    return Dataset(GOAL, units, values, np.ones(count), np.full(count, np.nan), np.arange(count))


def fitted(data: Dataset) -> ProbabilitySurrogate:
    return ProbabilityRecipe(GOAL, 2, patches=True).fit(data)


def patches_of(data: Dataset) -> Patches:
    return suspected(fitted(data)).patches


def suspected(surrogate: ProbabilitySurrogate) -> PatchedPosterior:
    assert len(surrogate.suspected) == 1
    return surrogate.suspected[0]


def test_the_score_of_a_box_is_the_log_ratio_of_gaussian_densities() -> None:
    data = runs(60, 0.8)
    kernel = Constant(0.5)
    K = np.array(kernel(data.units, data.units))
    found = propagate(K, Probit(data.values, 1 - data.values))
    tau, nu = found.messages.tau, found.messages.nu
    covariance, readings = K + np.diag(1 / tau), nu / tau
    shifted = readings - 0.9 * PATCH.hold(data.units)[:, 0]
    squares = [r @ np.linalg.solve(covariance, r) for r in (readings, shifted)]
    score = Reading(data.units, found).scores(PATCH)[0, 1]
    assert score == pytest.approx(0.5 * (squares[0] - squares[1]), rel=1e-6)


def test_where_the_noise_may_be_another_it_is_the_log_ratio_of_densities_beside_a_plain() -> None:
    data = runs(60, 0.8)
    y = np.random.default_rng(1).normal(size=60)
    inside = PATCH.hold(data.units)[:, 0] > 0
    messages = Messages(np.ones(60), y)
    updated = thinned(1e-9 * np.ones((60, 60)), 1e-12).updated(messages)
    found = Propagated(messages, updated, 0.0, sweeps=0, converged=True)
    scores = Reading(data.units, found, np.array([1.0, 1.5])).scores(PATCH)[0]
    for lift, score in zip((0.6, 0.9, 1.2, -0.6, -0.9, -1.2), scores[6:], strict=True):
        changed = norm(lift, 1.5).logpdf(y[inside]) - norm.logpdf(y[inside])
        assert score == pytest.approx(changed.sum(), rel=1e-4)
    assert scores[:6] == pytest.approx(Reading(data.units, found).scores(PATCH)[0], rel=1e-6)


def along_one_axis(inside: float, variance: float = 0.5) -> Reading:
    """Answers at 120 places, at a rate of .3, and of `inside` about .43."""
    rng = np.random.default_rng(5)
    units = rng.random((120, 1))
    near = np.abs(units[:, 0] - 0.43) < 0.04
    yes = (rng.random(120) < np.where(near, inside, 0.3)).astype(float)
    prior = np.array(Constant(variance)(units, units))
    return Reading(units, propagate(prior, Probit(yes, 1 - yes)))


def every_interval() -> Shapes:
    """A uniform middle, and the width by its logarithm."""
    width = np.exp(np.linspace(np.log(VOLUME[0]), np.log(VOLUME[1]), 121))
    place = (np.arange(400) + 0.5) / 400
    w, share = (grid.ravel() for grid in np.meshgrid(width, place))
    low = (share - 0.5 * w)[:, None]
    return Shapes(low, low + w[:, None], np.zeros((len(w), 1), dtype=bool))


def test_along_one_axis_it_is_the_posterior_of_all_intervals() -> None:
    reading, every = along_one_axis(0.9), every_interval()
    asked = np.linspace(0.3, 0.6, 31)[:, None]
    factors = np.exp(reading.scores(every))
    mean = PRIOR_CHANCE * factors.mean()
    held = every.hold(asked) @ factors.mean(axis=1) / len(every) * PRIOR_CHANCE
    patches = scans(reading.units, reading.found)[0]
    assert patches.chance == pytest.approx(mean / (1 - PRIOR_CHANCE + mean), abs=0.01)
    assert patches.cover(asked) == pytest.approx(held / (1 - PRIOR_CHANCE + mean), abs=0.09)


@pytest.mark.parametrize("before", [along_one_axis(0.9, 2.0), along_one_axis(0.1)])
def test_what_stood_for_another_posterior_stands_for_this_one(before: Reading) -> None:
    reading, every = along_one_axis(0.9), every_interval()
    asked = np.linspace(0.3, 0.6, 31)[:, None]
    factors = np.exp(reading.scores(every)).mean(axis=1)
    found = located(reading, located(before))
    assert found.mean == pytest.approx(np.log(factors.mean()), abs=0.1)
    held = every.hold(asked) @ factors / factors.sum()
    assert found.cover(asked) / found.chance == pytest.approx(held, abs=0.09)


def test_a_reading_much_like_another_is_not_sampled_from_the_prior(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = located(along_one_axis(0.9, 2.0))
    monkeypatch.delattr("surrogate.models.patches._annealed")
    assert located(along_one_axis(0.9), before).is_found


def test_without_data_there_is_a_patch_with_the_chance_of_the_prior() -> None:
    kernel = Constant(1.0)
    units = np.zeros((1, 2))
    found = propagate(np.array(kernel(units, units)), Probit(np.zeros(1), np.zeros(1)))
    patches = scans(units, found)[0]
    assert patches.chance == pytest.approx(PRIOR_CHANCE, abs=1e-6)
    assert patches.chances @ patches.lifts == pytest.approx(0.0, abs=0.02)


def test_what_speaks_for_one_patch_does_not_speak_for_the_same_again() -> None:
    data = runs(120, 0.8, seed=1, also=120)
    prior = thinned(np.full((240, 240), 0.5), 1e-3)
    found = settle(prior, Probit(data.values, 1 - data.values))
    one = located(Reading(data.units, found))
    alone = scans(data.units, found, [one])[0]
    twice = scans(data.units, found, [one, one])
    assert alone.log_factor > 5.0
    assert twice[0].log_factor == alone.log_factor
    assert twice[1].log_factor < 0.0
    assert log_factor(data.units, found, [one, one]) == pytest.approx(alone.log_factor)


@pytest.mark.parametrize("patch", [PATCH, DISC], ids=["box", "disc"])
def test_a_patch_with_many_runs_is_found_where_it_is(patch: Shapes) -> None:
    surrogate = fitted(runs(120, 0.8, seed=1, also=120, patch=patch))
    grid = np.random.default_rng(5).random((2000, 2))
    truly = patch.hold(grid)[:, 0] > 0
    over = surrogate.exceedance(grid, 0.5) > 0.5
    assert np.mean(over[truly]) > 0.8
    assert np.mean(truly[over]) > 0.7
    assert suspected(surrogate).patches.chance > 0.9


def test_what_is_round_is_told_from_what_is_not() -> None:
    def roundness(patch: Shapes) -> float:
        data = runs(0, 0.95, also=400, patch=patch)
        prior = thinned(np.full((400, 400), 0.5), 1e-3)
        found = settle(prior, Probit(data.values, 1 - data.values))
        patches = scans(data.units, found)[0]
        return float(patches.shapes.round.any(axis=1) @ patches.chances / patches.chance)

    assert roundness(DISC) > 0.9
    assert roundness(PATCH) < 0.1


def test_runs_that_crowd_in_a_patch_do_not_pass_it_off_as_a_hill() -> None:
    process = suspected(fitted(runs(200, 0.68, also=200, seed=1)))
    rise = np.ptp(process.smooth.latent(np.random.default_rng(5).random((500, 2)))[0])
    assert rise < 0.5 * (ndtri(0.68) - ndtri(0.3))
    assert process.patches.chance > 0.9


def test_a_thin_ridge_is_found_among_boxes_of_all_shapes() -> None:
    rng = np.random.default_rng(4)
    units = rng.random((400, 2))
    units[:80, 0] = rng.uniform(0.5, 0.64, 80)
    inside = (units[:, 0] >= 0.55) & (units[:, 0] <= 0.59)
    values = (rng.random(400) < np.where(inside, 0.8, 0.3)).astype(float)
    patches = patches_of(
        Dataset(GOAL, units, values, np.ones(400), np.full(400, np.nan), np.arange(400))
    )
    along = np.column_stack([np.full(50, 0.57), np.linspace(0.01, 0.99, 50)])
    assert np.all(patches.cover(along) > 0.5)
    assert np.all(patches.cover(np.array([[0.4, 0.5], [0.75, 0.5]])) < 0.2)


def test_a_slope_that_the_data_ask_for_makes_the_plain_uneven() -> None:
    rng = np.random.default_rng(2)
    units = rng.random((300, 2))
    values = (rng.random(300) < ndtr(4.0 * (units[:, 0] - 0.5))).astype(float)
    surrogate = fitted(
        Dataset(GOAL, units, values, np.ones(300), np.full(300, np.nan), np.arange(300))
    )
    ends = suspected(surrogate).smooth.latent(np.array([[0.05, 0.5], [0.95, 0.5]]))[0]
    assert ends[1] - ends[0] > 2.0


def test_noise_alone_is_not_taken_for_a_patch() -> None:
    chances = [patches_of(runs(150, 0.3, seed=seed)).chance for seed in range(3)]
    assert np.median(chances) < PRIOR_CHANCE
    surrogate = fitted(runs(150, 0.3))
    assert np.all(surrogate.predict(np.random.default_rng(1).random((200, 2))).mean < 0.5)


def test_records_alone_give_the_same_surrogate_again() -> None:
    data = runs(60, 0.8, also=40)
    first = fitted(data)
    values = json.loads(json.dumps(dict(first.hyperparameters)))
    again = ProbabilityRecipe(GOAL, 2, patches=True).fit(data, start=values, optimise=False)
    grid = np.random.default_rng(2).random((50, 2))
    np.testing.assert_array_equal(first.predict(grid).mean, again.predict(grid).mean)


def test_few_runs_and_other_recipes_look_for_nothing() -> None:
    assert fitted(runs(10, 0.8)).suspected == ()
    plain = ProbabilityRecipe(GOAL, 2).fit(runs(40, 0.8))
    assert isinstance(plain, Suspecting)
    assert plain.suspected == ()


def test_a_number_has_no_patches() -> None:
    with pytest.raises(PlanError, match="'gp-patches' is for yes and no"):
        recipe("gp-patches", Number("margin", unit="m"), 2)
