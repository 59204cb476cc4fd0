"""One run in a child process before a campaign is made, so that a broken contract leaves nothing.

A run that merely fails is no reason to refuse: the campaign records such runs and learns from
them. An answer of the wrong type, a NaN or an undeclared name is, since every run would be so.
"""

import numpy as np

from surrogate.errors import SimulatorError
from surrogate.oracle import Simulator, SimulatorSource
from surrogate.plan import Plan
from surrogate.records import Run, seeds
from surrogate.told import ToldSimulator
from surrogate.workers.base import Task
from surrogate.workers.local import LocalEngine
from surrogate.workers.opening import limits

_BREACHES = ("OutcomeError", "NotFinite", "SimulatorError")


def try_out(plan: Plan, simulator: Simulator, source: SimulatorSource) -> Run | None:
    """A run of the middle of the space; raises `SimulatorError` when the contract is broken.

    None where the oracle is elsewhere, and cannot be tried.
    """
    space, _ = plan.check_against(simulator)
    if isinstance(simulator, ToldSimulator):
        return None
    middle = space.decode(space.snap(np.full((1, space.dimension), 0.5)))[0]
    engine = LocalEngine(source, slots=1, limits=limits(plan, simulator))
    try:
        run = engine.submit(Task(0, 1, middle, seeds(plan.seed, 0, "try out"))).result()
    finally:
        engine.close(kill=True)
    if run.detail.get("exception") in _BREACHES:
        raise SimulatorError(f"simulator '{simulator.name}' at {middle}: {run.message}")
    return run
