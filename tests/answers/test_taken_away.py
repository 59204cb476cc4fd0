"""Every file is read back by another program, and says what it says to the accuracy it states."""

import csv
import ctypes
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from surrogate.answers.cheader import header_text, identifier, write_header
from surrogate.answers.datafile import run_columns, write_csv, write_netcdf, write_parquet
from surrogate.answers.maps import View, make_map
from surrogate.answers.onnxfile import write_onnx
from surrogate.answers.table import make_table, write_csv as write_table, write_npz
from surrogate.errors import PointError
from surrogate.outcome import Number
from surrogate.records import Observation, Query, Reason
from surrogate.space import Categorical, Integer, Real, Space
from tests.answers.process import Process
from tests.answers.test_spots import PITCH, known
from tests.models.test_portable import QUERIES, SPACE, learned


@pytest.mark.parametrize("outcome", ["yes", "height"])
def test_onnxruntime_agrees_in_single_precision(tmp_path: Path, outcome: str) -> None:
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    pytest.importorskip("onnx", reason="the extra onnx is not installed")
    path = write_onnx(learned(outcome), SPACE, tmp_path / "away.onnx")
    choices = ("left", "right", "head")
    points = SPACE.decode(QUERIES)
    own = [[p["x"], p["n"], choices.index(str(p["foot"])), p["y"]] for p in points]
    session = runtime.InferenceSession(str(path))
    mean, lower, upper = session.run(None, {"x": np.array(own, dtype=np.float32)})
    read = learned(outcome).predict(QUERIES)
    np.testing.assert_allclose(mean, read.mean, atol=1e-4)
    slack = 1e-4 if outcome == "yes" else 1e-3
    np.testing.assert_allclose(lower, read.lower, atol=slack)
    np.testing.assert_allclose(upper, read.upper, atol=slack)


def test_a_table_s_error_between_its_points_is_what_it_states(tmp_path: Path) -> None:
    table = make_table(known(), PITCH)
    units = np.random.default_rng(7).random((2000, 2))
    columns = PITCH.columns(units)
    said = table([axis.place(columns[axis.name]) for axis in table.axes])
    error = np.abs(said - known().predict(units).mean)
    assert 0.5 * table.worst < error.max() < 2 * table.worst
    assert table.worst < 0.01
    with np.load(write_npz(table, tmp_path / "t.npz"), allow_pickle=False) as file:
        header = json.loads(bytes(file["header"]))
        assert header["worst_error"] == table.worst
        assert file["mean"].shape == (len(file["axis.x"]), len(file["axis.y"]))


def test_a_table_as_csv_has_a_line_a_point(tmp_path: Path) -> None:
    space = Space({"n": Integer(1, 4), "x": Real(0.0, 1.0)})
    table = make_table(Process(lambda u: u[:, 0], np.full((1, 2), 0.5)), space, ["n"])
    with write_table(table, tmp_path / "t.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["n"]) for row in rows] == [1, 2, 3, 4]
    assert float(rows[2]["goal"]) == pytest.approx(table.mean[2])


def test_a_table_cannot_run_over_choices() -> None:
    space = Space({"foot": Categorical(("left", "right")), "x": Real(0.0, 1.0)})
    process = Process(lambda u: u[:, 0], np.full((1, 2), 0.5))
    with pytest.raises(PointError, match="'foot' is none: choose from x"):
        make_table(process, space, ["foot"])
    assert make_table(process, space).held == {"foot": "right"}


needs_compiler = pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler is here")


def compiled(folder: Path, header: Path, signature: str) -> ctypes.CDLL:
    (folder / "table.c").write_text(f'#include "{header.name}"\n{signature}\n')
    library = folder / "table.so"
    flags = ["-O2", "-std=c99", "-Wall", "-Werror", "-shared", "-fPIC"]
    subprocess.run(["cc", *flags, "table.c", "-o", library.name, "-lm"], cwd=folder, check=True)
    return ctypes.CDLL(str(library))


@needs_compiler
def test_a_compiled_c_table_gives_what_the_table_gives(tmp_path: Path) -> None:
    space = Space({"k": Real(0.01, 100.0, scale="log"), "y": Real(-1.0, 1.0), "n": Integer(1, 9)})
    at = np.random.default_rng(0).random((40, 3))
    process = Process(lambda u: u.sum(axis=1), at, outcome=Number("height", unit="m"))
    table = make_table(process, space)
    header = write_header(table, tmp_path / "height.h")
    library = compiled(
        tmp_path, header, "float f(float k, float y, float n) { return height(k, y, n); }"
    )
    library.f.restype, library.f.argtypes = ctypes.c_float, [ctypes.c_float] * 3
    rows = [[0.01, -1.0, 1.0], [3.0, 0.3, 4.0], [100.0, 1.0, 9.0], [1e6, -7.0, 99.0]]
    expected = table(
        [axis.place(np.array([row[j] for row in rows])) for j, axis in enumerate(table.axes)]
    )
    np.testing.assert_allclose([library.f(*row) for row in rows], expected, atol=1e-4)


def test_a_header_s_names_are_names_in_c() -> None:
    assert identifier("goal rate [%]") == "goal_rate"
    assert identifier("2nd") == "t_2nd"
    assert "static inline float goal_rate(float a0, float a1)" in header_text(
        make_table(known(), PITCH), "goal_rate"
    )


def some_runs() -> tuple[list[Observation], list[Query]]:
    points: list[dict[str, float]] = [{"x": 1.0, "y": 2.0}, {"x": 3.0, "y": 4.0}]
    runs = [
        Observation(0, points[0], {"goal": 1.0}, cost=2.0, reason=Reason.START),
        Observation(1, points[1], {}, message="=stalled", reason=Reason.AUDIT),
    ]
    return runs, [Query(j, p, 70 + j, Reason.START, "") for j, p in enumerate(points)]


def test_runs_as_csv_can_be_read_by_a_spreadsheet_and_hold_no_formula(tmp_path: Path) -> None:
    path = write_csv(run_columns(("x", "y"), ("goal",), *some_runs()), tmp_path / "runs.csv")
    with path.open() as file:
        first, second = csv.DictReader(file)
    assert (first["x"], first["goal"], first["seed"]) == ("1.0", "1.0", "70")
    assert (second["goal"], second["declined"]) == ("", "'=stalled")


def test_runs_as_parquet_are_read_by_pandas_or_arrow(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra data is not installed")
    path = write_parquet(run_columns(("x", "y"), ("goal",), *some_runs()), tmp_path / "r.parquet")
    rows = parquet.read_table(path).to_pylist()
    assert [row["goal"] for row in rows] == [1.0, None]
    assert rows[1]["reason"] == "audit"


def test_a_map_is_read_back_by_xarray_with_its_units(tmp_path: Path) -> None:
    xarray = pytest.importorskip("xarray", reason="the extra data is not installed")
    chart = make_map(known(), PITCH, View("x", "y", size=16))
    with xarray.open_dataset(write_netcdf(chart, tmp_path / "map.nc"), engine="scipy") as found:
        assert found["mean"].dims == ("y", "x")
        assert found["x"].attrs["units"] == "m"
        np.testing.assert_allclose(found["mean"].values, chart.mean)
