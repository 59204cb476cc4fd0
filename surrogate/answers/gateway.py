"""A drop-in for the simulator: from the map where its interval is narrow, else by a run.

Every answer from the map claims to be within a tolerance. A random share of them is simulated all
the same: what those checks say is the measured part of the contract, an unbiased rate of
violations with an exact bound. Every run that was made for a request tells as well how wide
intervals should have been, and widens them from then on (conformal, as in `models.audit`).

For yes and no the answer is a probability, and typed as such. One run can't refute it; checks then
measure whether yes came as often as was said.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

import numpy as np
from scipy.special import ndtri

from surrogate.errors import DataError
from surrogate.learner import Fitted
from surrogate.models.audit import stretch_of
from surrogate.models.base import COVERAGE, Marginal
from surrogate.models.change import share_interval
from surrogate.models.numbers import NumberSurrogate
from surrogate.models.posterior import Posterior
from surrogate.models.probability import ProbabilitySurrogate
from surrogate.outcome import Number, Outcome, trials_of
from surrogate.records import Observation, Query, Revision
from surrogate.space import Array, Point, Space

ASKED = "asked for through the gateway"

_CHECK = "a check of the gateway, which said "
_EAGER = 10  # checks of the first answers; with none but the share, a flat start misled for long
_RECENT = 200  # runs whose misses set the width of intervals
_LADDER = 1.1  # hyper-parameters are fitted anew each time the runs grew by a tenth
_FEW = 8  # runs after which a fit comes at the latest while they are few

Kind = Literal["value", "probability"]


@dataclass(frozen=True)
class Terms:
    """The contract: answers within `tolerance` (the outcome's unit; for yes and no a probability).

    `checked` is the share of map answers that are simulated to measure it, in [0, 1]; of the first
    ones more are, for a map is most wrong where it is young: 10 / (10 + answers). 0 checks none.
    """

    tolerance: float
    checked: float = 0.05


@dataclass(frozen=True)
class Reply:
    """An answer: its interval holds the response with probability `COVERAGE`, says the map.

    `source` is "map", or "run" where the simulator was asked, "check" where both were. For a run of
    a number `value` is what it gave; of a yes or no `outcome` is, and `value` the probability that
    the map has learned from it. `declined` says why a run gave nothing, and `value` is then the
    map's.
    """

    value: float
    lower: float
    upper: float
    kind: Kind
    source: Literal["map", "run", "check"]
    outcome: float | None = None
    declined: str = ""


@dataclass(frozen=True)
class Contract:
    """How the contract is kept: requests answered from the map and by runs, and checks.

    `violations` of `checks` were further off than the tolerance; `bound` is the exact upper end of
    the 95 % interval of their rate. For yes and no `violations` is None, and `said` and `seen` are
    what the map said on average in checks and the share of yes that came.
    """

    terms: Terms
    mapped: int
    simulated: int
    checks: int
    violations: int | None
    bound: float | None
    said: float | None = None
    seen: float | None = None

    @property
    def share(self) -> float:
        """The part of requests that was answered from the map, checks among them, in [0, 1]."""
        return self.mapped / max(self.mapped + self.simulated, 1)

    @property
    def words(self) -> str:
        """The contract for people."""
        asked = self.mapped + self.simulated
        head = f"{100 * self.share:.0f} % of {asked} requests from the map" if asked else "Answers"
        if not self.checks:
            return f"{head}; none was checked yet."
        if self.violations is None:
            return (
                f"{head}; in {self.checks} checks it said {self.said:.2f} on average, and "
                f"{self.seen:.2f} was seen."
            )
        return (
            f"{head}; of {self.checks} checked {self.violations} were off by more than "
            f"{self.terms.tolerance:g}: at most {100 * (self.bound or 0):.1f} % are, with 95 %."
        )


def check_words(value: float) -> str:
    """Why a map answer is simulated as well, with the answer, so that the ledger keeps both."""
    return f"{_CHECK}{value!r}"


def kept_contract(
    terms: Terms, outcome: Outcome, queries: Sequence[Query], runs: Sequence[Observation]
) -> Contract:
    """The checks that a ledger holds, by the words of their queries; requests are not counted."""
    said = {q.index: float(q.why[len(_CHECK) :]) for q in queries if q.why.startswith(_CHECK)}
    pairs = [(said[run.query], _share(run, outcome)) for run in runs if run.query in said]
    checks = [(value, seen) for value, seen in pairs if seen is not None]
    return _contract((terms, 0, 0), isinstance(outcome, Number), checks)


def _contract(
    head: tuple[Terms, int, int], is_number: bool, checks: Sequence[tuple[float, float]]
) -> Contract:
    pairs = np.array(checks).reshape(-1, 2)
    if not is_number:
        means = pairs.mean(axis=0).tolist() if len(pairs) else [None, None]
        return Contract(*head, len(pairs), None, None, *means)
    off = int((np.abs(pairs[:, 0] - pairs[:, 1]) > head[0].tolerance).sum())
    return Contract(*head, len(pairs), off, share_interval(off, len(pairs), 0.9)[1])


class Backing(Protocol):
    """What stands behind a gateway: a surrogate that grows, and the simulator."""

    @property
    def space(self) -> Space:
        """Where requests lie."""

    @property
    def outcome(self) -> Outcome:
        """The question."""

    def surrogate(self) -> Marginal | None:
        """The surrogate of all runs; None while it may not be trusted."""

    def simulate(self, point: Point, why: str) -> Observation:
        """Run the simulator at a whole point and learn from it; blocks."""


@dataclass
class Gateway:
    """Answers points by `backing` under `terms`; for one thread at a time."""

    backing: Backing
    terms: Terms
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))
    _mapped: int = 0
    _simulated: int = 0
    _checks: list[tuple[float, float]] = field(default_factory=list)  # said, seen
    _ratios: list[float] = field(default_factory=list)

    def __call__(self, point: Point) -> Reply:
        """The answer at a point; raises `PointError` for one outside the space."""
        whole = self.backing.space.complete(point)
        units = self.backing.space.encode([whole])
        surrogate = self.backing.surrogate()
        read = None if surrogate is None else self._read(surrogate, units)
        if read is None or max(read.upper - read.value, read.value - read.lower) > self._allowed:
            self._simulated += 1
            return self._run(whole, units, read)
        share = max(self.terms.checked, _EAGER / (_EAGER + self._mapped))
        self._mapped += 1
        if not self.terms.checked or self.rng.random() >= share:
            return read
        return self._checked(whole, read)

    def contract(self) -> Contract:
        """How the contract is kept so far."""
        return _contract((self.terms, self._mapped, self._simulated), self._is_number, self._checks)

    @property
    def _is_number(self) -> bool:
        return isinstance(self.backing.outcome, Number)

    @property
    def _allowed(self) -> float:
        """How far the map's own interval may reach: less where it has been too narrow."""
        recent = np.array(self._ratios[-_RECENT:])
        stretch = stretch_of(recent, COVERAGE) if len(recent) else None
        return self.terms.tolerance / max(stretch or 1.0, 1.0)

    def _read(self, surrogate: Marginal, units: Array) -> Reply:
        read = surrogate.predict(units, COVERAGE)
        mean, lower, upper = (float(end[0]) for end in (read.mean, read.lower, read.upper))
        return Reply(mean, lower, upper, "value" if self._is_number else "probability", "map")

    def _checked(self, point: Point, read: Reply) -> Reply:
        run = self.backing.simulate(point, check_words(read.value))
        seen = _share(run, self.backing.outcome)
        if seen is None:
            return replace(read, source="check", declined=run.message)
        self._checks.append((read.value, seen))
        self._notice(read, seen)
        if self._is_number:
            return Reply(seen, seen, seen, "value", "check", seen)
        return replace(read, source="check", outcome=seen)

    def _run(self, point: Point, units: Array, read: Reply | None) -> Reply:
        run = self.backing.simulate(point, ASKED)
        seen = _share(run, self.backing.outcome)
        if seen is not None and read is not None:
            self._notice(read, seen)
        if seen is not None and self._is_number:
            return Reply(seen, seen, seen, "value", "run", seen)
        surrogate = self.backing.surrogate()
        vague = Reply(0.5, 0.0, 1.0, "probability", "run")
        now = vague if surrogate is None else self._read(surrogate, units)
        return replace(now, source="run", outcome=seen, declined=run.message)

    def _notice(self, read: Reply, seen: float) -> None:
        if self._is_number:
            half = max(read.upper - read.value, np.finfo(float).tiny)
            self._ratios.append(abs(seen - read.value) / half * float(ndtri(0.5 + 0.5 * COVERAGE)))


def _share(run: Observation, outcome: Outcome) -> float | None:
    """A number as it is, a yes or no as the share of yes; None of a run that was declined."""
    if outcome.name not in run.values:
        return None
    return run.values[outcome.name] / trials_of(outcome)


Fit = Callable[[Sequence[Observation], Revision | None], Fitted | None]


@dataclass
class Growing:
    """A surrogate that learns from one run at a time: told each, fitted anew when they add up."""

    space: Space
    outcome: Outcome
    fit: Fit
    observations: list[Observation]
    fitted: Fitted | None = None
    _surrogate: Marginal | None = None
    _at: int = 0

    def surrogate(self) -> Marginal | None:
        """The surrogate of all runs; None before it is ready."""
        if self._is_due:
            before = self.fitted.revision if self.fitted else None
            self.fitted, self._at = self.fit(self.observations, before), len(self.observations)
            self._surrogate = self.fitted.surrogate if self.fitted else None
        return self._surrogate if self.fitted is not None and self.fitted.ready else None

    def learn(self, run: Observation) -> None:
        """Take a run in; a surrogate that can be told is, at once."""
        self.observations.append(run)
        if self._surrogate is None or self.outcome.name not in run.values or self._is_due:
            return
        self._surrogate = _told(self._surrogate, self.space.encode([run.point]), run)

    @property
    def _is_due(self) -> bool:
        runs = len(self.observations)
        if self.fitted is None or not self.fitted.ready:
            return runs > self._at
        return runs >= max(self._at + _FEW, _LADDER * self._at)


def _told(surrogate: Marginal, units: Array, run: Observation) -> Marginal:
    """The surrogate that has read one run more, where it can be told; else as it is."""
    name = surrogate.outcome.name
    value = run.values[name]
    if isinstance(surrogate, NumberSurrogate) and isinstance(surrogate.posterior, Posterior):
        try:
            return surrogate.told(units, np.array([value]), np.array([run.sds.get(name, np.nan)]))
        except DataError:  # so near to another run that rounding leaves it nothing to tell
            return surrogate
    if isinstance(surrogate, ProbabilitySurrogate):
        trials = np.array([float(trials_of(surrogate.outcome))])
        return surrogate.told(units, np.array([value]), trials)
    return surrogate
