"""How a plan finds its campaign in a store: made, continued, or refused with what differs."""

import os
from contextlib import closing
from pathlib import Path

from surrogate.ancestry import PREVIOUS, Wanted, child, iteration, stored_plan
from surrogate.check import try_out
from surrogate.clock import SystemClock
from surrogate.codeprint import code_print
from surrogate.errors import PlanError
from surrogate.goal import Goal
from surrogate.leave import Leave
from surrogate.oracle import Simulator, SimulatorSource, import_path
from surrogate.outcome import Outcome, question_json
from surrogate.plan import Plan
from surrogate.pool import Domain
from surrogate.records import Lineage
from surrogate.sections import goal_keys
from surrogate.space import Space
from surrogate.store.base import CampaignRecord, Store
from surrogate.store.sql import SqlStore, open_store

ACCEPTED = "code"  # kind of the event that changed code was said to be the same design
_CODE = "code "  # what stands between a design's word and its code's print in a version


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
    return Plan.from_mapping(
        {
            "name": name,
            "seed": seed,
            "store": os.fspath(store),
            "simulator": {"use": import_path(simulator)},
            "goal": goal_keys(goal),
            "budget": {"runs": runs},
        }
    )


def opened(
    plan: Plan, simulator: Simulator, source: SimulatorSource, leave: Leave
) -> tuple[SqlStore, Plan]:
    """The plan's store with the plan's campaign in it, and the plan under that campaign's name.

    Raises as `enter` does. Before there is a file to be left behind, the simulator is tried out.
    """
    if "://" not in plan.store_path and not Path(plan.store_path).exists():
        try_out(plan, simulator, source)
    store = open_store(plan.store_path)
    try:
        return store, enter(store, plan, simulator, leave, code_print(source, simulator))
    except BaseException:
        store.close()
        raise


def record_of(
    plan: Plan,
    code: str,
    question: tuple[Domain, Outcome],
    *,
    now: float,
    lineage: Lineage | None = None,
) -> CampaignRecord:
    """A plan's campaign as it is written down."""
    path, (domain, outcome) = plan.path, question
    return CampaignRecord(
        name=plan.name,
        plan={**plan.to_json(), "path": None if path is None else str(path)},
        identity=plan.identity(),
        version=version_words(plan.version, code),
        created=now,
        lineage=lineage,
        question=question_json(domain, outcome) if isinstance(domain, Space) else None,
    )


def enter(store: Store, plan: Plan, simulator: Simulator, leave: Leave, code: str) -> Plan:
    """Find this plan's campaign in the store, or write it there; the plan under its name.

    Raises `PlanError` where it asks another question, or its simulator's code has changed.
    """
    question = plan.check_against(simulator)
    if leave.fresh and plan.name in [one.name for one in store.campaigns()]:
        store.delete_campaign(plan.name)
    wanted, lineage = Wanted(plan, question, version_words(plan.version, code)), None
    if leave.parent or plan.parent:
        plan, lineage = child(store, wanted, leave.parent or _parent(plan), again=leave.again)
    else:
        plan = iteration(store, wanted)
    record = record_of(plan, code, question, now=SystemClock().now(), lineage=lineage)
    if plan.name in [one.name for one in store.campaigns()]:
        _continue(store, plan, record, leave)
    else:
        store.create_campaign(record)
    return plan


def foreseen(plan: Plan, leave: Leave) -> tuple[str, Lineage | None]:
    """The name that a child of this plan would have, and its lineage; nothing is written.

    The lineage is None where a campaign would be continued. Raises as `enter` does.
    """
    source = plan.source()
    simulator = source.load()
    plan = plan.with_pool(simulator.space)
    version = version_words(plan.version, code_print(source, simulator))
    wanted = Wanted(plan, plan.check_against(simulator), version)
    with closing(open_store(plan.store_path, create=False)) as store:
        named, lineage = child(store, wanted, leave.parent or _parent(plan), again=leave.again)
    return named.name, lineage


def _parent(plan: Plan) -> str:
    return plan.parent.campaign if plan.parent else PREVIOUS


def _continue(store: Store, plan: Plan, record: CampaignRecord, leave: Leave) -> None:
    """Go on with the plan's campaign; raises `PlanError` where it is another, or has other code."""
    if changes := plan.changed_identity(stored_plan(store.campaign(plan.name))):
        raise PlanError(
            f"campaign '{plan.name}' in {plan.store_path} asks another question: "
            f"{'; '.join(changes)}; begin from its map with --from previous, give the plan another "
            "name, or start again with --fresh"
        )
    if leave.same_design:
        accept_code(store, plan.name, record.version, record.created)
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
            "Campaign.accept); else begin from its map with --from previous, give the campaign "
            "another name, or start again with --fresh"
        )


def accept_code(store: Store, name: str, present: str, now: float) -> None:
    """Note that a person says the present code is the same design as the one before."""
    before = store.campaign(name)
    if before.version != present:
        store.note(name, ACCEPTED, f"{before.version} is the same design as {present}", now=now)
        store.update_plan(name, before.plan, version=present)
