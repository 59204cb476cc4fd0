"""Which inputs matter: Sobol indices, main effects and interactions, from the surrogate.

Inputs follow the space's own distribution, each by itself; constraints are left aside. The first
index of an input is the share of the response's variance that is gone, on average, once the input
is known; the total index is the share that remains while all others are known.

    symbol   meaning                                                          shape
    A, B     two independent samples of the space                             (N, d)
    AB_i     A with column i from B                                           (N, d)
    S_i      1 - E (f(B) - f(AB_i))^2 / 2V                                    scalar
    T_i      E (f(A) - f(AB_i))^2 / 2V                                        scalar

Estimators: Jansen 1999, Computer Physics Communications 117; over scrambled Sobol points as in
Saltelli et al. 2010, same journal, 181. Intervals come from joint draws of the surrogate, each a
surface with indices of its own (Le Gratiet, Cannamela and Iooss 2014, SIAM/ASA JUQ 2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from surrogate.answers.spots import Interval
from surrogate.design import evenly, sobol
from surrogate.models.base import COVERAGE, LookAhead, Marginal, mean_response, voice
from surrogate.models.draws import latent_draws, responses
from surrogate.space import Array, Scalar, Space

NOTHING = 0.01  # of the variance: an input whose total is surely below it does nothing
_SAMPLE = (
    16384  # points: over 40 scrambles estimators were then off by .0025 at most; of 4096 by .03
)
_ROUGH = 256  # points where only the order of the inputs is wanted
_DRAWN = 512  # points of each sample in joint draws
_DRAWS = 100
_OTHERS = 128  # places at which a main effect is averaged
_STEPS = 25  # along a main effect
_PAIRED = 4096  # points where two inputs are looked at together
_MOST_PAIRS = 45  # pairs of ten inputs


@dataclass(frozen=True)
class Curve:
    """The mean response over one input's `values`, the others averaged, with its band."""

    values: tuple[Scalar, ...]
    mean: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]


@dataclass(frozen=True)
class Effect:
    """What one input does: its first and total index, in [0, 1] but for noise, and main effect."""

    name: str
    unit: str
    first: Interval
    total: Interval
    curve: Curve

    @property
    def words(self) -> str:
        """A sentence for people."""
        share = f"{100 * self.first.mean:.0f} % of the variation"
        if self.total.upper < NOTHING:
            return f"{self.name} does nothing: it explains less than {100 * NOTHING:g} %, surely."
        if self.total.mean < NOTHING:
            most = 100 * self.total.upper
            return f"{self.name} seems to do nothing; it explains {most:.1f} % at most."
        beside = self.total.mean - self.first.mean
        if beside < NOTHING:
            return f"{self.name} explains {share}, by itself."
        return f"{self.name} explains {share} by itself, and {100 * beside:.0f} % more with others."


@dataclass(frozen=True)
class Interaction:
    """The share of the variance that two inputs explain only together."""

    names: tuple[str, str]
    share: float


@dataclass(frozen=True)
class Sensitivity:
    """All inputs in order of their total index, and pairs in order of what they do together.

    `mean` is the response's over the space's distribution, `sd` how far it varies there; `note`
    says what the intervals are and what was left aside.
    """

    effects: tuple[Effect, ...]
    interactions: tuple[Interaction, ...]
    mean: float
    sd: float
    note: str = ""

    def of(self, name: str) -> Effect:
        """One input's effect."""
        return next(effect for effect in self.effects if effect.name == name)

    def to_json(self) -> dict[str, Any]:
        """As a JSON-able mapping."""
        return {
            "effects": [
                {
                    "parameter": one.name,
                    "unit": one.unit,
                    "first": vars(one.first).copy(),
                    "total": vars(one.total).copy(),
                    "words": one.words,
                    "curve": {key: list(value) for key, value in vars(one.curve).items()},
                }
                for one in self.effects
            ],
            "interactions": [
                {"parameters": list(one.names), "share": one.share} for one in self.interactions
            ],
            "mean": self.mean,
            "sd": self.sd,
            "note": self.note,
        }


def sensitivity(surrogate: Marginal, space: Space, *, seed: int = 0) -> Sensitivity:
    """The inputs' indices, main effects and interactions in the surrogate's response."""
    design = _Design.of(space, _SAMPLE, seed)
    values = mean_response(surrogate, design.rows)
    first, total = design.indices(values)
    first_ends, total_ends = _ends(surrogate, space, seed)
    effects = [
        Effect(
            name,
            space.unit(name),
            _interval(first[j], first_ends[:, j]),
            _interval(total[j], total_ends[:, j]),
            _curve(surrogate, space, j),
        )
        for j, name in enumerate(space.names)
    ]
    effects.sort(key=lambda effect: -effect.total.mean)
    known = values[: 2 * design.size]
    return Sensitivity(
        tuple(effects),
        _interactions(surrogate, space, first, total),
        float(known.mean()),
        float(known.std()),
        _note(surrogate, space),
    )


def influences(surrogate: Marginal, space: Space) -> dict[str, float]:
    """The total index of each input by its name, the largest first: quick, good to some .1."""
    design = _Design.of(space, _ROUGH, 0)
    _, total = design.indices(mean_response(surrogate, design.rows))
    return dict(sorted(zip(space.names, total.tolist(), strict=True), key=lambda pair: -pair[1]))


