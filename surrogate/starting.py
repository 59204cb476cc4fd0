"""Small working projects to begin from: what `surrogate init` writes.

Every project runs as it stands. A line that its owner must change ends in a comment that says so.
"""

import subprocess
import sys
from collections.abc import Mapping
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from surrogate.errors import PlanError, unwritable
from surrogate.projects import ADAPTERS, GOAL_AND_BUDGET, WORKERS

_PYTHON_PLAN = (
    """\
# Try it:  surrogate check plan.toml   and then   surrogate run plan.toml
name = "my-campaign"  # CHANGE: the campaign's name
seed = 1

[simulator]
use = "my_simulator:simulate"   # the function `simulate` in my_simulator.py beside this plan
"""
    + GOAL_AND_BUDGET
    + WORKERS
)

_PYTHON = '''\
"""The simulator: a function from a point to an outcome."""

from surrogate import Binary, Infeasible, Real, Space, simulator

SPACE = Space(
    {
        "speed": Real(5, 25, unit="m/s"),   # CHANGE: your inputs, with their ranges and units
        "angle": Real(10, 80, unit="deg"),
    }
)


@simulator(space=SPACE, outcome=Binary("cleared"))   # CHANGE: or Number("margin", unit="m")
def simulate(point, *, rng):
    """CHANGE: run your simulator at `point`; take every chance from `rng`, a numpy generator."""
    from math import cos, radians, tan

    angle, speed = radians(point["angle"]), point["speed"] + rng.normal(0, 0.5)
    if speed <= 0:
        return Infeasible("it never left the hand")   # where there is no answer
    return 15 * tan(angle) - 9.81 * 15**2 / (2 * (speed * cos(angle)) ** 2) > 4.0
'''

_COMMAND_PLAN = (
    """\
# Try it:  surrogate check plan.toml   and then   surrogate run plan.toml
name = "my-campaign"  # CHANGE: the campaign's name
seed = 1

[simulator]
use = "simulators.adapters.command:program"

[simulator.declare]
name = "my solver"                                         # CHANGE: as people call it
command = ["{{python}}", "{{folder}}/solver.py", "deck.txt"] # CHANGE: your program, its arguments
templates = { "deck.txt" = "deck.template" }  # CHANGE: its input, from a file beside this
success.exit_codes = [0]              # anything else is machine trouble, and tried again
success.never_says = "licence"        # CHANGE: what it says when it fails though it exits with 0
declines.says = "no convergence"      # CHANGE: what it says when it has no answer for a point

[simulator.declare.space]             # CHANGE: its inputs; {{name}} stands for them in templates
speed = { low = 5, high = 25, unit = "m/s" }
angle = { low = 10, high = 80, unit = "deg" }

[simulator.declare.outcomes.cleared]  # CHANGE: what comes out, and how it is found in the output
kind = "binary"
pattern = '^height over the wall = (\\S+)'
yes = "value > 0"
"""
    + GOAL_AND_BUDGET
    + WORKERS
)

_DECK = """\
speed {{speed:.6f}}
angle {{angle:.6f}}
seed {{seed}}
"""

_SOLVER = '''\
"""Stands in for your solver, which may be any program: reads an input deck, prints a result."""

import random
import sys
from math import cos, radians, tan
from pathlib import Path

deck = dict(line.split() for line in Path(sys.argv[1]).read_text().splitlines())
angle = radians(float(deck["angle"]))
speed = float(deck["speed"]) + random.Random(int(deck["seed"])).gauss(0, 0.5)
fall = 9.81 * 15**2 / (2 * (speed * cos(angle)) ** 2)
print("height over the wall =", 15 * tan(angle) - fall - 4)
'''

_POOL_PLAN = """\
# Try it:  surrogate check plan.toml   and then   surrogate run plan.toml
# To answer yourself: use = "surrogate.told:told", no column below, and  surrogate label plan.toml
name = "my-pool"      # CHANGE: the campaign's name
seed = 1
surrogate = "svm"     # few labels, many features; "gp" looks further ahead

[simulator]
use = "simulators.adapters.pool:known"   # answers that are there already: what would be saved?

[simulator.declare.pool]
file = "alloys.csv"            # CHANGE: your items, a row each: .csv, .npz or .parquet
item = "alloy"                 # CHANGE: the column that names an item
features = ["copper", "zinc"]  # CHANGE: the columns to learn from; absent: every column of numbers

[simulator.declare.outcomes.hard]  # CHANGE: what is asked of an item
kind = "binary"
column = "hard"                # CHANGE: the column with the answer; an empty cell is none

[goal]
kind = "boundary"
level = 0.5

[budget]
runs = 40             # CHANGE: how many items you can afford to ask about

[workers]
count = 2
"""


def _alloys() -> str:
    """A hundred alloys, hard where there is enough of both metals."""
    lines = ["alloy,copper,zinc,hard"]
    for number in range(100):
        copper, zinc = number * 0.618 % 1.0, number * 0.755 % 1.0
        lines.append(f"A{number},{copper:.3f},{zinc:.3f},{int(copper + zinc**2 > 0.9)}")
    return "\n".join(lines) + "\n"


TEMPLATES: Mapping[str, Mapping[str, str]] = {
    "python": {"plan.toml": _PYTHON_PLAN, "my_simulator.py": _PYTHON},
    "command": {"plan.toml": _COMMAND_PLAN, "deck.template": _DECK, "solver.py": _SOLVER},
    **ADAPTERS,
    "pool": {"plan.toml": _POOL_PLAN, "alloys.csv": _alloys()},
}
_COPIED = {"http": "pull.py"}  # comes with the adapters; a rig has its own copy
_BUILDS = {"fmu": ("model.py", "pythonfmu", "Throw.fmu")}  # a script, what it needs, what it makes


def start_project(folder: Path, template: str) -> tuple[Path, ...]:
    """Write a template's files into `folder`, which is made where it is missing.

    A model that a template brings is built, where what builds it is installed. Raises `PlanError`
    for an unknown template, and rather than overwrite a file.
    """
    if template not in TEMPLATES:
        raise PlanError(f"there is no template '{template}'; there are {', '.join(TEMPLATES)}")
    texts = {folder / name: text for name, text in TEMPLATES[template].items()}
    if template in _COPIED:
        client = files("simulators.adapters.clients") / _COPIED[template]
        texts[folder / client.name] = client.read_text(encoding="utf-8")
    for path in texts:
        if path.exists():
            raise PlanError(f"{path} is there already; choose another folder, or move it away")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            path.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise unwritable(folder, problem) from problem
    return (*texts, *_built(folder, template))


def _built(folder: Path, template: str) -> tuple[Path, ...]:
    """What the template's own script makes of it; nothing where its builder is missing."""
    script, builder, made = _BUILDS.get(template, ("", "", ""))
    if not script or find_spec(builder) is None:
        return ()
    done = subprocess.run(
        [sys.executable, script], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise PlanError(
            f"{folder / script} could not be run: {done.stderr.strip()}; mend what it says"
        )
    return (folder / made,)
