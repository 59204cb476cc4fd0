"""The verb `label`: a person at a terminal is the oracle, asked item by item."""

from typing import TYPE_CHECKING, Any

import click

from surrogate.errors import SurrogateError

if TYPE_CHECKING:
    import numpy as np

    from surrogate.campaign import Campaign
    from surrogate.outcome import Outcome
    from surrogate.records import Query

_INKS = " .:-=+*#%@"  # from the least to the most
_WIDEST = 64  # characters of a picture
_FEW = 12  # columns of an item beyond which only its name and picture are shown


@click.command()
@click.argument("plan", type=click.Path())
@click.option("-n", "--count", type=click.IntRange(1), help="Answers wanted; default: the budget.")
def label(plan: str, *, count: int | None) -> None:
    """Answer a plan's queries yourself, one after the other; what is answered is kept at once."""
    from surrogate.campaign import Campaign
    from surrogate.plan import Plan

    loaded = Plan.load(plan)
    with Campaign.from_plan(loaded) as campaign:
        wanted = count or loaded.budget.runs - len(campaign.observations())
        given = _answered(campaign, wanted)
        click.echo(f"{given} answers recorded; the same command goes on, `spots` and `map` show")


def _answered(campaign: "Campaign", wanted: int) -> int:
    """Ask until so many answers are in, or the person or the pool has no more; how many came."""
    for given in range(wanted):
        queries = campaign.ask(1)
        if not queries:
            click.echo("nothing is left to ask")
            return given
        click.echo(f"\n{_shown(campaign, queries[0])}\n{queries[0].why}")
        try:
            if not _told(campaign, queries[0]):
                return given
        finally:
            campaign.give_back(queries[0])  # changes nothing for one that was answered
    return wanted


def _told(campaign: "Campaign", query: "Query") -> bool:
    """Take one answer, asking again for one that cannot be understood; False to stop."""
    from surrogate.typed import outcome_of

    while True:
        words = click.prompt(f"{campaign.outcome.name}? [{_choices(campaign.outcome)}, q to stop]")
        if words.strip().lower() in ("q", "quit"):
            return False
        try:
            campaign.tell(query, outcome_of(_LONG.get(words.strip().lower(), words)))
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


def _shown(campaign: "Campaign", query: "Query") -> str:
    """The point with its units; of an item its few columns, and its picture where there is one."""
    from surrogate.pool import Pool
    from surrogate.tables import point_words

    pool = campaign.simulator.space
    words = point_words(campaign.space, query.point)
    if not isinstance(pool, Pool):
        return words
    row = pool.row(query.point)
    hidden = {pool.key, pool.picture, *(outcome.name for outcome in campaign.outcomes)}
    few = {name: value for name, value in row.items() if name not in hidden and _is_one(value)}
    if 0 < len(few) <= _FEW:
        words += ": " + ", ".join(f"{name} {value}" for name, value in few.items())
    return f"{words}\n{drawn(row[pool.picture])}" if pool.picture else words


def _is_one(value: Any) -> bool:
    return getattr(value, "ndim", 0) == 0


def drawn(picture: "np.ndarray") -> str:
    """A grey picture (h, w) in characters, two a pixel, thinned where it is wide."""
    import numpy as np

    step = max(1, -(-picture.shape[1] * 2 // _WIDEST))
    grey = np.asarray(picture[::step, ::step], dtype=float)
    span = float(np.ptp(grey)) or 1.0
    inks = ((grey - grey.min()) / span * (len(_INKS) - 1)).round().astype(int)
    return "\n".join("".join(_INKS[ink] * 2 for ink in row).rstrip() for row in inks)
