"""The contract of a simulator, and the one place where it is called.

A simulator is the costly, automated oracle: given a point and a generator it returns an outcome
(see `outcome`). Its *inputs* are the parameters of its space, which a campaign explores. Its
*knobs* are design decisions, which a design iteration changes. Its *settings* say how it runs
(pace, verbosity, paths) and change no outcome.
"""

import inspect
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np

from surrogate.backdrop import Backdrop
from surrogate.errors import SimulatorError, nearest
from surrogate.outcome import Answer, Infeasible, Outcome, answer_from
from surrogate.pool import Domain, Pool
from surrogate.space import Point


@runtime_checkable
class Simulator(Protocol):
    """What an engineer provides. One instance serves one run at a time, in a process of its own."""

    @property
    def name(self) -> str:
        """A short name for people."""

    @property
    def space(self) -> Domain:
        """All inputs, with ranges and defaults, or the items there are."""

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """What comes back; the first one is the question unless a plan says otherwise."""

    @property
    def knobs(self) -> Mapping[str, Any]:
        """Design decisions and their present values, JSON-able."""

    def with_knobs(self, changes: Mapping[str, Any]) -> "Simulator":
        """The same simulator on another design; raises `SimulatorError` for an unknown knob."""

    def with_settings(self, changes: Mapping[str, Any]) -> "Simulator":
        """The same simulator run another way; raises `SimulatorError` for an unknown setting."""

    def __call__(self, point: Point, *, rng: np.random.Generator) -> Any:
        """One run. The same point and the same state of `rng` give the same outcome."""


@dataclass(frozen=True)
class Designed:
    """The part of a simulator that is its design and the way it is run; both may be empty."""

    name: str
    knobs: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    settings: Mapping[str, Any] = field(default_factory=dict, kw_only=True)

    def with_knobs(self, changes: Mapping[str, Any]) -> Self:
        """The same on another design; raises `SimulatorError` for an unknown knob."""
        return replace(self, knobs=merged("knob", self.name, self.knobs, changes))

    def with_settings(self, changes: Mapping[str, Any]) -> Self:
        """The same run another way; raises `SimulatorError` for an unknown setting."""
        return replace(self, settings=merged("setting", self.name, self.settings, changes))


@dataclass(frozen=True)
class Replay:
    """A finished run as a moving picture: tracks in world coordinates, and what happened.

    `tracks` maps a moving thing ("ball", "keeper") to its places, a tuple of (across, up, height)
    in metres or the space's units, one per frame; `fps` frames are one second.
    """

    tracks: Mapping[str, tuple[tuple[float, float, float], ...]]
    fps: float
    ending: str


@runtime_checkable
class Replayable(Protocol):
    """A simulator that can show a run again."""

    def replay(self, point: Point, seed: int) -> Replay:
        """The run that `point` and `seed` gave, as pictures; never at real pace."""


@runtime_checkable
class Illustrated(Protocol):
    """A simulator whose map belongs on a drawing."""

    @property
    def backdrop(self) -> Backdrop:
        """The drawing that the map is laid over."""


@runtime_checkable
class Perishable(Protocol):
    """A simulator that leaks: its process is renewed after so many runs."""

    @property
    def runs_per_process(self) -> int:
        """How many runs a process is good for, at least 1."""


@dataclass(frozen=True)
class Ration:
    """How much a shared or metered oracle gives; None where nothing limits it.

    So many runs may begin a second; so much cost (frames, calls: what its answers say they cost)
    be spent a second; so many run at once, as with licence tokens that all workers share.
    """

    runs_per_second: float | None = None
    cost_per_second: float | None = None
    at_once: int | None = None

    def __post_init__(self) -> None:
        for name, limit in vars(self).items():
            if limit is not None and not limit > 0:
                raise SimulatorError(f"ration: {name} = {limit} allows nothing; leave it out")

    def narrowed(self, other: "Ration") -> "Ration":
        """The stricter of the two, limit by limit."""
        pairs = {name: (limit, vars(other)[name]) for name, limit in vars(self).items()}
        return Ration(**{k: min(filter(None, both), default=None) for k, both in pairs.items()})


@runtime_checkable
class Rationed(Protocol):
    """A simulator that may not be run as often, or as often at once, as workers could."""

    @property
    def ration(self) -> Ration:
        """What the scheduler keeps to, however many workers there are."""


@runtime_checkable
class Adapter(Protocol):
    """Makes simulators of what is not written in Python, each from a table of a plan."""

    def declared(self, table: Mapping[str, Any], folder: Path) -> Simulator:
        """The simulator that the table describes, its relative paths taken from `folder`.

        Raises `PlanError` that names the key, what was expected and what came.
        """


@dataclass(frozen=True)
class FunctionSimulator(Designed):
    """A Python function as a simulator; what the `simulator` decorator makes.

    `function(point, *, rng, **knobs, **settings)` gets every knob and setting by keyword. On a
    pool, `point` is all that is known of the item, by column.
    """

    function: Callable[..., Any]
    space: Domain
    outcomes: tuple[Outcome, ...]
    ration: Ration = Ration()

    def __call__(self, point: Point, *, rng: np.random.Generator) -> Any:
        """One run of the function."""
        known = self.space.row(point) if isinstance(self.space, Pool) else point
        return self.function(known, rng=rng, **self.knobs, **self.settings)


