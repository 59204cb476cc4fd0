"""A region in a few readable limits: "x under 9.2 m and keeper depth over 3.1 m".

Boxes are fitted to a region of a lattice by coordinate ascent: one parameter's ends after the
other are those of the best F1 (the harmonic mean of precision and recall, by share of the space)
that the other limits leave. Ends that hardly matter are dropped, the rest rounded as far as it
costs next to nothing. Where one box leaves much of the region out, another is added ("or").

    symbol   meaning                                                      shape
    allowed  for each parameter the cells of its axis that a box takes    (d,) of (cells,)
    cell     the cell of each lattice point on each axis                  (n, d)
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from surrogate.regions import Lattice, cells
from surrogate.space import Array, Categorical, Integer, Mask, Parameter, Real, Rows, Scalar

_CELLS = 128  # along an axis: limits are good to .8 % of a range before they are rounded
_MOST_BOXES = 3  # more are no longer read
_SWEEPS = 8
_SLIGHT = 0.005  # of F1: what a simpler wording may cost
_WORTH = 0.03  # of F1: what another box must bring

Axes = tuple[Mask, ...]


@dataclass(frozen=True)
class Limit:
    """What one parameter has to be: within `low`..`high` (None: no limit), or one of `choices`.

    The ends of a `whole` number belong to it.
    """

    name: str
    unit: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    whole: bool = False

    @property
    def words(self) -> str:
        """The limit for people."""
        under, over = ("at most", "at least") if self.whole else ("under", "over")
        if self.choices:
            return f"{self.name} {' or '.join(self.choices)}"
        if self.low is None:
            return f"{self.name} {under} {self.high:g} {self.unit}".rstrip()
        if self.high is None:
            return f"{self.name} {over} {self.low:g} {self.unit}".rstrip()
        return f"{self.name} {self.low:g}..{self.high:g} {self.unit}".rstrip()

    def holds(self, values: NDArray[np.generic]) -> Mask:
        """Whether own-unit `values` (n,) are within it, (n,)."""
        if self.choices:
            return np.isin(values, self.choices)
        low = -np.inf if self.low is None else self.low
        high = np.inf if self.high is None else self.high
        numbers = values.astype(float)
        return np.asarray((low <= numbers) & (numbers <= high))


@dataclass(frozen=True)
class Wording:
    """Boxes that say where a region is, any of which may hold, and how well they say it.

    `precision` is the part of what they take that is in the region, `recall` the part of the region
    that they take, both in [0, 1] by the space's distribution.
    """

    boxes: tuple[tuple[Limit, ...], ...]
    precision: float
    recall: float

    @property
    def words(self) -> str:
        """The boxes as a sentence's part."""
        said = [" and ".join(limit.words for limit in box) or "everywhere" for box in self.boxes]
        return "; or ".join(said)

    def holds(self, picture: Lattice, units: Array) -> Mask:
        """Whether rows of the cube (n, d) are within any of the boxes, (n,)."""
        columns = picture.space.columns(units)
        inside = np.zeros(len(units), dtype=bool)
        for box in self.boxes:
            inside |= np.all([limit.holds(columns[limit.name]) for limit in box], axis=0)
        return inside


def worded(picture: Lattice, members: Rows) -> Wording:
    """The region of a lattice's `members` in a few limits."""
    region = np.zeros(len(picture), dtype=bool)
    region[members] = True
    target = _Target(picture, _cell_of(picture), region)
    boxes: list[tuple[Limit, ...]] = []
    taken = np.zeros(len(picture), dtype=bool)
    score = 0.0
    while len(boxes) < _MOST_BOXES:
        box = replace(target, ignored=taken).best()
        if box is None or target.f1(taken | target.inside(box)) < score + _WORTH:
            break
        limits = target.rounded(box, taken)
        boxes.append(limits)
        taken |= Wording((limits,), 0, 0).holds(picture, picture.units)
        score = target.f1(taken)
    return _measured(tuple(boxes), target, taken)


