"""FMUs of both versions as simulators: what goes in and comes out, and every way one can fail."""

import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from surrogate.errors import NotFinite, PlanError, SimulatorError
from surrogate.oracle import Simulator, SimulatorSource, simulate
from surrogate.outcome import Answer, Infeasible
from surrogate.plan import Plan
from surrogate.records import Run, Status
from surrogate.space import Categorical, Space
from surrogate.workers.base import Limits, Task
from surrogate.workers.local import LocalEngine
from surrogate.workers.opening import limits

MISSING = "needs fmpy, pythonfmu and pythonfmu3: pip install '.[fmu,examples]'"
pytest.importorskip("fmpy", reason=MISSING)
pytest.importorskip("pythonfmu", reason=MISSING)
pytest.importorskip("pythonfmu3", reason=MISSING)

USE = "simulators.adapters.fmu:model"

# A ball thrown upwards, which does what `trouble` says once half a second is over.
MODEL = """
    import os, time
    from {package} import {fmi}Causality, {fmi}Slave, {fmi}Variability, {real}, Boolean

    class Ball({fmi}Slave):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.time, self.h, self.v0, self.trouble, self.moon = 0.0, 0.0, 10.0, 0.0, False
            kind, fixed = {fmi}Causality.parameter, {fmi}Variability.fixed
            if {version} == 3:
                continuous = {fmi}Variability.continuous
                self.register_variable(
                    {real}("time", causality={fmi}Causality.independent, variability=continuous)
                )
            self.register_variable({real}("h", causality={fmi}Causality.output))
            for name in ("v0", "trouble"):
                start = getattr(self, name)
                self.register_variable({real}(name, causality=kind, variability=fixed, start=start))
            self.register_variable(Boolean("moon", causality=kind, variability=fixed, start=False))

        def do_step(self, time_now, step):
            t = time_now + step
            self.h = self.v0 * t - (0.81 if self.moon else 4.905) * t**2
            return self.ways[int(self.trouble)](self) if t > 0.5 else True

        def fly(self): return True
        def fail(self): raise ValueError("the mesh is tangled")
        def give_up(self): return False
        def leave(self): os._exit(9)
        def die(self): os.kill(os.getpid(), 11)
        def hang(self): time.sleep(9999)
        def nan(self): self.h = float("nan"); return True
        def diverge(self): self.h = 1e208; return True
        def garble(self): self.h = "!?"; return True
        def wander(self): os.chdir("/"); return True
        def flood(self): open("out", "ab").write(bytes(10**6)); return True
        ways = [fly, fail, give_up, leave, die, hang, nan, diverge, garble, wander, flood]
"""
WAYS = re.findall(r"\w+", MODEL.partition("ways = ")[2])
VERSIONS = [
    {"version": 2, "package": "pythonfmu", "fmi": "Fmi2", "real": "Real"},
    {"version": 3, "package": "pythonfmu3", "fmi": "Fmi3", "real": "Float64"},
]


