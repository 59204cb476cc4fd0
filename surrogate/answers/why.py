"""Why each query was asked: what it promised, what it was still worth, and what it gave.

    symbol     meaning                                                             shape
    promised   expected gain when it was chosen, beside what was in flight         scalar
    worth      the same once all those beside it have answered                     scalar
    realised   what knowing its own answer too then changed                        scalar
    m, v       mean and variance of the latent f at the sites                      (q,)
    w          weight of a site; weights sum to 1                                  (q,)

All are in the rule's own unit, over the very sites that the choice was made on, by the surrogate of
the revision that chose, which is made again from the ledger. If that surrogate is right, what is
realised is on average what the query was worth: so the ledger shows whether the rule keeps its
promises. A query that was worth next to nothing once its companions had answered is redundant.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from scipy.special import entr, ndtr

from surrogate.asking.choosing import rule_for
from surrogate.asking.optimum import IMPROVEMENT, rivals
from surrogate.asking.request import Request
from surrogate.asking.rules import Rule
from surrogate.asking.scene import Sight, Sites, look
from surrogate.asking.sites import level_of, pool, sites
from surrogate.blas import one_thread
from surrogate.dataset import Dataset, gather
from surrogate.errors import DataError, PointError
from surrogate.goal import GoalKind
from surrogate.learner import BASELINES, PLACED, Fitted, Learner
from surrogate.models.numbers import NumberSurrogate
from surrogate.models.probability import ProbabilitySurrogate
from surrogate.outcome import Number, trials_of
from surrogate.pool import Pool
from surrogate.records import Observation, Query, Reason, Revision, seeds
from surrogate.space import Array
from surrogate.specialfn import bivariate_excess

Taught = ProbabilitySurrogate | NumberSurrogate

_REDUNDANT = 0.1  # of what it promised: a query worth less than that need not have been run
_MANY = 0.2  # of the queries that promised something: an alarm where more were redundant ...
_FEWEST = 10  # ... of so many at least
_KEPT = 1.25  # a rule that is right to within this factor keeps its promises
_UNCHOSEN = (*PLACED, Reason.PERSON, Reason.VERIFY)
_Z90 = 1.6448536


@dataclass(frozen=True)
class Account:
    """One query's account; None is what nobody promised, or what can't be told."""

    query: int
    reason: Reason
    why: str
    unit: str
    promised: float | None
    worth: float | None
    realised: float | None

    @property
    def redundant(self) -> bool:
        """Whether its companions' answers left it next to nothing to tell."""
        if self.promised is None or self.worth is None or self.reason is Reason.REPLICATE:
            return False
        return self.worth < _REDUNDANT * self.promised


@dataclass(frozen=True)
class Answered:
    """What one answer of a query leads to: the response there, and the share above the level.

    `share` is None without a level, `gain` in the rule's unit.
    """

    value: float
    response: float
    share: float | None
    gain: float


@dataclass(frozen=True)
class Why:
    """One query with what was known before it, what came of it, and of the other answer.

    `before` has the value that was expected. All three are None where nothing was learned yet.
    """

    query: Query
    account: Account
    before: Answered | None = None
    came: Answered | None = None
    other: Answered | None = None


@dataclass(frozen=True)
class Gains:
    """The accounts of queries, and whether the rule keeps its promises."""

    accounts: tuple[Account, ...]
    unit: str

    @property
    def judged(self) -> tuple[Account, ...]:
        """Those that promised something, with what they gave."""
        return tuple(a for a in self.accounts if a.promised and a.realised is not None)

    @property
    def kept(self) -> tuple[float, float, float] | None:
        """Realised over promised, with an interval of 90 %; None before two can be judged."""
        promised = np.array([a.promised for a in self.judged], dtype=float)
        realised = np.array([a.realised for a in self.judged], dtype=float)
        if len(promised) < 2:
            return None
        ratio = realised.sum() / promised.sum()
        half = _Z90 * np.sqrt(np.sum((realised - ratio * promised) ** 2)) / promised.sum()
        return float(ratio), float(ratio - half), float(ratio + half)

    @property
    def redundant(self) -> tuple[int, ...]:
        """The redundant queries."""
        return tuple(account.query for account in self.accounts if account.redundant)

    @property
    def alarm(self) -> str:
        """What to do about redundant queries, a sentence; "" where there are few."""
        count, judged = len(self.redundant), len(self.judged)
        if judged < _FEWEST or count <= _MANY * judged:
            return ""
        return (
            f"{count} of {judged} queries were worth next to nothing once those beside them had "
            "answered: use fewer workers, or stop."
        )

    @property
    def words(self) -> str:
        """Whether the rule keeps its promises, a sentence for people."""
        if self.kept is None:
            return "No query has promised anything that came since."
        ratio, low, high = self.kept
        verdict = "it keeps its promises"
        if high < 1.0 / _KEPT or low > _KEPT:
            verdict = "it promises too much" if ratio < 1.0 else "it promises too little"
        return (
            f"{len(self.judged)} queries promised {_sum(self.judged, 'promised'):.3g} "
            f"{self.unit}, and {_sum(self.judged, 'realised'):.3g} came: {ratio:.2f} of it "
            f"({low:.2f}..{high:.2f}), so {verdict}."
        )


