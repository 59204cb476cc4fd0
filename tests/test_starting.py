"""What `surrogate init` writes runs as it stands, and says what must be changed."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from surrogate.check import QUICK, examine
from surrogate.cli import answer
from surrogate.cli_options import BAD_INPUT, OK
from surrogate.errors import PlanError
from surrogate.findings import is_good
from surrogate.plan import Plan
from surrogate.starting import TEMPLATES, start_project
from tests.service.site import site

RUN_HERE = [template for template in TEMPLATES if template != "http"]
NEEDS = {"fmu": ("fmpy", "pythonfmu"), "gymnasium": ("gymnasium",), "http": ("fastapi",)}


def started(folder: Path, template: str) -> Path:
    """A fresh project, as it stands."""
    for package in NEEDS.get(template, ()):
        pytest.importorskip(package, reason=f"{package} is not installed: pip install '.[all]'")
    assert answer(["init", str(folder), "--template", template]) == OK
    return folder


def statuses(folder: Path) -> list[tuple[str, int]]:
    with sqlite3.connect(folder / "plan.db") as store:
        rows = store.execute("SELECT status, count(*) FROM surrogate_runs GROUP BY status")
        return rows.fetchall()


@pytest.mark.parametrize("template", RUN_HERE)
def test_a_fresh_project_runs_a_campaign(tmp_path: Path, template: str) -> None:
    folder = started(tmp_path / "project", template)
    assert answer(["run", str(folder / "plan.toml"), "--runs", "12"]) == OK
    assert statuses(folder) == [("ok", 12)]


@pytest.mark.parametrize("template", RUN_HERE)
def test_a_fresh_project_passes_its_check(tmp_path: Path, template: str) -> None:
    folder = started(tmp_path / "project", template)
    findings = examine(Plan.load(folder / "plan.toml"), QUICK)
    assert is_good(findings), findings


def test_a_fresh_rig_pulls_the_runs_of_a_campaign(tmp_path: Path) -> None:
    folder = started(tmp_path / "project", "http")
    plan = folder / "plan.toml"
    plan.write_text(plan.read_text().replace("runs = 60", "runs = 12"))
    with site(plan) as served:
        rig = [sys.executable, "rig.py", served.url]
        done = subprocess.run(
            rig, capture_output=True, text=True, check=False, cwd=folder, timeout=300
        )
        assert done.returncode == 0, done.stderr
    assert statuses(folder) == [("ok", 12)]


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_fresh_project_says_what_to_change(tmp_path: Path, template: str) -> None:
    start_project(tmp_path, template)
    assert (tmp_path / "plan.toml").read_text().count("# CHANGE: ") >= 5


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plan.toml").write_text("mine")
    assert answer(["init", str(tmp_path)]) == BAD_INPUT
    assert "is there already" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["plan.toml"]


def test_an_unknown_template_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"no template 'cobol'; there are python, .*command"):
        start_project(tmp_path, "cobol")


def test_what_init_says_to_try_next_can_be_typed_from_where_one_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert answer(["init", "wall"]) == OK
    assert "surrogate check wall/plan.toml and then surrogate run wall/plan.toml" in (
        capsys.readouterr().out
    )
