"""Campaigns compared, and followed in a row, by the surrogates at hand; kept by revision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from surrogate.answers.difference import between
from surrogate.answers.drift import Drift, find_drift
from surrogate.answers.ground import Side
from surrogate.answers.timeline import follow
from surrogate.service.library import Hosted
from surrogate.service.wire_drift import DriftBody, TimelineBody
from surrogate.space import Scalar


@dataclass(frozen=True)
class Slice:
    """Over which axes a comparison is drawn (None: the space's pair), what is held where."""

    x: str | None = None
    y: str | None = None
    held: Mapping[str, Scalar] = field(default_factory=dict)


def drift_bytes(before: Hosted, after: Hosted, view: Slice, level: float | None = None) -> bytes:
    """What changed as the JSON of a `DriftBody`, made once for each pair of revisions."""
    drift = _drift(before, after, level)

    def made() -> bytes:
        chart = drift.map(view.x, view.y, **view.held)
        body = DriftBody.model_validate({**drift.to_json(), "map": chart.to_json()})
        return body.model_dump_json().encode()

    question = (view.x, view.y, tuple(sorted(view.held.items())))
    key = ("compare", *_key(before, after, drift.level), question)
    return after.maps.answer(key, made)


def timeline_body(row: Sequence[Hosted], level: float | None = None) -> TimelineBody:
    """Spots followed through campaigns, oldest first; raises `PointError` for fewer than two."""
    wanted = row[-1].campaign.goal.level_or(level)
    found = follow([_drift(before, after, wanted) for before, after in pairwise(row)])
    return TimelineBody(**found.to_json())


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
