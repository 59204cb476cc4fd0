"""Points as people give them: dicts, a DataFrame, or an array in the parameters' own units."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from surrogate.errors import PointError
from surrogate.pool import Domain, Pool
from surrogate.space import Array, Point

Points = Sequence[Point] | Array | Any


def listed(space: Domain, points: Points) -> Sequence[Point]:
    """The points as mappings; raises `PointError` for an array with other columns.

    Of a pool, a list of items' names will do.
    """
    if hasattr(points, "to_dict"):
        return [dict(row) for row in points.to_dict(orient="records")]
    if isinstance(points, Mapping):
        return [points]
    if isinstance(space, Pool):
        return [one if isinstance(one, Mapping) else {space.key: one} for one in points]
    if not isinstance(points, np.ndarray):
        return list(points)
    if points.ndim != 2 or points.shape[1] != space.dimension:
        raise PointError(
            f"an array of shape (n, {space.dimension}) was expected, columns "
            f"{', '.join(space.names)}; {points.shape} came"
        )
    return [dict(zip(space.names, row, strict=True)) for row in points.tolist()]
