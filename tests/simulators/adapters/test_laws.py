"""The adapters that need nothing else installed keep the laws of adapters."""

from typing import Any

import pytest

from tests.contracts.adapter_laws import AdapterLaws


class TestProgram(AdapterLaws):
    @pytest.fixture
    def use(self) -> str:
        return "simulators.adapters.command:program"

    @pytest.fixture
    def table(self) -> dict[str, Any]:
        text = "import sys; print(float(sys.argv[1]) + int(sys.argv[2]) % 5)"
        return {
            "command": ["{{python}}", "-c", text, "{{x}}", "{{seed}}"],
            "space": {"x": {"low": 0.0, "high": 1.0}},
            "outcomes": {"y": {}},
        }
