"""The command line: one verb each, thin over `Campaign`.

Nothing heavy is imported before a verb needs it, so that `--help` answers at once. What goes
wrong on purpose (any `SurrogateError`) is one message on standard error, never a traceback.
"""

import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from surrogate.cli_keep import keeping_verbs, warn_of_place
from surrogate.cli_label import label
from surrogate.cli_serve import serving_verbs
from surrogate.cli_start import starting_verbs
from surrogate.errors import PlanError, PointError, StoreError, SurrogateError

if TYPE_CHECKING:
    from surrogate.campaign import Campaign
    from surrogate.plan import Plan
    from surrogate.runner import Summary

Verb = TypeVar("Verb", bound=Callable[..., Any])

OK, BAD_INPUT, STOPPED, INTERRUPTED = 0, 2, 3, 130

_EPILOG = """
Exit codes: 0 done; 1 `check` found a simulator that is not ready; 2 bad input (one message on
standard error says what to mend); 3 the campaign stopped by itself because too many runs failed;
130 interrupted (the same command continues).
"""


@click.group(epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="surrogate-service", prog_name="surrogate")
def app() -> None:
    """Learn a map of an expensive simulator, choosing which inputs to run next."""


def main() -> None:
    """The `surrogate` command."""
    sys.exit(answer(sys.argv[1:]))


def answer(arguments: Sequence[str]) -> int:
    """Carry out one command line; gives its exit code. Output goes to the standard streams."""
    try:
        code = app.main(args=list(arguments), prog_name="surrogate", standalone_mode=False)
    except click.ClickException as problem:
        problem.show()
        return BAD_INPUT
    except SurrogateError as problem:
        click.echo(f"surrogate: {problem}", err=True)
        return BAD_INPUT
    except (KeyboardInterrupt, click.Abort):
        click.echo("surrogate: interrupted; the same command continues", err=True)
        return INTERRUPTED
    return code if isinstance(code, int) else OK


@dataclass(frozen=True)
class _Target:
    """Which stored campaign a verb reads: a plan's, or one named in a store."""

    plan: str | None
    store: str | None
    name: str | None


@dataclass(frozen=True)
class _Session:
    """What `run` is allowed to do, and how much of it."""

    fresh: bool
    same_design: bool
    workers: int | None
    runs: int | None


@dataclass(frozen=True)
class _Chart:
    """What a map is asked to show."""

    x: str | None
    y: str | None
    hold: tuple[str, ...]
    size: int
    level: float | None


def _gathered(kind: type, key: str) -> Callable[[Verb], Verb]:
    """Hand a verb some of its options as one value: the fields of dataclass `kind`, as `key`."""

    def decorate(verb: Verb) -> Verb:
        @wraps(verb)
        def gathered(**options: Any) -> Any:
            parts = {part.name: options.pop(part.name) for part in fields(kind)}
            return verb(**options, **{key: kind(**parts)})

        return cast(Verb, gathered)

    return decorate


def _stored(verb: Verb) -> Verb:
    """The ways to name a campaign that is already in a store."""
    verb = _gathered(_Target, "target")(verb)
    verb = click.option("--name", help="The campaign's name in that store.")(verb)
    verb = click.option("--store", help="A store's path or URL, in place of a plan.")(verb)
    return click.argument("plan", required=False, type=click.Path())(verb)


_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_level = click.option("--level", type=float, help="Default: the goal's level, else 0.5.")


@app.command()
@click.argument("plan", type=click.Path())
@click.option("--fresh", is_flag=True, help="Forget what the campaign has learned; start again.")
@click.option("--same-design", is_flag=True, help="The simulator's changed code alters no outcome.")
@click.option("--dry-run", is_flag=True, help="Show the first points and an estimate of time.")
@click.option("--workers", type=click.IntRange(1), help="Runs side by side; default: the plan's.")
@click.option("--runs", type=click.IntRange(1), help="Runs to be done in all; default: the plan's.")
@click.option("--out", type=click.Path(), help="The map's file; default: <plan>-map.png.")
@_gathered(_Session, "session")
def run(plan: str, *, session: _Session, dry_run: bool, out: str | None) -> int:
    """Run a plan's campaign, or continue it where it stopped; then show the map it learned."""
    from surrogate.campaign import Campaign

    loaded = _plan(plan)
    if dry_run:
        _rehearse(loaded)
        return OK
    warn_of_place(loaded.store_path)
    allowed = {"fresh": session.fresh, "same_design": session.same_design}
    with Campaign.from_plan(loaded, **allowed) as campaign:
        summary = _watched(campaign, session.workers, session.runs)
        if summary.interrupted or summary.stopped:
            failures = [f"{count:>6} x  {said}" for said, count in summary.failures.items()]
            click.echo("\n".join([f"surrogate: {summary.message}", *failures]), err=True)
            return INTERRUPTED if summary.interrupted else STOPPED
        click.echo(summary.message)
        place = Path(out) if out else loaded.folder / f"{loaded.stem}-map.png"
        click.echo(_conclusion(campaign, place))
    return OK


