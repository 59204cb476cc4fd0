"""The football game as simulators: `simulators.football:shot` and `simulators.football:corner`."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulators.football.simulator import corner, shot

__all__ = ["corner", "shot"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'simulators.football' has no attribute {name!r}")
    return getattr(import_module("simulators.football.simulator"), name)
