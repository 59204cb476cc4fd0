"""Points for rare events: a space's normal distributions widened, and what each point then counts.

A failure with probability 0.002 has two of a thousand points drawn from the distribution itself.
Points of the widened distribution, each sd `reach` times as large, meet it often, and `shares`
undoes the widening in every mean. Where no parameter is normal nothing changes.

    symbol   meaning                                                     shape
    z        a normal parameter, in sds from its mean                    (n,)
    s        the reach: 1 + 1.4 / sqrt(d), 2 in the plane                scalar
"""

import math
from collections.abc import Iterator

import numpy as np
from scipy.special import ndtr, ndtri

from surrogate.pool import Domain, Pool
from surrogate.space import Array, Normal, Real, Space

# far points weigh next to nothing in many dimensions, where most points are far: so reach falls
_REACH = 1.4
_ENDS = 1e-15  # of a uniform, so that its normal quantile is finite


def widened(space: Space, uniform: Array) -> Array:
    """Rows of independent uniforms as rows of the cube that follow the widened distribution."""
    rows = uniform.copy()
    for j, _, _ in _normals(space):
        z = ndtri(np.clip(uniform[:, j], _ENDS, 1.0 - _ENDS))
        rows[:, j] = ndtr(_reach(space) * z)
    return space.from_uniform(rows)


def shares(space: Domain, units: Array) -> Array:
    """What each row of the widened distribution counts in a mean over the space's own, (n,).

    The ratio of the densities, prod_j s exp(-z_j^2 (1 - 1/s^2) / 2): 1 on average.
    """
    s = _reach(space)
    exponent = np.zeros(len(units))
    factor = 1.0
    for j, parameter, normal in _normals(space):
        exponent -= 0.5 * (1.0 - s**-2) * _deviates(parameter, normal, units[:, j]) ** 2
        factor *= s
    return np.asarray(factor * np.exp(exponent))


def density(space: Domain, units: Array) -> Array:
    """Density of the widened distribution in the cube, 1 at its highest, (n,)."""
    exponent = np.zeros(len(units))
    for j, parameter, normal in _normals(space):
        exponent -= 0.5 * (_deviates(parameter, normal, units[:, j]) / _reach(space)) ** 2
    return np.asarray(np.exp(exponent))


def evened(space: Space, units: Array) -> Array:
    """Rows of the cube in coordinates in which the widened distribution is uniform, (n, d)."""
    rows = np.array(units, dtype=float)
    for j, parameter, normal in _normals(space):
        rows[:, j] = ndtr(_deviates(parameter, normal, units[:, j]) / _reach(space))
    return rows


def _reach(space: Domain) -> float:
    return 1.0 + _REACH / math.sqrt(space.dimension)


def _normals(space: Domain) -> Iterator[tuple[int, Real, Normal]]:
    """Column, parameter and distribution of those that are normal; a pool has none."""
    if isinstance(space, Pool):
        return
    for j, parameter in enumerate(space.parameters.values()):
        if isinstance(parameter, Real) and parameter.distribution is not None:
            yield j, parameter, parameter.distribution


def _deviates(parameter: Real, normal: Normal, units: Array) -> Array:
    return (parameter.from_unit(units) - normal.mean) / normal.sd
