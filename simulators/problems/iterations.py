"""Design iterations with every answer known: discs where a yes is likely, and what becomes of them.

A run says yes with probability Phi(f), f = -1.2 far from every disc and 2.0 inside one, with an
edge of 0.03. `VERSIONS` are the iterations: two discs, then one of them gone, moved, or back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import expit, ndtr

from surrogate.oracle import merged
from surrogate.outcome import Binary
from surrogate.space import Array, Point, Real, Space

Disc = tuple[float, float, float]  # its middle and its radius

_FIRST: Disc = (0.28, 0.30, 0.15)
_SECOND: Disc = (0.70, 0.72, 0.15)
VERSIONS: Mapping[str, tuple[Disc, ...]] = {
    "both": (_FIRST, _SECOND),
    "one": (_FIRST,),
    "moved": (_FIRST, (0.72, 0.36, 0.15)),
}

_FLOOR, _LIFT, _EDGE = -1.2, 3.2, 0.03


@dataclass(frozen=True)
class Discs:
    """Satisfies `oracle.Simulator`; `out_of_step` draws one random number more before each run."""

    discs: tuple[Disc, ...] = VERSIONS["both"]
    out_of_step: bool = False
    name: str = "discs"
    space: Space = field(default=Space({"x": Real(0, 1), "y": Real(0, 1)}))
    outcomes: tuple[Binary, ...] = (Binary("yes"),)

    @property
    def knobs(self) -> Mapping[str, Any]:
        """Which discs there are, and whether seeds are out of step with those of before."""
        return {"discs": [list(disc) for disc in self.discs], "out_of_step": self.out_of_step}

    def with_knobs(self, changes: Mapping[str, Any]) -> "Discs":
        """Another version; raises `SimulatorError` for an unknown knob."""
        keys = merged("knob", self.name, self.knobs, changes)
        discs = tuple((float(x), float(y), float(radius)) for x, y, radius in keys["discs"])
        return Discs(discs, bool(keys["out_of_step"]))

    def with_settings(self, changes: Mapping[str, Any]) -> "Discs":
        """The same; raises `SimulatorError` for any setting."""
        merged("setting", self.name, {}, changes)
        return self

    def __call__(self, point: Point, *, rng: np.random.Generator) -> bool:
        """One draw."""
        if self.out_of_step:
            rng.random()
        return bool(rng.random() < float(self.chance(np.array([[point["x"], point["y"]]]))[0]))

    def chance(self, places: Array) -> Array:
        """The probability of yes at `places` (n, 2), (n,)."""
        f = np.full(len(places), _FLOOR)
        for x, y, radius in self.discs:
            distance = np.hypot(places[:, 0] - x, places[:, 1] - y)
            f += _LIFT * expit((radius - distance) / _EDGE)
        return np.asarray(ndtr(f))


both = Discs()
one = Discs(VERSIONS["one"])
moved = Discs(VERSIONS["moved"])
