"""The game as campaigns see it: inputs, outcomes, knobs, settings, replay; a scene at a time.

A replay is what the game loop showed, as tracks over the pitch. It lasts as many frames as the run
cost: the striker runs up, the ball flies, and the last moment stands for the aftermath.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from simulators.football import corner_kick, shots
from simulators.football.design import Design
from simulators.football.flight import FRAME, Array
from simulators.football.pitch import PITCH
from simulators.football.shots import AFTERMATH, RUN_UP, Ending, Play, Shots, Watch
from surrogate.clock import Clock, SystemClock
from surrogate.errors import SimulatorError
from surrogate.oracle import Replay, generator, merged
from surrogate.outcome import Answer, Binary, Number, Outcome
from surrogate.space import Categorical, Point, Real, Space

PACES = ("unlimited", "real_time")
OUTCOMES: tuple[Outcome, ...] = (Binary("goal"), Number("margin", unit="m"))

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


CORNER_SPACE = Space(
    {
        "x": Real(1.0, 16.5, unit="m", default=7.0),
        "y": Real(-10.0, 10.0, unit="m", default=0.0),
        "keeper_depth": Real(0.0, 6.0, unit="m", default=1.0),
        "keeper_offset": Real(-2.0, 2.0, unit="m", default=0.0),
        "delivery_speed": Real(18.0, 32.0, unit="m/s", default=28.0),
        "delivery_error": Real(0.2, 4.0, unit="deg", default=0.8),
        "swing": Real(-60.0, 60.0, unit="rad/s", default=0.0),
        "header_speed": Real(8.0, 20.0, unit="m/s", default=15.0),
        "header_error": Real(1.0, 8.0, unit="deg", default=4.0),
    },
    pair=("x", "y"),
)
RUN_LENGTH = 3.5  # m that the striker runs
HEAD = 1.8  # m: the height that people are drawn at


class Rules(Protocol):
    """How a scene is played, for many runs at once."""

    def __call__(
        self,
        columns: Mapping[str, NDArray[Any]],
        draws: Array,
        design: Design,
        *,
        watch: Watch | None = None,
    ) -> Shots:
        """The runs that start from `columns` with `draws` of shape `(n, scene.draws)`."""


@dataclass(frozen=True)
class Scene:
    """A situation of the game: its inputs, how many draws a run takes, and how it is played."""

    name: str
    space: Space
    draws: int
    play: Rules


SHOT = Scene("football shot", SHOT_SPACE, shots.DRAWS, shots.shoot)
CORNER = Scene("corner kick", CORNER_SPACE, corner_kick.DRAWS, corner_kick.take_corner)


@dataclass(frozen=True)
class FootballSimulator:
    """One scene of the game in one design.

    `pace` "real_time" takes `frames / 60` seconds of `clock` for a run, asleep; "unlimited" none.
    """

    scene: Scene = SHOT
    design: Design = field(default_factory=Design)
    pace: str = "unlimited"
    clock: Clock = field(default_factory=SystemClock, compare=False, repr=False)

    outcomes = OUTCOMES  # whether it was a goal; by how many metres, positive for goals only
    backdrop = PITCH

    def __post_init__(self) -> None:
        if self.pace not in PACES:
            raise SimulatorError(f"pace {self.pace!r}: one of {', '.join(PACES)} was expected")

    @property
    def name(self) -> str:
        """The scene's name."""
        return self.scene.name

    @property
    def space(self) -> Space:
        """The scene's inputs; each has a default."""
        return self.scene.space

    @property
    def knobs(self) -> Mapping[str, Any]:
        """The design's decisions, JSON-able."""
        return self.design.knobs

    def with_knobs(self, changes: Mapping[str, Any]) -> "FootballSimulator":
        """The same game in another design; raises `SimulatorError` for what is not possible."""
        return replace(self, design=Design(**merged("knob", self.name, self.knobs, changes)))

    def with_settings(self, changes: Mapping[str, Any]) -> "FootballSimulator":
        """The same game at another pace; raises `SimulatorError` for an unknown one."""
        return replace(self, **merged("setting", self.name, {"pace": self.pace}, changes))

    def __call__(self, point: Point, *, rng: np.random.Generator) -> Answer:
        """One run."""
        start = self.clock.monotonic()
        draws = rng.standard_normal((1, self.scene.draws))
        run = self.scene.play(self.columns([point]), draws, self.design)
        frames = int(run.frames[0])
        if self.pace == "real_time":
            self.clock.sleep(start + frames * FRAME - self.clock.monotonic())
        values = {"goal": bool(run.goal[0]), "margin": float(run.margin[0])}
        ending = Ending(int(run.ending[0])).word
        return Answer(values, cost=float(frames), detail={"ending": ending, "frames": frames})

    def replay(self, point: Point, seed: int) -> Replay:
        """The run that `point` and `seed` gave, run-up included, as tracks of ball and players."""
        moments: list[Play] = []
        draws = self.draws_of(seed)
        run = self.scene.play(self.columns([point]), draws, self.design, watch=moments.append)
        return pictures(moments, Ending(int(run.ending[0])).word)

    def draws_of(self, seed: int) -> Array:
        """The draws, `(1, scene.draws)`, of the run with this seed."""
        return generator(seed).standard_normal((1, self.scene.draws))

    def columns(
        self, points: Sequence[Point] | Mapping[str, NDArray[Any]]
    ) -> dict[str, NDArray[Any]]:
        """Points, or arrays by input, as one array per input; defaults where none is named."""
        if isinstance(points, Mapping):
            if unknown := [name for name in points if name not in self.space.parameters]:
                raise SimulatorError(f"inputs {unknown} came, but there are {self.space.names}")
            return self._defaults() | {name: np.asarray(c) for name, c in points.items()}
        defaults = {name: column.item() for name, column in self._defaults().items()}
        whole = [self.space.complete({**defaults, **point}) for point in points]
        return {name: np.array([point[name] for point in whole]) for name in self.space.names}

    def _defaults(self) -> dict[str, NDArray[Any]]:
        return {name: np.asarray(p.default) for name, p in self.space.parameters.items()}


shot = FootballSimulator(SHOT)
corner = FootballSimulator(CORNER)


Place = tuple[float, float, float]


def pictures(moments: Sequence[Play], ending: str) -> Replay:
    """The replay of one shot, from the strike and every moment after it."""
    ball = [(m.ball.y.item(), m.ball.x.item(), m.ball.z.item()) for m in moments]
    keeper = [(m.keeper.y.item(), m.keeper.x.item(), m.keeper.h.item()) for m in moments]
    tracks = {
        "ball": _whole(ball),
        "keeper": _whole(keeper),
        "striker": _run_up(ball[0]) + (ball[0],) * (len(ball) - 1 + AFTERMATH),
    }
    defender = moments[0].defender
    if defender.plays.item():
        tracks["defender"] = ((defender.y.item(), defender.x.item(), HEAD),) * len(tracks["ball"])
    return Replay(tracks, 1 / FRAME, ending)


def _whole(track: list[Place]) -> tuple[Place, ...]:
    return (track[0],) * RUN_UP + tuple(track[1:]) + (track[-1],) * AFTERMATH


def _run_up(ball: Place) -> tuple[Place, ...]:
    """Towards the ball from farther out, at an even pace, arriving at the strike."""
    left = (RUN_LENGTH * (RUN_UP - 1 - k) / (RUN_UP - 1) for k in range(RUN_UP))
    return tuple((ball[0], ball[1] + away, HEAD) for away in left)
