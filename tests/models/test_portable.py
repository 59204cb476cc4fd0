"""A map that was taken away reads as the live surrogate does, with numpy alone."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from surrogate.dataset import Dataset
from surrogate.design import sobol
from surrogate.errors import PlanError
from surrogate.models import mapreader
from surrogate.models.base import Marginal
from surrogate.models.heuristic import Guessed, HeuristicRecipe, MapGuess
from surrogate.models.mapreader import PortableMap
from surrogate.models.portable import write_map
from surrogate.models.recipes import recipe
from surrogate.outcome import Binary, Number, Outcome
from surrogate.space import Array, Categorical, Integer, Real, Space

SPACE = Space(
    {
        "x": Real(1.0, 100.0, scale="log"),
        "n": Integer(1, 5),
        "foot": Categorical(("left", "right", "head")),
        "y": Real(-1.0, 1.0),
    }
)
OUTCOMES: dict[str, Outcome] = {"yes": Binary("yes"), "height": Number("height", noise="none")}


def truth(units: Array) -> Array:
    return np.asarray(np.sin(4 * units[:, 0]) + units[:, 1] * (units[:, 2] > 0.4) - units[:, 3])


@cache
def learned(outcome: str, name: str = "gp") -> Marginal:
    units = SPACE.snap(sobol(4, 90, seed=1))
    height = truth(units)
    values = (height > 0.4).astype(float) if outcome == "yes" else height
    ones, none = np.ones(90), np.full(90, np.nan)
    data = Dataset(OUTCOMES[outcome], units, values, ones, none, np.arange(90), (0, 0, 3, 0))
    return recipe(name, OUTCOMES[outcome], 4).fit(data)


def taken(folder: Path, surrogate: Marginal) -> Path:
    return write_map(surrogate, SPACE, folder / "away.npz", {"campaign": "shots"})


QUERIES = SPACE.snap(sobol(4, 300, seed=5))


@pytest.mark.parametrize("name", ["gp", "gp-rbf", "gp-matern32"])
@pytest.mark.parametrize("outcome", list(OUTCOMES))
def test_the_mean_is_that_of_the_live_surrogate_to_a_millionth(
    tmp_path: Path, outcome: str, name: str
) -> None:
    live = learned(outcome, name)
    mean, lower, upper = PortableMap(taken(tmp_path, live)).predict(SPACE.decode(QUERIES))
    read = live.predict(QUERIES)
    np.testing.assert_allclose(mean, read.mean, atol=1e-6)
    slack = 2e-5 if outcome == "yes" else 1e-3  # single precision; a variance next to nothing
    np.testing.assert_allclose(lower, read.lower, atol=slack)
    np.testing.assert_allclose(upper, read.upper, atol=slack)


def test_the_reader_has_fewer_than_a_hundred_lines_and_needs_numpy_alone(tmp_path: Path) -> None:
    code = Path(mapreader.__file__).read_text()
    assert sum(bool(line.strip()) for line in code.splitlines()) < 100
    (tmp_path / "reader.py").write_text(code)
    path = taken(tmp_path, learned("yes"))
    point = SPACE.decode(QUERIES[:1])
    script = (
        f"import sys, reader\nprint(reader.PortableMap({str(path)!r}).predict({point!r})[0][0])\n"
        "print(*(name for name in ('scipy', 'surrogate', 'sklearn') if name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    value, loaded = done.stdout.split("\n")[:2]
    assert float(value) == pytest.approx(float(learned("yes").predict(QUERIES[:1]).mean[0]))
    assert loaded == ""


def test_the_header_is_json_with_version_space_and_what_was_said_of_it(tmp_path: Path) -> None:
    with np.load(taken(tmp_path, learned("yes")), allow_pickle=False) as file:
        header = json.loads(bytes(file["header"]))
    assert (header["format"], header["version"]) == ("surrogate-map", 1)
    assert [one["kind"] for one in header["space"]] == ["real", "whole", "choice", "real"]
    assert header["about"] == {"campaign": "shots"}


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.npz"
    np.savez(path, header=np.frombuffer(b'{"format": "surrogate-map", "version": 2}', np.uint8))
    with pytest.raises(ValueError, match="a surrogate-map of version 1 was expected"):
        PortableMap(path)


def test_points_beyond_a_range_read_as_its_end(tmp_path: Path) -> None:
    found = PortableMap(taken(tmp_path, learned("yes")))
    point: dict[str, Any] = {"x": 100.0, "n": 5, "foot": "head", "y": 1.0}
    beyond = {**point, "x": 1e6, "y": 7.0}
    assert found.predict([point])[0] == found.predict([beyond])[0]


def test_what_is_no_plain_process_cannot_be_taken_away_and_is_told_what_can(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="take a table in its place"):
        taken(tmp_path, learned("yes", "svm"))


def test_a_map_guides_another_campaign_as_its_heuristic(tmp_path: Path) -> None:
    guess = MapGuess(taken(tmp_path, learned("height")))
    data = Dataset(Binary("yes"), QUERIES, np.ones(300), np.ones(300), np.ones(300), np.arange(300))
    made = HeuristicRecipe(guess, SPACE).fit(data, start={}, optimise=True)
    assert isinstance(made, Guessed)
    assert np.corrcoef(made.read(QUERIES)[0], truth(QUERIES))[0, 1] > 0.95


def test_a_map_over_other_parameters_is_no_heuristic_here(tmp_path: Path) -> None:
    guess = MapGuess(taken(tmp_path, learned("yes")))
    with pytest.raises(PlanError, match="over foot, n, y too; the space has x"):
        HeuristicRecipe(guess, Space({"x": Real(1.0, 100.0)}))
    (tmp_path / "no.npz").write_text("no map")
    with pytest.raises(PlanError, match="is no portable map"):
        MapGuess(tmp_path / "no.npz")
