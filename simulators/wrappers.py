"""Simulators made difficult: lazy, noisy, costly, slow, hanging, crashing, hungry, rate-limited.

A `Troubled` simulator is another simulator with one `Trouble` in its way; troubles stack, since
the result is again a simulator. Every chance is drawn from a generator spawned from the run's own,
so that a trouble is repeatable and the simulator inside sees the chances that it would see alone.
Formulas are over the point's parameters, in their own units (see `surrogate.expression`).
"""

import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from surrogate.clock import Clock, SystemClock
from surrogate.errors import SimulatorError
from surrogate.expression import Expression
from surrogate.oracle import Simulator
from surrogate.outcome import (
    Answer,
    Binary,
    Count,
    Infeasible,
    Number,
    Outcome,
    answer_from,
    trials_of,
)
from surrogate.pool import Domain
from surrogate.space import Point

Rerun = Callable[[], Answer | Infeasible]

_A_DAY = 24 * 3600.0  # longer than any time limit


class Trouble(Protocol):
    """What stands between a simulator and its answer. A frozen value, safe to send to a process."""

    def __call__(self, run: Rerun, point: Point, rng: np.random.Generator) -> Answer | Infeasible:
        """The run's answer as this trouble leaves it; `run()` asks the simulator inside, once."""


@dataclass(frozen=True)
class Troubled:
    """A simulator with a trouble in its way. Knobs and settings are those of the one inside."""

    inner: Simulator
    trouble: Trouble

    @property
    def name(self) -> str:
        """The inner name, and the trouble's kind."""
        return f"{self.inner.name}, {type(self.trouble).__name__.lower()}"

    @property
    def space(self) -> Domain:
        """The inner space."""
        return self.inner.space

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The inner outcomes."""
        return self.inner.outcomes

    @property
    def knobs(self) -> Mapping[str, Any]:
        """The inner knobs."""
        return self.inner.knobs

    def with_knobs(self, changes: Mapping[str, Any]) -> "Troubled":
        """The same trouble on another design."""
        return replace(self, inner=self.inner.with_knobs(changes))

    def with_settings(self, changes: Mapping[str, Any]) -> "Troubled":
        """The same trouble with the inner simulator run another way."""
        return replace(self, inner=self.inner.with_settings(changes))

    def __call__(self, point: Point, *, rng: np.random.Generator) -> Answer | Infeasible:
        """One run through the trouble."""
        (chance,) = rng.spawn(1)
        return self.trouble(
            lambda: answer_from(self.inner(point, rng=rng), self.inner.outcomes), point, chance
        )


@dataclass(frozen=True)
class When:
    """Where, and how often, something happens: in the region of a formula, at a rate in [0, 1]."""

    rate: float = 1.0
    region: str = "True"

    def __post_init__(self) -> None:
        if not 0 <= self.rate <= 1:
            raise SimulatorError(f"a rate in 0..1 was expected, {self.rate:g} came")
        Expression(self.region)

    def __call__(self, point: Point, rng: np.random.Generator) -> bool:
        """Whether it happens in this run."""
        return bool(_formula(self.region, point)) and rng.random() < self.rate


@dataclass(frozen=True)
class Lazy:
    """Declines: `Infeasible` in a region, or at a rate."""

    when: When

    def __call__(self, run: Rerun, point: Point, rng: np.random.Generator) -> Answer | Infeasible:
        """Decline, or run."""
        return Infeasible("it declines to answer here") if self.when(point, rng) else run()


@dataclass(frozen=True)
class Noisy:
    """Binary and count outcomes flip with a probability; numbers get Gaussian noise of sd `sd`.

    `sd` is a formula over the point, in the outcome's unit. Where an outcome's noise is declared
    "known" the answer carries the sd, together with the simulator's own (independent: sqrt of the
    sum of squares).
    """

    outcome: Outcome
    flip: float = 0.0
    sd: str = "0.0"

    def __call__(self, run: Rerun, point: Point, rng: np.random.Generator) -> Answer | Infeasible:
        """Run, then disturb the one outcome."""
        answer = run()
        if isinstance(answer, Infeasible) or self.outcome.name not in answer.values:
            return answer
        name, value = self.outcome.name, answer.values[self.outcome.name]
        if isinstance(self.outcome, Number):
            sd = float(_formula(self.sd, point))
            told = self.outcome.noise == "known"
            own = answer.sds.get(name, 0.0)
            sds = {**answer.sds, name: float(np.hypot(sd, own))} if told else answer.sds
            noisy = value + sd * rng.standard_normal()
            return replace(answer, values={**answer.values, name: noisy}, sds=sds)
        flipped = _flipped(self.outcome, value, self.flip, rng)
        return replace(answer, values={**answer.values, name: flipped})


@dataclass(frozen=True)
class Costly:
    """Counts a cost: a formula over the point, say "1 + 9*x" for one that varies ten-fold."""

    cost: str

    def __call__(self, run: Rerun, point: Point, rng: np.random.Generator) -> Answer | Infeasible:
        """Run, and say what it cost."""
        answer = run()
        if isinstance(answer, Infeasible):
            return answer
        return replace(answer, cost=float(_formula(self.cost, point)))


@dataclass(frozen=True)
class Slow:
    """Takes its time: seconds as a formula over the point, before the run."""

    seconds: str
    clock: Clock = field(default_factory=SystemClock)

    def __call__(self, run: Rerun, point: Point, rng: np.random.Generator) -> Answer | Infeasible:
        """Wait, then run."""
        self.clock.sleep(float(_formula(self.seconds, point)))
        return run()


@dataclass(frozen=True)
class Hanging:
    """Never comes back: sleeps past every time limit."""

    when: When
    clock: Clock = field(default_factory=SystemClock)

    def __call__(self, run: Rerun, point: Point, rng: np.random.Generator) -> Answer | Infeasible:
        """Hang for a day, or run."""
        if self.when(point, rng):
            self.clock.sleep(_A_DAY)
        return run()


@dataclass(frozen=True)
class Crashing:
    """Raises, exits, or dies of a signal: `how` is "raise", "exit" or "signal"."""

    when: When
    how: str = "raise"

    def __post_init__(self) -> None:
        if self.how not in ("raise", "exit", "signal"):
            raise SimulatorError(
                f"how: 'raise', 'exit' or 'signal' was expected, {self.how!r} came"
            )

    def __call__(self, run: Rerun, point: Point, rng: np.random.Generator) -> Answer | Infeasible:
        """Crash, or run."""
        if not self.when(point, rng):
            return run()
        if self.how == "exit":
            os._exit(7)
        if self.how == "signal":
            os.kill(os.getpid(), signal.SIGSEGV)
        raise RuntimeError("the simulation diverged")


@dataclass(frozen=True)
class Hungry:
    """Takes memory: `size` bytes, held and written to while it runs."""

    when: When
    size: int

    def __call__(self, run: Rerun, point: Point, rng: np.random.Generator) -> Answer | Infeasible:
        """Run with the memory held; raises `MemoryError` where there is not so much."""
        held = bytearray(b"x") * self.size if self.when(point, rng) else bytearray()
        answer = run()
        del held
        return answer


@dataclass(frozen=True)
class Limited:
    """Rate-limited: at most `calls` runs a second and `frames` of cost a second, per instance.

    A run is made to last at least 1 / calls seconds and cost / frames seconds, which keeps both
    rates for an instance that serves one run at a time, without a memory between runs.
    """

    calls: float = float("inf")
    frames: float = float("inf")
    clock: Clock = field(default_factory=SystemClock)

    def __post_init__(self) -> None:
        if not (self.calls > 0 and self.frames > 0):
            raise SimulatorError(
                f"calls {self.calls:g} and frames {self.frames:g} a second must be positive"
            )

    def __call__(self, run: Rerun, point: Point, rng: np.random.Generator) -> Answer | Infeasible:
        """Run, then wait for the rest of its share of time."""
        began = self.clock.monotonic()
        answer = run()
        cost = 0.0 if isinstance(answer, Infeasible) else answer.cost or 0.0
        share = max(1.0 / self.calls, cost / self.frames)
        self.clock.sleep(began + share - self.clock.monotonic())
        return answer


def _formula(text: str, point: Point) -> Any:
    """The formula's value at one point."""
    return Expression(text)({name: np.asarray(value) for name, value in point.items()})


def _flipped(outcome: Binary | Count, value: float, flip: float, rng: np.random.Generator) -> float:
    """The count of yes among `of` trials (1 for a binary), each of them told wrongly at `flip`."""
    yes = int(value)
    return float(rng.binomial(yes, 1 - flip) + rng.binomial(trials_of(outcome) - yes, flip))
