"""What to tune: the smallest change of design knobs that removes a spot and keeps the rest.

Knobs are parameters of the space that a designer sets; the others are what happens. For a setting
of the knobs the response over the others has an overall rate (its mean, by the space's own
distribution) and a share on the wrong side of a level. Both are read off joint draws of the
surrogate, so that a setting's confidence is the part of the draws in which all that was asked for
holds at once. The answer is the setting nearest to the present one that is confident enough.

    symbol   meaning                                                     shape
    K        settings of the knobs that are tried, the present one first (k, d)
    C        circumstances: the other parameters, most of them where
             the response may be beyond the level                        (c, d)
    drawn    the response at each of them, joint over settings           (draws, k, c)

A draw's rate is its mean over C, by weights, moved by what the surrogate's mean makes C differ
from many circumstances: of a nearest setting the rate has changed by just as much as it may.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri

from surrogate.answers.spots import Interval
from surrogate.answers.table import usual_point
from surrogate.design import evenly, sobol
from surrogate.errors import PlanError, PointError
from surrogate.models.base import COVERAGE, LookAhead, Marginal, mean_response
from surrogate.models.draws import latent_draws, responses
from surrogate.space import Array, Categorical, Mask, Scalar, Space

CONFIDENT = 0.95
GONE = 0.01  # of the circumstances: a spot that is smaller is gone
CONFIRMS = "to confirm what to tune"  # why such runs are made
_SETTINGS = 24
_ROUNDS = 3  # each tries settings nearer to the best one so far
_CANDIDATES = 4096  # circumstances, of which up to twice `_STRATUM` are drawn
_STRATUM = 128
_OVERALL = 1024  # of them, over which the surrogate's mean gives overall rates
_NEAR = 0.01  # chance of being beyond the level now: such circumstances are looked at closely
_DRAWS = 100
_CONFIRMING = 40  # runs at most that are proposed to confirm an answer


@dataclass(frozen=True)
class Wish:
    """What a change is to do.

    With a `level`, the share of circumstances above (or below) it is to fall to `most`. With
    `band`, the overall rate is to be within it; else it is to stay within `keep` of the present.
    """

    knobs: tuple[str, ...]
    level: float | None = None
    above: bool = True
    most: float = GONE
    keep: float = 0.05
    band: tuple[float, float] | None = None


@dataclass(frozen=True)
class Setting:
    """The knobs' values, and what they bring: overall `rate` and `share` beyond the level.

    `confidence` is the surrogate's own probability that all that was wished for holds, in [0, 1].
    """

    knobs: dict[str, Scalar]
    rate: Interval
    share: Interval | None
    confidence: float

    def to_json(self) -> dict[str, Any]:
        """As a JSON-able mapping."""
        return asdict(self)


@dataclass(frozen=True)
class Tuning:
    """The present setting, the answer, and the box around all settings that would do.

    `answer` is the nearest setting of enough confidence, or, where `found` is False, the most
    confident one. `change` is its distance in shares of the knobs' ranges; `region` the range of
    each knob over all confident settings that were tried; `confirm` points to simulate.
    """

    now: Setting
    answer: Setting
    found: bool
    change: float
    region: dict[str, tuple[Scalar, ...]]
    confirm: tuple[dict[str, Scalar], ...]

    @property
    def words(self) -> str:
        """The answer for people."""
        what = ", ".join(f"{name} to {_short(v)}" for name, v in self.answer.knobs.items())
        sure = f"{100 * self.answer.confidence:.0f} %"
        if self.found and self.change == 0.0:
            return f"Nothing needs to be changed: what was asked for holds, with {sure}."
        if self.found:
            return f"Set {what}: what was asked for then holds with {sure} by the surrogate."
        return f"No setting is sure enough. The best is {what}, with {sure}; more runs may help."

    def to_json(self) -> dict[str, Any]:
        """As a JSON-able mapping."""
        return {
            "now": self.now.to_json(),
            "answer": self.answer.to_json(),
            "found": self.found,
            "change": self.change,
            "region": {name: list(ends) for name, ends in self.region.items()},
            "confirm": list(self.confirm),
            "words": self.words,
        }


def tune(
    surrogate: Marginal, space: Space, wish: Wish, now: Mapping[str, Any] | None = None
) -> Tuning:
    """The answer to a wish. `now` are the knobs' present values, else their defaults or middles.

    Raises `PointError` for a knob that is no free parameter, or where all are; and `PlanError` for
    a surrogate without joint draws.
    """
    if not isinstance(surrogate, LookAhead):
        raise PlanError('what to tune is read off joint draws; use surrogate = "gp" in the plan')
    tuner = _Tuner.of(surrogate, space, wish, now or {})
    return tuner.answer(tuner.tried())


@dataclass(frozen=True)
class _Tried:
    """Settings with what they bring: rates and shares by draw (draws, k), confidence (k,)."""

    units: Array
    rates: Array
    shares: Array
    confidence: Array
    change: Array

    @property
    def best(self) -> int:
        """The nearest that is confident, else the most confident."""
        sure = np.flatnonzero(self.confidence >= CONFIDENT)
        if len(sure):
            return int(sure[np.argmin(self.change[sure])])
        return int(np.argmax(self.confidence))


@dataclass(frozen=True)
class _Tuner:
    surrogate: LookAhead
    space: Space
    wish: Wish
    present: Array
    columns: tuple[int, ...]
    many: Array
    circumstances: Array
    weight: Array

    @classmethod
    def of(cls, surrogate: LookAhead, space: Space, wish: Wish, now: Mapping[str, Any]) -> "_Tuner":
        for name in (*wish.knobs, *now):
            if name not in space.parameters or (name in now and name not in wish.knobs):
                raise PointError(
                    f"'{name}' is no knob to tune; choose others: free are "
                    f"{', '.join(space.names)}, knobs are {', '.join(wish.knobs)}"
                )
        if not 0 < len(set(wish.knobs)) < space.dimension:
            raise PointError(
                "no knob came, or every parameter: name one at least, and leave one to happen"
            )
        columns = tuple(space.names.index(name) for name in wish.knobs)
        present = space.encode([{**usual_point(space), **now}])[0, list(columns)]
        rows = _candidates(space)
        rows[:, columns] = present
        chance = None
        if wish.level is not None:
            over = surrogate.exceedance(rows, wish.level)
            chance = over if wish.above else 1.0 - over
        some, weight = _stratified(rows, chance)
        return cls(surrogate, space, wish, present, columns, rows[:_OVERALL], some, weight)

    def tried(self) -> _Tried:
        """Settings all over first, then ever nearer to the best."""
        k = len(self.columns)
        found = self._read(sobol(k, _SETTINGS, seed=1))
        for turn in range(_ROUNDS):
            best, reach = found.units[found.best], 0.25 * 0.5**turn
            near = best + reach * (2 * sobol(k, _SETTINGS, seed=2 + turn) - 1)
            back = self.present + np.linspace(0, 1, 9)[1:-1, None] * (best - self.present)
            found = _both(found, self._read(np.concatenate([near, back])))
        return found

    def answer(self, tried: _Tried) -> Tuning:
        best, sure = tried.best, tried.confidence >= CONFIDENT
        return Tuning(
            now=self._setting(tried, 0),
            answer=self._setting(tried, best),
            found=bool(sure[best]),
            change=float(tried.change[best]),
            region=self._region(tried.units[sure]),
            confirm=self._confirming(tried.units[best]),
        )

    def _snapped(self, units: Array) -> Array:
        # whichever circumstances: each parameter snaps by itself
        return self.space.snap(self._at(np.clip(units, 0.0, 1.0), self.many[:1]))[:, self.columns]

    def _read(self, settings: Array) -> _Tried:
        """What the present setting and then each of `settings` (k, knobs) brings."""
        units = self._snapped(np.concatenate([[self.present], settings]))
        rows = self._at(units, self.circumstances)
        drawn = responses(
            self.surrogate,
            latent_draws(self.surrogate, rows, _DRAWS, np.random.default_rng(0), smooth=True),
        ).reshape(_DRAWS, len(units), -1)
        overall = self._means(units, self.many).mean(axis=1)
        rates = drawn @ self.weight + overall - self._means(units, self.circumstances) @ self.weight
        shares = self._beyond(drawn)
        change = np.sqrt(((units - self.present) ** 2).sum(axis=1))
        return _Tried(units, rates, shares, self._holds(rates, shares).mean(axis=0), change)

    def _at(self, units: Array, circumstances: Array) -> Array:
        """Each of the circumstances (c, d) at each of the knobs' `units` (k, knobs), (k c, d)."""
        rows = np.tile(circumstances, (len(units), 1))
        rows[:, self.columns] = np.repeat(units, len(circumstances), axis=0)
        return rows

    def _means(self, units: Array, circumstances: Array) -> Array:
        """The surrogate's mean at each of them, (k, c)."""
        read = mean_response(self.surrogate, self._at(units, circumstances))
        return read.reshape(len(units), -1)

    def _beyond(self, drawn: Array) -> Array:
        if self.wish.level is None:
            return np.zeros(drawn.shape[:2])
        return np.asarray(((drawn > self.wish.level) == self.wish.above) @ self.weight)

    def _holds(self, rates: Array, shares: Array) -> Mask:
        low, high = self.wish.band or (-self.wish.keep, self.wish.keep)
        rated = rates if self.wish.band else rates - rates[:, :1]
        return np.asarray((low <= rated) & (rated <= high) & (shares <= self.wish.most))

    def _setting(self, tried: _Tried, index: int) -> Setting:
        return Setting(
            knobs=self._named(tried.units[index]),
            rate=Interval.of(tried.rates[:, index]),
            share=None if self.wish.level is None else Interval.of(tried.shares[:, index]),
            confidence=float(tried.confidence[index]),
        )

    def _named(self, units: Array) -> dict[str, Scalar]:
        (point,) = self.space.decode(self._at(units[None, :], self.many[:1]))
        return {name: point[name] for name in self.wish.knobs}

    def _region(self, units: Array) -> dict[str, tuple[Scalar, ...]]:
        region: dict[str, tuple[Scalar, ...]] = {}
        for j, name in enumerate(self.wish.knobs if len(units) else ()):
            parameter = self.space.parameters[name]
            values = parameter.from_unit(units[:, j]).tolist()
            is_choice = isinstance(parameter, Categorical)
            region[name] = tuple(sorted(set(values))) if is_choice else (min(values), max(values))
        return region

    def _confirming(self, units: Array) -> tuple[dict[str, Scalar], ...]:
        """Points at the answer, as many as show its rate to the tolerance."""
        band = self.wish.band
        half = self.wish.keep if band is None else 0.5 * (band[1] - band[0])
        count = int(np.ceil(0.25 * (ndtri(0.5 + 0.5 * COVERAGE) / max(half, 1e-6)) ** 2))
        rows = self.space.draw(min(count, _CONFIRMING), np.random.default_rng(1))
        rows[:, self.columns] = units
        return tuple(self.space.decode(rows))


