"""Routes that read a trained surrogate: points, maps, spots, runs, replays, export."""

import csv
import hashlib
import io
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Header, Query as Behind, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from surrogate.answers.datafile import cell
from surrogate.exported import ENDINGS, export as exported
from surrogate.records import QueryState
from surrogate.service.forms import Beyond, Level, Spoken, forms, sent
from surrogate.service.gate import AnyHosted, AnyHouse, Numbered, Reader, another
from surrogate.service.items import item_body, items_body
from surrogate.service.reading import (
    MOST_DOTS,
    Chart,
    dots,
    found_in,
    is_read_at_once,
    map_bytes,
    measured_words,
    pictured,
    predictions,
    predictions_words,
    quality_body,
    spots_bytes,
    spots_words,
)
from surrogate.service.rows import (
    history_body,
    next_queries,
    queries_body,
    replay_body,
    run_body,
    stopping_body,
)
from surrogate.service.wire_reading import (
    ChartQuery,
    Dots,
    ExportQuery,
    ItemBody,
    ItemsBody,
    MapBody,
    PeakBody,
    PredictBody,
    Predictions,
    QualityBody,
    SpotsBody,
)
from surrogate.service.wire_runs import (
    HistoryBody,
    QueriesBody,
    ReplayBody,
    RunsBody,
    RunsQuery,
    StoppingBody,
)
from surrogate.store.pages import Standing, Wanted, last_queries, query_lines, run_lines
from surrogate.views import Cut

routes = APIRouter(tags=["reading"])


@routes.post("/campaigns/{name}/predict", responses=forms(Predictions), response_class=Response)
async def predict(
    hosted: AnyHosted, caller: Reader, body: PredictBody, form: Spoken = "json"
) -> Response:
    """The response at points, with intervals."""
    answer = partial(
        sent,
        form,
        lambda: predictions(hosted, body.points, body.coverage),
        lambda: predictions_words(hosted, body.points, body.coverage),
    )
    if form == "json" and is_read_at_once(hosted, len(body.points)):
        return answer()
    return await run_in_threadpool(answer)


@routes.get("/campaigns/{name}/map", responses=forms(MapBody, drawn=True), response_class=Response)
def draw(hosted: AnyHosted, caller: Reader, asked: Annotated[ChartQuery, Behind()]) -> Response:
    """The surrogate over two parameters (or one), the others held or averaged.

    Of a pool, which has no axes, its items as a picture. How far a picture may be trusted is in
    the header `Surrogate-Said`, percent-encoded, and is what it is as text.
    """
    chart = Chart(
        asked.x,
        asked.y,
        tuple(sorted(asked.hold)),
        average=tuple(sorted(set(asked.average))),
        size=asked.size,
        coverage=asked.coverage,
        revision=asked.revision,
    )
    if asked.form == "json":
        return Response(map_bytes(hosted, chart), media_type="application/json")
    found = pictured(hosted, chart, asked.level)
    answer = sent(asked.form, bytes, lambda: found.note, lambda: found.drawn(hosted.name))
    answer.headers["Surrogate-Said"] = quote(found.note)
    return answer


@routes.get("/campaigns/{name}/spots", responses=forms(SpotsBody), response_class=Response)
def spots(
    hosted: AnyHosted,
    caller: Reader,
    level: Level = None,
    side: Beyond = "above",
    form: Spoken = "json",
) -> Response:
    """The regions above (or below) a level, best first.

    As text also the items of a pool, or, where the goal is the optimum and no level is asked for,
    the best point; see `items` and `peak`.
    """
    above = side == "above"
    return sent(
        form,
        lambda: spots_bytes(hosted, level, above=above),
        lambda: spots_words(hosted, level, above=above),
    )


@routes.get("/campaigns/{name}/peak")
def peak(hosted: AnyHosted, caller: Reader) -> PeakBody:
    """Where the response is best: highest, or lowest where the goal says so."""
    found = found_in(hosted, ("peak",), lambda reading: reading.peak())
    return PeakBody(**found.book.standing, **found.answer.to_json())


@routes.get("/campaigns/{name}/items")
def items(
    hosted: AnyHosted,
    caller: Reader,
    level: Level = None,
    every: Annotated[bool, Behind(description="Whether all items are listed too.")] = False,
) -> ItemsBody:
    """What the surrogate says of the items of a pool."""
    return items_body(hosted, level, every=every)


@routes.get(
    "/campaigns/{name}/item",
    responses={
        200: {"model": ItemBody},
        304: {"description": "as it was when it had that ETag"},
    },
    response_class=Response,
)
def item(
    hosted: AnyHosted,
    caller: Reader,
    which: Annotated[str, Behind(alias="item", max_length=200, description="Its name.")],
    known: Annotated[
        str | None,
        Header(alias="If-None-Match", max_length=1000, description="The ETag it had before."),
    ] = None,
) -> Response:
    """One item of a pool, with its picture; its answers are never told.

    Its ETag changes with it, so that a thumbnail is sent once.
    """
    body = item_body(hosted, which).model_dump_json().encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if known and tag in known:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


@routes.get("/campaigns/{name}/quality", responses=forms(QualityBody), response_class=Response)
def quality(hosted: AnyHosted, caller: Reader, form: Spoken = "json") -> Response:
    """What audit runs say of the map, each left out, in sentences and bins."""
    return sent(form, lambda: quality_body(hosted), lambda: measured_words(hosted))


@routes.get("/campaigns/{name}/dots")
def all_dots(hosted: AnyHosted, caller: Reader) -> Dots:
    """Runs as dots on a map."""
    return dots(hosted)


