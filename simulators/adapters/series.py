"""Formulas over time series: `max(h) > 2`, `first(v < 0)`, `final(speed) - at(speed, 1.5)`.

Built on `surrogate.expression`: names are series (and `time`), arithmetic and comparisons work
sample by sample, and one of the functions here makes a number or a truth of a series:

- `final(x)`, `at(x, t)` (straight lines between samples), `min(x)`, `max(x)`;
- `mean(x)` over time, `integral(x)` (trapezoids, so that samples may lie unevenly);
- `ever(c)`, `always(c)`, and `first(c)`, the time of the first sample at which `c` holds: infinite
  where it never does, so that `first(h < 0) > 2` is true of what stays up.

`min(x, y)` and `max(x, y)` of two compare sample by sample.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.errors import PlanError
from surrogate.expression import FUNCTIONS, Expression

Series = NDArray[np.float64]


@dataclass(frozen=True)
class SeriesFormula:
    """A checked formula that makes one value of several series; raises `PlanError`."""

    text: str

    def __post_init__(self) -> None:
        pair = np.array([0.0, 1.0])
        expression = Expression(self.text, functions(pair))
        try:
            with np.errstate(all="ignore"):
                tried = expression(dict.fromkeys(expression.names, pair))
        except TypeError as problem:
            raise PlanError(f"formula {self.text!r}: {problem}; mend it") from problem
        if tried.ndim:
            raise PlanError(
                f"formula {self.text!r} gives a whole series; make a value of it with final(...), "
                "max(...), mean(...), ever(...) or first(...)"
            )

    @property
    def names(self) -> frozenset[str]:
        """The series that it reads, `time` apart."""
        return Expression(self.text, functions(np.zeros(1))).names - {"time"}

    def __call__(self, time: Series, series: Mapping[str, NDArray[Any]]) -> Any:
        """The value over samples at `time`, shape `(n,)`, n at least 1, in the FMU's seconds."""
        return Expression(self.text, functions(time))({**series, "time": time}).item()


def functions(time: Series) -> dict[str, Callable[..., Any]]:
    """Those of every formula, and those that know when the samples were taken."""

    def whole(x: Any) -> NDArray[Any]:
        return np.broadcast_to(x, time.shape)

    def integral(x: Any) -> Any:
        heights = whole(x).astype(float)
        return np.sum((heights[1:] + heights[:-1]) * np.diff(time)) / 2

    def mean(x: Any) -> Any:
        span = time[-1] - time[0]
        return integral(x) / span if span > 0 else np.mean(whole(x))

    def first(c: Any) -> Any:
        held = np.flatnonzero(whole(c))
        return time[held[0]] if held.size else np.inf

    return {
        **FUNCTIONS,
        "min": lambda *xs: np.minimum(*xs) if len(xs) > 1 else np.min(*xs),
        "max": lambda *xs: np.maximum(*xs) if len(xs) > 1 else np.max(*xs),
        "final": lambda x: whole(x)[-1],
        "at": lambda x, t: np.interp(t, time, whole(x)),
        "mean": mean,
        "integral": integral,
        "ever": lambda c: np.any(whole(c)),
        "always": lambda c: np.all(whole(c)),
        "first": first,
    }
