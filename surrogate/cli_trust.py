"""The command line's verbs that say how far to trust a campaign: quality, why."""

import click

from surrogate.cli_options import Place, as_json, opened, say, stored


@click.command()
@stored
@as_json
def quality(*, place: Place, as_json: bool) -> None:
    """How good the map is, measured on audit runs that it was not fitted to."""
    from surrogate.trust_tables import quality_json, quality_words

    with opened(place) as campaign:
        found, status = campaign.quality(), campaign.status()
    say(quality_words(found, status), quality_json(found, status) if as_json else None)


trust_verbs = (quality,)