def _stratified(units: Array, chance: Array | None) -> tuple[Array, Array]:
    """Of many circumstances those that are tried, (c, d), and the share each stands for, (c,).

    Half of them lie where the present response may be beyond the level, by `chance` (n,): what is
    left of a spot is counted in steps far below one in a hundred. They are the first of either
    kind: every k-th of a Sobol sequence is no even sample.
    """
    near = np.ones(len(units), dtype=bool) if chance is None else chance > _NEAR
    kept, weight = [], []
    for part in (np.flatnonzero(near), np.flatnonzero(~near)):
        if len(part):
            some = part[:_STRATUM]
            kept.append(units[some])
            weight.append(np.full(len(some), len(part) / len(units) / len(some)))
    return np.concatenate(kept), np.concatenate(weight)


def _candidates(space: Space) -> Array:
    """Rows that follow the space's own distribution evenly; drawn where constraints leave few."""
    rows = evenly(space, _CANDIDATES, seed=3)
    rows = rows[space.allowed(rows)]
    if 2 * len(rows) >= _CANDIDATES:
        return rows
    return space.draw(_CANDIDATES, np.random.default_rng(0))


def _both(first: _Tried, second: _Tried) -> _Tried:
    return _Tried(
        np.concatenate([first.units, second.units]),
        np.concatenate([first.rates, second.rates], axis=1),
        np.concatenate([first.shares, second.shares], axis=1),
        np.concatenate([first.confidence, second.confidence]),
        np.concatenate([first.change, second.change]),
    )


def _short(value: Scalar) -> str:
    return value if isinstance(value, str) else f"{value:.4g}"


def knob_names(given: Sequence[str], marked: Sequence[str]) -> tuple[str, ...]:
    """The knobs that were named, else those that the plan marks; raises `PlanError` for none."""
    names = tuple(given) or tuple(marked)
    if not names:
        raise PlanError(
            'no parameter is marked as a design knob: write tune = ["NAME"] in the plan, '
            "or name one"
        )
    return names
