"""The command line's verbs for a campaign that runs, here or elsewhere: pause, resume, stop."""

import click

from surrogate.cli_keep import user
from surrogate.cli_options import Place, opened, stored
from surrogate.cli_remote import Remote


def _bidding(verb: str, purpose: str, said: str) -> click.Command:
    """The command of a bid: what its help says that it is for, and what is said once it is made."""

    @click.command(verb, help=purpose)
    @stored
    @click.option("--who", help="Your name; default: this account's.")
    def bidden(*, place: Place, who: str | None) -> None:
        if place.url:
            Remote(place).bid(verb)
            return
        with opened(place) as campaign:
            bids = {"pause": campaign.pause, "resume": campaign.resume, "stop": campaign.stop}
            bids[verb](who or user())
        click.echo(said)

    return bidden


bidding_verbs = (
    _bidding(
        "pause",
        "Have a campaign begin nothing more, wherever it runs; running simulations finish.",
        "paused: running simulations finish; `surrogate resume` goes on",
    ),
    _bidding(
        "resume",
        "Have a campaign that was paused go on.",
        "whoever runs it goes on; where nobody does: surrogate run",
    ),
    _bidding(
        "stop",
        "Have whoever runs a campaign end, after running simulations; said again, at once.",
        "whoever runs it stops after running simulations; say it again to end those too",
    ),
)