@dataclass(frozen=True)
class Ledger:
    """What a campaign's accounts are made from."""

    learner: Learner
    queries: Sequence[Query]
    observations: Sequence[Observation]
    revisions: Mapping[int, Revision]


@dataclass(frozen=True)
class _Scene:
    """The surrogate that chose, its rule, and the sites that it looked at."""

    fitted: Fitted
    surrogate: Taught
    rule: Rule
    g: float
    sites: Sites
    sign: float = 1.0

    def gain(self, before: Taught, after: Taught, units: Array) -> float:
        """By how much the answer at `units` (1, d) changed what the rule cares for."""
        if self.rule.name == IMPROVEMENT:
            here, rivals = after.latent(units)[0], after.latent(self.sites.points.units)[0]
            lead = self.sign * here - (self.sign * rivals).max(initial=-np.inf)
            return float(max(lead[0], 0.0)) if len(rivals) else 0.0
        if self.rule.name == "eavc":
            return float(abs(self.above(after) - self.above(before)))
        return self._loss(before) - self._loss(after)

    def above(self, surrogate: Taught) -> float:
        """The share of the space that is expected above the level."""
        return float(self.sites.w @ self._side(*surrogate.latent(self.sites.points.units)))

    def worth(self, before: Taught, units: Array) -> float:
        """The expected gain of a run at `units` (1, d) with nothing in flight."""
        there = look(before, self.sites.points.units)
        c = before.covariance(units, there.units)
        none = np.zeros_like(c)
        trials = trials_of(before.outcome)
        place = replace(self.sites, points=there)
        here = look(before, units)
        sight = Sight(here, place, c, none, np.zeros(1), np.zeros(len(there)), trials)
        gain = float(self.rule.gains(sight, self.g)[0])
        return math.exp(gain) if self.rule.in_logs else gain

    def _side(self, m: Array, v: Array) -> Array:
        return np.asarray(ndtr((m - self.g) / np.sqrt(np.maximum(v, np.finfo(float).tiny))))

    def _loss(self, surrogate: Taught) -> float:
        m, v = surrogate.latent(self.sites.points.units)
        if self.rule.name == "variance":
            return float(self.sites.w @ _variance(surrogate, m, v))
        return float(self.sites.w @ _LOSSES[self.rule.name](self._side(m, v)))


_LOSSES: Mapping[str, Callable[[Array], Array]] = {
    "sides": lambda p: 2.0 * p * (1.0 - p),
    "crossing": lambda p: p * (1.0 - p),
    "globalmi": lambda p: np.asarray(entr(p) + entr(1.0 - p)),
    "globalsur": lambda p: np.minimum(p, 1.0 - p),
    "narrowing": lambda p: np.minimum(p, 1.0 - p),
}


@dataclass(frozen=True)
class _Stand:
    """A query with the scene of its choice, and the surrogate just before its own run.

    Both are None where no surrogate chose it; `units` (1, d) is where it is, `own` its answer.
    """

    query: Query
    units: Array
    own: Dataset
    scene: _Scene | None = None
    before: Taught | None = None

    def account(self) -> Account:
        """The query's account."""
        query, worth, realised = self.query, None, None
        if self.scene is not None and self.before is not None:
            chance = float(self.scene.fitted.beside.chance(self.units)[0])
            worth = chance * self.scene.worth(self.before, self.units)
            realised = self.given(self.own)[1] if len(self.own) else 0.0
        return Account(
            query.index, query.reason, query.why, query.gain_unit, query.gain, worth, realised
        )

    def given(self, answer: Dataset) -> tuple[Taught, float]:
        """The surrogate once it has that answer, and the gain that it brings."""
        if self.scene is None or self.before is None:
            raise DataError(f"query {self.query.index} was chosen by no surrogate; ask of another")
        try:
            after = _told(self.before, answer)
        except DataError:  # known to the last digit before: the answer tells nothing
            after = self.before
        return after, self.scene.gain(self.before, after, self.units)

    def answered(self, value: float) -> Answered:
        """What the answer `value` leads to."""
        after, gain = self.given(replace(self.own, values=np.array([value])))
        return Answered(value, float(after.predict(self.units).mean[0]), self.share(after), gain)

    def share(self, surrogate: Taught) -> float | None:
        """The share of the space that it expects above the level, where there is one."""
        if self.scene is None or np.isnan(self.scene.g):
            return None
        return self.scene.above(surrogate)


