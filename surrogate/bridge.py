"""From a child's space to its parent's and back: what an old run or an old map says of the new one.

A parameter may be renamed, widened, narrowed, given more choices; one may be added, with the value
that the old runs had it at, or removed, with the value that the new design has it at. Ranges and
choices are compared by themselves; the rest is declared. Items of a pool go by their names, and
the parent's runs are read on the child's pool, so that old and new rows are the same.

    symbol   meaning                                                  shape
    units    points in the child's unit cube                          (n, d)
    old      the same points in the parent's, perhaps outside [0, 1]  (n, d_old)
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from surrogate.errors import PointError, SpaceError
from surrogate.pool import Domain, Pool
from surrogate.space import Array, Categorical, Mask, Parameter, Point, Scalar, Space

_SAME = 1e-9  # of a range: a removed parameter's value and the one that the new design has


@dataclass(frozen=True)
class Declared:
    """What is said of two spaces that cannot be seen from them.

    `renamed`: old names by new ones. `added`: of each new parameter, the value that old runs had.
    `removed`: of each old parameter that is no more, the value that the new design has.
    """

    renamed: Mapping[str, str] = field(default_factory=dict)
    added: Mapping[str, Scalar] = field(default_factory=dict)
    removed: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True)
class Usable:
    """How many of a parent's runs are of use in a child's space, and why the others are not."""

    runs: int
    of: int
    why_not: Mapping[str, int]


@dataclass(frozen=True)
class SameItems:
    """A parent's pool and its child's, items being known by name: `new` is the child's.

    What the parent was told is read on the child's pool, whatever its own was.
    """

    new: Pool

    @property
    def old(self) -> Pool:
        """The child's: that is where the parent is read."""
        return self.new

    @property
    def columns(self) -> tuple[str, ...]:
        """What people call its columns: features, or numbers where they are not one column each."""
        names, count = self.new.features, self.new.dimension
        plain = len(names) == count and not self.new.seen
        return names if plain else tuple(f"feature {j}" for j in range(count))

    @property
    def ordered(self) -> Mask:
        """Which of them have an order, (d,): all."""
        return np.ones(self.new.dimension, dtype=bool)

    @property
    def keeps_rows(self) -> bool:
        """Whether each row means the same in both cubes: always."""
        return True

    def to_old(self, units: Array) -> Array:
        """The rows as they are."""
        return units

    def known(self, units: Array) -> Mask:
        """Where the parent's map says anything, (n,): everywhere."""
        return np.ones(len(units), dtype=bool)

    def apart(self, units: Array) -> Array:
        """How far points are from all that the parent could be asked, (n,): not at all."""
        return np.zeros(len(units))

    def to_new(self, point: Point) -> dict[str, Scalar]:
        """The item of that name, whatever its column was called; raises `PointError`."""
        (item,) = point.values()
        try:
            return self.new.complete({self.new.key: item})
        except PointError:
            raise PointError("its item is no longer in the pool") from None

    def has(self, point: Point) -> bool:
        """Whether its item is still there."""
        try:
            self.to_new(point)
        except PointError:
            return False
        return True


