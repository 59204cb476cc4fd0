"""The engine that a plan names."""

from surrogate.errors import PlanError
from surrogate.oracle import Perishable, Simulator, SimulatorSource
from surrogate.plan import Plan
from surrogate.workers.base import Engine, Limits
from surrogate.workers.local import LocalEngine
from surrogate.workers.rationed import rationed


def limits(plan: Plan, simulator: Simulator) -> Limits:
    """What the plan allows one run, and how many runs the simulator allows one process."""
    gigabytes = plan.workers.memory_gb
    renewed = simulator.runs_per_process if isinstance(simulator, Perishable) else None
    memory = int(gigabytes * 1e9) if gigabytes else None
    return Limits(plan.workers.time_limit, memory, runs_per_child=renewed)


def open_engine(
    plan: Plan,
    source: SimulatorSource,
    simulator: Simulator,
    *,
    version: str,
    workers: int | str | None = None,
) -> Engine:
    """An engine that keeps the plan's ration: `workers` processes, or the cluster at that address.

    Absent, the plan says which. Raises `PlanError` for a number of workers where the plan names a
    cluster, and what the engine raises.
    """
    engine = _opened(plan, source, limits(plan, simulator), version, workers)
    return rationed(engine, simulator, plan.workers.ration)


def _opened(
    plan: Plan, source: SimulatorSource, allowed: Limits, version: str, workers: int | str | None
) -> Engine:
    scheduler = workers if isinstance(workers, str) else plan.workers.scheduler
    if scheduler is None:
        slots = int(workers or plan.workers.slots)
        return LocalEngine(source, slots=slots, limits=allowed, version=version)
    if isinstance(workers, int):
        raise PlanError(
            f"{workers} workers were asked for, but the cluster at {scheduler} has those that "
            "joined it; start more of them there, or leave the number out"
        )
    from surrogate.workers.dask import DaskEngine

    return DaskEngine(source, scheduler=scheduler, limits=allowed, version=version)