@dataclass(frozen=True)
class _Design:
    """The rows of A, B and the AB_i one after the other, for samples of `size`."""

    size: int
    rows: Array

    @classmethod
    def of(cls, space: Space, size: int, seed: int) -> "_Design":
        a, b = _samples(space, size, seed)
        mixed = [_mixed(a, b, [j]) for j in range(space.dimension)]
        return cls(size, np.concatenate([a, b, *mixed]))

    def indices(self, values: Array) -> tuple[Array, Array]:
        """First and total indices (..., d) of responses (..., n) at the rows."""
        parts = values.reshape(*values.shape[:-1], -1, self.size)
        a, b, mixed = parts[..., 0, :], parts[..., 1, :], parts[..., 2:, :]
        variance = np.concatenate([a, b], axis=-1).var(axis=-1)[..., None]
        variance = np.maximum(variance, np.finfo(float).tiny)
        first = 1 - 0.5 * ((b[..., None, :] - mixed) ** 2).mean(axis=-1) / variance
        total = 0.5 * ((a[..., None, :] - mixed) ** 2).mean(axis=-1) / variance
        return first, total


def _samples(space: Space, size: int, seed: int) -> tuple[Array, Array]:
    both = sobol(2 * space.dimension, size, seed=seed)
    a, b = both[:, : space.dimension], both[:, space.dimension :]
    return space.snap(space.from_uniform(a)), space.snap(space.from_uniform(b))


def _mixed(a: Array, b: Array, columns: Sequence[int]) -> Array:
    rows = a.copy()
    rows[:, columns] = b[:, columns]
    return rows


def _ends(surrogate: Marginal, space: Space, seed: int) -> tuple[Array, Array]:
    """First and total indices of draws of the surrogate, beside those of its mean, (k, d) both.

    Each draw's is moved by what a small sample makes the mean's differ, so that the interval is of
    the surrogate's doubt and not of the sample's size.
    """
    if not isinstance(surrogate, LookAhead):
        none = np.zeros((1, space.dimension))
        return none, none
    design, rng = _Design.of(space, _DRAWN, seed + 1), np.random.default_rng(seed)
    drawn = responses(surrogate, latent_draws(surrogate, design.rows, _DRAWS, rng, smooth=True))
    first, total = design.indices(drawn)
    first_mean, total_mean = design.indices(mean_response(surrogate, design.rows))
    return first - first_mean, total - total_mean


def _interval(value: float, moves: Array) -> Interval:
    moved = Interval.around(0.0, moves)
    ends = (value, value + moved.lower, value + moved.upper)
    return Interval(*(float(np.clip(end, 0.0, 1.0)) for end in ends))


def _curve(surrogate: Marginal, space: Space, column: int) -> Curve:
    """The main effect of one column, averaged over a sample of the others."""
    others = evenly(space, _OTHERS, seed=2)
    along = np.tile(np.linspace(0, 1, _STEPS)[:, None], space.dimension)
    places = np.unique(space.snap(along)[:, column])
    rows = np.repeat(others[None], len(places), axis=0)
    rows[:, :, column] = places[:, None]
    flat = rows.reshape(-1, space.dimension)
    mean = mean_response(surrogate, flat).reshape(len(places), -1).mean(axis=1)
    lower, upper = _band(surrogate, flat, mean)
    parameter = tuple(space.parameters.values())[column]
    values = parameter.from_unit(places).tolist()
    return Curve(tuple(values), *(tuple(line.tolist()) for line in (mean, lower, upper)))


def _band(surrogate: Marginal, rows: Array, mean: Array) -> tuple[Array, Array]:
    """The band of averages (s,) over equal parts of `rows`; without draws, averages of ends."""
    if not isinstance(surrogate, LookAhead):
        read = surrogate.predict(rows, COVERAGE)
        lower, upper = (end.reshape(len(mean), -1).mean(axis=1) for end in (read.lower, read.upper))
        return lower, upper
    rng = np.random.default_rng(0)
    drawn = responses(surrogate, latent_draws(surrogate, rows, _DRAWS, rng, smooth=True))
    averages = drawn.reshape(_DRAWS, len(mean), -1).mean(axis=2)
    averages += mean - averages.mean(axis=0)
    lower, upper = np.quantile(averages, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2], axis=0)
    return lower, upper


def _interactions(
    surrogate: Marginal, space: Space, first: Array, total: Array
) -> tuple[Interaction, ...]:
    """S_ij = 1 - E (f(B) - f(AB_ij))^2 / 2V - S_i - S_j of inputs that interact at all."""
    able = [j for j in range(space.dimension) if total[j] - first[j] > NOTHING]
    pairs = [(i, j) for k, i in enumerate(able) for j in able[k + 1 :]][:_MOST_PAIRS]
    if not pairs:
        return ()
    a, b = _samples(space, _PAIRED, 5)
    of_b = mean_response(surrogate, b)
    variance = max(float(of_b.var()), np.finfo(float).tiny)
    found = []
    for i, j in pairs:
        of_both = mean_response(surrogate, _mixed(a, b, [i, j]))
        closed = 1 - 0.5 * float(((of_b - of_both) ** 2).mean()) / variance
        share = closed - float(first[i]) - float(first[j])
        if share > NOTHING:
            found.append(Interaction((space.names[i], space.names[j]), share))
    return tuple(sorted(found, key=lambda one: -one.share))


def _note(surrogate: Marginal, space: Space) -> str:
    said = []
    if not isinstance(surrogate, LookAhead):
        said.append(f"{voice(surrogate)} Indices have none: no joint draws.".strip())
    if space.constraints:
        said.append("Constraints are left aside: inputs count as independent.")
    return " ".join(said)
