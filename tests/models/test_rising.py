"""Steps up: their covariance, which of them are told, and the answer against samples."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtr

from surrogate.kernels import Constant, Kernel, Plane, ard
from surrogate.models.covariances import Embedded, Interactions, Warped
from surrogate.models.forms import Form, smooth
from surrogate.models.likelihood import Probit
from surrogate.models.posterior import conditioned
from surrogate.models.propagation import first_messages
from surrogate.models.risen import Runs
from surrogate.models.rising import (
    SLACK,
    AnswersAndSteps,
    Rising,
    is_level,
    level,
    steps_along,
    worth_telling,
)
from surrogate.models.rising_chances import ChanceRuns
from surrogate.models.rising_numbers import NumberRuns
from surrogate.models.sites import CountSites, NumberSites
from surrogate.profiles import Matern32, Matern52, Rbf

Array = NDArray[np.float64]

KERNELS: list[Kernel] = [
    Constant(2.0) * ard(Matern52(), (0.4, 0.7)) + Plane(0.5),
    ard(Matern32(), (0.3, 0.5)),
    Constant(0.5) + Warped(Rbf(), (0.5, 0.6), (0.7, 1.5), (1.2, 0.8)),
    Interactions(Matern52(), (0.5, 2.0), (0.3, 0.6)),
    Embedded(ard(Matern52(), (0.4, 1.0, 1.0)), (0, 2)),
]
FORM = smooth(2)
VALUES = FORM.named(FORM.prior.centre)
X = np.array([[0.2, 0.3], [0.5, 0.6], [0.7, 0.2]])
STEPS = np.array([[0.3, 0.4, 0.2, 0.0], [0.6, 0.4, 0.2, 0.0]])


def rows(seed: int) -> Array:
    """Places, and steps of several lengths in both columns."""
    rng = np.random.default_rng(seed)
    steps = np.concatenate([0.6 * rng.random((6, 2)), np.zeros((6, 2))], axis=1)
    steps[[1, 3], 2] = [0.1, 0.3]
    steps[[2, 5], 3] = [0.2, 0.05]
    return steps


@pytest.mark.parametrize("kernel", KERNELS)
def test_covariances_of_steps_are_differences_of_those_of_values(kernel: Kernel) -> None:
    a, b = rows(0), rows(1)[:4]

    def combined(rows: Array) -> tuple[Array, Array]:
        """Ends of all rows, and what of each end a row is."""
        x, r = rows[:, :2], rows[:, 2:]
        step = r.any(axis=1)
        upper = np.diag(step / SLACK)
        lower = np.diag(np.where(step, -1.0 / SLACK, 1.0))
        return np.concatenate([x, x + r]), np.concatenate([lower, upper], axis=1)

    (ends_a, A), (ends_b, B) = combined(a), combined(b)
    found = Rising(kernel)(a, b)
    np.testing.assert_allclose(found, A @ kernel(ends_a, ends_b) @ B.T, rtol=1e-7, atol=1e-9)
    whole = Rising(kernel)(a, a)
    np.testing.assert_allclose(Rising(kernel).diagonal(a), np.diagonal(whole), rtol=1e-7)


def test_its_gradient_agrees_with_differences() -> None:
    kernel, a = Rising(KERNELS[0]), rows(2)
    W = np.random.default_rng(3).normal(size=(6, 6))
    W = W + W.T
    K, pull = kernel.evaluate(a)
    np.testing.assert_allclose(K, kernel(a, a), rtol=1e-6, atol=1e-8)
    for j, slope in enumerate(pull(W)):
        h = 1e-5 * np.eye(len(kernel.theta))[j]
        ahead, behind = (kernel.at(kernel.theta + side * h)(a, a) for side in (1.0, -1.0))
        assert slope == pytest.approx(np.sum(W * (ahead - behind)) / 2e-5, rel=1e-4)


def number_runs(form: Form, noise: float = 0.05) -> NumberRuns:
    values = np.array([0.6, -0.3, 0.1])
    known = np.full(3, noise)
    return NumberRuns(form, NumberSites(X, values, np.ones(3), 0.0, 0.0, 1.0, known))


def chance_runs(form: Form) -> ChanceRuns:
    yes = np.array([1.0, 0.0, 3.0])
    return ChanceRuns(form, CountSites(X, yes, np.array([0.0, 2.0, 1.0])), first_messages(3))


def weighed_samples(runs: NumberRuns | ChanceRuns, q: Array) -> tuple[Array, Array, float]:
    """Mean and sd of f at three `q`, and log Z of the steps, by sampling: from the posterior of
    numbers, from the prior of chances.
    """
    places = np.concatenate([X, STEPS[:, :2], STEPS[:, :2] + STEPS[:, 2:], q])
    mean, K = np.zeros(len(places)), FORM.member(VALUES)(places, places) + 1e-10 * np.eye(10)
    if isinstance(runs, NumberRuns):
        gain = K[:, :3] @ np.linalg.inv(K[:3, :3] + 0.05 * np.eye(3))
        mean, K = gain @ runs.sites.means, K - gain @ K[:3]
    lower = np.linalg.cholesky(K)
    f = mean + np.random.default_rng(4).standard_normal((300_000, 10)) @ lower.T
    weights = np.ones(len(f))
    if isinstance(runs, ChanceRuns):
        p = ndtr(f[:, :3])
        weights = np.prod(p**runs.sites.yes * (1.0 - p) ** runs.sites.no, axis=1)
    before = weights.sum()
    weights *= (f[:, 5:7] > f[:, 3:5]).all(axis=1)
    share = weights / weights.sum()
    mean = share @ f[:, 7:]
    return mean, np.sqrt(share @ (f[:, 7:] - mean) ** 2), float(np.log(weights.sum() / before))


@pytest.mark.parametrize("runs", [number_runs(FORM), chance_runs(FORM)])
def test_runs_with_steps_agree_with_weighed_samples(runs: Runs) -> None:
    q = np.array([[0.35, 0.4], [0.8, 0.4], [0.5, 0.9]])
    mean, sd, log_z = weighed_samples(runs, q)  # type: ignore[arg-type]
    told, untold = runs.read(VALUES, STEPS), runs.read(VALUES, STEPS[:0])
    m, v = told.process.latent(level(q))
    np.testing.assert_allclose(m, mean, atol=0.04)
    np.testing.assert_allclose(np.sqrt(v), sd, rtol=0.03)
    assert told.log_evidence - untold.log_evidence == pytest.approx(log_z, abs=0.03)
    assert np.abs(untold.process.latent(level(q))[0] - mean).max() > 0.1


def test_answers_may_be_in_error_and_steps_may_not() -> None:
    m, v = np.array([-2.0, -2.0]), np.ones(2)
    doubtful = AnswersAndSteps(Probit(np.ones(1), np.zeros(1), lapse=0.1)).moments(m, v)
    sure = Probit(np.ones(2), np.zeros(2)).moments(m, v)
    assert doubtful.log_z[0] > sure.log_z[0] + 0.5
    assert doubtful.log_z[1] == sure.log_z[1]


def test_steps_lie_in_the_part_of_the_cube_that_is_asked_for() -> None:
    steps = steps_along({0: True, 1: False}, np.array([1.0, 0.5]))
    begin, end = steps[:, :2], steps[:, :2] + steps[:, 2:]
    for place in (begin, end):
        assert np.all((place >= 0.0) & (place <= np.array([1.0, 0.5]) + 1e-12))
    assert set(np.sign(steps[:, 2])) == {0.0, 1.0}
    assert set(np.sign(steps[:, 3])) == {0.0, -1.0}
    assert not is_level(steps).any()


def told(slope: float, noise: float) -> Array:
    """Steps along the first column that are worth telling beside a plane of that slope."""
    x = np.random.default_rng(5).random((60, 2))
    kernel = Rising(Constant(4.0) * ard(Rbf(), (1.0, 1.0)))
    process = conditioned(kernel, level(x), slope * x[:, 0], np.full(60, noise))
    return worth_telling(process, steps_along({0: True}, np.ones(2)))


def test_where_it_surely_rises_no_step_is_told_and_where_it_does_not_some_are() -> None:
    assert len(told(2.0, 1e-4)) == 0
    assert 1 <= len(told(0.0, 0.5)) <= 16


def test_a_step_that_was_told_is_believed() -> None:
    runs = replace(number_runs(FORM), sites=replace(number_runs(FORM).sites, units=X[:, ::-1]))
    process = runs.read(VALUES, STEPS).process
    m, S = process.mean(STEPS), process.covariance(STEPS, STEPS)
    assert np.all(m > 0.0)
    assert np.all(ndtr(m / np.sqrt(np.diagonal(S))) > 0.8)
