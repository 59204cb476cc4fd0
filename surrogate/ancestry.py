"""Whose child a stored campaign is, and which iteration of its plan.

A parent is read again from the ledger, so that a child learns as it began; it may itself be a
child, whose map begins with that of its own parent, and so on back.

The first iteration of a plan is named as the plan is, NAME; those that begin from it are NAME.2,
NAME.3 and so on. An iteration is known by its identity and by the version of design and code that
it was run with, so that the same command continues it.
"""

import re
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, replace

from surrogate.bridge import Declared, SameItems, crossing, usable
from surrogate.errors import NotEnoughData, PlanError, StoreError
from surrogate.lineage import Past, choose_sentinels, heritage
from surrogate.models.recipes import seen_by
from surrogate.outcome import Outcome, question_of
from surrogate.plan import Plan
from surrogate.planned import Inherited, learner_for
from surrogate.pool import Domain, Pool
from surrogate.records import Lineage, QueryState, Revision
from surrogate.sections import ParentSection
from surrogate.store.base import CampaignRecord, Store
from surrogate.store.sql import open_store

HERE = ""  # the store of a parent that is in its child's own
PREVIOUS = "previous"


def stored_plan(record: CampaignRecord) -> Plan:
    """A campaign's plan as it was kept."""
    keys = dict(record.plan)
    return Plan.from_mapping(keys, record.name, path=keys.pop("path", None))


def inherited_by(store: Store, record: CampaignRecord, space: Domain) -> Inherited | None:
    """What a stored campaign on `space` began with; None for one without a parent.

    Raises `StoreError` where the parent is gone, or is not the one that it began from.
    """
    lineage = record.lineage
    if lineage is None:
        return None
    with _store_of(store, lineage.store, stored_plan(record)) as theirs:
        if theirs.campaign(lineage.parent).identity != lineage.identity:
            raise StoreError(
                f"campaign '{record.name}' began from another '{lineage.parent}' than is there "
                "now; put the old one back from a backup, or begin anew with --fresh"
            )
        past = past_of(theirs, lineage.parent, space, lineage.revision)
    bridge = crossing(past.learner.space, space, Declared(**lineage.declared))
    return Inherited(lineage.sentinels, heritage(past, bridge, lineage.sentinels))


def lineage_from(store: Store, plan: Plan, question: tuple[Domain, Outcome], name: str) -> Lineage:
    """The lineage of a new campaign of `plan` that begins from campaign `name`, as of now.

    `name` may be STORE#NAME. Raises `PlanError` and `SpaceError` where the two don't go together,
    `NotEnoughData` where the parent has learned nothing yet.
    """
    where, _, parent = name.rpartition("#")
    wanted = plan.parent or ParentSection()
    declared = Declared(wanted.renamed, wanted.added, wanted.removed)
    domain, outcome = seen_by(plan.recipe_section().use, question[0]), question[1]
    with _store_of(store, where, plan) as theirs:
        past, record = past_of(theirs, parent, domain), theirs.campaign(parent)
        seen = set(_revision(theirs, parent, past.revision.number).seen)
        points = [o.point for o in theirs.observations(parent) if o.query in seen]
    if type(outcome) is not type(past.learner.outcome):
        raise PlanError(
            f"parent '{parent}' was asked for {past.learner.outcome}, the new campaign for "
            f"{outcome}; choose another parent, or none"
        )
    bridge = crossing(past.learner.space, domain, declared)
    of_use = usable(bridge, points)
    return Lineage(
        parent=parent,
        store=where,
        identity=record.identity,
        revision=past.revision.number,
        sentinels=choose_sentinels(past, bridge, wanted.count(plan.budget)),
        declared={k: dict(v) for k, v in vars(declared).items()},
        usable=of_use.runs,
        runs=of_use.of,
        unusable=of_use.why_not,
    )


def past_of(store: Store, name: str, heir: Domain, revision: int | None = None) -> Past:
    """A stored campaign as the parent of one on `heir`, at a revision, or at its last one.

    Where both have a pool it is read on the child's. Raises `NotEnoughData`.
    """
    record = store.campaign(name)
    plan = stored_plan(record)
    own, outcome = _question(record, plan)
    both = isinstance(own, Pool) and isinstance(heir, Pool)
    domain = seen_by(plan.recipe_section().use, heir) if both else own
    past = Past(
        name=name,
        learner=learner_for(plan, domain, outcome, _begun_with(store, record, domain)),
        observations=store.observations(name),
        queries=store.queries(name),
        revision=_revision(store, name, revision),
    )
    if isinstance(domain, Pool) and not plan.is_on(domain):
        return _read_anew(past, domain)
    return past


def _begun_with(store: Store, record: CampaignRecord, domain: Domain) -> Inherited | None:
    """What a parent began with; nothing where no item of that time is left in the pool."""
    try:
        return inherited_by(store, record, domain)
    except NotEnoughData:
        if isinstance(domain, Pool):
            return None
        raise


def _read_anew(past: Past, pool: Pool) -> Past:
    """The same on another pool: what it was told of items that are there, learned once more.

    Features may be scaled otherwise now, so that what it had learned of their lengths is void.
    """
    items = SameItems(pool)
    there = replace(
        past,
        observations=[
            replace(one, point=items.to_new(one.point))
            for one in past.observations
            if items.has(one.point)
        ],
        queries=[
            replace(one, point=items.to_new(one.point))
            for one in past.queries
            if items.has(one.point)
        ],
    )
    fitted = past.learner.fit(there.seen)
    if fitted is None:
        raise NotEnoughData(
            f"none of the items that '{past.name}' knows is in this pool; name another parent, or "
            "none"
        )
    return replace(there, revision=replace(fitted.revision, number=past.revision.number))


