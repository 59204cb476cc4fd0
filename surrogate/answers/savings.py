"""What choosing saved: the campaign's rule beside the baselines, on its own posterior.

Truths are drawn from the surrogate that the campaign ended with, one whole surface a repeat. On
each, every rule learns from scratch with as many runs, and its error is measured against the
surface. So the comparison holds as far as the surrogate is right, and says so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from surrogate.design import sobol
from surrogate.errors import PlanError
from surrogate.goal import GoalKind
from surrogate.learner import BASELINES, Fitted, Learner
from surrogate.models.base import LookAhead, Marginal
from surrogate.models.draws import Surface, drawn_surface, responses
from surrogate.models.numbers import NumberSurrogate
from surrogate.outcome import Number, trials_of
from surrogate.records import Observation, Query
from surrogate.space import Array, Space

OWN = "own"
MOST_RUNS = 200  # of a comparison, unless more are asked for: what choosing saves shows by then
_CHECKS = 1024  # points at which an error is measured
_STAGES = 10  # points of a learning curve
_ANCHORS = 400
_NAMES = {
    "sobol": "space-filling points",
    "latin": "a Latin hypercube",
    "uniform": "random points",
}

Told = Callable[[str], None]


@dataclass(frozen=True)
class LearningCurve:
    """A rule's error after so many `runs`: the mean over repeats and its worst and best."""

    rule: str
    runs: tuple[int, ...]
    error: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]


@dataclass(frozen=True)
class Savings:
    """Learning curves of the campaign's own rule and the baselines, over `repeats` truths.

    `enough` says for each baseline after how many runs the own rule was as good as the baseline
    after all of them; None where it never was.
    """

    curves: tuple[LearningCurve, ...]
    repeats: int
    unit: str
    enough: dict[str, int | None]

    @property
    def words(self) -> str:
        """What choosing saved, for people."""
        runs = self.curves[0].runs[-1]
        said = [_saved_words(rule, count, runs) for rule, count in self.enough.items()]
        measured = f"Measured on {self.repeats} surfaces drawn from the surrogate"
        return "\n".join([*said, f"{measured}, so as far as it is right; errors in {self.unit}."])

    def to_json(self) -> dict[str, Any]:
        """As a JSON-able mapping."""
        return {
            "curves": [
                {
                    "rule": one.rule,
                    "runs": list(one.runs),
                    "error": list(one.error),
                    "lower": list(one.lower),
                    "upper": list(one.upper),
                }
                for one in self.curves
            ],
            "as_good_after": self.enough,
            "repeats": self.repeats,
            "unit": self.unit,
            "words": self.words,
        }


def _saved_words(rule: str, count: int | None, runs: int) -> str:
    name = _NAMES.get(rule, rule)
    if count is None:
        return f"This campaign's rule saved nothing beside {name}, better after {runs} runs."
    return (
        f"This campaign saved about {runs - count} of {runs} runs beside {name}: what those knew "
        f"after {runs} it knew after {count}."
    )


@dataclass(frozen=True)
class Contest:
    """How rules are compared: `runs` each, `repeats` truths, `batch` queries at a time."""

    runs: int
    repeats: int = 3
    batch: int = 8


def compare_rules(
    learner: Learner, fitted: Fitted, contest: Contest, told: Told = lambda said: None
) -> Savings:
    """The learning curves; `told` hears of each that is done. Takes as long as so many campaigns.

    Raises `PlanError` for a pool, and for a surrogate without joint draws.
    """
    surrogate, space = fitted.surrogate, learner.space
    if not (isinstance(surrogate, LookAhead) and isinstance(space, Space)):
        raise PlanError(
            "rules are compared on surfaces drawn from a Gaussian process over a space, and this "
            'campaign has none; use surrogate = "gp" on a space'
        )
    errors: dict[str, list[Array]] = {}
    stages = _stages(contest, learner.start)
    for repeat in range(contest.repeats):
        truth = _Truth.drawn(surrogate, space, repeat)
        for rule in (OWN, *BASELINES):
            mind = replace(
                learner,
                rule=learner.rule if rule == OWN else rule,
                seed=learner.seed + 1 + repeat,
                budget=contest.runs,
                audit=0,
                helps=(),
            )
            errors.setdefault(rule, []).append(_learned(mind, truth, stages, contest.batch))
            told(f"surface {repeat + 1} of {contest.repeats}, {rule}: {errors[rule][-1][-1]:.3g}")
    curves = tuple(_curve(rule, stages, np.array(found)) for rule, found in errors.items())
    own, *others = curves
    enough = {curve.rule: _as_good(own, curve.error[-1]) for curve in others}
    return Savings(curves, contest.repeats, _unit(learner), enough)


