"""How heavy the tails of a number's errors are, place by place, as its own runs left out say.

A process has one scale of error everywhere. Of a response with a crease, runs left out near it are
missed by several sd and the others by fractions of one: errors are a mixture of normals of many
scales, and scales of neighbours are alike. So each error is taken to be a normal one times a factor
s whose square is scaled inverse chi-squared, a Student t (Andrews and Mallows 1974, JRSS-B 36; West
1987, Biometrika 74), known better where runs left out lie near. Draws err by s or by 1, the larger:
smaller factors lost one volume in six of hills that add up, which are smooth.

    symbol   meaning                                                              shape
    z        miss of a run left out over its sd, stretched as intervals are       (n,)
    c        what it counts: the share of its variance that is the process's own  (n,)
    w        exp(-r^2 / 2 h^2): how near runs are to points at distance r         (m, n)
    k        how many runs count where they lie evenly: h = (k/n)^(1/d) / (2 pi)^.5
    nu, t2   degrees of freedom and scale of s^2 before any run: s^2 ~ nu t2 / chi^2_nu
    a, b     after them: a = nu + w c, b = (nu t2 + w c z^2) / a, s^2 ~ a b / chi^2_a    (m,)

k, nu and t2 are those under which each z is likeliest given the others (Geisser and Eddy 1979, JASA
74), a z being Student's with a degrees of freedom and scale b. Where that is not `_CLEARLY` more
than a standard normal gives, the process is taken at its word.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import chdtri, gammaln

from surrogate.models.base import Marginal
from surrogate.models.numbers import NumberSurrogate
from surrogate.models.sites import some_rows
from surrogate.space import Array

_FEWEST = 10  # runs left out; what fewer say of tails is chance
_JUDGED = 1000  # runs left out at most
_NEIGHBOURS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
_DEGREES = np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0])
_SHARES = np.geomspace(1 / 64, 1.0, 13)  # t2, as a share of the mean of z^2
# Nats. Of 42 sets of 40 or 200 normal misses none gained 5, though three 3; 27 of 30 creased hills
# of 40 runs gained 10 and more, of six smooth sums of hills one, and two others 5.
_CLEARLY = 5.0
_TABLE = np.geomspace(0.5, 4000.0, 64)  # degrees of freedom between which quantiles are read off


@dataclass(frozen=True)
class Tails:
    """Factors on errors over the space, given runs left out; see the module's glossary.

    `at` (n, d) are their places, `counts` (n,) c and `squares` (n,) z^2.
    """

    at: Array
    counts: Array
    squares: Array
    neighbours: float
    degrees: float
    scale: float

    def factors(self, units: Array, quantiles: Array) -> Array:
        """s at `units` (m, d), 1 at least, that with chance `quantiles` (q,) is smaller, (q, m)."""
        w = _nearness(cdist(units, self.at, "sqeuclidean"), self.at, self.neighbours)
        a = self.degrees + w @ self.counts
        total = self.degrees * self.scale + w @ (self.counts * self.squares)
        return np.asarray(np.sqrt(np.maximum(total / _exceeded(a, quantiles), 1.0)))


def tails(surrogate: Marginal) -> Tails | None:
    """The tails of a number's errors; None where errors are as normal as it takes them to be.

    A surrogate of another kind, or of fewer than 10 places, is taken at its word.
    """
    if not isinstance(surrogate, NumberSurrogate):
        return None
    at = surrogate.posterior.judged
    if len(at) < _FEWEST:
        return None
    some = some_rows(len(at), _JUDGED)
    at, (miss, variance) = at[some], surrogate.left_out()
    noise = np.minimum(surrogate.noise_of_a_run(at), variance[some])
    own = surrogate.stretch * (variance[some] - noise)
    return learned(at, own / (own + noise), miss[some] ** 2 / (own + noise))


def learned(at: Array, counts: Array, squares: Array) -> Tails | None:
    """The likeliest tails of `squares` (n,) z^2 at `at` (n, d), of which each counts `counts`."""
    mean = float(counts @ squares) / max(float(counts.sum()), np.finfo(float).tiny)
    scales = _SHARES * max(mean, np.finfo(float).tiny)
    normal = float(counts @ (-0.5 * np.log(2.0 * np.pi) - 0.5 * squares))
    best, chosen, apart = normal + _CLEARLY, None, cdist(at, at, "sqeuclidean")
    for k in _NEIGHBOURS:
        w = _nearness(apart, at, k)
        np.fill_diagonal(w, 0.0)
        a = _DEGREES[:, None, None] + w @ counts
        prior = _DEGREES[:, None, None] * scales[:, None]
        total = prior + w @ (counts * squares)
        scores = _log_density(squares, a, total) @ counts
        i, j = np.unravel_index(np.argmax(scores), scores.shape)
        if scores[i, j] > best:
            best = float(scores[i, j])
            chosen = Tails(at, counts, squares, k, float(_DEGREES[i]), float(scales[j]))
    return chosen


def _nearness(apart: Array, at: Array, neighbours: float) -> Array:
    """w (m, n) at the squared distances `apart` (m, n) from runs `at` (n, d)."""
    n, d = at.shape
    squared = (neighbours / n) ** (2.0 / d) / (2.0 * np.pi)
    return np.asarray(np.exp(-0.5 / squared * apart))


def _log_density(squares: Array, a: Array, total: Array) -> Array:
    """log density of z, Student's t of a degrees of freedom and scale `total` / a."""
    normed = gammaln(0.5 * (a + 1.0)) - gammaln(0.5 * a) - 0.5 * np.log(np.pi * total)
    return np.asarray(normed - 0.5 * (a + 1.0) * np.log1p(squares / total))


def _exceeded(a: Array, chances: Array) -> Array:
    """What chi-squared of a (m,) degrees of freedom exceeds with `chances` (q,), (q, m)."""
    table = chdtri(_TABLE, chances[:, None])
    return np.stack([np.interp(a, _TABLE, row) for row in table])