@routes.get("/campaigns/{name}/runs")
def runs(hosted: AnyHosted, caller: Reader, asked: Annotated[RunsQuery, Behind()]) -> RunsBody:
    """Runs with their queries, the latest first, in pages."""
    wanted = Wanted(asked.status, asked.reason, asked.query, asked.before, asked.most)
    lines = run_lines(hosted.store.database, hosted.name, wanted)
    more = lines[-1].number if len(lines) == asked.most else None
    return RunsBody(runs=[run_body(one) for one in lines], next=more)


@routes.get("/campaigns/{name}/queries")
def queries(
    hosted: AnyHosted,
    caller: Reader,
    state: Annotated[list[QueryState], Behind(description="Only these; none: all.")] = [],  # noqa: B006
    after: Annotated[int, Behind(ge=-1, lt=2**31, description="The last one of a page.")] = -1,
    most: Annotated[int, Behind(ge=1, le=500, description="How many at most.")] = 100,
) -> QueriesBody:
    """Queries by index, those in some states; the last one's index `after` is the next page's."""
    return queries_body(
        query_lines(hosted.store.database, hosted.name, state, after=after, most=most)
    )


@routes.get("/campaigns/{name}/history")
def history(hosted: AnyHosted, caller: Reader) -> HistoryBody:
    """How the surrogate came to be: earlier revisions, for `map`, each with its expected error."""
    return history_body(hosted)


@routes.get("/campaigns/{name}/stopping")
def stopping(hosted: AnyHosted, caller: Reader) -> StoppingBody:
    """How each rule of the plan's [stop] came on: curves, and why it would stop now."""
    return stopping_body(hosted)


@routes.get("/campaigns/{name}/next")
def preview(
    hosted: AnyHosted,
    caller: Reader,
    count: Annotated[int, Behind(ge=1, le=64, description="How many.")] = 8,
) -> QueriesBody:
    """What would be asked next and why, beside all that is open; nothing is asked by it."""
    return queries_body(Standing(one, QueryState.QUEUED) for one in next_queries(hosted, count))


@routes.get("/campaigns/{name}/gains")
def gains(hosted: AnyHosted, caller: Reader) -> QueriesBody:
    """The last queries with what each was expected to give."""
    return queries_body(last_queries(hosted.store.database, hosted.name, MOST_DOTS))


@routes.get("/campaigns/{name}/replay/{query}")
def replay(
    house: AnyHouse,
    hosted: AnyHosted,
    caller: Reader,
    query: Numbered,
    of: Annotated[
        str | None, Behind(max_length=200, description="Another campaign, whose query it is.")
    ] = None,
) -> ReplayBody:
    """A query's run as a moving picture, played again from its seed.

    With `of` it is a query of that campaign, played as this one's version plays it.
    """
    return replay_body(hosted, query, another(house, caller, of) if of else None)


@routes.get(
    "/campaigns/{name}/report",
    responses={200: {"content": {"text/html": {}}}},
    response_class=Response,
)
def report(house: AnyHouse, hosted: AnyHosted, caller: Reader) -> Response:
    """The page as one HTML file, which opens without a service or a network."""
    from surrogate.service.report import lineage, report as written

    whole = written(hosted, house.clock, [another(house, caller, name) for name in lineage(hosted)])
    return Response(
        whole,
        media_type="text/html; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="report.html"'},
    )


@routes.get(
    "/campaigns/{name}/export",
    responses={200: {"content": {"application/octet-stream": {}}}},
    response_class=Response,
)
def export(hosted: AnyHosted, caller: Reader, asked: Annotated[ExportQuery, Behind()]) -> Response:
    """The campaign as a file to take away, as `surrogate export` writes it.

    What is to be said of it is in the header `Surrogate-Said`, percent-encoded.
    """
    cut, ending = Cut(asked.x, asked.y, tuple(asked.hold)), ENDINGS[asked.kind]
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"campaign{ending}"
        said = exported(hosted.reading(), asked.kind, cut, file)
        whole = file.read_bytes()
    return Response(
        whole,
        media_type="application/octet-stream",
        headers={
            "Surrogate-Said": quote(said),
            "Content-Disposition": f'attachment; filename="campaign{ending}"',
        },
    )


@routes.get("/campaigns/{name}/export.csv", response_class=StreamingResponse)
def export_runs(hosted: AnyHosted, caller: Reader) -> StreamingResponse:
    """Every run as CSV: its point, what it gave, and how it went."""
    database, names = hosted.store.database, hosted.campaign.space.names
    outcomes = [outcome.name for outcome in hosted.campaign.outcomes]
    head = ["query", "attempt", "status", "reason", *names, *outcomes, "cost", "seconds", "seed"]

    def rows() -> Any:
        yield _csv_row([*head, "verdict", "message"])
        before: int | None = None
        while page := run_lines(database, hosted.name, Wanted(before=before, most=500)):
            for one in page:
                run, query = one.run, one.query
                yield _csv_row(
                    [
                        *(run.query, run.attempt, run.status.value, query.reason.value),
                        *(query.point.get(name, "") for name in names),
                        *(run.values.get(name, "") for name in outcomes),
                        *(run.cost, run.seconds, query.seed, one.verdict or "", run.message),
                    ]
                )
            before = page[-1].number

    return StreamingResponse(
        rows(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="runs.csv"'},
    )


def _csv_row(cells: list[Any]) -> str:
    """One line."""
    line = io.StringIO()
    csv.writer(line).writerow(map(cell, cells))
    return line.getvalue()
