"""The slopes of a map, of some of its readings: for where it is asked for them many times.

    symbol   meaning                                                      shape
    Z        places all over the cube, the map's own sites among them     (k, d)
    m        the map there, less its mean over them                       (k,)
    r        distances in units of one length                             (n, k)

The map is read at Z once; between them stands the smoothest curve through m, k(q, Z) K^-1 m with
Matern-5/2, whose slopes are known: (q - z) / length^2 k'(r), summed over Z with K^-1 m as weights.
"""

from dataclasses import dataclass

import numpy as np

from surrogate.design import sobol
from surrogate.kernels import squared_distances
from surrogate.linalg import factorise, solve
from surrogate.models.forms import usual_length
from surrogate.models.remembering import Reading
from surrogate.models.sites import some_rows, unique_places
from surrogate.profiles import Matern52
from surrogate.space import Array

_SITES, _BETWEEN = 150, 50  # places at which the map is read


@dataclass(frozen=True, eq=False)
class Incline:
    """Slopes of a map in its cube; `weights` (k,) of the places `units` (k, d)."""

    units: Array
    weights: Array

    @classmethod
    def of(cls, read: Reading, sites: Array) -> "Incline":
        """Those of the map that `read` gives, whose runs were at `sites` (n, d)."""
        some = sites[some_rows(len(sites), _SITES)]
        between = sobol(sites.shape[1], _BETWEEN, seed=0)
        units = unique_places(np.concatenate([some, between]))[0]
        m = read(units)
        K = Matern52().value(_squared(units, units))
        return cls(units, solve(factorise(K), m - m.mean()))

    def __call__(self, rows: Array) -> Array:
        """Derivatives along each column at `rows` (n, d), (n, d)."""
        H = 2.0 * Matern52().evaluate(_squared(rows, self.units))[1] * self.weights
        slopes = rows * H.sum(axis=1)[:, None] - H @ self.units
        return np.asarray(slopes / usual_length(rows.shape[1]) ** 2)


def _squared(a: Array, b: Array) -> Array:
    return squared_distances(a, b) / usual_length(a.shape[1]) ** 2
