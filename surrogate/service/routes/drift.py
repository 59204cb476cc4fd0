"""Routes for design iterations: two campaigns compared, and a row of them followed."""

from typing import Annotated

from fastapi import APIRouter, Response
from fastapi import Query as Behind

from surrogate.service.gate import AnyHosted, AnyHouse, Reader, another
from surrogate.service.iterations import Slice, drift_bytes, timeline_body
from surrogate.service.wire_drift import CompareQuery, DriftBody, TimelineBody
from surrogate.typed import point_of

routes = APIRouter(tags=["iterations"])

_Level = Annotated[float | None, Behind(allow_inf_nan=False)]


@routes.get(
    "/campaigns/{name}/compare",
    responses={200: {"model": DriftBody}},
    response_class=Response,
)
def compare(
    house: AnyHouse, hosted: AnyHosted, caller: Reader, asked: Annotated[CompareQuery, Behind()]
) -> Response:
    """What changed from the campaign `with` to this one: its spots, and both maps on one grid."""
    before = another(house, caller, asked.other)
    view = Slice(asked.x, asked.y, point_of(tuple(asked.hold)))
    return Response(drift_bytes(before, hosted, view, asked.level), media_type="application/json")


@routes.get("/campaigns/{name}/timeline")
def timeline(
    house: AnyHouse,
    hosted: AnyHosted,
    caller: Reader,
    after: Annotated[list[str], Behind(max_length=20)] = [],  # noqa: B006
    level: _Level = None,
) -> TimelineBody:
    """Spots followed to this campaign through those `after` which it came, oldest first.

    Without any: through the campaigns that it descends from.
    """
    names = tuple(after) or hosted.campaign.descent
    return timeline_body([*(another(house, caller, name) for name in names), hosted], level)