@one_thread()
def gains(ledger: Ledger, most: int = 100) -> Gains:
    """The accounts of the last `most` queries that have answered, oldest first."""
    answered = {observation.query for observation in ledger.observations}
    wanted = [query for query in ledger.queries if query.index in answered][-most:]
    accounts = [stand.account() for stand in _stands(ledger, wanted)]
    units = [account.unit for account in accounts if account.unit]
    return Gains(tuple(accounts), units[-1] if units else "")


@one_thread()
def why(ledger: Ledger, index: int) -> Why:
    """One query's account, with what the other answer would have led to.

    For a yes or no the other answer, for a count as many no as there were yes, for a number one as
    far on the other side of what was expected. Raises `PointError` for a query that there is not.
    """
    known = {query.index: query for query in ledger.queries}
    if index not in known:
        raise PointError(
            f"query {index} is unknown; {len(known)} were asked so far; choose one of these"
        )
    (stand,) = _stands(ledger, [known[index]])
    account = stand.account()
    if stand.before is None or not len(stand.own):
        return Why(known[index], account)
    expected = float(stand.before.predict(stand.units).mean[0])
    came, trials = float(stand.own.values[0]), float(stand.own.trials[0])
    other = 2.0 * expected - came if isinstance(stand.before.outcome, Number) else trials - came
    before = Answered(trials * expected, expected, stand.share(stand.before), account.worth or 0.0)
    return Why(known[index], account, before, stand.answered(came), stand.answered(other))


def _stands(ledger: Ledger, wanted: Sequence[Query]) -> list[_Stand]:
    found: list[_Stand] = []
    for _, group in groupby(wanted, key=_choice_of):
        together = list(group)
        mates = [q for q in ledger.queries if _choice_of(q) == _choice_of(together[0])]
        scene = _scene(ledger, mates)
        found += [_stand(ledger, scene, mates, query) for query in together]
    return found


def _choice_of(query: Query) -> tuple[int, tuple[int, ...]]:
    """What queries that were chosen together share."""
    return query.revision, query.pending


def _scene(ledger: Ledger, mates: Sequence[Query]) -> _Scene | None:
    """The scene in which these queries were chosen; None where no rule chose them."""
    learner, revision = ledger.learner, ledger.revisions.get(mates[0].revision)
    chosen = [query.index for query in mates if query.reason not in _UNCHOSEN]
    if revision is None or not chosen or learner.rule in BASELINES:
        return None
    fitted = learner.restore(ledger.observations, revision)
    surrogate = fitted.surrogate
    if not isinstance(surrogate, ProbabilitySurrogate | NumberSurrogate):
        return None
    request = Request(
        space=learner.space,
        goal=learner.goal,
        count=1,
        seed=seeds(learner.seed, chosen[0], "choice"),
        done=fitted.units,
        rule=learner.rule,
        beside=fitted.beside,
    )
    rule = rule_for(surrogate, request)
    g, seen = level_of(surrogate, request), _sites(surrogate, request)
    return _Scene(fitted, surrogate, rule, g, seen, learner.goal.sign)


def _sites(surrogate: Taught, request: Request) -> Sites:
    """The very sites that the choice was made on."""
    if request.goal.kind is GoalKind.OPTIMUM:
        return rivals(surrogate, request)
    return sites(pool(surrogate, request), request.work.sites)


def _stand(ledger: Ledger, scene: _Scene | None, mates: Sequence[Query], query: Query) -> _Stand:
    space = ledger.learner.space
    here = _Stand(query, space.encode([query.point]), _runs(ledger, {query.index}))
    if scene is None or query.reason in _UNCHOSEN:
        return here
    beside = {mate.index for mate in mates if mate.index != query.index}
    if isinstance(space, Pool):  # its items are chosen one after the other, and stay
        beside = {index for index in beside if index < query.index}
    beside = (beside | set(query.pending)) - set(scene.fitted.revision.seen)
    try:
        before = _told(scene.surrogate, _runs(ledger, beside))
    except DataError:  # two of them at one place, and nothing is noisy
        return here
    return replace(here, scene=scene, before=before)


def _runs(ledger: Ledger, wanted: set[int]) -> Dataset:
    learner = ledger.learner
    known = [o for o in ledger.observations if o.query in wanted]
    return gather(learner.space, learner.outcome, known)


def _told(surrogate: Taught, runs: Dataset) -> Taught:
    """The surrogate once it knows these runs too, its hyper-parameters as they were."""
    if len(runs) == 0:
        return surrogate
    if isinstance(surrogate, ProbabilitySurrogate):
        return surrogate.told(runs.units, runs.values, runs.trials)
    return surrogate.told(runs.units, runs.values, runs.sds)


def _variance(surrogate: Taught, m: Array, v: Array) -> Array:
    """Of the response at each site: of f for a number, of Phi(f) for a chance."""
    if isinstance(surrogate, NumberSurrogate):
        return v
    h = m / np.sqrt(1.0 + v)
    return np.asarray(bivariate_excess(h, h, v / (1.0 + v)))


def _sum(accounts: Sequence[Account], name: str) -> float:
    return float(sum(getattr(account, name) for account in accounts))
