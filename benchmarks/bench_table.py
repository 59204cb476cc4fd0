"""The compiled C table in two dimensions: points a second on one core, and what it is off by."""

import subprocess
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.table import Table
from simulators.problems.emulation import branin
from surrogate.answers.cheader import write_header
from surrogate.answers.table import make_table
from surrogate.dataset import Dataset
from surrogate.design import sobol
from surrogate.models.recipes import recipe_for

TO_BEAT = 1e7  # points a second
POINTS = 50_000_000
_PROGRAM = """
#include <stdio.h>
#include <time.h>
#include "branin.h"
int main(void) {
    unsigned s = 1u; float total = 0.0f; clock_t begin = clock();
    for (long k = 0; k < %dL; k++) {
        s = s * 1664525u + 1013904223u; float a = (float)(s >> 8) * (15.0f / 16777216.0f) - 5.0f;
        s = s * 1664525u + 1013904223u; float b = (float)(s >> 8) * (15.0f / 16777216.0f);
        total += branin(a, b);
    }
    printf("%%g %%g", (double)(clock() - begin) / CLOCKS_PER_SEC, (double)total);
    return 0;
}
"""


def tables(quick: bool, seeds: int | None) -> list[Table]:
    units, rows = sobol(2, 80, seed=1), np.arange(80)
    none = np.full(80, np.nan)
    data = Dataset(branin.outcome, units, branin.on(units), np.ones(80), none, rows)
    table = make_table(recipe_for(branin.outcome, 2).fit(data), branin.space)
    points = POINTS // (5 if quick else 1)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_header(table, folder / "branin.h", "branin")
        (folder / "main.c").write_text(_PROGRAM % points)
        build = ["cc", "-O2", "-std=c99", "main.c", "-o", "main", "-lm"]
        subprocess.run(build, cwd=folder, check=True)
        times = []
        for _ in range(5):
            done = subprocess.run(
                [str(folder / "main")], capture_output=True, text=True, check=True
            )
            times.append(float(done.stdout.split()[0]))
    row = (table.mean.size, points / min(times), TO_BEAT, table.worst, table.typical)
    columns = ("values", "points a second", "to beat", "largest error", "typical")
    return [Table("C table of Branin, one core, best of five", columns, (row,))]
