"""The command line's verbs for design iterations: compare."""

from dataclasses import dataclass
from pathlib import Path

import click

from surrogate.cli_options import Place, as_json, at_level, gathered, opened, say


@dataclass(frozen=True)
class _Chart:
    """What the picture of a comparison is asked to show."""

    x: str | None
    y: str | None
    hold: tuple[str, ...]
    level: float | None


def place_of(campaign: str, store: str | None) -> Place:
    """A campaign named on the command line: a plan, or with a store a name in it."""
    return Place(campaign, None, None) if store is None else Place(None, store, campaign)


in_store = click.option("--store", help="A store's path or URL; A and B are then names in it.")


@click.command()
@click.argument("before")
@click.argument("after")
@in_store
@click.option("--x", help="The parameter along one axis of the picture.")
@click.option("--y", help="The parameter along the other axis.")
@click.option("--hold", multiple=True, metavar="NAME=VALUE", help="Where others are held.")
@at_level
@gathered(chart=_Chart)
@click.option("--out", type=click.Path(), help="A picture's file (png, svg, pdf).")
@as_json
def compare(
    before: str, after: str, *, store: str | None, chart: _Chart, out: str | None, as_json: bool
) -> None:
    """What changed from one campaign to another: sweet spots new, gone, moved, grew, shrank.

    BEFORE and AFTER are plans, or with --store names of campaigns in it.
    """
    from surrogate.compared import Wish, compared

    places = [place_of(one, store) for one in (before, after)]
    wish = Wish(**vars(chart))
    with opened(places[0]) as first, opened(places[1]) as second:
        found = compared(first, second, wish)
        say(found.words, found.to_json() if as_json else None)
        if out or not as_json:
            file = Path(out) if out else places[1].beside("-compare.png")
            found.write(file)
            click.echo(f"picture written to {file}", err=as_json)


comparing_verbs = (compare,)
