"""The design of the game: how good the goalkeeper is, and which named defects the build has.

These are knobs, not inputs: a campaign explores the inputs of one design, and a design iteration
changes the knobs. A `Design` checks itself at birth.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from surrogate.errors import SimulatorError

DEFECTS = ("near_post", "chip", "one_sided", "ridge", "dead_zone")


@dataclass(frozen=True)
class Skill:
    """What a goalkeeper can do.

    `reaction` (s) from the strike to the first move, `reach` (m) from boot to fingertip, fully
    stretched, `dive_speed` (m/s) sideways, `blur` (rad) the SD of where he sees the ball going.
    """

    reaction: float
    reach: float
    dive_speed: float
    blur: float


LEVELS: Mapping[str, Skill] = {
    "amateur": Skill(reaction=0.30, reach=2.05, dive_speed=3.4, blur=0.080),
    "semi_pro": Skill(reaction=0.27, reach=2.15, dive_speed=3.8, blur=0.055),
    "professional": Skill(reaction=0.24, reach=2.25, dive_speed=4.2, blur=0.035),
    "world_class": Skill(reaction=0.21, reach=2.35, dive_speed=4.6, blur=0.025),
    "legend": Skill(reaction=0.18, reach=2.45, dive_speed=5.0, blur=0.015),
}
RANGES: Mapping[str, tuple[float, float, str]] = {
    "reaction": (0.12, 0.40, "s"),
    "reach": (1.8, 2.6, "m"),
    "dive_speed": (3.0, 6.0, "m/s"),
}


@dataclass(frozen=True)
class Design:
    """One version of the game.

    `level` sets the goalkeeper's skill; `reaction`, `reach` and `dive_speed`, where given, stand
    in the level's place. `defects` are the bugs of this build, `defect_seed` where they sit.
    Raises `SimulatorError` for a value that is not possible.
    """

    level: str = "professional"
    reaction: float | None = None
    reach: float | None = None
    dive_speed: float | None = None
    defects: tuple[str, ...] = ()
    defect_seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "defects", _names(self.defects))
        if self.level not in LEVELS:
            raise SimulatorError(f"level {self.level!r}: one of {', '.join(LEVELS)} was expected")
        for name, (low, high, unit) in RANGES.items():
            _check(name, getattr(self, name), low, high, unit)
        for defect in self.defects:
            if defect not in DEFECTS:
                raise SimulatorError(f"defect {defect!r}: one of {', '.join(DEFECTS)} was expected")
        if isinstance(self.defect_seed, bool) or not isinstance(self.defect_seed, int):
            raise SimulatorError(f"defect_seed: a whole number was expected, {self.defect_seed!r}")
        if self.defect_seed < 0:
            raise SimulatorError(f"defect_seed {self.defect_seed} is negative; count from 0")

    @property
    def skill(self) -> Skill:
        """The goalkeeper's skill: his level's, but for what this design sets itself."""
        own = {name: getattr(self, name) for name in RANGES if getattr(self, name) is not None}
        return Skill(**{**asdict(LEVELS[self.level]), **own})

    @property
    def knobs(self) -> dict[str, Any]:
        """The design as a JSON-able mapping."""
        return {**asdict(self), "defects": list(self.defects)}


def _names(given: object) -> tuple[str, ...]:
    if isinstance(given, str):
        return (given,)
    if not isinstance(given, list | tuple):
        raise SimulatorError(f"defects: a list of names was expected, {given!r} came")
    return tuple(dict.fromkeys(str(name) for name in given))


def _check(name: str, value: object, low: float, high: float, unit: str) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SimulatorError(f"{name}: a number of {unit} was expected, {value!r} came")
    if not low <= value <= high:
        raise SimulatorError(f"{name} {value:g} {unit} is outside {low:g}..{high:g} {unit}")
