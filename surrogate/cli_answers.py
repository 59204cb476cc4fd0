"""The verbs that answer from a trained campaign: certify, verify, sensitivity, replay, tune; and
those that say how far to trust it: quality, why.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click

from surrogate.cli_options import (
    Place,
    as_json,
    at_level,
    entered,
    gathered,
    opened,
    picture,
    say,
    stored,
)
from surrogate.cli_remote import Remote, say_queued
from surrogate.errors import PointError


@click.command()
@stored
@at_level
@click.option("--below", is_flag=True, help="Hard spots: where the response is below the level.")
@click.option(
    "--tolerance",
    multiple=True,
    metavar="NAME=VALUE",
    help="How far an input may stray, in its unit; or one share of every range (default 0.05).",
)
@as_json
def certify(
    *,
    place: Place,
    level: float | None,
    below: bool,
    tolerance: tuple[str, ...],
    as_json: bool,
) -> None:
    """What is claimed of each spot, and how surely: size, core, rule, margin, robust centre."""
    from surrogate.answer_tables import certificates_words
    from surrogate.typed import tolerance_of

    if place.url:
        side = "below" if below else "above"
        Remote(place, as_json).tell_of("certificates", level=level, side=side, tolerance=tolerance)
        return
    with opened(place) as campaign:
        found = campaign.certificates(level, above=not below, tolerance=tolerance_of(tolerance))
        say(certificates_words(campaign.drawable(), found), found.to_json() if as_json else None)


@click.command()
@stored
@click.argument("spot", required=False)
@click.option(
    "--runs", type=click.IntRange(1), default=20, show_default=True, help="Runs to spend there."
)
@at_level
@click.option("--below", is_flag=True, help="A hard spot: where the response is below the level.")
@as_json
def verify(
    *,
    place: Place,
    spot: str | None,
    runs: int,
    level: float | None,
    below: bool,
    as_json: bool,
) -> None:
    """Spend runs inside a spot, drawn at random, and say what they make of its certificate.

    SPOT is its number, as `spots` and `certify` have it.
    """
    from surrogate.answer_tables import certificates_words
    from surrogate.told import ToldSimulator

    place, spot = place.or_word(spot)
    if spot is None or not spot.isdecimal() or int(spot) < 1:
        raise PointError(f"a spot's number, 1 or more, was expected, {spot or 'none'} came")
    if place.url:
        Remote(place, as_json).verify(int(spot), runs, level, above=not below)
        return
    with entered(place) as campaign:
        asked = campaign.verify(int(spot), runs=runs, level=level, above=not below)
        if isinstance(campaign.simulator, ToldSimulator):
            say_queued([query.index for query in asked], as_json=as_json)
            return
        click.echo(campaign.run(runs=len(campaign.queries())).message, err=True)
        found = campaign.certificates(level, above=not below)
        say(certificates_words(campaign.drawable(), found), found.to_json() if as_json else None)


@click.command()
@stored
@click.option("--out", type=click.Path(), help="A picture's file; default: <plan>-sensitivity.png.")
@as_json
def sensitivity(*, place: Place, out: str | None, as_json: bool) -> None:
    """Which inputs matter, alone and together; a picture of what each does."""
    from surrogate.answer_tables import sensitivity_words
    from surrogate.answers.maps import response_words
    from surrogate.plots.effects import draw_effects
    from surrogate.plots.figure import save

    if place.url:
        Remote(place, as_json).both("sensitivity", out)
        return
    with opened(place) as campaign:
        found, response = campaign.sensitivity(), response_words(campaign.outcome)
        title = f"{campaign.name}: what moves the {response}"
    say(sensitivity_words(found), found.to_json() if as_json else None)

    def write(file: Path) -> None:
        save(draw_effects(found, response, title), file)

    picture(place, out, "-sensitivity.png", write, as_json=as_json)


@click.command()
@stored
@click.option("--runs", type=click.IntRange(8), help="Of each rule; default: as many as were made.")
@click.option(
    "--repeats",
    type=click.IntRange(1),
    default=3,
    show_default=True,
    help="Campaigns of each rule.",
)
@as_json
def replay(*, place: Place, runs: int | None, repeats: int, as_json: bool) -> None:
    """How many runs choosing saved: this campaign's rule beside Sobol and random points, on
    surfaces drawn from its surrogate. Takes as long as so many campaigns without a simulator."""
    from surrogate.answer_tables import savings_words

    tell = partial(click.echo, err=True)
    if place.url:
        said = Remote(place).client.savings(runs=runs, repeats=repeats, told=tell)
        say(said["text"], said["answer"] if as_json else None)
        return
    with opened(place) as campaign:
        found = campaign.savings(runs=runs, repeats=repeats, told=tell)
    say(savings_words(found), found.to_json() if as_json else None)


@dataclass(frozen=True)
class _Change:
    """What a change of knobs is to do."""

    knob: tuple[str, ...]
    level: float | None
    below: bool
    most: float
    keep: float
    band: tuple[float, float] | None


@click.command()
@stored
@click.option("--knob", multiple=True, help="A parameter to set; default: the plan's `tune`.")
@click.option("--now", multiple=True, metavar="NAME=VALUE", help="Present values of knobs.")
@at_level
@click.option("--below", is_flag=True, help="Remove where the response is below the level.")
@click.option(
    "--most",
    type=click.FloatRange(0, 1),
    default=0.01,
    show_default=True,
    help="The share of the space that the spot may still have.",
)
@click.option(
    "--keep",
    type=click.FloatRange(0),
    default=0.05,
    show_default=True,
    help="By how much the overall rate may change.",
)
@click.option("--band", type=(float, float), help="Bring the overall rate between LOW and HIGH.")
@gathered(change=_Change)
@click.option("--confirm", is_flag=True, help="Spend the runs that test the answer.")
@as_json
def tune(
    *, place: Place, now: tuple[str, ...], change: _Change, confirm: bool, as_json: bool
) -> None:
    """The smallest change of design knobs that leaves no more than --most of the circumstances
    beyond the level, while the overall rate stays within --keep (or comes into --band)."""
    from surrogate.answer_tables import tuning_words
    from surrogate.answers.inverse import CONFIRMS, Wish
    from surrogate.typed import point_of

    if place.url:
        Remote(place, as_json).tune(change, point_of(now), confirm=confirm)
        return
    wish = Wish(change.knob, change.level, not change.below, change.most, change.keep, change.band)
    with entered(place) as campaign:
        found = campaign.tune(wish, point_of(now))
        if confirm:
            click.echo(f"{found.words} {len(found.confirm)} runs there test it.", err=True)
            campaign.confirm(found.confirm, CONFIRMS)
            click.echo(campaign.run(runs=len(campaign.queries())).message, err=True)
            found = campaign.tune(wish, point_of(now))
    say(tuning_words(found), found.to_json() if as_json else None)


@click.command()
@stored
@as_json
def quality(*, place: Place, as_json: bool) -> None:
    """How good the map is, measured on audit runs that it was not fitted to."""
    from surrogate.answer_tables import quality_json, quality_words

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
    from surrogate.answer_tables import gains_json, gains_words, why_json, why_words

    if place.url:
        remote = Remote(place, as_json)
        if query is None:
            remote.tell_of("promises", most=most)
        else:
            remote.tell_of(f"why/{query}")
        return
    with opened(place) as campaign:
        if query is None:
            found = campaign.gains(most)
            say(gains_words(found), gains_json(found) if as_json else None)
        else:
            one = campaign.why(query)
            say(why_words(campaign.space, one), why_json(one) if as_json else None)
