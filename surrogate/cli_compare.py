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

    def afar(self, name: str) -> Place:
        """A campaign of the service."""
        return Place(None, None, name, self.url, self.token)

    def here(self, campaign: str) -> Place:
        """A plan's campaign, or with a store the one of that name in it."""
        plan, name = (campaign, None) if self.store is None else (None, campaign)
        return Place(plan, self.store, name)


@dataclass(frozen=True)
class _Pair(_Where):
    """The campaigns that are compared, as they were named."""

    before: str
    after: str | None

    def remote(self, *, as_json: bool) -> tuple[str, Remote]:
        """The earlier campaign's name, and the later one where the service has it."""
        own, after = self.afar(self.before), self.afar(self.after or self.before)
        remote = Remote(after, as_json)
        if self.after is not None:
            return own.campaign, remote
        if (parent := remote.client.status()["parent"]) is None:
            raise PlanError(_no_parent(own.campaign))
        return str(parent), remote

    @property
    def places(self) -> tuple[Place, Place]:
        """Where the two campaigns are; of one alone, its parent and itself."""
        own = self.here(self.before)
        if self.after is not None:
            return own, self.here(self.after)
        line = _ancestors(own)
        if len(line) < 2:
            raise PlanError(_no_parent(own.campaign))
        return line[-2], own


def _no_parent(name: str) -> str:
    return f"campaign '{name}' has no parent here; name another to compare"


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
@gathered(pair=_Pair, chart=Wish)
@click.option("--gate", is_flag=True, help="Judge the rules under [gate] in AFTER's plan.")
@click.option("--junit", type=click.Path(), help="With --gate: write a JUnit file here.")
@click.option("--out", type=click.Path(), help="A picture's file (png, svg, pdf).")
@as_json
def compare(
    *, pair: _Pair, chart: Wish, gate: bool, junit: str | None, out: str | None, as_json: bool
) -> int:
    """What changed from one campaign to another: sweet spots new, gone, moved, grew, shrank.

    BEFORE and AFTER are plans, or with --store or --url names of campaigns there. One alone is
    compared with its parent.

    With --gate the exit code is 0 where every rule passes, 4 where one fails, and 5 where none
    fails but too little is known of one; it then says how many more runs would decide.
    """
    from surrogate.shown import compared, gate_words, gated

    if pair.url:
        before, remote = pair.remote(as_json=as_json)
        if gate:  # by the rules that the service has of AFTER's plan
            return _CODES[remote.gate(before, junit)]
        remote.both("compare", out, **{"with": before}, **vars(chart))
        return OK
    places = pair.places
    with opened(places[0]) as first, opened(places[1]) as second:
        if gate:
            named = places[1].plan  # the rules of a plan as it is now, else as it was stored
            found = gated(first, second, plan_of(named).gate if named else second.gate)
            say(gate_words(found), found.to_json() if as_json else None)
            if junit:
                Path(junit).write_text(found.to_junit(), encoding="utf-8")
            return _CODES[str(found.ruling)]
        seen = compared(first, second, chart)
        say(seen.words, seen.to_json() if as_json else None)
        picture(places[1], out, "-compare.png", seen.write, as_json=as_json)
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
        Remote(where.afar(last), as_json).both("timeline", out, after=before, level=level)
        return
    places = [where.here(one) for one in campaigns]
    with ExitStack() as stack:
        if len(places) == 1:
            places = _ancestors(places[0])
        found = followed([stack.enter_context(opened(place)) for place in places], level)
    say(timeline_words(found), found.to_json() if as_json else None)
    picture(places[-1], out, "-timeline.png", partial(write_timeline, found), as_json=as_json)


def _ancestors(place: Place) -> list[Place]:
    """A campaign's line in its own store, oldest first, itself last."""
    with opened(place) as campaign:
        return [*(Place(None, place.location, name) for name in campaign.descent), place]
