"""A plan is read strictly, complained of clearly, and knows what in it may change."""

import json
import math
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from surrogate.errors import PlanError, SimulatorError, SpaceError
from surrogate.expression import Expression
from surrogate.goal import Goal, GoalKind
from surrogate.oracle import FunctionSimulator
from surrogate.outcome import Binary, Number
from surrogate.plan import Plan
from surrogate.sections import RecipeSection, WorkersSection, goal_keys
from surrogate.space import Categorical, Integer, Normal, Point, Real, Space

TEXT = """
name = "penalty-box"
seed = 1
design = "v1"

[simulator]
use = "simulators.football:shot"
knobs = { level = "professional" }
settings = { pace = "real_time" }

[space]
x = { low = 1.0, high = 16.5 }
keeper_depth = 1.0

[goal]
kind = "boundary"
level = 0.5

[budget]
runs = 400

[workers]
count = 16
time_limit = 20.0
"""


def shoot(point: Point, *, rng: np.random.Generator) -> bool:
    return bool(rng.random() < 0.5)


SPACE = Space(
    {
        "x": Real(0.0, 40.0, unit="m", default=11.0),
        "keeper_depth": Real(0.0, 6.0, unit="m", default=0.5),
        "defenders": Integer(0, 4, default=0),
        "foot": Categorical(("left", "right"), default="right"),
    }
)
SHOT = FunctionSimulator("shot", shoot, SPACE, (Binary("goal"), Number("margin", unit="m")))


def cube(dimension: int) -> Space:
    return Space({f"x{j}": Real(0, 1) for j in range(dimension)})


def read(text: str) -> Plan:
    return Plan.from_mapping(tomllib.loads(text), path="/plans/penalty_box.toml")


def complaint(old: str, new: str) -> str:
    assert old in TEXT
    with pytest.raises(PlanError) as caught:
        read(TEXT.replace(old, new))
    return str(caught.value)


def with_space(entries: str) -> Plan:
    return read(TEXT.replace("x = { low = 1.0, high = 16.5 }\nkeeper_depth = 1.0", entries))


def test_a_plan_file_gives_everything_that_a_campaign_needs(tmp_path: Path) -> None:
    path = tmp_path / "penalty_box.toml"
    path.write_text(TEXT)
    plan = Plan.load(path)
    source, goal = plan.source(), plan.goal.value()
    assert (source.use, source.paths) == ("simulators.football:shot", (str(tmp_path),))
    assert (source.knobs, source.settings) == ({"level": "professional"}, {"pace": "real_time"})
    assert (goal.kind, goal.level) == (GoalKind.BOUNDARY, 0.5)
    assert plan.store_path == str(tmp_path / "penalty_box.db")
    assert (plan.workers.slots, plan.workers.time_limit) == (16, 20.0)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("runs =", "rusn =", "key 'budget.rusn' is not known; did you mean 'runs'?"),
        ("[budget]", "[budgets]", "key 'budgets' is not known; did you mean 'budget'?"),
        ("16.5 }", "16.5, hihg = 3 }", "key 'space.x.hihg' is not known; did you mean 'high'?"),
        ("16.5", "0.5", "key 'space.x': low 1 is not below high 0.5"),
        ("400", '"400"', "key 'budget.runs': a whole number was expected, '400' came"),
        ("runs = 400", "audit = 4", "key 'budget.runs' is missing; write runs = 400"),
        ("seed = 1", "seed = -1", "key 'seed': a number of at least 0 was expected, -1 came"),
        ("seed = 1", "seed = 1.5", "key 'seed': a whole number was expected, 1.5 came"),
        ('"boundary"', '"edge"', "one of 'map', 'boundary' or 'optimum' was expected, 'edge' came"),
        ("level = 0.5", "", "key 'goal': kind 'boundary' needs a level; write level = 0.5"),
        ("0.5", "nan", "key 'goal.level': a finite number was expected, nan came"),
        ("simulators.football:shot", "shot", "'module:attribute' was expected, 'shot' came"),
        ("16.5 }", "16.5, mean = 3 }", "key 'space.x': mean and sd go together"),
        ("= 1.0", "= true", "key 'space.keeper_depth': a number was expected, True came"),
        ("= 1.0\n", "= [1]\n", "key 'space.keeper_depth.0': text in quotes was expected, 1 came"),
        ("400", "400\naudit = 399\nstart = 9", "audit and start make 408 runs, more than"),
        ("seed = 1", 'constraints = ["import os"]', "formula 'import os' cannot be read"),
    ],
)
def test_a_complaint_names_file_key_expectation_and_remedy(old: str, new: str, words: str) -> None:
    said = complaint(old, new)
    assert words in said
    assert all(line.startswith("plan penalty_box.toml: ") for line in said.splitlines())