def _stages(contest: Contest, start: int) -> list[int]:
    first = min(max(start, contest.batch), contest.runs)
    return sorted({int(n) for n in np.geomspace(first, contest.runs, _STAGES).round()})


def _curve(rule: str, stages: Sequence[int], errors: Array) -> LearningCurve:
    ends = (errors.mean(axis=0), errors.min(axis=0), errors.max(axis=0))
    return LearningCurve(rule, tuple(stages), *(tuple(end.tolist()) for end in ends))


def _as_good(curve: LearningCurve, error: float) -> int | None:
    """After how many runs a curve is at `error` for good, linear between stages; None: never."""
    if curve.error[-1] > error:
        return None
    k = len(curve.error) - 1
    while k > 0 and curve.error[k - 1] <= error:
        k -= 1
    if k == 0:
        return curve.runs[0]
    above, below = curve.error[k - 1], curve.error[k]
    share = (above - error) / (above - below)
    return round(curve.runs[k - 1] + share * (curve.runs[k] - curve.runs[k - 1]))


@dataclass(frozen=True)
class _Truth:
    """A drawn surface as a simulator."""

    surrogate: LookAhead
    space: Space
    surface: Surface
    checks: Array
    values: Array

    @classmethod
    def drawn(cls, surrogate: LookAhead, space: Space, seed: int) -> "_Truth":
        rng = np.random.default_rng(seed)
        anchors = space.snap(sobol(space.dimension, _ANCHORS, seed=seed))
        surface = drawn_surface(surrogate, anchors, rng)
        checks = space.draw(_CHECKS, rng)
        return cls(surrogate, space, surface, checks, responses(surrogate, surface(checks)))

    def observe(self, queries: Sequence[Query]) -> list[Observation]:
        """What runs of the queries give."""
        outcome = self.surrogate.outcome
        units = self.space.encode([query.point for query in queries])
        values = responses(self.surrogate, self.surface(units))
        found = []
        for query, value in zip(queries, values.tolist(), strict=True):
            rng = np.random.default_rng(query.seed)
            if isinstance(outcome, Number):
                noise = self.surrogate.noise if isinstance(self.surrogate, NumberSurrogate) else 0.0
                seen = value + float(rng.normal()) * noise**0.5
            else:
                seen = float(rng.binomial(trials_of(outcome), value))
            found.append(Observation(query.index, query.point, {outcome.name: seen}))
        return found

    def error(self, surrogate: Marginal, learner: Learner) -> float:
        """How wrong a surrogate is, as its goal counts it."""
        read = surrogate.predict(self.checks).mean
        if learner.goal.kind is GoalKind.OPTIMUM:
            return float(self.values.max() - self.values[int(np.argmax(read))])
        if learner.goal.level is not None:
            level = learner.goal.level
            return float(np.mean((read > level) != (self.values > level)))
        return float(np.abs(read - self.values).mean())


def _learned(learner: Learner, truth: _Truth, stages: Sequence[int], batch: int) -> Array:
    """The errors of a campaign on a drawn truth at its stages."""
    observations: list[Observation] = []
    fitted: Fitted | None = None
    errors = []
    for stage in stages:
        while len(observations) < stage:
            count = min(batch, stage - len(observations))
            queries = learner.ask(count, first=len(observations), pending=(), fitted=fitted)
            observations += truth.observe(queries)
            fitted = learner.fit(observations, fitted.revision if fitted else None)
        if fitted is not None:
            errors.append(truth.error(fitted.surrogate, learner))
    return np.array(errors)


def _unit(learner: Learner) -> str:
    if learner.goal.kind is GoalKind.OPTIMUM:
        return f"{learner.outcome.name} short of the best"
    if learner.goal.level is not None:
        return "share of the space on the wrong side"
    unit = learner.outcome.unit if isinstance(learner.outcome, Number) else "probability"
    return unit or learner.outcome.name