def _measured(boxes: tuple[tuple[Limit, ...], ...], target: "_Target", taken: Mask) -> Wording:
    share = target.picture.share
    right, all_taken = share[taken & target.region].sum(), share[taken].sum()
    whole = share[target.region].sum()
    return Wording(boxes, float(right / max(all_taken, 1e-300)), float(right / max(whole, 1e-300)))


@dataclass(frozen=True)
class _Target:
    """A region to be put into words; `ignored` points are neither right nor wrong."""

    picture: Lattice
    cell: Rows
    region: Mask
    ignored: Mask | None = None

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return tuple(self.picture.space.parameters.values())

    @property
    def weight(self) -> Array:
        share = self.picture.share
        return share if self.ignored is None else np.where(self.ignored, 0.0, share)

    def f1(self, taken: Mask) -> float:
        weight = self.weight
        right = weight[taken & self.region].sum()
        return float(2 * right / max(weight[taken].sum() + weight[self.region].sum(), 1e-300))

    def inside(self, axes: Axes) -> Mask:
        return np.asarray(np.all([axis[self.cell[:, j]] for j, axis in enumerate(axes)], axis=0))

    def best(self) -> Axes | None:
        """The box of best F1 that coordinate ascent from the box around the region reaches."""
        members = self.region & (self.weight > 0)
        if not members.any():
            return None
        axes = tuple(self._around(j, members) for j in range(self.cell.shape[1]))
        score = self.f1(self.inside(axes))
        for _ in range(_SWEEPS):
            for j in range(len(axes)):
                axes = (*axes[:j], self._end(axes, j), *axes[j + 1 :])
            before, score = score, self.f1(self.inside(axes))
            if score <= before:
                break
        return self._simpler(axes)

    def _around(self, j: int, members: Mask) -> Mask:
        there = np.zeros(cells(self.parameters[j], _CELLS), dtype=bool)
        held = self.cell[members, j]
        if isinstance(self.parameters[j], Categorical):
            there[held] = True
        else:
            there[held.min() : held.max() + 1] = True
        return there

    def _end(self, axes: Axes, j: int) -> Mask:
        """The cells of axis j that give the best F1 beside the other axes' limits."""
        free = self.inside((*axes[:j], np.ones_like(axes[j]), *axes[j + 1 :]))
        weight, count = self.weight, len(axes[j])
        hits = free & self.region
        taken = np.bincount(self.cell[free, j], weight[free], count).astype(float)
        right = np.bincount(self.cell[hits, j], weight[hits], count).astype(float)
        whole = float(weight[self.region].sum())
        if isinstance(self.parameters[j], Categorical):
            return _best_choices(taken, right, whole)
        return _best_stretch(taken, right, whole)

    def _simpler(self, axes: Axes) -> Axes:
        """The same with ends dropped that hardly matter, the least important first."""
        while True:
            floor = self.f1(self.inside(axes)) - _SLIGHT
            tries = [
                (*axes[:j], other, *axes[j + 1 :])
                for j, axis in enumerate(axes)
                for other in _opened(axis, self.parameters[j])
            ]
            scored = [(self.f1(self.inside(other)), k) for k, other in enumerate(tries)]
            if not scored or max(scored)[0] < floor:
                return axes
            axes = tries[max(scored)[1]]

    def rounded(self, axes: Axes, taken: Mask) -> tuple[Limit, ...]:
        """The box's limits in own units, with as few digits as F1 allows."""
        floor = self.f1(taken | self.inside(axes)) - _SLIGHT
        limits: tuple[Limit, ...] = ()
        for digits in range(1, 7):
            limits = self._limits(axes, digits)
            box = Wording((limits,), 0, 0).holds(self.picture, self.picture.units)
            if self.f1(taken | box) >= floor:
                break
        return limits

    def _limits(self, axes: Axes, digits: int) -> tuple[Limit, ...]:
        told = zip(self.picture.space.parameters.items(), axes, strict=True)
        return tuple(_limit(*named, axis, digits) for named, axis in told if not axis.all())


