"""Heat in a rod: how warm does its middle get while its ends are held cold?

u_t = D u_xx on a rod of length 1, by the implicit scheme of Crank and Nicolson (1947), second order
in space and time and stable for every step.
"""

import numpy as np
from scipy.linalg import solve_banded

from surrogate.oracle import simulator
from surrogate.outcome import Number
from surrogate.space import Array, Point, Real, Space

CELLS = 101
_STEPS = 200


def diffused(start: Array, *, diffusivity: float, time: float, insulated: bool) -> Array:
    """The temperatures after `time`; `start` has shape `(n,)`, its ends at x = 0 and x = 1.

    The ends are insulated, or held at zero.
    """
    n = len(start)
    number = diffusivity * time / _STEPS * (n - 1) ** 2 / 2
    flow = np.diag(np.full(n, -2.0)) + np.diag(np.ones(n - 1), 1) + np.diag(np.ones(n - 1), -1)
    if insulated:
        flow[0, 1] = flow[-1, -2] = 2.0
    else:
        flow[0] = flow[-1] = 0.0
    ahead, behind = np.eye(n) - number * flow, np.eye(n) + number * flow
    bands = np.zeros((3, n))
    bands[0, 1:] = np.diag(ahead, 1)
    bands[1] = np.diag(ahead)
    bands[2, :-1] = np.diag(ahead, -1)
    heat = start.copy()
    if not insulated:
        heat[[0, -1]] = 0.0
    for _ in range(_STEPS):
        heat = np.asarray(solve_banded((1, 1), bands, behind @ heat))
    return heat


@simulator(
    space=Space({"diffusivity": Real(0.001, 1, unit="m2/s", scale="log"), "spot": Real(0.1, 0.9)}),
    outcome=Number("middle", "K", noise="none"),
    name="heat in a rod",
    knobs={"time": 0.1, "width": 0.05},
)
def heat(point: Point, *, rng: np.random.Generator, time: float, width: float) -> float:
    """The middle's temperature after `time`, from a warm spot of unit heat."""
    x = np.linspace(0, 1, CELLS)
    bell = np.exp(-(((x - float(point["spot"])) / width) ** 2) / 2) / (width * np.sqrt(2 * np.pi))
    done = diffused(bell, diffusivity=float(point["diffusivity"]), time=time, insulated=False)
    return float(done[CELLS // 2])
