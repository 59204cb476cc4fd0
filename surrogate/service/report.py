"""A campaign's page as one file: the page's own modules, and the answers that they ask for.

The file needs no service and no network. What it can't hold (every value of every slider, every
threshold's sweet spots) the page says so of.

    question    [path, [[name, value], ...]] as JSON: what the page would have asked the service,
                its parameters sorted, without those of `_LEFT_OUT`
    answers     the service's answers as JSON, by question
"""

import base64
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

from pydantic_core import to_jsonable_python

from surrogate.clock import Clock
from surrogate.oracle import Replayable
from surrogate.outcome import Number
from surrogate.pool import Pool, item_word
from surrogate.records import QueryState
from surrogate.service.items import item_body, items_body
from surrogate.service.iterations import Comparison, timeline
from surrogate.service.library import Hosted
from surrogate.service.portrait import line_of, look
from surrogate.service.reading import (
    MOST_DOTS,
    Chart,
    axes,
    dots,
    map_bytes,
    quality_body,
    spots_bytes,
)
from surrogate.service.rows import (
    history_body,
    next_queries,
    queries_body,
    replay_body,
    run_body,
    stopping_body,
)
from surrogate.service.wire_runs import RunsBody
from surrogate.store.pages import Standing, Wanted, last_queries, query_lines, run_lines
from surrogate.store.service_tables import Opinions
from surrogate.views import Cut

PAGE = Path(__file__).parent / "page"
_LEFT_OUT = ("size", "most", "count", "state")  # as in the page's offline.js
_MOST_RUNS = 500  # of the table
_MOST_PAIRS = 10  # of axes
_MOST_REPLAYS = 12
_MOST_ITEMS = 24  # pictures on either side of the level, as many as the page shows
_SIZES = {"home": 128, "pair": 64, "past": 40}  # cells a side
_NEXT = 8
_LEVELS = tuple(k / 10 for k in range(1, 10))  # thresholds of a chance whose spots are told
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' data:; style-src 'unsafe-inline'; img-src data:"
)
_IMPORT = re.compile(r'(from |import\()"\./([a-z]+)\.js"')


@dataclass(frozen=True)
class Answer:
    """What the file answers to one question of the page."""

    path: str
    body: Any  # JSON-able by pydantic
    asked: tuple[tuple[str, str], ...] = ()

    @property
    def question(self) -> str:
        """Its key; see the module's glossary."""
        kept = sorted(pair for pair in self.asked if pair[0] not in _LEFT_OUT)
        whole = [self.path, [list(pair) for pair in kept]]
        return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def lineage(hosted: Hosted) -> tuple[str, ...]:
    """The campaigns that a report compares this one with, oldest first; of a pool none."""
    return () if isinstance(hosted.campaign.space, Pool) else hosted.campaign.descent


def report(hosted: Hosted, clock: Clock, descent: Sequence[Hosted] = ()) -> str:
    """The page of one campaign as HTML; raises `NotEnoughData` before there is a surrogate.

    `descent` are the campaigns that it comes from, oldest first: it is compared with the last, and
    its spots are followed through all of them.
    """
    hosted.shelf.latest()
    answers = {one.question: one.body for one in (*_answers(hosted), *_past(hosted, descent))}
    made = datetime.fromtimestamp(clock.now(), UTC).strftime("%Y-%m-%d %H:%M UTC")
    return page({"made": made, "answers": to_jsonable_python(answers)})


def page(bundle: dict[str, Any]) -> str:
    """The page with its modules and `bundle` inside it."""
    html = (PAGE / "index.html").read_text()
    style = (PAGE / "style.css").read_text()
    modules = {f"page/{path.stem}": _module(path) for path in sorted(PAGE.glob("*.js"))}
    head = (
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}" />\n'
        f"<style>\n{style}</style>\n"
        f'<script type="application/json" id="report">{_inert(bundle)}</script>\n'
        f'<script type="importmap">{_inert({"imports": modules})}</script>\n'
        '<script type="module">import "page/main";</script>\n'
    )
    html = re.sub(r'\s*<link rel="stylesheet"[^>]*>', "", html)
    html = re.sub(r'\s*<script type="module"[^>]*></script>', "", html)
    return html.replace("</head>", f"{head}</head>", 1)


def _module(path: Path) -> str:
    """A module as a link that carries it; what it imports is named in the file's import map."""
    text = _IMPORT.sub(r'\1"page/\2"', path.read_text())
    return "data:text/javascript;base64," + base64.b64encode(text.encode()).decode()


