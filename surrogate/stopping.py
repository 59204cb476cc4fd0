"""When a campaign has learned enough: rules that combine with `&` and `|`, over its course so far.

A rule reads the course, one `Standing` a refit, oldest first, and says why to stop, or "". Rules
that judge what was learned say nothing while the last standing is not `trusted`: stopping too
early is the real danger (a textbook loop that trusts its surrogate stopped at its 12 first runs
with a failure probability of 0). Budgets always hold. Pure: no clock, no records.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import lambertw

from surrogate.errors import PlanError
from surrogate.space import Mask

HOLE_FACTOR = 3.0  # times a Sobol design's largest hole: with a larger one nothing is trusted
_SMALL_DIVERGENCE = 1e-8  # below it Lambert's W loses its digits, and a series holds
_FIRST_BOUNDS = 5  # standings whose least bound is what later bounds are compared with
_TREND = 3  # standings that a trend is read from at least
_IN_SIGHT = 10.0  # times the runs so far: what is farther off no trend can tell
_FAR = 20.0  # in log runs: beyond it the exponential would overflow


@dataclass(frozen=True)
class Standing:
    """How a campaign stands after a refit; NaN or None is what is not known.

    `runs`, `cost`, `seconds` were spent. `trusted`: both sides of a level were seen, and the
    largest hole is below `HOLE_FACTOR` times that of a Sobol design of the same size. `error` is
    the map's expected error, in its own unit. `wrong` is the share of the space, in [0, 1/2], that
    the surrogate expects to have on the wrong side of the level, `smaller` the share of the
    smaller side. `audit` is the error that the audit measures. `agreed` is Cohen's kappa between
    the sides of this surrogate and the one before, `bound` how much the error may have changed.
    """

    runs: int
    trusted: bool = True
    cost: float = 0.0
    seconds: float = 0.0
    error: float = float("nan")
    wrong: float = float("nan")
    smaller: float = float("nan")
    audit: float | None = None
    agreed: float | None = None
    bound: float | None = None

    @property
    def doubt(self) -> float:
        """The share expected on the wrong side, of the smaller side's; inf while that is empty."""
        return self.wrong / self.smaller if self.smaller > 0 else float("inf")


Course = Sequence[Standing]


class Stopping(ABC):
    """A rule for the end of a campaign."""

    @abstractmethod
    def reason(self, course: Course) -> str:
        """Why to stop now, a phrase for people; "" to go on. An empty course goes on."""

    @property
    def audits(self) -> bool:
        """Whether it looks at what the audit measures."""
        return False

    def value(self, course: Course) -> float | None:
        """The one number that it judges, after the last standing; None where there is none."""
        return None

    def __and__(self, other: "Stopping") -> "Stopping":
        """Both must say so."""
        return Both(self, other)

    def __or__(self, other: "Stopping") -> "Stopping":
        """Either is enough."""
        return Either(self, other)


@dataclass(frozen=True)
class _Joined(Stopping):
    """Two rules."""

    left: Stopping
    right: Stopping

    @property
    def audits(self) -> bool:
        """Whether one of them does."""
        return self.left.audits or self.right.audits


@dataclass(frozen=True)
class Both(_Joined):
    """Stops when both rules do."""

    def reason(self, course: Course) -> str:
        """Both reasons."""
        reasons = (self.left.reason(course), self.right.reason(course))
        return " and ".join(reasons) if all(reasons) else ""


@dataclass(frozen=True)
class Either(_Joined):
    """Stops when one of two rules does."""

    def reason(self, course: Course) -> str:
        """The first reason."""
        return self.left.reason(course) or self.right.reason(course)


@dataclass(frozen=True)
class Spent(Stopping):
    """A budget of `runs`, `cost` or `seconds`, as a `Standing` has them; none is without limit."""

    runs: float = float("inf")
    cost: float = float("inf")
    seconds: float = float("inf")

    def reason(self, course: Course) -> str:
        """Which budget is spent; of several the first."""
        for name, most in vars(self).items():
            if course and getattr(course[-1], name) >= most:
                return f"the budget of {most:g} {name} is spent"
        return ""

    def value(self, course: Course) -> float | None:
        """What was spent of the budget that is nearest to its end."""
        spent = [(getattr(course[-1], name), most) for name, most in vars(self).items()]
        return float(max(spent, key=lambda pair: pair[0] / pair[1])[0])


@dataclass(frozen=True)
class Judgement(Stopping):
    """A rule about what was learned: a value that is at most (if it `rises`, at least) `enough`.

    It needs `times` trusted standings in a row that say so. `said` puts it into words; `of` names
    the figure of a standing that is the value.
    """

    times: int = 2
    enough: float = 0.05
    rises: ClassVar[bool] = False
    said: ClassVar[str] = ""
    of: ClassVar[str] = ""

    def reason(self, course: Course) -> str:
        """Why, once the last `times` standings say the same."""
        if self.times < 1:
            raise PlanError(f"times = {self.times}: how often in a row was expected, 1 or more")
        if len(course) < self.times:
            return ""
        ends = range(len(course) - self.times + 1, len(course) + 1)
        reasons = [self.found(course[:end]) if course[end - 1].trusted else "" for end in ends]
        return reasons[-1] if all(reasons) else ""

    def value(self, course: Course) -> float | None:
        """The figure; None while it is not known."""
        value: float | None = getattr(course[-1], self.of)
        return None if value is None or not np.isfinite(value) else value

    def found(self, course: Course) -> str:
        """What the last standing says for stopping, trusted or not."""
        value = self.value(course)
        if value is None or (value < self.enough if self.rises else value > self.enough):
            return ""
        percent = {"percent": 100 * value, "aim": 100 * self.enough}
        return self.said.format(value=value, **vars(self), **percent)


