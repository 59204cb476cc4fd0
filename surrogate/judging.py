"""How a campaign stands and how far it has to go: what its rules read, and what people are told.

`Judge` reads a surrogate for the rules of `stopping`, `Horizon` puts a course into words.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from surrogate.asking.standing import standing
from surrogate.enough import Aim, StopSection, share_words
from surrogate.errors import NotEnoughData
from surrogate.goal import GoalKind
from surrogate.learner import Fitted, Learner
from surrogate.models.quality import error_unit, expected_error, two_figures
from surrogate.records import Observation
from surrogate.session import Outlook
from surrogate.stopping import Course, Standing, Stopping, forecast, history


@dataclass(frozen=True)
class Judge:
    """Says how a campaign stands with a surrogate: its expected error, and what `stop` reads."""

    learner: Learner
    stop: Stopping | None = None

    def __call__(
        self, fitted: Fitted, before: Fitted | None, observations: Sequence[Observation]
    ) -> Standing:
        """The standing; raises `NotEnoughData` while no rule may trust the surrogate.

        Without a rule it is the expected error alone.
        """
        if self.stop is None:
            if not fitted.ready:
                raise NotEnoughData(
                    "the start is not over, or no two answers differ; run it further"
                )
            return Standing(len(fitted.units), trusted=False, error=self._error(fitted))
        learner, earlier = self.learner, before.surrogate if before else None
        chance = fitted.beside.chance
        now = standing(fitted.surrogate, learner.space, learner.goal, fitted.units, earlier, chance)
        error = now.error if learner.goal.kind is GoalKind.BOUNDARY else self._error(fitted)
        is_audited = self.stop.audits and fitted.ready
        measured = learner.quality(observations, fitted) if is_audited else None
        audit = None if measured is None else measured.error
        return replace(now, trusted=now.trusted and fitted.ready, error=error, audit=audit)

    def _error(self, fitted: Fitted) -> float:
        return gauge(self.learner, fitted)[0]


@dataclass(frozen=True)
class Horizon:
    """Says what a course tells people: how the error fell, and how far it is to enough."""

    learner: Learner
    stop: StopSection | None = None

    def __call__(self, course: Course) -> Outlook:
        """The outlook of a course."""
        shown = history(course)
        unit = error_unit(self.learner.space, self.learner.goal, self.learner.outcome)
        return Outlook(shown, unit, self._words(course) if shown else "")

    def _words(self, course: Course) -> str:
        aim = self._aim(course)
        more = forecast(course, aim.error)
        if more is None:
            return ""
        return f"about {more} more runs to {aim.words}" if more else f"{aim.words} is reached"

    def _aim(self, course: Course) -> Aim:
        """What the rule asks for, else half the error of now."""
        aim = self.stop.aim(self.learner.space, course[-1]) if self.stop else None
        if aim is not None:
            return aim
        half = 0.5 * history(course)[-1][1]
        if self.learner.goal.kind is GoalKind.BOUNDARY:
            return Aim(half, f"half of today's error, {share_words(half, self.learner.space)}")
        return Aim(half, f"half of today's error, {two_figures(half)}")


def gauge(learner: Learner, fitted: Fitted) -> tuple[float, str]:
    """The error that a surrogate expects of its own map, and what it is counted in."""
    return expected_error(
        fitted.surrogate,
        learner.space,
        learner.goal,
        seed=learner.seed,
        chance=fitted.beside.chance,
    )
