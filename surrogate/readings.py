"""What a stored campaign tells: its records, its surrogate, and what people ask of it.

Nothing here changes what is stored. `campaign.Campaign` adds what does.
"""

import os
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from surrogate.ancestry import inherited_by
from surrogate.answers.certificate import Certificates, certify
from surrogate.answers.datafile import run_columns
from surrogate.answers.difference import between
from surrogate.answers.drift import Drift, find_drift
from surrogate.answers.ground import Side
from surrogate.answers.inverse import Tuning, Wish, knob_names, tune
from surrogate.answers.items import Items, read_items
from surrogate.answers.maps import SIZE, Map, default_view, make_map
from surrogate.answers.onnxfile import write_onnx
from surrogate.answers.peak import Peak, find_peak
from surrogate.answers.savings import MOST_RUNS, Contest, Savings, Told, compare_rules
from surrogate.answers.sensitivity import Sensitivity, sensitivity
from surrogate.answers.spots import Sides, Spots, find_spots, read_sides
from surrogate.answers.table import Table, make_table
from surrogate.answers.verifying import claim, runs_testing
from surrogate.answers.why import Gains, Ledger, Why, gains, why
from surrogate.enough import RuleCurve
from surrogate.errors import NotEnoughData, PointError
from surrogate.gate_section import GateSection
from surrogate.goal import Goal
from surrogate.judging import Horizon, gauge
from surrogate.learner import Fitted, Inherited, Learner, learner_for
from surrogate.models.audit import ChanceQuality, NumberQuality
from surrogate.models.base import Marginal, Prediction, voice
from surrogate.models.portable import write_map
from surrogate.models.recipes import seen_by
from surrogate.oracle import Simulator
from surrogate.outcome import Outcome
from surrogate.plan import Plan, check_level
from surrogate.points import Points, listed
from surrogate.pool import Pool
from surrogate.records import Lineage, Observation, Query, Run
from surrogate.session import Outlook, up_to_date
from surrogate.space import Space
from surrogate.standing import (
    CampaignStatus,
    ended_by_rule,
    failures_of,
    is_small,
    nothing_learned,
    remarks,
    shortfalls,
    warnings_of,
)
from surrogate.store.base import Store
from surrogate.store.course import standings


class Unread:
    """Stands for what the ledger has not been asked for yet."""


UNREAD = Unread()


