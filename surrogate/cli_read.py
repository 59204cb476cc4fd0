"""The command line's verbs that read a campaign: status, predict, map, spots."""

from pathlib import Path

import click

from surrogate.cli_options import Place, as_json, at_level, gathered, opened, say, stored
from surrogate.cli_remote import Remote
from surrogate.errors import PointError
from surrogate.views import Chart


@click.command()
@stored
@as_json
def status(*, place: Place, as_json: bool) -> None:
    """How far a campaign is, in numbers."""
    from surrogate.tables import status_json, status_words

    if place.url:
        Remote(place, as_json).status()
        return
    with opened(place) as campaign:
        found = campaign.status()
    say(status_words(found), status_json(found) if as_json else None)


@click.command()
@stored
@click.option("--at", "at", multiple=True, metavar="NAME=VALUE", help="One point, name by name.")
@click.option("--points", type=click.Path(), help="A JSON file with a list of points; - is stdin.")
@as_json
def predict(*, place: Place, at: tuple[str, ...], points: str | None, as_json: bool) -> None:
    """Read the surrogate at points: value with interval."""
    from surrogate.tables import prediction_json, prediction_words
    from surrogate.typed import point_of, points_of

    if bool(points) == bool(at):
        raise PointError(
            "no point came, or two: give --at NAME=VALUE for each name, or --points FILE"
        )
    wanted = points_of(points) if points else [point_of(at)]
    if place.url:
        Remote(place, as_json).predict(wanted)
        return
    with opened(place) as campaign:
        read, fitted = campaign.predict(wanted), campaign.trained()[0]
        chances = fitted.beside.chance(campaign.space.encode(wanted))
        whole = [campaign.space.complete(point) for point in wanted]
        text = prediction_words(campaign.space, whole, read, chances, campaign.notes())
    say(text, prediction_json(whole, read, chances) if as_json else None)


@click.command("map")
@stored
@click.option("--x", help="The parameter along one axis; default: the simulator's own pair.")
@click.option("--y", help="The parameter along the other axis.")
@click.option("--hold", multiple=True, metavar="NAME=VALUE", help="Where others are held.")
@click.option("--average", multiple=True, metavar="NAME", help="What is averaged, not held.")
@click.option(
    "--size",
    type=click.IntRange(8, 1024),
    default=128,
    show_default=True,
    help="Points along each axis.",
)
@at_level
@gathered(chart=Chart)
@click.option("--beside", metavar="RECIPE", help="Another surrogate, such as svm, drawn beside it.")
@click.option("--out", type=click.Path(), help="A picture's file (png, svg, pdf).")
@as_json
def draw(*, place: Place, chart: Chart, beside: str | None, out: str | None, as_json: bool) -> None:
    """The surrogate over two parameters, as a picture or as JSON."""
    from surrogate.shown import picture, write_pictures

    if place.url:
        Remote(place, as_json).draw(chart, out, beside)
        return
    with opened(place) as campaign:
        others = [campaign.read_by(beside)] if beside else []
        found = [picture(one, chart) for one in (campaign, *others)]
        if as_json:
            say("", found[0].content)
        if out or not as_json:
            file = Path(out) if out else place.beside("-map.png")
            write_pictures(found, file)
            click.echo(f"{found[0].note}\nmap written to {file}", err=as_json)


@click.command()
@stored
@at_level
@click.option("--below", is_flag=True, help="Hard spots: where the response is below the level.")
@as_json
def spots(*, place: Place, level: float | None, below: bool, as_json: bool) -> None:
    """The regions above a level, with a run to replay; a pool's items; or the best point."""
    from surrogate.shown import sides

    if place.url:
        Remote(place, as_json).spots(level, above=not below)
        return
    with opened(place) as campaign:
        text, found = sides(campaign, level, above=not below)
    say(text, found if as_json else None)
