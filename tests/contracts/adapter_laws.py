"""What every adapter keeps to: a new one's test is a class with two fixtures.

    class TestRig(AdapterLaws):
        @pytest.fixture
        def use(self) -> str: ...  # "module:attribute" of the adapter
        @pytest.fixture
        def table(self, tmp_path: Path) -> dict[str, Any]: ...  # a small [simulator.declare]

`tmp_path` is the plan's folder.
"""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from surrogate.errors import PlanError
from surrogate.oracle import Adapter, SimulatorSource, imported, simulate


class AdapterLaws:
    """Inherited by the tests of each adapter."""

    @pytest.fixture
    def source(self, use: str, table: dict[str, Any], tmp_path: Path) -> SimulatorSource:
        return SimulatorSource(use, declare=table, paths=(str(tmp_path),))

    def test_it_is_an_adapter(self, use: str) -> None:
        assert isinstance(imported(use, (), "simulator"), Adapter)

    def test_it_declares_a_space_and_what_comes_back(self, source: SimulatorSource) -> None:
        made = source.load()
        assert made.space.dimension >= 1
        assert made.outcomes
        assert made.name

    def test_its_source_travels_to_a_worker_and_gives_the_same_answer_for_the_same_seed(
        self, source: SimulatorSource
    ) -> None:
        here, there = source.load(), pickle.loads(pickle.dumps(source)).load()
        (middle,) = here.space.decode(here.space.snap(np.full((1, here.space.dimension), 0.5)))
        assert simulate(here, middle, 7) == simulate(there, middle, 7)

    def test_a_misspelt_key_is_refused_by_its_name(
        self, use: str, table: dict[str, Any], tmp_path: Path
    ) -> None:
        wrong = SimulatorSource(use, declare={**table, "sapce": 1}, paths=(str(tmp_path),))
        with pytest.raises(PlanError, match="sapce"):
            wrong.load()
