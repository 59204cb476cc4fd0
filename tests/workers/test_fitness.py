import pickle
from pathlib import Path

import pytest

from surrogate.oracle import SimulatorSource
from surrogate.workers.fitness import complaint, difference, facts

ROOT = str(Path(__file__).parents[2])
SOURCE = SimulatorSource("tests.workers.small:steady", paths=(ROOT,))


def test_this_machine_is_fit_for_what_it_runs_itself() -> None:
    assert complaint(pickle.dumps(SOURCE), facts(SOURCE), 30.0) == ""


def test_a_difference_names_the_package_and_both_versions() -> None:
    words = difference({"python": "3.12", "beam": "1.4"}, {"python": "3.12", "beam": "1.3"})
    assert words == "beam is 1.3 there and 1.4 here; install the same"


def test_what_is_missing_is_named() -> None:
    assert difference({"beam": "1.4"}, {}) == "beam is not installed there (1.4 is needed)"


def test_more_there_than_here_is_no_difference() -> None:
    assert difference({"beam": "1.4"}, {"beam": "1.4", "rope": "2.0"}) == ""


@pytest.mark.parametrize(
    ("use", "words"),
    [
        ("tests.workers.nowhere:it", "No module named 'tests.workers.nowhere'"),
        ("tests.workers.crashing_import:it", "ended its process: exited with code 9"),
    ],
)
def test_a_simulator_that_does_not_load_is_told_in_words(use: str, words: str) -> None:
    source = SimulatorSource(use, paths=(ROOT,))
    assert words in complaint(pickle.dumps(source), {}, 30.0)


def test_a_simulator_that_hangs_as_it_is_imported_is_given_up() -> None:
    source = SimulatorSource("tests.workers.endless:sim", paths=(ROOT,))
    said = complaint(pickle.dumps(source), {}, 2.0)
    assert said == "the simulator did not load there within 2 s"
