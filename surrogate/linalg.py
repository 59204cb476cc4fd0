"""Cholesky factors and what is done with them: solving, inverting, extending, mending.

Only symmetric positive (semi-)definite matrices pass here. All arrays are float64; no function
changes its arguments. For tolerances of the whole numeric part see the named constants.

    symbol   meaning                                   shape
    lower    lower triangular factor, A = lower lower' (n, n)
"""

import numpy as np
from scipy.linalg import lapack, solve_triangular

from surrogate.errors import DataError
from surrogate.space import Array

# of the mean diagonal; rounding alone needs 1e-12
JITTERS = (1e-14, 1e-13, 1e-12, 1e-10, 1e-8, 1e-6)


def factorise(matrix: Array) -> Array:
    """`lower` of `matrix` (n, n), with the smallest jitter on its diagonal that suffices.

    Raises `DataError` when even a millionth of the mean diagonal does not help: the matrix is
    then not a covariance.
    """
    if not len(matrix):
        return np.empty((0, 0))
    scale = float(np.mean(np.diagonal(matrix)))
    for share in (0.0, *JITTERS):
        mended = matrix + share * scale * np.eye(len(matrix)) if share else matrix
        lower, info = lapack.dpotrf(mended, lower=1, clean=1)
        if info == 0:
            return np.asarray(lower)
    raise DataError(
        f"a covariance of {len(matrix)} points is not positive definite even with "
        f"{JITTERS[-1]:g} of its diagonal added; look for NaN or for points given many times"
    )


def pivoted(matrix: Array, missing: float) -> Array:
    """L (n, r) with 0 <= (matrix - L L')_ii <= `missing` for every i, r as small as greed makes it.

    Cholesky with the largest remaining diagonal element first, stopped early; costs n r^2.
    """
    if not len(matrix):
        return np.empty((0, 0))
    packed, pivots, rank, _ = lapack.dpstrf(matrix, tol=missing, lower=1)
    columns = np.empty((len(matrix), rank))
    columns[pivots - 1] = np.tril(packed[:, :rank])
    return columns


def solve_lower(lower: Array, right: Array, *, transposed: bool = False) -> Array:
    """`lower^-1 right`, or `lower'^-1 right` when transposed; `right` is (n,) or (n, m)."""
    if not len(lower):
        return np.zeros_like(right)
    return np.asarray(
        solve_triangular(lower, right, lower=True, trans=int(transposed), check_finite=False)
    )


def solve(lower: Array, right: Array) -> Array:
    """`(lower lower')^-1 right`."""
    return solve_lower(lower, solve_lower(lower, right), transposed=True)


def inverse_lower(lower: Array) -> Array:
    """`lower^-1`, lower triangular."""
    if not len(lower):
        return lower
    inverse, _ = lapack.dtrtri(lower, lower=1)
    return np.asarray(inverse)


def gram_of_lower(lower: Array) -> Array:
    """`lower' lower`, full and symmetric: the inverse of A when `lower` is its inverse factor."""
    if not len(lower):
        return lower
    half, _ = lapack.dlauum(lower, lower=1)
    full: Array = half + half.T
    full.flat[:: len(full) + 1] *= 0.5
    return full


def log_determinant(lower: Array) -> float:
    """log |lower lower'|."""
    return 2.0 * float(np.sum(np.log(np.diagonal(lower))))
