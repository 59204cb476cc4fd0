"""A normal prior at the sites and what messages make of it, exactly or in fewer dimensions.

    symbol    meaning                                                         shape
    K         prior covariance of f at the sites                              (n, n)
    tau, nu   precision and precision times mean of each site's message       (n,)
    s         sqrt(tau)                                                       (n,)
    B         I + s K s                                                       (n, n)
    L, rest   K is about L L' + diag(rest), with K's own diagonal             (n, r), (n,)
    E, C      1 + tau rest; I + L' (tau / E) L                                (n,), (r, r)

What a process is after its messages, as far as expectation propagation reads it:

    weights          (K + 1/tau)^-1 (nu / tau): the posterior mean is K weights       (n,)
    mean             posterior mean at the sites                                      (n,)
    cavity_variance  variance at each site without its own message                    (n,)
    half_log_det     log |B| / 2
    precision        (K + 1/tau)^-1 = s B^-1 s                                        (n, n)
    squares          phi' precision phi of each column of phi, exact as phi is kept   (k,)
    parts            s over H with precision = diag(s) - H'H; None if r is n          (1 + r, n)

A smooth process at n sites has far fewer than n directions that data can tell from noise: in two
dimensions 50 to 100 hold all but a thousandth of the variance at every site, and an update costs
n r^2 rather than n^3. (Pivoted Cholesky: Harbrecht, Peters and Schneider 2012; the diagonal kept
as in Snelson and Ghahramani 2006.) A probit answer carries noise of variance 1 on f's own scale,
so that what `rest` leaves out is small against it whatever the prior's variance is.
"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar

import numpy as np

from surrogate.linalg import factorise, gram_of_lower, inverse_lower, pivoted, solve_lower
from surrogate.space import Array

LEAST_PRECISION = 1e-8  # a message weaker than this moves nothing; v stays exact to 1e-8
_LEAST_VARIANCE = 1e-12
_WORTH_IT = 0.55  # of n: with more directions than this the exact update is as quick


class Messages(NamedTuple):
    """What each site says about f there: a normal with precision tau and mean nu / tau."""

    tau: Array
    nu: Array


@dataclass(frozen=True)
class ExactlyUpdated:
    """After messages, exactly; `inverse` (n, n) is that of B's lower factor."""

    scales: Array
    inverse: Array
    weights: Array
    mean: Array
    cavity_variance: Array
    half_log_det: float

    def precision(self) -> Array:
        """s B^-1 s."""
        return gram_of_lower(self.inverse) * self.scales * self.scales[:, None]

    def squares(self, phi: Array) -> Array:
        """The squared length of `root` phi."""
        turned = self.root().astype(phi.dtype) @ phi
        return np.asarray(np.einsum("ij,ij->j", turned, turned))

    def parts(self) -> None:
        """It has as many directions as sites."""
        return

    def root(self) -> Array:
        """R (n, n) with R'R = `precision`."""
        return self.inverse * self.scales


@dataclass(frozen=True)
class Exact:
    """K as it is."""

    K: Array

    def __len__(self) -> int:
        return len(self.K)

    def updated(self, messages: Messages) -> ExactlyUpdated:
        """Rasmussen and Williams 2006, section 3.6.3."""
        tau, nu = messages
        s = np.sqrt(tau)
        B = self.K * s * s[:, None]
        B.flat[:: len(B) + 1] += 1.0
        lower = factorise(B)
        inverse = inverse_lower(lower)
        weights = s * (inverse.T @ (inverse @ (nu / s)))
        share = np.einsum("ij,ij->j", inverse, inverse)  # diagonal of B^-1, in (0, 1]
        return ExactlyUpdated(
            scales=s,
            inverse=inverse,
            weights=weights,
            mean=self.K @ weights,
            cavity_variance=np.maximum((1.0 / share - 1.0) / tau, _LEAST_VARIANCE),
            half_log_det=float(np.sum(np.log(np.diagonal(lower)))),
        )


@dataclass(frozen=True)
class ThinlyUpdated:
    """After messages; `half` (r, n) is the inverse factor of C times L', `strength` tau / E."""

    strength: Array
    half: Array
    weights: Array
    mean: Array
    cavity_variance: Array
    half_log_det: float

    def precision(self) -> Array:
        """diag(tau / E) less what the r directions explain of it."""
        explained = self.half * self.strength
        precision: Array = -(explained.T @ explained)
        precision.flat[:: len(precision) + 1] += self.strength
        return precision

    def parts(self) -> Array:
        """Of `precision`, (1 + r, n)."""
        return np.vstack([self.strength, self.half * self.strength])

    def squares(self, phi: Array) -> Array:
        """As `precision`, in n r steps a column."""
        explained = (self.half * self.strength).astype(phi.dtype) @ phi
        known = self.strength.astype(phi.dtype) @ (phi * phi)
        return np.asarray(known - np.einsum("ij,ij->j", explained, explained))


@dataclass(frozen=True)
class Thin:
    """L L' + diag(rest) in place of K."""

    columns: Array
    rest: Array

    def __len__(self) -> int:
        return len(self.rest)

    def updated(self, messages: Messages) -> ThinlyUpdated:
        """The exact update of this prior, by Woodbury's identity."""
        tau, nu = messages
        E = 1.0 + tau * self.rest
        strength = tau / E
        C = self.columns.T @ (self.columns * strength[:, None])
        C.flat[:: len(C) + 1] += 1.0
        lower = factorise(C)
        half = solve_lower(lower, self.columns.T)
        reading = nu / E
        weights = reading - strength * (half.T @ (half @ reading))
        variance = self.rest / E + np.einsum("ij,ij->j", half, half) / E**2
        cavity = variance / np.maximum(1.0 - tau * variance, _LEAST_VARIANCE)
        return ThinlyUpdated(
            strength=strength,
            half=half,
            weights=weights,
            mean=self.rest * weights + self.columns @ (self.columns.T @ weights),
            cavity_variance=np.maximum(cavity, _LEAST_VARIANCE),
            half_log_det=float(0.5 * np.sum(np.log(E)) + np.sum(np.log(np.diagonal(lower)))),
        )


Updated = ExactlyUpdated | ThinlyUpdated
U_co = TypeVar("U_co", bound=Updated, covariant=True)


class Prior(Protocol[U_co]):
    """A normal prior at n sites, ready for messages."""

    def __len__(self) -> int:
        """How many sites there are."""

    def updated(self, messages: Messages) -> U_co:
        """The process after these messages."""


def thinned(K: Array, missing: float) -> Thin | Exact:
    """K with at most `missing` of each site's variance beyond the common directions, in f's units.

    K itself where so many directions are needed that nothing would be gained.
    """
    columns = pivoted(K, missing)
    if columns.shape[1] > _WORTH_IT * len(K):
        return Exact(K)
    rest = np.diagonal(K) - np.einsum("ij,ij->i", columns, columns)
    return Thin(columns, np.maximum(rest, 0.0))