class Readings:
    """The reading side of one campaign in a store; any number of processes may have one."""

    def __init__(self, store: Store, plan: Plan, simulator: Simulator):
        self._store = store
        self._plan = plan
        self._cache: tuple[tuple[Observation, ...], Fitted | None] | None = None
        self._shown: tuple[Fitted, Marginal] | None = None
        self._is_still = False
        self._inherited: Inherited | Unread | None = UNREAD
        self.simulator = simulator
        domain, self.outcome = plan.check_against(simulator)
        self.space = seen_by(plan.recipe_section().use, domain)
        self.goal = plan.goal_value()
        self.name = plan.name

    @property
    def planned(self) -> int:
        """How many queries the plan has runs for."""
        return self._plan.budget.runs

    @property
    def marked_knobs(self) -> tuple[str, ...]:
        """The parameters that the plan marks as a designer's to set."""
        return tuple(self._plan.tune)

    @property
    def identity(self) -> str:
        """A hash of what the campaign asks; see `Plan.identity`."""
        return self._plan.identity()

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The question first, then whatever else the simulator answers."""
        others = (one for one in self.simulator.outcomes if one.name != self.outcome.name)
        return (self.outcome, *others)

    @property
    def learner(self) -> Learner:
        """The mind of this campaign, for whoever wants to look or to replay."""
        if isinstance(self._inherited, Unread):
            record = self._store.campaign(self.name)
            self._inherited = inherited_by(self._store, record, self.space)
        return learner_for(self._plan, self.space, self.outcome, self._inherited)

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

    def predict(self, points: Points, coverage: float = 0.95) -> Prediction:
        """The response at points: dicts, a DataFrame, or an array (n, d) in own units.

        Columns of an array are the free parameters in the space's order. Raises `NotEnoughData`
        before the first run is in, and `PointError` for a point outside the space.
        """
        units = self.space.encode(listed(self.space, points))
        return self.shown().predict(units, coverage)

    def map(
        self,
        x: str | None = None,
        y: str | None = None,
        *,
        size: int = SIZE,
        held: Mapping[str, Any] | None = None,
        averaged: Sequence[str] = (),
        level: float | None = None,
    ) -> Map:
        """The surrogate over two parameters, the others held, or averaged over their distribution.

        Raises `PointError` for a pool, which has items.
        """
        fitted, space = self._trained(), self.drawable()
        view = default_view(space, self.goal.level if level is None else level, x, y)
        return make_map(
            self.shown(),
            space,
            replace(view, size=size, held=held or {}, averaged=tuple(averaged)),
            observations=self.observations(),
            revision=fitted.revision.number,
            beside=fitted.beside,
        )

    def sweet_spots(self, level: float | None = None, *, above: bool = True) -> Spots:
        """The regions above (or below) a level (default: the goal's, else 0.5), best first."""
        return find_spots(
            self._trained().surrogate,
            self.drawable(),
            self._level(level),
            observations=self.observations(),
            queries=self.queries(),
            above=above,
        )

    def certificates(
        self,
        level: float | None = None,
        *,
        above: bool = True,
        tolerance: Mapping[str, float] | float | None = None,
    ) -> Certificates:
        """What is claimed of each spot, and how surely; see `answers.certificate.certify`."""
        claimed = claim(self.goal.level_or(level), above=above)
        tests = runs_testing(self.observations(), self.queries(), claimed)
        return certify(self._sides(level, above=above), tests=tests, tolerance=tolerance)

    def sensitivity(self) -> Sensitivity:
        """Which inputs matter: Sobol indices, main effects and interactions of the surrogate."""
        return sensitivity(self._trained().surrogate, self.drawable(), seed=self._plan.seed)

    def compare(
        self, before: "Readings", level: float | None = None, *, above: bool = True
    ) -> Drift:
        """What changed since an earlier campaign: spots new, gone, moved, and how sure that is.

        Raises `PointError` where the two don't ask the same, or share no parameter.
        """
        return find_drift(between(before.side(), self.side()), self._level(level), above=above)

    def side(self) -> Side:
        """This campaign as it is compared with another."""
        fitted, observations = self.trained()
        return Side(
            self.name,
            self.drawable(),
            fitted.surrogate,
            observations,
            self.queries(),
            fitted.revision.number,
        )

    def savings(
        self, *, runs: int | None = None, repeats: int = 3, told: Told = lambda said: None
    ) -> Savings:
        """What the campaign's rule saves beside Sobol and random points; takes a while.

        On `repeats` surfaces drawn from the surrogate, with `runs` runs (default: as many as were
        made, 200 at most) by each rule. Raises `PlanError`; see `answers.savings.compare_rules`.
        """
        fitted, observations = self.trained()
        contest = Contest(runs or min(len(observations), MOST_RUNS), repeats)
        return compare_rules(self.learner, fitted, contest, told)

    def tune(self, wish: Wish, now: Mapping[str, Any] | None = None) -> Tuning:
        """What to tune: the smallest change of design knobs that does what is wished.

        Without knobs in the wish those that the plan marks; `now` are their present values. Raises
        `PointError` and `PlanError`; see `answers.inverse.tune`.
        """
        knobs = knob_names(wish.knobs, self.marked_knobs)
        level = self.goal.level if wish.level is None else wish.level
        whole = replace(wish, knobs=knobs, level=level)
        return tune(self._trained().surrogate, self.drawable(), whole, now)

    def portable(self, path: str | os.PathLike[str]) -> Path:
        """Write the surrogate as a portable map, which `models.mapreader` reads with numpy alone.

        Raises `PlanError` for a surrogate that is no plain Gaussian process.
        """
        fitted, observations = self.trained()
        about = {
            "campaign": self.name,
            "goal": self.goal.kind.value,
            "level": self.goal.level,
            "revision": fitted.revision.number,
            "runs": len(observations),
        }
        return write_map(fitted.surrogate, self.drawable(), path, about)

    def onnx(self, path: str | os.PathLike[str]) -> Path:
        """Write the surrogate as an ONNX graph; see `answers.onnxfile`. Raises `PlanError`."""
        return write_onnx(self._trained().surrogate, self.drawable(), path)

    def table(self, *names: str, held: Mapping[str, Any] | None = None) -> Table:
        """A lookup table over some parameters, with what interpolation in it costs."""
        return make_table(self._trained().surrogate, self.drawable(), names, held)

    def columns(self) -> dict[str, list[Any]]:
        """What finished queries taught, a list for each column; see `answers.datafile`."""
        outcomes = [outcome.name for outcome in self.outcomes]
        return run_columns(self.space.names, outcomes, self.observations(), self.queries())

    def items(self, level: float | None = None) -> Items:
        """What the surrogate says of every item of the pool; see `answers.items.Items`."""
        if not isinstance(self.space, Pool):
            raise PointError("there are no items, but parameters; ask for a map, or sweet spots")
        surrogate, wanted = self._trained().surrogate, self.goal.level_or(level)
        return read_items(surrogate, self.space, wanted, self.observations())

    def peak(self) -> Peak:
        """Where the response is best, with its interval, and the best run."""
        fitted = self._trained()
        return find_peak(
            fitted.surrogate, self.space, self.observations(), self.goal, fitted.beside
        )

    def status(self) -> CampaignStatus:
        """The campaign in numbers; the expected error only where it is quickly known."""
        latest, counts = self._store.latest_revision(self.name), self._store.counts(self.name)
        fitted = self._current() if is_small(counts) else None
        return CampaignStatus(
            name=self.name,
            goal=self.goal,
            counts=counts,
            planned=self.planned,
            revision=fitted.revision.number if fitted else latest.number if latest else 0,
            error=gauge(self.learner, fitted) if fitted and fitted.ready else None,
            outlook=self.outlook(),
            ended=ended_by_rule(self._store, self.name),
            failures=failures_of(self._store, self.name),
            notes=warnings_of(self._store, self.name)
            + remarks(counts, fitted, self.learner, self.observations() if fitted else ()),
        )

    def outlook(self) -> Outlook:
        """How the expected error fell from refit to refit, and how far it is to enough."""
        horizon = Horizon(self.learner, self._plan.stop)
        return horizon(tuple(standings(self._store, self.name).values()))

    @property
    def stops_when(self) -> str:
        """How the rules of [stop] are joined, as the plan has it; "" where it does not say."""
        return (self._plan.stop.when if self._plan.stop else None) or ""

    def stopping(self) -> tuple[RuleCurve, ...]:
        """How each rule of the plan's [stop] came on, refit by refit; () without such a table."""
        course = tuple(standings(self._store, self.name).values())
        return self._plan.stop.curves(self.space, course) if self._plan.stop else ()

    def quality(self) -> ChanceQuality | NumberQuality | None:
        """What the surrogate says of the audit runs with them left out; None without any."""
        return self.learner.quality(self.observations(), self._trained())

    def gains(self, most: int = 100) -> Gains:
        """What the last `most` queries promised and gave: whether the rule keeps its promises."""
        return gains(self._ledger(), most)

    def why(self, query: int) -> Why:
        """Why a query was asked, what it gave, and what the other answer would have led to."""
        return why(self._ledger(), query)

    def _ledger(self) -> Ledger:
        revisions = {one.number: one for one in self._store.revisions(self.name)}
        return Ledger(self.learner, self.queries(), self.observations(), revisions)

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

    def _level(self, asked: float | None) -> float:
        """The level asked for, else the goal's; raises `PlanError` for an impossible one."""
        if asked is not None:
            check_level(Goal.boundary(asked), self.outcome, said="the level")
        return self.goal.level_or(asked)

    def _sides(self, level: float | None, *, above: bool) -> Sides:
        wanted = self.goal.level_or(level)
        check_level(Goal.boundary(wanted), self.outcome)
        return read_sides(self._trained().surrogate, self.drawable(), wanted, above=above)

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
