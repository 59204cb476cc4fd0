"""Patches that a graded outcome locates: exact regression, and answers alone say what they do."""

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from scipy.stats import multivariate_normal

from surrogate.dataset import Dataset
from surrogate.errors import PlanError
from surrogate.expression import Expression
from surrogate.models.forms import smooth
from surrogate.models.guided import assisted, guide_words
from surrogate.models.helping import HelperRecipe
from surrogate.models.heuristic import HeuristicRecipe
from surrogate.models.locating import Told, locate, told_by
from surrogate.models.probability import ProbabilityRecipe, ProbabilitySurrogate
from surrogate.models.recipes import recipe
from surrogate.models.scouts import Scouts
from surrogate.models.shapes import Shapes
from surrogate.models.worlds import Patches
from surrogate.records import Sentinel
from surrogate.space import Array, Real, Space
from tests.models.test_patches import GOAL, PATCH, runs

FORM = smooth(2)
PATCHED = ProbabilityRecipe(GOAL, 2, patches=True)
LOCATED = replace(PATCHED, located_by="margin")


def margins(data: Dataset, shift: float, seed: int = 9) -> Dataset:
    """`data` with a margin: normal about -.5, so much higher in the patch, positive for a yes."""
    rng = np.random.default_rng(seed)
    inside = PATCH.hold(data.units)[:, 0]
    size = np.abs(rng.normal(size=len(data)) - 0.5) + shift * inside
    return replace(data, helps={"margin": np.where(data.values > 0, size, -size)})


def shown(data: Dataset, shift: float) -> Dataset:
    """`data` with a margin that has nothing to do with the answers but for its shift."""
    inside = PATCH.hold(data.units)[:, 0]
    noise = np.random.default_rng(9).normal(size=len(data))
    return replace(data, helps={"margin": noise + shift * inside})


def patches_in(surrogate: ProbabilitySurrogate) -> Patches:
    return surrogate.suspected[0].patches


def told(count: int = 40) -> Told:
    found = told_by(margins(runs(count, 0.8), 1.0), "margin")
    assert found is not None
    return found


def test_a_margin_is_read_as_exact_regression_reads_it() -> None:
    seen, theta = told(), np.append(FORM.prior.centre, -0.3)
    value, _ = seen.evidence(FORM, theta)
    K = FORM.kernel.at(theta[:-1])(seen.units, seen.units)
    c = np.exp(theta[-1])
    exact = multivariate_normal(cov=c**2 * (K + np.eye(len(K)))).logpdf(seen.y)
    lower = multivariate_normal(cov=c**2 * (K + np.eye(len(K)))).logpdf(0 * seen.y)
    other, _ = replace(seen, y=0 * seen.y).evidence(FORM, theta)
    assert value - other == pytest.approx(exact - lower, rel=1e-2)
    assert other == pytest.approx(lower + 20.0 * np.log(2.0 * np.pi), rel=1e-2)


def test_its_gradient_is_that_of_differences() -> None:
    seen, theta = told(), np.append(FORM.prior.centre, -0.3)
    _, slope = seen.evidence(FORM, theta)
    by_hand = approx_fprime(theta, lambda one: seen.evidence(FORM, one)[0], 1e-4)
    np.testing.assert_allclose(slope, by_hand, rtol=0.05, atol=0.05)


@pytest.mark.parametrize(
    "log_sd", [lambda u: u[:, 0] - 0.5, lambda u: 4.0 * (u[:, 0] - 0.5) * (u[:, 1] - 0.5)]
)
def test_noise_that_varies_over_the_inputs_is_learned(log_sd: Callable[[Array], Array]) -> None:
    rng = np.random.default_rng(4)
    units = rng.random((400, 2))
    sd = np.exp(log_sd(units))
    seen = Told(units, sd * rng.normal(size=400), np.ones(400))
    theta = seen.learned(FORM, [np.append(FORM.prior.centre, 0.0)])
    t = seen.noisy(seen.curve(FORM, theta)).t
    assert np.corrcoef(np.log(t), -2.0 * np.log(sd))[0, 1] > 0.97
    assert np.polyfit(np.log(sd), -0.5 * np.log(t), 1)[0] == pytest.approx(1.0, abs=0.2)