def _cell_of(picture: Lattice) -> Rows:
    counts = np.array([cells(p, _CELLS) for p in picture.space.parameters.values()])
    return np.asarray(np.clip((picture.units * counts).astype(np.int64), 0, counts - 1))


def _best_stretch(taken: Array, right: Array, whole: float) -> Mask:
    """The stretch of cells of best F1 = 2 right / (taken + whole)."""
    before_taken, before_right = _running(taken), _running(right)
    all_taken = before_taken[None, 1:] - before_taken[:-1, None]  # from cell i to cell j
    all_right = before_right[None, 1:] - before_right[:-1, None]
    f1 = np.triu(2 * all_right / np.maximum(np.triu(all_taken) + whole, 1e-300))
    first, last = np.unravel_index(int(np.argmax(f1)), f1.shape)
    stretch = np.zeros(len(taken), dtype=bool)
    stretch[first : last + 1] = True
    return stretch


def _running(values: Array) -> Array:
    return np.concatenate([[0.0], np.cumsum(values)])


def _best_choices(taken: Array, right: Array, whole: float) -> Mask:
    """The choices of best F1: those whose part in the region is highest, so many as pay."""
    order = np.argsort(-right / np.maximum(taken, 1e-300), kind="stable")
    f1 = 2 * np.cumsum(right[order]) / np.maximum(np.cumsum(taken[order]) + whole, 1e-300)
    chosen = np.zeros(len(taken), dtype=bool)
    chosen[order[: int(np.argmax(f1)) + 1]] = True
    return chosen


def _opened(axis: Mask, parameter: Parameter) -> list[Mask]:
    """The axis's limits with one end left out, or all choices taken."""
    if axis.all():
        return []
    if isinstance(parameter, Categorical):
        return [np.ones_like(axis)]
    first, last = np.flatnonzero(axis)[[0, -1]]
    index = np.arange(len(axis))
    ends = [index <= last] if first > 0 else []
    return [*ends, index >= first] if last < len(axis) - 1 else ends


def _limit(name: str, parameter: Parameter, axis: Mask, digits: int) -> Limit:
    """What an axis of which not every cell is taken says of its parameter."""
    if isinstance(parameter, Categorical):
        chosen = tuple(c for c, taken in zip(parameter.choices, axis, strict=True) if taken)
        return Limit(name, "", choices=chosen)
    first, last = np.flatnonzero(axis)[[0, -1]]
    low, high = _own(parameter, np.array([first, last + 1]) / len(axis), digits)
    return Limit(
        name,
        parameter.unit,
        None if first == 0 else low,
        None if last == len(axis) - 1 else high,
        whole=isinstance(parameter, Integer),
    )


def _own(parameter: Real | Integer, ends: Array, digits: int) -> tuple[float, float]:
    """The ends of a stretch of cells in own units, rounded; whole numbers are within it."""
    if isinstance(parameter, Integer):
        low, high = parameter.low + ends * (parameter.high - parameter.low + 1)
        return float(np.ceil(low - 1e-6)), float(np.ceil(high - 1e-6) - 1)
    low, high = parameter.from_unit(ends)
    if parameter.scale == "log":
        return float(f"{low:.{digits}g}"), float(f"{high:.{digits}g}")
    step = 10.0 ** (np.floor(np.log10(parameter.high - parameter.low)) + 1 - digits)
    rounded = [float(f"{round(value / step) * step:.12g}") for value in (low, high)]
    return rounded[0], rounded[1]


def box_json(box: Sequence[Limit]) -> list[dict[str, Scalar | list[str] | None]]:
    """One box, JSON-able."""
    return [
        {
            "parameter": limit.name,
            "unit": limit.unit,
            "low": limit.low,
            "high": limit.high,
            "choices": list(limit.choices),
        }
        for limit in box
    ]
