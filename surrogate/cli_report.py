"""The command line's verb that writes the page of a campaign as one file."""

from contextlib import closing
from pathlib import Path

import click

from surrogate.cli_options import Place, stored
from surrogate.cli_remote import Remote, written


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
