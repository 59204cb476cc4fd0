"""One plan, many iterations in a store: children, their names, what continues and what is new."""

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from surrogate.campaign import Campaign
from surrogate.cli import answer
from surrogate.cli_options import BAD_INPUT, OK
from surrogate.entry import foreseen
from surrogate.errors import NotEnoughData, PlanError, StoreError
from surrogate.leave import Leave
from surrogate.plan import Plan
from surrogate.records import QueryState, Reason

CODE = """
from surrogate import Binary, Real, Space, simulator

SPACE = Space({"x": Real(0.0, 10.0), "y": Real(0.0, 10.0)})


@simulator(space=SPACE, outcome=Binary("cleared"), knobs={"edge": 5.0})
def throw(point, *, rng, edge):
    return bool(rng.random() < (0.95 if point["x"] > edge else 0.05))
"""


MODULE = "edges_of_iterations"
KEYS: dict[str, Any] = {
    "name": "wall",
    "design": "v1",
    "simulator": {"use": f"{MODULE}:throw"},
    "goal": {"kind": "boundary", "level": 0.5},
    "budget": {"runs": 16},
    "workers": {"count": 1},
}


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / f"{MODULE}.py").write_text(CODE)
    return KEYS


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store with the first iteration, run to its end."""
    folder = tmp_path_factory.mktemp("first")
    (folder / f"{MODULE}.py").write_text(CODE)
    plan = planned(folder, KEYS)
    ran(plan)
    return plan.store_path


@pytest.fixture
def first(tmp_path: Path, keys: dict[str, Any], finished: str) -> Plan:
    """The plan of the first iteration, which has ended."""
    plan = planned(tmp_path, keys)
    shutil.copy(finished, plan.store_path)
    return plan


def planned(folder: Path, keys: dict[str, Any], **changes: Any) -> Plan:
    return Plan.from_mapping({**keys, **changes}, path=folder / "wall.toml")


def moved(keys: dict[str, Any], edge: float = 6.0) -> dict[str, Any]:
    simulator = {**keys["simulator"], "knobs": {"edge": edge}}
    return {**keys, "design": f"edge {edge}", "simulator": simulator}


def ran(plan: Plan, runs: int | None = None, **leave: Any) -> str:
    with Campaign.from_plan(plan, **leave) as campaign:
        campaign.run(runs=runs, workers=1)
        return campaign.name


def test_a_changed_design_begins_from_the_iteration_before(
    tmp_path: Path, keys: dict[str, Any], first: Plan
) -> None:
    plan = planned(tmp_path, moved(keys))
    with pytest.raises(PlanError, match=r"design was 'v1' .* --from previous"):
        Campaign.from_plan(plan)
    assert ran(plan, parent="previous") == "wall.2"
    with Campaign.from_plan(plan) as campaign:  # the plan means its own iteration from now on
        assert campaign.name == "wall.2"
        assert campaign.lineage is not None
        assert (campaign.lineage.parent, campaign.lineage.usable) == ("wall", 16)
        reasons = [query.reason for query in campaign.queries()]
        assert reasons.count(Reason.SENTINEL) == 4
        assert any("of 4 sentinels" in note for note in campaign.status().notes)


def test_the_same_command_continues_a_child(
    tmp_path: Path, keys: dict[str, Any], first: Plan
) -> None:
    plan = planned(tmp_path, moved(keys))
    assert ran(plan, runs=8, parent="previous") == "wall.2"
    assert ran(plan, parent="previous") == "wall.2"
    with Campaign.from_plan(plan) as campaign:
        assert campaign.status().counts.queries == {QueryState.DONE: 16}


def test_a_child_that_is_read_again_asks_what_it_would_have_asked(
    tmp_path: Path, keys: dict[str, Any], first: Plan
) -> None:
    ran(planned(tmp_path, moved(keys)), runs=12, parent="previous")
    asked = []
    for place in ("one", "two"):
        shutil.copytree(tmp_path, tmp_path.with_name(f"{tmp_path.name}_{place}"))
        with Campaign.open(tmp_path / "wall.db", "wall.2") as campaign:
            fitted, _ = campaign.trained()
            asked.append(campaign.learner.ask(4, first=12, pending=(), fitted=fitted))
    assert asked[0] == asked[1]


def test_again_makes_a_new_child_of_a_finished_one_only(first: Plan) -> None:
    assert ran(first, runs=6, parent="previous", again=True) == "wall.2"
    assert ran(first, parent="previous", again=True) == "wall.2"
    assert ran(first, runs=6, parent="previous", again=True) == "wall.3"


def test_a_plan_key_names_the_parent_in_another_store_and_what_became_of_the_space(
    tmp_path: Path, keys: dict[str, Any]
) -> None:
    ran(planned(tmp_path, keys, store="old.db", space={"x": {}, "y": 5.0}))
    parent = {"campaign": "old.db#wall", "added": {"y": 5.0}, "sentinels": 4}
    plan = planned(tmp_path, moved(keys), parent=parent)
    assert ran(plan) == "wall"
    with Campaign.open(tmp_path / "wall.db", "wall") as campaign:
        assert campaign.lineage is not None
        assert campaign.lineage.store == "old.db"
        assert len(campaign.lineage.sentinels) == 4
        assert {one.point["y"] for one in campaign.lineage.sentinels} == {5.0}


def test_a_parent_that_is_another_now_is_refused(tmp_path: Path, keys: dict[str, Any]) -> None:
    ran(planned(tmp_path, keys, store="old.db"))
    plan = planned(tmp_path, moved(keys), parent={"campaign": "old.db#wall"})
    ran(plan, runs=8)
    (tmp_path / "old.db").unlink()
    ran(planned(tmp_path, keys, store="old.db", seed=9))
    with (
        Campaign.open(tmp_path / "wall.db", "wall") as campaign,
        pytest.raises(StoreError, match="began from another 'wall' than is there now"),
    ):
        campaign.predict([{"x": 1.0, "y": 1.0}])


def test_a_parent_is_not_deleted_while_its_child_is_there(
    tmp_path: Path, keys: dict[str, Any], first: Plan
) -> None:
    ran(planned(tmp_path, moved(keys)), runs=8, parent="previous")
    with pytest.raises(StoreError, match=r"'wall' is the parent of wall\.2"):
        Campaign.from_plan(first, fresh=True)


def test_without_anything_before_it_there_is_no_previous(
    tmp_path: Path, keys: dict[str, Any]
) -> None:
    with pytest.raises(PlanError, match="there is no campaign of simulator"):
        Campaign.from_plan(planned(tmp_path, keys), parent="previous")


def test_a_child_knows_its_parents_map_better_than_its_own_runs_would(
    tmp_path: Path, keys: dict[str, Any]
) -> None:
    ran(planned(tmp_path, keys, budget={"runs": 40}))
    ran(planned(tmp_path, {**keys, "design": "v2"}), runs=6, parent="previous")
    with Campaign.open(tmp_path / "wall.db", "wall.2") as campaign:
        points = [{"x": x, "y": y} for x in (1.0, 9.0) for y in (1.0, 5.0, 9.0)]
        mean = campaign.predict(points).mean
    assert mean[:3].mean() < 0.25
    assert mean[3:].mean() > 0.75


TOML = """
name = "wall"
design = {{ {design} }}
[simulator]
use = "{module}:throw"
[goal]
kind = "boundary"
level = 0.5
[budget]
runs = 16
[workers]
count = 1
"""


def written(folder: Path, design: str, module: str) -> Path:
    path = folder / "wall.toml"
    path.write_text(TOML.format(design=design, module=module))
    return path


def test_the_content_of_files_is_a_design_version(
    tmp_path: Path, keys: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "game.bin").write_bytes(b"one")
    module = keys["simulator"]["use"].partition(":")[0]
    path = written(tmp_path, 'files = ["build/*"]', module)
    first = Plan.load(path).version
    assert answer(["run", str(path)]) == OK
    (tmp_path / "build" / "game.bin").write_bytes(b"two")
    assert Plan.load(path).version != first
    assert answer(["run", str(path), "--from", "previous", "--dry-run"]) == OK
    said = capsys.readouterr().out
    assert "'wall.2' begins from 'wall', revision" in said
    assert "16 of its 16 runs are of use here, and 4 are made again" in said
    assert answer(["run", str(path), "--from", "previous"]) == OK
    assert answer(["status", str(path)]) == OK
    assert "wall.2" in capsys.readouterr().out


def test_a_git_revision_is_a_design_version_and_what_is_not_committed_counts(
    tmp_path: Path, keys: dict[str, Any]
) -> None:
    def git(*words: str) -> None:
        who = ["-c", "user.name=kim", "-c", "user.email=kim@example.org"]
        subprocess.run(["git", *who, *words], cwd=tmp_path, check=True, capture_output=True)

    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    path = written(tmp_path, 'git = "."', "nothing")
    git("init", "-q")
    git("add", "-A")
    git("commit", "-q", "-m", "one")
    clean = Plan.load(path).version
    assert clean.startswith("git ")
    path.write_text(path.read_text() + "# more\n")
    assert Plan.load(path).version.startswith(f"{clean} with changes ")


def test_a_folder_without_a_revision_is_no_version(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"key 'design.files': nothing in .* is named 'no/\*'"):
        Plan.load(written(tmp_path, 'files = ["no/*"]', "nothing"))


def test_an_unknown_parent_is_one_message(
    tmp_path: Path, keys: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    module = keys["simulator"]["use"].partition(":")[0]
    path = written(tmp_path, 'files = ["*.toml"]', module)
    assert answer(["run", str(path), "--from", "nobody"]) == BAD_INPUT
    assert "no campaign 'nobody'" in capsys.readouterr().err
    assert sys.exc_info()[0] is None


def alloys(numbers: range, edge: float, widest: float = 1.0) -> str:
    """Alloys by name, hard where there is enough of both metals."""
    lines = ["alloy,copper,zinc,hard"]
    for number in numbers:
        copper, zinc = widest * (number * 0.618 % 1.0), number * 0.755 % 1.0
        lines.append(f"A{number},{copper:.4f},{zinc:.4f},{int(copper + zinc**2 > edge)}")
    return "\n".join([*lines, ""])


def test_a_pool_begins_from_what_is_known_of_the_items_that_it_still_has(tmp_path: Path) -> None:
    declared = {
        "pool": {"file": "alloys.csv", "item": "alloy", "features": ["copper", "zinc"]},
        "outcomes": {"hard": {"kind": "binary"}},
    }
    keys = {
        "name": "alloys",
        "simulator": {"use": "simulators.adapters.pool:known", "declare": declared},
        "goal": {"kind": "boundary", "level": 0.5},
        "budget": {"runs": 24},
        "workers": {"count": 1},
    }
    (tmp_path / "alloys.csv").write_text(alloys(range(80), 0.9))
    ran(planned(tmp_path, keys))
    (tmp_path / "alloys.csv").write_text(alloys(range(20, 100), 0.9, widest=1.3))
    plan = planned(tmp_path, keys)
    name, foretold = foreseen(plan, Leave(parent="previous"))
    assert (name, ran(plan, parent="previous")) == ("alloys.2", "alloys.2")
    with Campaign.open(tmp_path / "wall.db", "alloys.2") as campaign:
        lineage = campaign.lineage
        assert lineage is not None
        assert foretold == lineage
        assert lineage.unusable == {"its item is no longer in the pool": 24 - lineage.usable}
        items = [query.point["alloy"] for query in campaign.queries()]
        assert len(set(items)) == len(items) == 24
        again = {one.point["alloy"] for one in lineage.sentinels}
        assert set(items[: len(again)]) == again
        rows = [line.split(",") for line in alloys(range(20, 100), 0.9, 1.3).split()[1:]]
        hard = campaign.predict([{"alloy": row[0]} for row in rows]).mean > 0.5
        assert sum(hard != [row[3] == "1" for row in rows]) <= 4
        (found, _) = campaign.trained()
        assert found.revision.hyperparameters["form"] == "inherited"
    if find_spec("fastapi") is not None:  # the parent's own pool is no more, and is not asked for
        told = ["report", "--store", str(tmp_path / "wall.db"), "--name", "alloys.2"]
        assert answer([*told, "--out", str(tmp_path / "report.html")]) == OK
    (tmp_path / "alloys.csv").write_text(alloys(range(200, 230), 0.9))
    with pytest.raises(NotEnoughData, match=r"none of the items that 'alloys.2' knows"):
        Campaign.from_plan(plan, parent="previous")
