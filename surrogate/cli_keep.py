"""The command line's verbs for looking after results: exclude, restore, correct, retry, doctor,
backup. `cli` gathers them; nothing heavy is imported before a verb needs it.
"""

import getpass
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from surrogate.errors import PlanError, StoreError

if TYPE_CHECKING:
    from surrogate.store.amend import Word
    from surrogate.store.sql import SqlStore

Verb = TypeVar("Verb", bound=Callable[..., Any])

_SERIOUS = 2  # exit code of `doctor` when results or their counts are at stake


@dataclass(frozen=True)
class _Place:
    """Which stored campaign is meant: a plan's, or one named in a store."""

    plan: str | None
    store: str | None
    name: str | None

    @property
    def location(self) -> str:
        """The store's path or URL."""
        if (self.plan is None) == (self.store is None):
            raise PlanError("say which store: either a plan, or --store")
        if self.store is not None:
            return self.store
        from surrogate.plan import Plan

        return Plan.load(str(self.plan)).store_path

    @property
    def campaign(self) -> str:
        """The campaign's name."""
        if self.name is not None:
            return self.name
        if self.plan is None:
            raise PlanError("--store wants --name too: which of its campaigns?")
        from surrogate.plan import Plan

        return Plan.load(self.plan).name


@dataclass(frozen=True)
class _Said:
    """Who says it, and why."""

    who: str | None
    why: str

    def word(self) -> "Word":
        """The word, said now."""
        from surrogate.store.amend import Word

        return Word(self.who or _user(), self.why, time.time())


def _gathered(verb: Verb, **kinds: type) -> Verb:
    """Hand a verb its options as values: the fields of each dataclass, under the key given."""

    @wraps(verb)
    def gathered(**options: Any) -> Any:
        for key, kind in kinds.items():
            parts = {part.name: options.pop(part.name) for part in fields(kind)}
            options[key] = kind(**parts)
        return verb(**options)

    return cast(Verb, gathered)


def _placed(verb: Verb) -> Verb:
    verb = _gathered(verb, place=_Place)
    verb = click.option("--name", help="The campaign's name in that store.")(verb)
    verb = click.option("--store", help="A store's path or URL, in place of a plan.")(verb)
    return click.argument("plan", required=False, type=click.Path())(verb)


def _reasoned(verb: Verb) -> Verb:
    verb = _gathered(verb, said=_Said)
    verb = click.option("--who", help="Your name; default: this account's.")(verb)
    return click.option("--why", required=True, help="The reason, kept with it.")(verb)


_queries = click.option(
    "--query", "queries", type=int, multiple=True, required=True, help="Its number; repeatable."
)


@click.command()
@_placed
@_reasoned
@_queries
def exclude(*, place: _Place, said: _Said, queries: tuple[int, ...]) -> None:
    """Learn nothing from some results any more; they stay in the store."""
    from surrogate.store.amend import exclude

    with _opened(place) as store:
        done = exclude(store, place.campaign, queries, said.word())
    click.echo(f"excluded {_named(done)}; `surrogate run` or any reading verb follows")


@click.command()
@_placed
@_reasoned
@_queries
def restore(*, place: _Place, said: _Said, queries: tuple[int, ...]) -> None:
    """Have results be again what the simulator gave."""
    from surrogate.store.amend import restore

    with _opened(place) as store:
        done = restore(store, place.campaign, queries, said.word())
    click.echo(f"restored {_named(done)}")


@click.command()
@_placed
@_reasoned
@click.option("--query", type=int, required=True, help="Its number.")
@click.option("--to", required=True, help="true, false, a number, value,sd, or infeasible:REASON.")
def correct(*, place: _Place, said: _Said, query: int, to: str) -> None:
    """Have a result be something else than the simulator gave; what it gave stays in the store."""
    from surrogate.campaign import Campaign
    from surrogate.outcome import Infeasible, answer_from
    from surrogate.store.amend import Reading, correct
    from surrogate.typed import outcome_of

    with _opened(place) as store, Campaign.open(place.location, place.campaign) as campaign:
        asked = campaign.outcome
        others = (o for o in campaign.simulator.outcomes if o.name != asked.name)
        answer = answer_from(outcome_of(to), (asked, *others))
        given = answer if not isinstance(answer, Infeasible) else None
        reading = Reading(given.values, given.sds) if given else Reading()
        correct(store, place.campaign, query, reading, said.word())
    click.echo(f"corrected query {query}")


@click.command()
@_placed
@_reasoned
@click.option(
    "--class", "kind", type=click.Choice(["error", "timeout", "lost"]), help="Only these."
)
@click.option("--like", default="", help="Only failures whose message contains this.")
def retry(*, place: _Place, said: _Said, kind: str | None, like: str) -> None:
    """Queue once more what was given up after it failed."""
    from surrogate.records import Status
    from surrogate.store.failures import retry

    with _opened(place) as store:
        status = Status(kind) if kind else None
        moved = retry(store, place.campaign, said.word(), status=status, like=like)
    click.echo(f"queued again: {_named(moved)}" + ("; `surrogate run` goes on" if moved else ""))


@click.command()
@_placed
@click.option("--mend", is_flag=True, help="Put queries into the states that their runs say.")
def doctor(*, place: _Place, mend: bool) -> int:
    """Examine a store, and say what is wrong and how to mend it. Exit code 2: it is serious."""
    from surrogate.store import doctor

    if mend:
        with _opened(place):
            doctor.mend(place.location)
    found = doctor.examine(place.location, now=time.time())
    for one in found:
        click.echo(f"{'serious' if one.serious else 'note':<8} {one.text}")
    if not found:
        click.echo("the store is in order")
    return _SERIOUS if any(one.serious for one in found) else 0


@click.command()
@_placed
@click.option("--out", type=click.Path(), required=True, help="The copy's file.")
def backup(*, place: _Place, out: str) -> None:
    """Copy a store, which may be in use, to a new file."""
    from surrogate.store.opening import back_up

    if "://" in place.location:
        raise StoreError("a server's database is backed up by its own tools: pg_dump DATABASE")
    if not Path(place.location).exists():
        raise StoreError(f"there is no store at {place.location} yet")
    back_up(Path(place.location), Path(out))
    click.echo(f"backup written to {out}")


def warn_of_place(store: str) -> None:
    """Say on standard error what speaks against keeping results at this path."""
    from surrogate.store.doctor import cautions

    for one in cautions(store):
        click.echo(f"surrogate: {one.text}", err=True)


keeping_verbs = (exclude, restore, correct, retry, doctor, backup)


@contextmanager
def _opened(place: _Place) -> Iterator["SqlStore"]:
    """The store, which must be there already."""
    from surrogate.store.sql import open_store

    store = open_store(place.location, create=False)
    try:
        yield store
    finally:
        store.close()


def _named(queries: tuple[int, ...]) -> str:
    if not queries:
        return "nothing"
    return f"{'query' if len(queries) == 1 else 'queries'} {', '.join(map(str, queries))}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an account without a name, as in some containers
        return "somebody"
