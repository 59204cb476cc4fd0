"""The command line: one verb each, thin over `Campaign`.

Nothing heavy is imported before a verb needs it, so that `--help` answers at once. What goes
wrong on purpose (any `SurrogateError`) is one message on standard error, never a traceback.
"""

import gc
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import click

from surrogate.cli_answers import certify, quality, replay, sensitivity, tune, verify, why
from surrogate.cli_compare import compare, timeline
from surrogate.cli_keep import (
    backup,
    bidding_verbs,
    correct,
    doctor,
    exclude,
    restore,
    retry,
    warn_of_place,
)
from surrogate.cli_label import label
from surrogate.cli_options import (
    BAD_INPUT,
    INTERRUPTED,
    OK,
    STOPPED,
    Place,
    Sectioned,
    as_json,
    entered,
    gathered,
    misuse,
    plan_of,
    say,
    stored,
)
from surrogate.cli_read import draw, export, predict, report, spots, status
from surrogate.cli_remote import Remote
from surrogate.cli_schedule import schedule
from surrogate.cli_serve import serve, token
from surrogate.cli_start import check, init, keys, take_in
from surrogate.errors import PlanError, PointError, SurrogateError
from surrogate.leave import Leave

if TYPE_CHECKING:
    from surrogate.campaign import Campaign
    from surrogate.plan import Plan
    from surrogate.runner import Summary

_GARBAGE_EVERY = 50_000  # objects more: to look at each 700, as imports make them, costs a tenth

_EPILOG = """
Exit codes: 0 done; 1 `check` found a simulator that is not ready, or a scheduled re-run failed;
2 bad input (one message on standard error says what to mend); 3 the campaign stopped by itself
because too many runs failed; 4 a rule of the gate failed (`compare --gate`); 5 none failed, but too
little is known of one; 130 interrupted (the same command continues).
"""


@click.group(
    cls=Sectioned, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="surrogate-service", prog_name="surrogate")
def app() -> None:
    """Learn a map of an expensive simulator, choosing which inputs to run next."""


def main() -> None:
    """The `surrogate` command, in a process of its own."""
    gc.set_threshold(_GARBAGE_EVERY)
    sys.exit(answer(sys.argv[1:]))


def answer(arguments: Sequence[str]) -> int:
    """Carry out one command line; gives its exit code. Output goes to the standard streams."""
    try:
        code = app.main(args=list(arguments), prog_name="surrogate", standalone_mode=False)
    except click.ClickException as problem:
        click.echo(misuse(problem), err=True)
        return BAD_INPUT
    except SurrogateError as problem:
        click.echo(f"surrogate: {problem}", err=True)
        return BAD_INPUT
    except (KeyboardInterrupt, click.Abort):
        click.echo("surrogate: interrupted; the same command continues", err=True)
        return INTERRUPTED
    return code if isinstance(code, int) else OK


@app.command()
@stored
@click.option("--fresh", is_flag=True, help="Forget what the campaign has learned; start again.")
@click.option("--same-design", is_flag=True, help="The simulator's changed code alters no outcome.")
@click.option(
    "--from",
    "parent",
    metavar="NAME",
    help="Begin from this campaign's map: 'previous', a name, or STORE#NAME.",
)
@click.option("--again", is_flag=True, help="With --from: a new campaign though nothing changed.")
@click.option("--dry-run", is_flag=True, help="Show the first points and an estimate of time.")
@click.option("--workers", type=click.IntRange(1), help="Runs side by side; default: the plan's.")
@click.option("--runs", type=click.IntRange(1), help="Runs to be done in all; default: the plan's.")
@click.option("--out", type=click.Path(), help="The map's file; default: <plan>-map.png.")
@gathered(leave=Leave)
def run(
    *,
    place: Place,
    leave: Leave,
    dry_run: bool,
    workers: int | None,
    runs: int | None,
    out: str | None,
) -> int:
    """Run a plan's campaign, or continue it where it stopped; then show the map it learned.

    With --url the service runs it, and this answers at once.
    """
    from surrogate.ancestry import lineage_words
    from surrogate.campaign import Campaign

    if place.url:
        Remote(place).act("run", runs=runs, workers=workers)
        return OK
    if place.plan is None:
        raise PlanError("run wants a plan, or --url with --name")
    loaded = plan_of(place.plan)
    if dry_run:
        _rehearse(loaded, leave)
        return OK
    warn_of_place(loaded.store_path)
    with Campaign.from_plan(loaded, **vars(leave)) as campaign:
        if (lineage := campaign.lineage) is not None:
            click.echo(lineage_words(campaign.name, lineage), err=True)
        summary = _watched(campaign, workers, runs)
        if summary.interrupted or summary.stopped:
            failures = [f"{count:>6} x  {said}" for said, count in summary.failures.items()]
            click.echo("\n".join([f"surrogate: {summary.message}", *failures]), err=True)
            return INTERRUPTED if summary.interrupted else STOPPED
        click.echo(summary.message)
        from surrogate.shown import conclusion  # draws: slow to import

        picture = Path(out) if out else loaded.folder / f"{loaded.stem}-map.png"
        click.echo(conclusion(campaign, picture))
    return OK


