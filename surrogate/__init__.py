"""Surrogate: learns a map of an expensive simulator, choosing which inputs to run next.

The names below are the public face. They are imported when first used, so that
`import surrogate` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from surrogate.answering import gateway
    from surrogate.campaign import Campaign
    from surrogate.errors import SurrogateError
    from surrogate.goal import Goal
    from surrogate.oracle import Ration, Replay, Simulator, simulator
    from surrogate.outcome import Answer, Binary, Count, Infeasible, Number
    from surrogate.pool import Pool
    from surrogate.space import Categorical, Integer, Normal, Real, Space

_HOMES = {
    "Answer": "outcome",
    "Binary": "outcome",
    "Campaign": "campaign",
    "Categorical": "space",
    "Count": "outcome",
    "Goal": "goal",
    "Infeasible": "outcome",
    "Integer": "space",
    "Normal": "space",
    "Number": "outcome",
    "Pool": "pool",
    "Ration": "oracle",
    "Real": "space",
    "Replay": "oracle",
    "Simulator": "oracle",
    "Space": "space",
    "SurrogateError": "errors",
    "gateway": "answering",
    "simulator": "oracle",
}

__all__ = [
    "Answer",
    "Binary",
    "Campaign",
    "Categorical",
    "Count",
    "Goal",
    "Infeasible",
    "Integer",
    "Normal",
    "Number",
    "Pool",
    "Ration",
    "Real",
    "Replay",
    "Simulator",
    "Space",
    "SurrogateError",
    "gateway",
    "simulator",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'surrogate' has no attribute {name!r}")
    return getattr(import_module(f"surrogate.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
