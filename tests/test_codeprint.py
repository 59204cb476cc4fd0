import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from surrogate.codeprint import code_print
from surrogate.oracle import SimulatorSource
from surrogate.told import told

CODE = '''
"""A module."""
import numpy as np
from surrogate import Number, Real, Space, simulator
from {beside} import factor  # how much

@simulator(space=Space({{"x": Real(0, 1)}}), outcome=Number("y"))
def fall(point, *, rng):
    return factor * point["x"]
'''
Print = Callable[..., str]


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> Print:
    def made(folder: Path, code: str, factor: str = "factor = 2.0\n", package: str = "") -> str:
        place = folder / package
        place.mkdir(parents=True, exist_ok=True)
        (place / "__init__.py").touch()
        beside = ".fp_beside" if package else "fp_beside"
        (place / "fp_main.py").write_text(code.format(beside=beside))
        (place / "fp_beside.py").write_text(factor)
        dotted = f"{package}." if package else ""
        for name in (package, f"{dotted}fp_main", f"{dotted}fp_beside"):
            sys.modules.pop(name, None)
        source = SimulatorSource(f"{dotted}fp_main:fall", paths=(str(folder),))
        found = code_print(source, source.load())
        monkeypatch.setattr(sys, "path", [p for p in sys.path if p != str(folder)])
        return found

    return made


@pytest.mark.parametrize("package", ["", "fp_package"])
def test_the_print_is_the_same_wherever_the_files_lie(
    printed: Print, tmp_path: Path, package: str
) -> None:
    first = printed(tmp_path / "a", CODE, package=package)
    assert first == printed(tmp_path / "b", CODE, package=package)
    assert len(first) == 12


def test_comments_blank_lines_and_layout_do_not_count(printed: Print, tmp_path: Path) -> None:
    other = CODE.replace("# how much", "# whatever").replace("factor * point", "factor*point")
    assert printed(tmp_path / "a", CODE) == printed(tmp_path / "b", other + "\n\n# the end\n")


def test_a_changed_line_counts_and_so_does_one_in_a_file_beside_it(
    printed: Print, tmp_path: Path
) -> None:
    prints = {
        printed(tmp_path / "a", CODE),
        printed(tmp_path / "b", CODE.replace("factor *", "factor +")),
        printed(tmp_path / "c", CODE, "factor = 3.0\n"),
    }
    assert len(prints) == 3


def test_of_a_notebook_the_function_and_those_that_it_calls_count(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    lines = [
        "from surrogate.codeprint import code_print",
        "from surrogate.oracle import SimulatorSource",
        "def factor(): return 2.0",
        *CODE.replace("from {beside} import factor  # how much", "").format().splitlines(),
        "    return factor() * point['x']",
        "print(code_print(SimulatorSource(instance=fall), fall))",
    ]
    text = "\n".join(line for line in lines if "return factor * " not in line)

    def said(code: str) -> str:
        script.write_text(code)
        command = [sys.executable, str(script)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    first = said(text)
    assert len(first.strip()) == 12
    assert said(text + "\nunrelated = 1\n") == first
    assert said(text.replace("return 2.0", "return 3.0")) != first


def test_a_declared_simulators_programs_and_modules_beside_the_plan_count(tmp_path: Path) -> None:
    table: dict[str, Any] = {"space": {"x": {"low": 0, "high": 1}}, "outcomes": {"y": {}}}
    simulator = told.declared(table, tmp_path)
    declare = {"command": ["{{python}}", "{{folder}}/solver.py", "x"], "policy": "pilot:act"}
    source = SimulatorSource("adapters:any", declare=declare, paths=(str(tmp_path),))
    assert code_print(source, simulator) == ""
    prints = []
    for name, text in (
        ("solver", "x = 1"),
        ("pilot", "y = 1"),
        ("pilot", "y = 2"),
        ("pilot", "y=2"),
    ):
        (tmp_path / f"{name}.py").write_text(text)
        prints.append(code_print(source, simulator))
    assert len({*prints[:3]}) == 3
    assert prints[3] == prints[2]
