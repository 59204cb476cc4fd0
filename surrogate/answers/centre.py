"""Where in a region to aim when inputs stray: the robust centre, and the way from it to the edge.

Inputs stray independently and evenly within a tolerance. The centre is the point whose expected
response, averaged over where it may end up, is best; not the peak, which may sit at a cliff.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from surrogate.answers.spots import Interval, Sides, mean_response
from surrogate.design import sobol
from surrogate.errors import PointError
from surrogate.space import Array, Categorical, Integer, Real, Rows, Scalar, Space

USUAL = 0.05  # of every range: what inputs stray by where nobody says
_STRAYS = 64
_CANDIDATES = 200
_STEPS = 128  # along a parameter's range, on the way to the edge


@dataclass(frozen=True)
class Tolerance:
    """How far each free parameter may stray, within the space.

    `spread` holds own-unit half widths by name, of those that stray.
    """

    space: Space
    spread: Mapping[str, float]

    @classmethod
    def of(cls, space: Space, given: Mapping[str, float] | float | None) -> "Tolerance":
        """From half widths in own units by name, or a share of every range; raises `PointError`."""
        if not isinstance(given, Mapping):
            share = USUAL if given is None else given
            real = {n: p for n, p in space.parameters.items() if isinstance(p, Real)}
            return cls(space, {name: share * (p.high - p.low) for name, p in real.items()})
        for name, half in given.items():
            if not isinstance(space.parameters.get(name), Real | Integer) or not half >= 0:
                raise PointError(
                    f"tolerance: a free number's half width, 0 or more, was expected, "
                    f"{name} = {half} came; the space has {', '.join(space.names)}"
                )
        return cls(space, dict(given))

    def around(self, units: Array) -> Array:
        """Where points (n, d) may end up, `_STRAYS` evenly spread of each, (n, _STRAYS, d)."""
        spread = 2 * sobol(self.space.dimension, _STRAYS, seed=0) - 1
        strayed = np.repeat(units[:, None, :], _STRAYS, axis=1)
        for j, (name, parameter) in enumerate(self.space.parameters.items()):
            if isinstance(parameter, Categorical) or name not in self.spread:
                continue
            own = parameter.from_unit(units[:, j]).astype(float)
            ends = own[:, None] + self.spread[name] * spread[None, :, j]
            within = np.clip(ends, parameter.low, parameter.high)
            whole = np.round(within) if isinstance(parameter, Integer) else within
            strayed[:, :, j] = parameter.to_unit(whole.ravel()).reshape(whole.shape)  # type: ignore[arg-type]
        return strayed


@dataclass(frozen=True)
class Centre:
    """Where to aim: the point, what to expect there with inputs that stray, and the way out.

    `margin` is how far each number can move down and up alone, in own units, before the response
    is no longer more likely than not on the wanted side; to the space's end where it never is.
    """

    point: dict[str, Scalar]
    expected: Interval
    tolerance: dict[str, float]
    margin: dict[str, tuple[float, float]]

    def to_json(self) -> dict[str, Any]:
        """The centre as a JSON-able mapping."""
        return {
            "point": self.point,
            "expected": vars(self.expected).copy(),
            "tolerance": self.tolerance,
            "margin": {name: list(ends) for name, ends in self.margin.items()},
        }


def robust_centre(sides: Sides, members: Rows, strays: Tolerance) -> Centre:
    """The centre of the region with these `members` of the lattice."""
    picture, space = sides.picture, sides.picture.space
    likely = np.argsort(-sides.chance[members], kind="stable")
    some = members[likely[np.unique(np.linspace(0, len(members) - 1, _CANDIDATES).astype(int))]]
    around = strays.around(picture.units[some])
    read = sides.surrogate.predict(around.reshape(-1, space.dimension)).mean
    expected = read.reshape(len(some), -1).mean(axis=1)
    best = int(np.argmax(expected if sides.above else -expected))
    weight = np.full(_STRAYS, 1 / _STRAYS)
    return Centre(
        point=space.decode(picture.units[some[best]][None, :])[0],
        expected=mean_response(sides.surrogate, around[best], weight),
        tolerance=dict(strays.spread),
        margin=_margins(sides, picture.units[some[best]]),
    )


def _margins(sides: Sides, centre: Array) -> dict[str, tuple[float, float]]:
    found: dict[str, tuple[float, float]] = {}
    for j, (name, parameter) in enumerate(sides.picture.space.parameters.items()):
        if isinstance(parameter, Categorical):
            continue
        line = np.tile(centre, (_STEPS + 1, 1))
        line[:, j] = np.linspace(0, 1, _STEPS + 1)
        holds = sides.holds(sides.picture.space.snap(line))
        here = round(float(centre[j]) * _STEPS)
        down = next((i for i in range(here, -1, -1) if not holds[i]), -1) + 1
        up = next((i for i in range(here, _STEPS + 1) if not holds[i]), _STEPS + 1) - 1
        ends = parameter.from_unit(
            np.array([min(down, here), centre[j] * _STEPS, max(up, here)]) / _STEPS
        )
        low, own, high = (float(end) for end in ends)
        found[name] = (max(own - low, 0.0), max(high - own, 0.0))
    return found
