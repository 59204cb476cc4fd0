"""The main job as a newcomer runs it: 400 shots, 16 game instances at real pace, one command.

To beat: 90 s of wall time, workers busy 90 % between the first and the last run, 300 runs chosen
by the rule.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.table import Table
from surrogate.records import Query, Reason, Run
from surrogate.store.sql import open_store

PLAN = Path(__file__).parent.parent / "examples" / "penalty_box.toml"
PLACED = (Reason.START, Reason.AUDIT)


def tables(quick: bool, seeds: int | None) -> list[Table]:
    rows = [_row(number) for number in range(1, 1 + (seeds or 1))]
    columns = ("run", "runs", "chosen by the rule", "wall s", "workers busy %", "failed")
    note = "to beat: 400 runs, at least 300 chosen, under 90 s, busy at least 90 %"
    return [Table("examples/penalty_box.toml on this machine", columns, tuple(rows), note)]


def _row(number: int) -> tuple[object, ...]:
    with tempfile.TemporaryDirectory() as folder:
        plan = shutil.copy(PLAN, folder)
        began = time.monotonic()
        subprocess.run(
            [sys.executable, "-m", "surrogate", "run", plan], check=True, stdout=sys.stderr
        )
        wall = time.monotonic() - began
        store = open_store(Path(folder) / "penalty_box.db")
        runs, queries = store.runs("penalty-box"), store.queries("penalty-box")
        store.close()
    failed = sum(not run.values for run in runs)
    return (number, len(runs), _chosen(queries), wall, 100 * _busy(runs, 16), failed)


def _chosen(queries: tuple[Query, ...]) -> int:
    """Queries that a rule chose: not the start, not the audit."""
    return sum(query.reason not in PLACED for query in queries)


def _busy(runs: tuple[Run, ...], slots: int) -> float:
    """Share of the slots' time inside simulators between the first and the last run."""
    first = min(run.started for run in runs)
    last = max(run.started + run.seconds for run in runs)
    return sum(run.seconds for run in runs) / (slots * (last - first))