def test_a_plain_learned_of_what_a_patch_leaves_does_not_hide_it() -> None:
    data = margins(runs(150, 0.8, also=250), 2.5)
    seen = told_by(data, "margin")
    assert seen is not None
    found = locate(seen, FORM)[0]
    assert found.is_found
    shift, noise = found.shown(np.array([[0.4, 0.6], [0.9, 0.1]]))
    assert shift[0] > 0.5
    assert noise[0] > 1.5
    assert shift[1] == pytest.approx(0.0, abs=0.05)
    assert noise[1] == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize(
    ("seed", "all_over", "inside", "shift", "louder"),
    [(6, 160, 60, 0.7, 0.6), (9, 200, 120, 0.8, 0.4)],
    ids=["less than half of all runs", "more than half"],
)
def test_runs_that_crowd_in_two_patches_pass_neither_for_a_bend_nor_for_noise(
    seed: int, all_over: int, inside: int, shift: float, louder: float
) -> None:
    apart = np.array([0.4, -0.4])
    other = Shapes(PATCH.low + apart, PATCH.high + apart, PATCH.round)
    rng = np.random.default_rng(seed)
    edges = [(one.low[0], one.high[0]) for one in (PATCH, other)]
    crowds = [rng.random((all_over, 2)), *(rng.uniform(*each, (inside, 2)) for each in edges)]
    units = np.concatenate(crowds)
    held = np.array([one.hold(units)[:, 0] for one in (PATCH, other)])
    count, both = len(units), held.sum(axis=0)
    margin = rng.normal(size=count) * np.exp(louder * both) + shift * both
    seen = Told(units, (margin - margin.mean()) / margin.std(), np.ones(count))
    *found, third = locate(seen, FORM)
    cover = np.array([one.cover(units) for one in found])
    assert all(one.is_found for one in found)
    assert not third.is_found
    assert sorted((cover @ held.T / held.sum(axis=1)).argmax(axis=1)) == [0, 1]
    assert (cover.max(axis=0) @ held.T / held.sum(axis=1)).min() > 0.6


def test_one_shape_around_two_patches_gives_way_to_both() -> None:
    low, high = np.array([[0.02, 0.64], [0.69, 0.64]]), np.array([[0.30, 0.76], [0.97, 0.76]])
    two = Shapes(low, high, np.zeros((2, 2), dtype=bool))
    rng = np.random.default_rng(3)
    all_over = rng.random((200, 2))
    units = np.concatenate([all_over, *(rng.uniform(low[k], high[k], (30, 2)) for k in range(2))])
    held = two.hold(units).max(axis=1)
    margin = rng.normal(size=len(units)) * np.exp(0.4 * held) + 1.2 * held
    seen = Told(units, (margin - margin.mean()) / margin.std(), np.ones(len(units)))
    *found, _ = locate(seen, FORM)
    cover = np.array([one.cover(units) for one in found])
    assert len(found) == 2
    assert (cover.max(axis=0)[held > 0.0]).mean() > 0.7
    between = (np.abs(units - [0.5, 0.7]) < [0.15, 0.06]).all(axis=1)
    assert cover[:, between].max() < 0.3


def test_two_patches_side_by_side_and_full_of_runs_pass_for_no_bend() -> None:
    low, high = np.array([[0.14, 0.35], [0.07, 0.53]]), np.array([[0.44, 0.52], [0.32, 0.68]])
    two = Shapes(low, high, np.zeros((2, 2), dtype=bool))
    rng = np.random.default_rng(3)
    crowds = [rng.uniform(low[k], high[k], (n, 2)) for k, n in enumerate((70, 50))]
    units = np.concatenate([rng.random((180, 2)), *crowds])
    each = two.hold(units)
    held = each.max(axis=1)
    margin = rng.normal(size=len(units)) * np.exp(0.5 * held) + 1.1 * held
    seen = Told(units, (margin - margin.mean()) / margin.std(), np.ones(len(units)))
    *found, _ = locate(seen, FORM)
    cover = np.array([one.cover(units) for one in found]) @ each / each.sum(axis=0)
    assert len(found) == 2
    assert sorted(cover.argmax(axis=1)) == [0, 1]
    assert cover.max(axis=1).min() > 0.4
    assert cover.min() < 0.1


def test_beside_a_patch_that_is_found_another_is_looked_for() -> None:
    apart = np.array([0.4, -0.4])
    other = Shapes(PATCH.low + apart, PATCH.high + apart, PATCH.round)
    data = margins(runs(300, 0.8, also=150), 2.5)
    also = other.hold(data.units)[:, 0]
    data = replace(data, helps={"margin": data.helps["margin"] + 2.0 * also})
    seen = told_by(data, "margin")
    assert seen is not None
    middles = np.array([[0.4, 0.6], [0.8, 0.2]])
    first, second, *_ = (one.shown(middles)[0] for one in locate(seen, FORM))
    assert first == pytest.approx([0.9, 0.0], abs=0.4)
    assert second[1] > 0.4
    assert abs(second[0]) < 0.2


def test_a_map_reads_both_of_two_patches() -> None:
    middles = np.array([[0.4, 0.6], [0.8, 0.2], [0.8, 0.8]])
    data = runs(300, 0.8, also=150)
    near = np.random.default_rng(3).uniform([0.65, 0.05], [0.95, 0.35], (150, 2))
    units = np.concatenate([data.units, near])
    both = np.any([np.all(np.abs(units - one) < 0.1, axis=1) for one in middles[:2]], axis=0)
    rng = np.random.default_rng(5)
    size = rng.normal(size=len(units)) + np.where(both, 0.85, -0.52)
    count = np.ones(len(units))
    values = (size > 0).astype(float)
    data = Dataset(GOAL, units, values, count, np.nan * count, np.arange(len(units)))
    found = LOCATED.fit(replace(data, helps={"margin": size}))
    assert (found.predict(middles).mean > 0.5).tolist() == [True, True, False]
    assert len(found.suspected[0].patches.others) == 1


