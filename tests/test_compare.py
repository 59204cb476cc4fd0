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
