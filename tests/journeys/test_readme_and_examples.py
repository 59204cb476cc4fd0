"""What the README shows is what runs: its commands, its code, and every example."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
SCRIPTS = sorted((ROOT / "examples").glob("*.py"))
MODULES = sorted((ROOT / "examples").rglob("*.py"))


def run(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=cwd, timeout=600
    )
    assert done.returncode == 0, done.stderr
    return done


def test_the_readme_opens_with_the_two_commands() -> None:
    commands = [line.strip() for line in README.splitlines() if line.startswith("    ")]
    assert commands[:2] == [
        "pip install . && surrogate run examples/penalty_box.toml",
        "pip install '.[test]' && pytest",
    ]
    assert (ROOT / "examples" / "penalty_box.toml").exists()


def test_the_readme_shows_the_example_to_the_letter() -> None:
    (block,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    shown = (ROOT / "examples" / "own_simulator.py").read_text()
    assert shown.endswith(block)
    assert sum(bool(line.strip()) for line in block.splitlines()) <= 16


def test_every_picture_and_file_that_the_readme_names_is_there() -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        assert link.startswith("http") or (ROOT / link).exists(), link


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_example_runs_as_printed(script: Path, tmp_path: Path) -> None:
    for package in re.findall(r"^from (distributed) import", script.read_text(), re.MULTILINE):
        pytest.importorskip(package, reason=f"{package} is not installed (pip install '.[all]')")
    assert run(shutil.copy(script, tmp_path), cwd=tmp_path).stdout


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_every_example_is_short(module: Path) -> None:
    assert len(module.read_text().splitlines()) < 80


def test_the_penalty_box_plays_at_real_pace(tmp_path: Path) -> None:
    plan = shutil.copy(ROOT / "examples" / "penalty_box.toml", tmp_path)
    done = run("-m", "surrogate", "run", plan, "--runs", 48, cwd=tmp_path)
    assert "48 runs are in" in done.stdout
    assert (tmp_path / "penalty_box-map.png").exists()
