"""`surrogate check` finds what would spoil a campaign, and leaves a good simulator alone."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from surrogate.check import QUICK, Effort, examine, undecided
from surrogate.cli import answer
from surrogate.findings import Finding, Weight, is_good
from surrogate.plan import Plan

SIMULATORS = """
import os, time
from pathlib import Path

import numpy as np

from surrogate import Answer, Binary, Count, Infeasible, Number, Real, Space, simulator

SPACE = Space({"x": Real(0, 1, unit="m"), "y": Real(0, 1, unit="m")})
MARGIN = Number("margin", unit="m", low=-2, high=2)
runs = []


@simulator(space=SPACE, outcome=MARGIN)
def good(point, *, rng):
    return point["x"] - point["y"] + 0.05 * rng.standard_normal()


@simulator(space=SPACE, outcome=Binary("yes"))
def likely(point, *, rng):
    return bool(rng.random() < point["x"])


@simulator(space=SPACE, outcome=MARGIN)
def unseeded(point, *, rng):
    return point["x"] + 0.1 * np.random.default_rng().random()


@simulator(space=SPACE, outcome=MARGIN)
def leaking(point, *, rng):
    runs.append(point)
    return point["x"] + 0.01 * len(runs)


@simulator(space=SPACE, outcome=MARGIN)
def constant(point, *, rng):
    return 0.5


@simulator(space=SPACE, outcome=MARGIN)
def millimetres(point, *, rng):
    return 1000 * (point["x"] - point["y"])


@simulator(space=SPACE, outcome=MARGIN)
def crashing(point, *, rng):
    if point["x"] > 0.8:
        raise RuntimeError("the mesh is tangled")
    return point["x"] - point["y"] + 0.01 * rng.standard_normal()


@simulator(space=SPACE, outcome=MARGIN)
def flaky(point, *, rng):
    if rng.random() < 0.2:
        raise RuntimeError("the disk was busy")
    return point["x"] - point["y"] + 0.01 * rng.standard_normal()


@simulator(space=SPACE, outcome=MARGIN)
def exclusive(point, *, rng):
    held = Path(__file__).with_name("lock")
    with held.open("x"):
        time.sleep(0.05)
    held.unlink()
    return point["x"] - point["y"]


@simulator(space=SPACE, outcome=MARGIN)
def shy(point, *, rng):
    return point["x"] if point["x"] > 0.7 else Infeasible("too small to tell")


@simulator(space=SPACE, outcome=MARGIN)
def mute(point, *, rng):
    raise ValueError("no licence")


@simulator(space=SPACE, outcome=Number("margin", noise="none"))
def jittery(point, *, rng):
    return point["x"] + 0.1 * rng.standard_normal()


@simulator(space=SPACE, outcome=Count("hits", of=10))
def unshaken(point, *, rng):
    return round(10 * point["x"])


@simulator(space=SPACE, outcome=MARGIN)
def costly(point, *, rng):
    return Answer({"margin": point["x"] * rng.random()}, cost=1 + 9 * point["y"])


@simulator(space=SPACE, outcome=Number("margin", noise="none"))
def laden(point, *, rng):
    if not runs:
        time.sleep(0.5)  # as long as a library takes to be imported
    runs.append(point["x"])
    return 0.1 if point["x"] > 0.5 else 0.2
