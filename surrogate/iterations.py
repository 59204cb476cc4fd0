"""One plan, many iterations: which stored campaign a plan means, and whose child a new one is.

The first is named as the plan is, NAME; those that begin from it are NAME.2, NAME.3 and so on. An
iteration is known by its identity and by the version of design and code that it was run with, so
that the same command continues it.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from surrogate.ancestry import lineage_from, stored_plan
from surrogate.errors import PlanError
from surrogate.outcome import Outcome
from surrogate.plan import Plan
from surrogate.pool import Domain
from surrogate.records import Lineage, QueryState
from surrogate.store.base import CampaignRecord, Store

PREVIOUS = "previous"


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
    settled = states.get(QueryState.DONE, 0) + states.get(QueryState.GIVEN_UP, 0)
    return settled >= plan.budget.runs


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
