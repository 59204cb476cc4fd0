"""The adapters' examples run campaigns, with one failure planted among their runs."""

import re
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import suppress
from pathlib import Path

import pytest

from surrogate.cli import answer
from surrogate.cli_options import OK

EXAMPLES = Path(__file__).parents[3] / "examples"
NO_NGSPICE = "ngspice is not installed; on Debian: apt-get install ngspice"

# Stands in for a program: the tenth time that it is started, it dies of a signal.
DIES_ONCE = """\
    #!{python}
    import os, sys
    with open({tally!r}, "ab") as tally:
        tally.write(b".")
        tally.flush()
        if tally.tell() == 10:
            os.kill(os.getpid(), 11)
    os.execvp({program!r}, [{program!r}, *sys.argv[1:]])
"""


def plant(folder: Path, program: str) -> None:
    path = folder / f"mortal_{program}"
    text = textwrap.dedent(DIES_ONCE).format(
        python=sys.executable, tally=str(folder / "tally"), program=program
    )
    path.write_text(text)
    path.chmod(0o755)


# Stands in a simulator's own code, before its first line: the tenth run dies of a signal.
DIES_ONCE_WITHIN = """\
import os
def mortal():
    with open({tally!r}, "ab") as tally:
        tally.write(b".")
        tally.flush()
        if tally.tell() == 10:
            os.kill(os.getpid(), 11)
"""


def copied(name: str, folder: Path) -> Path:
    """An example's folder as it is in a fresh checkout."""
    unwanted = shutil.ignore_patterns("*.db*", "*.fmu", "*.png", "__pycache__")
    return Path(shutil.copytree(EXAMPLES / name, folder / name, ignore=unwanted))


def plant_within(script: Path, before: str) -> None:
    """Have the tenth run die just before it comes to the line that begins with `before`."""
    text = script.read_text()
    indent, line = next((m[1], m[0]) for m in re.finditer(rf"^( +){before}.*$", text, re.MULTILINE))
    mortal = DIES_ONCE_WITHIN.format(tally=str(script.parent / "tally"))
    opening = text.index('"""', 3) + 3  # a module's first docstring
    text = text.replace(line, f"{indent}mortal()\n{line}")
    script.write_text(text[:opening] + "\n" + mortal + text[opening:])


def statuses(store: Path) -> dict[str, int]:
    with sqlite3.connect(store) as connection:
        rows = connection.execute("SELECT status, count(*) FROM surrogate_runs GROUP BY status")
        return dict(rows.fetchall())


def still_running(folder: Path) -> list[str]:
    """The commands of processes that were started in a folder, or with its name."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended, or is another user's
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            if str(folder) in f"{(process / 'cwd').readlink()} {command}":
                found.append(command)
    return found


def survived(plan: Path, outcome: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Run 20 points, one of which must have died once."""
    assert answer(["run", str(plan), "--runs", "20"]) == OK
    said = capsys.readouterr().out
    assert "20 runs are in" in said
    assert outcome in said
    assert statuses(plan.with_suffix(".db")) == {"ok": 20, "error": 1}
    assert still_running(plan.parent) == []


@pytest.mark.skipif(shutil.which("ngspice") is None, reason=NO_NGSPICE)
def test_the_colpitts_campaign_survives_a_program_that_dies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copied("colpitts", tmp_path)
    plant(folder, "ngspice")
    plan = folder / "colpitts.toml"
    plan.write_text(plan.read_text().replace('["ngspice"', '["./mortal_ngspice"'))
    survived(plan, "oscillates", capsys)


def test_the_quarter_cars_campaign_survives_an_fmu_that_dies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for package in ("fmpy", "pythonfmu"):
        pytest.importorskip(package, reason="pip install '.[fmu,examples]'")
    folder = copied("quarter_car", tmp_path)
    plant_within(folder / "quarter_car.py", "self.state = ")
    command = [sys.executable, str(folder / "quarter_car.py")]
    subprocess.run(command, check=True, capture_output=True, timeout=600)
    (folder / "tally").unlink()
    survived(folder / "quarter_car.toml", "lifts", capsys)


def test_the_lunar_landers_campaign_survives_an_episode_that_dies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("Box2D", reason="Box2D is not installed: pip install '.[examples]'")
    folder = copied("lunar_lander", tmp_path)
    plant_within(folder / "autopilot.py", "lander = environment")
    survived(folder / "lunar_lander.toml", "landed", capsys)


def test_the_free_kicks_campaign_survives_a_game_that_dies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("mujoco", reason="MuJoCo is not installed: pip install '.[examples]'")
    folder = copied("free_kick", tmp_path)
    plant_within(folder / "free_kick.py", "data = mujoco")
    survived(folder / "free_kick.toml", "goal", capsys)


def test_the_explosion_limits_campaign_survives_a_reactor_that_dies(tmp_path: Path) -> None:
    pytest.importorskip("cantera", reason="Cantera is not installed: pip install '.[examples]'")
    script = copied("hydrogen", tmp_path) / "hydrogen.py"
    plant_within(script, "network = ")
    done = subprocess.run(
        [sys.executable, script.name],
        capture_output=True,
        text=True,
        check=True,
        cwd=script.parent,
        timeout=6000,
    )
    # the second limit at 800 K lies near 100 torr, 13 kPa (Lewis and von Elbe 1987, chapter 2)
    low, _, high = (float(chance) for chance in re.findall(r"probability (\S+)", done.stdout))
    assert low > 0.9
    assert high < 0.1
    assert statuses(script.with_name("hydrogen.db")) == {"ok": 80, "error": 1}
    assert still_running(script.parent) == []
