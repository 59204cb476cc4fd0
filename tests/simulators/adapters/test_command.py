"""Any program as a simulator: how it is told, how it is read, and every way it can fail."""

import os
import shlex
import stat
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from surrogate.errors import PlanError, SimulatorError
from surrogate.oracle import Simulator, SimulatorSource, simulate
from surrogate.outcome import Answer, Binary, Infeasible
from surrogate.plan import Plan
from surrogate.records import Run, Status
from surrogate.space import Categorical, Integer, Space
from surrogate.workers.base import Limits, Task
from surrogate.workers.local import LocalEngine
from tests.waiting import happens

POINT = {"x": 0.25}
SPACE = {"x": {"low": 0, "high": 1}}
USE = "simulators.adapters.command:program"


def source(folder: Path, **table: Any) -> SimulatorSource:
    declare = {"space": SPACE, "outcomes": {"y": {}}, **table}
    return SimulatorSource(USE, declare=declare, paths=(str(folder),))


def program(folder: Path, **table: Any) -> Simulator:
    return source(folder, **table).load()


def python(text: str, *arguments: str) -> dict[str, Any]:
    return {"command": ["{{python}}", "-c", text, *arguments]}


def ran(made: SimulatorSource, seconds: float = 20.0) -> Run:
    engine = LocalEngine(made, slots=1, limits=Limits(seconds))
    try:
        return engine.submit(Task(0, 1, POINT, 1)).result()
    finally:
        engine.close(kill=True)


def value(made: Simulator, seed: int = 1) -> float:
    answer = simulate(made, POINT, seed)
    assert isinstance(answer, Answer)
    return answer.values["y"]


