"""One verb each: what it prints, what it refuses, with which exit code, and what it leaves."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from matplotlib.image import imread

from surrogate.cli import answer
from surrogate.cli_options import BAD_INPUT, INTERRUPTED, OK, STOPPED
from surrogate.store.sql import open_store

PLAN = """
name = "wall"
seed = 3
[simulator]
use = "{module}:{attribute}"
[goal]
kind = "boundary"
level = 0.5
[budget]
runs = {runs}
[workers]
count = 2
time_limit = 20
"""
SIMULATORS = """
from surrogate import Binary, Real, Space, simulator

SPACE = Space({"x": Real(0.0, 10.0, unit="m"), "y": Real(0.0, 10.0, unit="m")})


@simulator(space=SPACE, outcome=Binary("cleared"))
def throw(point, *, rng):
    return bool(rng.random() < (0.95 if point["x"] > 5 else 0.05))


@simulator(space=SPACE, outcome=Binary("cleared"))
def wrong(point, *, rng):
    return "perhaps"


@simulator(space=SPACE, outcome=Binary("cleared"))
def missing(point, *, rng):
    return float("nan")


@simulator(space=SPACE, outcome=Binary("cleared"))
def failing(point, *, rng):
    raise RuntimeError("the licence server is away")
"""


def write(folder: Path, *, attribute: str = "throw", runs: int = 24) -> Path:
    """A plan and its simulators, in a module whose name no other test has used."""
    module = f"walls_{folder.name}"
    (folder / f"{module}.py").write_text(SIMULATORS)
    path = folder / "wall.toml"
    path.write_text(PLAN.format(module=module, attribute=attribute, runs=runs))
    return path


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = write(tmp_path_factory.mktemp("finished"))
    assert answer(["run", str(path)]) == OK
    return path


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert answer([str(argument) for argument in arguments]) == OK
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert answer([str(argument) for argument in arguments]) == BAD_INPUT
    caught = capsys.readouterr()
    assert "Traceback" not in caught.err
    return caught.err


def left(folder: Path) -> list[str]:
    kept = (path for path in folder.iterdir() if path.name != "__pycache__")
    return sorted(path.suffix for path in kept)


def test_help_and_verbs_cost_no_heavy_import() -> None:
    heavy = "scipy sqlalchemy matplotlib pydantic sklearn numpy"
    code = (
        "import sys\nfrom surrogate.cli import answer\nanswer(['--help'])\n"
        f"print(*(name for name in '{heavy}'.split() if name in sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Exit codes: 0 done; 1 `check` found" in done.stdout
    assert done.stderr.strip() == ""


def test_a_finished_run_leaves_a_store_and_a_picture_beside_the_plan(finished: Path) -> None:
    assert (finished.parent / "wall.db").exists()
    assert (finished.parent / "wall-map.png").read_bytes().startswith(b"\x89PNG")


def test_the_same_command_again_runs_nothing_and_says_the_same(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = said(capsys, "run", finished)
    assert "Where the probability of cleared is above 0.5" in first
    assert said(capsys, "run", finished) == first
    assert json.loads(said(capsys, "status", finished, "--json"))["runs"]["ok"] == 24


def test_status_counts_what_the_ledger_holds(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = json.loads(said(capsys, "status", finished, "--json"))
    assert (found["queries"]["done"], found["planned"]) == (24, 24)
    text = said(capsys, "status", "--store", finished.parent / "wall.db", "--name", "wall")
    assert said(capsys, "status", "--store", finished.parent / "wall.db") == text
    assert "24 done" in text
    assert "of 24 planned" in text


def test_predictions_come_with_intervals_from_options_or_a_file(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args = ("predict", finished, "--json")
    one = json.loads(said(capsys, *args, "--at", "x=9", "--at", "y=5"))
    (tmp_path / "points.json").write_text('[{"x": 9, "y": 5}, {"x": 1, "y": 5}]')
    two = json.loads(said(capsys, *args, "--points", tmp_path / "points.json"))
    assert one["predictions"][0]["mean"] == pytest.approx(two["predictions"][0]["mean"])
    high, low = two["predictions"]
    assert 0 <= low["lower"] < low["mean"] < 0.5 < high["mean"] < high["upper"] <= 1
    assert "x 9 m, y 5 m" in said(capsys, "predict", finished, "--at", "x=9", "--at", "y=5")


def test_a_map_is_a_picture_where_asked_and_json_where_asked(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "map.svg"
    assert f"map written to {picture}" in said(capsys, "map", finished, "--out", picture)
    assert "<svg" in picture.read_text()
    found = json.loads(
        said(capsys, "map", finished, "--json", "--size", 16, "--x", "y", "--y", "x")
    )
    assert (found["x"]["name"], found["y"]["name"]) == ("y", "x")
    assert len(found["mean"]) == 16
    along = ("--size", 16, "--x", "y", "--average", "x")
    assert json.loads(said(capsys, "map", finished, "--json", *along))["averaged"] == ["x"]


def test_spots_are_a_table_or_json_on_either_side(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = json.loads(said(capsys, "spots", finished, "--json"))
    assert 0.3 < sum(spot["share"] for spot in found["spots"]) < 0.7
    assert found["spots"][0]["unit"] == "m²"
    text = said(capsys, "spots", finished, "--below", "--level", 0.4)
    assert "is below 0.4" in text


def test_asking_and_telling_by_hand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path)
    asked = json.loads(said(capsys, "ask", path, "-n", 3, "--json"))
    assert [query["query"] for query in asked] == [0, 1, 2]
    assert {query["reason"] for query in asked} == {"start"}
    said(capsys, "tell", path, "true", "--query", 0)
    said(capsys, "tell", path, "infeasible: it stalled", "--query", 1)
    said(capsys, "tell", path, "no", "--at", "x=1", "--at", "y=2")
    found = json.loads(said(capsys, "status", path, "--json"))
    assert found["runs"] == {"ok": 2, "infeasible": 1}
    assert "query 77 is unknown" in refused(capsys, "tell", path, "true", "--query", 77)
    assert "True or False was expected" in refused(capsys, "tell", path, "7", "--query", 2)
    assert "no point came, or two" in refused(capsys, "tell", path, "true")
    assert "'maybe'" in refused(capsys, "tell", path, "maybe", "--query", 2)


def test_a_dry_run_shows_points_and_time_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path)
    text = said(capsys, "run", path, "--dry-run")
    assert "spread evenly" in text
    assert re.search(r"to start: 24 runs take about \d+ s on 2 workers, apart from", text)
    assert left(tmp_path) == [".py", ".toml"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("runs = 24", "rnus = 24", "key 'budget.rnus' is not known; did you mean 'runs'?"),
        ("level = 0.5", "level = 1.5", "above 0 and below 1 was expected"),
        (":throw", ":thrown", "has no attribute 'thrown'"),
        ('"walls', '"no_walls', "did you mean 'walls"),
        ("[goal]", "[space]\nx = { low = 9, high = 1 }\n[goal]", "low 9 is not below high 1"),
        ("[goal]", "[space]\nz = 3\n[goal]", "the simulator has no such parameter"),
        (":throw", ":wrong", "True or False was expected, 'perhaps' came"),
        (":throw", ":missing", "nan"),
        (":throw", ":SPACE", "is a Space, not a simulator"),
    ],
)
def test_bad_input_is_one_message_and_leaves_nothing_half_made(
    old: str, new: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path)
    path.write_text(path.read_text().replace(old, new))
    said_then = refused(capsys, "run", path)
    assert words in said_then
    assert len(said_then.strip().splitlines()) == 1
    assert left(tmp_path) == [".py", ".toml"]


def test_reading_what_is_not_there_is_refused_and_makes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path)
    for verb in ("status", "spots", "map"):
        assert "there is no store at" in refused(capsys, verb, path)
    assert "no campaign came, or two" in refused(capsys, "status")
    assert "there is no store" in refused(capsys, "status", "--store", tmp_path / "wall.db")
    assert left(tmp_path) == [".py", ".toml"]
    open_store(tmp_path / "bare.db").close()
    assert "no campaign is there yet" in refused(capsys, "status", "--store", tmp_path / "bare.db")


def test_an_edited_identity_key_is_refused_unless_fresh(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, runs=12)
    assert answer(["run", str(path)]) == OK
    path.write_text(path.read_text().replace("level = 0.5", "level = 0.7"))
    assert "goal.level was 0.5 and is now 0.7" in refused(capsys, "run", path)
    assert "above 0.7" in said(capsys, "run", path, "--fresh")
    assert json.loads(said(capsys, "status", path, "--json"))["goal"]["level"] == 0.7


def test_a_simulator_that_always_fails_stops_the_campaign_with_code_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, attribute="failing")
    assert answer(["run", str(path)]) == STOPPED
    assert "the licence server is away" in capsys.readouterr().err
    text = said(capsys, "status", path)
    assert "the licence server is away" in text


def test_an_interrupted_verb_says_how_to_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(path: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("surrogate.cli_options.plan_of", interrupted)
    assert answer(["ask", str(tmp_path / "wall.toml")]) == INTERRUPTED
    assert "the same command continues" in capsys.readouterr().err


def test_a_misspelt_verb_or_option_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert "surrogate: no such command 'rum'" in refused(capsys, "rum")
    assert "no such option" in refused(capsys, "run", "plan.toml", "--frsh")
    assert "Usage" in refused(capsys)


FOREST = """surrogate.use = "sklearn.ensemble:RandomForestClassifier"
surrogate.parameters = { n_estimators = 5 }"""


@pytest.mark.parametrize(
    ("recipe", "intervals", "asks"),
    [
        (
            'surrogate = "svm"',
            "Intervals come from fits that leave a fifth of the runs out",
            "along its divide",
        ),
        (
            FOREST,
            "Intervals come from the spread of 20 fits to resampled runs",
            "where it is least sure",
        ),
    ],
)
def test_other_surrogates_run_in_batches_and_say_what_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], recipe: str, intervals: str, asks: str
) -> None:
    plan = write(tmp_path)
    plan.write_text(f"{recipe}\n{plan.read_text()}")
    assert "mean" in said(capsys, "run", plan, "--runs", 20)
    status = said(capsys, "status", plan)
    assert intervals in status
    assert f"It can't say what a run would teach, so queries go {asks}" in status
    assert "as if the surrogate erred everywhere in it alike" in said(capsys, "spots", plan)
    assert intervals in said(capsys, "predict", plan, "--at", "x=1", "--at", "y=1")
    assert intervals in json.loads(said(capsys, "map", plan, "--json", "--size", 8))["intervals"]


def test_another_surrogate_is_drawn_beside_and_nothing_stored(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = said(capsys, "status", finished, "--json")
    both, alone = tmp_path / "both.png", tmp_path / "alone.png"
    said(capsys, "map", finished, "--size", 8, "--beside", "svm", "--out", both)
    said(capsys, "map", finished, "--size", 8, "--out", alone)
    assert imread(both).shape[1] == 2 * imread(alone).shape[1]
    assert said(capsys, "status", finished, "--json") == before


def test_the_service_without_its_extra_says_what_to_install(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [one for one in sys.modules if one.startswith("surrogate.service")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert answer(["serve", str(tmp_path / "store.db")]) == BAD_INPUT
    said = capsys.readouterr().err
    assert "pip install 'surrogate-service[service]'" in said
    assert "the page is at" not in said
