"""Very many noisy runs pooled: near ones become one place, as long as noise hides what differs.

    symbol   meaning                                                                   shape
    z        places in units of the kernel's lengths                                   (n, k)
    t        how many places a cell holds
    rho2     their mean squared distance from the cell's middle, in lengths
    s2       variance of f

A mean over a cell is f at the cell's middle but for its bend: the first order cancels, and a
Matern-5/2 process of length 1 bends with variance 25 s2, so that the mean is off by
(rho2 / 2)^2 25 s2 at most. Cells are halves of halves of the places, each along its widest side:
all hold alike many, and are small where runs are dense.
"""

import numpy as np

from surrogate.space import Array, Rows

_TOLERATED = 0.02  # of the noise of a cell's mean: by how much its bend may add to it
_BEND = 25.0 / 4.0
_MOST = 0.9  # of the cells must be within what is tolerated
_LEAST = 1024  # cells: so many are read at once
_LARGEST = 64  # places a cell, unless cells are too many: f may bend more than s2 knows
_FEWEST = 2  # places a cell


def cells(z: Array, signal: float, noise: float, *, most: int) -> Rows:
    """Which cell each of z belongs to, counted from 0, (n,); each its own where none may be pooled.

    `signal` is s2, `noise` the variance of one run; cells are as large as they may be, and no more
    than `most`.
    """
    n = len(z)
    order, starts = np.arange(n), np.array([0])
    tolerated = _TOLERATED * noise / (_BEND * signal)
    while 2 * len(starts) <= most and not (
        len(starts) >= max(_LEAST, n / _LARGEST) and _serves(z[order], starts, tolerated)
    ):
        if n < 2 * _FEWEST * len(starts):
            return np.arange(n)
        order, starts = _halved(z, order, starts)
    labels = np.empty(n, dtype=np.int64)
    labels[order] = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, n)))
    return labels


def groups(z: Array, size: int) -> list[Rows]:
    """Rows of z in groups of at most `size` near each other."""
    order, starts = np.arange(len(z)), np.array([0])
    while len(z) > size * len(starts):
        order, starts = _halved(z, order, starts)
    return np.split(order, starts[1:])


def _serves(z: Array, starts: Rows, tolerated: float) -> bool:
    """Whether t rho2^2 is within what is tolerated in nearly all cells of sorted z."""
    t = np.diff(np.append(starts, len(z))).astype(float)
    middle = np.add.reduceat(z, starts) / t[:, None]
    square = np.add.reduceat(np.sum(z * z, axis=1), starts) / t
    rho2 = np.maximum(square - np.sum(middle * middle, axis=1), 0.0)
    return bool(np.quantile(t * rho2**2, _MOST) <= tolerated)


def _halved(z: Array, order: Rows, starts: Rows) -> tuple[Rows, Rows]:
    """Each cell in two, along its widest side."""
    cell = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(z))))
    rows = z[order]
    wide = np.maximum.reduceat(rows, starts) - np.minimum.reduceat(rows, starts)
    along = rows[np.arange(len(z)), wide.argmax(axis=1)[cell]]
    middles = (starts + np.append(starts[1:], len(z))) // 2
    return order[np.lexsort((along, cell))], np.sort(np.concatenate([starts, middles]))
