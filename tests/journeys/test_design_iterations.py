"""The example of design iterations: three plans of one game, played in turn to a verdict."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from surrogate.outcome import Count
from surrogate.plan import Plan

FOLDER = Path(__file__).parents[2] / "examples" / "design_iterations"


def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("play", FOLDER / "play.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rate(plan: Plan, x: float, y: float) -> float:
    """The share of some hundred shots from a place that go in."""
    simulator = plan.source().load()
    space, _ = plan.check_against(simulator)
    point = space.complete({"x": x, "y": y})
    told = [simulator(point, rng=np.random.default_rng(seed)) for seed in range(10)]
    (outcome,) = simulator.outcomes
    assert isinstance(outcome, Count)
    return sum(int(goals) for goals in told) / (10.0 * outcome.of)


def test_each_version_is_a_plan_with_its_defects_where_the_design_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(FOLDER / "series.py", tmp_path)
    play, plans = example(), {}
    for version in play.VERSIONS:
        play.design(version)
        plans[version] = Plan.load(tmp_path / play.PLAN)
    assert [plan.version for plan in plans.values()] == ["v1", "v2", "v3"]
    first, second, third = (25.0, -6.0), (25.0, 1.6), (24.6, 6.3)
    assert min(rate(plans["v1"], *place) for place in (first, second)) > 0.5
    assert max(rate(plans["v2"], *place) for place in (first, second)) < 0.5
    assert rate(plans["v1"], *third) < 0.5 < rate(plans["v2"], *third)
    assert rate(plans["v2"], 23.5, -4.5) < 0.5 < rate(plans["v3"], 23.5, -4.5)


@pytest.mark.slow
def test_three_versions_end_with_the_timeline_and_the_gates_verdict(tmp_path: Path) -> None:
    command = [sys.executable, str(FOLDER / "play.py"), "40", "24"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=600
    )
    assert done.returncode == 0, done.stderr
    told = done.stdout
    (folder,) = tmp_path.glob("played-*")
    steps = [told.index(f"$ surrogate {verb} ") for verb in ("run", "compare", "timeline")]
    assert steps == sorted(steps)
    assert done.stderr.count("begins from") == 2
    assert "long-shots -> long-shots.2:" in told
    assert "long-shots.2 -> long-shots.3:" in told
    assert "gate: " in told.split("$ surrogate compare")[-1]
    assert (folder / "gate.xml").read_text().count("<testcase") == 2
    assert (folder / "long_shots-timeline.png").exists()
    assert Plan.load(folder / "long_shots.toml").version == "v3"
