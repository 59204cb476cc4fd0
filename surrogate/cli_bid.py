"""The command line's verbs for a campaign that runs, here or elsewhere: pause, resume, stop."""

import click

from surrogate.cli_keep import user
from surrogate.cli_options import Place, opened, stored
from surrogate.cli_remote import Remote

by = click.option("--who", help="Your name; default: this account's.")


@click.command()
@stored
@by
def pause(*, place: Place, who: str | None) -> None:
    """Have a campaign begin nothing more, wherever it runs; running simulations finish."""
    if place.url:
        Remote(place).bid("pause")
        return
    with opened(place) as campaign:
        campaign.pause(who or user())
    click.echo("paused: running simulations finish; `surrogate resume` goes on")


@click.command()
@stored
@by
def resume(*, place: Place, who: str | None) -> None:
    """Have a campaign that was paused go on."""
    if place.url:
        Remote(place).bid("resume")
        return
    with opened(place) as campaign:
        campaign.resume(who or user())
    click.echo("whoever runs it goes on; where nobody does: surrogate run")


@click.command()
@stored
@by
def stop(*, place: Place, who: str | None) -> None:
    """Have whoever runs a campaign end, after running simulations; said again, at once."""
    if place.url:
        Remote(place).bid("stop")
        return
    with opened(place) as campaign:
        campaign.stop(who or user())
    click.echo("whoever runs it stops after running simulations; say it again to end those too")


bidding_verbs = (pause, resume, stop)
