"""Processes of very many sites: beside the exact one, and the hyper-parameters they learn."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtr

from simulators.problems.emulation import front
from surrogate.dataset import Dataset
from surrogate.expression import Expression
from surrogate.kernels import Constant, Kernel, Linear, ard
from surrogate.linalg import factorise, log_determinant, solve
from surrogate.models import local_evidence, numbers, probability
from surrogate.models.base import voice
from surrogate.models.covariances import Embedded, Interactions, Warped
from surrogate.models.guided import guide_words, guided_by
from surrogate.models.heuristic import HeuristicRecipe
from surrogate.models.likelihood import Probit
from surrogate.models.local_evidence import LocalModel
from surrogate.models.many_chances import crowd, messages, stretch
from surrogate.models.neighbours import EXACT, Neighbourhood, leading, recalibrated
from surrogate.models.number_evidence import NumberModel
from surrogate.models.number_forms import number_form
from surrogate.models.pooling import cells, groups
from surrogate.models.posterior import conditioned
from surrogate.models.propagation import propagate
from surrogate.models.recipes import recipe
from surrogate.models.sites import count_sites, number_sites
from surrogate.outcome import Binary, Number
from surrogate.profiles import Matern52, Rbf
from surrogate.space import Real, Space

Array = NDArray[np.float64]

KERNEL = Constant(1.0, free=False) + Constant(2.0) * ard(Matern52(), (0.3, 0.6))


def waves(units: Array) -> Array:
    return np.asarray(np.sin(6 * units[:, 0]) * np.cos(3 * units[:, 1]))


def sites(n: int, seed: int = 0) -> tuple[Array, Array, Array]:
    rng = np.random.default_rng(seed)
    units = rng.random((n, 2))
    return units, waves(units) + 0.1 * rng.normal(size=n), np.full(n, 0.01)


def dataset(n: int, noise: str = "none", sd: float = 0.0) -> Dataset:
    rng = np.random.default_rng(1)
    units = rng.random((n, 2))
    values = front.on(units) + sd * rng.normal(size=n)
    outcome = Number("f", noise=noise)
    return Dataset(outcome, units, values, np.ones(n), np.full(n, np.nan), np.arange(n))


def test_with_no_more_sites_than_neighbours_it_is_the_exact_process() -> None:
    near, exact = Neighbourhood(KERNEL, *sites(30)), conditioned(KERNEL, *sites(30))
    q = np.random.default_rng(5).random((20, 2))
    np.testing.assert_allclose(near.latent(q), exact.latent(q), rtol=1e-9)
    np.testing.assert_allclose(near.covariance(q[:5], q), exact.covariance(q[:5], q), atol=1e-10)


def test_with_more_sites_the_nearest_say_nearly_all() -> None:
    near, exact = Neighbourhood(KERNEL, *sites(800)), conditioned(KERNEL, *sites(800))
    q = np.random.default_rng(5).random((200, 2))
    (m, v), (exact_m, exact_v) = near.latent(q), exact.latent(q)
    assert np.sqrt(np.mean((m - exact_m) ** 2)) < 0.2 * np.sqrt(exact_v).mean()
    assert np.abs(np.sqrt(v / exact_v) - 1.0).max() < 0.2
    gap = near.covariance(q[:20], q) - exact.covariance(q[:20], q)
    assert np.abs(gap).max() < 0.2 * exact_v.max()


def test_a_covariance_of_many_points_is_one_and_agrees_with_their_variances() -> None:
    near = replace(Neighbourhood(KERNEL, *sites(500)), stretch=1.7)
    q = np.random.default_rng(5).random((300, 2))
    joint = near.covariance(q, q)
    np.testing.assert_allclose(np.diagonal(joint), near.latent(q)[1], rtol=1e-9)
    assert np.linalg.eigvalsh(joint).min() > -1e-12


def test_a_point_is_read_alike_alone_and_among_a_thousand() -> None:
    near = Neighbourhood(KERNEL, *sites(500))
    q = np.random.default_rng(5).random((1000, 2))
    np.testing.assert_allclose(near.latent(q[700:701]), np.array(near.latent(q))[:, 700:701])


def test_a_site_left_out_is_what_a_process_without_it_says_there() -> None:
    units, values, noise = sites(50)
    process = Neighbourhood(KERNEL, units, values, noise)
    miss, variance = process.left_out()
    m, v = conditioned(KERNEL, units[1:], values[1:], noise[1:]).latent(units[:1])
    np.testing.assert_allclose((miss[0], variance[0]), (values[0] - m[0], v[0] + noise[0]))


def test_what_it_is_told_it_knows_as_if_it_had_known_it_from_the_start() -> None:
    units, values, noise = sites(300)
    told = Neighbourhood(KERNEL, units[:250], values[:250], noise[:250]).told(
        units[250:], values[250:], noise[250:]
    )
    np.testing.assert_array_equal(
        told.latent(units), Neighbourhood(KERNEL, units, values, noise).latent(units)
    )


def test_sites_in_one_place_but_for_rounding_are_mended_and_no_error() -> None:
    units = np.full((80, 2), 0.5) + 1e-12 * np.random.default_rng(0).random((80, 2))
    process = Neighbourhood(KERNEL, units, np.ones(80), np.zeros(80))
    assert process.latent(np.full((1, 2), 0.5))[0][0] == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize(
    "kernel",
    [
        KERNEL + Linear(1),
        Warped(Rbf(), (0.3, 0.5), (1.5, 0.8), (0.7, 1.2)),
        Constant(2.0) * Interactions(Rbf(), (0.5, 2.0), (0.4, 0.9)),
        Embedded(ard(Matern52(), (0.4, 0.5, 0.6)), (0, 2)),
    ],
)
def test_a_stack_of_covariances_is_each_of_them(kernel: Kernel) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.random((3, 4, 2)), rng.random((3, 5, 2))
    stack = kernel(a, b)
    for k in range(3):
        np.testing.assert_allclose(stack[k], kernel(a[k], b[k]), rtol=1e-12)


def local(noise: str) -> LocalModel:
    whole = number_sites(dataset(12, noise, sd=0.1))
    model = NumberModel(number_form("smooth", (0, 0)), whole)
    rows = np.random.default_rng(2).integers(0, 12, 3)[:, None] + np.arange(6) % 12
    rows %= 12
    known = None if whole.known is None else whole.known[rows]
    return LocalModel(model, whole.units[rows], whole.means[rows], whole.runs[rows], known)


@pytest.mark.parametrize("noise", ["none", "unknown"])
def test_the_slope_of_the_local_evidence_is_that_of_its_differences(noise: str) -> None:
    model = local(noise)
    theta = model.whole.prior.centre + 0.1
    _, slope = model.evidence(theta)
    for j in range(len(theta)):
        step = np.zeros(len(theta))
        step[j] = 1e-5
        rise = model.evidence(theta + step)[0] - model.evidence(theta - step)[0]
        assert slope[j] == pytest.approx(rise / 2e-5, rel=1e-4, abs=1e-5)


def test_a_site_given_its_nearest_has_the_density_of_all_over_that_of_the_nearest() -> None:
    model = local("unknown")
    theta = model.whole.prior.centre
    kernel, noise = model.whole.form.kernel.at(theta[:-1]), float(np.exp(theta[-1]))

    def log_density(units: Array, y: Array) -> float:
        lower = factorise(kernel(units, units) + noise * np.eye(len(y)))
        return -0.5 * float(y @ solve(lower, y)) - 0.5 * log_determinant(lower)

    exact = [
        log_density(x, y) - log_density(x[:-1], y[:-1])
        for x, y in zip(model.units, model.means, strict=True)
    ]
    value = model.evidence(theta)[0] - model.whole.evidence(theta)[0]
    assert value == pytest.approx(sum(exact), rel=1e-9)


def test_from_one_site_more_than_exact_the_switch_is_made_and_named() -> None:
    data = dataset(EXACT + 1)
    surrogate = recipe("gp-matern52", data.outcome, 2).fit(data)
    assert voice(surrogate).startswith(
        "Intervals come from the 64 nearest to each point of 3001 places, too many to be read"
    )
    q = np.random.default_rng(7).random((1000, 2))
    read, truth = surrogate.predict(q, 0.9), front.on(q)
    assert 0.86 <= np.mean((truth >= read.lower) & (truth <= read.upper)) <= 0.94
    assert np.sqrt(np.mean((read.mean - truth) ** 2)) < 0.005 * truth.std()
    again = recipe("gp-matern52", data.outcome, 2).fit(
        data, start=surrogate.hyperparameters, optimise=False
    )
    np.testing.assert_array_equal(again.predict(q[:50]).mean, surrogate.predict(q[:50]).mean)


def test_recalibration_widens_a_process_that_is_too_sure_and_narrows_one_that_is_not() -> None:
    units, values = dataset(1500).units, dataset(1500).values
    sure = recalibrated(Constant(1e-3) * ard(Matern52(), (0.1, 0.1)), units, values, np.zeros(1500))
    unsure = recalibrated(
        Constant(1e3) * ard(Matern52(), (0.1, 0.1)), units, values, np.zeros(1500)
    )
    assert sure.stretch > 1.0 > unsure.stretch


def chance(units: Array) -> Array:
    return np.asarray(ndtr(2.0 * waves(units)))


def answers(n: int) -> Dataset:
    rng = np.random.default_rng(3)
    units = rng.random((n, 2))
    values = (rng.random(n) < chance(units)).astype(float)
    return Dataset(Binary("yes"), units, values, np.ones(n), np.full(n, np.nan), np.arange(n))


def test_of_many_places_hyper_parameters_are_learned_from_some_and_the_surrogate_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(probability, "_LEARNED_FROM", 30)
    data = dataset(60)
    answers = replace(data, outcome=Binary("f"), values=(data.values > 0).astype(float))
    surrogate = recipe("gp", answers.outcome, 2).fit(answers)
    said = "Intervals come from all 60 places, and hyper-parameters from 30 of them."
    assert voice(surrogate) == said
    again = recipe("gp", answers.outcome, 2).fit(
        answers, start=surrogate.hyperparameters, optimise=False
    )
    assert voice(again) == said
    q = np.random.default_rng(7).random((20, 2))
    np.testing.assert_array_equal(again.predict(q).lower, surrogate.predict(q).lower)


def test_many_places_with_a_number_are_all_read_and_learned_from_at_two_scales(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(numbers, "SEARCHED", 50)
    monkeypatch.setattr(local_evidence, "_FEW", 20)
    monkeypatch.setattr(local_evidence, "_SOME", 30)
    data = dataset(80)
    surrogate = recipe("gp-matern52", data.outcome, 2).fit(data)
    said = "Intervals come from all 80 places, and hyper-parameters from 50 of them."
    assert voice(surrogate) == said
    np.testing.assert_allclose(surrogate.predict(data.units).mean, data.values, atol=1e-3)


def test_cells_hold_alike_many_and_are_as_small_as_noise_asks() -> None:
    z = np.random.default_rng(0).random((40_000, 2))
    rough, fine = cells(z, 1.0, 2.0, most=16384), cells(z, 1.0, 1e-4, most=16384)
    assert np.ptp(np.bincount(rough)) <= 1
    assert rough.max() < fine.max() <= 16384
    wide = [np.ptp(z[rough == k], axis=0).max() for k in range(50)]
    assert max(wide) < 0.1


def test_places_that_no_noise_makes_alike_keep_a_cell_each() -> None:
    z = np.random.default_rng(0).random((1500, 2))
    np.testing.assert_array_equal(cells(z, 1.0, 1e-9, most=10**6), np.arange(1500))


def test_groups_are_all_rows_once_and_near_each_other() -> None:
    z = np.random.default_rng(0).random((1000, 2))
    parts = groups(z, 64)
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(1000))
    assert max(len(part) for part in parts) <= 64
    assert max(np.ptp(z[part], axis=0).max() for part in parts) < 0.5


def test_messages_found_group_by_group_are_those_of_all_together() -> None:
    data = count_sites(answers(900))
    exact = propagate(KERNEL(data.units, data.units), data.likelihood)
    tau, nu, settled = messages(KERNEL, data)
    assert settled
    gap = nu / tau - exact.messages.nu / exact.messages.tau
    assert np.sqrt(np.mean(gap**2)) < 0.05


def test_very_many_answers_are_pooled_and_told_within_honest_intervals() -> None:
    data = answers(20_000)
    surrogate = recipe("gp", data.outcome, 2).fit(data)
    assert voice(surrogate) == "Intervals come from 20000 places pooled to 1024."
    q = np.random.default_rng(7).random((2000, 2))
    read, truth = surrogate.predict(q, 0.9), chance(q)
    assert np.sqrt(np.mean((read.mean - truth) ** 2)) < 0.02
    assert 0.86 <= np.mean((truth >= read.lower) & (truth <= read.upper)) <= 0.97


def test_counts_that_vary_more_than_beliefs_allow_stretch_them_and_others_do_not() -> None:
    rng = np.random.default_rng(4)
    mean, variance, trials = rng.normal(size=4000), np.full(4000, 0.04), np.full(4000, 30)
    for times, low, high in ((4.0, 3.5, 4.5), (1.0, 1.0, 1.15), (0.25, 1.0, 1.0)):
        f = mean + np.sqrt(times * variance) * rng.normal(size=4000)
        yes = rng.binomial(trials, ndtr(f)).astype(float)
        assert low <= stretch(Probit(yes, trials - yes), mean, variance) <= high


def test_a_stretched_crowd_has_the_same_mean_and_wider_intervals(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data, values = count_sites(answers(4000)), {"variance": 2.0}
    q = np.random.default_rng(7).random((100, 2))
    asked = "surrogate.models.many_chances.stretch"
    monkeypatch.setattr(asked, lambda *_: 1.0)
    plain, _ = crowd(KERNEL, data, values)
    monkeypatch.setattr(asked, lambda *_: 2.25)
    wide, said = crowd(KERNEL, data, values)
    assert said.endswith(", 1.50 times as wide, as counts left out ask for")
    (mean, variance), (again, wider) = plain.latent(q), wide.latent(q)
    np.testing.assert_allclose(again, mean, atol=1e-9)
    np.testing.assert_allclose(wider, 2.25 * variance, rtol=1e-6)


def test_answers_read_from_the_nearest_cells_agree_with_those_read_at_once() -> None:
    data = count_sites(answers(4000))
    values = {"variance": 2.0}
    once, _ = crowd(KERNEL, data, values)
    tau, nu, _ = messages(KERNEL, data)
    near = Neighbourhood(KERNEL, data.units, nu / tau, 1.0 / tau)
    q = np.random.default_rng(7).random((100, 2))
    (m, v), (near_m, near_v) = once.latent(q), near.latent(q)
    assert np.mean(np.abs(near_m - m) / np.sqrt(v + near_v)) < 1.0


def test_a_guide_is_left_out_of_very_many_runs_in_so_many_words() -> None:
    data = replace(dataset(EXACT + 1), outcome=Number("f", noise="none"))
    space = Space({"x": Real(0, 1), "y": Real(0, 1)})
    plain = recipe("gp-matern52", data.outcome, 2)
    guided = guided_by([HeuristicRecipe(Expression("x + y"), space)], plain)
    found = guided.fit(
        data, start={"form": "smooth", "variance": 1.0, "length.0": 0.1, "length.1": 0.1}
    )
    assert "is left out: with so many runs" in guide_words(guided, found.hyperparameters)


def test_of_very_many_sites_the_leaders_are_those_of_the_highest_or_lowest_readings() -> None:
    units, values, noise = sites(500)
    process = Neighbourhood(KERNEL, units, values, 0.0 * noise)
    best = leading(process, 10, -1.0)
    np.testing.assert_array_equal(best, units[np.argsort(values)[:10]])
    smoothed = leading(Neighbourhood(KERNEL, units, values, noise), 10, 1.0)
    assert waves(smoothed).min() > 0.75
    np.testing.assert_array_equal(
        leading(conditioned(KERNEL, units, values, noise), 10, 1.0), units
    )
