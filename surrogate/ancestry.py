"""A campaign's parent as the ledger has it: read again, so that a child learns as it began.

A parent may itself be a child; its map then begins with that of its own parent, and so on back.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from surrogate.bridge import Bridge, Declared
from surrogate.errors import NotEnoughData, PlanError, StoreError
from surrogate.learner import Inherited, learner_for
from surrogate.lineage import Past, choose_sentinels, heritage
from surrogate.models.recipes import seen_by
from surrogate.outcome import Outcome
from surrogate.plan import Plan
from surrogate.pool import Domain
from surrogate.question import question_of
from surrogate.records import Lineage, Revision
from surrogate.sections import ParentSection
from surrogate.space import Space
from surrogate.store.base import CampaignRecord, Store
from surrogate.store.sql import open_store

HERE = ""  # the store of a parent that is in its child's own


def stored_plan(record: CampaignRecord) -> Plan:
    """A campaign's plan as it was kept."""
    keys = dict(record.plan)
    return Plan.from_mapping(keys, record.name, path=keys.pop("path", None))


def inherited_by(store: Store, record: CampaignRecord, space: Domain) -> Inherited | None:
    """What a stored campaign began with; None for one without a parent.

    Raises `StoreError` where the parent is gone, or is not the one that it began from.
    """
    lineage = record.lineage
    if lineage is None:
        return None
    with _store_of(store, lineage, stored_plan(record)) as theirs:
        if theirs.campaign(lineage.parent).identity != lineage.identity:
            raise StoreError(
                f"campaign '{record.name}' began from another '{lineage.parent}' than is there "
                "now; put the old one back from a backup, or begin anew with --fresh"
            )
        past = past_of(theirs, lineage.parent, lineage.revision)
    bridge = Bridge(past.space, _expect_space(space), Declared(**lineage.declared))
    return Inherited(lineage.sentinels, heritage(past, bridge, lineage.sentinels))


def lineage_from(store: Store, plan: Plan, question: tuple[Domain, Outcome], name: str) -> Lineage:
    """The lineage of a new campaign of `plan` that begins from campaign `name`, as of now.

    `name` may be STORE#NAME. Raises `PlanError` and `SpaceError` where the two don't go together,
    `NotEnoughData` where the parent has learned nothing yet.
    """
    where, _, parent = name.rpartition("#")
    wanted = plan.parent or ParentSection()
    declared = Declared(wanted.renamed, wanted.added, wanted.removed)
    with _store_of(store, Lineage(parent, where, "", 0), plan) as theirs:
        past, record = past_of(theirs, parent), theirs.campaign(parent)
    domain, outcome = question
    if type(outcome) is not type(past.learner.outcome):
        raise PlanError(
            f"parent '{parent}' was asked for {past.learner.outcome}, the new campaign for "
            f"{outcome}; choose another parent, or none"
        )
    bridge = Bridge(past.space, _expect_space(domain), declared)
    usable = bridge.usable(observation.point for observation in past.seen)
    return Lineage(
        parent=parent,
        store=where,
        identity=record.identity,
        revision=past.revision.number,
        sentinels=choose_sentinels(past, bridge, wanted.count(plan.budget)),
        declared={k: dict(v) for k, v in vars(declared).items()},
        usable=usable.runs,
        runs=usable.of,
        unusable=usable.why_not,
    )


def past_of(store: Store, name: str, revision: int | None = None) -> Past:
    """A stored campaign as a parent, at a revision, or at its last one; raises `NotEnoughData`."""
    record = store.campaign(name)
    plan = stored_plan(record)
    domain, outcome = _question(record, plan)
    return Past(
        name=name,
        learner=learner_for(plan, domain, outcome, inherited_by(store, record, domain)),
        observations=store.observations(name),
        queries=store.queries(name),
        revision=_revision(store, name, revision),
    )


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


def _expect_space(domain: Domain) -> Space:
    if not isinstance(domain, Space):
        raise PlanError(
            "a pool's items have no map to begin from; leave the parent out, and take over what is "
            "known of them with `surrogate import`"
        )
    return domain


@contextmanager
def _store_of(store: Store, lineage: Lineage, plan: Plan) -> Iterator[Store]:
    """The parent's store: the child's own, or another, named as from the child's plan."""
    if lineage.store == HERE:
        yield store
        return
    is_url = "://" in lineage.store
    other = open_store(lineage.store if is_url else str(plan.folder / lineage.store), create=False)
    try:
        yield other
    finally:
        other.close()
