"""The corner kick: a cross from the flag, met in the air by an attacker who heads it at goal.

The cross flies as every ball does, the header is a shot as every shot is (see `shots`). Between
the two, the keeper may come for the cross, and the attacker may miss it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simulators.football import shots
from simulators.football.design import Design
from simulators.football.flight import BALL_RADIUS, FRAME, Array, Ball, Mask, bounce, fly
from simulators.football.keeper import LINE, RUN_SPEED
from simulators.football.pitch import HALF_PITCH
from simulators.football.shots import AFTERMATH, RUN_UP, Ending, Shots, Watch, set_up, shoot
from simulators.football.striker import Aim, Chances, Shot, kick

DRAWS = shots.DRAWS + 4
FLAG = (0.3, HALF_PITCH - 0.3)  # m: where the corner is taken
FOREHEAD = 2.1  # m: the height that the taker aims at
HEADER_REACH = 0.9  # m along the ground that the attacker can still adjust
LOWEST_HEADER, HIGHEST_HEADER = 0.9, 2.7  # m
LONGEST_CROSS = 180  # frames
PRACTICE = 3  # rounds after which an errorless cross passes within 0.3 m of its spot
DECISION = 0.45  # s that the keeper takes to judge a cross, beside his reaction
COURAGE, COURAGE_SPREAD = 0.5, 0.2  # of a second's run that he dares to come, and its SD
CLAIM_REACH = 0.55  # of his reach, around him
CLAIM_ZONE = 7.0  # m from the goal's middle that he comes for a cross
PLACEMENT = 0.6  # of the way to a post that headers are aimed at
HEADER_HEIGHT = 0.8  # m at the line


@dataclass(frozen=True)
class Cross:
    """A cross where it is met, `(n,)`: the ball there, the frames so far, how far from the aim."""

    ball: Ball
    frames: NDArray[np.int64]
    astray: Array


def take_corner(
    columns: Mapping[str, NDArray[np.generic]],
    draws: Array,
    design: Design,
    *,
    watch: Watch | None = None,
) -> Shots:
    """The corners that `columns` describes, each `(n,)` or a scalar; `draws` is `(n, DRAWS)`.

    `watch` is shown a single corner: the cross, with the keeper as he will stand for the header,
    and then the header, if there is one.
    """
    count = len(draws)
    c = {
        name: np.array(np.broadcast_to(np.asarray(column), (count,)), dtype=float)
        for name, column in columns.items()
    }
    z = np.ascontiguousarray(draws[:, shots.DRAWS :].T)
    seen: list[Ball] = []
    met = _cross(c, z, seen.append if watch else None)
    missed = (
        (met.astray > HEADER_REACH)
        | (met.ball.z < LOWEST_HEADER)
        | (met.ball.z > HIGHEST_HEADER)
        | (met.ball.x < LINE)
    )
    claimed = _claimed(c, met, design, z[3]) & ~(met.ball.x < LINE)
    never = claimed | missed
    start, chances = _header(c, met), draws[:, : shots.DRAWS]
    if watch is not None:
        moment = set_up(start, chances, design)
        for ball in seen if never.all() else seen[:-1]:
            watch(replace(moment, ball=ball))
    header = shoot(start, chances, design, watch=None if never.all() else watch)
    ending = np.where(claimed, Ending.CLAIMED, np.where(missed, Ending.MISSED, header.ending))
    frames = np.where(never, RUN_UP + AFTERMATH, header.frames) + met.frames
    margin = np.where(never, np.minimum(-1.0, HEADER_REACH - met.astray), header.margin)
    return Shots(ending.astype(np.int8), margin, frames)


See = Callable[[Ball], None]


def _cross(c: Mapping[str, Array], z: Array, see: See | None) -> Cross:
    """A cross as it was meant and missed: the taker has practised until he hits the spot."""
    still = np.zeros_like(c["x"])
    taker = Shot(
        still + FLAG[0],
        still + FLAG[1],
        still + BALL_RADIUS,
        c["delivery_speed"],
        c["delivery_error"],
        still,
        still,
        c["swing"],
    )
    spot = Aim(c["x"], c["y"], still + FOREHEAD)
    aim, none = spot, np.zeros(len(still), dtype=bool)
    for _ in range(PRACTICE):
        ball = _flown(kick(taker, aim, Chances(*[still] * 5), none), spot, None, ground=False).ball
        aim = Aim(aim.x + spot.x - ball.x, aim.y + spot.y - ball.y, aim.z + spot.z - ball.z)
    meant = kick(taker, aim, Chances(still, still, z[0], z[1], z[2]), none)
    return _flown(meant, spot, see, ground=True)


def _flown(ball: Ball, spot: Aim, see: See | None, *, ground: bool) -> Cross:
    """The ball where it passes the spot, every frame shown to `see`.

    Without `ground` it flies on below, so that practice tells how much too low it was.
    """
    if see is not None:
        see(ball)
    run_x, run_y = spot.x - ball.x, spot.y - ball.y
    frames, out = np.zeros(len(run_x), dtype=int), np.ones(len(run_x), dtype=bool)
    for _ in range(LONGEST_CROSS):
        ball = _chosen(out, bounce(fly(ball)) if ground else fly(ball), ball)
        if see is not None:
            see(ball)
        frames += out
        out = out & ((ball.x - spot.x) * run_x + (ball.y - spot.y) * run_y < 0)
        if not out.any():
            break
    gone_x, gone_y = ball.x - spot.x, ball.y - spot.y
    return Cross(ball, frames, np.sqrt(gone_x * gone_x + gone_y * gone_y))


def _chosen(which: Mask, new: Ball, old: Ball) -> Ball:
    moving = ("x", "y", "z", "vx", "vy", "vz", "spin")
    return replace(
        old, **{name: np.where(which, getattr(new, name), getattr(old, name)) for name in moving}
    )


def _claimed(c: Mapping[str, Array], met: Cross, design: Design, judgement: Array) -> Mask:
    """Whether the keeper is there first: he runs out once he has judged the cross."""
    skill, ball = design.skill, met.ball
    dx, dy = ball.x - c["keeper_depth"], ball.y - c["keeper_offset"]
    time = np.maximum(met.frames * FRAME - DECISION - skill.reaction, 0.0)
    courage = np.maximum(COURAGE + COURAGE_SPREAD * judgement, 0.0)
    reach = RUN_SPEED * np.minimum(time, 1.0) * courage + CLAIM_REACH * skill.reach
    near: Mask = ball.x * ball.x + ball.y * ball.y < CLAIM_ZONE * CLAIM_ZONE
    there: Mask = dx * dx + dy * dy < reach * reach
    return near & there


def _header(c: Mapping[str, Array], met: Cross) -> dict[str, NDArray[np.generic]]:
    """The header as the inputs of a shot."""
    ball = met.ball
    return {
        "x": np.maximum(ball.x, LINE),
        "y": ball.y,
        "z": np.minimum(np.maximum(ball.z, LOWEST_HEADER), HIGHEST_HEADER),
        "keeper_depth": c["keeper_depth"],
        "keeper_offset": c["keeper_offset"],
        "speed": c["header_speed"],
        "aim_error": c["header_error"],
        "placement": np.full_like(ball.x, PLACEMENT),
        "height": np.full_like(ball.x, HEADER_HEIGHT),
        "curl": np.zeros_like(ball.x),
        "defender": np.full(len(ball.x), "none"),
    }
