"""`surrogate.gateway(campaign, tolerance=...)`: the campaign's simulator, answered from its map.

Runs go through an engine with the plan's limits, one at a time, and into the ledger before they
are answered, as runs that a person asked for.
"""

from typing import Self

import numpy as np

from surrogate.answers.gateway import Gateway, Growing, Terms
from surrogate.campaign import Campaign
from surrogate.errors import PlanError, SimulatorError
from surrogate.models.base import Marginal
from surrogate.outcome import Outcome
from surrogate.records import Observation, Reason, Status
from surrogate.space import Point, Space
from surrogate.told import ToldSimulator
from surrogate.workers.base import Engine


class CampaignGateway(Gateway):
    """A campaign behind a gateway; call it with a point, close it when done.

    It holds a worker until it is closed, so use it as a context. Raises `SimulatorError` where a
    run failed.
    """

    backing: "_Stored"

    def close(self) -> None:
        """End the worker. Closing twice is harmless."""
        self.backing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def gateway(
    campaign: Campaign, *, tolerance: float, checked: float = 0.05, seed: int = 0
) -> CampaignGateway:
    """The campaign's simulator, answered from its map where that is within `tolerance`.

    `checked` is the share of map answers that are simulated all the same, to measure the contract.
    Raises `PlanError` for a tolerance that is not positive, and `SimulatorError` where there is no
    simulator to run.
    """
    if not (tolerance > 0 and 0 <= checked <= 1):
        raise PlanError(
            f"gateway: a tolerance above 0 and a checked share in 0..1 were expected, {tolerance} "
            f"and {checked} came"
        )
    if isinstance(campaign.simulator, ToldSimulator):
        raise SimulatorError(
            f"campaign '{campaign.name}' has no simulator to fall back on: its outcomes are told"
        )
    rng = np.random.default_rng(seed)
    return CampaignGateway(_Stored(campaign), Terms(tolerance, checked), rng)


class _Stored:
    """A campaign as a gateway's backing."""

    def __init__(self, campaign: Campaign):
        self._campaign = campaign
        self.space: Space = campaign.drawable()
        self.outcome: Outcome = campaign.outcome
        self._growing = Growing(
            self.space, self.outcome, campaign.learner.fit, list(campaign.observations())
        )
        self._engine: Engine | None = None

    def surrogate(self) -> Marginal | None:
        return self._growing.surrogate()

    def simulate(self, point: Point, why: str) -> Observation:
        if self._engine is None:
            self._engine = self._campaign.engine(1)
        run = self._campaign.simulate(point, why, self._engine)
        if run.status not in (Status.OK, Status.INFEASIBLE):
            raise SimulatorError(
                f"the run at {dict(point)} ended as '{run.status}': {run.message}; mend what it "
                "says"
            )
        told = Observation(
            run.query,
            point,
            run.values,
            run.sds,
            run.cost,
            Reason.PERSON,
            run.seconds,
            run.message,
        )
        self._growing.learn(told)
        return told

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()
            self._engine = None
