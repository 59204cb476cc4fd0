"""The command line's verb that takes a campaign away: `surrogate export PLAN --as KIND`."""

from pathlib import Path

import click

from surrogate.cli_options import Place, gathered, opened, stored
from surrogate.cli_remote import Remote
from surrogate.exported import ENDINGS, export as exported
from surrogate.views import Cut


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
        said = Remote(place).export(kind, cut, file)
    else:
        with opened(place) as campaign:
            said = exported(campaign, kind, cut, file)
    click.echo(f"{said}\nwritten to {file}")
