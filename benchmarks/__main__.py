"""Runs one benchmark by name and prints its table, with the figure to beat beside ours."""

import argparse
import json
from importlib import import_module
from pathlib import Path

from benchmarks.table import Table
from benchmarks.trials import Study

NAMES = sorted(
    path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py")
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--quick", action="store_true", help="a short form, under two minutes")
    parser.add_argument("--seeds", type=int, default=None, help="how many repeats")
    parser.add_argument("--json", action="store_true", help="the table as JSON")
    parser.add_argument(
        "--kept", action="store_true", help="take results on file that other code made, too"
    )
    arguments = parser.parse_args()
    Study.any_code = arguments.kept
    module = import_module(f"benchmarks.bench_{arguments.name}")
    tables: list[Table] = module.tables(quick=arguments.quick, seeds=arguments.seeds)
    if arguments.json:
        print(json.dumps([table.as_dict() for table in tables], indent=1))
    else:
        print("\n\n".join(table.as_text() for table in tables))
        for commit, count in Study.made_by.items():
            print(f"{count} trials at commit {commit}")


if __name__ == "__main__":
    main()
