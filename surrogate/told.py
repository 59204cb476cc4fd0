"""Campaigns whose outcomes are told: by a rig, a game build, a person. Nothing here simulates.

A plan says so with `use = "surrogate.told:told"` and a table of its space and outcomes:

    [simulator]
    use = "surrogate.told:told"
    [simulator.declare]
    name = "rig"
    space = { speed = { low = 5.0, high = 25.0, unit = "m/s" } }
    outcomes = { cleared = { kind = "binary" } }

Where the inputs are a finite set of items, a table `pool` stands in place of `space`; see
`pool`. A person at a terminal answers with `surrogate label`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

from surrogate.declared import OutcomeTable, PoolTable, SpaceTables, Table, outcomes_of, read_table
from surrogate.errors import SimulatorError
from surrogate.oracle import Designed
from surrogate.outcome import Outcome
from surrogate.pool import Domain
from surrogate.space import Point

USE = "surrogate.told:told"  # how a plan names the adapter below


class ToldTable(SpaceTables):
    """What a plan declares of an oracle that is elsewhere, on a space."""

    outcomes: dict[str, OutcomeTable] = Field(min_length=1)


class ToldPoolTable(Table):
    """The same on a pool, whose columns of an outcome's name are no features."""

    name: str = ""
    pool: PoolTable
    outcomes: dict[str, OutcomeTable] = Field(min_length=1)


@dataclass(frozen=True)
class ToldSimulator(Designed):
    """An oracle that is elsewhere: its inputs and outcomes are known, and it can't be called."""

    space: Domain
    outcomes: tuple[Outcome, ...]

    def __call__(self, point: Point, *, rng: np.random.Generator) -> Any:
        """Raises `SimulatorError`: nobody here can run it."""
        raise SimulatorError(
            f"'{self.name}' is told of, not run here: ask for queries, and tell what they gave"
        )


@dataclass(frozen=True)
class Told:
    """The adapter that `USE` names; see `oracle.Adapter`."""

    def declared(self, table: Mapping[str, Any], folder: Path) -> ToldSimulator:
        """The oracle that the table describes; raises `PlanError`."""
        kind: type[ToldTable | ToldPoolTable] = ToldPoolTable if "pool" in table else ToldTable
        read = read_table(kind, dict(table))
        domain: Domain = (
            read.made_space()
            if isinstance(read, ToldTable)
            else read.pool.pool(folder, known=read.outcomes)
        )
        return ToldSimulator(read.name or "told", domain, outcomes_of(read.outcomes))


told = Told()
