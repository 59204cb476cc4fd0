"""The command line's verb that writes the page of a campaign as one file."""

from pathlib import Path

import click

from surrogate.cli_options import Place, stored


@click.command()
@stored
@click.option("--out", type=click.Path(), help="The file; default: beside the plan.")
def report(*, place: Place, out: str | None) -> None:
    """The page of a campaign as one HTML file, which opens without a service or a network."""
    from surrogate.clock import SystemClock
    from surrogate.pool import Pool
    from surrogate.service.library import Library
    from surrogate.service.report import report as written
    from surrogate.store.sql import open_store

    clock = SystemClock()
    library = Library(open_store(place.location, create=False), clock)
    try:
        hosted = library.hosted(place.campaign)
        is_pool = isinstance(hosted.campaign.space, Pool)  # whose items have no map to compare
        before = () if is_pool else hosted.campaign.descent
        text = written(hosted, clock, [library.hosted(name) for name in before])
    finally:
        library.close()
    file = Path(out) if out else place.beside("-report.html")
    file.write_text(text, encoding="utf-8")
    click.echo(f"report written to {file}")


report_verbs = (report,)
