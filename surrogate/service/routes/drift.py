"""Routes for design iterations: two campaigns compared, held to rules, a row of them followed."""

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query as Behind, Response
from pydantic_core import to_json

from surrogate.answers.timeline import Timeline
from surrogate.service.forms import Drawn, Level, forms, sent
from surrogate.service.gate import AnyHosted, AnyHouse, Reader, another
from surrogate.service.iterations import Comparison, timeline as followed
from surrogate.service.wire import SPOKEN
from surrogate.service.wire_answers import CompareQuery, DriftBody, GateBody
from surrogate.views import Cut

if TYPE_CHECKING:
    from matplotlib.figure import Figure

routes = APIRouter(tags=["iterations"])

_JUNIT = "application/xml"


@routes.get(
    "/campaigns/{name}/compare",
    responses=forms(DriftBody, drawn=True),
    response_class=Response,
)
def compare(
    house: AnyHouse, hosted: AnyHosted, caller: Reader, asked: Annotated[CompareQuery, Behind()]
) -> Response:
    """What changed from the campaign `with` to this one: its spots, and both maps on one grid."""
    found = Comparison(another(house, caller, asked.other), hosted, asked.level)
    view = Cut(asked.x, asked.y, tuple(sorted(asked.hold)))
    return sent(
        asked.form,
        lambda: found.body(view),
        lambda: found.shown(view).words,
        lambda: found.shown(view).drawn(),
    )


@routes.get(
    "/campaigns/{name}/gate",
    responses={
        200: {"model": GateBody, "content": {_JUNIT: {}, **forms(GateBody)[200]["content"]}}
    },
    response_class=Response,
)
def gate(
    house: AnyHouse,
    hosted: AnyHosted,
    caller: Reader,
    other: Annotated[str, Behind(alias="with", max_length=200, description="The campaign before.")],
    form: Annotated[
        Literal["json", "text", "junit"],
        Behind(alias="as", description=f"{SPOKEN} `junit`: as a file for a build server."),
    ] = "json",
) -> Response:
    """The rules under [gate] of this campaign's plan, beside the campaign `with`.

    `junit`: as a file for a build server.
    """
    from surrogate.shown import gate_words

    found = Comparison(another(house, caller, other), hosted).gate
    if form == "junit":
        return Response(found.to_junit(), media_type=_JUNIT)
    return sent(form, lambda: GateBody(**found.to_json()), lambda: gate_words(found))


@routes.get(
    "/campaigns/{name}/timeline",
    responses=forms(Timeline, drawn=True),
    response_class=Response,
)
def timeline(
    house: AnyHouse,
    hosted: AnyHosted,
    caller: Reader,
    after: Annotated[list[str], Behind(max_length=20, description="Those before it.")] = [],  # noqa: B006
    level: Level = None,
    form: Drawn = "json",
) -> Response:
    """Spots followed to this campaign through those `after` which it came, oldest first.

    Without any: through the campaigns that it descends from.
    """
    names = tuple(after) or hosted.campaign.descent
    found = followed([*(another(house, caller, name) for name in names), hosted], level)

    def words() -> str:
        from surrogate.shown import timeline_words  # draws: slow to import

        return timeline_words(found)

    def drawn() -> "Figure":
        from surrogate.plots.drift import draw_timeline

        return draw_timeline(found)

    return sent(form, lambda: to_json(found), words, drawn)
