"""What the ledger keeps, as answers: runs, queries, and a run played again."""

from collections.abc import Iterable
from typing import Any

from surrogate.errors import PointError
from surrogate.oracle import Replayable
from surrogate.records import Query
from surrogate.service.library import Hosted
from surrogate.service.wire_runs import QueriesBody, QueryLine, ReplayBody, RunBody
from surrogate.store.pages import Line, Standing, query_numbered


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
    lines = [QueryLine(**_reasoned(one.query), state=one.state.value) for one in found]
    return QueriesBody(queries=lines)


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
