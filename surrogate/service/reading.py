"""Answers of the surrogate at hand, made once for each revision: maps, spots, quality, tuning."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic

from pydantic_core import to_json

from surrogate.answer_tables import quality_json, quality_words
from surrogate.answers.inverse import Tuning, Wish
from surrogate.answers.maps import Map, default_view, make_map
from surrogate.answers.sensitivity import influences
from surrogate.campaign import Campaign
from surrogate.errors import NotEnoughData, PointError
from surrogate.models.base import Marginal, voice
from surrogate.pool import Pool
from surrogate.readings import Readings
from surrogate.records import QueryState
from surrogate.service.health import at_edges, bins_of, lights, remarks
from surrogate.service.library import Hosted
from surrogate.service.rows import NO_ERROR, Error, earlier, error_of
from surrogate.service.shelf import Book, Made
from surrogate.service.wire import QueryPoint
from surrogate.service.wire_answers import TuneBody
from surrogate.service.wire_reading import (
    Dots,
    MapBody,
    Predictions,
    QualityBody,
    SpotsBody,
)
from surrogate.space import Point
from surrogate.standing import warnings_of
from surrogate.store.pages import last_queries
from surrogate.tables import prediction_words
from surrogate.typed import point_of
from surrogate.views import Chart as Wanted

if TYPE_CHECKING:
    from surrogate.shown import Picture

_GLANCE = 24  # cells a side of the map that a campaign's note is read from
_AT_ONCE = 4000  # points times runs that are known: 1 to 4 ms of reading
_MOST_FAILED = 500
MOST_DOTS = 2000  # more are a haze on a screen


@dataclass(frozen=True)
class Chart(Wanted):
    """Which map, and how sure; with a `revision` as that surrogate saw it."""

    coverage: float = 0.95
    revision: int | None = None


def predictions(hosted: Hosted, points: Sequence[Point], coverage: float) -> Predictions:
    """The response at points."""
    book = hosted.shelf.latest()
    surrogate = _shown(hosted, book)
    units = hosted.campaign.space.encode(points)
    read = surrogate.predict(units, coverage)
    return Predictions(
        **book.standing,
        coverage=coverage,
        mean=read.mean.tolist(),
        lower=read.lower.tolist(),
        upper=read.upper.tolist(),
        answers=book.fitted.beside.chance(units).tolist(),
        intervals=voice(surrogate),
        notes=list(_notes(hosted, book)),
    )


def predictions_words(hosted: Hosted, points: Sequence[Point], coverage: float) -> str:
    """The same in the command line's words."""
    book, space = hosted.shelf.latest(), hosted.campaign.space
    units = space.encode(points)
    read, chances = _shown(hosted, book).predict(units, coverage), book.fitted.beside.chance(units)
    whole = [space.complete(point) for point in points]
    return prediction_words(space, whole, read, chances, _notes(hosted, book))


def is_read_at_once(hosted: Hosted, points: int) -> bool:
    """Whether to read so many points takes less than to hand them to a thread."""
    book = hosted.shelf.at_hand
    if book is None or points * len(book.observations) > _AT_ONCE:
        return False
    return all(hosted.maps.has((part, book.mark)) for part in ("shown", "notes"))


def _shown(hosted: Hosted, book: Book) -> Marginal:
    """The surrogate with the intervals that people are shown, made once for each revision."""
    return hosted.maps.answer(("shown", book.mark), lambda: hosted.reading(book).shown())


def _notes(hosted: Hosted, book: Book) -> tuple[str, ...]:
    """What to know of the surrogate beside its numbers, made once for each revision."""
    return hosted.maps.answer(("notes", book.mark), lambda: hosted.reading(book).notes())


def map_bytes(hosted: Hosted, chart: Chart) -> bytes:
    """A map as the JSON of a `MapBody`, made once for each revision, but for its first key."""
    past = chart.revision
    book = hosted.shelf.latest() if past is None else earlier(hosted, past)
    rest = hosted.maps.answer(("map", book.mark, chart), lambda: _map_json(hosted, book, chart))
    return b'{"current":%s,%s' % (b"true" if book.current else b"false", rest)


def pictured(hosted: Hosted, chart: Chart, level: float | None) -> "Picture":
    """A map, or the items of a pool, as the command line draws them, with the line at a level.

    Raises `PointError` where a pool is asked for axes.
    """
    from surrogate.shown import picture  # draws: slow to import

    book = None if chart.revision is None else earlier(hosted, chart.revision)
    return picture(hosted.reading(book), replace(chart, level=level))


def spots_bytes(hosted: Hosted, level: float | None, *, above: bool) -> bytes:
    """Sweet (or hard) spots as the JSON of a `SpotsBody`, made once for each revision."""
    book, wanted = hosted.shelf.latest(), hosted.campaign.level(level)

    def made() -> bytes:
        found = hosted.reading(book).sweet_spots(wanted, above=above)
        body = SpotsBody(**found.to_json(), **book.standing)
        return body.model_dump_json().encode()

    return hosted.maps.answer(("spots", book.mark, book.current, wanted, above), made)


def spots_words(hosted: Hosted, level: float | None, *, above: bool) -> str:
    """Regions, items of a pool, or the best point, in the command line's words."""
    from surrogate.shown import sides  # draws: slow to import

    return sides(hosted.reading(), level, above=above)[0]


