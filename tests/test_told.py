from pathlib import Path

import pytest

from surrogate.campaign import Campaign
from surrogate.errors import PlanError, SimulatorError
from surrogate.outcome import Binary
from surrogate.plan import Plan

DECLARED = {
    "name": "rig",
    "space": {"speed": {"low": 5.0, "high": 25.0, "unit": "m/s"}},
    "outcomes": {"cleared": {"kind": "binary"}},
}


def plan(folder: Path, declared: object = DECLARED) -> Plan:
    keys = {
        "name": "wall",
        "simulator": {"use": "surrogate.told:told", "declare": declared},
        "goal": {"kind": "boundary", "level": 0.5},
        "budget": {"runs": 30},
    }
    return Plan.from_mapping(keys, path=folder / "wall.toml")


def test_a_campaign_can_be_told_of_an_oracle_that_is_elsewhere(tmp_path: Path) -> None:
    with Campaign.from_plan(plan(tmp_path)) as campaign:
        assert campaign.outcome == Binary("cleared")
        for query in campaign.ask(20):
            campaign.tell(query, float(query.point["speed"]) > 15)
        assert campaign.predict([{"speed": 24.0}]).mean[0] > 0.7
    with Campaign.open(tmp_path / "wall.db", "wall") as campaign:
        assert len(campaign.observations()) == 20


def test_an_oracle_that_is_elsewhere_cannot_be_run_here(tmp_path: Path) -> None:
    refused = pytest.raises(SimulatorError, match="has nothing to run: its outcomes are told")
    with Campaign.from_plan(plan(tmp_path)) as campaign, refused:
        campaign.run()


def test_what_is_told_of_must_have_outcomes(tmp_path: Path) -> None:
    declared = {key: value for key, value in DECLARED.items() if key != "outcomes"}
    with pytest.raises(PlanError, match=r"key 'simulator.declare.outcomes' is missing"):
        Campaign.from_plan(plan(tmp_path, declared))


def test_what_is_told_of_has_no_knobs(tmp_path: Path) -> None:
    loaded = plan(tmp_path)
    with pytest.raises(SimulatorError, match="simulator 'rig' has no knob 'reach'"):
        loaded.source().load().with_knobs({"reach": 2.0})