@pytest.fixture(scope="module", params=VERSIONS, ids=["fmi2", "fmi3"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("fmu")
    script = place / f"ball{request.param['version']}.py"
    script.write_text(textwrap.dedent(MODEL.format(**request.param)))
    command = [sys.executable, "-m", request.param["package"], "build", "-f", script, "-d", place]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return place


def source(folder: Path, **changes: Any) -> SimulatorSource:
    table = {
        "fmu": "Ball.fmu",
        "stop": 1.0,
        "interval": 0.1,
        "space": {"v0": {"low": 1, "high": 20}},
        "outcomes": {"peak": {"value": "max(h)"}, "up": {"kind": "binary", "value": "final(h)>0"}},
        **changes,
    }
    return SimulatorSource(USE, declare=table, paths=(str(folder),))


def fails(folder: Path, way: str, **changes: Any) -> SimulatorSource:
    return source(folder, start={"trouble": float(WAYS.index(way))}, **changes)


def ran(made: SimulatorSource, count: int = 1, seconds: float = 20.0) -> list[Run]:
    engine = LocalEngine(made, slots=1, limits=Limits(seconds, runs_per_child=2))
    try:
        tasks = [Task(k, 1, {"v0": 10.0}, 1) for k in range(count)]
        return [future.result() for future in [engine.submit(task) for task in tasks]]
    finally:
        engine.close(kill=True)


# what goes in and comes out


def test_a_throw_comes_out_as_the_formula_says(folder: Path) -> None:
    answer = simulate(source(folder).load(), {"v0": 10.0}, 1)
    assert isinstance(answer, Answer)
    assert answer.values["peak"] == pytest.approx(max(k - 0.04905 * k**2 for k in range(11)))
    assert answer.values["up"] == 1.0


def test_a_step_that_does_not_fit_before_the_end_is_no_early_ending(folder: Path) -> None:
    answer = simulate(source(folder, interval=0.3).load(), {"v0": 10.0}, 1)
    assert isinstance(answer, Answer)


def test_start_values_are_knobs_and_choices_set_truths(folder: Path) -> None:
    space = {"v0": {"low": 1, "high": 20}, "moon": {"choices": ["true", "false"]}}
    made = source(folder, space=space, start={"trouble": 0.0}).load()
    assert isinstance(made.space, Space)
    assert isinstance(made.space.parameters["moon"], Categorical)
    low, high = (simulate(made, {"v0": 10.0, "moon": on}, 1) for on in ("false", "true"))
    assert isinstance(low, Answer)
    assert isinstance(high, Answer)
    assert (low.values["peak"], high.values["peak"]) == pytest.approx((5.095, 9.19), abs=1e-9)
    with pytest.raises(NotFinite, match="the FMU gave h = nan"):
        simulate(made.with_knobs({"trouble": 6.0}), {"v0": 10.0, "moon": "true"}, 1)


def test_a_seed_goes_to_the_variable_that_is_named_for_it(folder: Path) -> None:
    made = source(folder, space={"trouble": {"low": 0, "high": 0.5}}, seed="v0").load()
    first, again, other = (simulate(made, {"trouble": 0.0}, seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_solution_that_runs_away_is_no_answer(folder: Path) -> None:
    made = fails(folder, "diverge", trust={"h": {"high": 50}}).load()
    declined = simulate(made, {"v0": 10.0}, 1)
    assert declined == Infeasible(
        "h = 1e+208 at t = 0.6 is outside -inf..50, where the model is trusted"
    )


def test_a_point_is_declined_by_what_the_fmu_says(folder: Path) -> None:
    declined = simulate(fails(folder, "fail", declines="mesh is").load(), {"v0": 10.0}, 1)
    assert isinstance(declined, Infeasible)
    assert "the mesh is tangled" in declined.reason


def test_a_run_leaves_no_folder(folder: Path) -> None:
    made = source(folder).load().with_settings({"work": "work"})
    simulate(made, {"v0": 10.0}, 1)
    assert list((folder / "work").iterdir()) == []


# how it can fail

FAILURES = [
    ("fail", Status.ERROR, "the mesh is tangled"),
    ("give_up", Status.INFEASIBLE, "the FMU "),
    ("leave", Status.ERROR, "exited with code 9"),
    ("die", Status.ERROR, "killed by signal 11 (segmentation fault)"),
    ("nan", Status.INFEASIBLE, "the FMU gave h = nan at t = 0.6"),
    ("garble", Status.ERROR, "the FMU failed"),
    ("flood", Status.ERROR, "more than disk_mb = 2"),
    ("wander", Status.OK, ""),
]


@pytest.mark.parametrize(("way", "status", "said"), FAILURES, ids=[row[0] for row in FAILURES])
def test_every_failure_has_its_status_and_a_message(
    folder: Path, way: str, status: Status, said: str
) -> None:
    (run,) = ran(fails(folder, way, disk_mb=2))
    assert run.status is status, run.message
    assert said in run.message


def test_one_that_hangs_is_killed_at_its_limit(folder: Path) -> None:
    (run,) = ran(fails(folder, "hang"), seconds=1.0)
    assert run.status is Status.TIMEOUT


def test_a_missing_licence_is_named(folder: Path) -> None:
    (run,) = ran(source(folder, needs=["SOLVER_LICENCE_SERVER"]))
    assert "environment variable SOLVER_LICENCE_SERVER is not set" in run.message


def test_its_process_is_renewed_as_often_as_it_says(folder: Path) -> None:
    made = source(folder)
    keys = {
        "name": "ball",
        "simulator": {"use": USE, "declare": made.declare},
        "goal": {"kind": "map"},
        "budget": {"runs": 30},
    }
    assert limits(Plan.from_mapping(keys), made.load()).runs_per_child == 200
    assert {run.status for run in ran(made, count=5)} == {Status.OK}


# what is wrong with a declaration


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"fmu": "lost.fmu"}, "there is no .*lost.fmu; give its place beside the plan"),
        ({"fmu": "garbage.fmu"}, "garbage.fmu is no FMU that can be read"),
        ({"space": {"speed": {"low": 0, "high": 1}}}, "no variable 'speed'; it has .*v0"),
        ({"start": {"mass": 1.0}}, "no variable 'mass'"),
        ({"outcomes": {"y": {"value": "max(x)"}}}, "no variable 'x'"),
        ({"outcomes": {"y": {"value": "h"}}}, "gives a whole series"),
        ({"stopp": 1}, "key 'simulator.declare.stopp' is not known"),
    ],
)
def test_a_wrong_declaration_is_refused_with_the_key(
    folder: Path, table: dict[str, Any], said: str
) -> None:
    (folder / "garbage.fmu").write_bytes(b"not a zip archive")
    with pytest.raises(PlanError, match=said):
        source(folder, **table).load()


def test_an_fmu_for_another_machine_is_an_error(folder: Path) -> None:
    with ZipFile(folder / "Ball.fmu") as whole, ZipFile(folder / "alien.fmu", "w") as part:
        for name in whole.namelist():
            if "linux" not in name:
                part.writestr(name, whole.read(name))
    made: Simulator = source(folder, fmu="alien.fmu").load()
    with pytest.raises(SimulatorError, match="not supported by the FMU"):
        simulate(made, {"v0": 10.0}, 1)
