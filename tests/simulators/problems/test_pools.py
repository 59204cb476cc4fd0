from pathlib import Path

import numpy as np
import pytest

from simulators.problems.pools import digits, pictures
from surrogate.oracle import Simulator, simulate
from surrogate.outcome import Answer


def test_digits_are_as_many_as_their_source_says() -> None:
    problem = digits(3, 8)
    assert len(problem.space) == 183 + 174  # of scikit-learn's description of the data
    assert problem.answers.sum() == 174
    assert problem.space.dimension == 64


def test_the_oracle_gives_the_answers_that_are_known() -> None:
    problem = digits(4, 9)
    assert isinstance(problem.oracle, Simulator)
    for row in (0, 100, 360):
        answer = simulate(problem.oracle, {"item": row}, seed=1)
        assert isinstance(answer, Answer)
        assert answer.values == {"is_9": problem.answers[row]}


def test_the_kind_of_a_picture_is_no_feature() -> None:
    problem = digits(4, 9)
    assert problem.space.features == ("picture",)
    assert problem.space.units.max() == 1.0


def test_pictures_of_a_file_of_ones_own(tmp_path: Path) -> None:
    images = np.arange(48, dtype=np.uint8).reshape(3, 4, 4)
    np.savez(tmp_path / "own.npz", images=images, labels=np.array([7, 2, 9]))
    problem = pictures(tmp_path / "own.npz", 7, 9)
    assert problem.answers.tolist() == [0.0, 1.0]
    assert problem.oracle.name == "own 7 and 9"


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="own"):
        pictures(tmp_path / "own.npz", 7, 9)
