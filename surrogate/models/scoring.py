"""How well a shape explains what was read: a shift of f in it, against none.

symbol   meaning                                                              shape
phi      1 where a site lies in the shape, else 0                             (n,)
w, R     weights (K + S)^-1 y and precision (K + S)^-1 of the smooth process  (n,), (n, n)
lift     by how much f is shifted in the shape: one of a few, up or down
log BF   lift phi'w - lift^2 phi'R phi / 2: the shape with the lift, against  (k, lifts)
         none; exact for the Gaussian readings that stand for answers
spread   what multiplies the noise in the shape, where readings are a graded
         outcome's: then log BF is as above over spread^2, and
z        w / sqrt(diag R), what a reading that is left out is missed by,      (n,)
         adds phi'z^2 (1 - 1 / spread^2) / 2 - phi'1 log spread: as if
         readings beside the smooth process were independent
hint     what else speaks for a site's being in a patch, in nats: phi'hint    (n,)
         is added, whatever the lift
"""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from surrogate.models.lines import Single
from surrogate.models.propagation import Propagated
from surrogate.models.shapes import Shapes
from surrogate.models.updating import Updated
from surrogate.space import Array

SIZES = np.array([0.6, 0.9, 1.2])  # of a lift on the probit scale: 0.9 takes p from .33 to .67
LIFTS = np.concatenate([SIZES, -SIZES])
_EVEN = np.ones(1)  # times the noise outside: answers of yes and no have no other
_NEGLECTED, _ROUGHLY = 0.2, 3.0  # trace of R that lines do without; fewer sites have less of it
_AT_ONCE = 2048  # shapes, for the memory of what they hold


@dataclass(frozen=True)
class Reading:
    """What shapes are scored by: the sites' `units` (n, d) and the smooth process there.

    `spreads` (s,) are what a shape may multiply the noise by, and `hint` (n,) is what else speaks
    for each site's being in one, in nats; empty where nothing does. What is `rough` is
    scored quickly, to compare evidences.
    """

    units: Array
    found: Propagated[Updated]
    spreads: Array = field(default_factory=lambda: _EVEN)
    hint: Array = field(default_factory=lambda: np.empty(0))
    rough: bool = False

    @cached_property
    def columns(self) -> tuple[Array, Array] | None:
        """What sums over the sites inside score a shape by, and directions; see `models.lines`."""
        parts = self.found.updated.parts()
        if parts is None:
            return None
        strength, directions = parts[0], parts[1:]
        summed = np.vstack([self.found.weights, strength, self._beside])
        return summed, _main(directions, _ROUGHLY if self.rough else _NEGLECTED)

    @cached_property
    def _beside(self) -> Array:
        """Of each site z^2 and 1, where the noise may be another in a shape, and its hint, where
        there are any, (0 to 3, n).
        """
        rows = []
        if len(self.spreads) > 1:
            z = self.found.weights / np.sqrt(np.diag(self.found.updated.precision()))
            rows = [z * z, np.ones(len(z))]
        if len(self.hint):
            rows.append(self.hint)
        return np.array(rows).reshape(-1, len(self.units))

    def less(self, shift: Array) -> "Reading":
        """The same less a `shift` of f at each site (n,), which something else explains."""
        updated = self.found.updated
        weights = updated.weights - updated.precision() @ shift
        rest = replace(self.found, updated=replace(updated, weights=weights))
        return replace(self, found=rest)

    def scores(self, shapes: Shapes) -> Array:
        """log BF, exact enough to sample by, (k, spreads x lifts)."""
        cuts = range(0, len(shapes), _AT_ONCE)
        return np.concatenate([self._some(shapes[cut : cut + _AT_ONCE]) for cut in cuts])

    def _some(self, shapes: Shapes) -> Array:
        phi = shapes.hold(self.units, np.float32)
        pull, *beside = self._linear @ phi
        sums = np.vstack([pull, self.found.updated.squares(phi), *beside])
        return self.log_bf(sums.astype(np.float32)).T.astype(float)

    @cached_property
    def _linear(self) -> Single:
        """What is summed over the sites inside as it is, (1 to 4, n)."""
        return np.vstack([self.found.weights, self._beside]).astype(np.float32)

    def log_bf(self, sums: Single) -> Single:
        """log BF from what is summed in each shape (m, k), (spreads x lifts, k)."""
        shifted = _log_bf(sums[0], sums[1])
        if len(self.spreads) > 1:
            square, count = sums[2:4]
            parts = [
                shifted / spread**2 + 0.5 * (1.0 - spread**-2.0) * square - np.log(spread) * count
                for spread in self.spreads
            ]
            shifted = np.concatenate(parts, dtype=np.float32)
        return shifted + sums[-1] if len(self.hint) else shifted


def _main(directions: Array, neglected: float) -> Array:
    """Few rows H whose H'H is that of `directions` (r, n), but for a trace of `neglected`."""
    values, axes = np.linalg.eigh(directions @ directions.T)
    some = np.cumsum(np.maximum(values, 0.0)) > neglected
    return np.asarray(axes[:, some].T @ directions)


def _log_bf(pull: Single, known: Single) -> Single:
    """Of lifts alone, from phi'w and phi'R phi (k,), transposed, (lifts, k)."""
    lifts = LIFTS[:, None].astype(np.float32)
    return np.asarray(lifts * pull - 0.5 * lifts**2 * known, dtype=np.float32)
