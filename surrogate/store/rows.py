"""Records as rows of the ledger, and back."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from surrogate.records import (
    Annotation,
    Event,
    Lineage,
    Observation,
    Query,
    QueryState,
    Reason,
    Revision,
    Run,
    Sentinel,
    Status,
    Verdict,
)
from surrogate.store.base import CampaignRecord, Lease

Row = Mapping[Any, Any]

_SHORT = 200  # letters in the schema's short columns


def campaign_of(row: Row) -> CampaignRecord:
    """The campaign of a row."""
    return CampaignRecord(
        name=row["name"],
        plan=row["plan"],
        identity=row["identity"],
        version=row["version"],
        created=row["created"],
        lineage=_lineage_of(row["lineage"]),
        question=row["question"],
    )


def campaign_values(record: CampaignRecord) -> dict[str, Any]:
    """A new row of the campaigns' table."""
    return {
        "name": record.name,
        "plan": dict(record.plan),
        "identity": record.identity,
        "version": record.version,
        "created": record.created,
        "parent": record.parent,
        "lineage": None if record.lineage is None else asdict(record.lineage),
        "question": None if record.question is None else dict(record.question),
    }


def _lineage_of(told: Mapping[str, Any] | None) -> Lineage | None:
    if told is None:
        return None
    return Lineage(**{**told, "sentinels": tuple(Sentinel(**one) for one in told["sentinels"])})


def query_row(stamp: Row, query: Query, state: QueryState, lease: Lease | None) -> dict[str, Any]:
    """A new row of the queries' table; `stamp` is its campaign's (`statements.campaign_stamp`).

    With a `lease` it is leased, whatever the `state`.
    """
    state = QueryState.LEASED if lease else state
    return {
        **stamp,
        "number": query.index,
        "point": dict(query.point),
        "seed": query.seed,
        "reason": query.reason.value,
        "why": query.why,
        "gain": query.gain,
        "gain_unit": query.gain_unit,
        "revision": query.revision,
        "pending": list(query.pending),
        "effort": query.effort,
        "state": state.value,
        "attempt": int(state is QueryState.LEASED),
        "worker": lease.worker if lease else None,
        "expires": lease.expires if lease else None,
    }


def query_of(row: Row) -> Query:
    """The query of a row."""
    return Query(
        index=row["number"],
        point=row["point"],
        seed=row["seed"],
        reason=Reason(row["reason"]),
        why=row["why"],
        gain=row["gain"],
        gain_unit=row["gain_unit"],
        revision=row["revision"],
        pending=tuple(row["pending"]),
        effort=row["effort"],
    )


def run_row(query: Row, run: Run) -> dict[str, Any]:
    """A new row of the runs' table; `query` is its query's row."""
    return {
        "query": query["id"],
        "campaign": query["campaign"],
        "attempt": run.attempt,
        "lost": run.status is Status.LOST,
        "status": run.status.value,
        "values": dict(run.values),
        "sds": dict(run.sds),
        "cost": run.cost,
        "detail": dict(run.detail),
        "message": _legible(run.message),
        "output": _legible(run.output),
        "exit_code": run.exit_code,
        "started": run.started,
        "seconds": run.seconds,
        "worker": _legible(run.worker)[:_SHORT],
        "host": _legible(run.host)[:_SHORT],
        "version": run.version,
    }


def run_of(row: Row) -> Run:
    """The run of a row joined with its query's `number`."""
    return Run(
        query=row["number"],
        attempt=row["attempt"],
        status=Status(row["status"]),
        values=row["values"],
        sds=row["sds"],
        cost=row["cost"],
        detail=row["detail"],
        message=row["message"],
        output=row["output"],
        exit_code=row["exit_code"],
        started=row["started"],
        seconds=row["seconds"],
        worker=row["worker"],
        host=row["host"],
        version=row["version"],
    )


def annotation_row(query: Row, annotation: Annotation) -> dict[str, Any]:
    """A new row of the annotations' table; `query` is its query's row."""
    return {
        "query": query["id"],
        "kind": annotation.verdict.value,
        "who": _legible(annotation.who)[:_SHORT],
        "at": annotation.at,
        "why": _legible(annotation.why),
        "values": dict(annotation.values),
        "sds": dict(annotation.sds),
    }


def annotation_of(row: Row) -> Annotation:
    """The annotation of a row joined with its query's `number`."""
    return Annotation(
        query=row["number"],
        verdict=Verdict(row["kind"]),
        who=row["who"],
        at=row["at"],
        why=row["why"],
        values=row["values"],
        sds=row["sds"],
    )


def event_row(query: Row, annotation: Annotation) -> dict[str, Any]:
    """A new row of the events' table, which says that a person spoke of a query."""
    return {
        "campaign": query["campaign"],
        "at": annotation.at,
        "kind": annotation.verdict.value,
        "text": _legible(f"query {annotation.query} by {annotation.who}: {annotation.why}"),
    }


def event_of(row: Row) -> Event:
    """The event of a row."""
    return Event(row["at"], row["kind"], row["text"])


def observation_of(query: Query, run: Run, said: Annotation | None) -> Observation:
    """What a finished query taught: its run's values, or a person's correction of them."""
    told: Run | Annotation = run
    declined = run.message
    if said is not None and said.verdict is Verdict.CORRECTED:
        told, declined = said, said.why
    return Observation(
        query=query.index,
        point=query.point,
        values=told.values,
        sds=told.sds,
        cost=run.cost,
        reason=query.reason,
        seconds=run.seconds,
        message="" if told.values else declined,
    )


def revision_of(row: Row) -> Revision:
    """The revision of a row."""
    return Revision(row["number"], tuple(row["seen"]), row["recipe"], row["hyperparameters"])


def _legible(said: str) -> str:
    """What a simulator said, without what no database keeps as text: NUL, half a character."""
    return said.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
