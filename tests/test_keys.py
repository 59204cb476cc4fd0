"""What `surrogate keys` says of plans: all of it, and what a plan then takes."""

import tomllib

import pytest
from pydantic import TypeAdapter

from surrogate.cli import answer
from surrogate.keys import Key, plan_keys
from surrogate.plan import Plan

KEYS = plan_keys()


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.path)
def test_every_key_is_explained_by_a_sentence(key: Key) -> None:
    assert key.words.endswith((".", "..."))
    assert key.kind


@pytest.mark.parametrize("key", [key for key in KEYS if "." not in key.path and key.example])
def test_an_example_is_toml_that_a_plan_takes(key: Key) -> None:
    written = tomllib.loads(f"{key.path} = {key.example}")
    TypeAdapter(Plan.model_fields[key.path].rebuild_annotation()).validate_python(written[key.path])


def test_tables_lists_and_names_of_ones_own_are_walked_into() -> None:
    paths = {key.path for key in KEYS}
    assert {"goal.level", "gate.still[].above", "space.NAME.low", "goal.limits.NAME.high"} <= paths


def test_what_must_be_there_is_said() -> None:
    required = {key.path for key in KEYS if key.required}
    assert required == {
        "name",
        "simulator",
        "simulator.use",
        "goal",
        "goal.kind",
        "budget",
        "budget.runs",
    }


def test_the_command_shows_a_part_and_refuses_what_is_no_key(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert answer(["keys", "budget"]) == 0
    shown = capsys.readouterr().out
    assert "budget.runs: integer, such as 400, required\n    Queries to be done in all." in shown
    assert "goal" not in shown
    assert answer(["keys", "budgte"]) == 2
    assert "there are name, seed, design" in capsys.readouterr().err
