"""Tables of a plan that declare a space and outcomes, for whatever cannot declare them in Python.

Every complaint is a `PlanError` that names the key under [simulator.declare].
"""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from surrogate.errors import PlanError, SpaceError
from surrogate.oracle import Simulator
from surrogate.outcome import Binary, Count, Number, Outcome
from surrogate.pool import ITEM, Pool, read_pool
from surrogate.space import Categorical, Integer, Normal, Parameter, Real, Space

_TABLE = "simulator.declare"
_WRONG = {"missing": " is missing", "extra_forbidden": " is not known"}  # by what pydantic calls it


class Table(BaseModel):
    """What every declared table has in common: no unknown key, no guessed type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ParameterTable(Table):
    """One parameter: a range { low, high }, whole numbers with `whole`, or choices."""

    low: float | None = None
    high: float | None = None
    unit: str = ""
    scale: Literal["linear", "log"] = "linear"
    whole: bool = False
    choices: list[str] | None = None
    default: float | str | None = None
    mean: float | None = None
    sd: float | None = None

    @model_validator(mode="after")
    def _is_a_range_or_choices(self) -> Self:
        is_range = self.low is not None and self.high is not None
        if is_range == (self.choices is not None):
            raise ValueError("give either low and high, or choices")
        return self

    def parameter(self) -> Parameter:
        """The parameter; raises `SpaceError`."""
        default: Any = self.default
        if self.choices is not None:
            return Categorical(tuple(self.choices), default)
        low, high = self.low or 0.0, self.high or 0.0
        if self.whole:
            return Integer(
                int(low), int(high), self.unit, None if default is None else int(default)
            )
        given = self.mean is not None and self.sd is not None
        normal = Normal(self.mean or 0.0, self.sd or 0.0) if given else None
        return Real(low, high, self.unit, self.scale, default, normal)


class OutcomeTable(Table):
    """One outcome: its kind, and where the program says it."""

    kind: Literal["binary", "count", "number"] = "number"
    unit: str = ""
    low: float = -math.inf
    high: float = math.inf
    noise: Literal["none", "unknown"] = "unknown"
    of: int = 1
    lapse: float | Literal["learned"] = 0.0

    def outcome(self, name: str) -> Outcome:
        """The outcome of that name; raises `PlanError`."""
        if self.kind == "binary":
            return Binary(name, self.lapse)
        if self.kind == "count":
            return Count(name, self.of, self.lapse)
        return Number(name, self.unit, self.low, self.high, self.noise)


class FormulaOutcome(OutcomeTable):
    """An outcome that a formula over what a run gave says."""

    value: str


def outcomes_of(tables: Mapping[str, OutcomeTable]) -> tuple[Outcome, ...]:
    """The outcomes that are declared, in the order of the file; raises `PlanError`."""
    return tuple(table.outcome(name) for name, table in tables.items())


class SpaceTables(Table):
    """The part that every declaration has: parameters by name, in the order of the file."""

    name: str = ""
    space: dict[str, ParameterTable] = Field(min_length=1)

    def made_space(self) -> Space:
        """The declared space; raises `SpaceError` that names the parameter."""
        parameters: dict[str, Parameter] = {}
        for name, table in self.space.items():
            try:
                parameters[name] = table.parameter()
            except (SpaceError, ValueError) as problem:
                raise SpaceError(f"key '{_TABLE}.space.{name}': {problem}; mend it") from problem
        return Space(parameters)


class PoolTable(Table):
    """A pool in place of a space: a file of items, and what its columns are; see `pool`."""

    file: str
    item: str = ITEM
    features: list[str] = Field(default_factory=list)
    picture: str = ""

    def pool(self, folder: Path, known: Collection[str] = ()) -> Pool:
        """The pool, its file taken from `folder`; raises `SpaceError`."""
        try:
            return read_pool(
                folder / self.file,
                item=self.item,
                features=self.features,
                picture=self.picture,
                known=known,
            )
        except SpaceError as problem:
            raise SpaceError(f"key '{_TABLE}.pool': {problem}") from problem


Kind = TypeVar("Kind", bound=Table)


def read_table(kind: type[Kind], table: Any) -> Kind:
    """The checked table; raises `PlanError` with one line for each complaint."""
    try:
        return kind.model_validate(table)
    except ValidationError as problem:
        lines = []
        for error in problem.errors():
            key = ".".join([_TABLE, *map(str, error["loc"])])
            other = f": {error['msg']}; {error['input']!r} came"
            lines.append(f"key '{key}'{_WRONG.get(error['type'], other)}")
        lines.append(f"[{_TABLE}] has the keys {', '.join(kind.model_fields)}")
        raise PlanError("\n".join(lines)) from problem


@dataclass(frozen=True)
class TableAdapter(Generic[Kind]):
    """Makes simulators of tables of one kind. Satisfies `oracle.Adapter`."""

    kind: type[Kind]
    make: Callable[[Kind, Path], Simulator]

    def declared(self, table: Mapping[str, Any], folder: Path) -> Simulator:
        """The simulator that a plan's [simulator.declare] describes; raises `PlanError`."""
        return self.make(read_table(self.kind, dict(table)), folder)
