"""Two stored campaigns are compared from Python and from the command line."""

import json
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from surrogate import Campaign
from surrogate.cli import answer
from surrogate.plan import Plan

PLAN = """
name = "{name}"
store = "runs.db"
[simulator]
use = "{module}:{name}"
[goal]
kind = "boundary"
level = 0.5
[budget]
runs = 60
"""
GAMES = """
from surrogate import Binary, Real, Space, simulator

SPACE = Space({"x": Real(0.0, 10.0, unit="m"), "y": Real(0.0, 10.0, unit="m")})


def game(edge):
    def shot(point, *, rng):
        return bool(rng.random() < (0.95 if point["x"] < edge else 0.05))
    return simulator(space=SPACE, outcome=Binary("goal"))(shot)


old, new = game(3.0), game(7.0)
"""
EDGES = {"old": 3.0, "new": 7.0}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("iterations")
    module = f"games_{place.name}"
    (place / f"{module}.py").write_text(GAMES)
    for seed, (name, edge) in enumerate(EDGES.items()):
        (place / f"{name}.toml").write_text(PLAN.format(name=name, module=module))
        rng = np.random.default_rng(seed)
        with Campaign.from_plan(Plan.load(place / f"{name}.toml")) as campaign:
            for x, y in rng.random((60, 2)) * 10:
                point = {"x": float(x), "y": float(y)}
                campaign.tell(point, bool(rng.random() < (0.95 if x < edge else 0.05)))
    return place


def test_a_campaign_is_compared_with_the_one_before_it(folder: Path) -> None:
    store = folder / "runs.db"
    with Campaign.open(store, "old") as before, Campaign.open(store, "new") as after:
        found = after.compare(before)
    (spot,) = found.changes
    assert str(spot.verdict) in {"grew", "moved"}
    assert spot.change.lower < 40.0 < spot.change.upper
    assert found.overall.sure


def test_the_verb_says_what_changed_and_draws_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(["compare", str(folder / "old.toml"), str(folder / "new.toml")]) == 0
    said = capsys.readouterr().out
    assert "over all rose by" in said
    assert "size before" in said
    assert imread(folder / "new-compare.png").std() > 0.1


def test_the_verb_takes_names_in_a_store_and_prints_json(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = str(folder / "runs.db")
    assert answer(["compare", "old", "new", "--store", store, "--x", "x", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["before"]["campaign"], found["after"]["campaign"]) == ("old", "new")
    assert found["map"]["y"] is None
    assert np.array(found["map"]["sure"])[0, 60:75].all()


def test_a_campaign_that_is_not_there_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(["compare", "old", "newer", "--store", str(folder / "runs.db")]) == 2
    assert "newer" in capsys.readouterr().err


def gated(folder: Path, rules: str) -> list[str]:
    """The command line of a gate with these rules in the new plan."""
    plan = folder / "gated.toml"
    plan.write_text((folder / "new.toml").read_text() + rules)
    return ["compare", str(folder / "old.toml"), str(plan), "--gate"]


def test_a_gate_turns_rules_into_exit_codes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(gated(folder, "[gate.overall]\nwithin = 0.02\n")) == 4
    assert "gate: fail, new against old" in capsys.readouterr().out
    assert answer(gated(folder, "[gate.overall]\nwithin = 0.8\n")) == 0
    assert answer(gated(folder, "[gate.overall]\nwithin = 0.36\n")) == 5
    assert "would" in capsys.readouterr().out


def test_a_gate_writes_a_junit_file(folder: Path) -> None:
    rules = '[[gate.still]]\nname = "the near side"\nwhere = { x = [0.0, 2.0] }\nabove = 0.6\n'
    file = folder / "gate.xml"
    assert answer([*gated(folder, rules), "--junit", str(file)]) == 0
    assert 'tests="1" failures="0" errors="0"' in file.read_text()


def test_a_gate_without_rules_is_bad_input(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(gated(folder, "")) == 2
    assert "[gate]" in capsys.readouterr().err


def test_a_timeline_is_told_and_drawn(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = folder / "timeline.png"
    store = str(folder / "runs.db")
    assert answer(["timeline", "old", "new", "--store", store, "--out", str(picture)]) == 0
    assert "old -> new:" in capsys.readouterr().out
    assert imread(picture).std() > 0.05


def test_a_campaign_without_a_parent_wants_another_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(["compare", str(folder / "new.toml")]) == 2
    assert "has no parent" in capsys.readouterr().err
