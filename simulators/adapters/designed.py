"""What declared simulators have in common: a design that can be changed, and a folder a run.

An adapter makes such a simulator of a plan's table; the subclass says how it is run.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from simulators.adapters.process import fresh_folder
from surrogate.errors import SimulatorError
from surrogate.oracle import merged
from surrogate.outcome import Outcome
from surrogate.space import Space


@dataclass(frozen=True)
class Designed:
    """The part of `oracle.Simulator` that needs no run; without `settings` it has none."""

    name: str
    space: Space
    outcomes: tuple[Outcome, ...]
    knobs: Mapping[str, Any]
    settings: Mapping[str, Any] = field(default_factory=dict, kw_only=True)

    def with_knobs(self, changes: Mapping[str, Any]) -> Self:
        """The same on another design; raises `SimulatorError` for an unknown knob."""
        return replace(self, knobs=merged("knob", self.name, self.knobs, changes))

    def with_settings(self, changes: Mapping[str, Any]) -> Self:
        """The same run another way; raises `SimulatorError` for an unknown setting."""
        return replace(self, settings=merged("setting", self.name, self.settings, changes))


@dataclass(frozen=True)
class Foldered(Designed):
    """A simulator whose every run has a folder of its own.

    Its settings: `keep` ("none", "failed" or "all" run folders), `work` (where they are made).
    """

    settings: Mapping[str, Any] = field(
        default_factory=lambda: {"keep": "none", "work": ""}, kw_only=True
    )

    def __post_init__(self) -> None:
        if self.settings["keep"] not in ("none", "failed", "all"):
            raise SimulatorError(
                "setting 'keep': 'none', 'failed' or 'all' was expected, "
                f"{self.settings['keep']!r} came"
            )

    def run_folder(self, beside: Path) -> AbstractContextManager[Path]:
        """A new folder for one run, a relative `work` begun at `beside`; see `fresh_folder`."""
        work = str(self.settings["work"])
        return fresh_folder(str(beside / work) if work else "", self.settings["keep"])