@dataclass(frozen=True)
class Misplaced(Judgement):
    """The share of the space expected on the wrong side is at most `enough`."""

    enough: float = 0.01
    of = "wrong"
    said = "{percent:.2g} % of the space is expected on the wrong side, {aim:.3g} % is enough"


@dataclass(frozen=True)
class Doubtful(Judgement):
    """The share expected on the wrong side is at most `enough` of the smaller side's own share.

    For rare sides: a failure probability that is known to a few hundredths of itself.
    """

    of = "doubt"
    said = "{percent:.2g} % of the smaller side is in doubt, {aim:.3g} % is enough"


@dataclass(frozen=True)
class Expected(Judgement):
    """The map's expected error is at most `enough`, in its own unit."""

    of = "error"
    said = "the map expects an error of {value:.2g}, {enough:g} is enough"


@dataclass(frozen=True)
class Audited(Judgement):
    """The error that the audit runs measure is at most `enough`."""

    of = "audit"
    said = "the audit measures an error of {value:.2g}, {enough:g} is enough"
    audits = True


@dataclass(frozen=True)
class SteadySides(Judgement):
    """Stabilising predictions: the mean agreement of the last `last` pairs is at least `enough`.

    Bloodgood and Vijay-Shanker 2009, CoNLL: Cohen's kappa between successive models.
    """

    enough: float = 0.99
    last: int = 3
    rises = True
    said = "the last {last} surrogates agree to {value:.3f}, {enough:g} is enough"

    def value(self, course: Course) -> float | None:
        """The mean kappa."""
        agreed = [each.agreed for each in course[-self.last :] if each.agreed is not None]
        return float(np.mean(agreed)) if len(agreed) == self.last else None


@dataclass(frozen=True)
class SteadyError(Judgement):
    """Error stability: the bound on the change of error fell to `enough` of its first ones.

    Ishibashi and Hino 2021, AISTATS: R / min of the first R.
    """

    said = "a run moves the error by at most {enough:g} of what the first ones did"

    def value(self, course: Course) -> float | None:
        """The ratio of bounds, once there are others than the first."""
        bounds = [each.bound for each in course if each.bound is not None]
        if len(bounds) <= _FIRST_BOUNDS:
            return None
        first, last = min(bounds[:_FIRST_BOUNDS]), bounds[-1]
        if first == 0.0:
            return 0.0 if last == 0.0 else None
        return last / first


def agreement(a: Mask, b: Mask) -> float:
    """Cohen's kappa of two labellings of the same points: 1 where they agree, 0 at chance."""
    same = float(np.mean(a == b))
    chance = float(a.mean() * b.mean() + (1.0 - a.mean()) * (1.0 - b.mean()))
    return 1.0 if chance == 1.0 else (same - chance) / (1.0 - chance)


def error_bound(forth: float, back: float) -> float:
    """R = (e^L(forth) - 1) + (e^L(back) - 1), L(KL) = W0((KL - 1) / e) + 1; KL in nats."""
    return _growth(forth) + _growth(back)


def _growth(divergence: float) -> float:
    if divergence <= 0:
        return 0.0
    if divergence < _SMALL_DIVERGENCE:
        return float(np.sqrt(2.0 * divergence) + divergence / 3.0)
    return float(np.expm1(lambertw((divergence - 1.0) / math.e).real + 1.0))


def forecast(course: Course, aim: float) -> int | None:
    """How many runs more until the expected error is at `aim`, as it fell of late.

    A line through log error against log runs over the later half of the course, at least
    `_TREND` standings: errors fall as powers of the runs, and an exponential promises too much.
    None while nothing falls, or where more than `_IN_SIGHT` times the runs so far are missing.
    """
    known = [each for each in course if 0 < each.error < float("inf") and each.runs > 0]
    recent = [each for each in known if 2 * each.runs >= known[-1].runs] if known else []
    if len(recent) < _TREND:
        return None
    now = recent[-1].runs
    if recent[-1].error <= aim:
        return 0
    runs = np.log([each.runs for each in recent])
    if np.ptp(runs) == 0:
        return None
    slope, height = np.polyfit(runs, np.log([each.error for each in recent]), 1)
    if slope >= 0:
        return None
    needed = (np.log(aim) - height) / slope
    more = np.exp(min(needed, np.log(now) + _FAR)) - now
    return None if more > _IN_SIGHT * now else max(round(more), 1)


def history(course: Course, most: int = 200) -> tuple[tuple[int, float], ...]:
    """(runs, expected error) of the standings that know it, evenly thinned to `most`."""
    return thinned([(each.runs, each.error) for each in course if np.isfinite(each.error)], most)


def thinned(points: Sequence[tuple[int, float]], most: int = 200) -> tuple[tuple[int, float], ...]:
    """The points of a curve, evenly thinned to `most`, its ends among them."""
    if len(points) <= most:
        return tuple(points)
    return tuple(points[i] for i in np.linspace(0, len(points) - 1, most).round().astype(int))
