"""What a number's intervals know of unsure hyper-parameters, beside a long Markov chain's."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from surrogate.dataset import Dataset
from surrogate.models.base import Doubting
from surrogate.models.draws import latent_draws
from surrogate.models.number_doubt import doubted
from surrogate.models.number_evidence import NumberModel, most_likely
from surrogate.models.number_forms import number_form
from surrogate.models.numbers import NumberRecipe, NumberSurrogate
from surrogate.models.posterior import conditioned
from surrogate.models.process_surrogate import STRETCH
from surrogate.models.sites import NumberSites, number_sites
from surrogate.outcome import Number

Array = NDArray[np.float64]

OUTCOME = Number("height", noise="none")
FORM = number_form("smooth", (0, 0))
AT = np.random.default_rng(9).random((60, 2))


def runs(n: int, noise: float = 0.0) -> Dataset:
    rng = np.random.default_rng(4)
    units = rng.random((n, 2))
    values = np.sin(5 * units[:, 0]) * units[:, 1] + noise * rng.standard_normal(n)
    outcome = replace(OUTCOME, noise="unknown" if noise else "none")
    return Dataset(outcome, units, values, np.ones(n), np.full(n, np.nan), np.arange(n))


def fitted(data: Dataset, *, doubt: bool = True) -> NumberSurrogate:
    assert isinstance(data.outcome, Number)
    return NumberRecipe(data.outcome, 2, doubt=doubt).fit(data)


def chain(sites: NumberSites, steps: int = 2000) -> list[Array]:
    """Hyper-parameters from their posterior, by Metropolis steps; every 20th."""
    model, rng = NumberModel(FORM, sites), np.random.default_rng(0)
    prior, theta = model.prior, model.theta(most_likely([FORM], sites, None))

    def log_posterior(at: Array) -> float:
        inside = bool(np.all((at >= prior.lower) & (at <= prior.upper)))
        return model.evidence(at)[0] + prior.log_density(at) if inside else -np.inf

    value, kept = log_posterior(theta), []
    for step in range(steps):
        there = theta + 0.5 * rng.standard_normal(len(theta))
        if np.log(rng.random()) < (better := log_posterior(there)) - value:
            theta, value = there, better
        if step >= 400 and step % 20 == 0:
            kept.append(theta)
    return kept


def test_at_few_runs_intervals_are_as_wide_as_those_of_a_long_chain() -> None:
    """Medians over points of log ratios of sds, the chain's by the law of total variance."""
    data = runs(12)
    surrogate, sites = fitted(data), number_sites(data)
    reads = [
        conditioned(FORM.kernel.at(theta), sites.units, sites.means, np.zeros(12)).latent(AT)
        for theta in chain(sites)
    ]
    means, variances = (np.array(each) for each in zip(*reads, strict=True))
    exact = sites.scale * np.sqrt(variances.mean(axis=0) + means.var(axis=0))
    ours = np.sqrt(surrogate.spread(AT).sum(axis=0))
    plain = np.sqrt(fitted(data, doubt=False).spread(AT).sum(axis=0))
    assert np.median(np.log(ours / exact)) == pytest.approx(0.0, abs=0.25)
    assert abs(np.median(np.log(ours / exact))) < 0.5 * abs(np.median(np.log(plain / exact)))


def test_the_mean_is_that_of_the_most_probable_hyper_parameters() -> None:
    data = runs(12)
    plain = fitted(data, doubt=False)
    np.testing.assert_allclose(fitted(data).centre(AT), plain.centre(AT), rtol=1e-12)


def test_joint_draws_are_as_wide_as_intervals() -> None:
    surrogate = fitted(runs(12))
    assert isinstance(surrogate, Doubting)
    drawn = latent_draws(surrogate, AT, 4000, np.random.default_rng(1))
    np.testing.assert_allclose(drawn.var(axis=0), surrogate.spread(AT).sum(axis=0), rtol=0.12)


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_stored_doubt_gives_the_same_intervals_again_bit_for_bit(noise: float) -> None:
    data = runs(15, noise)
    surrogate = fitted(data)
    again = NumberRecipe(surrogate.outcome, 2).fit(
        data, start=surrogate.hyperparameters, optimise=False
    )
    assert np.array_equal(again.spread(AT), surrogate.spread(AT))
    assert again.spread(AT)[1].max() > 0.0


def test_doubt_fades_as_runs_come_in() -> None:
    few, many = (fitted(runs(n)).spread(AT) for n in (12, 100))
    assert np.median(many[1] / many[0]) < np.median(few[1] / few[0])


def test_misses_larger_than_foretold_stretch_the_variance() -> None:
    """A kink, and hyper-parameters that take it for smooth: misses set the stretch."""
    units = np.random.default_rng(0).random((60, 2))
    values = np.abs(units[:, 0] - 0.5)
    data = replace(runs(60), units=units, values=values)
    sites = number_sites(data)
    stiff = {"form": "smooth", "variance": 1.0, "length.0": 3.0, "length.1": 3.0}
    miss, total, _ = NumberModel(FORM, sites).left_out(FORM.theta(stiff))
    ratio = float(np.mean(miss**2 / total))
    assert ratio > 10.0
    assert doubted(FORM, sites, stiff)[STRETCH] == pytest.approx(ratio)


def test_where_noise_explains_the_misses_little_is_stretched() -> None:
    assert doubted_stretch(runs(200, 0.3)) < 1.15


def doubted_stretch(data: Dataset) -> float:
    return float(fitted(data).hyperparameters[STRETCH])


def test_a_stretch_multiplies_variances_in_intervals_and_draws_and_leaves_the_rest() -> None:
    plain = fitted(runs(12), doubt=False)
    wide = replace(plain, hyperparameters={**plain.hyperparameters, STRETCH: 4.0})
    np.testing.assert_allclose(wide.spread(AT), 4.0 * plain.spread(AT), rtol=1e-12)
    draws = [
        latent_draws(each, AT, 50, np.random.default_rng(0)) - each.centre(AT)
        for each in (plain, wide)
    ]
    np.testing.assert_allclose(draws[1], 2.0 * draws[0], rtol=1e-6, atol=1e-9)
    assert np.array_equal(wide.latent(AT), plain.latent(AT))


def test_without_runs_there_is_nothing_to_doubt() -> None:
    assert STRETCH not in fitted(runs(0)).hyperparameters
