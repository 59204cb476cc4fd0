"""Whether a map can be trusted yet, and the sentence that says so.

Nothing here looks at the truth: it is what the surrogate says of itself, and how much it was
told. Audit runs measure; this warns.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surrogate.models.base import Prediction
from surrogate.outcome import Number, Outcome, trials_of
from surrogate.records import Observation
from surrogate.space import Array, Mask

_LEAST_RUNS = 10  # fewer tell next to nothing of any map, whatever the intervals say
_WRONG_SIDE = 0.05  # of the picture, expected: one cell in twenty on the wrong side of the level
_HALF_WIDTH = 0.15  # of the response's range: the mean half interval of a usable map


@dataclass(frozen=True)
class Trust:
    """A verdict and its reason in a sentence for people."""

    worthy: bool
    note: str


def trust(
    outcome: Outcome,
    observations: Sequence[Observation],
    read: Prediction,
    above: Array | None,
    allowed: Mask,
) -> Trust:
    """The verdict on a map.

    `read` and `above` (n,) are the surrogate and P(response > level) at the map's points, of
    which `allowed` (n,) count.
    """
    values = [o.values[outcome.name] for o in observations if outcome.name in o.values]
    if observations and (early := _too_early(outcome, values)):
        return Trust(False, f"Not trustworthy yet: {early}.")
    if not allowed.any():
        return Trust(
            False,
            "Not trustworthy: constraints and what is declined leave nothing of the map.",
        )
    if above is not None:
        wrong = float(np.minimum(above, 1 - above)[allowed].mean())
        share = f"{_percent(wrong)} of the map is expected on the wrong side of its line"
        return _verdict(wrong <= _WRONG_SIDE, share)
    half = float((read.upper - read.lower)[allowed].mean()) / 2
    if isinstance(outcome, Number):
        spread = float(np.ptp(read.mean[allowed])) or 1.0
        words = f"values are known to ±{half:.3g} {outcome.unit}".rstrip() + " on average"
        return _verdict(half / spread <= _HALF_WIDTH, words)
    return _verdict(half <= _HALF_WIDTH, f"probabilities are known to ±{half:.2f} on average")


def _verdict(worthy: bool, why: str) -> Trust:
    return Trust(worthy, ("Trustworthy: " if worthy else "Not trustworthy yet: ") + why + ".")


def _too_early(outcome: Outcome, values: Sequence[float]) -> str:
    """Why it is too early for any verdict, or ''."""
    runs = f"{len(values)} run{'s' if len(values) != 1 else ''}"
    if len(values) < _LEAST_RUNS:
        return f"only {runs} so far"
    if isinstance(outcome, Number):
        return ""
    if sum(values) in (0, trials_of(outcome) * len(values)):
        return f"all {runs} so far gave {'no' if sum(values) == 0 else 'a'} {outcome.name}"
    return ""


def _percent(share: float) -> str:
    return "less than 0.1 %" if share < 0.001 else f"about {100 * share:.2g} %"
