"""Values again from what a service sent, so that words and pictures are the same from afar.

What is not sent stays out: constraints, and what only the simulator's own code knows.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from surrogate.answers.maps import Axis, Map, View
from surrogate.answers.spots import Example, Interval, Spot, Spots
from surrogate.answers.trust import Trust
from surrogate.backdrop import Arc, Backdrop, Label, Line
from surrogate.errors import PointError
from surrogate.goal import Goal, GoalKind
from surrogate.models.base import Prediction
from surrogate.outcome import Binary, Count, Number, Outcome
from surrogate.plots.sheet import Overlay
from surrogate.records import Observation, Query, QueryState, Reason, Status
from surrogate.session import Outlook
from surrogate.space import Categorical, Integer, Parameter, Real, Space
from surrogate.standing import CampaignStatus
from surrogate.store.base import Counts

Body = Mapping[str, Any]


def status_of(body: Body) -> CampaignStatus:
    """A campaign in numbers, from a `CampaignBody`."""
    notes = (*body["notes"], *([body["note"]] if body["note"] else []))
    return CampaignStatus(
        name=body["name"],
        goal=goal_of(body),
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


def goal_of(body: Body) -> Goal:
    """The goal of a `CampaignBody`."""
    return Goal(GoalKind(body["goal"]["kind"]), body["goal"]["level"])


def space_of(body: Body) -> Space:
    """The free parameters of a `CampaignBody`; raises `PointError` for a pool."""
    if body["pool"] is not None:
        raise PointError(f"campaign '{body['name']}' has items, not parameters; open its page")
    parameters = {one["name"]: _parameter(one) for one in body["parameters"]}
    return Space(parameters, pair=tuple(body["pair"]) if body["pair"] else None)


def _parameter(one: Body) -> Parameter:
    if one["kind"] == "categorical":
        return Categorical(tuple(one["choices"]), default=one["default"])
    low, high, unit = one["low"], one["high"], one["unit"]
    if one["kind"] == "integer":
        default = None if one["default"] is None else int(one["default"])
        return Integer(int(low), int(high), unit=unit, default=default)
    return Real(low, high, unit=unit, scale=one["scale"], default=one["default"])


def outcome_of(body: Body) -> Outcome:
    """The question of a `CampaignBody`, as far as words for it go."""
    told = body["outcome"]
    if told["kind"] == "number":
        return Number(told["name"], unit=told["unit"])
    return Count(told["name"], of=told["of"]) if told["kind"] == "count" else Binary(told["name"])


def prediction_of(read: Body) -> Prediction:
    """The response at points, from `Predictions`."""
    mean, lower, upper = (np.array(read[key], dtype=float) for key in ("mean", "lower", "upper"))
    return Prediction(mean, lower, upper, read["coverage"])


def query_of(body: Body) -> Query:
    """A query that was handed out."""
    return Query(body["query"], body["point"], body["seed"], Reason(body["reason"]), "")


def spots_of(body: Body) -> Spots:
    """Regions, from a `SpotsBody`."""
    spots = tuple(_spot(one) for one in body["spots"])
    is_above = body["side"] == "above"
    return Spots(spots, body["level"], is_above, body["specks"], body["least_share"], body["note"])


def _spot(one: Body) -> Spot:
    plain = {k: one[k] for k in ("rank", "share", "size", "unit", "centroid", "confidence", "runs")}
    ends = ("mean", "lower", "upper")
    return Spot(
        **plain,
        box={name: tuple(found) for name, found in one["box"].items()},
        peak=one["peak"]["point"],
        peak_response=Interval(*(one["peak"][end] for end in ends)),
        response=Interval(*(one["mean"][end] for end in ends)),
        example=Example(**one["example"]) if one["example"] else None,
    )


def map_of(campaign: Body, drawn: Body, level: float | None = None) -> Map:
    """A map that can be drawn, from a `MapBody` and its campaign's body.

    Its line is at the `level`; None: at the goal's.
    """
    mean, lower, upper = (np.array(drawn[key], dtype=float) for key in ("mean", "lower", "upper"))
    answers = drawn["answers"]
    x, y = _axis(drawn["x"]), _axis(drawn["y"]) if drawn["y"] else None
    line = goal_of(campaign).level if level is None else level
    averaged = tuple(drawn.get("averaged", ()))
    across, up = x.name, y.name if y else None
    return Map(
        outcome=outcome_of(campaign),
        x=x,
        y=y,
        mean=mean,
        lower=lower,
        upper=upper,
        above=None,
        allowed=np.array(drawn["allowed"], dtype=bool),
        answers=np.ones(mean.shape) if answers is None else np.array(answers, dtype=float),
        view=View(across, up, level=line, coverage=drawn["coverage"], averaged=averaged),
        held=drawn["held"],
        space=space_of(campaign),
        revision=drawn["revision"],
        trust=Trust(drawn["note"].startswith("Trustworthy"), drawn["note"]),
        intervals=drawn.get("intervals", ""),
        mean_error=drawn["mean_error"],
        interval_error=drawn["interval_error"],
    )


def overlay_of(campaign: Body, dots: Body) -> Overlay:
    """What lies over a map: the drawing, and the runs that were sent."""
    name, columns = campaign["outcome"]["name"], dots["columns"]
    observations = [
        Observation(
            query,
            {key: column[k] for key, column in columns.items()},
            {} if value is None else {name: value},
        )
        for k, (query, value) in enumerate(zip(dots["query"], dots["value"], strict=True))
    ]
    return Overlay(
        backdrop=_backdrop(campaign["backdrop"]) if campaign["backdrop"] else None,
        observations=observations,
        source=campaign["name"],
        units={one["name"]: one["unit"] for one in campaign["held"]},
    )


def _axis(body: Body) -> Axis:
    values = np.array(body["values"])
    return Axis(body["name"], body["unit"], values, body["low"], body["high"], body["scale"])


def _backdrop(body: Body) -> Backdrop:
    kinds: Mapping[str, Any] = {"line": Line, "arc": Arc, "label": Label}
    shapes = tuple(
        kinds[shape["kind"]](**{key: _fixed(shape[key]) for key in shape if key != "kind"})
        for shape in body["shapes"]
    )
    return Backdrop(body["across"], body["up"], shapes, body["title"])


def _fixed(value: Any) -> Any:
    """Lists as the tuples that shapes are made of."""
    return tuple(_fixed(one) for one in value) if isinstance(value, list) else value
