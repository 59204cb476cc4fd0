"""The main job as its user does it: one command, interruptions, and what is there afterwards."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from surrogate.cli import answer
from surrogate.cli_options import BAD_INPUT, OK

ROOT = Path(__file__).parents[2]
PLAN = """
name = "box"
seed = 1
[simulator]
use = "simulators.football:shot"
settings = {{ pace = "{pace}" }}
[space]
x = {{ low = 1.0, high = 16.5 }}
y = {{ low = -20.16, high = 20.16 }}
[goal]
kind = "boundary"
level = 0.5
[budget]
runs = {runs}
[workers]
count = 4
time_limit = 20.0
"""


def plan(folder: Path, runs: int = 60, pace: str = "unlimited") -> Path:
    path = folder / "box.toml"
    path.write_text(PLAN.format(runs=runs, pace=pace))
    return path


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "surrogate", *map(str, arguments)]


def surrogate(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), capture_output=True, text=True, check=False, timeout=600, cwd=ROOT
    )


def recorded(store: Path) -> dict[int, str]:
    with sqlite3.connect(store) as connection:
        rows = connection.execute(
            "SELECT query, \"values\" FROM surrogate_runs WHERE status = 'ok'"
        ).fetchall()
    assert len({row[0] for row in rows}) == len(rows)
    return dict(rows)


def test_one_command_ends_with_sweet_spots_and_a_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = plan(tmp_path)
    done = surrogate("run", path)
    assert done.returncode == 0, done.stderr
    assert "above 0.5" in done.stdout
    assert (tmp_path / "box-map.png").stat().st_size > 20_000
    for words in (["status"], ["spots"], ["predict", "--at", "x=6", "--at", "y=0"]):
        assert answer([*words, str(path), "--json"]) == OK
        assert json.loads(capsys.readouterr().out)
    assert answer(["run", str(path)]) == OK
    assert len(recorded(tmp_path / "box.db")) == 60


def test_a_killed_campaign_keeps_what_it_recorded_and_completes(tmp_path: Path) -> None:
    path = plan(tmp_path, runs=30, pace="real_time")
    store = tmp_path / "box.db"
    kept: dict[int, str] = {}
    for _ in range(2):
        victim = subprocess.Popen(command("run", path), stderr=subprocess.DEVNULL, cwd=ROOT)
        deadline = time.monotonic() + 300
        before = len(kept)
        while time.monotonic() < deadline and victim.poll() is None:
            if store.exists() and _count(store) >= before + 6:
                break
            time.sleep(0.05)
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait()
        now = recorded(store)
        assert kept.items() <= now.items()
        assert len(now) > before
        kept = now
    assert answer(["run", str(path)]) == OK
    final = recorded(store)
    assert kept.items() <= final.items()
    assert len(final) == 30


def _count(store: Path) -> int:
    try:
        return len(recorded(store))
    except sqlite3.OperationalError:
        return 0


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("seed = 1", "sede = 1", "sede"),
        ("low = 1.0, high = 16.5", "low = 16.5, high = 1.0", "low 16.5 is not below high 1"),
        ("level = 0.5", "level = 1.5", "1.5 came"),
        ("simulators.football:shot", "no_such_module:shot", "No module named 'no_such_module'"),
        ("x = {", "z = {", "no such parameter"),
        ('pace = "unlimited"', "haste = 1", "has no setting 'haste'"),
    ],
)
def test_bad_input_gives_one_message_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, words: str
) -> None:
    path = plan(tmp_path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    assert answer(["run", str(path)]) == BAD_INPUT
    said = capsys.readouterr().err
    assert words in said
    assert "Traceback" not in said
    assert sorted(p.name for p in tmp_path.iterdir()) == ["box.toml"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("return 'yes'", "True or False was expected, 'yes' came"),
        ("return float('nan')", "nan came"),
        ("return {'gaol': True}", "outcome 'gaol' came"),
    ],
)
def test_a_simulator_that_breaks_its_contract_exits_with_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], body: str, words: str
) -> None:
    (tmp_path / "mine.py").write_text(
        "from surrogate import Binary, Real, Space, simulator\n"
        "@simulator(space=Space({'x': Real(0, 20), 'y': Real(-30, 30)}), outcome=Binary('goal'))\n"
        f"def sim(point, *, rng):\n    {body}\n"
    )
    path = plan(tmp_path)
    text = path.read_text().replace("simulators.football:shot", "mine:sim")
    path.write_text(text.replace('settings = { pace = "unlimited" }', ""))
    assert answer(["run", str(path)]) == BAD_INPUT
    assert words in capsys.readouterr().err
    assert not (tmp_path / "box.db").exists()
