"""What a stored campaign tells: its records, its surrogate, and what people ask of it.

Nothing here changes what is stored. `campaign.Campaign` adds what does.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

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
from surrogate.asking.coverage import Edges
from surrogate.asking.standing import edges
from surrogate.enough import RuleCurve
from surrogate.errors import PointError
from surrogate.goal import Goal
from surrogate.learner import PLACED
from surrogate.models.audit import ChanceQuality, NumberQuality
from surrogate.models.base import Prediction
from surrogate.models.portable import write_map
from surrogate.plan import check_level
from surrogate.pool import Domain, Pool
from surrogate.session import Outlook
from surrogate.space import Array, Point
from surrogate.standing import (
    CampaignStatus,
    Horizon,
    ended_by_rule,
    failures_of,
    gauge,
    is_small,
    mishaps,
    remarks,
    warnings_of,
)
from surrogate.store.book import standings
from surrogate.stored import StoredCampaign

Points = Sequence[Point] | Array | Any


class Readings(StoredCampaign):
    """The reading side of one campaign in a store: what people ask of it."""

    def predict(self, points: Points, coverage: float = 0.95) -> Prediction:
        """The response at points: dicts, a DataFrame, or an array (n, d) in own units.

        Columns of an array are the free parameters in the space's order. Raises `NotEnoughData`
        before the first run is in, and `PointError` for a point outside the space.
        """
        return self.shown().predict(self.space.encode(listed(self.space, points)), coverage)

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
            self.level(level),
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
        return find_drift(between(before.side(), self.side()), self.level(level), above=above)

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
        knobs = knob_names(wish.knobs, self._plan.tune)
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
            + mishaps(self._store, self.name)
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

    def edges(self) -> Edges | None:
        """How many of the runs that its rule chose lie at the edge; None for a pool, or of few."""
        chosen = [o.point for o in self.observations() if o.reason not in PLACED]
        return edges(self.space, chosen)

    def gains(self, most: int = 100) -> Gains:
        """What the last `most` queries promised and gave: whether the rule keeps its promises."""
        return gains(self._ledger(), most)

    def why(self, query: int) -> Why:
        """Why a query was asked, what it gave, and what the other answer would have led to."""
        return why(self._ledger(), query)

    def _ledger(self) -> Ledger:
        revisions = {one.number: one for one in self._store.revisions(self.name)}
        return Ledger(self.learner, self.queries(), self.observations(), revisions)

    def level(self, asked: float | None) -> float:
        """The level asked for, else the goal's; raises `PlanError` for an impossible one."""
        if asked is not None:
            check_level(Goal.boundary(asked), self.outcome, said="the level")
        return self.goal.level_or(asked)

    def _sides(self, level: float | None, *, above: bool) -> Sides:
        wanted = self.level(level)
        check_level(Goal.boundary(wanted), self.outcome, said="the level")
        return read_sides(self._trained().surrogate, self.drawable(), wanted, above=above)


def listed(space: Domain, points: Points) -> Sequence[Point]:
    """The points as mappings; raises `PointError` for an array with other columns.

    Of a pool, a list of items' names will do.
    """
    if hasattr(points, "to_dict"):
        return [dict(row) for row in points.to_dict(orient="records")]
    if isinstance(points, Mapping):
        return [points]
    if isinstance(space, Pool):
        return [one if isinstance(one, Mapping) else {space.key: one} for one in points]
    if not isinstance(points, np.ndarray):
        return list(points)
    if points.ndim != 2 or points.shape[1] != space.dimension:
        raise PointError(
            f"an array of shape (n, {space.dimension}) was expected, columns "
            f"{', '.join(space.names)}; {points.shape} came"
        )
    return [dict(zip(space.names, row, strict=True)) for row in points.tolist()]
