"""The [stop] table of a plan: when a campaign has learned enough, and the rule that it makes.

Each key is a rule of `stopping`; `when` joins them by their names, "wrong & audit | seconds", with
& before | as in Python. Without it a campaign stops once all that judge what was learned say so,
or a budget is spent.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Self

from pydantic import Field, field_validator, model_validator

from surrogate.design import sobol
from surrogate.errors import PlanError
from surrogate.goal import Goal
from surrogate.models.quality import two_figures
from surrogate.pool import Domain, Pool
from surrogate.regions import unit_of
from surrogate.sections import Section
from surrogate.space import Integer, Real
from surrogate.stopping import (
    Audited,
    Course,
    Doubtful,
    Expected,
    Misplaced,
    Spent,
    Standing,
    SteadyError,
    SteadySides,
    Stopping,
    thinned,
)

BUDGETS = ("runs", "cost", "seconds")
_POINTS = 4096  # that tell which share of the space is allowed
_SIDED = ("wrong", "area", "doubt", "agreement")  # they need a level


@dataclass(frozen=True)
class Aim:
    """An expected error that is enough, and how people say it."""

    error: float
    words: str


@dataclass(frozen=True)
class RuleCurve:
    """How a rule of [stop] came on: what it judges, refit by refit, as pairs of runs and value.

    At most 200 of them; refits that don't know the value are left out.

    It is met where the value is at `aim` or beyond: at most that, or where it `rises` at least.
    `reason` says why it would stop now, "" where it would go on; what is not `trusted` stops
    nothing, whatever its value.
    """

    name: str
    aim: float
    rises: bool
    points: tuple[tuple[int, float], ...]
    reason: str
    trusted: bool


class StopSection(Section):
    """When enough was learned; the budget's own runs and cost hold besides."""

    runs: int | None = Field(default=None, ge=1, examples=[200])
    """So many runs."""
    cost: float | None = Field(default=None, gt=0, examples=[5000.0])
    """What runs have cost."""
    seconds: float | None = Field(default=None, gt=0, examples=[3600.0])
    """Seconds for which the campaign was run, all sessions together."""
    wrong: float | None = Field(default=None, gt=0, lt=0.5, examples=[0.01])
    """The share of the space that the surrogate expects to have on the wrong side of the level."""
    area: float | None = Field(default=None, gt=0, examples=[2.0])
    """The same in the parameters' own units: square metres for two lengths."""
    doubt: float | None = Field(default=None, gt=0, examples=[0.05])
    """That share, of the smaller side's own: for rare failures."""
    error: float | None = Field(default=None, gt=0, examples=[0.03])
    """The error that the map expects, of a probability or in the outcome's own unit."""
    audit: float | None = Field(default=None, gt=0, examples=[0.1])
    """The error that audit runs measure: root mean square of a number, of a yes or no the mean
    squared difference between what was said and what came."""
    agreement: float | None = Field(default=None, gt=0, le=1, examples=[0.99])
    """Of the last surrogates with those before, about sides (Cohen's kappa, mean of three)."""
    steadiness: float | None = Field(default=None, gt=0, lt=1, examples=[0.05])
    """By how much a refit may still change the error, of what the first ones did."""
    times: int = Field(default=2, ge=1, examples=[3])
    """How many refits in a row must say so."""
    when: str | None = Field(default=None, min_length=1, examples=["wrong & audit | seconds"])
    """How the rules are joined; absent: all that judge what was learned, or any budget."""

    @field_validator("when")
    @classmethod
    def _can_be_read(cls, when: str | None) -> str | None:
        if when is not None:
            _names(_parsed(when))
        return when

    @model_validator(mode="after")
    def _when_joins_what_is_given(self) -> Self:
        given = self.given
        if not given:
            raise ValueError("a rule was expected, none came; write wrong = 0.01, say")
        if self.when is not None:
            named = _names(_parsed(self.when))
            if missing := sorted(set(named) - set(given)):
                raise ValueError(f"when names {', '.join(missing)}; give each of them a value")
            if unused := [name for name in given if name not in named]:
                raise ValueError(f"when leaves out {', '.join(unused)}; join all that are given")
        return self

    @property
    def given(self) -> tuple[str, ...]:
        """The rules that have a value."""
        return tuple(name for name in RULES if getattr(self, name) is not None)

    def check(self, goal: Goal, domain: Domain, audits: int) -> None:
        """Raise `PlanError` for a rule that this question cannot serve."""
        sided = [name for name in self.given if name in _SIDED]
        if sided and goal.level is None:
            raise PlanError(
                f"key 'stop.{sided[0]}': it judges sides of a level, and the goal has none; give "
                "the goal a level, or stop by error, audit or steadiness"
            )
        if self.area is not None and size_of(domain) is None:
            raise PlanError(
                "key 'stop.area': inputs that have units and are uniform on linear scales were "
                "expected; write wrong, a share of the space"
            )
        if self.audit is not None and audits == 0:
            raise PlanError("key 'stop.audit': the budget has no audit; write audit = 20 there")

    def rule(self, domain: Domain) -> Stopping:
        """The rule that the table makes."""
        rules = {name: self._rule(name, domain) for name in self.given}
        if self.when is not None:
            return _joined(_parsed(self.when), rules)
        judging = [rule for name, rule in rules.items() if name not in BUDGETS]
        budgets = [rule for name, rule in rules.items() if name in BUDGETS]
        learned = [reduce(Stopping.__and__, judging)] if judging else []
        return reduce(Stopping.__or__, [*learned, *budgets])

    def aim(self, domain: Domain, last: Standing | None) -> Aim | None:
        """The least expected error that a rule asks for; `last` tells the smaller side's share."""
        aims = []
        if self.area is not None and (size := size_of(domain)):
            aims.append(Aim(self.area / size[0], f"{self.area:g} {size[1]}"))
        if self.wrong is not None:
            aims.append(Aim(self.wrong, share_words(self.wrong, domain)))
        if self.doubt is not None and last is not None and last.smaller > 0:
            aims.append(
                Aim(self.doubt * last.smaller, f"{100 * self.doubt:g} % of the smaller side")
            )
        if self.error is not None:
            aims.append(Aim(self.error, f"an error of {self.error:g}"))
        return min(aims, key=lambda aim: aim.error) if aims else None

    def curves(self, domain: Domain, course: Course) -> tuple[RuleCurve, ...]:
        """How each rule came on, at most 200 points of it; of a course without a standing none."""
        return tuple(self._curve(name, domain, course) for name in self.given) if course else ()

    def _curve(self, name: str, domain: Domain, course: Course) -> RuleCurve:
        rule = self._rule(name, domain)
        size = size_of(domain) if name == "area" else None
        unit = size[0] if size else 1.0
        judged = [(one.runs, rule.value(course[: k + 1])) for k, one in enumerate(course)]
        return RuleCurve(
            name,
            float(getattr(self, name)),
            rises=name in (*BUDGETS, "agreement"),
            points=thinned([(runs, value * unit) for runs, value in judged if value is not None]),
            reason=rule.reason(course),
            trusted=name in BUDGETS or course[-1].trusted,
        )

    def _rule(self, name: str, domain: Domain) -> Stopping:
        value, times = getattr(self, name), self.times
        if name in BUDGETS:
            return Spent(**{name: value})
        if name == "area" and (size := size_of(domain)):
            return Misplaced(times, value / size[0])
        return _JUDGING[name](times, value)


