"""The goalkeeper: he sees, reacts, moves, dives and reaches. He knows no striker's intentions.

He halves the angle between the posts as the ball sees them, and stands on that line, `depth` metres
in front of the near post and `offset` metres aside. He moves in his own frame: forward towards the
ball, aside across it. What the ball meets is his silhouette in the upright plane through him,
across the line of sight: legs, and a trunk with outstretched arms. Only operations that round
alike for any array length are used; see `flight`.

    symbol      meaning                                                   unit
    fx, fy      unit vector along the halving line, towards the ball      1
    s, q        his hips' place aside and forward of the goal's middle    m
    line        the `q` of his own line, level with the near post         m
    h, arm      the height of his hips; how far his arms are out          m
    push        his speed aside                                           m/s
"""

from dataclasses import dataclass, replace

import numpy as np

from simulators.football.design import Skill
from simulators.football.facing import SMALL, Facing
from simulators.football.flight import BALL_RADIUS, FRAME, GRAVITY, Array, Ball, Lanes, Mask
from simulators.football.pitch import HALF_GOAL

HIP = 1.0  # m, standing
TUCKED_ARM = 0.45  # m from hip to hand before he has reacted
ARM_SPEED = 4.5  # m/s, stretching out
LEG = 0.9  # m from hip to boot
LOWEST_HIP, HIGHEST_HIP = 0.30, 1.40  # m: lying, and jumping
SINK_SPEED, JUMP_SPEED = 2.6, 2.2  # m/s
PUSH_TIME = 0.12  # s from standing to his full speed aside
LIMB = 0.16  # m: half the width of legs, arms and hands
RUN_SPEED = 4.5  # m/s, going back to his line
LATEST_TURN = 0.35  # s: nearer balls he does not turn round for
COMMIT = 0.22  # s before the ball comes past he can correct his dive no more
LINE = 0.3  # m: nearer to the goal line than that he does not play
EXPECTED_DRAG = 0.013  # 1/m, of a well struck ball: rho A C_D / 2m
BOUNCE = 0.5  # of the depth below the ground that a path without ground would reach
SLOWEST_SEEN = 1.0  # m/s: a slower ball is as if it stood
CLOSEST = 0.6  # of the ball's distance: he never stands nearer to it than the rest


@dataclass(frozen=True)
class Mind(Lanes):
    """What he makes of one shot, each `(n,)`: where his sight errs, and when he starts.

    `wait`: seconds from the strike to his first move; `wake_left`, `wake_right`: he does not move
    towards -aside or +aside before the ball is within so many metres (infinite: no such flaw);
    `blur_aside`, `blur_up`: his error in rad; `stays`: he does not go back for chips.
    """

    wait: Array
    wake_left: Array
    wake_right: Array
    blur_aside: Array
    blur_up: Array
    stays: Mask


@dataclass(frozen=True)
class Keeper(Facing):
    """Goalkeepers in motion, each `(n,)`; see the table above.

    `aim`, `aim_up`: where he expects the ball to pass him; `beaten`: it has passed.
    """

    line: Array
    h: Array
    arm: Array
    push: Array
    aim: Array
    aim_up: Array
    mind: Mind
    beaten: Mask


def stance(ball_x: Array, ball_y: Array, depth: Array, offset: Array, mind: Mind) -> Keeper:
    """Keepers set for a ball on the ground at (ball_x, ball_y)."""
    fx, fy, middle, distance = _halving_line(ball_x, ball_y)
    none = np.zeros_like(distance)
    line = np.maximum(HALF_GOAL * np.abs(fy), LINE)
    nearest = middle * fy + CLOSEST * distance
    return Keeper(
        fx=fx,
        fy=fy,
        s=middle * fx + offset,
        q=np.minimum(line + depth, nearest),
        line=np.minimum(line, nearest),
        h=HIP + none,
        arm=TUCKED_ARM + none,
        push=none,
        aim=middle * fx + offset,
        aim_up=HIP + none,
        mind=mind,
        beaten=np.zeros(distance.shape, dtype=bool),
    )


def _halving_line(ball_x: Array, ball_y: Array) -> tuple[Array, Array, Array, Array]:
    """The line that halves the angle between the posts: (fx, fy), its y at the goal, its length.

    It cuts the goal line in the ratio of the ball's distances from the posts (Euclid VI.3).
    """
    left, right = ball_y + HALF_GOAL, ball_y - HALF_GOAL
    far_left = np.sqrt(ball_x * ball_x + left * left)
    far_right = np.sqrt(ball_x * ball_x + right * right)
    middle = HALF_GOAL * (far_left - far_right) / (far_left + far_right)
    across = ball_y - middle
    length = np.sqrt(ball_x * ball_x + across * across)
    return ball_x / length, across / length, middle, length


