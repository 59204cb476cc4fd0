"""Holes in the design: an exploration share for features that no run has hinted at yet.

A rule goes where the surrogate says it pays; what the surrogate has no idea of, it can't ask
about. So every so often one query goes where the largest hole is and the goal is least decided.
The edge share says how many points sit on the faces of the cube, where local rules like to camp.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Array = NDArray[np.float64]

_EDGE = 0.01  # of a parameter's range: nearer to its end is on the edge


def hole(units: Array, taken: Array) -> Array:
    """Distance of each of `units` (n, d) to the nearest of `taken` (k, d); inf when none, (n,)."""
    if len(taken) == 0:
        return np.full(len(units), np.inf)
    distances, _ = cKDTree(taken).query(units)
    return np.asarray(distances, dtype=float)


def edge_share(units: Array, margin: float = _EDGE) -> tuple[float, float]:
    """Share of `units` (n, d) within `margin` of a face, and what chance alone would give.

    Both in [0, 1]; the second is 1 - (1 - 2 margin)^d. A rule that camps shows a first figure
    several times the second.
    """
    expected = 1.0 - (1.0 - 2.0 * margin) ** units.shape[1]
    if len(units) == 0:
        return 0.0, expected
    near = np.minimum(units, 1.0 - units).min(axis=1) < margin
    return float(near.mean()), expected


def holes(
    units: Array, uncertainty: Array, taken: Array, count: int, *, density: Array | None = None
) -> NDArray[np.int64]:
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
