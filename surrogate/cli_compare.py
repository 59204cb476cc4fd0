"""The command line's verbs for design iterations: compare and timeline."""

from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click

from surrogate.cli_options import (
    GATE_FAILED,
    GATE_UNKNOWN,
    OK,
    Place,
    as_json,
    at_level,
    gathered,
    opened,
    picture,
    plan_of,
    say,
    together,
)
from surrogate.cli_remote import Remote
from surrogate.errors import PlanError
from surrogate.views import Wish

_CODES = {"pass": OK, "fail": GATE_FAILED, "unknown": GATE_UNKNOWN}


@dataclass(frozen=True)
class _Where:
    """Where campaigns are that are given by name."""

    store: str | None
    url: str | None
    token: str | None


@dataclass(frozen=True)
class _Pair(_Where):
    """The campaigns that are compared, as they were named."""

    before: str
    after: str | None

    def remote(self, *, as_json: bool) -> tuple[str, Remote]:
        """The earlier campaign's name, and the later one where the service has it."""
        own, after = self._afar(self.before), self._afar(self.after or self.before)
        remote = Remote(after, as_json)
        if self.after is not None:
            return own.campaign, remote
        if (parent := remote.client.status()["parent"]) is None:
            raise PlanError(_no_parent(own.campaign))
        return str(parent), remote

    def _afar(self, name: str) -> Place:
        return Place(None, None, name, self.url, self.token)

    @property
    def places(self) -> tuple[Place, Place]:
        """Where the two campaigns are; of one alone, its parent and itself."""
        own = place_of(self.before, self.store)
        if self.after is not None:
            return own, place_of(self.after, self.store)
        line = _ancestors(own)
        if len(line) < 2:
            raise PlanError(_no_parent(own.campaign))
        return line[-2], own


@dataclass(frozen=True)
class _Gate:
    """Whether rules are judged, and where a JUnit file goes."""

    gate: bool
    junit: str | None


def _no_parent(name: str) -> str:
    return f"campaign '{name}' has no parent here; name another to compare"


def place_of(campaign: str, store: str | None) -> Place:
    """A campaign named on the command line: a plan, or with a store a name in it."""
    return Place(campaign, None, None) if store is None else Place(None, store, campaign)


# The ways to say where several campaigns are that are given by name.
in_store = together(
    click.option("--store", help="A store's; campaigns are then names in it."),
    click.option("--url", help="A service's; campaigns are then names there."),
    click.option("--token", help="For that service; default: SURROGATE_TOKEN."),
)


@click.command()
@click.argument("before")
@click.argument("after", required=False)
@in_store
@click.option("--x", help="The parameter along one axis of the picture.")
@click.option("--y", help="The parameter along the other axis.")
@click.option("--hold", multiple=True, metavar="NAME=VALUE", help="Where others are held.")
@at_level
@gathered(pair=_Pair, chart=Wish, gate=_Gate)
@click.option("--gate", is_flag=True, help="Judge the rules under [gate] in AFTER's plan.")
@click.option("--junit", type=click.Path(), help="With --gate: write a JUnit file here.")
@click.option("--out", type=click.Path(), help="A picture's file (png, svg, pdf).")
@as_json
def compare(*, pair: _Pair, chart: Wish, gate: _Gate, out: str | None, as_json: bool) -> int:
    """What changed from one campaign to another: sweet spots new, gone, moved, grew, shrank.

    BEFORE and AFTER are plans, or with --store or --url names of campaigns there. One alone is
    compared with its parent.

    With --gate the exit code is 0 where every rule passes, 4 where one fails, and 5 where none
    fails but too little is known of one; it then says how many more runs would decide.
    """
    from surrogate.shown import compared, gate_words, gated

    if pair.url:
        return _compared_afar(pair, chart, gate, out, as_json=as_json)
    places = pair.places
    with opened(places[0]) as first, opened(places[1]) as second:
        if gate.gate:
            named = places[1].plan  # the rules of a plan as it is now, else as it was stored
            found = gated(first, second, plan_of(named).gate if named else second.gate)
            say(gate_words(found), found.to_json() if as_json else None)
            if gate.junit:
                Path(gate.junit).write_text(found.to_junit(), encoding="utf-8")
            return _CODES[str(found.ruling)]
        seen = compared(first, second, chart)
        say(seen.words, seen.to_json() if as_json else None)
        picture(places[1], out, "-compare.png", seen.write, as_json=as_json)
    return OK


def _compared_afar(pair: _Pair, chart: Wish, gate: _Gate, out: str | None, *, as_json: bool) -> int:
    """The same with a service's campaigns; the rules are those that it has of AFTER's plan."""
    before, remote = pair.remote(as_json=as_json)
    if gate.gate:
        return _CODES[remote.gate(before, gate.junit)]
    remote.both("compare", out, **{"with": before}, **vars(chart))
    return OK


@click.command()
@click.argument("campaigns", nargs=-1, required=True)
@in_store
@gathered(where=_Where)
@at_level
@click.option("--out", type=click.Path(), help="A picture's file (png, svg, pdf).")
@as_json
def timeline(
    campaigns: tuple[str, ...],
    *,
    where: _Where,
    level: float | None,
    out: str | None,
    as_json: bool,
) -> None:
    """Size and strength of each sweet spot, from iteration to iteration.

    CAMPAIGNS are plans, or with --store or --url names there, oldest first. One alone stands for
    itself and all those that it descends from.
    """
    from surrogate.shown import followed, timeline_words, write_timeline

    if where.url:
        *before, last = campaigns
        remote = Remote(Place(None, None, last, where.url, where.token), as_json)
        remote.both("timeline", out, after=before, level=level)
        return
    places = [place_of(one, where.store) for one in campaigns]
    with ExitStack() as stack:
        if len(places) == 1:
            places = _ancestors(places[0])
        found = followed([stack.enter_context(opened(place)) for place in places], level)
    say(timeline_words(found), found.to_json() if as_json else None)
    picture(places[-1], out, "-timeline.png", partial(write_timeline, found), as_json=as_json)


def _ancestors(place: Place) -> list[Place]:
    """A campaign's line in its own store, oldest first, itself last."""
    with opened(place) as campaign:
        names = campaign.descent
    return [*(Place(None, place.location, name) for name in names), place]