@app.command()
@stored
@click.option("-n", "--count", type=click.IntRange(1), default=1, show_default=True, help="Points.")
@click.option(
    "--hours",
    type=click.FloatRange(0, min_open=True),
    default=24,
    show_default=True,
    help="How long they are yours; then they are asked of others.",
)
@click.option("--keep", type=int, multiple=True, help="Only keep this query so long; repeatable.")
@as_json
def ask(*, place: Place, count: int, hours: float, keep: tuple[int, ...], as_json: bool) -> None:
    """The next points to simulate, for a loop in your own hands; give them back with `tell`.

    They are yours for so many hours; after that, whoever asks next gets them too. A service
    (--url) has hours of its own.
    """
    from surrogate.tables import queries_json, queries_words

    if place.url:
        remote = Remote(place, as_json)
        if keep:
            click.echo(f"kept for {remote.client.keep(keep)['lease']:g} s")
        else:
            remote.ask(count)
        return
    with entered(place) as campaign:
        if keep:
            campaign.keep(keep, seconds=3600 * hours)
            click.echo(f"kept for {hours:g} h")
        else:
            queries = campaign.ask(count, seconds=3600 * hours)
            say(queries_words(campaign.space, queries), queries_json(queries) if as_json else None)


@app.command()
@stored
@click.argument("outcome", required=False)
@click.option("--query", type=int, help="The number of a query that `ask` gave.")
@click.option("--attempt", default=1, help="With --url: the query's attempt, as `ask --json` says.")
@click.option("--at", "at", multiple=True, metavar="NAME=VALUE", help="A point of your own.")
def tell(
    *, place: Place, outcome: str | None, query: int | None, attempt: int, at: tuple[str, ...]
) -> None:
    """Record an outcome: true, false, a number, value,sd, or infeasible:REASON."""
    from surrogate.typed import outcome_of, point_of

    place, outcome = place.or_word(outcome)
    if outcome is None:
        raise PointError(
            "no outcome came: give true, false, a number, value,sd or infeasible:REASON"
        )
    if (query is None) == (not at):
        raise PointError(
            "no point came, or two: give either --query NUMBER, or --at NAME=VALUE for each name"
        )
    if place.url:
        Remote(place).tell(query, attempt, point_of(at), outcome_of(outcome))
        return
    with entered(place) as campaign:
        given = outcome_of(outcome)
        if query is None:
            campaign.tell(point_of(at), given)
        else:
            known = {asked.index: asked for asked in campaign.queries()}
            if query not in known:
                raise PointError(
                    f"query {query} is unknown; {len(known)} were asked so far; choose one of these"
                )
            campaign.tell(known[query], given)
    click.echo("recorded")


def _watched(campaign: "Campaign", workers: int | None, runs: int | None) -> "Summary":
    from rich.console import Console

    from surrogate.progress import watching

    level = "" if campaign.goal.level is None else f" at {campaign.goal.level:g}"
    title = f"{campaign.name}: {campaign.goal.kind}{level}, {campaign.simulator.name}"
    with watching(Console(stderr=True), title) as observe:
        return campaign.run(runs=runs, workers=workers, observe=observe)


def _preview(plan: "Plan", leave: Leave) -> None:
    """What the campaign would take over from its parent; nothing is written."""
    from surrogate.ancestry import lineage_words
    from surrogate.entry import foreseen

    name, lineage = foreseen(plan, leave)
    continued = f"'{name}' is there already and would be continued."
    click.echo(f"{lineage_words(name, lineage) if lineage else continued}\n")


def _rehearse(plan: "Plan", leave: Leave) -> None:
    """One trial run that nothing keeps: the first points, and how long the campaign may take."""
    from surrogate.check import try_out
    from surrogate.planned import learner_for
    from surrogate.tables import queries_words

    if leave.parent or plan.parent:
        _preview(plan, leave)
    plan = plan.model_copy(update={"parent": None})
    source = plan.source()
    simulator = source.load()
    plan, began = plan.with_pool(simulator.space), perf_counter()
    tried = try_out(plan, simulator, source)
    start = perf_counter() - began - (tried.seconds if tried else 0.0)
    learner = learner_for(plan, *plan.check_against(simulator))
    click.echo(queries_words(learner.space, learner.ask(8, first=0, pending=(), fitted=None)))
    if tried:
        click.echo(f"\n{_forecast(plan, tried.seconds, start)}")


def _forecast(plan: "Plan", seconds: float, start: float) -> str:
    """How long a plan's runs may take, of which one took so long, after a start."""
    from surrogate.session import duration

    took = f"{seconds:.2g} s" if seconds < 10 else duration(seconds)
    slots, hands = plan.workers.shared
    whole = start + -(-plan.budget.runs // slots) * seconds
    return (
        f"A trial run took {took}, after {duration(start)} to start: {plan.budget.runs} runs "
        f"take about {duration(whole)} {hands}, apart from choosing them."
    )


for _verb in (
    status,
    predict,
    draw,
    spots,
    *bidding_verbs,
    certify,
    verify,
    sensitivity,
    replay,
    tune,
    quality,
    why,
    export,
    exclude,
    restore,
    correct,
    retry,
    doctor,
    backup,
    report,
    check,
    init,
    keys,
    take_in,
    serve,
    token,
    compare,
    timeline,
    schedule,
    label,
):
    app.add_command(_verb)
