"""The command line's verbs that read a campaign, status, predict, map and spots, and those that
take it away as a file: `surrogate export PLAN --as KIND`, report.
"""

from contextlib import closing
from pathlib import Path

import click

from surrogate.cli_options import Place, as_json, at_level, gathered, opened, say, stored
from surrogate.cli_remote import Remote, written
from surrogate.errors import PointError
from surrogate.exported import ENDINGS, export as exported
from surrogate.views import Chart, Cut


@click.command()
@stored
@as_json
def status(*, place: Place, as_json: bool) -> None:
    """How far a campaign is, in numbers."""
    from surrogate.tables import status_json, status_words

    if place.url:
        from surrogate.mirrored import status_of

        found = status_of(Remote(place).client.status())
    else:
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


@click.command()
@stored
@click.option(
    "--as", "kind", type=click.Choice(list(ENDINGS)), required=True, help="What to write."
)
@click.option("--x", help="A table's or map's first parameter; default: all numbers, or the pair.")
@click.option("--y", help="Its second parameter.")
@click.option("--hold", multiple=True, metavar="NAME=VALUE", help="Where others are held.")
@gathered(cut=Cut)
@click.option("--out", type=click.Path(), help="The file; default: beside the plan.")
def export(*, place: Place, kind: str, cut: Cut, out: str | None) -> None:
    """Take a campaign away: the surrogate as a portable map, a lookup table (npz, CSV, C) or an
    ONNX graph; the runs as CSV or Parquet; a map for xarray (netCDF) or as a picture."""
    file = Path(out) if out else place.beside(ENDINGS[kind])
    if place.url:
        whole, said = Remote(place).client.export(kind, x=cut.x, y=cut.y, hold=list(cut.hold))
        written(file, whole)
    else:
        with opened(place) as campaign:
            said = exported(campaign, kind, cut, file)
    click.echo(f"{said}\nwritten to {file}")


@click.command()
@stored
@click.option("--out", type=click.Path(), help="The file; default: beside the plan.")
def report(*, place: Place, out: str | None) -> None:
    """The page of a campaign as one HTML file, which opens without a service or a network."""
    file = Path(out) if out else place.beside("-report.html")
    written(file, Remote(place).client.report() if place.url else _page(place))
    click.echo(f"report written to {file}")


def _page(place: Place) -> bytes:
    """The file of a store's campaign."""
    from surrogate.clock import SystemClock
    from surrogate.service.library import Library
    from surrogate.service.report import lineage, report
    from surrogate.store.sql import open_store

    clock = SystemClock()
    with closing(Library(open_store(place.location, create=False), clock)) as library:
        hosted = library.hosted(place.campaign)
        before = [library.hosted(name) for name in lineage(hosted)]
        return report(hosted, clock, before).encode()