def test_everything_that_is_wrong_is_said_at_once() -> None:
    said = complaint('name = "penalty-box"\nseed = 1', 'name = ""\nseed = "one"')
    assert "key 'name'" in said
    assert "key 'seed'" in said


def test_a_misspelt_key_is_not_also_called_missing() -> None:
    assert len(complaint("runs =", "rnus =").splitlines()) == 1


def test_a_file_that_is_not_there_or_not_toml_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"there is no plan at .*nothing\.toml"):
        Plan.load(tmp_path / "nothing.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("name = \n")
    with pytest.raises(PlanError, match=r"broken.toml is not TOML: .*line 1"):
        Plan.load(broken)
    broken.write_bytes(b"\xff\xfe")
    with pytest.raises(PlanError, match="cannot be read"):
        Plan.load(broken)


@pytest.mark.parametrize(
    ("runs", "audit"), [(1, 0), (99, 0), (100, 20), (200, 20), (400, 40), (5000, 500)]
)
def test_the_audit_is_a_tenth_and_at_least_20_from_100_runs_on(runs: int, audit: int) -> None:
    assert read(TEXT.replace("400", str(runs))).budget.audit_runs == audit


@pytest.mark.parametrize(
    ("workers", "words"),
    [
        ('engine = "dask"', "engine 'dask' needs the address of a scheduler"),
        ('scheduler = "tcp://10.0.0.1:8786"', 'write engine = "dask" too'),
        ('engine = "dask"\nscheduler = "tcp://h:1"\ncount = 2', "leave it out"),
    ],
)
def test_a_cluster_is_named_with_its_scheduler_and_brings_its_own_workers(
    workers: str, words: str
) -> None:
    with pytest.raises(PlanError, match=words):
        read(TEXT.replace("count = 16", workers))


def test_a_start_never_takes_more_than_the_budget_has() -> None:
    assert read(TEXT).budget.start_runs(cube(2)) == 10
    assert read(TEXT).budget.start_runs(cube(8)) == 40
    assert read(TEXT.replace("400", "7")).budget.start_runs(cube(2)) == 7


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("runs = 400", "runs = 500"),
        ("count = 16", "count = 2"),
        ("count = 16", 'engine = "dask"\nscheduler = "tcp://10.0.0.1:8786"'),
        ("time_limit = 20.0", "time_limit = 30"),
        ('pace = "real_time"', 'pace = "unlimited"'),
        ("level = 0.5", "level = 5e-1"),
        ("keeper_depth = 1.0", "keeper_depth = 1"),
        (
            "x = { low = 1.0, high = 16.5 }\nkeeper_depth = 1.0",
            "keeper_depth = 1.0\nx.low = 1\nx.high=16.5",
        ),
    ],
)
def test_running_keys_and_ways_of_writing_leave_the_identity_alone(old: str, new: str) -> None:
    assert read(TEXT.replace(old, new)).identity() == read(TEXT).identity()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("level = 0.5", "level = 0.6", "goal.level was 0.5 and is now 0.6"),
        ("seed = 1", "seed = 2", "seed was 1.0 and is now 2.0"),
        ('"v1"', '"v2"', "design was 'v1' and is now 'v2'"),
        ('"professional"', '"amateur"', "simulator.knobs was"),
        ("16.5", "20.0", "space was"),
    ],
)
def test_an_edited_identity_key_is_told_apart_and_named(old: str, new: str, words: str) -> None:
    edited = read(TEXT.replace(old, new))
    assert edited.identity() != read(TEXT).identity()
    (sentence,) = edited.changed_identity(read(TEXT))
    assert sentence.startswith(words)


def test_a_plan_survives_the_trip_through_a_store() -> None:
    plan = read(TEXT)
    again = Plan.from_mapping(json.loads(json.dumps(plan.to_json())), path=plan.path)
    assert again == plan
    assert again.identity() == plan.identity()


WORDS = st.text(max_size=8)
LEAVES = st.none() | st.integers() | WORDS


