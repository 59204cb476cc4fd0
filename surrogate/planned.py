"""The learner that a plan describes: its recipe with the guides that the plan names beside it."""

from dataclasses import dataclass

from surrogate.errors import PlanError
from surrogate.expression import Expression
from surrogate.learner import Learner
from surrogate.models.base import Recipe
from surrogate.models.guided import GuideRecipe, assisted
from surrogate.models.helping import HelperRecipe
from surrogate.models.heritage import Heritage
from surrogate.models.heuristic import Guess, HeuristicRecipe, MapGuess
from surrogate.models.inherited import inheriting
from surrogate.models.mirrored import mirrored
from surrogate.models.monotone import monotone
from surrogate.models.recipes import recipe
from surrogate.outcome import Outcome
from surrogate.plan import Plan
from surrogate.pool import Domain
from surrogate.records import Sentinel
from surrogate.space import Space


@dataclass(frozen=True)
class Inherited:
    """What a child begins with: runs to be made again, and its parent's map."""

    sentinels: tuple[Sentinel, ...]
    heritage: Heritage


def learner_for(
    plan: Plan, domain: Domain, outcome: Outcome, inherited: Inherited | None = None
) -> Learner:
    """The learner that a plan describes, on the space or pool as its recipe sees it."""
    budget = plan.budget
    chosen = _recipe(plan, domain, outcome)
    sentinels = inherited.sentinels if inherited else ()
    return Learner(
        space=domain,
        outcome=outcome,
        goal=plan.goal.value(),
        seed=plan.seed,
        recipe=inheriting(chosen, inherited.heritage) if inherited else chosen,
        start=len(sentinels) or budget.start_runs(domain),
        audit=budget.audit_runs,
        budget=budget.runs,
        rule=plan.rule or "",
        priced=budget.cost is not None,
        helps=tuple(plan.helps),
        sentinels=sentinels,
    )


def _recipe(plan: Plan, domain: Domain, outcome: Outcome) -> Recipe:
    chosen = plan.recipe_section()
    plain = recipe(
        chosen.use, outcome, domain.dimension, parameters=chosen.parameters, seed=plan.seed
    )
    guides: list[GuideRecipe] = [HelperRecipe(name) for name in plan.helps]
    if plan.heuristic is not None:
        if not isinstance(domain, Space):
            raise PlanError("key 'heuristic': a pool has no parameters to guess from; leave it out")
        is_map = plan.heuristic.endswith(".npz")
        guess: Expression | Guess = (
            MapGuess(plan.folder / plan.heuristic) if is_map else plan.guess(plan.heuristic)
        )
        guides.append(HeuristicRecipe(guess, domain))
    whole = assisted(plain, guides) if guides else plain
    whole = monotone(whole, domain, plan.monotone) if plan.monotone else whole
    return mirrored(whole, domain, plan.mirror) if plan.mirror else whole
