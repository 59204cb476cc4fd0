"""The football game as simulators: `simulators.football:shot` and `simulators.football:corner`."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulators.football.simulator import corner, shot

_HOMES = {"shot": "simulator", "corner": "simulator"}

__all__ = ["corner", "shot"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'simulators.football' has no attribute {name!r}")
    return getattr(import_module(f"simulators.football.{_HOMES[name]}"), name)
