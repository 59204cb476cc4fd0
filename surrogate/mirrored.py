"""Values again from what a service sent, so that words are the same from afar.

What is not sent stays out: constraints, items, and what only the simulator's own code knows.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from surrogate.declared import OutcomeTable, ParameterTable
from surrogate.goal import Goal, GoalKind
from surrogate.models.base import Prediction
from surrogate.outcome import Outcome
from surrogate.pool import Domain, Pool
from surrogate.records import Query, QueryState, Reason, Status
from surrogate.session import Outlook
from surrogate.space import Parameter, Space
from surrogate.standing import CampaignStatus
from surrogate.store.base import Counts
from surrogate.tables import prediction_json

Body = Mapping[str, Any]


def status_of(body: Body) -> CampaignStatus:
    """A campaign in numbers, from a `CampaignBody`."""
    said = [state_words(body)] if body["message"] else []
    notes = (*body["notes"], *said, *([body["note"]] if body["note"] else []))
    return CampaignStatus(
        name=body["name"],
        goal=Goal(GoalKind(body["goal"]["kind"]), body["goal"]["level"]),
        counts=Counts(
            {QueryState(k): count for k, count in body["queries"].items()},
            {Status(k): count for k, count in body["runs"].items()},
        ),
        planned=body["planned"],
        revision=body["revision"],
        error=None if body["error"] is None else (body["error"], body["error_of"]),
        failures=body["failures"],
        notes=tuple(dict.fromkeys(notes)),
        ended=body["ended"],
        outlook=Outlook(
            tuple((runs, error) for runs, error in body["history"]),
            body["error_of"],
            body["forecast"],
        ),
    )


def state_words(said: Body) -> str:
    """What a service does with a campaign, of a `CampaignBody` or a `RunningBody`."""
    paused = f"paused {said['paused']}" if said["paused"] else "at rest"
    return ": ".join(part for part in (said["running"] or paused, said["message"]) if part)


def domain_of(body: Body) -> Domain:
    """What the points of a `CampaignBody` are of: its parameters, or a pool, whose items stay where
    they are.
    """
    if body["pool"] is not None:
        return Pool((), np.empty((0, 0)), (), key=body["pool"]["key"])
    return Space({one["name"]: _parameter(one) for one in body["parameters"]})


def _parameter(one: Body) -> Parameter:
    keys = {key: one[key] for key in ("low", "high", "unit", "scale", "choices", "default")}
    return ParameterTable(**keys, whole=one["kind"] == "integer").parameter()


def outcome_of(body: Body) -> Outcome:
    """The question of a `CampaignBody`, as far as words for it go."""
    told = body["outcome"]
    return OutcomeTable(kind=told["kind"], unit=told["unit"], of=told["of"]).outcome(told["name"])


def predictions_of(campaign: Body, points: Sequence[Body], read: Body) -> dict[str, Any]:
    """The response at points as the command line has it, from `Predictions`."""
    domain = domain_of(campaign)
    whole = [one if isinstance(domain, Pool) else domain.complete(one) for one in points]
    mean, lower, upper = (np.array(read[key], dtype=float) for key in ("mean", "lower", "upper"))
    found = Prediction(mean, lower, upper, read["coverage"])
    return {
        "revision": read["revision"],
        "current": read["current"],
        **prediction_json(whole, found, np.array(read["answers"])),
    }


def query_of(body: Body) -> Query:
    """A query that was handed out."""
    return Query(body["query"], body["point"], body["seed"], Reason(body["reason"]), body["why"])
