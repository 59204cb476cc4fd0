"""Answers as text for a terminal: points, sweet spots, status, queries."""

from collections.abc import Iterable, Sequence
from typing import Any

from surrogate.answers.items import Item, Items
from surrogate.answers.maps import response_words
from surrogate.answers.peak import Peak
from surrogate.answers.spots import Interval, Spot, Spots
from surrogate.models.base import Prediction
from surrogate.models.quality import error_in_words
from surrogate.outcome import Outcome
from surrogate.pool import Domain, Pool, item_word
from surrogate.records import Query
from surrogate.space import Array, Point, Scalar, Space
from surrogate.standing import CampaignStatus

Rows = Sequence[Sequence[str]]

_SHOWN = 20  # items listed on a terminal; the JSON has all
_IN_DOUBT = 5
_BLOCKS = "▁▂▃▄▅▆▇█"
_CURVE = 32  # characters of an error's course


def columns(header: Sequence[str], rows: Rows) -> str:
    """Rows under a header, each column as wide as its widest cell."""
    table = [tuple(header), *(tuple(row) for row in rows)]
    widths = [max(len(cell) for cell in column) for column in zip(*table, strict=True)]
    lines = [table[0], tuple("-" * width for width in widths), *table[1:]]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in lines
    )


def paragraphs(parts: Iterable[str]) -> str:
    """The parts that say anything, an empty line between them."""
    return "\n\n".join(filter(None, parts))


def point_words(space: Domain, point: Point) -> str:
    """A point's free parameters with their units, or its item as the pool calls it."""
    if isinstance(space, Pool):
        return f"{space.key} {item_word(point[space.key])}"
    told = (f"{name} {short(point[name])} {space.unit(name)}".rstrip() for name in space.names)
    return ", ".join(told)


def spots_words(space: Space, spots: Spots, response: str) -> str:
    """The sweet spots as a table, with what was left out of it."""
    there = f"the {response} is {'above' if spots.above else 'below'} {spots.level:g}"
    parts = [f"No region where {there}."]
    if spots:
        header = ("#", "size", "share", "mean", "peak", "replay")
        places = [f"{spot.rank}  {_place_words(space, spot)}" for spot in spots]
        table = columns(header, [_spot_row(spot) for spot in spots])
        parts = [f"Where {there}:", table, "\n".join(places), spots.note]
    if spots.specks:
        parts.append(f"{spots.specks} smaller than {100 * spots.least:g} % of the space left out.")
    return paragraphs(parts)


def items_words(found: Items, response: str, *, above: bool = True) -> str:
    """The items on one side of the level, and those in most doubt, as tables."""
    side = found.ranked(above=above)
    where = "above" if above else "below"
    parts = [
        f"{len(side)} of {len(found.items)} items have, more likely than not, a {response} {where} "
        f"{found.level:g}; {100 * found.wrong:.2g} % of all are expected on the wrong side."
    ]
    if side:
        parts.append(_items_table(side[:_SHOWN]))
    if doubt := found.in_doubt():
        parts += [f"Least sure of the {len(doubt)} not asked:", _items_table(doubt[:_IN_DOUBT])]
    return paragraphs([*parts, found.note])


def _items_table(items: Sequence[Item]) -> str:
    rows = [
        (
            item_word(item.name),
            interval_words(Interval(item.mean, item.lower, item.upper)),
            "" if item.seen is None else f"{item.seen:g}",
        )
        for item in items
    ]
    return columns(("item", "response (95 % interval)", "seen"), rows)


def peak_words(space: Domain, peak: Peak, outcome: Outcome) -> str:
    """The best point and the best run, in two sentences."""
    said = (
        f"The {response_words(outcome)} is {'lowest' if peak.lowest else 'highest'} at "
        f"{point_words(space, peak.point)}: "
        f"{peak.mean:.4g}, with 95 % between {peak.lower:.4g} and {peak.upper:.4g}."
    )
    if peak.kept < 1.0:
        said += f" It keeps all limits with a chance of {100 * peak.kept:.0f} %."
    return said if peak.value is None else f"{said}\nBest run: {peak.run}, {peak.value:.4g}."


def status_words(status: CampaignStatus) -> str:
    """A campaign in a few lines."""
    queries = " · ".join(f"{count} {state}" for state, count in status.counts.queries.items())
    runs = " · ".join(f"{count} {kind}" for kind, count in status.counts.runs.items())
    level = "" if status.goal.level is None else f" at {status.goal.level:g}"
    facts = [
        ("campaign", status.name),
        ("goal", f"{status.goal.kind}{level}"),
        ("queries", f"{queries or 'none yet'} (of {status.planned} planned)"),
        ("runs", runs or "none yet"),
        ("surrogate", f"revision {status.revision}" if status.revision else "not fitted yet"),
        ("expected error", error_in_words(*status.error) if status.error else ""),
        ("so far", blocks([error for _, error in status.outlook.history])),
        ("outlook", status.outlook.forecast),
        ("ended", status.ended),
    ]
    lines = [f"{name:<15} {words}" for name, words in facts if words]
    lines += [f"{count:>4} x  {message}" for message, count in status.failures.items()]
    lines += status.notes
    return "\n".join(lines)


