"""Earlier results from a file: what can be used is, and of each other row it is said why not."""

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from surrogate.campaign import Campaign
from surrogate.cli import answer
from surrogate.cli_options import BAD_INPUT, OK
from surrogate.errors import DataError
from surrogate.outcome import Answer, Binary, Infeasible, Number
from surrogate.plan import Plan
from surrogate.recorded import Recorded, read_recorded
from surrogate.space import Categorical, Real, Space

SPACE = Space({"x": Real(0, 10, unit="m"), "foot": Categorical(("left", "right"))}, {"depth": 1.0})
OUTCOMES = (Number("margin", unit="m", low=-5, high=5), Binary("goal"))
BRANIN = """
name = "earlier"
[simulator]
use = "simulators.problems.emulation:branin"
[goal]
kind = "map"
[budget]
runs = 40
"""


def read(folder: Path, text: str, **named: str) -> Recorded:
    path = folder / "runs.csv"
    path.write_text(text, encoding="utf-8")
    return read_recorded(path, SPACE, OUTCOMES, named)


@pytest.mark.parametrize(
    "text",
    [
        "x,foot,margin,goal\n2.5,left,0.5,yes\n",
        "x;foot;margin;goal\n2,5;left;0,5;true\n",
        "goal\tmargin\tfoot\tx\n1\t0,5\tleft\t2.5\n",
        '\ufeffx,foot,margin,goal,remark\r\n2.5,left,5e-1,True,"windy, wet"\r\n\r\n',
    ],
    ids=["comma", "semicolon", "tab", "spreadsheet"],
)
def test_a_file_is_read_as_people_save_it(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, text)
    assert found.refused == ()
    (row,) = found.rows
    assert row.point == {"x": 2.5, "foot": "left", "depth": 1.0}
    assert isinstance(row.answer, Answer)
    assert row.answer.values == {"margin": 0.5, "goal": 1.0}
    assert row.answer.detail["imported from"] == "runs.csv"
    assert row.answer.detail["row"] == 2


def test_columns_go_by_another_name_where_said(tmp_path: Path) -> None:
    found = read(tmp_path, "Pos,foot,dist\n1,left,2\n", x="Pos", margin="dist")
    assert found.rows[0].point["x"] == 1.0


def test_each_row_that_cannot_be_used_says_why(tmp_path: Path) -> None:
    found = read(
        tmp_path, "x,foot,margin\n11,left,1\n1,middle,1\n,left,1\n1,left,nan\n1,left,\n2,left,1\n"
    )
    assert [row.line for row in found.rows] == [7]
    assert [line for line, _ in found.refused] == [2, 3, 4, 5, 6]
    expected = [
        "outside 0..10",
        "'middle' is not one of left, right",
        "nothing in column 'x'",
        "a finite number was expected",
        "outcome 'margin' was expected",
    ]
    for (_, why), said in zip(found.refused, expected, strict=True):
        assert said in why


def test_declined_points_and_values_out_of_range_are_learned_from(tmp_path: Path) -> None:
    found = read(tmp_path, "x,foot,margin\n1,left,infeasible: stalled\n2,left,99\n")
    declined, outside = (row.answer for row in found.rows)
    assert declined == Infeasible("stalled (runs.csv, line 2)")
    assert isinstance(outside, Infeasible)


def test_a_row_held_elsewhere_than_the_plan_holds_it_is_refused(tmp_path: Path) -> None:
    found = read(tmp_path, "x,foot,depth,margin\n1,left,1.0,0\n1,left,3.0,0\n")
    assert len(found.rows) == 1
    ((line, why),) = found.refused
    assert line == 3
    assert "parameter 'depth': 3.0 came, but it is held at 1.0" in why


def test_a_missing_column_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no column for x; its columns are pos, .*--column x=HEAD"):
        read(tmp_path, "pos,foot,margin\n1,left,2\n")
    with pytest.raises(DataError, match="column 'where' for 'x' is not there"):
        read(tmp_path, "pos,foot,margin\n1,left,2\n", x="where")


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(-5, 5)), min_size=1, max_size=5))
def test_numbers_survive_the_trip_with_points_and_with_commas(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[float, float]]
) -> None:
    folder = tmp_path_factory.mktemp("trip")
    for mark, comma in ((",", "."), (";", ",")):
        rows = [f"{x!r}{mark}left{mark}{y!r}".replace(".", comma) for x, y in pairs]
        found = read(folder, "\n".join([mark.join(("x", "foot", "margin")), *rows]))
        got = [(row.point["x"], row.answer) for row in found.rows]
        for (x, y), (there, known) in zip(pairs, got, strict=True):
            assert isinstance(known, Answer)
            assert (there, known.values["margin"]) == (x, y)


def test_an_import_begins_a_campaign_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan, file = tmp_path / "plan.toml", tmp_path / "old.csv"
    plan.write_text(BRANIN)
    file.write_text("x1;x2;f\n-1,5;3;20,25\n2;4,5;7\n99;0;1\n")
    assert answer(["import", str(plan), str(file), "--dry-run"]) == OK
    assert "2 of 3 rows" in capsys.readouterr().out
    assert not (tmp_path / "plan.db").exists()
    for expected in ("2 of 3 rows", "0 of 3 rows"):
        assert answer(["import", str(plan), str(file)]) == OK
        said = capsys.readouterr().out
        assert expected in said
        assert "line 4 cannot be used: parameter 'x1': 99 is outside" in said
    with Campaign.from_plan(Plan.load(plan)) as campaign:
        known = {(o.point["x1"], o.point["x2"]): o.values["f"] for o in campaign.observations()}
    assert known == {(-1.5, 3.0): 20.25, (2.0, 4.5): 7.0}


def test_a_file_that_is_not_there_is_bad_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(BRANIN)
    assert answer(["import", str(plan), str(tmp_path / "none.csv")]) == BAD_INPUT
    assert "cannot be read" in capsys.readouterr().err
    assert answer(["import", str(plan), str(plan), "--column", "x1"]) == BAD_INPUT
