"""The texts of small working projects, one for each adapter; `starting` writes them.

A line that its owner must change ends in a comment that says so.
"""

from collections.abc import Mapping

GOAL_AND_BUDGET = """
[goal]
kind = "boundary"     # CHANGE: "map" (know it everywhere), "boundary", or "optimum"
level = 0.5           # CHANGE: the level whose line is looked for; a probability for yes or no

[budget]
runs = 60             # CHANGE: how many runs you can afford
"""

WORKERS = """
[workers]
count = 2             # CHANGE: how many may run side by side
time_limit = 60.0     # CHANGE: seconds after which a run is killed
"""

_FMU_PLAN = f"""\
# Needs fmpy, and where Throw.fmu is not beside this plan: pip install pythonfmu; python model.py
# Try it:  surrogate check plan.toml   and then   surrogate run plan.toml
name = "my-campaign"  # CHANGE: the campaign's name
seed = 1

[simulator]
use = "simulators.adapters.fmu:model"

[simulator.declare]
fmu = "Throw.fmu"             # CHANGE: your FMU, beside this plan (model.py makes this one)
stop = 6.0                    # CHANGE: seconds to simulate
interval = 0.01               # CHANGE: seconds between two samples of the result
start = {{ drag = 0.01 }}       # CHANGE: start values that the campaign holds
trust.height = {{ low = -500, high = 500 }}  # CHANGE: where the model holds; outside is no answer

[simulator.declare.space]     # CHANGE: its parameters, inputs or start values, by their names
speed = {{ low = 5, high = 25, unit = "m/s" }}
angle = {{ low = 10, high = 80, unit = "deg" }}

[simulator.declare.outcomes.cleared]   # CHANGE: a formula over its variables: final, at, min, max,
kind = "binary"                        # mean, integral, ever, always, first
value = "at(height, first(distance >= 15)) > 4"
{GOAL_AND_BUDGET}{WORKERS}"""

_FMU_MODEL = '''\
"""Stands in for your FMU: python model.py builds Throw.fmu with pythonfmu, without a compiler."""

from math import cos, hypot, radians, sin
from pathlib import Path

from pythonfmu import Fmi2Causality, Fmi2Slave, Fmi2Variability, FmuBuilder, Real


class Throw(Fmi2Slave):
    """A ball thrown through air at rest."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.speed, self.angle, self.drag = 15.0, 45.0, 0.01
        self.distance, self.height, self.velocity = 0.0, 0.0, None
        kind, fixed = Fmi2Causality.parameter, Fmi2Variability.fixed
        for name in ("speed", "angle", "drag"):
            start = getattr(self, name)
            self.register_variable(Real(name, causality=kind, variability=fixed, start=start))
        for name in ("distance", "height"):
            self.register_variable(Real(name, causality=Fmi2Causality.output))

    def do_step(self, time, step):
        angle = radians(self.angle)
        vx, vy = self.velocity or (self.speed * cos(angle), self.speed * sin(angle))
        braked = self.drag * hypot(vx, vy) * step
        vx, vy = vx - braked * vx, vy - braked * vy - 9.81 * step
        self.distance, self.height = self.distance + step * vx, self.height + step * vy
        self.velocity = vx, vy
        return True


if __name__ == "__main__":
    print("built", FmuBuilder.build_FMU(Path(__file__), dest=Path(__file__).parent))
'''

_GYMNASIUM_PLAN = f"""\
# Needs gymnasium: pip install gymnasium
# Try it:  surrogate check plan.toml   and then   surrogate run plan.toml
name = "my-campaign"  # CHANGE: the campaign's name
seed = 1

[simulator]
use = "simulators.adapters.gymnasium:environment"

[simulator.declare]
environment = "CartPole-v1"      # CHANGE: your environment's id, or "module:Class" beside this plan
prepare = "my_policy:place"      # CHANGE: puts it where an episode starts; leave out if it need not
policy = "my_policy:act"         # CHANGE: what chooses the actions

[simulator.declare.space]        # CHANGE: what `place` and `act` find in `point`
tilt = {{ low = -0.2, high = 0.2, unit = "rad" }}
gain = {{ low = 0.0, high = 3.0, unit = "s" }}

[simulator.declare.outcomes.kept_up]   # CHANGE: a formula over how an episode ended: reward, gain,
kind = "binary"                        # steps, terminated, truncated, o0, o1, ... and its info
value = "steps >= 200"
{GOAL_AND_BUDGET}{WORKERS}"""

_GYMNASIUM_POLICY = '''\
"""Where an episode starts, and what acts in it: plan.toml names both."""

import numpy as np


def place(environment, point):
    """CHANGE: put the environment where this point says; give the observation there."""
    state = environment.unwrapped.state
    environment.unwrapped.state = np.array([state[0], state[1], point["tilt"], state[3]])
    return environment.unwrapped.state


def act(observation, point):
    """CHANGE: choose an action, by the policy that you want to know more of."""
    _, _, tilt, turning = observation
    return 1 if tilt + point["gain"] * turning > 0 else 0
'''

_HTTP_PLAN = f"""\
# The rig pulls its work: nobody can start it from here. Needs the extra "service".
# Try it:  surrogate serve plan.toml   and, wherever the runs are made,   python rig.py
name = "my-campaign"  # CHANGE: the campaign's name, here and in rig.py
seed = 1

[simulator]
use = "surrogate.told:told"         # runs are told of, by clients; none is made here

[simulator.declare]
name = "my rig"                     # CHANGE: as people call it

[simulator.declare.space]           # CHANGE: its inputs, with their ranges and units
speed = {{ low = 5, high = 25, unit = "m/s" }}
angle = {{ low = 10, high = 80, unit = "deg" }}

[simulator.declare.outcomes]        # CHANGE: what it finds out
cleared = {{ kind = "binary" }}
{GOAL_AND_BUDGET}"""

_HTTP_RIG = '''\
"""The rig: asks for points, runs them, tells what came of each. Python, and nothing to install."""

import random
import sys
from math import cos, radians, tan

from pull import Client, Decline

URL = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8321"  # CHANGE: where it is served


def run(point, seed):
    """CHANGE: run your rig or game at `point`; take every chance from `seed`."""
    angle, speed = radians(point["angle"]), point["speed"] + random.Random(seed).gauss(0, 0.5)
    if speed <= 0:
        raise Decline("it never left the hand")  # where there is no answer
    return {"cleared": 15 * tan(angle) - 9.81 * 15**2 / (2 * (speed * cos(angle)) ** 2) > 4.0}


Client(URL, "my-campaign", worker="rig 1").work(run)
'''

ADAPTERS: Mapping[str, Mapping[str, str]] = {
    "fmu": {"plan.toml": _FMU_PLAN, "model.py": _FMU_MODEL},
    "gymnasium": {"plan.toml": _GYMNASIUM_PLAN, "my_policy.py": _GYMNASIUM_POLICY},
    "http": {"plan.toml": _HTTP_PLAN, "rig.py": _HTTP_RIG},
}