def simulator(
    *,
    space: Domain,
    outcome: Outcome | tuple[Outcome, ...],
    name: str = "",
    knobs: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
    ration: Ration | None = None,
) -> Callable[[Callable[..., Any]], FunctionSimulator]:
    """Make a function `f(point, *, rng)` a simulator. The first outcome is the question.

    Raises `SimulatorError` when the function takes no `rng` keyword.
    """
    outcomes = outcome if isinstance(outcome, tuple) else (outcome,)

    def wrap(function: Callable[..., Any]) -> FunctionSimulator:
        if "rng" not in inspect.signature(function).parameters:
            raise SimulatorError(
                f"simulator '{function.__name__}': a keyword 'rng' was expected in its signature; "
                f"write def {function.__name__}(point, *, rng): and draw every chance from it"
            )
        return FunctionSimulator(
            name or function.__name__,
            function,
            space,
            outcomes,
            ration or Ration(),
            knobs=knobs or {},
            settings=settings or {},
        )

    return wrap


def import_path(simulator: Simulator) -> str:
    """What a plan would call a simulator object, as module:attribute."""
    function = getattr(simulator, "function", simulator)
    module = getattr(function, "__module__", type(simulator).__module__)
    word = "".join(letter if letter.isalnum() else "_" for letter in simulator.name)
    return f"{module}:{word or 'simulator'}"


def merged(
    kind: str, owner: str, present: Mapping[str, Any], changes: Mapping[str, Any]
) -> dict[str, Any]:
    """`present` with `changes`; raises `SimulatorError` for a key that is not there."""
    for key in changes:
        if key not in present:
            known = ", ".join(present) or "none"
            raise SimulatorError(
                f"simulator '{owner}' has no {kind} '{key}'; its {kind}s are: {known}"
            )
    return {**present, **changes}


def generator(seed: int) -> np.random.Generator:
    """The generator that a run with this seed draws from."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed)))


def simulate(simulator: Simulator, point: Point, seed: int) -> Answer | Infeasible:
    """One run, its answer checked. Raises whatever the simulator raises, and `OutcomeError`."""
    return answer_from(simulator(point, rng=generator(seed)), simulator.outcomes)


@dataclass(frozen=True)
class SimulatorSource:
    """Where a process gets its simulator: an import path, or the object itself.

    `use` is "module:attribute", imported with `paths` in front of `sys.path`, then given `knobs`
    and `settings`. Where it is an `Adapter`, the simulator is what it makes of `declare`, with
    relative paths from the first of `paths`. `instance` stands in its place where there is no
    import path (a function in a notebook); it is serialised towards our own children only.
    """

    use: str = ""
    knobs: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    paths: tuple[str, ...] = ()
    instance: Simulator | None = None
    declare: Mapping[str, Any] = field(default_factory=dict)

    def load(self) -> Simulator:
        """The simulator, imported if need be; raises `SimulatorError` with what to do."""
        found = self.instance or self._made(imported(self.use, self.paths, "simulator"))
        return found.with_knobs(self.knobs).with_settings(self.settings)

    def _made(self, found: Any) -> Simulator:
        if isinstance(found, Adapter):
            return found.declared(self.declare, Path(self.paths[0] if self.paths else "."))
        if not isinstance(found, Simulator):
            raise SimulatorError(
                f"simulator {self.use!r} is a {type(found).__name__}, not a simulator; "
                "decorate the function with @surrogate.simulator(space=..., outcome=...)"
            )
        if self.declare:
            raise SimulatorError(
                f"simulator {self.use!r} is no adapter: [simulator.declare] says nothing to it; "
                "leave the table out, or use knobs and settings"
            )
        return found


def imported(use: str, paths: tuple[str, ...], role: str) -> Any:
    """What "module:attribute" names, `paths` searched first; raises `SimulatorError`."""
    module_name, colon, attribute = use.partition(":")
    if not colon or not module_name or not attribute:
        raise SimulatorError(
            f"{role} {use!r}: 'module:attribute' was expected, such as 'my_simulator:simulate'"
        )
    sys.path[:0] = [path for path in paths if path not in sys.path]
    try:
        module = import_module(module_name)
    except Exception as problem:  # whatever the user's module does when it is imported
        raise SimulatorError(
            f"{role} {use!r}: importing '{module_name}' failed with {type(problem).__name__}: "
            f"{problem}; {_remedy(module_name, paths, problem)}"
        ) from problem
    try:
        return getattr(module, attribute)
    except AttributeError as problem:
        names = [name for name in vars(module) if not name.startswith("_")]
        hint = f": {near.rstrip()}" if (near := nearest(attribute, names)) else ""
        raise SimulatorError(f"{role} {use!r}: {problem}; check the name{hint}") from problem


def _remedy(module_name: str, paths: tuple[str, ...], problem: Exception) -> str:
    """What to do about a module that cannot be imported."""
    if not isinstance(problem, ModuleNotFoundError):
        last = traceback.extract_tb(problem.__traceback__)[-1]
        return f"mend it at {last.filename}, line {last.lineno}"
    if problem.name != module_name:
        return f"install what it needs beside {sys.executable}"
    beside = [file.stem for path in paths for file in Path(path).glob("*.py")]
    looked = " and ".join([*paths, "the environment"])
    return f"{nearest(module_name, beside)}It was looked for in {looked}"
