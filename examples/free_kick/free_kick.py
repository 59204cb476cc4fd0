"""A free kick from 22 m in MuJoCo, where ball, wall and keeper are bodies: is it a goal?

The ball flies in MuJoCo's air, with drag and the lift of its spin; the keeper's servos drive a
body across the line to where the ball seems to be going. Needs MuJoCo: pip install '.[examples]'
"""

from math import atan2, hypot
from pathlib import Path

import mujoco
import numpy as np

from surrogate import Binary, Infeasible, Real, Space, simulator

FAR, HALF, BAR = 22.0, 3.66, 2.44  # m: from the line, half the goal's width, its height
BALL = 0.11  # m, radius
LONGEST = 2.5  # s: by then a ball has arrived or never will
SCENE = Path(__file__).with_name("free_kick.xml")


@simulator(
    space=Space({"aim": Real(-4, 4, unit="m"), "speed": Real(16, 34, unit="m/s")}),
    outcome=Binary("goal"),
    knobs={"reaction": 0.25},
)
def free_kick(point, *, rng, reaction):
    """Struck at `aim` on the line under the bar, with `speed`; `reaction` is the keeper's, in s."""
    model = mujoco.MjModel.from_xml_path(str(SCENE))
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    aim, height, *blur = rng.normal((point["aim"], 1.9, 0, 0), (0.3, 0.25, 0.35, 0.35))
    data.qvel[2:5] = struck(aim, height, point["speed"])
    data.qvel[5:8] = 0.0, 0.0, -40.0  # rad/s of spin about the vertical
    while data.time < LONGEST:
        mujoco.mj_step(model, data)
        x, y, z = data.body("ball").xpos
        if not np.isfinite(x):
            return Infeasible("the bodies flew apart")
        if x < -BALL:
            return bool(abs(y) < HALF - BALL and z < BAR - BALL)
        if data.time > reaction and x > 1:
            data.ctrl[:] = where_to(data, np.array(blur) * x / FAR)
    return False


def struck(aim, height, speed):
    """Velocity (3,) of a ball that would pass `aim`, `height` on the line if there were no air."""
    way, rise = hypot(FAR, aim), height - BALL
    root = (speed**4 - 9.81 * (9.81 * way**2 + 2 * rise * speed**2)) ** 0.5
    angle = atan2(speed**2 - root, 9.81 * way)
    across = speed * np.cos(angle)
    return -across * FAR / way, across * aim / way, speed * np.sin(angle)


def where_to(data, blur):
    """The servos' targets (2,): where a straight line from the ball, and its fall, would arrive."""
    place, velocity = data.body("ball").xpos, data.qvel[2:5]
    left = (place[0] - 0.6) / max(-velocity[0], 1.0)
    height = place[2] + velocity[2] * left - 4.905 * left**2
    return place[1] + velocity[1] * left + blur[0] - 0.8, max(height, 0.2) + blur[1] - 1.0
