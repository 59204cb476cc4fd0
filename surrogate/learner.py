"""The learning loop's mind: plan and records in, queries out. Pure: no clock, no I/O, no process.

Everything that chance decides comes from the campaign's seed and the query's index, so that the
same records give the same next queries, on any machine and after any interruption.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

import numpy as np

from surrogate.asking.choosing import choose
from surrogate.asking.request import Choice, Request
from surrogate.blas import one_thread
from surrogate.dataset import Dataset, gather
from surrogate.goal import Goal, GoalKind
from surrogate.models.audit import ChanceQuality, NumberQuality, measured
from surrogate.models.base import Marginal, Recipe
from surrogate.models.beside import NOTHING_BESIDE, Beside, learn_beside, own_part
from surrogate.models.inherited import FORM, InheritedRecipe
from surrogate.models.scouts import Scouts
from surrogate.models.stretched import stretched
from surrogate.outcome import Number, Outcome
from surrogate.places import Places, PoolPlaces, SpacePlaces
from surrogate.pool import Domain, Pool
from surrogate.records import Observation, Query, Reason, Revision, Sentinel, seeds
from surrogate.representing import MOST
from surrogate.space import Array, Point, Space

_REOPTIMISE_GROWTH = 1.1  # hyper-parameters are learned anew each time the data grew by a tenth
_REOPTIMISE_ALWAYS = 60  # ... and at every fit before there are that many runs

BASELINES = ("sobol", "latin", "uniform")
PLACED = (Reason.START, Reason.AUDIT, Reason.SENTINEL)  # those that no surrogate chooses


@dataclass(frozen=True)
class Fitted:
    """A surrogate and the revision that tells how to make it again.

    `ready` says whether a rule may trust it: enough runs, and for a yes or no both were seen.
    `points` are those of the runs that it knows by query, declined ones too, and `units` (n, d) the
    same in the unit cube; `beside` is what they say of the chance of an answer and of cost.
    """

    surrogate: Marginal
    revision: Revision
    ready: bool
    units: Array
    beside: Beside = NOTHING_BESIDE
    points: tuple[Point, ...] = ()


@dataclass(frozen=True)
class Learner:
    """Chooses queries for one campaign.

    `start` space-filling queries come first; `audit` of the `budget` queries are drawn from the
    space's own distribution, spread evenly, and belong to no rule. `rule` names what a query is
    worth ("" is the goal's own rule); "sobol", "latin" and "uniform" are the baselines. With
    `priced` a query is worth its gain per cost. `helps` names outcomes that the recipe reads beside
    the question. `sentinels`, a parent's runs to be made again, come before all others; `start`
    counts them.
    """

    space: Domain
    outcome: Outcome
    goal: Goal
    seed: int
    recipe: Recipe
    start: int = 10
    audit: int = 0
    budget: int = 100
    rule: str = ""
    priced: bool = False
    helps: tuple[str, ...] = ()
    sentinels: tuple[Sentinel, ...] = ()

    @one_thread()
    def fit(
        self, observations: Sequence[Observation], previous: Revision | None = None
    ) -> Fitted | None:
        """A new surrogate of all observations, one revision on; None before there can be one.

        `previous` is the revision before, whose hyper-parameters are the starting point where
        they are this recipe's; they are kept as they are until the data have grown by a tenth.
        """
        data = self.data(observations)
        if len(data) == 0:
            return None
        own = previous if previous and previous.recipe == self.recipe.name else None
        known = own.hyperparameters if own else {}
        grown = _has_grown(len(own.seen) if own else 0, len(observations))
        surrogate = self.recipe.fit(data, start=own_part(known) if own else None, optimise=grown)
        beside = self._beside(observations, known, optimise=grown)
        values = {**surrogate.hyperparameters, **beside.hyperparameters}
        seen = tuple(sorted(observation.query for observation in observations))
        number = previous.number + 1 if previous else 1
        revision = Revision(number, seen, self.recipe.name, values)
        return self._fitted(surrogate, revision, data, observations, beside)

    @one_thread()
    def restore(self, observations: Sequence[Observation], revision: Revision) -> Fitted:
        """The surrogate of an old revision, made again from the records; nothing is optimised.

        Where the plan has another recipe by now, it is fitted to the same records, a revision on.
        """
        seen = set(revision.seen)
        known = [o for o in observations if o.query in seen]
        if revision.recipe != self.recipe.name and (other := self.fit(known, revision)):
            return other
        data = self.data(known)
        values = revision.hyperparameters
        surrogate = self.recipe.fit(data, start=own_part(values), optimise=False)
        beside = self._beside(known, values, optimise=False)
        return self._fitted(surrogate, revision, data, known, beside)

    @one_thread()
    def quality(
        self, observations: Sequence[Observation], fitted: Fitted
    ) -> ChanceQuality | NumberQuality | None:
        """What the surrogate says of the audit runs when it is fitted without them; None without.

        Hyper-parameters stay as they are.
        """
        audit = self.data([o for o in observations if o.reason is Reason.AUDIT])
        data = self.data([o for o in observations if o.reason is not Reason.AUDIT])
        if len(audit) == 0 or len(data) == 0:
            return None
        known = own_part(fitted.revision.hyperparameters)
        return measured(self.recipe.fit(data, start=known, optimise=False), audit)

    def shown(self, observations: Sequence[Observation], fitted: Fitted) -> Marginal:
        """The surrogate as people are shown it: a number's intervals as its audit calls for."""
        if not isinstance(self.outcome, Number):
            return fitted.surrogate
        return stretched(fitted.surrogate, self.quality(observations, fitted))

    def sentinels_say(self, observations: Sequence[Observation]) -> str:
        """What the repeated runs say of the change of the design, a sentence; "" without any."""
        if not isinstance(self.recipe, InheritedRecipe):
            return ""
        return self.recipe.heritage.change(self.data(observations)).words

    @one_thread()
    def ask(
        self,
        count: int,
        *,
        first: int,
        pending: Sequence[Query],
        fitted: Fitted | None,
        fruitless: Sequence[Query] = (),
        observations: Sequence[Observation] = (),
    ) -> tuple[Query, ...]:
        """The next `count` queries, with indices from `first` on, useful beside the `pending`.

        `observations` are all that is known by now: those that `fitted` has not seen count as in
        flight. `fruitless` are settled and taught nothing (given up, declined, excluded): no item
        of a pool is asked again for them. Fewer come where a pool has no more.
        """
        flying = _flying(pending, observations, fitted)
        places = self._places([*flying.values(), *(q.point for q in fruitless)], fitted)
        left = places.left + max(len(self.sentinels) - first, 0)
        reasons = {i: self.reason(i) for i in range(first, first + min(count, left))}
        chosen = [i for i, reason in reasons.items() if reason not in PLACED]
        if fitted is None or not fitted.ready or self.rule in BASELINES:
            chosen = []
        queries = {i: self._placed(places, i, reasons[i]) for i in reasons if i not in chosen}
        if fitted is not None and chosen:
            beside = [*flying.values(), *(query.point for query in queries.values())]
            for index, choice in self._choices(fitted, places, beside, chosen).items():
                queries[index] = self._chosen(index, choice, fitted, tuple(flying))
        # the last of a pool are those that were kept for audits
        kept = [i for i in reasons if i not in queries]
        queries |= {i: self._placed(places, i, Reason.AUDIT) for i in kept}
        return tuple(queries[i] for i in reasons)

    def reason(self, index: int) -> Reason:
        """The class of query `index`, as far as it is decided before any run."""
        if index < len(self.sentinels):
            return Reason.SENTINEL
        if index < self.start:
            return Reason.START
        share, past = self._audited, index - self.start
        if math.floor((past + 1) * share) > math.floor(past * share):
            return Reason.AUDIT
        if self.goal.kind is GoalKind.OPTIMUM:
            return Reason.OPTIMUM
        return Reason.COVERAGE if self.goal.level is None else Reason.BOUNDARY

    def data(self, observations: Sequence[Observation]) -> Dataset:
        """What observations say of the question, and of the outcomes that help."""
        return gather(self.space, self.outcome, observations, self.helps)

    def _parent(self, surrogate: Marginal) -> str:
        """The parent whose map the surrogate began with; "" where it uses none."""
        if surrogate.hyperparameters.get("form") != FORM:
            return ""
        return self.recipe.heritage.parent if isinstance(self.recipe, InheritedRecipe) else ""

    @property
    def _scouts(self) -> Scouts | None:
        """Runs of a parent that hunters for patches may make again."""
        return self.recipe.heritage.scouts if isinstance(self.recipe, InheritedRecipe) else None

    def _ready(self, data: Dataset, surrogate: Marginal) -> bool:
        if self._parent(surrogate):
            return True  # it tells where to look
        both = 0 < float(data.values.sum()) < float(data.trials.sum())
        return len(data) >= self.start and (both or isinstance(self.outcome, Number))

    def _beside(
        self, observations: Sequence[Observation], known: Mapping[str, Any], *, optimise: bool
    ) -> Beside:
        if isinstance(self.space, Pool) and self.space.dimension > MOST:
            return NOTHING_BESIDE  # a length for each of so many features cannot be learned
        return learn_beside(
            self.space,
            observations,
            priced=self.priced,
            limits=self.goal.limits,
            start=known,
            optimise=optimise,
        )

    def _fitted(
        self,
        surrogate: Marginal,
        revision: Revision,
        data: Dataset,
        observations: Sequence[Observation],
        beside: Beside,
    ) -> Fitted:
        points = tuple(o.point for o in sorted(observations, key=attrgetter("query")))
        units = data.units if len(data) == len(points) else self.space.encode(points)
        return Fitted(surrogate, revision, self._ready(data, surrogate), units, beside, points)

    def _places(self, asked: Sequence[Point], fitted: Fitted | None) -> Places:
        if isinstance(self.space, Space):
            return SpacePlaces(self.space, self.seed)
        taken = self.space.encode([*asked, *(one.point for one in self.sentinels)])
        known = taken[:0] if fitted is None else fitted.units
        return PoolPlaces(self.space, self.seed, self.audit, np.concatenate([taken, known]))

    def _placed(self, places: Places, index: int, reason: Reason) -> Query:
        """A query that no surrogate chose: repeated, part of a sequence, or drawn at random."""
        if reason is Reason.SENTINEL:
            return self._again(index)
        if reason is Reason.AUDIT:
            units = places.audit(index)
            why = "drawn at random, to measure how good the map is"
        elif self.rule == "uniform":
            units, reason, why = places.drawn(index), Reason.COVERAGE, "drawn at random"
        elif self.rule == "latin":
            units, reason = places.sliced(*self._slice(index)), Reason.COVERAGE
            why = "of a Latin hypercube of all the budget"
        else:
            units, reason, why = places.even(index), Reason.START, places.evenly
            if self.rule == "sobol":
                reason = Reason.COVERAGE
            else:
                why += ", before there is a map to learn from"
        return self._query(index, Choice(units, reason, why))

    def _slice(self, index: int) -> tuple[int, int]:
        """Which query of a baseline `index` is, and how many the budget has of them."""
        before = len(self.sentinels) + math.floor(max(index - self.start, 0) * self._audited)
        return index - before, max(self.budget - self.audit - len(self.sentinels), 1)

    @property
    def _audited(self) -> float:
        """The share of queries after the start that are audits."""
        return self.audit / max(self.budget - self.start, 1)

    def _again(self, index: int) -> Query:
        sentinel = self.sentinels[index]
        role = f", for {sentinel.role}" if sentinel.role else ""
        why = f"query {sentinel.query} of the parent once more with the same seed{role}"
        return Query(index, sentinel.point, sentinel.seed, Reason.SENTINEL, why)

    def _choices(
        self, fitted: Fitted, places: Places, pending: Sequence[Point], indices: Sequence[int]
    ) -> dict[int, Choice]:
        """What the rule chooses for the indices, fewer where a pool has no more for it."""
        space, most = places.able()
        able = indices[:most]
        if not able:
            return {}
        request = Request(
            space=space,
            goal=self.goal,
            count=len(able),
            pending=self.space.encode(pending),
            done=fitted.units,
            seed=seeds(self.seed, able[0], "choice"),
            first=able[0],
            rule=self.rule,
            beside=fitted.beside,
            parent=self._parent(fitted.surrogate),
            again=self._scouts.units[self._scouts.first :] if self._scouts else None,
        )
        return dict(zip(able, choose(fitted.surrogate, request), strict=True))

    def _chosen(
        self, index: int, choice: Choice, fitted: Fitted, in_flight: tuple[int, ...]
    ) -> Query:
        query = self._query(index, choice, fitted.revision.number, in_flight)
        if self._scouts and (run := self._scouts.at(choice.units)):
            why = f"query {run.query} of the parent once more with the same seed: {choice.why}"
            return replace(query, point=run.point, seed=run.seed, reason=Reason.SENTINEL, why=why)
        if choice.again is None:
            return query
        return replace(query, point=fitted.points[choice.again])  # decoded anew it might differ

    def _query(
        self, index: int, choice: Choice, revision: int = 0, in_flight: tuple[int, ...] = ()
    ) -> Query:
        return Query(
            index=index,
            point=self.space.decode(choice.units[None, :])[0],
            seed=seeds(self.seed, index),
            reason=choice.reason,
            why=choice.why,
            gain=choice.gain,
            gain_unit=choice.gain_unit,
            revision=revision,
            pending=in_flight,
        )


def _flying(
    pending: Sequence[Query], observations: Sequence[Observation], fitted: Fitted | None
) -> dict[int, Point]:
    """The points by query that the surrogate has yet to learn of: in flight, or told since."""
    seen = set(fitted.revision.seen) if fitted else set()
    told = {o.query: o.point for o in observations if o.query not in seen}
    flying = {query.index: query.point for query in pending} | told
    return {index: flying[index] for index in sorted(flying)}


def _has_grown(before: int, now: int) -> bool:
    """Whether the data crossed a step of a geometric ladder since the fit before."""
    return before == 0 or now <= _REOPTIMISE_ALWAYS or _rung(now) > _rung(before)


def _rung(count: int) -> int:
    return math.floor(math.log(count) / math.log(_REOPTIMISE_GROWTH))