def move(keeper: Keeper, ball: Ball, time: float, skill: Skill) -> Keeper:
    """The keepers one frame later, `time` seconds after the strike."""
    way = np.maximum(ball.x * keeper.fx + ball.y * keeper.fy - keeper.q, 0.0)
    gone, aside, up = _foreseen(keeper, ball, way)
    wake = np.where(aside < keeper.s, keeper.mind.wake_left, keeper.mind.wake_right)
    started = (time >= keeper.mind.wait) & ~keeper.beaten
    awake = started & (way <= wake)
    correct = awake & (gone > COMMIT)
    first = awake & (keeper.arm <= TUCKED_ARM)
    aim = np.where(correct | first, aside, keeper.aim)
    aim_up = np.where(correct | first, up, keeper.aim_up)
    wish = np.minimum(np.maximum((aim - keeper.s) / FRAME, -skill.dive_speed), skill.dive_speed)
    grip = skill.dive_speed / PUSH_TIME * FRAME
    change = np.minimum(np.maximum(wish - keeper.push, -grip), grip)
    push = keeper.push + np.where(awake, change, 0.0)
    level = np.minimum(np.maximum(aim_up, LOWEST_HIP), HIGHEST_HIP)
    rise = np.minimum(np.maximum(level - keeper.h, -SINK_SPEED * FRAME), JUMP_SPEED * FRAME)
    stretch = np.minimum(keeper.arm + ARM_SPEED * FRAME, skill.reach - HIP)
    lob = started & (up > skill.reach) & (gone > LATEST_TURN) & ~keeper.mind.stays
    back = np.maximum(np.minimum(keeper.q, keeper.line), keeper.q - RUN_SPEED * FRAME)
    return replace(
        keeper,
        s=keeper.s + push * FRAME,
        q=np.where(lob, back, keeper.q),
        h=keeper.h + np.where(awake, rise, 0.0),
        arm=np.where(awake, stretch, keeper.arm),
        push=push,
        aim=aim,
        aim_up=aim_up,
    )


def _foreseen(keeper: Keeper, ball: Ball, way: Array) -> tuple[Array, Array, Array]:
    """When (s), where aside and how high (m) he expects the ball, `way` metres off, to pass him.

    A straight line aside, a parabola and a bounce in height: he sees no curl, which is why curled
    balls beat him. His error is an angle, so that it shrinks as the ball comes.
    """
    pace = np.maximum(-(ball.vx * keeper.fx + ball.vy * keeper.fy), SLOWEST_SEEN)
    time = way / pace * (1 + EXPECTED_DRAG / 2 * way)
    aside = ball.y * keeper.fx - ball.x * keeper.fy
    drift = ball.vy * keeper.fx - ball.vx * keeper.fy
    up = ball.z + ball.vz * time - GRAVITY / 2 * time * time
    up = np.where(up < BALL_RADIUS, BALL_RADIUS + BOUNCE * (BALL_RADIUS - up), up)
    level = way / pace  # along the ground drag shortens the path as much as it costs time
    return (
        time,
        aside + drift * level + keeper.mind.blur_aside * way,
        up + keeper.mind.blur_up * way,
    )


def meet(keeper: Keeper, before: Ball, after: Ball) -> tuple[Keeper, Array]:
    """Metres by which the balls that pass him in this frame miss him.

    Negative where he saves, infinite where no ball passes; those passed are `beaten`.
    """
    passing = ~keeper.beaten & (keeper.ahead(after) <= 0)
    if not passing.any():
        return keeper, np.full(len(passing), np.inf)
    gap = _clearance(keeper, *keeper.crossing(before, after))
    return replace(keeper, beaten=keeper.beaten | passing), np.where(passing, gap, np.inf)


def _clearance(keeper: Keeper, aside: Array, up: Array) -> Array:
    """Metres between a ball's surface in his plane and his legs, trunk and arms."""
    reach_s, reach_h = keeper.aim - keeper.s, keeper.aim_up - keeper.h
    length = np.sqrt(reach_s * reach_s + reach_h * reach_h)
    stretch = np.minimum(keeper.arm / np.maximum(length, SMALL), 1.0)
    arms = _distance(keeper, aside, up, reach_s * stretch, reach_h * stretch)
    lean = np.minimum(np.maximum(keeper.push / 3.0, -1.0), 1.0)
    down = np.minimum(LEG, keeper.h - LIMB) * (1 - np.abs(lean) / 2)
    legs = _distance(keeper, aside, up, -lean * LEG, -down)
    return np.minimum(arms, legs) - (LIMB + BALL_RADIUS)


def _distance(keeper: Keeper, aside: Array, up: Array, ds: Array, dh: Array) -> Array:
    """From the point (aside, up) to the limb from his hips along (ds, dh)."""
    ps, ph = aside - keeper.s, up - keeper.h
    along = (ps * ds + ph * dh) / np.maximum(ds * ds + dh * dh, SMALL)
    along = np.minimum(np.maximum(along, 0.0), 1.0)
    es, eh = ps - along * ds, ph - along * dh
    return np.sqrt(es * es + eh * eh)
