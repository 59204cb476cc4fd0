"""The game loop: many shots at once, frame by frame, from the strike to the ending.

One run is a batch of one. Every lane goes through the same roundings whatever its neighbours, so
that a run and its lane in a truth map agree bit for bit. Many shots are cut into blocks for
memory's sake, and lanes that have ended are dropped.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from simulators.football.defects import Bugs, bugs_at
from simulators.football.defender import Defender, block, close_down
from simulators.football.design import Design, Skill
from simulators.football.flight import (
    BALL_RADIUS,
    FRAME,
    Array,
    Ball,
    Lanes,
    Mask,
    bounce,
    fly,
    strike_frame,
)
from simulators.football.keeper import Keeper, Mind, meet, move, stance
from simulators.football.pitch import GOAL_HEIGHT, HALF_GOAL
from simulators.football.striker import Chances, Shot, strike

DRAWS = 10  # standard normal draws of one shot: five of the striker, three of the keeper, two more
REACTION_SPREAD = 0.25  # relative SD of the keeper's reaction from shot to shot
FASTEST_REACTION = 0.05  # s
UNSIGHTED = 0.05  # s that a defender in the way costs the keeper
RUN_UP = 40  # frames before the strike
AFTERMATH = 20  # frames after the ending
LONGEST = 180  # frames of flight: a ball still in play then is the keeper's
DEAD_SPEED = 4.0  # m/s along the ground: a slower ball is the keeper's
LATE = -1.0  # m: the margin of a ball that came too slowly to score
BLOCK = (
    65_536  # lanes at once, 20 MB; measured: blocks of 4096 take twice the time, for their tails
)
FULL_ENOUGH = 0.85  # of the lanes alive; below that the ended ones are dropped


class Ending(IntEnum):
    """How a shot ended."""

    GOAL = 0
    SAVED = 1
    POST = 2
    WIDE = 3
    OVER = 4
    BLOCKED = 5
    CLAIMED = 6  # a cross, by the keeper
    MISSED = 7  # a cross that nobody met

    @property
    def word(self) -> str:
        """The ending as people read it."""
        return self.name.lower()


@dataclass(frozen=True)
class Shots:
    """What became of n shots, each `(n,)`.

    `ending`: an `Ending`; `margin` (m): how clearly, positive for goals only (how far the ball was
    from frame and keeper), negative for the rest (how far outside, or how deep in the hands);
    `frames`: what the run cost, run-up and aftermath included.
    """

    ending: NDArray[np.int8]
    margin: Array
    frames: NDArray[np.int64]

    @property
    def goal(self) -> Mask:
        """Which of them were goals."""
        return np.equal(self.ending, Ending.GOAL)


@dataclass(frozen=True)
class Play(Lanes):
    """One moment of n shots."""

    ball: Ball
    keeper: Keeper
    defender: Defender
    spared: Array  # m: the least clearance from the keeper so far
    struck: Mask  # it has met the frame


@dataclass(frozen=True)
class Met(Lanes):
    """By how much the ball missed who it passed in this frame, m: infinite where it passed none."""

    defender: Array
    keeper: Array


Watch = Callable[[Play], None]


def shoot(
    columns: Mapping[str, NDArray[np.generic]],
    draws: Array,
    design: Design,
    *,
    watch: Watch | None = None,
) -> Shots:
    """The shots that start from `columns`, one array `(n,)` (or a scalar) for each input.

    `draws` has shape `(n, DRAWS)`, standard normal. A column "z" may lift the ball off the ground.
    `watch` is shown the strike and every frame after it of a single shot.
    """
    count = len(draws)
    whole = {name: np.broadcast_to(np.asarray(c), (count,)) for name, c in columns.items()}
    parts = [
        _play_out(set_up({k: c[cut] for k, c in whole.items()}, draws[cut], design), design, watch)
        for cut in (slice(at, at + BLOCK) for at in range(0, max(count, 1), BLOCK))
    ]
    return Shots(
        np.concatenate([part.ending for part in parts]),
        np.concatenate([part.margin for part in parts]),
        np.concatenate([part.frames for part in parts]),
    )


def set_up(columns: Mapping[str, NDArray[np.generic]], draws: Array, design: Design) -> Play:
    """The moment of the strike, for columns and draws as `shoot` takes them."""
    c = {k: np.array(v, dtype=float) for k, v in columns.items() if k != "defender"}
    z = np.ascontiguousarray(draws.T)
    plays = np.asarray(columns["defender"]) == "blocking"
    bugs = bugs_at(design, c["x"], c["y"], c["keeper_depth"])
    mind = _mind(z, design.skill, bugs, plays)
    offset = np.where(np.isnan(bugs.stand), c["keeper_offset"], bugs.stand)
    keeper = stance(c["x"], c["y"], c["keeper_depth"] + bugs.rush, offset, mind)
    shot = Shot(
        c["x"],
        c["y"],
        c.get("z", np.full_like(c["x"], BALL_RADIUS)),
        c["speed"],
        c["aim_error"],
        c["placement"],
        c["height"],
        c["curl"],
    )
    ball = strike(shot, Chances(*z[:5]), keeper)
    defender = close_down(c["x"], c["y"], z[8], plays)
    return Play(ball, keeper, defender, np.full_like(c["x"], np.inf), np.zeros(len(plays), bool))


def _mind(z: Array, skill: Skill, bugs: Bugs, unsighted: Mask) -> Mind:
    wait = np.maximum(skill.reaction * (1 + REACTION_SPREAD * z[5]), FASTEST_REACTION)
    return Mind(
        wait + np.where(unsighted, UNSIGHTED, 0.0),
        bugs.wake_left,
        bugs.wake_right,
        skill.blur * z[6],
        skill.blur * z[7],
        bugs.stays,
    )


def _play_out(play: Play, design: Design, watch: Watch | None) -> Shots:
    """The loop: who is still in play takes part in the next frame."""
    count = len(play.spared)
    result = Shots(
        np.full(count, Ending.SAVED, np.int8),
        np.full(count, LATE),
        np.full(count, RUN_UP + LONGEST + AFTERMATH),
    )
    lane, in_play = np.arange(count), np.ones(count, dtype=bool)
    if watch is not None:
        watch(play)
    for frame in range(LONGEST):
        play, met = _frame(play, frame * FRAME, design.skill)
        if watch is not None:
            watch(play)
        over = in_play & _is_over(play, met)
        if not over.any():
            continue
        at = lane[over]
        result.ending[at], result.margin[at] = _ending(play[over], met[over])
        result.frames[at] = RUN_UP + frame + 1 + AFTERMATH
        in_play &= ~over
        left = np.count_nonzero(in_play)
        if left == 0:
            break
        if left < FULL_ENOUGH * len(lane):
            play, lane, in_play = play[in_play], lane[in_play], in_play[in_play]
    return result


def _frame(play: Play, time: float, skill: Skill) -> tuple[Play, Met]:
    """One frame: the keeper decides and moves, the ball flies, and whoever is in its way is met."""
    before = play.ball
    keeper = move(play.keeper, before, time, skill)
    free = bounce(fly(before))
    defender, at_defender = block(play.defender, before, free, time)
    keeper, at_keeper = meet(keeper, before, free)
    ball, struck = strike_frame(before, free)
    spared = np.minimum(play.spared, at_keeper)
    return Play(ball, keeper, defender, spared, play.struck | struck), Met(at_defender, at_keeper)


def _is_over(play: Play, met: Met) -> Mask:
    """Which shots ended in this frame."""
    ball = play.ball
    stopped = (met.defender < 0) | (met.keeper < 0)
    slow = ball.vx * ball.vx + ball.vy * ball.vy < DEAD_SPEED * DEAD_SPEED
    return stopped | (ball.x <= -BALL_RADIUS) | slow | (play.struck & (ball.vx >= 0))


def _ending(play: Play, met: Met) -> tuple[NDArray[np.int8], Array]:
    """How those that ended did, the first that applies, and by what margin."""
    ball = play.ball
    inside = np.minimum(HALF_GOAL - np.abs(ball.y), GOAL_HEIGHT - ball.z)
    crossed = ball.x <= -BALL_RADIUS
    cases = (
        (met.defender < 0, Ending.BLOCKED, met.defender),
        (met.keeper < 0, Ending.SAVED, met.keeper),
        (crossed & (inside > 0), Ending.GOAL, np.minimum(inside, play.spared)),
        (crossed & (ball.z >= GOAL_HEIGHT), Ending.OVER, inside),
        (crossed, Ending.WIDE, inside),
        (play.struck & (ball.vx >= 0), Ending.POST, -np.abs(inside)),
    )
    where = [case[0] for case in cases]
    ending = np.select(where, [case[1] for case in cases], Ending.SAVED)
    margin = np.select(where, [case[2] for case in cases], LATE)
    return ending.astype(np.int8), margin