def test_runs_made_again_show_where_a_new_patch_is() -> None:
    data = margins(runs(80, 0.8, seed=6, also=6), 1.0)
    there = PATCH.hold(data.units)[:, 0] > 0
    before = data.helps["margin"] - 1.0 * there
    runs_of = [Sentinel(i, i, {}) for i in range(len(data))]
    inside = np.full(len(data), 0.01)
    scouts = Scouts(runs_of, len(data), data.units, inside, {"margin": before})
    hinted = replace(LOCATED, scouts=scouts).fit(data)
    found, alone = (
        patches_in(one).cover(np.array([[0.4, 0.6]]))[0] for one in (hinted, LOCATED.fit(data))
    )
    assert found > 0.6
    assert alone < 0.3


def test_a_hint_counts_for_one_patch_alone() -> None:
    seen = told_by(margins(runs(120, 0.8, also=60), 2.5), "margin")
    assert seen is not None
    there = PATCH.hold(seen.units)[:, 0]
    hinted = replace(seen, hint=np.where(there > 0, 2.0, -1.0))
    (one, other, *_), (first, second, *_) = locate(seen, FORM), locate(hinted, FORM)
    assert first.log_factor > one.log_factor + 20.0
    assert second.log_factor < other.log_factor


def test_runs_at_one_place_count_together_and_those_that_told_nothing_not_at_all() -> None:
    data = shown(runs(30, 0.8), 1.0)
    twice = replace(
        data,
        units=np.vstack([data.units[:1], data.units[:-1]]),
        helps={"margin": np.append(data.helps["margin"][:-1], np.nan)},
    )
    found = told_by(twice, "margin")
    assert found is not None
    assert sorted(found.t)[0] == 0.0
    assert sorted(found.t)[-1] == 2.0
    assert found.y[found.t == 0.0] == 0.0


def test_a_margin_finds_a_patch_that_answers_alone_leave_open() -> None:
    def covers(made: ProbabilityRecipe) -> list[float]:
        found = [made.fit(margins(runs(250, 0.7, seed=seed), 2.0)) for seed in (3, 4, 5)]
        return [float(patches_in(one).cover(np.array([[0.4, 0.6]]))[0]) for one in found]

    by_answers, by_margins = covers(PATCHED), covers(LOCATED)
    assert np.all(np.array(by_margins) > np.array(by_answers) + 0.1)
    assert np.median(by_margins) > 0.8
    assert np.median(by_answers) < 0.3


def test_luck_in_the_answers_makes_no_patch_likelier_than_the_margins_have_it() -> None:
    data = shown(runs(200, 0.75, seed=1, also=100), 0.0)
    by_answers, by_margins = (patches_in(made.fit(data)) for made in (PATCHED, LOCATED))
    assert by_answers.chance > 0.9
    assert by_margins.chance < 0.8


def test_what_a_margin_shows_and_answers_do_not_leaves_the_odds_alone() -> None:
    data = shown(runs(100, 0.3, seed=2, also=150), 2.0)
    surrogate = LOCATED.fit(data)
    inside = PATCH.low + (PATCH.high - PATCH.low) * np.random.default_rng(1).random((50, 2))
    assert np.all(surrogate.predict(inside).mean < 0.5)
    assert patches_in(surrogate).chance < 0.5


def test_records_alone_give_it_again() -> None:
    data = margins(runs(60, 0.8, also=40), 1.0)
    first = LOCATED.fit(data)
    values = json.loads(json.dumps(dict(first.hyperparameters)))
    again = LOCATED.fit(data, start=values, optimise=False)
    grid = np.random.default_rng(2).random((50, 2))
    np.testing.assert_array_equal(first.predict(grid).mean, again.predict(grid).mean)


def test_few_runs_tell_nothing() -> None:
    data = margins(runs(30, 0.8), 1.0)
    few = {"margin": np.where(np.arange(30) < 10, data.helps["margin"], np.nan)}
    assert told_by(replace(data, helps=few), "margin") is None
    assert told_by(replace(data, values=np.ones(30)), "margin") is None


def test_a_plan_that_looks_for_patches_takes_one_outcome_and_no_heuristic() -> None:
    plain = recipe("gp-patches", GOAL, 2)
    made = assisted(plain, [HelperRecipe("margin")])
    assert made.name == "gp-patches with margin"
    assert guide_words(made, {}) == (
        "Margin tells where a small patch may lie, and the answers what it does."
    )
    space = Space({"x": Real(0, 1), "y": Real(0, 1)})
    guess = HeuristicRecipe(Expression("x"), space)
    for guides in ([guess], [HelperRecipe("margin"), HelperRecipe("other")]):
        with pytest.raises(PlanError, match="one outcome that helps and no heuristic"):
            assisted(plain, guides)