@settings(max_examples=30)
@given(st.dictionaries(WORDS, LEAVES | st.lists(LEAVES, max_size=3), max_size=5))
def test_whatever_comes_is_a_plan_or_a_plan_error(keys: dict[str, Any]) -> None:
    with pytest.raises(PlanError):
        Plan.from_mapping(keys)


def test_the_schema_describes_every_key_and_refuses_others() -> None:
    schema = Plan.schema_json()
    assert set(schema["properties"]) == set(Plan.model_fields)
    assert schema["additionalProperties"] is False
    assert all(
        "description" in entry for entry in schema["$defs"]["BudgetSection"]["properties"].values()
    )


def test_named_ranges_are_free_named_values_held_and_the_rest_at_its_default() -> None:
    space, outcome = read(TEXT).check_against(SHOT)
    assert isinstance(space, Space)
    assert space.names == ("x",)
    assert space.parameters["x"] == Real(1.0, 16.5, unit="m", default=11.0)
    assert space.fixed == {"keeper_depth": 1.0, "defenders": 0, "foot": "right"}
    assert outcome == Binary("goal")


def test_a_plan_without_a_space_leaves_everything_free() -> None:
    text = TEXT.replace("[space]\nx = { low = 1.0, high = 16.5 }\nkeeper_depth = 1.0", "")
    assert read(text).check_against(SHOT)[0].names == SPACE.names


def test_whole_numbers_choices_distributions_and_empty_ranges_are_narrowed() -> None:
    plan = with_space(
        'x = { mean = 10, sd = 3, scale = "linear" }\nkeeper_depth = {}\n'
        'defenders = { low = 1, high = 3 }\nfoot = ["left", "right"]'
    )
    space, _ = plan.check_against(SHOT)
    assert isinstance(space, Space)
    parameters = space.parameters
    assert parameters["x"] == Real(0.0, 40.0, unit="m", default=11.0, distribution=Normal(10, 3))
    assert parameters["keeper_depth"] == Real(0.0, 6.0, unit="m", default=0.5)
    assert parameters["defenders"] == Integer(1, 3)
    assert parameters["foot"] == Categorical(("left", "right"), default="right")


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ("speed = 3.0", "key 'space.speed': the simulator has no such parameter; it has x, keeper"),
        ("x = { low = 1, high = 99 }", "parameter 'x': 99 is outside 0..40"),
        ("x = 99", "parameter 'x': 99 is outside 0..40"),
        ('x = ["a", "b"]', "key 'space.x': a range"),
        ("foot = { low = 0, high = 1 }", "the choices are left, right"),
        ("defenders = { low = 0.5, high = 2 }", "key 'space.defenders': whole numbers"),
        ("x = 3", "every parameter is held"),
        ('x = { scale = "log" }', "key 'space.x': low 0.0 is not positive"),
    ],
)
def test_a_space_that_does_not_fit_the_simulator_is_refused(entries: str, words: str) -> None:
    with pytest.raises(SpaceError, match=r"plan penalty_box\.toml: ") as caught:
        with_space(entries).check_against(SHOT)
    assert words in str(caught.value)


@pytest.mark.parametrize("level", ["0.0", "1.0", "1.5", "-0.1"])
def test_a_probability_level_outside_0_to_1_is_refused(level: str) -> None:
    with pytest.raises(PlanError, match=r"goal.level.*above 0 and below 1.*'goal'"):
        read(TEXT.replace("level = 0.5", f"level = {level}")).check_against(SHOT)


def test_the_question_may_be_another_outcome_and_its_level_any_number() -> None:
    plan = read(TEXT.replace("seed = 1", 'outcome = "margin"').replace("0.5", "-1.5"))
    assert plan.check_against(SHOT)[1] == Number("margin", unit="m")
    with pytest.raises(PlanError, match="no outcome 'goals'; it has goal, margin"):
        read(TEXT.replace("seed = 1", 'outcome = "goals"')).check_against(SHOT)


def test_what_helps_is_a_number_beside_a_yes_or_no() -> None:
    assert read(TEXT.replace("seed = 1", 'helps = ["margin"]')).check_against(SHOT)
    with pytest.raises(PlanError, match="key 'helps': simulator 'shot' has no number 'goal'"):
        read(TEXT.replace("seed = 1", 'helps = ["goal"]')).check_against(SHOT)
    turned = TEXT.replace("seed = 1", 'outcome = "margin"\nhelps = ["margin"]')
    with pytest.raises(PlanError, match="a yes or no can be helped, outcome 'margin' is a number"):
        read(turned).check_against(SHOT)


