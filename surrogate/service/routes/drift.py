"""Routes for design iterations: two campaigns compared, and a row of them followed."""

from itertools import pairwise
from typing import Annotated, Any

from fastapi import APIRouter, Response
from fastapi import Query as Behind

from surrogate.answers.difference import between
from surrogate.answers.drift import Drift, find_drift
from surrogate.answers.ground import Side
from surrogate.answers.timeline import follow
from surrogate.service.access import Deed, refusal
from surrogate.service.gate import AnyCaller, AnyHosted, AnyHouse, House, Reader
from surrogate.service.library import Hosted
from surrogate.service.problems import Refusal
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
    before = _other(house, caller, asked.other)
    held = point_of(tuple(asked.hold))
    question = (asked.x, asked.y, tuple(sorted(held.items())))
    drift = _drift(before, hosted, asked.level)

    def made() -> bytes:
        chart = drift.map(asked.x, asked.y, **held)
        body = DriftBody.model_validate({**drift.to_json(), "map": chart.to_json()})
        return body.model_dump_json().encode()

    key = ("compare", *_key(before, hosted, drift.level), question)
    return Response(hosted.maps.answer(key, made), media_type="application/json")


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
    row = [*(_other(house, caller, name) for name in names), hosted]
    wanted = hosted.campaign.goal.level_or(level)
    found = follow([_drift(a, b, wanted) for a, b in pairwise(row)])
    return TimelineBody(**found.to_json())


def _other(house: House, caller: AnyCaller, name: str) -> Hosted:
    """Another campaign of the house, if the caller may read it."""
    if why := refusal(caller, Deed.READ, name):
        raise Refusal(403, why)
    return house.library.hosted(name)


def _drift(before: Hosted, after: Hosted, level: float | None) -> Drift:
    """What changed, made once for each pair of revisions."""
    wanted = after.campaign.goal.level_or(level)
    return after.maps.answer(
        ("drift", *_key(before, after, wanted)),
        lambda: find_drift(between(_side(before), _side(after)), wanted),
    )


def _key(before: Hosted, after: Hosted, level: float) -> tuple[Any, ...]:
    revisions = tuple(one.shelf.latest().revision for one in (before, after))
    return before.name, *revisions, level


def _side(hosted: Hosted) -> Side:
    """A campaign by the surrogate that is at hand."""
    book, campaign = hosted.shelf.latest(), hosted.campaign
    space, queries = campaign.drawable(), campaign.queries()
    return Side(
        hosted.name, space, book.fitted.surrogate, book.observations, queries, book.revision
    )
