"""Bunches read in one pass: against the same surrogate asked place by place."""

from dataclasses import replace

import numpy as np
import pytest

from surrogate.kernels import Constant, ard
from surrogate.models import bunches as module
from surrogate.models.base import Doubting
from surrogate.models.bunches import bunches
from surrogate.models.numbers import NumberSurrogate
from surrogate.models.posterior import Alternative, Posterior, conditioned
from surrogate.models.probability import ProbabilitySurrogate
from surrogate.outcome import Binary, Number
from surrogate.profiles import Matern52

RNG = np.random.default_rng(0)
SITES, ROWS = RNG.random((30, 2)), RNG.random((5, 6, 2))


def process() -> Posterior:
    kernel = Constant(2.0) * ard(Matern52(), (0.3, 0.5))
    learned = conditioned(kernel, SITES, np.sin(5 * SITES[:, 0]), np.full(30, 0.1))
    other = Constant(1.0) * ard(Matern52(), (0.4, 0.4))
    return replace(learned, alternatives=(Alternative(other, learned.weights),))


def surrogates() -> list[Doubting]:
    number = NumberSurrogate(Number("h"), process(), {}, level=3.0, scale=7.0, noise=0.1)
    return [ProbabilitySurrogate(Binary("goal"), process(), {}), number]


@pytest.mark.parametrize("surrogate", surrogates(), ids=["chance", "number"])
@pytest.mark.parametrize("block", [1, 400, 1 << 19])  # numbers at a time
def test_what_is_read_at_once_is_what_each_place_says(
    surrogate: Doubting, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BLOCK_NUMBERS", block)
    found = bunches(surrogate, ROWS)
    for i, rows in enumerate(ROWS):
        m, v = surrogate.latent(rows)
        np.testing.assert_allclose(found.m[i], m, rtol=1e-12)
        np.testing.assert_allclose(found.v[i], v, rtol=1e-9)
        np.testing.assert_allclose(found.gaps[i], surrogate.gaps(rows), rtol=1e-9)
        alone = surrogate.covariance(rows[:3], rows[3:])
        np.testing.assert_allclose(found.c[i], alone, atol=1e-12 * np.ptp(v))
