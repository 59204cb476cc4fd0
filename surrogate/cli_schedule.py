"""The verbs of schedules: when a plan is run again, what is due, what came of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from surrogate.cli_options import FAILED, OK, as_json, plan_of, say, store_at
from surrogate.errors import PlanError

if TYPE_CHECKING:
    from surrogate.schedule import Post
    from surrogate.store.schedules import Schedule

_NONE = "no schedules; add one: surrogate schedule add PLAN --cron '0 2 * * *'"
_ON_CHANGE = "when what is watched changes"


@click.group()
def schedule() -> None:
    """Run plans again: at set times, or when something has changed.

    PLACE is a plan, or a store: a file or a URL. What is due is run by `surrogate schedule run
    PLACE --due`, from cron, systemd or CI, and by `surrogate serve` as long as it runs.
    """


@schedule.command()
@click.argument("plan", type=click.Path())
@click.option("--cron", default="", help="Five fields, as in '0 2 * * *'.")
@click.option("--zone", default="UTC", show_default=True, help="The time zone of --cron.")
@click.option(
    "--on-change",
    "watched",
    multiple=True,
    type=click.Path(exists=True),
    help="Also when this file, or one in this folder, has changed; repeatable.",
)
def add(plan: str, *, cron: str, zone: str, watched: tuple[str, ...]) -> None:
    """Run PLAN again by the clock, when something has changed, or both.

    Each time a new campaign begins from the iteration before, as `run --from previous` does.
    """
    from surrogate.schedule import made, upcoming
    from surrogate.timetable import words

    loaded = plan_of(plan)
    with _post(plan) as post:
        now = post.clock.now()
        new = made(loaded, cron=cron, zone=zone, watched=watched, now=now)
        post.schedules.add(new)
        time = upcoming(new, now)
    when = _ON_CHANGE if time is None else f"next at {words(time, zone)}"
    click.echo(f"'{new.name}' will be run again {when}")


@schedule.command("list")
@click.argument("place", type=click.Path())
@as_json
def show(place: str, *, as_json: bool) -> None:
    """Every schedule of a store."""
    with _post(place) as post:
        found = post.schedules.all()
    lines = [f"{one.name}: {_occasions(one)}; plan {one.plan}" for one in found]
    say("\n".join(lines) or _NONE, [vars(one) for one in found] if as_json else None)


@schedule.command()
@click.argument("place", type=click.Path())
@click.option("--name", help="The schedule's name; default: the plan's.")
def remove(place: str, *, name: str | None) -> None:
    """Remove a schedule; campaigns stay."""
    with _post(place) as post:
        post.schedules.remove(_name(place, name))
    click.echo("removed")


@schedule.command()
@click.argument("place", type=click.Path())
@click.option("--name", help="Only this schedule; default: the plan's, of a store all.")
@click.option("--due", is_flag=True, help="Only what is due.")
@as_json
def run(place: str, *, name: str | None, due: bool, as_json: bool) -> int:
    """Run again what is due, or without --due the plan's now; ends with 1 where one failed."""
    from surrogate.schedule import run_due

    if not due:
        name = _name(place, name)
    with _post(place) as post:
        done = run_due(post, [name] if name else [], by_hand=not due)
    lines = [f"{one.schedule}: {one.state}, {one.campaign}: {one.message}" for one in done]
    say("\n".join(lines) or "nothing is due", [vars(one) for one in done] if as_json else None)
    return FAILED if any(one.state in ("failed", "given up") for one in done) else OK


@schedule.command("next")
@click.argument("place", type=click.Path())
@as_json
def upcoming_times(place: str, *, as_json: bool) -> None:
    """When each schedule is due next."""
    from surrogate.schedule import upcoming
    from surrogate.timetable import key, words

    with _post(place) as post:
        now = post.clock.now()
        times = {one: upcoming(one, now) for one in post.schedules.all()}
    told = {one.name: None if time is None else key(time) for one, time in times.items()}
    lines = [
        f"{one.name}: {_ON_CHANGE if time is None else words(time, one.zone)}"
        for one, time in times.items()
    ]
    say("\n".join(lines) or _NONE, told if as_json else None)


@schedule.command()
@click.argument("place", type=click.Path())
@click.option("--name", help="The schedule's name; default: the plan's.")
@as_json
def history(place: str, *, name: str | None, as_json: bool) -> None:
    """What came of each time that a schedule was due."""
    with _post(place) as post:
        found = post.schedules.history(_name(place, name))
    lines = [f"{one.due}: {one.state}, {one.campaign or '-'}: {one.message}" for one in found]
    say("\n".join(lines) or "not due yet", [vars(one) for one in found] if as_json else None)


def _occasions(one: "Schedule") -> str:
    by_the_clock = [f"{one.cron} ({one.zone})"] if one.cron else []
    return ", ".join([*by_the_clock, *(f"on a change of {path}" for path in one.watched)])


def _name(place: str, name: str | None) -> str:
    if name is not None:
        return name
    if not place.endswith(".toml"):
        raise PlanError("no schedule came: give a plan in place of the store, or --name")
    return plan_of(place).name


@contextmanager
def _post(place: str) -> "Iterator[Post]":
    from surrogate.clock import SystemClock
    from surrogate.schedule import Post

    with store_at(place) as store:
        yield Post(store, SystemClock(), lambda words: click.echo(words, err=True))
