"""How a parent's map has moved along its inputs: a few numbers, fitted to the child's runs.

A changed design may move its map where it does not add to it: another origin, another unit, a
stiffer spring. The response at x is then the old one at w(x) = x + a + b (x - 1/2).

    symbol   meaning                                                              shape
    a, b     slide and stretch along each column of the parent's cube             (d,)
    t        both, N(0, `_FREE`^2) before any run                                 (2 d,)
    m        the parent's map at the warped rows                                  (n,)
    J        dm / dt                                                              (n, 2 d)

Runs are judged each by itself, given m. Nothing moved, all slid, slid and stretched: which it is,
the evidence says, by Laplace's method at the likeliest t (MacKay 1992, Neural Computation 4).
Where w(x) leaves the parent's cube, its edge stands for what is beyond.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self

import numpy as np
from scipy.special import ndtri

from surrogate.design import sobol
from surrogate.models.likelihood import Probit
from surrogate.models.remembering import Reading
from surrogate.space import Array, Mask

_FREE = 0.1  # of the cube's side: sd of a slide, and of a stretch
_CONVINCED = 3.0  # nats of evidence that a map has moved: a twentieth of the odds
_STEP = 1e-4  # of the cube: over which slopes of the map are taken
_TRIED = 16  # slides for each column, of which the best begin a search
_ROUNDS = 6  # of a search for numbers, each with errors as small as the last one left
_DEGREES = 4.0  # of Student's t: runs where the map also changed otherwise weigh little
_LEAST_ERROR = 1e-7  # of the spread of the numbers
_NORMAL_MEDIAN = 0.6745  # of |z|, z standard normal


@dataclass(frozen=True, eq=False)
class Warp:
    """w, by its `slide` and `stretch`, both (d,).

    `price` is what being free to move costs, in nats of evidence: how unlikely this t was, and how
    little of what was likely the runs leave.
    """

    slide: Array
    stretch: Array
    price: float = 0.0

    @classmethod
    def of(cls, values: Mapping[str, Any] | None, dimension: int) -> Self:
        """The one that hyper-parameters hold; where they hold none, nothing moves."""
        known, columns = values or {}, range(dimension)
        slide, stretch = (
            np.array([float(known.get(f"warp.{what}.{j}", 0.0)) for j in columns])
            for what in ("slide", "stretch")
        )
        return cls(slide, stretch)

    @property
    def named(self) -> dict[str, float]:
        """It as hyper-parameters; none where nothing moves."""
        if not self.moves:
            return {}
        parts = (("slide", self.slide), ("stretch", self.stretch))
        return {f"warp.{what}.{j}": float(x) for what, part in parts for j, x in enumerate(part)}

    @property
    def moves(self) -> bool:
        """Whether anything moves."""
        return bool(self.slide.any() or self.stretch.any())

    @property
    def freedoms(self) -> int:
        """How many numbers were fitted for it."""
        return int(np.count_nonzero(self.slide) + np.count_nonzero(self.stretch))

    @property
    def ends(self) -> list[tuple[float, float]]:
        """How far each column moves at its lower and at its upper end, of its range."""
        half = 0.5 * self.stretch
        return list(zip((self.slide - half).tolist(), (self.slide + half).tolist(), strict=True))

    def __call__(self, rows: Array) -> Array:
        """w at `rows` (n, d), no further outside the cube than they are themselves."""
        moved = self._free(rows)
        return np.clip(moved, np.minimum(rows, 0.0), np.maximum(rows, 1.0))

    def beyond(self, rows: Array) -> Array:
        """How far outside of what the parent knows w would be, (n,)."""
        return np.asarray(np.linalg.norm(self._free(rows) - self(rows), axis=1))

    def _free(self, rows: Array) -> Array:
        return np.asarray(rows + self.slide + self.stretch * (rows - 0.5))


STILL = Warp(np.zeros(1), np.zeros(1))  # as long as nobody says otherwise, in any dimension


class Told(Protocol):
    """What runs say of a map that is m at their places."""

    def of(self, m: Array) -> tuple[Array, Array, Array]:
        """Log likelihood of each run, its derivative by m, and the information on m, (n,) each."""

    def sharpened(self, m: Array) -> Self:
        """The same with errors as small as they are at `m`, where these are not known."""


@dataclass(frozen=True, eq=False)
class ToldChances:
    """Yes and no of a map whose own variance is `v` (n,)."""

    answers: Probit
    v: Array

    def of(self, m: Array) -> tuple[Array, Array, Array]:
        """See `Told.of`."""
        found = self.answers.moments(m, self.v)
        return found.log_z, found.alpha, np.maximum(found.beta, 0.0)

    def sharpened(self, m: Array) -> Self:
        """As it is: chance alone makes errors."""
        return self


@dataclass(frozen=True, eq=False)
class ToldNumbers:
    """Numbers `y` (n,) with errors of Student's t, `scale` wide."""

    y: Array
    scale: float

    def of(self, m: Array) -> tuple[Array, Array, Array]:
        """See `Told.of`; the expected information is that of Lange and others 1989, JASA 84."""
        miss, wide = self.y - m, _DEGREES * self.scale**2
        more = _DEGREES + 1.0
        value = -0.5 * more * np.log1p(miss**2 / wide)
        known = more / ((_DEGREES + 3.0) * self.scale**2)
        return value, more * miss / (wide + miss**2), np.full(len(m), known)

    def sharpened(self, m: Array) -> Self:
        """Errors as wide as the median miss says."""
        least = _LEAST_ERROR * float(np.std(self.y)) + float(np.finfo(float).tiny)
        wide = float(np.median(np.abs(self.y - m))) / _NORMAL_MEDIAN
        return replace(self, scale=max(wide, least))


