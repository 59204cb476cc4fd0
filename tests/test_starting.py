"""What `surrogate init` writes runs as it stands, and says what must be changed."""

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from surrogate.check import QUICK, examine, is_good
from surrogate.cli import BAD_INPUT, OK, answer
from surrogate.errors import PlanError
from surrogate.plan import Plan
from surrogate.starting import TEMPLATES, start_project


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_fresh_project_runs_a_campaign(tmp_path: Path, template: str) -> None:
    folder = tmp_path / "project"
    assert answer(["init", str(folder), "--template", template]) == OK
    command = [sys.executable, "-m", "surrogate", "run", "plan.toml", "--runs", "30"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=folder, timeout=120
    )
    assert done.returncode == 0, done.stderr
    with sqlite3.connect(folder / "plan.db") as store:
        rows = store.execute("SELECT status, count(*) FROM surrogate_runs GROUP BY status")
        assert rows.fetchall() == [("ok", 30)]


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_fresh_project_passes_its_check(tmp_path: Path, template: str) -> None:
    start_project(tmp_path, template)
    own = tmp_path / "my_simulator.py"  # imports are cached, so each test has a name of its own
    if own.exists():
        module = f"simulator_of_{tmp_path.name}".replace("-", "_")
        shutil.move(own, tmp_path / f"{module}.py")
        path = tmp_path / "plan.toml"
        path.write_text(path.read_text().replace("my_simulator:", f"{module}:"))
    assert is_good(examine(Plan.load(tmp_path / "plan.toml"), QUICK))


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
    with pytest.raises(PlanError, match="no template 'cobol'; there are python, command"):
        start_project(tmp_path, "cobol")
