"""Pools from end to end: the example's campaign, a replay, a person at a terminal, another file."""

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from surrogate.campaign import Campaign
from surrogate.cli import answer, app
from surrogate.cli_options import BAD_INPUT, OK
from surrogate.errors import PlanError, PointError
from surrogate.plan import Plan
from surrogate.starting import start_project

DIGITS = Path(__file__).parents[2] / "examples" / "digits"


def project(folder: Path) -> Path:
    start_project(folder, "pool")
    return folder / "plan.toml"


def person(folder: Path) -> Path:
    """The template's plan with a person in place of the known answers."""
    plan = project(folder)
    text = plan.read_text().replace("simulators.adapters.pool:known", "surrogate.told:told")
    plan.write_text(text.replace('column = "hard"', ""))
    return plan


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert answer([str(argument) for argument in arguments]) == OK
    return capsys.readouterr().out


def test_the_digits_campaign_survives_an_item_that_cannot_be_opened(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(DIGITS, tmp_path / "digits"))
    assert "40 runs are in" in said(capsys, "run", folder / "digits.toml")
    with sqlite3.connect(folder / "digits.db") as store:
        asked = store.execute("SELECT count(*), count(DISTINCT point) FROM surrogate_queries")
        assert asked.fetchall() == [(40, 40)]
        runs = store.execute("SELECT status, count(*) FROM surrogate_runs GROUP BY status")
        assert dict(runs.fetchall()) == {"ok": 39, "error": 3}


def test_a_replay_tells_the_items_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = project(tmp_path)
    said(capsys, "run", plan)
    found = json.loads(said(capsys, "spots", plan, "--json"))
    assert found["wrong"] < 0.1
    assert "Least sure of the" in said(capsys, "spots", plan)
    assert "alloy A7" in said(capsys, "predict", plan, "--at", "alloy=A7")
    said(capsys, "map", plan, "--beside", "gp", "--out", tmp_path / "both.png")
    assert (tmp_path / "both.png").stat().st_size > 10_000
    assert "reads an item by" not in said(capsys, "status", plan)


def test_a_person_answers_skips_mistypes_and_goes_on_later(tmp_path: Path) -> None:
    plan = str(person(tmp_path))
    first = CliRunner().invoke(app, ["label", plan], input="y\nperhaps\nn\ns\nq\n")
    assert first.exit_code == OK
    assert "true, false, a number, value,sd or infeasible:REASON was expected" in first.output
    assert "3 answers recorded" in first.output
    assert "copper" in first.output
    again = CliRunner().invoke(app, ["label", plan, "-n", "2"], input="y\nn\n")
    assert "2 answers recorded" in again.output
    with Campaign.open(tmp_path / "plan.db", "my-pool") as campaign:
        names = [query.point["alloy"] for query in campaign.queries()]
        assert len(set(names)) == len(names) == 5
        assert sum(one.feasible for one in campaign.observations()) == 4


def test_another_pool_under_the_same_name_is_refused(tmp_path: Path) -> None:
    plan = Plan.load(project(tmp_path))
    with Campaign.from_plan(plan) as campaign:
        campaign.ask(1)
    items = tmp_path / "alloys.csv"
    items.write_text(items.read_text().replace("A1,", "Z1,"))
    with pytest.raises(PlanError, match=r"file alloys\.csv was"):
        Campaign.from_plan(Plan.load(tmp_path / "plan.toml"))
    with pytest.raises(PlanError, match="its pool is not the one that it began with"):
        Campaign.open(plan.store_path, plan.name)
    Campaign.from_plan(Plan.load(tmp_path / "plan.toml"), fresh=True).close()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('file = "alloys.csv"', 'file = "none.csv"', "there is no pool at"),
        ('item = "alloy"', 'items = "alloy"', "key 'simulator.declare.pool.items' is not known"),
        ('column = "hard"', 'column = "soft"', "the pool has no column 'soft'; it has alloy"),
        ("[goal]", "[space]\nx = 1.0\n[goal]", "key 'space': the simulator has a pool of"),
        ("seed = 1", 'seed = 1\nconstraints = ["x < 1"]', "key 'constraints': the simulator has"),
        ('surrogate = "svm"', 'surrogate = "gp-patches"', "looks for a part of a space"),
    ],
)
def test_what_is_wrong_with_a_pools_plan_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, message: str
) -> None:
    plan = project(tmp_path)
    plan.write_text(plan.read_text().replace(old, new))
    assert answer(["run", str(plan)]) == BAD_INPUT
    assert message in capsys.readouterr().err


def test_a_pool_has_no_regions_and_a_space_no_items(tmp_path: Path) -> None:
    with Campaign.from_plan(Plan.load(project(tmp_path))) as campaign:
        for query in campaign.ask(4):
            campaign.tell(query, bool(query.index % 2))
        asked: list[Any] = [campaign.map, campaign.sweet_spots]
        for ask in asked:
            with pytest.raises(PointError, match="a pool has no map and no regions"):
                ask()
