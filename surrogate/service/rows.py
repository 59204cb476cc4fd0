"""What the ledger keeps, as answers: runs and queries, a run played again, earlier surrogates.

A revision is made again from the ledger with the hyper-parameters that it had, so nothing is
optimised. The steps of a history lie a power of two of revisions apart: those that were made once
are still wanted when more revisions have come, and are kept.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from surrogate.errors import PointError, UnknownName
from surrogate.oracle import Replayable
from surrogate.records import Query, Revision
from surrogate.service.library import Hosted
from surrogate.service.shelf import Book
from surrogate.service.wire_runs import (
    HistoryBody,
    QueriesBody,
    QueryLine,
    ReplayBody,
    RunBody,
    StepBody,
    StoppingBody,
)
from surrogate.standing import GAUGED_AT_MOST, ended_by_rule, gauge
from surrogate.store.book import read
from surrogate.store.pages import Line, Standing, query_numbered, revisions_at

MOST_STEPS = 24  # a slider's worth; each is one fit
_NOT_GAUGED = "not worked out for so many results"

Error = tuple[float | None, str]  # that a surrogate expects of its map, and what it is counted in
NO_ERROR: Error = (None, "")


def replay_body(hosted: Hosted, query: int, whose: Hosted | None = None) -> ReplayBody:
    """A query's run played again from its seed; of `whose`, as this campaign's version plays it.

    Raises `PointError` where the simulator can't, or knows a parameter that the other's run does
    not give; `UnknownName` where there is no such query.
    """
    campaign, source = hosted.campaign, whose or hosted
    simulator = campaign.simulator
    if not isinstance(simulator, Replayable):
        raise PointError(f"simulator '{simulator.name}' can't show a run again; read its values")
    asked = query_numbered(source.store.database, source.name, query)
    known = {name: value for name, value in asked.point.items() if name in campaign.space.names}
    point = asked.point if source is hosted else campaign.space.complete(known)
    shown = simulator.replay(point, asked.seed)
    tracks = {name: [list(place) for place in track] for name, track in shown.tracks.items()}
    return ReplayBody(tracks=tracks, fps=shown.fps, ending=shown.ending)


def queries_body(found: Iterable[Standing]) -> QueriesBody:
    """Queries with their states."""
    return QueriesBody(
        queries=[QueryLine(**_reasoned(one.query), state=one.state.value) for one in found]
    )


def run_body(line: Line) -> RunBody:
    """A run with its query."""
    run = line.run
    return RunBody(
        **_reasoned(line.query),
        number=line.number,
        attempt=run.attempt,
        status=run.status.value,
        seed=line.query.seed,
        values=dict(run.values),
        cost=run.cost,
        seconds=run.seconds,
        started=run.started,
        message=run.message,
        output=run.output,
        worker=run.worker,
        verdict=line.verdict.value if line.verdict else "",
    )


def _reasoned(query: Query) -> dict[str, Any]:
    return {
        "query": query.index,
        "point": dict(query.point),
        "reason": query.reason.value,
        "why": query.why,
        "gain": query.gain,
        "gain_unit": query.gain_unit,
    }


def stops(last: int) -> tuple[int, ...]:
    """Revisions up to `last` (from 1), at most `MOST_STEPS` and the last one, evenly spaced."""
    stride = 1
    while last > MOST_STEPS * stride:
        stride *= 2
    return (*range(stride, last, stride), last) if last else ()


def earlier(hosted: Hosted, number: int) -> Book:
    """The surrogate of a revision as it was; raises `UnknownName` where there is none such."""
    latest = hosted.shelf.latest()
    if number == latest.revision:
        return latest
    return hosted.past.answer(number, lambda: _restored(hosted, number, latest))


def error_of(hosted: Hosted, book: Book) -> Error:
    """The error that a surrogate expects of its map; `NO_ERROR` while it is not ready."""
    return gauge(hosted.campaign.learner, book.fitted) if book.fitted.ready else NO_ERROR


def history_body(hosted: Hosted) -> HistoryBody:
    """The steps with the error that each expected; made once for each revision."""
    book = hosted.shelf.latest()
    return hosted.maps.answer(("history", book.mark, book.current), lambda: _history(hosted, book))


def stopping_body(hosted: Hosted) -> StoppingBody:
    """How far the rules of [stop] are, as the ledger has it."""
    return StoppingBody(
        rules=list(hosted.campaign.stopping()),
        when=hosted.campaign.stops_when,
        ended=ended_by_rule(hosted.store, hosted.name),
    )


def next_queries(hosted: Hosted, count: int) -> tuple[Query, ...]:
    """What would be asked next beside all that is open; nothing is stored."""
    ledger, campaign = read(hosted.store, hosted.name), hosted.campaign
    book = hosted.shelf.latest()  # after the reading: what is told meanwhile is in one of the two
    asked, told = tuple(ledger.open), len(ledger.observations)
    question = ("next", book.mark, ledger.next_index, asked, told, count)
    return hosted.maps.answer(
        question,
        lambda: campaign.learner.ask(
            count,
            first=ledger.next_index,
            pending=ledger.pending,
            fitted=book.fitted,
            fruitless=tuple(ledger.fruitless.values()),
            observations=ledger.taught,
        ),
    )


def _restored(hosted: Hosted, number: int, latest: Book) -> Book:
    found = revisions_at(hosted.store.database, hosted.name, [number])
    if not found:
        raise UnknownName(f"campaign '{hosted.name}' has no revision {number}")
    seen = set(found[0].seen)
    known = tuple(one for one in latest.observations if one.query in seen)
    fitted = hosted.campaign.learner.restore(known, found[0])
    return Book(fitted, known, current=True, mark=("past", number))


def _history(hosted: Hosted, book: Book) -> HistoryBody:
    before = revisions_at(hosted.store.database, hosted.name, stops(book.revision)[:-1])
    revisions = [*before, book.fitted.revision]
    errors = [_error(hosted, one, book) for one in revisions]
    known = [set[int](), *(set(one.seen) for one in revisions)]
    steps = [
        StepBody(revision=one.number, joined=sorted(seen - last), runs=len(seen), error=error)
        for one, (last, seen), (error, _) in zip(revisions, pairwise(known), errors, strict=True)
    ]
    return HistoryBody(**book.standing, steps=steps, error_of=errors[-1][1])


def _error(hosted: Hosted, revision: Revision, latest: Book) -> Error:
    """What a revision expected its error to be; each is worked out once."""
    if len(latest.observations) > GAUGED_AT_MOST:
        return None, _NOT_GAUGED
    question = (revision.number, len(revision.seen))
    return hosted.errors.answer(
        question, lambda: error_of(hosted, earlier(hosted, revision.number))
    )
