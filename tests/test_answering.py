"""The gateway of a stored campaign: its runs are in the ledger, and teach it."""

from pathlib import Path

import pytest

import surrogate
from surrogate.errors import PlanError, SimulatorError
from surrogate.plan import Plan
from surrogate.records import Reason
from tests.test_campaign import made, told


def test_requests_that_were_run_are_in_the_ledger_as_a_person_s(tmp_path: Path) -> None:
    with made(tmp_path) as campaign:
        told(campaign, 24)
        with surrogate.gateway(campaign, tolerance=0.02) as ask:
            reply = ask({"x": 5.0, "y": 0.3})
            again = ask({"x": 5.1, "y": -0.3})
        assert (reply.source, reply.kind, again.source) == ("run", "probability", "run")
        last = campaign.queries()[-1]
        assert (last.reason, last.why) == (Reason.PERSON, "asked for through the gateway")
        assert len(campaign.observations()) == 26
        assert ask.contract().simulated == 2


def test_a_campaign_that_knows_nothing_yet_runs_everything(tmp_path: Path) -> None:
    with made(tmp_path) as campaign, surrogate.gateway(campaign, tolerance=0.5) as ask:
        assert ask({"x": 1.0, "y": 0.0}).source == "run"


def test_a_tolerance_that_is_none_is_refused(tmp_path: Path) -> None:
    with made(tmp_path) as campaign, pytest.raises(PlanError, match="a tolerance above 0"):
        surrogate.gateway(campaign, tolerance=0.0)


def test_told_outcomes_have_no_simulator_to_fall_back_on(tmp_path: Path) -> None:
    keys = {
        "name": "rig",
        "store": str(tmp_path / "rig.db"),
        "simulator": {
            "use": "surrogate.told:told",
            "declare": {
                "space": {"x": {"low": 0.0, "high": 1.0}},
                "outcomes": {"ok": {"kind": "binary"}},
            },
        },
        "goal": {"kind": "map"},
        "budget": {"runs": 10},
    }
    with (
        surrogate.Campaign.from_plan(Plan.from_mapping(keys)) as campaign,
        pytest.raises(SimulatorError, match="to fall back on"),
    ):
        surrogate.gateway(campaign, tolerance=0.1)
