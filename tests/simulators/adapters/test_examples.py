"""The adapters' examples run campaigns, with one failure planted among their runs."""

import shutil
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

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


def campaign(plan: Path, runs: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "surrogate", "run", str(plan), "--runs", str(runs)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def statuses(store: Path) -> dict[str, int]:
    with sqlite3.connect(store) as connection:
        rows = connection.execute("SELECT status, count(*) FROM surrogate_runs GROUP BY status")
        return dict(rows.fetchall())


@pytest.mark.skipif(shutil.which("ngspice") is None, reason=NO_NGSPICE)
def test_the_colpitts_campaign_survives_a_program_that_dies(tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLES / "colpitts", tmp_path / "colpitts", dirs_exist_ok=True)
    (folder / "colpitts.db").unlink(missing_ok=True)
    plant(folder, "ngspice")
    plan = folder / "colpitts.toml"
    plan.write_text(plan.read_text().replace('["ngspice"', '["./mortal_ngspice"'))
    done = campaign(plan, 30)
    assert done.returncode == 0, done.stderr
    assert "30 runs are in" in done.stdout
    assert "oscillates" in done.stdout
    assert statuses(folder / "colpitts.db") == {"ok": 30, "error": 1}