def likeliest_warp(read: Reading, told: Told, rows: Array, start: Warp, movable: Mask) -> Warp:
    """The warp that runs at `rows` (n, d) of the parent's cube speak for; `start` is a first guess.

    `read` gives the parent's map at rows; columns that are not `movable` (d,) stay.
    """
    still = Warp(np.zeros(len(movable)), np.zeros(len(movable)))
    if not movable.any() or not len(rows):
        return still
    search = _Search(read, rows, told.sharpened(read(rows)))
    first = np.concatenate([start.slide, start.stretch])
    guesses = [first, *search.slides(movable)]
    most, best = float(search.told.of(read(rows))[0].sum()) + _CONVINCED, still
    for free in (np.concatenate([movable, still.slide > 0]), np.tile(movable, 2)):
        t, evidence = search.likeliest(free, guesses)
        guesses = [first, t]
        if evidence > most:
            most, best = evidence, search.refined(free, t)
    return best


@dataclass(frozen=True, eq=False)
class _Search:
    """The log posterior of t, and where it is highest."""

    read: Reading
    rows: Array
    told: Told

    def slides(self, movable: Mask) -> list[Array]:
        """The two likeliest of some slides, drawn a little wider than the prior, as t."""
        count = int(movable.sum())
        tried = np.zeros((_TRIED * count, 2 * len(movable)))
        tried[:, np.flatnonzero(movable)] = 1.5 * _FREE * ndtri(sobol(count, len(tried), seed=0))
        values = [self._value(t) for t in tried]
        return [tried[k] for k in np.argsort(values)[-2:]]

    def likeliest(self, free: Mask, starts: list[Array]) -> tuple[Array, float]:
        """The likeliest t with all that is not `free` at 0, and the evidence for it."""
        found = max((self._climbed(free, t) for t in starts), key=self._value)
        return found, self._likelihood(found) - self._price(free, found)

    def refined(self, free: Mask, t: Array) -> Warp:
        """The likeliest warp near `t`, errors being as small as it leaves them."""
        search = self
        for _ in range(_ROUNDS):
            m = search.read(_warp(t)(search.rows))
            search = replace(search, told=search.told.sharpened(m))
            if search.told is self.told:
                break
            t = search._climbed(free, t)
        return replace(_warp(t), price=search._price(free, t))

    def _price(self, free: Mask, t: Array) -> float:
        """See `Warp`: by Laplace's method."""
        m, J = self._slopes(t)
        information = J[:, free].T @ (self.told.of(m)[2][:, None] * J[:, free])
        volume = np.linalg.slogdet(np.eye(int(free.sum())) + _FREE**2 * information)[1]
        return 0.5 * float(volume + t @ t / _FREE**2)

    def _climbed(self, free: Mask, start: Array) -> Array:
        from scipy.optimize import minimize  # loads late: who only reads a surrogate does without

        whole = np.where(free, start, 0.0)

        def downhill(part: Array) -> tuple[float, Array]:
            t = whole.copy()
            t[free] = part
            m, J = self._slopes(t)
            value, slope, _ = self.told.of(m)
            uphill = J.T @ slope - t / _FREE**2
            return -float(value.sum()) + 0.5 * float(t @ t) / _FREE**2, -uphill[free]

        whole[free] = minimize(downhill, whole[free], jac=True, method="L-BFGS-B").x
        return whole

    def _value(self, t: Array) -> float:
        return self._likelihood(t) - 0.5 * float(t @ t) / _FREE**2

    def _likelihood(self, t: Array) -> float:
        return float(self.told.of(self.read(_warp(t)(self.rows)))[0].sum())

    def _slopes(self, t: Array) -> tuple[Array, Array]:
        """m and J at t."""
        warp = _warp(t)
        at = warp(self.rows)
        inside = at == warp._free(self.rows)
        steps = _STEP * np.eye(at.shape[1])
        slopes = [(self.read(at + one) - self.read(at - one)) / (2.0 * _STEP) for one in steps]
        slide = np.column_stack(slopes) * inside
        return self.read(at), np.hstack([slide, slide * (self.rows - 0.5)])


def _warp(t: Array) -> Warp:
    half = len(t) // 2
    return Warp(t[:half], t[half:])