def glance(hosted: Hosted) -> tuple[str, Error]:
    """Whether the map can be trusted yet, in a sentence, and the error that it expects."""
    try:
        book = hosted.shelf.latest()
    except NotEnoughData as problem:
        return str(problem), NO_ERROR
    error = hosted.maps.answer(("error", book.mark), lambda: error_of(hosted, book))
    return _note_of(hosted, book), error


def _note_of(hosted: Hosted, book: Book) -> str:
    """Whether the map can be trusted yet, in a sentence; '' for a pool."""
    if isinstance(hosted.campaign.space, Pool):
        return ""
    chart = Chart(level=hosted.campaign.goal.level, size=_GLANCE)
    return hosted.maps.answer(("note", book.mark), lambda: _drawn(hosted, book, chart).note)


def quality_body(hosted: Hosted) -> QualityBody:
    """How far the map may be trusted, made once for each revision."""
    book = hosted.shelf.latest()
    return hosted.maps.answer(("quality", book.mark, book.current), lambda: _quality(hosted, book))


def measured_words(hosted: Hosted) -> str:
    """The same in the command line's words."""
    reading = hosted.reading()
    return quality_words(reading.quality(), reading.edges(), reading.status())


def _quality(hosted: Hosted, book: Book) -> QualityBody:
    learner = hosted.campaign.learner
    found = learner.quality(book.observations, book.fitted)
    warned = warnings_of(hosted.store, hosted.name)
    reading = hosted.reading(book)
    known = lights(glance(hosted)[0], found, warned, hosted.store.counts(hosted.name))
    edges = reading.edges()
    return QualityBody(
        **book.standing,
        lights=[*known, *at_edges(edges), *remarks(book.fitted, learner)],
        bins=bins_of(found),
        **quality_json(found, edges, reading.status()),
    )


def dots(hosted: Hosted) -> Dots:
    """Runs that the surrogate knows; the latest, where there are more than a screen can show."""
    book = hosted.shelf.latest()
    name, names = hosted.campaign.outcome.name, hosted.campaign.drawable().names
    shown = book.observations[-MOST_DOTS:]
    lost = last_queries(hosted.store.database, hosted.name, _MOST_FAILED, (QueryState.GIVEN_UP,))
    return Dots(
        **book.standing,
        columns={key: [one.point[key] for one in shown] for key in names},
        value=[one.values.get(name) for one in shown],
        reason=[one.reason.value for one in shown],
        query=[one.query for one in shown],
        total=len(book.observations),
        failed=[QueryPoint(query=one.query.index, point=dict(one.query.point)) for one in lost],
    )


def _drawn(hosted: Hosted, book: Book, chart: Chart) -> Map:
    space = hosted.campaign.drawable()
    wanted = replace(
        default_view(space, chart.level, chart.x, chart.y),
        held=point_of(chart.hold),
        averaged=chart.average,
        size=chart.size,
        coverage=chart.coverage,
        sketched=True,
    )
    return make_map(
        _shown(hosted, book),
        space,
        wanted,
        observations=book.observations,
        revision=book.revision,
        beside=book.fitted.beside,
    )


def _map_json(hosted: Hosted, book: Book, chart: Chart) -> bytes:
    """The JSON of a `MapBody` without its bracket and its key `current`, which come first."""
    found = _drawn(hosted, book, chart)
    declined = book.fitted.beside.feasibility
    plain = found.to_json()
    body = {
        **{key: plain[key] for key in plain if key in MapBody.model_fields},
        "answers": plain["answers"] if declined.region else None,
        "declines": declined.reason,
        "caption": found.caption(units_of(hosted.campaign)),
        "note": _note_of(hosted, book),
    }
    return to_json(body)[1:]


def axes(hosted: Hosted) -> list[str] | None:
    """The two parameters to begin a map with: the space's own pair, else the most influential.

    None where there are no two to choose, or nothing is known yet.
    """
    space = hosted.campaign.space
    if isinstance(space, Pool) or len(space.names) < 2:
        return None
    if space.pair or len(space.names) == 2:
        return list(space.pair or space.names)
    try:
        book = hosted.shelf.latest()
    except NotEnoughData:
        return None
    ranked = hosted.maps.answer(
        ("influences", book.mark), lambda: influences(book.fitted.surrogate, space)
    )
    return list(ranked)[:2]


def units_of(campaign: Campaign) -> dict[str, str]:
    """Every parameter's unit by its name, held ones too."""
    whole = campaign.simulator.space
    return {name: whole.unit(name) for name in whole.names}


@dataclass(frozen=True)
class Found(Generic[Made]):
    """An answer, and the surrogate that it is of."""

    book: Book
    answer: Made


def tuning(hosted: Hosted, body: TuneBody) -> Found[Tuning]:
    """What to tune; raises `PointError` for half a band."""
    if (body.low is None) != (body.high is None):
        raise PointError("one end of the band came, two go together; give both, or neither")
    band = None if body.low is None or body.high is None else (body.low, body.high)
    hosted.campaign.level(body.level)
    wish = Wish(tuple(body.knobs), body.level, body.above, body.most, body.keep, band)
    now = tuple(sorted(body.now.items()))
    return found_in(hosted, ("tune", wish, now), lambda reading: reading.tune(wish, dict(now)))


def found_in(
    hosted: Hosted, question: tuple[object, ...], make: Callable[[Readings], Made]
) -> Found[Made]:
    """What `make` reads off the surrogate at hand; the same for the same question."""
    book = hosted.shelf.latest()
    key = (*question, book.mark)
    return Found(book, hosted.maps.answer(key, lambda: make(hosted.reading(book))))
