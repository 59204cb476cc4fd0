"""A stored campaign: its plan, its records, and the surrogate of all that is recorded."""

from copy import copy
from functools import cached_property
from typing import Self

from surrogate.ancestry import inherited_by
from surrogate.backdrop import Backdrop
from surrogate.errors import NotEnoughData, PointError
from surrogate.gate_section import GateSection
from surrogate.learner import Fitted, Learner
from surrogate.models.base import Marginal, voice
from surrogate.models.recipes import seen_by
from surrogate.oracle import Illustrated, Simulator
from surrogate.outcome import Outcome
from surrogate.plan import Plan
from surrogate.planned import Inherited, learner_for
from surrogate.pool import Pool
from surrogate.records import Lineage, Observation, Query, Run
from surrogate.session import up_to_date
from surrogate.space import Space
from surrogate.standing import nothing_learned, shortfalls
from surrogate.store.base import Store


class StoredCampaign:
    """One campaign of a store, to read from; any number of processes may have one."""

    def __init__(self, store: Store, plan: Plan, simulator: Simulator):
        self._store = store
        self._plan = plan
        self._cache: tuple[tuple[Observation, ...], Fitted | None] | None = None
        self._shown: tuple[Fitted, Marginal] | None = None
        self._is_still = False
        self.simulator = simulator
        domain, self.outcome = plan.check_against(simulator)
        self.space = seen_by(plan.recipe_section().use, domain)
        self.goal = plan.goal.value()
        self.name = plan.name

    @property
    def planned(self) -> int:
        """How many queries the plan has runs for."""
        return self._plan.budget.runs

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The question first, then whatever else the simulator answers."""
        others = (one for one in self.simulator.outcomes if one.name != self.outcome.name)
        return (self.outcome, *others)

    @property
    def backdrop(self) -> Backdrop | None:
        """The drawing that its maps are laid over, where the simulator has one."""
        return self.simulator.backdrop if isinstance(self.simulator, Illustrated) else None

    @property
    def learner(self) -> Learner:
        """The mind of this campaign, for whoever wants to look or to replay."""
        return learner_for(self._plan, self.space, self.outcome, self._inherited)

    @cached_property
    def _inherited(self) -> Inherited | None:
        """What it began with, read from the ledger when it is first asked for."""
        return inherited_by(self._store, self._store.campaign(self.name), self.space)

    @property
    def lineage(self) -> Lineage | None:
        """Whose child this campaign is, and what it took over; None for one without a parent."""
        return self._store.campaign(self.name).lineage

    @property
    def descent(self) -> tuple[str, ...]:
        """The campaigns of this store that it descends from, oldest first."""
        names: list[str] = []
        known = {record.name: record.lineage for record in self._store.campaigns()}
        lineage = known.get(self.name)
        while lineage and not lineage.store and lineage.parent in known:
            names.insert(0, lineage.parent)
            lineage = known.pop(lineage.parent)
        return tuple(names)

    @property
    def gate(self) -> GateSection | None:
        """The rules that its stored plan holds it to, beside the campaign before."""
        return self._plan.gate

    def shown(self) -> Marginal:
        """The surrogate with the intervals that people are shown; see `Learner.shown`."""
        fitted, known = self.trained()
        if self._shown is None or self._shown[0] is not fitted:
            self._shown = fitted, self.learner.shown(known, fitted)
        return self._shown[1]

    def notes(self) -> tuple[str, ...]:
        """What to know of the surrogate, of what is declined, and of cost, in sentences."""
        fitted = self._current()
        if fitted is None:
            return ()
        said = (voice(self.shown()), *shortfalls(fitted, self.learner))
        return tuple(note for note in dict.fromkeys(said) if note)

    def as_of(self, fitted: Fitted, observations: tuple[Observation, ...]) -> Self:
        """The same read from that surrogate, whatever has been recorded since; for looking."""
        still = copy(self)
        still._cache, still._shown, still._is_still = (observations, fitted), None, True
        return still

    def observations(self) -> tuple[Observation, ...]:
        """What finished queries taught, by query index."""
        if self._is_still and self._cache is not None:
            return self._cache[0]
        return self._store.observations(self.name)

    def runs(self) -> tuple[Run, ...]:
        """Every run so far, failed ones too."""
        return self._store.runs(self.name)

    def queries(self) -> tuple[Query, ...]:
        """Every query so far, by index."""
        return self._store.queries(self.name)

    def drawable(self) -> Space:
        """The space that maps and regions lie in; raises `PointError` for a pool."""
        if isinstance(self.space, Pool):
            raise PointError("a pool has no map and no regions; ask for its items")
        return self.space

    def trained(self) -> tuple[Fitted, tuple[Observation, ...]]:
        """The surrogate of all that is recorded, and the observations that it knows.

        Raises `NotEnoughData` before the first run is in.
        """
        fitted = self._current()
        if fitted is None or self._cache is None:
            raise NotEnoughData(nothing_learned(self._store, self.name))
        return fitted, self._cache[0]

    def _trained(self) -> Fitted:
        return self.trained()[0]

    def _current(self) -> Fitted | None:
        """The surrogate of all that is recorded."""
        observations = self.observations()
        if self._cache is not None and self._cache[0] == observations:
            return self._cache[1]
        latest = self._store.latest_revision(self.name)
        fitted = up_to_date(self.learner, observations, None, latest)
        self._cache = (observations, fitted)
        return fitted