def _inert(value: Any) -> str:
    """JSON that ends no script element, whatever text it holds."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _answers(hosted: Hosted) -> Iterator[Answer]:
    store, name = hosted.store, hosted.name
    at = f"/campaigns/{name}"
    yield Answer("/campaigns", [line_of(store, store.campaign(name), store.counts(name), hosted)])
    yield Answer(at, look(hosted))
    yield Answer(f"{at}/quality", quality_body(hosted))
    yield Answer(f"{at}/history", history_body(hosted))
    yield Answer(f"{at}/stopping", stopping_body(hosted))
    yield from _queries(hosted, at)
    yield Answer(f"{at}/runs", _runs(hosted))
    if isinstance(hosted.campaign.space, Pool):
        yield from _items(hosted, at)
    else:
        yield Answer(f"{at}/dots", dots(hosted))
        yield from _maps(hosted, at)
        yield from _spots(hosted, at)


def _queries(hosted: Hosted, at: str) -> Iterator[Answer]:
    """Queries under way, those that would be asked next, and what each was expected to give."""
    store, name = hosted.store, hosted.name
    under = (QueryState.LEASED, QueryState.QUEUED)
    yield Answer(f"{at}/queries", queries_body(query_lines(store.database, name, under)))
    ahead = (Standing(one, QueryState.QUEUED) for one in next_queries(hosted, _NEXT))
    yield Answer(f"{at}/next", queries_body(ahead))
    yield Answer(f"{at}/gains", queries_body(last_queries(store.database, name, MOST_DOTS)))


def _runs(hosted: Hosted) -> RunsBody:
    lines = run_lines(hosted.store.database, hosted.name, Wanted(most=_MOST_RUNS))
    plain = [run_body(one).model_copy(update={"output": ""}) for one in lines]
    return RunsBody(runs=plain, next=None)


def _maps(hosted: Hosted, at: str) -> Iterator[Answer]:
    """The home's map, its past, and the maps of other pairs of axes; others at their defaults."""
    home, *pairs = _pairs(hosted)
    yield _map(hosted, at, Chart(*home, size=_SIZES["home"]))
    for step in history_body(hosted).steps[:-1]:
        yield _map(hosted, at, Chart(*home, size=_SIZES["past"], revision=step.revision))
    for pair in pairs[:_MOST_PAIRS]:
        yield _map(hosted, at, Chart(*pair, size=_SIZES["pair"]))


def _free(hosted: Hosted) -> tuple[str, ...]:
    """The parameters that a map may be drawn over; none of a pool."""
    if isinstance(hosted.campaign.space, Pool):
        return ()
    return tuple(hosted.campaign.drawable().names)


def _pairs(hosted: Hosted) -> list[tuple[str, str | None]]:
    """Pairs of axes, the home's first, as the page turns them where there is a drawing.

    One parameter is an axis alone; a pool has none.
    """
    if len(names := _free(hosted)) < 2:
        return [(name, None) for name in names]
    backdrop, pair = look(hosted).backdrop, axes(hosted)
    drawn = (backdrop["across"], backdrop["up"]) if backdrop else None
    home = (pair[0], pair[1]) if pair else (names[0], names[1])
    every = [home, *(pair for pair in combinations(names, 2) if set(pair) != set(home))]
    return [drawn if drawn and set(drawn) == set(pair) else pair for pair in every]


def _map(hosted: Hosted, at: str, chart: Chart) -> Answer:
    plain = {"x": chart.x, "y": chart.y, "revision": chart.revision}
    asked = tuple((key, str(value)) for key, value in plain.items() if value is not None)
    return Answer(f"{at}/map", json.loads(map_bytes(hosted, chart)), asked)


def _spots(hosted: Hosted, at: str) -> Iterator[Answer]:
    """Sweet spots of some thresholds, what people think of them, and the runs that they show."""
    campaign, seen = hosted.campaign, set[int]()
    own = campaign.goal.level
    chance = not isinstance(campaign.outcome, Number)
    levels = {*([] if own is None else [own]), *(_LEVELS if chance else ())}
    for level in sorted(levels):
        found = json.loads(spots_bytes(hosted, level, above=True))
        yield Answer(f"{at}/spots", found, (("level", f"{level:g}"),))
        seen |= {one["example"]["query"] for one in found["spots"] if one.get("example")}
    yield Answer(f"{at}/opinions", Opinions(hosted.store.database).of(hosted.name))
    if isinstance(campaign.simulator, Replayable):
        for query in sorted(seen)[:_MOST_REPLAYS]:
            yield Answer(f"{at}/replay/{query}", replay_body(hosted, query))


def _past(hosted: Hosted, descent: Sequence[Hosted]) -> Iterator[Answer]:
    """What became of the versions before: the last one compared, and all of them in a row."""
    x, y = next(iter(_pairs(hosted)), ("", None))
    if not descent or y is None or not all({x, y} <= set(_free(one)) for one in descent):
        return
    at, parent = f"/campaigns/{hosted.name}", descent[-1]
    found = json.loads(Comparison(parent, hosted).body(Cut(x, y)))
    yield Answer(f"{at}/compare", found, (("with", parent.name), ("x", x), ("y", y)))
    yield Answer(f"{at}/timeline", timeline([*descent, hosted]).to_json())
    for one in descent:
        yield Answer(f"/campaigns/{one.name}", look(one))
        yield _map(one, f"/campaigns/{one.name}", Chart(x, y, size=_SIZES["pair"]))
    yield from _played_on_both(parent, hosted, found["spots"])


def _played_on_both(
    before: Hosted, after: Hosted, spots: Sequence[dict[str, Any]]
) -> Iterator[Answer]:
    """A run of each side of each spot, as either version plays it."""
    if not all(isinstance(one.campaign.simulator, Replayable) for one in (before, after)):
        return
    sides = {"before": before, "after": after}
    shown = [
        (sides[side], run["query"])
        for one in spots
        for side in sides
        for run in one[side]["runs"][:1]
    ]
    for whose, query in dict.fromkeys(shown[:_MOST_REPLAYS]):
        for host in (before, after):
            asked = () if host is whose else (("of", whose.name),)
            played = replay_body(host, query, whose)
            yield Answer(f"/campaigns/{host.name}/replay/{query}", played, asked)


def _items(hosted: Hosted, at: str) -> Iterator[Answer]:
    """A pool's items as the page lists them, with their pictures."""
    found = items_body(hosted, None)
    yield Answer(f"{at}/items", found)
    for one in (*found.above[:_MOST_ITEMS], *found.doubtful[:_MOST_ITEMS]):
        name = item_word(one.item)
        yield Answer(f"{at}/item", item_body(hosted, name), (("item", name),))
