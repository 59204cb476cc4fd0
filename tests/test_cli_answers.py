"""The verbs that answer: what they print, spend, and leave in the ledger."""

import json
from pathlib import Path

import pytest

from surrogate.cli import answer
from surrogate.cli_options import OK
from tests.test_cli import refused, said, write


@pytest.fixture(scope="module")
def wall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = write(tmp_path_factory.mktemp("answers"), runs=48)
    assert answer(["run", str(path)]) == OK
    return path


def test_a_certificate_says_size_rule_and_where_to_aim(
    wall: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, "certify", wall, "--tolerance", "x=0.5")
    assert "Spot 1, above 0.5" in text
    assert "surely inside" in text
    assert "straying by x ±0.5 m" in text
    assert "not verified yet" in text


def test_verify_spends_its_runs_inside_and_tells_what_they_say(
    wall: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = json.loads(said(capsys, "verify", wall, 1, "--runs", 12, "--json"))
    confirmed = found["certificates"][0]["confirmed"]
    assert confirmed["runs"] == 12
    assert confirmed["share"] > 0.5
    counts = json.loads(said(capsys, "status", wall, "--json"))
    assert counts["runs"]["ok"] == 60


def test_a_spot_that_is_not_there_cannot_be_verified(
    wall: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "spot 40 was meant" in refused(capsys, "verify", wall, 40)


def test_what_cannot_be_a_tolerance_or_an_axis_is_refused(
    wall: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for wrong in ("wide", "nan", "-1"):
        assert "a share of every range" in refused(capsys, "certify", wall, f"--tolerance={wrong}")
    said = refused(capsys, "certify", wall, "--tolerance", "x=inf")
    assert "tolerance of 'x': a number in its unit, 0 or more, was expected, inf came" in said
    twice = refused(capsys, "export", wall, "--as", "c", "--x", "x", "--y", "x")
    assert "a table's axes are different; x, x came" in twice


def test_sensitivity_names_what_matters_and_leaves_a_picture(
    wall: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, "sensitivity", wall)
    assert "x explains" in text
    assert (wall.parent / "wall-sensitivity.png").read_bytes().startswith(b"\x89PNG")
    found = json.loads(said(capsys, "sensitivity", wall, "--json"))
    assert [effect["parameter"] for effect in found["effects"]] == ["x", "y"]


@pytest.mark.parametrize(
    ("kind", "start"),
    [
        ("map", b"PK"),
        ("table", b"PK"),
        ("table-csv", b"x,y"),
        ("c", b"/* cleared over x"),
        ("csv", b"query,seed"),
        ("png", b"\x89PNG"),
        ("svg", b"<?xml"),
    ],
)
def test_a_campaign_is_taken_away_as(
    wall: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, kind: str, start: bytes
) -> None:
    file = tmp_path / "away"
    file = file.with_suffix(f".{kind}" if kind in ("png", "svg") else ".file")
    assert f"written to {file}" in said(capsys, "export", wall, "--as", kind, "--out", file)
    assert file.read_bytes().startswith(start)


def test_a_place_that_cannot_be_written_is_said(
    wall: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "missing" / "away.csv"
    assert "cannot be written" in refused(capsys, "export", wall, "--as", "csv", "--out", file)
    assert "cannot be written" in refused(capsys, "sensitivity", wall, "--out", f"{file}.png")


def test_replay_says_what_choosing_saved(wall: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "replay", wall, "--runs", 16, "--repeats", 1)
    assert "runs  own" in text
    assert "beside space-filling points" in text


def test_tune_answers_with_a_setting_and_the_runs_that_would_confirm_it(
    wall: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, "tune", wall, "--knob", "x", "--now", "x=8", "--keep", 1)
    assert "overall rate" in text
    assert "runs there would confirm it" in text
    assert "no parameter is marked as a design knob" in refused(capsys, "tune", wall)
