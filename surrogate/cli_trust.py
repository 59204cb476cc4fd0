"""The command line's verbs that say how far to trust a campaign: quality, why."""

import click

from surrogate.cli_options import Place, as_json, opened, say, stored
from surrogate.cli_remote import Remote


@click.command()
@stored
@as_json
def quality(*, place: Place, as_json: bool) -> None:
    """How good the map is, measured on audit runs that it was not fitted to."""
    from surrogate.trust_tables import quality_json, quality_words

    if place.url:
        Remote(place, as_json).tell_of("quality")
        return
    with opened(place) as campaign:
        measured = campaign.quality(), campaign.edges(), campaign.status()
    say(quality_words(*measured), quality_json(*measured) if as_json else None)


@click.command()
@stored
@click.option("--query", type=click.IntRange(0), help="One query: what came, what else might have.")
@click.option(
    "--most",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    help="The last so many queries.",
)
@as_json
def why(*, place: Place, query: int | None, most: int, as_json: bool) -> None:
    """Why queries were asked: what each promised and gave, and which were redundant."""
    from surrogate.trust_tables import gains_json, gains_words, why_json, why_words

    if place.url:
        remote = Remote(place, as_json)
        if query is None:
            remote.tell_of("promises", most=most)
        else:
            remote.tell_of(f"why/{query}")
        return
    with opened(place) as campaign:
        if query is not None:
            one = campaign.why(query)
            say(why_words(campaign.space, one), why_json(one) if as_json else None)
            return
        found = campaign.gains(most)
    say(gains_words(found), gains_json(found) if as_json else None)
