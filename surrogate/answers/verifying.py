"""Runs that test a sweet spot: drawn inside it by the space's own distribution, and what they said.

They are an unbiased yardstick of the claim, as audit runs are of the whole map: no rule chose
their places. For a number each run is on the wanted side or not; yes and no are told apart as the
mean rate inside.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from surrogate.answers.spots import Sides
from surrogate.models.change import share_interval
from surrogate.outcome import Number, trials_of
from surrogate.records import Observation, Query, Reason
from surrogate.space import Array, Mask, Rows

CONFIDENCE = 0.95

_BATCH = 4096  # draws: four of them hit the smallest spot
_ROUNDS = 50


@dataclass(frozen=True)
class Confirmed:
    """What `runs` inside a spot said: for numbers the `share` of them on the wanted side, for yes
    and no the `share` of yes, with its exact interval (Clopper and Pearson 1934).
    """

    runs: int
    share: float
    lower: float
    upper: float
    words: str

    def to_json(self) -> dict[str, Any]:
        """As a JSON-able mapping."""
        return vars(self).copy()


def claim(level: float, *, above: bool) -> str:
    """What is claimed of a spot, as its verifying runs name it."""
    return f"that it is {'above' if above else 'below'} {level:g}"


def runs_testing(
    observations: Sequence[Observation], queries: Sequence[Query], claimed: str
) -> tuple[Observation, ...]:
    """The verifying runs of one claim."""
    asked = {q.index for q in queries if q.reason is Reason.VERIFY and q.why.endswith(claimed)}
    return tuple(o for o in observations if o.query in asked)


def drawn_inside(sides: Sides, members: Rows, count: int, rng: np.random.Generator) -> Array:
    """`count` rows of the cube drawn by the space's own distribution, those inside the spot.

    The spot is that of these `members` of the lattice. Where it is too small to be hit, what is
    missing is drawn among the members.
    """
    picture = sides.picture
    kept = picture.units[:0]
    for _ in range(_ROUNDS):
        rows = picture.space.draw(_BATCH, rng)
        rows = rows[np.isin(picture.nearest(rows), members)]
        kept = np.concatenate([kept, rows[sides.holds(rows)]])[:count]
        if len(kept) == count:
            return kept
    among = rng.choice(members, size=count - len(kept))
    return np.concatenate([kept, picture.units[among]])


def confirmed(sides: Sides, near: Mask, tests: Sequence[Observation]) -> Confirmed:
    """What the verifying runs in a spot's neighbourhood, `near` (n,) of the lattice, said.

    Those that contradicted it may lie outside by now, and count.
    """
    outcome = sides.surrogate.outcome
    told = [o for o in tests if outcome.name in o.values]
    where = sides.picture.nearest(sides.picture.space.encode([o.point for o in told]))
    values = np.array([o.values[outcome.name] for o in told])[near[where]]
    if isinstance(outcome, Number):
        values = ((values > sides.level) == sides.above).astype(float)
    yes, total = float(values.sum()), len(values) * trials_of(outcome)
    lower, upper = share_interval(yes, total, CONFIDENCE)
    if not total:
        return Confirmed(0, 0.0, lower, upper, "not verified yet")
    share = yes / total
    return Confirmed(
        len(values), share, lower, upper, _words(sides, len(values), share, lower, upper)
    )


def _words(sides: Sides, runs: int, share: float, lower: float, upper: float) -> str:
    side = "above" if sides.above else "below"
    said = f"{100 * share:.0f} % ({100 * lower:.0f}..{100 * upper:.0f} %)"
    if isinstance(sides.surrogate.outcome, Number):
        return f"{runs} runs drawn inside: {said} are {side} {sides.level:g}"
    beyond = lower > sides.level if sides.above else upper < sides.level
    against = upper < sides.level if sides.above else lower > sides.level
    verdict = "confirmed" if beyond else "refuted" if against else "not decided yet"
    return f"{runs} runs drawn inside gave yes in {said}: {verdict}"
