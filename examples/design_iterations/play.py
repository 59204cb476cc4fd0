"""Three versions of a game, and what each changed: every step is a command to type as well.

v1 has two defects, in v2 one of them is mended and the other has moved, in v3 the first is back.
Plan, store and pictures are in a folder `played-...` afterwards.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from surrogate.cli import answer

HERE = Path(__file__).resolve().parent
PLAN = "long_shots.toml"
VERSIONS = {
    "v1": ('["dead_zone", "one_sided"]', 48),
    "v2": ('["one_sided"]', 254),
    "v3": ('["dead_zone", "one_sided"]', 254),
}


def design(version: str) -> None:
    """Write the plan, with a version's design in it, into this folder."""
    defects, seed = VERSIONS[version]
    told = {"design = ": f'"{version}"', "defects = ": defects, "defect_seed = ": str(seed)}
    lines = (HERE / PLAN).read_text().splitlines()
    for j, line in enumerate(lines):
        lines[j] = next((key + told[key] for key in told if line.startswith(key)), line)
    Path(PLAN).write_text("\n".join([*lines, ""]))


def surrogate(words: str, *, may_end_with: tuple[int, ...] = (0,)) -> int:
    """Do what the command line does; where that does not end well, nor does this."""
    print(f"\n$ surrogate {words}", flush=True)
    code = answer(words.split())
    return code if code in may_end_with else sys.exit(code)


def play(first: int, later: int) -> None:
    """All versions in turn, the first one with `first` runs and each other with `later`."""
    os.chdir(tempfile.mkdtemp(prefix="played-", dir="."))
    shutil.copy(HERE / "series.py", ".")
    for number, version in enumerate(VERSIONS):
        design(version)
        if not number:
            surrogate(f"run {PLAN} --runs {first}")
        else:
            surrogate(f"run {PLAN} --from previous --runs {later}")
            surrogate(f"compare {PLAN}")
    surrogate(f"timeline {PLAN}")
    code = surrogate(f"compare {PLAN} --gate --junit gate.xml", may_end_with=(0, 4, 5))
    print(f"The gate ends with {code}: 0 pass, 4 fail, 5 too little is known.")


if __name__ == "__main__":
    play(*(int(word) for word in sys.argv[1:3] or (120, 60)))