@app.command()
@_stored
@_as_json
def status(*, target: _Target, as_json: bool) -> None:
    """How far a campaign is, in numbers."""
    from surrogate.tables import status_json, status_words

    with _opened(target) as campaign:
        found = campaign.status()
    _say(status_words(found), status_json(found) if as_json else None)


@app.command()
@click.argument("plan", type=click.Path())
@click.option("-n", "--count", type=click.IntRange(1), default=1, show_default=True)
@click.option("--hours", type=click.FloatRange(0, min_open=True), default=24, show_default=True)
@click.option("--keep", type=int, multiple=True, help="Only keep this query so long; repeatable.")
@_as_json
def ask(plan: str, *, count: int, hours: float, keep: tuple[int, ...], as_json: bool) -> None:
    """The next points to simulate, for a loop in your own hands; give them back with `tell`.

    They are yours for so many hours; after that, whoever asks next gets them too.
    """
    from surrogate.campaign import Campaign
    from surrogate.tables import queries_json, queries_words

    with Campaign.from_plan(_plan(plan)) as campaign:
        if keep:
            campaign.keep(keep, seconds=3600 * hours)
            click.echo(f"kept for {hours:g} h")
            return
        queries = campaign.ask(count, seconds=3600 * hours)
        _say(queries_words(campaign.space, queries), queries_json(queries) if as_json else None)


@app.command()
@click.argument("plan", type=click.Path())
@click.argument("outcome")
@click.option("--query", type=int, help="The number of a query that `ask` gave.")
@click.option("--at", "at", multiple=True, metavar="NAME=VALUE", help="A point of your own.")
def tell(plan: str, outcome: str, *, query: int | None, at: tuple[str, ...]) -> None:
    """Record an outcome: true, false, a number, value,sd, or infeasible:REASON."""
    from surrogate.campaign import Campaign
    from surrogate.typed import outcome_of, point_of

    if (query is None) == (not at):
        raise PointError("say which point: either --query NUMBER or --at NAME=VALUE for each name")
    with Campaign.from_plan(_plan(plan)) as campaign:
        given = outcome_of(outcome)
        if query is None:
            campaign.tell(point_of(at), given)
        else:
            known = {asked.index: asked for asked in campaign.queries()}
            if query not in known:
                raise PointError(f"query {query} is unknown; {len(known)} were asked so far")
            campaign.tell(known[query], given)
    click.echo("recorded")


@app.command()
@_stored
@click.option("--at", "at", multiple=True, metavar="NAME=VALUE", help="One point, name by name.")
@click.option("--points", type=click.Path(), help="A JSON file with a list of points; - is stdin.")
@_as_json
def predict(*, target: _Target, at: tuple[str, ...], points: str | None, as_json: bool) -> None:
    """Read the surrogate at points: value with interval."""
    from surrogate.tables import prediction_json, prediction_words
    from surrogate.typed import point_of, points_of

    wanted = points_of(points) if points else [point_of(at)]
    with _opened(target) as campaign:
        read, fitted = campaign.predict(wanted), campaign.trained()[0]
        chances = fitted.beside.chance(campaign.space.encode(wanted))
        whole = [campaign.space.complete(point) for point in wanted]
        text = prediction_words(campaign.space, whole, read, chances, campaign.notes())
    _say(text, prediction_json(whole, read, chances) if as_json else None)


