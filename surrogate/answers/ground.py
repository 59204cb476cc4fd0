"""What two campaigns have in common: the space that both know, by the names of parameters.

A design changes, and with it the space that a campaign asks about. Two campaigns are compared
where both have something to say: over the parameters that both leave free, each over the part of
its range that both have. A parameter that only one of them leaves free is held, there, at the
value that the other holds it at, else at its own default or middle.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from surrogate.answers.table import usual_point
from surrogate.errors import PointError
from surrogate.models.base import Marginal
from surrogate.outcome import Number, Outcome
from surrogate.records import Observation, Query
from surrogate.space import Array, Categorical, Integer, Parameter, Point, Real, Scalar, Space

NEAR = 0.15  # of a held parameter's range: a run further from the slice does not speak of it


@dataclass(frozen=True)
class Side:
    """One of the campaigns that are compared: its surrogate and what it was fitted to."""

    name: str
    space: Space
    surrogate: Marginal
    observations: Sequence[Observation] = ()
    queries: Sequence[Query] = ()
    revision: int = 0


@dataclass(frozen=True)
class Ground:
    """The common space, and where each side (0 before, 1 after) holds its other free parameters.

    `narrowed` names the parameters of which a part of a side's range is left out.
    """

    space: Space
    sides: tuple[Space, Space]
    held: tuple[Mapping[str, Scalar], Mapping[str, Scalar]]
    narrowed: tuple[str, ...] = ()

    def units(self, side: int, units: Array) -> Array:
        """Rows of the common cube (n, d) as rows of a side's own cube."""
        columns, own = self.space.columns(units), self.sides[side]
        parts: list[Array] = [
            parameter.to_unit(columns[name].tolist())
            if name in columns
            else np.full(len(units), parameter.to_unit([self.held[side][name]])[0])
            for name, parameter in own.parameters.items()
        ]
        return np.clip(np.column_stack(parts), 0.0, 1.0)

    def holds(self, side: int, point: Point) -> bool:
        """Whether a side's run lies in the common space, near what is held there."""
        inside = (_has(one, point[name]) for name, one in self.space.parameters.items())
        return is_near(self.sides[side], self.held[side], point) and all(inside)

    @property
    def note(self) -> str:
        """What is left out of the comparison, in a sentence; "" for nothing."""
        parts = []
        for which, held in zip(("before", "after"), self.held, strict=True):
            if held:
                told = ", ".join(f"{name} = {value}" for name, value in held.items())
                parts.append(f"{told} is held {which}, for only there it is free")
        if self.narrowed:
            parts.append(f"of {', '.join(self.narrowed)} the part that both have is compared")
        return f"{'; '.join(parts)}." if parts else ""


def is_near(space: Space, held: Mapping[str, Scalar], point: Point) -> bool:
    """Whether a point of a space lies close to where some of its parameters are held."""
    pairs = (space.parameters[name].to_unit([point[name], value]) for name, value in held.items())
    return all(abs(there - here) <= NEAR for there, here in pairs)


def common_ground(before: Side, after: Side) -> Ground:
    """Where both can be read; raises `PointError` where nothing is common."""
    refuse_other_question(before.surrogate.outcome, after.surrogate.outcome)
    a, b = before.space, after.space
    shared = {
        name: _common(name, a.parameters[name], b.parameters[name])
        for name in a.parameters
        if name in b.parameters
    }
    if not shared:
        raise PointError(
            f"campaigns '{before.name}' and '{after.name}' leave no parameter of one name free: "
            f"{', '.join(a.names)} against {', '.join(b.names)}; compare campaigns that share one"
        )
    narrowed = tuple(
        name for name in shared if shared[name] != a.parameters[name] != b.parameters[name]
    )
    pair = next((p for p in (b.pair, a.pair) if p and set(p) <= set(shared)), None)
    fixed = {name: value for name, value in b.fixed.items() if a.fixed.get(name) == value}
    names = {*shared, *fixed}
    constraints = tuple(c for c in (*a.constraints, *b.constraints) if c.names <= names)
    space = Space(shared, fixed, tuple(dict.fromkeys(constraints)), pair)
    return Ground(space, (a, b), (_held(a, b, shared), _held(b, a, shared)), narrowed)


def refuse_other_question(a: Outcome, b: Outcome) -> None:
    """Raise `PointError` where two campaigns do not ask the same."""
    units = tuple(o.unit if isinstance(o, Number) else None for o in (a, b))
    if a.name != b.name or units[0] != units[1]:
        raise PointError(
            f"one campaign asks for '{a.name}' and the other for '{b.name}'"
            f"{'' if units[0] == units[1] else ' in another unit'}; compare campaigns of one "
            "question"
        )


def _has(parameter: Parameter, value: Scalar) -> bool:
    try:
        parameter.check(value)
    except PointError:
        return False
    return True


def _held(own: Space, other: Space, shared: Mapping[str, Parameter]) -> dict[str, Scalar]:
    """Values for the parameters that only this side leaves free."""
    held: dict[str, Scalar] = {}
    usual = usual_point(own)
    for name, parameter in own.parameters.items():
        if name in shared:
            continue
        try:
            held[name] = parameter.check(other.fixed.get(name, usual[name]))
        except PointError as problem:
            raise PointError(
                f"parameter '{name}' is free in one campaign and held in the other at "
                f"{other.fixed[name]}, which the first never asked about: {problem}"
            ) from problem
    return held


def _common(name: str, a: Parameter, b: Parameter) -> Parameter:
    """What two parameters of one name have in common."""
    if type(a) is not type(b) or a.unit != b.unit:
        raise PointError(
            f"parameter '{name}' is {type(a).__name__} [{a.unit}] in one campaign and "
            f"{type(b).__name__} [{b.unit}] in the other; rename one of them"
        )
    if isinstance(a, Categorical) and isinstance(b, Categorical):
        choices = tuple(choice for choice in b.choices if choice in a.choices)
        if len(choices) < 2:
            raise PointError(
                f"parameter '{name}': the campaigns share fewer than two choices, "
                f"{', '.join(choices) or 'none'}; compare campaigns that share some"
            )
        return replace(b, choices=choices, default=b.default if b.default in choices else None)
    assert isinstance(a, Real | Integer)
    assert isinstance(b, Real | Integer)
    low, high = max(a.low, b.low), min(a.high, b.high)
    if not low < high:
        raise PointError(
            f"parameter '{name}': {a.low:g}..{a.high:g} and {b.low:g}..{b.high:g} do not meet; "
            "compare campaigns whose ranges overlap"
        )
    inside = b.default is not None and low <= b.default <= high
    if isinstance(b, Integer):
        return replace(b, low=int(low), high=int(high), default=b.default if inside else None)
    return replace(b, low=low, high=high, default=b.default if inside else None)
