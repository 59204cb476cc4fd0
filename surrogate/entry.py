"""How a plan finds its campaign in a store: made, continued, or refused with what differs."""

import os
from dataclasses import dataclass
from pathlib import Path

from surrogate.clock import SystemClock
from surrogate.codeprint import code_print
from surrogate.errors import PlanError
from surrogate.goal import Goal
from surrogate.oracle import Simulator, SimulatorSource, import_path
from surrogate.plan import Plan
from surrogate.store.base import CampaignRecord, Store
from surrogate.store.sql import SqlStore, open_store
from surrogate.tryout import try_out

ACCEPTED = "code"  # kind of the event that changed code was said to be the same design
_CODE = "code "  # what stands between a design's word and its code's print in a version


@dataclass(frozen=True)
class Leave:
    """What a person allows: to forget what was learned, to go on although the code has changed."""

    fresh: bool = False
    same_design: bool = False


def version_words(design: str, code: str) -> str:
    """A simulator's design and code in one word, as every run carries it."""
    return f"{design} {_CODE}{code}".strip() if code else design


def plan_on(
    simulator: Simulator,
    name: str,
    *,
    goal: Goal,
    store: str | os.PathLike[str],
    seed: int,
    runs: int,
) -> Plan:
    """The plan of a campaign on a simulator object, made in Python rather than from a file."""
    keys = {
        "name": name,
        "seed": seed,
        "store": os.fspath(store),
        "simulator": {"use": import_path(simulator)},
        "goal": {"kind": goal.kind.value, "level": goal.level},
        "budget": {"runs": runs},
    }
    return Plan.from_mapping(keys)


def opened(plan: Plan, simulator: Simulator, source: SimulatorSource, leave: Leave) -> SqlStore:
    """The plan's store, with the plan's campaign in it; raises as `enter` does.

    Before there is a file to be left behind, the simulator is tried out.
    """
    if "://" not in plan.store_path and not Path(plan.store_path).exists():
        try_out(plan, simulator, source)
    store = open_store(plan.store_path)
    try:
        enter(store, plan, code_print(source, simulator), leave, SystemClock().now())
    except BaseException:
        store.close()
        raise
    return store


def record_of(plan: Plan, code: str, now: float) -> CampaignRecord:
    """A plan's campaign as it is written down."""
    path = plan.path
    kept = {**plan.to_json(), "path": None if path is None else str(path)}
    return CampaignRecord(plan.name, kept, plan.identity(), version_words(plan.design, code), now)


def enter(store: Store, plan: Plan, code: str, leave: Leave, now: float) -> None:
    """Find this plan's campaign in the store, or write it there.

    Raises `PlanError` where it asks another question, or its simulator's code has changed.
    """
    names = [record.name for record in store.campaigns()]
    if leave.fresh and plan.name in names:
        store.delete_campaign(plan.name)
        names.remove(plan.name)
    record = record_of(plan, code, now)
    if plan.name not in names:
        store.create_campaign(record)
        return
    stored = dict(store.campaign(plan.name).plan)
    stored.pop("path", None)
    if changes := plan.changed_identity(Plan.from_mapping(stored, plan.name)):
        raise PlanError(
            f"campaign '{plan.name}' in {plan.store_path} asks another question: "
            f"{'; '.join(changes)}; give the plan another name, or start again with --fresh"
        )
    if leave.same_design:
        accept_code(store, plan.name, record.version, now)
    refuse_changed_code(store, plan.name, record.version)
    store.update_plan(plan.name, record.plan, version=record.version)


def refuse_changed_code(store: Store, name: str, present: str) -> None:
    """Raise `PlanError` where another version of the code has run than the present one."""
    before = store.campaign(name).version
    old, new = before.rpartition(_CODE)[2], present.rpartition(_CODE)[2]
    known = _CODE in before and _CODE in present
    if known and old != new and store.counts(name).runs:
        raise PlanError(
            f"campaign '{name}' was run by other code of its simulator (print {old}, now {new}); "
            "if the change alters no outcome, go on with --same-design (in Python: "
            "Campaign.accept); else give the campaign another name, or start again with --fresh"
        )


def accept_code(store: Store, name: str, present: str, now: float) -> None:
    """Note that a person says the present code is the same design as the one before."""
    before = store.campaign(name)
    if before.version != present:
        store.note(name, ACCEPTED, f"{before.version} is the same design as {present}", now=now)
        store.update_plan(name, before.plan, version=present)