@app.command("map")
@_stored
@click.option("--x", help="The parameter along one axis; default: the simulator's own pair.")
@click.option("--y", help="The parameter along the other axis.")
@click.option("--hold", multiple=True, metavar="NAME=VALUE", help="Where others are held.")
@click.option("--size", type=click.IntRange(8, 1024), default=128, show_default=True)
@_level
@_gathered(_Chart, "chart")
@click.option("--beside", metavar="RECIPE", help="Another surrogate, such as svm, drawn beside it.")
@click.option("--out", type=click.Path(), help="A picture's file (png, svg, pdf).")
@_as_json
def draw(
    *, target: _Target, chart: _Chart, beside: str | None, out: str | None, as_json: bool
) -> None:
    """The surrogate over two parameters, as a picture or as JSON."""
    from surrogate.shown import Chart, picture, write_pictures

    wanted = Chart(**vars(chart))
    with _opened(target) as campaign:
        others = [campaign.read_by(beside)] if beside else []
        found = [picture(one, wanted) for one in (campaign, *others)]
        if as_json:
            _say("", found[0].content)
        if out or not as_json:
            place = Path(out) if out else _beside(target, campaign, "-map.png")
            write_pictures(found, place)
            click.echo(f"{found[0].note}\nmap written to {place}", err=as_json)


@app.command()
@_stored
@_level
@click.option("--below", is_flag=True, help="Hard spots: where the response is below the level.")
@_as_json
def spots(*, target: _Target, level: float | None, below: bool, as_json: bool) -> None:
    """The regions above a level, with a run to replay; a pool's items; or the best point."""
    from surrogate.shown import sides

    with _opened(target) as campaign:
        text, found = sides(campaign, level, above=not below)
    _say(text, found if as_json else None)


def _plan(path: str) -> "Plan":
    from surrogate.plan import Plan

    return Plan.load(path)


def _opened(target: _Target) -> "Campaign":
    """A campaign that is already there; nothing is made where it is not."""
    from surrogate.campaign import Campaign

    if (target.plan is None) == (target.store is None):
        raise PlanError("say which campaign: either a plan, or --store with --name")
    if target.plan is not None:
        plan = _plan(target.plan)
        _must_exist(plan.store_path, f"surrogate run {target.plan}")
        return Campaign.open(plan.store_path, target.name or plan.name)
    if target.name is None:
        raise PlanError("--store wants --name too: which of its campaigns?")
    _must_exist(str(target.store), "surrogate run PLAN")
    return Campaign.open(str(target.store), target.name)


def _must_exist(store: str, remedy: str) -> None:
    if "://" not in store and not Path(store).exists():
        raise StoreError(f"there is no store at {store} yet; make one with: {remedy}")


def _watched(campaign: "Campaign", workers: int | None, runs: int | None) -> "Summary":
    from rich.console import Console

    from surrogate.progress import Watch

    level = "" if campaign.goal.level is None else f" at {campaign.goal.level:g}"
    title = f"{campaign.name}: {campaign.goal.kind}{level}, {campaign.simulator.name}"
    with Watch(Console(stderr=True), title) as watch:
        return campaign.run(runs=runs, workers=workers, observe=watch.observe)


def _conclusion(campaign: "Campaign", place: Path) -> str:
    from surrogate.shown import conclusion

    return conclusion(campaign, place)


def _beside(target: _Target, campaign: "Campaign", ending: str) -> Path:
    """The default place of a file that belongs to a campaign: beside its plan or store."""
    if target.plan is not None:
        path = Path(target.plan)
        return path.with_name(path.stem + ending)
    return Path(f"{campaign.name}{ending}")


def _rehearse(plan: "Plan") -> None:
    """One trial run in a store that is thrown away: the first points, and how long it may take."""
    from surrogate.campaign import Campaign
    from surrogate.progress import duration
    from surrogate.tables import queries_words

    with tempfile.TemporaryDirectory() as folder:
        aside = plan.model_copy(update={"store": str(Path(folder) / "rehearsal.db")})
        began = perf_counter()
        with Campaign.from_plan(aside) as campaign:
            seconds = perf_counter() - began
            click.echo(queries_words(campaign.space, campaign.dry_run()))
    rounds = -(-plan.budget.runs // plan.workers.slots)
    hands = f"on {plan.workers.slots} workers take about {duration(rounds * seconds)} or less"
    if plan.workers.engine == "dask":
        whole = duration(plan.budget.runs * seconds)
        hands = f"take about {whole} or less, divided by the workers of the cluster"
    click.echo(
        f"\nA trial run took {duration(seconds)}, its start included: {plan.budget.runs} runs "
        f"{hands}."
    )


def _say(text: str, found: Any) -> None:
    """Print the words, or in their place the JSON where some is given."""
    click.echo(text if found is None else json.dumps(found))


for _verb in (*keeping_verbs, *starting_verbs, *serving_verbs, label):
    app.add_command(_verb)
