"""The files for cron, systemd and CI say commands that there are, on a plan that loads."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from surrogate.cli import answer
from surrogate.cli_options import OK
from surrogate.plan import Plan
from surrogate.timetable import check

FOLDER = Path(__file__).parents[2] / "examples" / "schedule"
FILES = ("crontab", "surrogate-schedule.service", "ci.yml", "README.md")


@pytest.mark.parametrize("file", FILES)
def test_every_command_is_one_that_there_is(file: str) -> None:
    commands = re.findall(r"surrogate schedule ([\w|]+)(.*)", (FOLDER / file).read_text())
    assert commands
    for verbs, rest in commands:
        for verb in verbs.split("|"):
            assert answer(["schedule", verb, "--help"]) == OK
        for option in re.findall(r"(--[\w-]+)", rest.partition("||")[0]):
            assert option in ("--due", "--cron", "--zone", "--on-change")


def test_the_crontab_has_a_line_that_cron_reads() -> None:
    (line,) = [one for one in (FOLDER / "crontab").read_text().splitlines() if one[0] != "#"]
    check(" ".join(line.split()[:5]), "UTC")


def test_the_plan_loads_and_says_where_news_go() -> None:
    plan = Plan.load(FOLDER / "nightly.toml")
    assert plan.tell is not None
    assert plan.tell.file == "found.jsonl"


def test_systemd_reads_its_files() -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed")
    units = sorted(map(str, FOLDER.glob("surrogate-schedule.*")))
    done = subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False
    )
    said = [line for line in done.stderr.splitlines() if "surrogate-schedule" in line]
    assert not [line for line in said if "Unknown" in line or "Failed to parse" in line]
