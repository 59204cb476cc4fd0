"""The verb `label`: a person at a terminal is the oracle, asked item by item."""

from typing import TYPE_CHECKING, Any

import click

from surrogate.cli_options import Place, entered, stored
from surrogate.errors import SurrogateError

if TYPE_CHECKING:
    from surrogate.labelling import Labelled
    from surrogate.outcome import Outcome


@click.command()
@stored
@click.option("-n", "--count", type=click.IntRange(1), help="Answers wanted; default: the budget.")
def label(*, place: Place, count: int | None) -> None:
    """Answer a campaign's queries yourself, one after the other; an answer is kept at once."""
    from surrogate.labelling import Afar, Here

    if place.url:
        from surrogate.cli_remote import Remote

        given = _answered(Afar(Remote(place).client), count)
    else:
        with entered(place) as campaign:
            given = _answered(Here(campaign), count)
    click.echo(f"{given} answers recorded; the same command goes on, `spots` and `map` show")


def _answered(labelled: "Labelled", count: int | None) -> int:
    """Ask until so many answers are in, or the person or the pool has no more; how many came."""
    wanted = count or labelled.wanted
    for given in range(wanted):
        item = labelled.next()
        if item is None:
            click.echo("nothing is left to ask")
            return given
        click.echo(f"\n{item.shown}\n{item.why}")
        try:
            if not _told(labelled, item.query):
                return given
        finally:
            labelled.give_back(item.query)  # changes nothing for one that was answered
    return wanted


def _told(labelled: "Labelled", query: Any) -> bool:
    """Take one answer, asking again for one that cannot be understood; False to stop."""
    from surrogate.typed import outcome_of

    while True:
        words = click.prompt(f"{labelled.outcome.name}? [{_choices(labelled.outcome)}, q to stop]")
        if words.strip().lower() in ("q", "quit"):
            return False
        try:
            labelled.teller.tell(query, outcome_of(_LONG.get(words.strip().lower(), words)))
        except SurrogateError as problem:
            click.echo(str(problem))
        else:
            return True


_LONG = {"y": "yes", "n": "no", "s": "infeasible: skipped"}


def _choices(outcome: "Outcome") -> str:
    from surrogate.outcome import Binary, Count

    if isinstance(outcome, Binary):
        return "y, n, s to skip"
    return f"0..{outcome.of}, s to skip" if isinstance(outcome, Count) else "a number, s to skip"
