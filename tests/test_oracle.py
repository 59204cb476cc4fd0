"""The simulator's contract: wrapped functions, knobs, import paths, seeds."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from surrogate.errors import SimulatorError
from surrogate.oracle import FunctionSimulator, Simulator, SimulatorSource, simulate, simulator
from surrogate.outcome import Answer, Binary
from surrogate.records import seeds
from surrogate.space import Real, Space

SPACE = Space({"x": Real(0, 1)})


@simulator(space=SPACE, outcome=Binary("hit"), knobs={"ease": 0.5}, settings={"pace": "fast"})
def throw(point: Any, *, rng: np.random.Generator, ease: float, pace: str) -> bool:
    return bool(rng.random() < ease * point["x"])


def test_a_decorated_function_is_a_simulator() -> None:
    assert isinstance(throw, Simulator)
    assert throw.name == "throw"


def test_the_same_seed_gives_the_same_outcome() -> None:
    runs = [simulate(throw, {"x": 0.9}, seed) for seed in range(50)]
    assert runs == [simulate(throw, {"x": 0.9}, seed) for seed in range(50)]
    assert {answer.values["hit"] for answer in runs if isinstance(answer, Answer)} == {0.0, 1.0}


def test_knobs_change_the_design_and_unknown_ones_are_refused() -> None:
    assert simulate(throw.with_knobs({"ease": 0.0}), {"x": 1.0}, 1) == Answer({"hit": 0.0})
    with pytest.raises(SimulatorError, match="has no knob 'easy'; its knobs are: ease"):
        throw.with_knobs({"easy": 1})
    with pytest.raises(SimulatorError, match="has no setting 'ease'; its settings are: pace"):
        throw.with_settings({"ease": 1})


def test_a_function_without_rng_is_refused_when_it_is_decorated() -> None:
    with pytest.raises(SimulatorError, match="a keyword 'rng' was expected"):

        @simulator(space=SPACE, outcome=Binary("hit"))
        def careless(point: Any) -> bool:
            return True


def write_module(folder: Path, text: str) -> SimulatorSource:
    (folder / "my_oracle.py").write_text(text)
    return SimulatorSource("my_oracle:sim", paths=(str(folder),))


@pytest.mark.parametrize(
    ("use", "words"),
    [
        ("no_colon", "'module:attribute' was expected"),
        ("no_such_module_at_all:sim", "No module named 'no_such_module_at_all'"),
        ("surrogate.oracle:nothing", "has no attribute 'nothing'"),
        ("surrogate.oracle:simulate", "is a function, not a simulator"),
    ],
)
def test_a_simulator_that_cannot_be_had_is_explained(use: str, words: str) -> None:
    with pytest.raises(SimulatorError, match=words):
        SimulatorSource(use).load()


def test_a_misspelt_module_or_name_is_told_what_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.path", ["sentinel"])
    write_module(tmp_path, "import nowhere_at_all\n")
    for use, words in {
        "my_oracel:sim": "did you mean 'my_oracle'\\? It was looked for in",
        "my_oracle:sim": "install what it needs beside",
        "surrogate.oracle:simulat": "'simulat'; check the name: did you mean 'simulat",
    }.items():
        with pytest.raises(SimulatorError, match=words):
            SimulatorSource(use, paths=(str(tmp_path),)).load()


def test_a_module_that_fails_on_import_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.path", ["sentinel"])
    source = write_module(tmp_path, "1 / 0\n")
    with pytest.raises(
        SimulatorError, match=r"failed with ZeroDivisionError.*my_oracle.py, line 1"
    ):
        source.load()


def test_a_source_with_an_instance_needs_no_import() -> None:
    source = SimulatorSource(instance=throw, knobs={"ease": 1.0})
    loaded = source.load()
    assert isinstance(loaded, FunctionSimulator)
    assert loaded.knobs == {"ease": 1.0}


def test_seeds_differ_by_index_and_purpose_and_nothing_else() -> None:
    drawn = {seeds(1, index, purpose) for index in range(100) for purpose in ("run", "audit")}
    assert len(drawn) == 200
    assert seeds(1, 7) == 4445512965880304958
