"""A run as a moving picture: what the game loop showed, as tracks over the pitch.

A picture lasts as many frames as the run cost: the striker runs up, the ball flies, and the last
moment stands for the aftermath.
"""

from collections.abc import Sequence

from simulators.football.flight import FRAME
from simulators.football.shots import AFTERMATH, RUN_UP, Play
from surrogate.oracle import Replay

Place = tuple[float, float, float]

RUN_LENGTH = 3.5  # m that the striker runs
HEAD = 1.8  # m: the height that people are drawn at


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
