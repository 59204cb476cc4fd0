"""What a surrogate knows of bunches of points, each bunch looked at for itself.

How the points of a bunch hang together is asked of its first half with its second alone: of two
samples that have nothing to do with each other. An exact process reads all of it in one pass over
its sites; of any other it is asked piece by piece.

    symbol  meaning                                                        shape
    rows    bunches of points of the unit cube                             (b, 2k, d)
    m, v    posterior mean and variance of f there                         (b, 2k)
    gaps    by how much m moves with hyper-parameters that are in doubt    (b, 2k, g)
    c       posterior covariance of f between the halves of each bunch     (b, k, k)
"""

from typing import NamedTuple

import numpy as np

from surrogate.models.base import Doubting, Joint
from surrogate.models.posterior import BLOCK_NUMBERS, Posterior
from surrogate.models.process_surrogate import ProcessSurrogate
from surrogate.space import Array


class Bunches(NamedTuple):
    """What is known of each of b bunches; see the module's glossary."""

    m: Array
    v: Array
    gaps: Array
    c: Array


def bunches(surrogate: Joint, rows: Array) -> Bunches:
    """What a surrogate knows of `rows`."""
    if not isinstance(surrogate, ProcessSurrogate):
        return _asked(surrogate, rows)
    process = surrogate.posterior
    if not isinstance(process, Posterior) or not len(process.units):
        return _asked(surrogate, rows)
    found, level, scale = _read(process, rows), surrogate.level, surrogate.scale
    return Bunches(
        level + scale * found.m, scale**2 * found.v, scale * found.gaps, scale**2 * found.c
    )


def _asked(surrogate: Joint, rows: Array) -> Bunches:
    b, points, d = rows.shape
    flat, k = rows.reshape(-1, d), points // 2
    m, v = surrogate.latent(flat)
    gaps = surrogate.gaps(flat) if isinstance(surrogate, Doubting) else np.zeros((len(flat), 0))
    c = np.stack([surrogate.covariance(one[:k], one[k:]) for one in rows])
    return Bunches(
        m.reshape(b, points), v.reshape(b, points), gaps.reshape(b, points, gaps.shape[1]), c
    )


def _read(process: Posterior, rows: Array) -> Bunches:
    """The same in one pass, some bunches at a time."""
    count = max(1, BLOCK_NUMBERS // (rows.shape[1] * len(process.units)))
    parts = [_pass(process, rows[i : i + count]) for i in range(0, len(rows), count)]
    return Bunches(*(np.concatenate(pieces) for pieces in zip(*parts, strict=True)))


def _pass(process: Posterior, rows: Array) -> Bunches:
    b, points, d = rows.shape
    flat, k = rows.reshape(-1, d), points // 2
    m, v, known = process.read(flat)
    halves = known.T.reshape(b, points, -1)
    told = halves[:, :k] @ np.swapaxes(halves[:, k:], 1, 2)
    return Bunches(
        m.reshape(b, points),
        v.reshape(b, points),
        process.gaps(flat, m).reshape(b, points, -1),
        process.kernel(rows[:, :k], rows[:, k:]) - told,
    )
