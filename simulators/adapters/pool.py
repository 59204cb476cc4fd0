"""Items whose answers are known already: a campaign is replayed on them, to see what it would save.

    [simulator]
    use = "simulators.adapters.pool:known"

    [simulator.declare]
    pool = { file = "digits.csv", item = "id" }
    outcomes.nine = { kind = "binary", column = "digit", yes = [9] }

`column` absent is the outcome's name; `yes` are the values that count as a yes, absent for 0 and 1
or false and true. A column of answers is no feature. An item without an answer is infeasible. The
table `pool` is described in `surrogate.pool`; where answers come from a function, that function
is a simulator whose space is a pool, and where from a person, see `surrogate.told`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

from surrogate.declared import OutcomeTable, PoolTable, Table, TableAdapter, outcomes_of
from surrogate.errors import PlanError
from surrogate.oracle import Designed
from surrogate.outcome import Infeasible, Outcome
from surrogate.pool import Pool
from surrogate.space import Point


class KnownTable(OutcomeTable):
    """An outcome, the column that holds it, and what in it is a yes."""

    column: str = ""
    yes: list[int | float | str | bool] | None = None


class KnownPoolTable(Table):
    """The whole of [simulator.declare] for answers that are known."""

    name: str = ""
    pool: PoolTable
    outcomes: dict[str, KnownTable] = Field(min_length=1)


@dataclass(frozen=True)
class KnownAnswers(Designed):
    """A pool with its answers. Satisfies `oracle.Simulator`; made by `known.declared`."""

    space: Pool
    outcomes: tuple[Outcome, ...]
    tables: Mapping[str, KnownTable]

    def __call__(self, point: Point, *, rng: np.random.Generator) -> Any:
        """The item's answers, or `Infeasible` where the first is not known."""
        row = self.space.row(point)
        answers = {
            name: _answer(row[table.column or name], table) for name, table in self.tables.items()
        }
        if answers[self.outcomes[0].name] is None:
            return Infeasible(f"no answer is known for {self.space.key} {row[self.space.key]}")
        return {name: answer for name, answer in answers.items() if answer is not None}


def _known(read: KnownPoolTable, folder: Path) -> KnownAnswers:
    """The pool that the table describes, with its answers; raises `PlanError`."""
    columns = {name: one.column or name for name, one in read.outcomes.items()}
    pool = read.pool.pool(folder, known=columns.values())
    for name, column in columns.items():
        if column not in pool.columns:
            raise PlanError(
                f"key 'simulator.declare.outcomes.{name}': the pool has no column '{column}'; "
                f"it has {', '.join(pool.columns)}"
            )
    return KnownAnswers(
        read.name or read.pool.file, pool, outcomes_of(read.outcomes), read.outcomes
    )


def _answer(cell: Any, table: KnownTable) -> Any:
    """A cell as a simulator would return it; None for an empty one."""
    value = cell.item() if isinstance(cell, np.generic) else cell
    if value in ("", None) or (isinstance(value, float) and math.isnan(value)):
        return None
    return value if table.yes is None else value in table.yes


known = TableAdapter(KnownPoolTable, _known)
