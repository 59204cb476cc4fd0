"""The verbs with which work on a simulator begins: `init` and `check`."""

import json
from dataclasses import asdict
from pathlib import Path

import click

GOOD, NOT_GOOD = 0, 1


@click.command()
@click.argument("plan", type=click.Path())
@click.option("--quick", is_flag=True, help="Fewer runs, for a slow simulator; misses more.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(plan: str, *, quick: bool, as_json: bool) -> int:
    """Examine a plan's simulator with some runs; exit code 1 when a campaign would not be good."""
    from surrogate.check import QUICK, Effort, examine, is_good
    from surrogate.plan import Plan

    findings = examine(Plan.load(plan), QUICK if quick else Effort())
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings]))
    else:
        for finding in findings:
            click.echo(f"{finding.weight.upper():<8} {finding.topic}: {finding.text}")
        click.echo("\nready for a campaign" if is_good(findings) else "\nnot ready for a campaign")
    return GOOD if is_good(findings) else NOT_GOOD


@click.command()
@click.argument("folder", type=click.Path())
@click.option("--template", default="python", show_default=True, help="python or command.")
def init(folder: str, *, template: str) -> None:
    """Write a small working project: a plan, a simulator, and a word on each line to change."""
    from surrogate.starting import start_project

    for path in start_project(Path(folder), template):
        click.echo(f"wrote {path}")
    click.echo(f"next: surrogate check {Path(folder) / 'plan.toml'}")


starting_verbs = (check, init)
