"""Holes in the design: an exploration share for features that no run has hinted at yet.

A rule goes where the surrogate says it pays; what the surrogate has no idea of, it can't ask
about. So every so often one query goes where the largest hole is and the goal is least decided.
The edge share says how many points sit on the faces of the cube, where local rules like to camp
(of 500 by a margin rule in eight dimensions 96 to 99 %; Letham et al. 2022).
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from surrogate.space import Array, Rows

_EDGE = 0.01  # of a parameter's range: nearer to its end is on the edge
_CAMPED = 3.0  # times as many as by chance, and more than half: no rule needs that


def hole(units: Array, taken: Array) -> Array:
    """Distance of each of `units` (n, d) to the nearest of `taken` (k, d); inf when none, (n,)."""
    if len(taken) == 0:
        return np.full(len(units), np.inf)
    return np.asarray(cKDTree(taken).query(units)[0], dtype=float)


@dataclass(frozen=True)
class Edges:
    """How many of `runs` that a rule chose lie at the edge of the space, and of points by chance.

    `share` and `by_chance` are in [0, 1]: within a hundredth of any range from one of its ends.
    """

    runs: int
    share: float
    by_chance: float

    @property
    def camped(self) -> bool:
        """Whether they are so many that the middle may be starved."""
        return self.share > max(_CAMPED * self.by_chance, 0.5)

    @property
    def words(self) -> str:
        """A sentence for people."""
        said = (
            f"Of {self.runs} runs that its rule chose {100 * self.share:.0f} % lie at the edge of "
            f"the space (within {100 * _EDGE:g} % of a range), {100 * self.by_chance:.0f} % would "
            "by chance"
        )
        return (
            f"{said}: it camps there, and the middle may be starved." if self.camped else said + "."
        )


def edge_share(units: Array, margin: float = _EDGE) -> float:
    """The share of `units` (n, d), n at least 1, that lie within `margin` of a face, in [0, 1]."""
    return float((np.minimum(units, 1.0 - units).min(axis=1) < margin).mean())


def holes(
    units: Array, uncertainty: Array, taken: Array, count: int, *, density: Array | None = None
) -> Rows:
    """Rows of the `count` points with the largest holes, each counted as taken for the next.

    A hole's size is its volume, distance^d, times the `density` (n,) of the space there (None:
    even), times the `uncertainty` (n,) at its middle, which has mean 1 and a floor, so that even
    what seems certain is looked at in the end.
    """
    d = units.shape[1]
    distance = hole(units, taken)
    floor = 0.25 + 0.75 * uncertainty
    if density is not None:
        floor = floor * np.maximum(density, np.finfo(float).tiny)
    rows: list[int] = []
    for _ in range(count):
        with np.errstate(divide="ignore"):
            best = int(np.argmax(d * np.log(np.minimum(distance, np.sqrt(d))) + np.log(floor)))
        rows.append(best)
        distance = np.minimum(distance, np.sqrt(((units - units[best]) ** 2).sum(axis=1)))
    return np.array(rows, dtype=np.int64)
