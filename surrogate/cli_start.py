"""The verbs with which work on a simulator begins: `init`, `keys`, `check`, `import`."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from surrogate.cli_options import FAILED, OK, as_json, plan_of, say
from surrogate.errors import DataError, PlanError


@click.command()
@click.argument("plan", type=click.Path())
@click.option("--quick", is_flag=True, help="Fewer runs, for a slow simulator; misses more.")
@as_json
def check(plan: str, *, quick: bool, as_json: bool) -> int:
    """Examine a plan's simulator with some runs; exit code 1 when a campaign would not be good."""
    from surrogate.check import QUICK, Effort, examine
    from surrogate.findings import is_good

    findings = examine(plan_of(plan), QUICK if quick else Effort())
    good = is_good(findings)
    lines = [
        *(f"{one.weight.upper():<8} {one.topic}: {one.text}" for one in findings),
        f"\n{'' if good else 'not '}ready for a campaign",
    ]
    say("\n".join(lines), [asdict(one) for one in findings] if as_json else None)
    return OK if good else FAILED


@click.command()
@click.argument("folder", type=click.Path())
@click.option(
    "--template",
    default="python",
    show_default=True,
    help="What is simulated with: python, command, fmu, gymnasium, http (a rig that pulls), pool.",
)
def init(folder: str, *, template: str) -> None:
    """Write a small working project: a plan, a simulator, and a word on each line to change."""
    from surrogate.starting import start_project

    for path in start_project(Path(folder), template):
        click.echo(f"wrote {path}")
    click.echo(f"next: {_first_steps(Path(folder))}")
    click.echo("then change the lines that say CHANGE")


def _first_steps(folder: Path) -> str:
    """What the first line of a fresh plan says to try, its files as they are called from here."""
    line = (folder / "plan.toml").read_text(encoding="utf-8").partition("\n")[0]
    words = line.removeprefix("# Try it:").split()
    return " ".join(str(folder / word) if (folder / word).exists() else word for word in words)


@click.command()
@click.argument("prefix", default="")
@click.option("--json", "as_json", is_flag=True, help="Print the JSON Schema, for an editor.")
def keys(prefix: str, *, as_json: bool) -> None:
    """Every key that a plan may have, or those that begin with PREFIX, such as `goal`."""
    from surrogate.keys import key_words, plan_keys
    from surrogate.plan import Plan

    if as_json:
        click.echo(json.dumps(Plan.schema_json(), indent=2))
        return
    chosen = [key for key in plan_keys() if key.path.startswith(prefix)]
    if not chosen:
        tables = ", ".join(dict.fromkeys(key.path.partition(".")[0] for key in plan_keys()))
        raise PlanError(f"no key of a plan begins with '{prefix}'; there are {tables}")
    click.echo("\n".join(map(key_words, chosen)))


@click.command("import")
@click.argument("plan", type=click.Path())
@click.argument("file", type=click.Path())
@click.option("--column", multiple=True, metavar="NAME=HEADER", help="Which column holds NAME.")
@click.option("--dry-run", is_flag=True, help="Say what could be used, and record nothing.")
def take_in(plan: str, file: str, *, column: tuple[str, ...], dry_run: bool) -> None:
    """Begin (or continue) a plan's campaign with earlier results from a CSV file."""
    from surrogate.campaign import Campaign
    from surrogate.recorded import is_known, read_recorded

    loaded = plan_of(plan)
    simulator = loaded.source().load()
    space, question = loaded.check_against(simulator)
    others = (outcome for outcome in simulator.outcomes if outcome.name != question.name)
    found = read_recorded(Path(file), space, (question, *others), _mapping(column))
    known = 0
    if not dry_run:
        with Campaign.from_plan(loaded) as campaign:
            runs = campaign.runs()
            earlier = [run.detail for run in runs], [run.message for run in runs]
            for row in found.rows:
                if is_known(row, *earlier):
                    known += 1
                else:
                    campaign.tell(row.point, row.answer)
    total = len(found.rows) + len(found.refused)
    verb = "could be used" if dry_run else "were recorded"
    click.echo(f"{len(found.rows) - known} of {total} rows of {file} {verb}")
    if known:
        click.echo(f"{known} were there already, from an earlier import")
    for line, why in found.refused:
        click.echo(f"line {line} cannot be used: {why}")


def _mapping(pairs: tuple[str, ...]) -> dict[str, str]:
    named = [pair.partition("=") for pair in pairs]
    for pair, (name, equals, header) in zip(pairs, named, strict=True):
        if not (name and equals and header):
            raise DataError(f"--column {pair}: NAME=HEADER was expected, such as x=Position")
    return {name: header for name, _, header in named}