def alive_with(mark: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if mark in words:
            found.append(words)
    return found


# what it is told


def test_a_value_travels_by_argument_and_comes_back_unchanged(tmp_path: Path) -> None:
    echo = program(tmp_path, **python("import sys; print(sys.argv[1])", "{{x}}"))
    point = {"x": 0.1 + 0.2}
    answer = simulate(echo, point, 1)
    assert isinstance(answer, Answer)
    assert answer.values["y"] == point["x"]


def test_a_value_travels_by_standard_input_environment_and_template(tmp_path: Path) -> None:
    (tmp_path / "deck.in").write_text("speed {{x:.3f}}\nwidth {{ width }}\n")
    text = (
        "import os, sys; deck = dict(row.split() for row in open('deck.txt'));"
        "print(float(deck['speed']) + float(deck['width']) + float(os.environ['X']) + "
        "float(sys.stdin.read()))"
    )
    made = program(
        tmp_path,
        **python(text),
        templates={"deck.txt": "deck.in"},
        stdin="{{x}}",
        environment={"X": "{{x}}"},
        knobs={"width": 10.0},
    )
    assert value(made) == pytest.approx(10.75)
    assert value(made.with_knobs({"width": 20.0})) == pytest.approx(20.75)


def test_the_seed_is_the_same_for_a_run_and_different_between_runs(tmp_path: Path) -> None:
    made = program(tmp_path, **python("import sys; print(sys.argv[1])", "{{seed}}"))
    assert value(made, 1) == value(made, 1)
    assert value(made, 1) != value(made, 2)


def test_nothing_goes_through_a_shell(tmp_path: Path) -> None:
    harm = "; touch harm; $(touch harm) `touch harm` && touch harm"
    text = "import os, sys; print(len(sys.argv[1]) + 1000 * len(os.listdir()))"
    space = {"kind": {"choices": [harm, "tame"]}}
    made = program(tmp_path, **python(text, "{{kind}}"), space=space)
    answer = simulate(made, {"kind": harm}, 1)
    assert isinstance(answer, Answer)
    assert answer.values["y"] == len(harm)


def test_every_run_has_a_fresh_folder_that_is_gone_afterwards(tmp_path: Path) -> None:
    text = "import os; print(len(os.listdir())); open('left', 'w').write('x')"
    made = program(tmp_path, **python(text)).with_settings({"work": "work"})
    assert [value(made, seed) for seed in range(3)] == [0, 0, 0]
    assert list((tmp_path / "work").iterdir()) == []


def test_a_failed_runs_folder_can_be_kept_with_what_it_said(tmp_path: Path) -> None:
    made = program(tmp_path, **python("print('hot'); raise SystemExit(4)"))
    with pytest.raises(SimulatorError, match="exited with code 4; its last words: 'hot'"):
        simulate(made.with_settings({"work": "work", "keep": "failed"}), POINT, 1)
    (kept,) = (tmp_path / "work").iterdir()
    assert (kept / "said" / "stdout").read_text() == "hot\n"


def test_parameters_are_declared_whole_or_as_choices(tmp_path: Path) -> None:
    space = {"n": {"low": 1, "high": 9, "whole": True}, "mode": {"choices": ["a", "b"]}}
    made = program(tmp_path, command=["true"], space=space, outcomes={"y": {"kind": "binary"}})
    assert isinstance(made.space, Space)
    assert made.space.parameters == {"n": Integer(1, 9), "mode": Categorical(("a", "b"))}
    assert made.outcomes == (Binary("y"),)


# how it is read


@pytest.mark.parametrize(
    ("printed", "rule", "expected"),
    [
        ("warming up\n2.5\n", {}, 2.5),
        ('{"a": [{"b/c": 7}]}', {"json": "/a/0/b~1c"}, 7.0),
        ("t=1 v=3\nt=2 v=1.5D+3\n", {"pattern": r"v=(\S+)"}, 1500.0),
        ("t;v\n1;0,5\n2;1,5\n", {"column": "v"}, 1.5),
        ("0 1\n1 4\n2 2\n", {"column": 1, "pick": "max"}, 4.0),
        ("0,1\n1,4\n2,2\n", {"column": 1, "pick": "swing"}, 3.0),
        ("all converged", {"kind": "binary", "found": "converged$"}, 1.0),
        ("0.7", {"kind": "binary", "yes": "value > 0.8"}, 0.0),
        ("True", {"kind": "binary"}, 1.0),
    ],
)
def test_what_it_prints_is_read_by_the_declared_rule(
    tmp_path: Path, printed: str, rule: dict[str, Any], expected: float
) -> None:
    made = program(tmp_path, **python(f"print({printed!r})"), outcomes={"y": rule})
    assert value(made) == expected


def test_an_outcome_is_read_from_a_file_of_the_run(tmp_path: Path) -> None:
    text = "open('out.json', 'w').write('{\"y\": 3}')"
    made = program(tmp_path, **python(text), outcomes={"y": {"from": "out.json", "json": "/y"}})
    assert value(made) == 3.0


def test_a_program_that_has_no_answer_declines(tmp_path: Path) -> None:
    text = "print('step 9: no convergence'); print(1)"
    made = program(tmp_path, **python(text), declines={"says": "no convergence"})
    assert simulate(made, POINT, 1) == Infeasible("it said 'step 9: no convergence'")
    by_code = program(tmp_path, **python("raise SystemExit(3)"), declines={"exit_codes": [3]})
    assert isinstance(simulate(by_code, POINT, 1), Infeasible)


def test_an_answer_out_of_its_declared_range_is_infeasible(tmp_path: Path) -> None:
    made = program(tmp_path, **python("print(1e208)"), outcomes={"y": {"low": 0, "high": 10}})
    answer = simulate(made, POINT, 1)
    assert isinstance(answer, Infeasible)
    assert "outside its declared range" in answer.reason


# how it can fail

FAILURES: list[tuple[str, dict[str, Any], Status, str]] = [
    ("not found", {"command": ["no-such-solver"]}, Status.ERROR, "'no-such-solver' was not found"),
    ("not executable", {"command": ["./plain"]}, Status.ERROR, "chmod +x"),
    ("not a program", {"command": ["./garbled"]}, Status.ERROR, "cannot be started"),
    ("non-zero exit", python("raise SystemExit(9)"), Status.ERROR, "exited with code 9"),
    (
        "killed by a signal",
        python("import os; os.kill(os.getpid(), 11)"),
        Status.ERROR,
        "killed by signal 11 (segmentation fault)",
    ),
    ("prints garbage", python("print('%$! 3')"), Status.ERROR, "'%$! 3'"),
    ("prints nothing", python("pass"), Status.ERROR, "nothing was written"),
    ("prints NaN", python("print('nan')"), Status.INFEASIBLE, "a finite number was expected"),
    (
        "exits with 0 and says no convergence",
        {**python("print('no convergence')"), "success": {"never_says": "no conv"}},
        Status.ERROR,
        "'no convergence', which success.never_says forbids",
    ),
    (
        "never says that it is done",
        {**python("print(1)"), "success": {"says": "done"}},
        Status.ERROR,
        "the program never said 'done'; its last words: '1'",
    ),
    (
        "fills its disk quota",
        {
            **python(
                "import time\nwhile True: open('big', 'ab').write(bytes(10**6)); time.sleep(0.002)"
            ),
            "disk_mb": 5,
        },
        Status.ERROR,
        "more than disk_mb = 5",
    ),
    (
        "floods its output",
        {**python("import sys\nwhile True: sys.stdout.write('x' * 10**5)"), "disk_mb": 5},
        Status.ERROR,
        "more than disk_mb = 5",
    ),
    (
        "wants a licence",
        {**python("print(1)"), "needs": ["SOLVER_LICENCE_SERVER"]},
        Status.ERROR,
        "environment variable SOLVER_LICENCE_SERVER is not set",
    ),
    (
        "changes its own working folder",
        {
            **python("import os; os.chdir('/'); print(1)"),
            "outcomes": {"y": {"from": "out.txt"}},
        },
        Status.ERROR,
        "does the program write it into the folder that it is started in?",
    ),
    (
        "removes its own folder",
        {
            **python("import os, shutil; shutil.rmtree(os.getcwd())"),
            "outcomes": {"y": {"from": "out.txt"}},
        },
        Status.ERROR,
        "file 'out.txt' was expected in the run's folder",
    ),
]


@pytest.mark.parametrize(
    ("table", "status", "said"), [row[1:] for row in FAILURES], ids=[row[0] for row in FAILURES]
)
def test_every_failure_has_its_status_and_a_message(
    tmp_path: Path, table: dict[str, Any], status: Status, said: str
) -> None:
    (tmp_path / "plain").write_text("print(1)")
    garbled = tmp_path / "garbled"
    garbled.write_bytes(b"\x7fnonsense")
    garbled.chmod(garbled.stat().st_mode | stat.S_IXUSR)
    run = ran(source(tmp_path, **table))
    assert run.status is status
    assert said in run.message


def test_what_a_failed_program_wrote_is_in_the_runs_record(tmp_path: Path) -> None:
    text = "import sys; print('reading mesh'); sys.stderr.write('cell 7 is flat'); sys.exit(2)"
    run = ran(source(tmp_path, **python(text)))
    assert "its last words: 'cell 7 is flat'" in run.message
    assert "reading mesh" in run.output
    assert "cell 7 is flat" in run.output


def test_a_program_that_hangs_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    mark = f"sleep {os.getpid() % 10000 + 86400}"
    text = f"import subprocess, time; [subprocess.Popen({shlex.split(mark)}) for _ in range(2)]; "
    made = source(tmp_path, **python(text + "time.sleep(9999)"))
    assert ran(made, 1.0).status is Status.TIMEOUT
    assert alive_with(mark) == []


def test_what_a_program_leaves_running_ends_with_its_run(tmp_path: Path) -> None:
    mark = f"sleep {os.getpid() % 10000 + 186400}"
    text = f"import subprocess; subprocess.Popen({shlex.split(mark)}); print(1)"
    assert value(program(tmp_path, **python(text))) == 1.0
    happens(lambda: alive_with(mark) == [])


def test_the_folder_of_a_killed_run_is_cleared_by_the_next(tmp_path: Path) -> None:
    made = replace(
        source(tmp_path, **python("import time; time.sleep(9999)")), settings={"work": "work"}
    )
    assert ran(made, 1.0).status is Status.TIMEOUT
    assert len(list((tmp_path / "work").iterdir())) == 1
    quick = program(tmp_path, **python("print(1)")).with_settings({"work": "work"})
    assert value(quick) == 1.0
    assert list((tmp_path / "work").iterdir()) == []


# how a plan carries it


def test_a_plan_declares_a_program_and_its_declaration_is_identity(tmp_path: Path) -> None:
    keys: dict[str, Any] = {
        "name": "echo",
        "simulator": {
            "use": USE,
            "declare": {**python("print(1)"), "space": SPACE, "outcomes": {"y": {}}},
        },
        "goal": {"kind": "map"},
        "budget": {"runs": 30},
    }
    plan = Plan.from_mapping(keys, path=tmp_path / "echo.toml")
    space, outcome = plan.check_against(plan.source().load())
    assert (space.names, outcome.name) == (("x",), "y")
    again = Plan.from_mapping(plan.to_json(), path=tmp_path / "echo.toml")
    assert again.changed_identity(plan) == ()
    keys["simulator"]["declare"]["command"] = ["true"]
    (changed,) = Plan.from_mapping(keys).changed_identity(plan)
    assert changed.startswith("simulator.declare was")
    del keys["simulator"]["declare"]
    assert len(Plan.from_mapping(keys).changed_identity(plan)) == 1


def test_what_a_template_says_is_a_part_of_the_plans_identity(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text("""
        name = "deck"
        simulator.use = "simulators.adapters.command:program"
        simulator.declare.command = ["cat", "deck.txt"]
        simulator.declare.templates = { "deck.txt" = "deck.in" }
        simulator.declare.space.x = { low = 0, high = 1 }
        simulator.declare.outcomes.y = {}
        goal.kind = "map"
        budget.runs = 30
    """)
    deck = tmp_path / "deck.in"
    deck.write_text("{{x}}")
    before = Plan.load(path)
    assert Plan.load(path).changed_identity(before) == ()
    deck.write_text("1{{x}}")
    (changed,) = Plan.load(path).changed_identity(Plan.from_mapping(before.to_json()))
    assert changed.startswith("file deck.in was ")
    assert Plan.load(path).identity() != before.identity()


# what is wrong with a declaration


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"command": ["a", "{{z}}"]}, "nothing fills the placeholder {{z}}; there are folder"),
        ({"comand": ["a"]}, "key 'simulator.declare.comand' is not known"),
        ({}, "key 'simulator.declare.command' is missing"),
        ({"command": ["a"], "space": {"x": {"low": 1}}}, "give either low and high, or choices"),
        ({"command": ["a"], "space": {"x": {"low": 1, "high": 0}}}, "low 1.0 is not below"),
        ({"command": ["a"], "space": {"seed": {"low": 0, "high": 1}}}, "'seed' is taken"),
        ({"command": ["a"], "outcomes": {"y": {"pattern": "("}}}, "no regular expression"),
        ({"command": ["a"], "outcomes": {"y": {"json": "/a", "found": "b"}}}, "give one of json"),
        ({"command": ["a"], "outcomes": {"y": {"yes": "value > q"}}}, 'formula over "value"'),
        ({"command": ["a"], "templates": {"a": "lost.txt"}}, "lost.txt cannot be read"),
    ],
)
def test_a_wrong_declaration_is_refused_with_the_key(
    tmp_path: Path, table: dict[str, Any], said: str
) -> None:
    with pytest.raises(PlanError) as problem:
        program(tmp_path, **table)
    assert said in str(problem.value)


def test_a_table_is_refused_by_a_simulator_that_is_no_adapter() -> None:
    with pytest.raises(SimulatorError, match="is no adapter"):
        SimulatorSource("simulators.problems.emulation:branin", declare={"a": 1}).load()


def test_the_interpreter_is_a_placeholder(tmp_path: Path) -> None:
    made = program(tmp_path, command=["{{python}}", "-c", "print(1)"])
    assert value(made) == 1.0
    assert made.name in ("{{python}}", Path(sys.executable).name)
