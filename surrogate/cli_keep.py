"""The command line's verbs for what is there: pause, resume, stop; exclude, restore, correct,
retry; doctor, backup. `cli` gathers them; nothing heavy is imported before a verb needs it.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from surrogate.cli_options import Place, existing, gathered, opened, stored, together, user
from surrogate.cli_remote import Remote
from surrogate.errors import PlanError, StoreError

if TYPE_CHECKING:
    from surrogate.store.amend import Word

_SERIOUS = 2  # exit code of `doctor` when results or their counts are at stake


@dataclass(frozen=True)
class _Said:
    """Who says it, and why."""

    who: str | None
    why: str

    def word(self) -> "Word":
        """The word, said now."""
        from surrogate.store.amend import Word

        return Word(self.who or user(), self.why, time.time())

    @property
    def afar(self) -> str:
        """The reason, as a service is told it; it knows who says it by their token."""
        if self.who is not None:
            raise PlanError("a service keeps the name of your token: leave --who or --url out")
        return self.why


_reasoned = together(
    click.option("--why", required=True, help="The reason, kept with it."),
    click.option("--who", help="Your name; default: this account's."),
    gathered(said=_Said),
)
_queries = click.option(
    "--query", "queries", type=int, multiple=True, required=True, help="Its number; repeatable."
)


@click.command()
@stored
@_reasoned
@_queries
def exclude(*, place: Place, said: _Said, queries: tuple[int, ...]) -> None:
    """Learn nothing from some results any more; they stay in the store."""
    done = _named(_amended("exclude", place, said, queries))
    click.echo(f"excluded {done}; `surrogate run` or any reading verb follows")


@click.command()
@stored
@_reasoned
@_queries
def restore(*, place: Place, said: _Said, queries: tuple[int, ...]) -> None:
    """Have results be again what the simulator gave."""
    click.echo(f"restored {_named(_amended('restore', place, said, queries))}")


def _amended(verb: str, place: Place, said: _Said, queries: tuple[int, ...]) -> tuple[int, ...]:
    """Exclude or restore results; gives those for which that is news."""
    from surrogate.store import amend

    if place.url:
        client = Remote(place).client
        act_afar = client.exclude if verb == "exclude" else client.restore
        return tuple(one for query in queries for one in act_afar(query, said.afar)["queries"])
    act = amend.exclude if verb == "exclude" else amend.restore
    with existing(place) as store:
        return act(store, place.campaign, queries, said.word())


@click.command()
@stored
@_reasoned
@click.option("--query", type=int, required=True, help="Its number.")
@click.option("--to", required=True, help="true, false, a number, value,sd, or infeasible:REASON.")
def correct(*, place: Place, said: _Said, query: int, to: str) -> None:
    """Have a result be something else than the simulator gave; what it gave stays in the store."""
    from surrogate.campaign import Campaign
    from surrogate.store.amend import correct, reading_of
    from surrogate.typed import outcome_of

    outcome = outcome_of(to)
    if place.url:
        Remote(place).client.correct(query, outcome, said.afar)
    else:
        with existing(place) as store:
            reading = reading_of(outcome, Campaign.on(store, place.campaign).outcomes)
            correct(store, place.campaign, query, reading, said.word())
    click.echo(f"corrected query {query}")


@click.command()
@stored
@_reasoned
@click.option(
    "--class", "kind", type=click.Choice(["error", "timeout", "lost"]), help="Only these."
)
@click.option("--like", default="", help="Only failures whose message contains this.")
def retry(*, place: Place, said: _Said, kind: str | None, like: str) -> None:
    """Queue once more what was given up after it failed."""
    from surrogate.records import Status
    from surrogate.store.amend import retry

    if place.url:
        moved = tuple(Remote(place).client.retry(said.afar, status=kind, like=like)["queries"])
    else:
        with existing(place) as store:
            status = Status(kind) if kind else None
            moved = retry(store, place.campaign, said.word(), status=status, like=like)
    click.echo(f"queued again: {_named(moved)}" + ("; `surrogate run` goes on" if moved else ""))


@click.command()
@stored
@click.option("--mend", is_flag=True, help="Put queries into the states that their runs say.")
def doctor(*, place: Place, mend: bool) -> int:
    """Examine a store, and say what is wrong and how to mend it. Exit code 2: it is serious."""
    from surrogate.store import doctor

    if mend:
        with existing(place):
            doctor.mend(place.location)
    found = doctor.examine(place.location, now=time.time())
    for one in found:
        click.echo(f"{'serious' if one.serious else 'note':<8} {one.text}")
    if not found:
        click.echo("the store is in order")
    return _SERIOUS if any(one.serious for one in found) else 0


@click.command()
@stored
@click.option("--out", type=click.Path(), required=True, help="The copy's file.")
def backup(*, place: Place, out: str) -> None:
    """Copy a store, which may be in use, to a new file."""
    from surrogate.store.opening import back_up

    if "://" in place.location:
        raise StoreError("a server's database is copied by its own tools: use pg_dump URL > FILE")
    if not Path(place.location).exists():
        raise StoreError(f"there is no store at {place.location} yet; run a plan first")
    back_up(Path(place.location), Path(out))
    click.echo(f"backup written to {out}")


def warn_of_place(store: str) -> None:
    """Say on standard error what speaks against keeping results at this path."""
    from surrogate.store.doctor import cautions

    for one in cautions(store):
        click.echo(f"surrogate: {one.text}", err=True)


def _named(queries: tuple[int, ...]) -> str:
    if not queries:
        return "nothing"
    return f"{'query' if len(queries) == 1 else 'queries'} {', '.join(map(str, queries))}"


def _bidding(verb: str, purpose: str, said: str) -> click.Command:
    """The command of a bid: what its help says that it is for, and what is said once it is made."""

    @click.command(verb, help=purpose)
    @stored
    @click.option("--who", help="Your name; default: this account's.")
    def bidden(*, place: Place, who: str | None) -> None:
        if place.url:
            Remote(place).act(verb)
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