_JUDGING: Mapping[str, Callable[[int, float], Stopping]] = {
    "wrong": Misplaced,
    "area": Misplaced,
    "doubt": Doubtful,
    "error": Expected,
    "audit": Audited,
    "agreement": SteadySides,
    "steadiness": SteadyError,
}
RULES = (*BUDGETS, *_JUDGING)


def size_of(domain: Domain) -> tuple[float, str] | None:
    """Length, area or volume of the allowed space and its unit.

    None where a share of the space is no share of that: inputs without units, on logarithmic
    scales, with a distribution that is not uniform, and pools.
    """
    if isinstance(domain, Pool) or not unit_of(domain):
        return None
    size = 1.0
    for parameter in domain.parameters.values():
        if isinstance(parameter, Real):
            if parameter.scale != "linear" or parameter.distribution is not None:
                return None
            size *= parameter.high - parameter.low
        elif isinstance(parameter, Integer):
            size *= parameter.high - parameter.low + 1
    allowed = domain.allowed(domain.snap(sobol(domain.dimension, _POINTS, seed=0)))
    return size * float(allowed.mean()), unit_of(domain)


def share_words(share: float, domain: Domain) -> str:
    """A share of the space for people, with its size where the inputs have units."""
    said = f"{100 * share:.2g} % of the {'pool' if isinstance(domain, Pool) else 'space'}"
    size = size_of(domain)
    return said if size is None else f"{said} ({two_figures(share * size[0])} {size[1]})"


def _parsed(when: str) -> ast.expr:
    try:
        return ast.parse(when, mode="eval").body
    except SyntaxError as problem:
        raise ValueError(f"{when!r} can't be read; join rules by & and |") from problem


def _names(node: ast.expr) -> list[str]:
    """The rules that an expression joins; raises `ValueError` for anything but names, & and |."""
    if isinstance(node, ast.Name):
        if node.id not in RULES:
            raise ValueError(f"{node.id!r} is no rule; there are {', '.join(RULES)}")
        return [node.id]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr):
        return _names(node.left) + _names(node.right)
    raise ValueError(f"{ast.unparse(node)!r}: names of rules joined by & and | were expected")


def _joined(node: ast.expr, rules: Mapping[str, Stopping]) -> Stopping:
    if isinstance(node, ast.BinOp):
        left, right = _joined(node.left, rules), _joined(node.right, rules)
        return left & right if isinstance(node.op, ast.BitAnd) else left | right
    return rules[ast.unparse(node)]
