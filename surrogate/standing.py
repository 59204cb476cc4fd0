"""How a campaign stands: its counts, its failures by class, what people should know of it.

Derived from the ledger in a few statements, however many runs it holds; no result is read. How far
it has to go needs a surrogate: `Judge` reads one for the rules of `stopping`, `Horizon` puts a
course into words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from surrogate.asking.choosing import manner
from surrogate.asking.standing import standing
from surrogate.bidding import STARTED, paused_by
from surrogate.enough import Aim, StopSection, share_words
from surrogate.errors import NotEnoughData
from surrogate.goal import Goal, GoalKind
from surrogate.learner import Fitted, Learner
from surrogate.models.base import voice
from surrogate.models.guided import guide_words
from surrogate.models.inherited import parent_words
from surrogate.models.mirrored import monotone_words
from surrogate.models.quality import error_unit, expected_error, two_figures
from surrogate.pool import Pool
from surrogate.records import FAILED, Observation, QueryState, Run, Status
from surrogate.session import PAUSED, Outlook
from surrogate.stopping import Course, Standing, Stopping, forecast, history
from surrogate.store.amend import summary
from surrogate.store.base import CONTRADICTION, Counts, Store
from surrogate.store.book import ENOUGH

GAUGED_AT_MOST = 2000  # results: with more, `status` does not make the surrogate to gauge it
UNGAUGED = f"the expected error is not worked out here for over {GAUGED_AT_MOST} results"
_SHOWN = 3  # contradictions, the latest
_LAST_LINES = 6  # of what a failed run wrote: in a traceback, where and why


@dataclass(frozen=True)
class CampaignStatus:
    """A campaign in numbers, all derived from its ledger.

    `failures` counts failed runs by class; the last message of each stands for it. `error` is the
    expected error of the map and words for it, None where it is not known. `outlook` tells how it
    fell and how far it is to enough, `ended` that a rule ended the campaign. `notes` are sentences:
    why the campaign paused itself, which results contradict each other, and what the surrogate
    cannot do that a Gaussian process can.
    """

    name: str
    goal: Goal
    counts: Counts
    planned: int
    revision: int
    error: tuple[float, str] | None
    failures: Mapping[str, int]
    notes: tuple[str, ...] = ()
    outlook: Outlook = field(default_factory=Outlook)
    ended: str = ""


def failures_of(store: Store, name: str) -> dict[str, int]:
    """How many runs failed in each class; the last message of each stands for it."""
    found: dict[str, int] = {}
    for one in summary(store, name):
        found[one.message] = found.get(one.message, 0) + one.runs
    return found


def mishaps(store: Store, name: str) -> tuple[str, ...]:
    """What the last run that failed wrote before it ended, and how to try again what failed."""
    failed = store.runs(name, status=(Status.ERROR, Status.TIMEOUT), last=1)
    given_up = store.counts(name).queries.get(QueryState.GIVEN_UP, 0)
    said = [_last_words(run) for run in failed if run.output]
    if given_up:
        gone, them = ("query was", "it") if given_up == 1 else ("queries were", "them")
        said.append(
            f"{given_up} {gone} given up: mend what made {them} fail, then queue {them} again with "
            "`surrogate retry PLAN --why REASON`"
        )
    return tuple(said)


def _last_words(run: Run) -> str:
    place = f" ({' of '.join(part for part in (run.worker, run.host) if part)})".replace(" ()", "")
    lines = run.output.rstrip().splitlines()[-_LAST_LINES:]
    return "\n    ".join([f"the last to fail, query {run.query}{place}, ended with:", *lines])


def nothing_learned(store: Store, name: str) -> str:
    """Why a campaign has no surrogate yet, and what to do: it has no run, or none gave a value."""
    counts = store.counts(name).runs
    if not counts:
        return f"campaign '{name}' has no finished run yet; run it, or tell it an outcome"
    ended = ", ".join(f"{count} {status.value}" for status, count in counts.items())
    tallies = store.tallies(name, (*FAILED, Status.INFEASIBLE))
    most = max(tallies, key=lambda one: one.runs, default=None)
    said = f', most often with "{most.message.strip().partition(chr(10))[0]}"' if most else ""
    return (
        f"campaign '{name}' has learned nothing yet: its runs ended as {ended}{said}; mend what "
        "they say, or have other points simulated"
    )


def is_small(counts: Counts) -> bool:
    """Whether a surrogate of all results is made in a moment."""
    return counts.queries.get(QueryState.DONE, 0) <= GAUGED_AT_MOST


def ended_by_rule(store: Store, name: str) -> str:
    """Why the last session ended where a rule of the plan ended it, else ""."""
    sessions = store.events(name, [STARTED, ENOUGH])
    return sessions[-1].text if sessions and sessions[-1].kind == ENOUGH else ""


def warnings_of(store: Store, name: str) -> tuple[str, ...]:
    """Why the campaign is paused, and that its simulator is not reproducible."""
    sessions = store.events(name, [STARTED, PAUSED])
    found = [sessions[-1].text] if sessions and sessions[-1].kind == PAUSED else []
    if who := paused_by(store, name):
        found.append(f"the campaign was paused {who}; `surrogate resume` goes on")
    told = [event.text for event in store.events(name, [CONTRADICTION])]
    if told:
        examples = "; ".join(told[-_SHOWN:])
        found.append(
            f"the simulator is not reproducible ({len(told)} late results differ): {examples}"
        )
    return tuple(found)


def remarks(
    counts: Counts,
    fitted: Fitted | None,
    learner: Learner,
    observations: Sequence[Observation],
) -> tuple[str, ...]:
    """What to know of a campaign's surrogate, how good it is among it; see `shortfalls`."""
    if not is_small(counts):
        return (UNGAUGED,)
    return () if fitted is None else shortfalls(fitted, learner, observations)


def shortfalls(
    fitted: Fitted, learner: Learner, observations: Sequence[Observation] = ()
) -> tuple[str, ...]:
    """What to know of a surrogate, in sentences: what its intervals are, how it asks, by what it
    reads an item, what guides it, what is declined, and what runs cost.

    With `observations` also how good it is on the audit runs among them.
    """
    recipe, values = learner.recipe, fitted.revision.hyperparameters
    seen = learner.space.seen if isinstance(learner.space, Pool) else ""
    measured = learner.quality(observations, fitted) if fitted.ready else None
    said = (
        voice(fitted.surrogate),
        manner(fitted.surrogate, learner.goal, learner.rule),
        f"It reads an item by {seen}." if seen else "",
        guide_words(recipe, values),
        monotone_words(recipe, values),
        learner.sentinels_say(observations),
        parent_words(recipe, values),
        *fitted.beside.words,
        measured.words if measured else "",
    )
    return tuple(note for note in said if note)


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
