"""The verbs that say how far to trust a campaign, on a number that an audit measures."""

import json
from pathlib import Path

import numpy as np
import pytest

from surrogate.campaign import Campaign
from surrogate.plan import Plan
from tests.test_cli import SIMULATORS, refused, said

PLAN = """
name = "depth"
seed = 3
[simulator]
use = "depths_of_trust:depth"
[goal]
kind = "map"
[budget]
runs = 48
audit = 16
start = 10
"""
DEPTH = """
import math
from surrogate import Number


@simulator(space=SPACE, outcome=Number("depth", unit="m", noise="none"))
def depth(point, *, rng):
    return math.sin(point["x"]) * math.cos(0.5 * point["y"])
"""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trust")
    (folder / "depths_of_trust.py").write_text(SIMULATORS + DEPTH)
    path = folder / "depth.toml"
    path.write_text(PLAN)
    with Campaign.from_plan(Plan.load(path)) as campaign:
        for _ in range(6):
            for query in campaign.ask(8):
                x, y = float(query.point["x"]), float(query.point["y"])
                campaign.tell(query, np.sin(x) * np.cos(0.5 * y))
        campaign.predict([{"x": 1.0, "y": 1.0}])
    return path


def test_quality_tells_what_the_audit_measured_and_what_is_opinion(
    plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, "quality", plan)
    assert "Of 16 audit runs, left out, it is wrong by" in text
    assert "which nothing has measured" in text
    found = json.loads(said(capsys, "quality", plan, "--json"))
    assert found["measured"]["runs"] == 16
    assert found["measured"]["stretch"] > 0
    assert found["expected_error"]["of"] == "m"


def test_predictions_and_maps_show_the_intervals_that_the_audit_calls_for(
    plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    factor = json.loads(said(capsys, "quality", plan, "--json"))["measured"]["stretch"]
    words = f"made {factor:.2g} times as wide, so that they hold 90 % of 16 audit runs left out"
    assert words in said(capsys, "predict", plan, "--at", "x=2", "--at", "y=3")
    assert words in json.loads(said(capsys, "map", plan, "--size", 8, "--json"))["intervals"]
    with Campaign.from_plan(Plan.load(plan)) as campaign:
        shown = campaign.predict([{"x": 2.0, "y": 3.0}])
        own = campaign.trained()[0].surrogate.predict(campaign.space.encode([{"x": 2, "y": 3}]))
    np.testing.assert_allclose(shown.upper - shown.lower, factor * (own.upper - own.lower))


def test_why_tells_what_queries_promised_and_gave(
    plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, "why", plan)
    assert "queries promised" in text
    assert "still worth" in text
    found = json.loads(said(capsys, "why", plan, "--json", "--most", 20))
    assert len(found["queries"]) == 20
    assert found["unit"] == "squared doubt (variance of f)"


def test_why_one_query_was_asked_and_what_else_might_have_come(
    plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = json.loads(said(capsys, "why", plan, "--json"))["queries"]
    index = next(one["query"] for one in found if one["realised"] is not None)
    one = json.loads(said(capsys, "why", plan, "--query", index, "--json"))
    expected = one["before"]["value"]
    assert one["came"]["value"] - expected == pytest.approx(expected - one["other"]["value"])
    assert "had it been" in said(capsys, "why", plan, "--query", index)
    assert "query 4711 is unknown" in refused(capsys, "why", plan, "--query", 4711)
