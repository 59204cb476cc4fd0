"""The shot simulator as campaigns see it: inputs, outcomes, knobs, settings, replay."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulators.football.design import Design
from simulators.football.flight import FRAME, Array
from simulators.football.pitch import PITCH
from simulators.football.shots import DRAWS, RUN_UP, Ending, Play, shoot
from surrogate.backdrop import Backdrop
from surrogate.clock import Clock, SystemClock
from surrogate.errors import SimulatorError
from surrogate.oracle import Replay, generator, merged
from surrogate.outcome import Answer, Binary, Number, Outcome
from surrogate.space import Categorical, Point, Real, Space

PACES = ("unlimited", "real_time")

SHOT_SPACE = Space(
    {
        "x": Real(1.0, 40.0, unit="m", default=11.0),
        "y": Real(-30.0, 30.0, unit="m", default=0.0),
        "keeper_depth": Real(0.0, 6.0, unit="m", default=1.5),
        "keeper_offset": Real(-2.0, 2.0, unit="m", default=0.0),
        "speed": Real(12.0, 35.0, unit="m/s", default=24.0),
        "aim_error": Real(0.5, 5.0, unit="deg", default=2.5),
        "placement": Real(0.0, 1.0, default=0.75),
        "height": Real(0.2, 2.4, unit="m", default=0.9),
        "curl": Real(-95.0, 95.0, unit="rad/s", default=0.0),
        "defender": Categorical(("none", "blocking"), default="none"),
    },
    pair=("x", "y"),
)


@dataclass(frozen=True)
class FootballSimulator:
    """A shot on goal: x and y of the ball, where the keeper stands, how the ball is struck.

    `pace` "real_time" takes `frames / 60` seconds of `clock` for a run, asleep; "unlimited" none.
    """

    name: str = "football shot"
    space: Space = SHOT_SPACE
    outcomes: tuple[Outcome, ...] = (Binary("goal"), Number("margin", unit="m"))
    design: Design = field(default_factory=Design)
    pace: str = "unlimited"
    clock: Clock = field(default_factory=SystemClock, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.pace not in PACES:
            raise SimulatorError(f"pace {self.pace!r}: one of {', '.join(PACES)} was expected")

    @property
    def knobs(self) -> Mapping[str, Any]:
        """The design's decisions, JSON-able."""
        return self.design.knobs

    @property
    def backdrop(self) -> Backdrop:
        """The pitch."""
        return PITCH

    def with_knobs(self, changes: Mapping[str, Any]) -> "FootballSimulator":
        """The same game in another design; raises `SimulatorError` for what is not possible."""
        return replace(self, design=Design(**merged("knob", self.name, self.knobs, changes)))

    def with_settings(self, changes: Mapping[str, Any]) -> "FootballSimulator":
        """The same game at another pace; raises `SimulatorError` for an unknown one."""
        return replace(self, **merged("setting", self.name, {"pace": self.pace}, changes))

    def __call__(self, point: Point, *, rng: np.random.Generator) -> Answer:
        """One shot."""
        start = self.clock.monotonic()
        shots = shoot(self.columns([point]), rng.standard_normal((1, DRAWS)), self.design)
        frames = int(shots.frames[0])
        if self.pace == "real_time":
            self.clock.sleep(start + frames * FRAME - self.clock.monotonic())
        values = {"goal": bool(shots.goal[0]), "margin": float(shots.margin[0])}
        ending = Ending(int(shots.ending[0])).word
        return Answer(values, cost=float(frames), detail={"ending": ending, "frames": frames})

    def replay(self, point: Point, seed: int) -> Replay:
        """The run that `point` and `seed` gave, run-up included, as tracks of ball and players."""
        moments: list[Play] = []
        draws = draws_of(seed)
        shots = shoot(self.columns([point]), draws, self.design, watch=moments.append)
        return _pictures(moments, Ending(int(shots.ending[0])).word)

    def columns(
        self, points: Sequence[Point] | Mapping[str, NDArray[Any]]
    ) -> dict[str, NDArray[Any]]:
        """Points, or arrays by input, as one array per input; defaults where none is named."""
        if isinstance(points, Mapping):
            unknown = [name for name in points if name not in self.space.parameters]
            if unknown:
                raise SimulatorError(f"inputs {unknown} came, but there are {self.space.names}")
            given = {name: np.asarray(column) for name, column in points.items()}
            return {**self._defaults(), **given}
        defaults = {name: column.item() for name, column in self._defaults().items()}
        whole = [self.space.complete({**defaults, **point}) for point in points]
        return {name: np.array([point[name] for point in whole]) for name in self.space.names}

    def _defaults(self) -> dict[str, NDArray[Any]]:
        return {name: np.asarray(p.default) for name, p in self.space.parameters.items()}


def draws_of(seed: int) -> Array:
    """The draws `(1, DRAWS)` of the run with this seed."""
    return generator(seed).standard_normal((1, DRAWS))


def _pictures(moments: Sequence[Play], ending: str) -> Replay:
    balls = [m.ball for m in moments]
    ball = tuple((b.y.item(), b.x.item(), b.z.item()) for b in balls)
    keeper = tuple((m.keeper.y.item(), m.keeper.x.item(), m.keeper.h.item()) for m in moments)
    wait = (ball[0],) * RUN_UP, (keeper[0],) * RUN_UP
    return Replay({"ball": wait[0] + ball, "keeper": wait[1] + keeper}, 1 / FRAME, ending)


shot = FootballSimulator()