"""
PLAN: dict[str, Any] = {
    "name": "checked",
    "goal": {"kind": "map"},
    "budget": {"runs": 100},
    "workers": {"count": 2, "time_limit": 20.0},
}


def plan(folder: Path, attribute: str) -> Plan:
    (folder / "checked.py").write_text(SIMULATORS)
    keys = {**PLAN, "simulator": {"use": f"checked:{attribute}"}}
    return Plan.from_mapping(keys, path=folder / "checked.toml")


def problems(findings: tuple[Finding, ...]) -> dict[str, str]:
    return {f.topic: f.text for f in findings if f.weight is Weight.PROBLEM}


ALONE = ("leaking", "crashing", "exclusive")  # faults that may show as nothing else


def notes(findings: tuple[Finding, ...], topic: str) -> list[str]:
    return [f.text for f in findings if f.weight is Weight.NOTE and f.topic == topic]


@pytest.mark.parametrize(
    ("attribute", "effort"), [("good", Effort()), ("likely", QUICK)], ids=["full", "quick"]
)
def test_a_good_simulator_has_no_problem(tmp_path: Path, attribute: str, effort: Effort) -> None:
    findings = examine(plan(tmp_path, attribute), effort)
    assert problems(findings) == {}
    assert is_good(findings)
    (said,) = [f.text for f in findings if f.topic == "time" and f.weight is Weight.FINE]
    assert re.search(r"100 runs take about \d+ \w+ on 2 workers, apart from choosing them", said)
    texts = [f.text for f in findings]
    assert ("yes was true in 13 of 24 runs" in texts) == (attribute == "likely")


@pytest.mark.parametrize(
    ("attribute", "topic", "said"),
    [
        ("unseeded", "seed", "8 of 8 runs gave another answer when repeated in a fresh process"),
        ("leaking", "state", "another answer after other runs in the same process"),
        ("constant", "variation", "margin was 0.5 in all of 60 runs"),
        ("millimetres", "range", "outside its declared range -2..2); is it in another unit?"),
        ("crashing", "failures", "tangled; nearly all of them where x is above 0.79"),
        ("exclusive", "side by side", "runs failed side by side that had answered alone"),
        ("shy", "declines", "nearly all of them where x is below 0.69"),
        ("mute", "answers", "none of 8 runs gave an answer; 8 of them: ValueError: no licence"),
        ("unshaken", "seed", "seeds gave one and the same hits ="),
        ("jittery", "noise", 'though noise is "none"; declare noise = "unknown"'),
    ],
)
def test_it_finds_what_would_spoil_a_campaign(
    tmp_path: Path, attribute: str, topic: str, said: str
) -> None:
    findings = examine(plan(tmp_path, attribute), Effort())
    found = problems(findings)
    assert said in found[topic]
    assert attribute not in ALONE or len(found) == 1
    assert findings[0].weight is Weight.PROBLEM
    assert not is_good(findings)


def test_failures_that_keep_to_no_place_are_given_none(tmp_path: Path) -> None:
    said = problems(examine(plan(tmp_path, "flaky"), Effort()))["failures"]
    assert "the disk was busy; mend it" in said


def test_a_simulator_that_cannot_be_imported_is_a_finding(tmp_path: Path) -> None:
    (finding,) = examine(plan(tmp_path, "nothing_of_that_name"), Effort())
    assert finding.weight is Weight.PROBLEM
    assert "has no attribute 'nothing_of_that_name'" in finding.text


def test_it_says_what_cost_follows(tmp_path: Path) -> None:
    assert "cost varies over the space, with y" in notes(
        examine(plan(tmp_path, "costly"), Effort()), "cost"
    )


def test_one_that_imports_much_and_is_exact_is_not_said_to_vary(tmp_path: Path) -> None:
    findings = examine(plan(tmp_path, "laden"), Effort())
    assert problems(findings) == {}
    assert notes(findings, "time") == []
    assert "the seed changes nothing, as declared" in [one.text for one in findings]


def test_a_folder_that_hides_the_simulators_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "simulators").mkdir()
    (tmp_path / "simulators" / "__init__.py").touch()
    keys = {**PLAN, "simulator": {"use": "simulators.problems.emulation:branin"}}
    found = examine(Plan.from_mapping(keys, path=tmp_path / "plan.toml"), QUICK)
    assert "hides the one that comes with Surrogate" in notes(found, "import")[0]


def test_the_verb_prints_sentences_and_exits_with_1_for_a_bad_simulator(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for attribute, code in (("good", 0), ("constant", 1)):
        folder = tmp_path / attribute
        folder.mkdir()
        made = plan(folder, attribute)
        path = folder / "checked.toml"
        path.write_text(
            'name = "checked"\n[simulator]\n'
            f'use = "{made.simulator.use}"\n[goal]\nkind = "map"\n[budget]\nruns = 50\n'
        )
        assert answer(["check", "--quick", str(path)]) == code
        said = capsys.readouterr().out
        assert ("not ready for a campaign" in said) == bool(code)
        assert not list(folder.glob("*.db"))
    path.write_text(path.read_text().replace(":constant", ":nothing_of_that_name"))
    assert answer(["check", "--json", str(path)]) == 1
    assert {"weight", "topic", "text"} == set(json.loads(capsys.readouterr().out)[0])


def test_noise_is_looked_for_where_the_answer_is_in_doubt() -> None:
    line = np.array([[0.0], [0.1], [0.3], [0.4], [0.8]])
    assert undecided(line, [0, 0, 0, 1, 1]) in (2, 3)  # a neighbour answers otherwise
    assert undecided(line, [0, 3, 9, 10, 5]) == 4  # halfway
    assert undecided(line, [None, 1, 1, 1, 1]) == 1
    assert undecided(line, [None, None, 1, None, None]) == 2
    assert undecided(line, [None] * 5) == 0


def test_a_simulator_that_is_elsewhere_is_no_problem(tmp_path: Path) -> None:
    declare = {"space": {"x": {"low": 0, "high": 1}}, "outcomes": {"y": {}}}
    keys = {**PLAN, "simulator": {"use": "surrogate.told:told", "declare": declare}}
    findings = examine(Plan.from_mapping(keys, path=tmp_path / "plan.toml"), QUICK)
    assert is_good(findings)
    assert "told of, not made here" in findings[0].text


def test_findings_are_plain_facts() -> None:
    assert not is_good((replace(Finding(Weight.FINE, "a", "b"), weight=Weight.PROBLEM),))