def _revision(store: Store, name: str, number: int | None) -> Revision:
    if number is None:
        found = store.latest_revision(name)
    else:
        found = next((one for one in store.revisions(name) if one.number == number), None)
    if found is None:
        raise NotEnoughData(
            f"campaign '{name}' has no map to begin from yet; run it first, or choose another"
        )
    return found


def _question(record: CampaignRecord, plan: Plan) -> tuple[Domain, Outcome]:
    if record.question is not None:
        return question_of(record.question)
    domain, outcome = plan.check_against(plan.source().load())
    return seen_by(plan.recipe_section().use, domain), outcome


def _store_of(store: Store, where: str, plan: Plan) -> AbstractContextManager[Store]:
    """The parent's store: the child's own, or another, named as from the child's plan."""
    if where == HERE:
        return nullcontext(store)
    other = where if "://" in where else str(plan.folder / where)
    return closing(open_store(other, create=False))


@dataclass(frozen=True)
class Wanted:
    """A plan, its question, and its simulator's version, that look for their campaign."""

    plan: Plan
    question: tuple[Domain, Outcome]
    version: str

    def is_this(self, record: CampaignRecord) -> bool:
        """Whether a campaign is of the same question, design and code."""
        stored = stored_plan(record)
        named = self.plan.model_copy(update={"name": stored.name})
        return not named.changed_identity(stored) and record.version == self.version


def family(store: Store, name: str) -> tuple[CampaignRecord, ...]:
    """All iterations of a plan of that name, the first one first."""
    pattern = re.compile(rf"{re.escape(name)}\.(\d+)")
    found: dict[int, CampaignRecord] = {}
    for record in store.campaigns():
        if record.name == name:
            found[1] = record
        elif record.lineage and (number := pattern.fullmatch(record.name)):
            found[int(number[1])] = record
    return tuple(found[number] for number in sorted(found))


def latest(store: Store, name: str) -> str:
    """The name of the last iteration of a plan of that name; `name` where there is none."""
    found = family(store, name)
    return found[-1].name if found else name


def iteration(store: Store, wanted: Wanted) -> Plan:
    """The plan, named as the last iteration that it is of; as it stands where it is of none."""
    for record in reversed(family(store, wanted.plan.name)):
        if wanted.is_this(record):
            return wanted.plan.model_copy(update={"name": record.name})
    return wanted.plan


def child(
    store: Store, wanted: Wanted, parent: str, *, again: bool = False
) -> tuple[Plan, Lineage | None]:
    """The plan under the name of the iteration that begins from `parent`, and its lineage.

    Where the last iteration is this one already, it is continued, and has its lineage; with
    `again` a new one is begun once that has spent its budget. Raises as `lineage_from` does.
    """
    found = family(store, wanted.plan.name)
    if found and wanted.is_this(found[-1]):
        plan = wanted.plan.model_copy(update={"name": found[-1].name})
        if not (again and _is_finished(store, plan)):
            return plan, None
    if parent == PREVIOUS:
        parent = _previous(store, wanted.plan, found)
    lineage = lineage_from(store, wanted.plan, wanted.question, parent)
    return wanted.plan.model_copy(update={"name": _next_name(wanted.plan.name, found)}), lineage


def lineage_words(name: str, lineage: Lineage) -> str:
    """Whose child a campaign is and what it takes over, for people."""
    where = f" in {lineage.store}" if lineage.store else ""
    roles = Counter(one.role for one in lineage.sentinels)
    again = ", ".join(f"{count} {role}" for role, count in roles.items())
    lines = [
        f"'{name}' begins from '{lineage.parent}'{where}, revision {lineage.revision}: "
        f"{lineage.usable} of its {lineage.runs} runs are of use here, and "
        f"{len(lineage.sentinels)} are made again" + (f" ({again})" if again else "")
    ]
    return "\n".join([*lines, *(f"{n:>6} x  {why}" for why, n in lineage.unusable.items())])


def _is_finished(store: Store, plan: Plan) -> bool:
    states = store.counts(plan.name).queries
    return states.get(QueryState.DONE, 0) + states.get(QueryState.GIVEN_UP, 0) >= plan.budget.runs


def _next_name(name: str, found: Sequence[CampaignRecord]) -> str:
    if not found:
        return name
    last = found[-1].name.removeprefix(name).removeprefix(".")
    return f"{name}.{int(last or 1) + 1}"


def _previous(store: Store, plan: Plan, found: Sequence[CampaignRecord]) -> str:
    """The last iteration with a map; else the last campaign here that asked the same simulator."""
    others = [
        one
        for one in store.campaigns()
        if str(stored_plan(one).simulator.use) == plan.simulator.use
    ]
    for record in (*reversed(found), *reversed(others)):
        if store.latest_revision(record.name) is not None:
            return record.name
    raise PlanError(
        f"there is no campaign of simulator {plan.simulator.use} with a map in {plan.store_path}; "
        "run the design before this one first, or name a campaign: --from NAME or STORE#NAME"
    )