def test_a_heuristic_is_a_formula_or_a_function_beside_the_plan(tmp_path: Path) -> None:
    (tmp_path / "my_guess.py").write_text("def near(point):\n    return 1 / point['x']\n")
    plan = read(TEXT)
    formula = plan.guess("1 / x")
    assert isinstance(formula, Expression)
    plan = Plan.from_mapping(plan.to_json(), path=tmp_path / "plan.toml")
    function = plan.guess("my_guess:near")
    assert not isinstance(function, Expression)
    assert function({"x": 4.0}) == 0.25
    with pytest.raises(SimulatorError, match="heuristic 'my_guess:far'"):
        plan.guess("my_guess:far")


def test_a_level_outside_a_numbers_declared_range_is_refused() -> None:
    ranged = replace(SHOT, outcomes=(Number("margin", low=-1.0, high=1.0),))
    with pytest.raises(PlanError, match=r"lies in -1..1, 3 came"):
        read(TEXT.replace("0.5", "3.0")).check_against(ranged)


def test_constraints_join_those_of_the_simulator_and_name_known_parameters() -> None:
    plan = read(TEXT.replace("seed = 1", 'constraints = ["x + keeper_depth < 10"]'))
    space, _ = plan.check_against(SHOT)
    assert isinstance(space, Space)
    allowed = space.allowed(space.encode([{"x": 8.9}, {"x": 9.1}]))
    assert allowed.tolist() == [True, False]
    with pytest.raises(SpaceError, match=r"names \['z'\]"):
        read(TEXT.replace("seed = 1", 'constraints = ["z < 10"]')).check_against(SHOT)


def test_a_surrogate_is_a_name_or_a_table() -> None:
    named = read(TEXT.replace("[simulator]", 'surrogate = "svm"\n[simulator]', 1))
    assert named.recipe_section() == RecipeSection(use="svm")
    table = '[surrogate]\nuse = "a.b:C"\nparameters.depth = 3\n[simulator]'
    assert read(TEXT.replace("[simulator]", table, 1)).recipe_section().parameters == {"depth": 3}


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("surrogate = 3", "key 'surrogate': text in quotes was expected, 3 came"),
        ("surrogate.uses = 'svm'", "key 'surrogate.uses' is not known; did you mean 'use'?"),
        ("surrogate.use = 3", "key 'surrogate.use': text in quotes was expected, 3 came"),
    ],
)
def test_a_wrong_surrogate_is_told_by_its_key(key: str, said: str) -> None:
    assert said in complaint("[simulator]", f"{key}\n[simulator]")


def optimum(keys: str) -> Plan:
    return read(TEXT.replace('kind = "boundary"', 'kind = "optimum"').replace("level = 0.5", keys))


def test_an_optimum_may_be_the_lowest_within_limits_on_other_outcomes() -> None:
    plan = optimum('level = 0.5\nbest = "lowest"\n[goal.limits.margin]\nhigh = 2.0')
    plan.check_against(SHOT)
    goal = Goal.optimum(lowest=True, limits={"margin": (-math.inf, 2.0)})
    assert replace(plan.goal.value(), level=None) == goal
    assert goal_keys(goal) == {
        "kind": "optimum",
        "level": None,
        "best": "lowest",
        "limits": {"margin": {"high": 2.0}},
    }


def test_limits_and_direction_are_part_of_what_a_campaign_is() -> None:
    plain, lowest = optimum("level = 0.5"), optimum('level = 0.5\nbest = "lowest"')
    assert "goal.best" not in plain.identity_keys()
    assert plain.identity() != lowest.identity()


def test_a_limit_is_on_a_number_beside_the_question() -> None:
    with pytest.raises(PlanError, match=r"key 'goal.limits.goal': a number beside the question"):
        optimum("level = 0.5\n[goal.limits.goal]\nhigh = 2.0").check_against(SHOT)


def test_the_time_of_runs_is_divided_by_the_workers_of_a_cluster_which_nobody_knows_yet() -> None:
    cluster = WorkersSection(engine="dask", scheduler="tcp://10.0.0.1:8786")
    assert cluster.shared == (1, "divided by the workers of the cluster")
    assert WorkersSection(count=16).shared == (16, "on 16 workers")
