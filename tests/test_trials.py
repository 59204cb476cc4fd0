"""Long studies: each can be started; results are kept, and made anew where the code changed."""

import ast
from importlib import import_module
from pathlib import Path

import pytest

from benchmarks import trials
from benchmarks.__main__ import NAMES

made: list[int] = []


def trial(x: int) -> int:
    made.append(x)
    return 2 * x


@pytest.fixture(autouse=True)
def empty_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(trials, "_commit", lambda: "abc1234")
    made.clear()


def run(*xs: int) -> list[int]:
    return trials.run_trials("study", trial, [{"x": x} for x in xs], jobs=1)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_benchmark_is_made_of_is_there(name: str) -> None:
    try:
        module = import_module(f"benchmarks.bench_{name}")
    except ModuleNotFoundError as error:
        if str(error.name).split(".")[0] in ("benchmarks", "simulators", "surrogate", "tests"):
            raise
        pytest.skip(f"{error.name}, which comes with an extra, is not installed")
    assert callable(module.tables)


def test_only_what_is_missing_is_run() -> None:
    assert run(1, 2) == [2, 4]
    assert run(3, 2, 1) == [6, 4, 2]
    assert made == [1, 2, 3]


def test_results_of_other_code_are_made_again_unless_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run(1, 2)
    monkeypatch.setattr(trials, "code_hash", lambda module: "other")
    monkeypatch.setattr(trials.Study, "any_code", True)
    assert run(1) == [2]
    assert made == [1, 2]
    monkeypatch.setattr(trials.Study, "any_code", False)
    assert run(1) == [2]
    assert made == [1, 2, 1]


def test_what_is_left_out_of_a_smaller_study_stays_on_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run(1, 2)
    monkeypatch.setattr(trials, "code_hash", lambda module: "other")
    run(1)
    lines = (trials.RESULTS / "study.jsonl").read_text().splitlines()
    assert len(lines) == 2
    assert all('"commit": "abc1234"' in line for line in lines)


def test_prose_does_not_change_what_code_is() -> None:
    plain = trials._without_docstrings("def f():\n    return 1\n")
    told = trials._without_docstrings('"""What."""\ndef f():\n    """One."""  # so\n    return 1\n')
    assert ast.dump(plain) == ast.dump(told)