def status_json(status: CampaignStatus) -> dict[str, Any]:
    """The same, JSON-able."""
    value, words = status.error or (None, None)
    return {
        "campaign": status.name,
        "goal": {"kind": str(status.goal.kind), "level": status.goal.level},
        "queries": {str(state): count for state, count in status.counts.queries.items()},
        "runs": {str(kind): count for kind, count in status.counts.runs.items()},
        "planned": status.planned,
        "revision": status.revision,
        "expected_error": {"value": value, "of": words},
        "history": [list(pair) for pair in status.outlook.history],
        "forecast": status.outlook.forecast,
        "ended": status.ended,
        "failures": dict(status.failures),
        "notes": list(status.notes),
    }


def blocks(errors: Sequence[float]) -> str:
    """The course of an error as blocks, its highest value a full one; "" for fewer than two."""
    some = errors[:: max(1, -(-len(errors) // _CURVE))]
    top = max(some, default=0.0)
    if len(some) < 2 or top <= 0:
        return ""
    last = len(_BLOCKS) - 1
    return "".join(_BLOCKS[round(last * error / top)] for error in some)


def queries_words(space: Domain, queries: Sequence[Query]) -> str:
    """Queries as a table."""
    rows = [
        (str(query.index), point_words(space, query.point), str(query.reason), query.why)
        for query in queries
    ]
    return columns(("query", "point", "reason", "why"), rows)


def queries_json(queries: Sequence[Query]) -> list[dict[str, Any]]:
    """The same, JSON-able."""
    return [
        {
            "query": query.index,
            "point": dict(query.point),
            "seed": query.seed,
            "reason": str(query.reason),
            "why": query.why,
            "gain": query.gain,
            "gain_unit": query.gain_unit,
        }
        for query in queries
    ]


def prediction_words(
    space: Domain,
    points: Sequence[Point],
    read: Prediction,
    chances: Array,
    notes: Sequence[str] = (),
) -> str:
    """Predictions as a table, and under it what is to be said of them.

    `chances` (n,) of an answer are shown where one of them is below 1.
    """
    header = ["point", f"response ({100 * read.coverage:g} % interval)", "chance of an answer"]
    shown = 3 if bool((chances < 1).any()) else 2
    rows = [
        (point_words(space, point), interval_words(value), f"{chance:.2f}")[:shown]
        for point, value, chance in zip(points, _intervals(read), chances, strict=True)
    ]
    return "\n".join([columns(header[:shown], rows), *notes])


def prediction_json(points: Sequence[Point], read: Prediction, chances: Array) -> dict[str, Any]:
    """The same, JSON-able."""
    return {
        "coverage": read.coverage,
        "predictions": [
            {"point": dict(point), **vars(value), "chance_of_answer": chance}
            for point, value, chance in zip(points, _intervals(read), chances.tolist(), strict=True)
        ],
    }


def interval_words(value: Interval) -> str:
    """A value with its interval: '0.42 (0.31..0.55)'."""
    return f"{value.mean:.2f} ({value.lower:.2f}..{value.upper:.2f})"


def _place_words(space: Space, spot: Spot) -> str:
    box = ", ".join(
        f"{name} {ends_words(ends)} {space.unit(name)}".rstrip() for name, ends in spot.box.items()
    )
    return f"within {box}; peaks at {point_words(space, spot.peak)}"


def _spot_row(spot: Spot) -> tuple[str, ...]:
    example = spot.example
    return (
        str(spot.rank),
        size_words(spot.size, spot.unit),
        f"{100 * spot.share:.2g} %",
        interval_words(spot.response),
        interval_words(spot.peak_response),
        f"query {example.query}" if example else "no run inside",
    )


def size_words(size: float, unit: str = "") -> str:
    """Three digits of a size, all of them from 1000 on, and its unit."""
    digits = f"{size:,.0f}" if abs(size) >= 1000 else f"{size:.3g}"
    return f"{digits} {unit}".rstrip()


def ends_words(ends: Sequence[Scalar], digits: int = 3) -> str:
    """A stretch of a parameter: "3.5..8" of numbers, "left or right" of choices."""
    if any(isinstance(end, str) for end in ends):
        return " or ".join(map(str, ends))
    return f"{ends[0]:.{digits}g}..{ends[-1]:.{digits}g}"


def short(value: Scalar) -> str:
    """Three digits of a number; a choice as it is."""
    return value if isinstance(value, str) else f"{value:.3g}"


def _intervals(read: Prediction) -> list[Interval]:
    triples = zip(read.mean.tolist(), read.lower.tolist(), read.upper.tolist(), strict=True)
    return [Interval(*triple) for triple in triples]
