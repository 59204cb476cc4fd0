"""Replicates collapsed: a dataset as its unique sites, so that work grows with places, not runs.

Sites are in lexicographic order, whatever the order of the runs: a surrogate does not depend on
the order in which results came in.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surrogate.dataset import Dataset
from surrogate.errors import DataError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class CountSites:
    """Unique places (n, d) with the number of trials there that said yes and no, each (n,)."""

    units: Array
    yes: Array
    no: Array


def count_sites(data: Dataset) -> CountSites:
    """The sites of a Binary or Count dataset; raises `DataError` for counts outside 0..trials."""
    wrong = (data.values < 0) | (data.values > data.trials)
    if wrong.any():
        k = int(np.argmax(wrong))
        raise DataError(
            f"query {data.queries[k]}: {data.values[k]:g} yes of {data.trials[k]:g} trials came; "
            "correct or exclude the run"
        )
    units, place = unique_places(data.units)
    yes = _summed(data.values, place, len(units))
    return CountSites(units, yes, _summed(data.trials, place, len(units)) - yes)


def unique_places(units: Array) -> tuple[Array, NDArray[np.intp]]:
    """The unique rows of `units` (n, d) in lexicographic order, and which of them each row is."""
    if not len(units):
        return units, np.empty(0, dtype=np.intp)
    places, inverse = np.unique(units, axis=0, return_inverse=True)
    return places, inverse.reshape(-1)


def _summed(values: Array, place: NDArray[np.intp], places: int) -> Array:
    return np.bincount(place, weights=values, minlength=places).astype(np.float64)