@dataclass(frozen=True)
class Bridge:
    """Two spaces, joined as `declared`. Raises `SpaceError` for a parameter that it leaves open."""

    old: Space
    new: Space
    declared: Declared = Declared()

    def __post_init__(self) -> None:
        for name in (*self.declared.renamed, *self.declared.added):
            if name not in self.new.parameters:
                raise SpaceError(
                    f"key 'parent': '{name}' is not a free parameter of the new space; it has "
                    f"{', '.join(self.new.names)}"
                )
        for name, parameter in self.new.parameters.items():
            self._check(name, parameter)
        for name in self.old.parameters:
            if name not in self._partners.values() and self._held(name) is None:
                raise SpaceError(
                    f"parameter '{name}' of the parent is not in the new space; say which value "
                    f"the new design has it at (parent.removed), or its new name (parent.renamed)"
                )

    @property
    def columns(self) -> tuple[str, ...]:
        """What people call the parent's columns, d_old of them: its free parameters."""
        return self.old.names

    @property
    def ordered(self) -> Mask:
        """Which of them have an order, (d_old,): those that are no choices."""
        return np.array([not isinstance(one, Categorical) for one in self.old.parameters.values()])

    @property
    def keeps_rows(self) -> bool:
        """Whether each row means the same in both cubes: both have the same free parameters."""
        return self.old.parameters == self.new.parameters

    def to_old(self, units: Array) -> Array:
        """The rows in the parent's cube, (n, d_old); beyond it where a range was widened.

        A choice that the parent did not have stands at its first one; see `known`.
        """
        columns = self.new.columns(units)
        partner = {old: new for new, old in self._partners.items()}
        rows = [
            _old_units(parameter, columns[partner[name]])
            if name in partner
            else np.full(len(units), _old_units(parameter, np.array([self._held(name)]))[0])
            for name, parameter in self.old.parameters.items()
        ]
        return np.column_stack(rows)

    def known(self, units: Array) -> Mask:
        """Where the parent's map says anything: its choices are among those that it had, (n,)."""
        columns, known = self.new.columns(units), np.ones(len(units), dtype=bool)
        for new, old in self._partners.items():
            parameter = self.old.parameters[old]
            if isinstance(parameter, Categorical):
                known &= np.isin(columns[new], parameter.choices)
        return known

    def apart(self, units: Array) -> Array:
        """How far points are from the values that added parameters had before, in the cube, (n,).

        Another choice than before counts as the whole of the cube.
        """
        square = np.zeros(len(units))
        for j, (name, parameter) in enumerate(self.new.parameters.items()):
            if name in self._partners:
                continue
            gap = np.abs(units[:, j] - parameter.to_unit([self._before(name)])[0])
            square += (gap > _SAME) if isinstance(parameter, Categorical) else gap**2
        return np.sqrt(square)

    def to_new(self, point: Point) -> dict[str, Scalar]:
        """A parent's point as one of the child's; raises `PointError` with why it is none."""
        for name, parameter in self.old.parameters.items():
            held = self._held(name)
            if name not in self._partners.values() and held is not None:
                _expect_same(name, parameter, point[name], held)
        named = {new: point[old] for new, old in self._partners.items()}
        others = ((name, self._before(name)) for name in self.new.names)
        added = {name: value for name, value in others if value is not None and name not in named}
        whole = self.new.complete({**named, **added})
        if not self.new.allowed(self.new.encode([whole]))[0]:
            raise PointError("a constraint of the new space forbids it")
        return whole

    @property
    def _partners(self) -> dict[str, str]:
        """Old free parameters by the new free ones that they have become."""
        told = (name for name in self.new.names if name not in self.declared.added)
        named = {name: self.declared.renamed.get(name, name) for name in told}
        return {new: old for new, old in named.items() if old in self.old.parameters}

    def _before(self, name: str) -> Scalar | None:
        """The value that a new parameter had in all old runs; None where nobody says."""
        old = self.declared.renamed.get(name, name)
        return self.declared.added.get(name, self.old.fixed.get(old))

    def _held(self, name: str) -> Scalar | None:
        """The value that an old parameter has in the new design; None where nobody says."""
        return self.declared.removed.get(name, self.new.fixed.get(name))

    def _check(self, name: str, parameter: Parameter) -> None:
        old = self._partners.get(name)
        if old is None:
            if self._before(name) is None:
                raise SpaceError(
                    f"parameter '{name}' is new; say which value the parent's runs had "
                    f"(parent.added), or its old name (parent.renamed); the parent has "
                    f"{', '.join(self.old.names)}"
                )
            return
        was = self.old.parameters[old]
        if isinstance(was, Categorical) != isinstance(parameter, Categorical):
            raise SpaceError(
                f"parameter '{name}' was {type(was).__name__} and is {type(parameter).__name__}; "
                "give it another name, and say which value the parent's runs had (parent.added)"
            )


Crossing = Bridge | SameItems  # two domains of a kind, joined


def crossing(old: Domain, new: Domain, declared: Declared = Declared()) -> Crossing:
    """What joins the two; raises `SpaceError` where they have nothing to do with each other."""
    if isinstance(old, Space) and isinstance(new, Space):
        return Bridge(old, new, declared)
    if not isinstance(old, Pool) or not isinstance(new, Pool):
        one, other = ("a pool", "a space") if isinstance(old, Pool) else ("a space", "a pool")
        raise SpaceError(f"the parent has {one}, the new campaign {other}; choose another parent")
    if declared != Declared():
        raise SpaceError(
            "key 'parent': a pool's items go by their names, and nothing is renamed, added or "
            "removed by hand; leave these keys out"
        )
    return SameItems(new)


def usable(bridge: Crossing, points: Sequence[Point]) -> Usable:
    """How many of the parent's points are points of the child's space too."""
    why_not = Counter[str]()
    for point in points:
        try:
            bridge.to_new(point)
        except PointError as problem:
            why_not[str(problem)] += 1
    return Usable(len(points) - why_not.total(), len(points), dict(why_not.most_common()))


def _old_units(parameter: Parameter, values: NDArray[np.generic]) -> Array:
    """Values in the old parameter's unit interval, numbers perhaps beyond it."""
    if not isinstance(parameter, Categorical):
        return np.asarray(parameter.to_unit(values.tolist()), dtype=float)
    known = [value if value in parameter.choices else parameter.choices[0] for value in values]
    return parameter.to_unit(known)


def _expect_same(name: str, parameter: Parameter, value: Scalar, held: Scalar) -> None:
    """Raise `PointError` where an old run had a removed parameter at another value."""
    if isinstance(parameter, Categorical):
        same = value == held
    else:
        here, there = parameter.to_unit([value, held])
        same = bool(abs(here - there) <= _SAME)
    if not same:
        raise PointError(f"parameter '{name}' was not at {held}, where the new design has it")
