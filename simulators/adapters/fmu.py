"""A functional mock-up unit (FMI 2 or 3, co-simulation) as a simulator, declared in a plan.

    [simulator]
    use = "simulators.adapters.fmu:model"

    [simulator.declare]
    fmu = "gate.fmu"                      # beside the plan
    stop = 3.0                            # seconds to simulate, sampled every `interval`
    interval = 0.01
    start = { gain = 0.8 }                # start values that the campaign holds: its knobs
    trust.h = { low = 0, high = 50 }      # where the model holds; outside is no answer
    space.speed = { low = 5, high = 25 }  # a parameter, input or start value of the FMU
    outcomes.peak = { value = "max(h)", unit = "m" }

Formulas are those of `adapters.series` over the FMU's variables. An FMU that fails is an error;
one that stops early, discards a step, goes out of `trust` or says what `declines` is set to, is
infeasible. Each run unpacks the FMU into a folder of its own, which is its working folder too. An
FMU runs inside the worker's process, so one that hangs or dies costs that run; since instances are
known to leak, the process is renewed after some hundred runs. Needs fmpy: the extra `fmu`.
"""

import io
import math
import re
import sys
from collections import deque
from collections.abc import Mapping
from contextlib import chdir, redirect_stdout
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from simulators.adapters.process import Foldered, check_needs, folder_size
from simulators.adapters.reading import last_words
from simulators.adapters.series import SeriesFormula
from surrogate.declared import FormulaOutcome, SpaceTables, Table, TableAdapter, outcomes_of
from surrogate.errors import NotFinite, PlanError, RunFailed, SimulatorError, optional
from surrogate.outcome import Answer, Infeasible
from surrogate.space import Point, Scalar

_DISCARD = 2  # fmi2Status, fmi3Status
_RUNS = 200  # instances crash near a thousand in one process
_STEPS_BETWEEN_LOOKS = 100  # a look takes longer than a small step
_PIECES = 10_000  # of what it prints; some print without end
_LISTED = 12  # names in a message


class TrustTable(Table):
    """The range in which a variable means anything."""

    low: float = -math.inf
    high: float = math.inf


class ModelTable(SpaceTables):
    """The whole of [simulator.declare] for an FMU."""

    fmu: str
    outcomes: dict[str, FormulaOutcome] = Field(min_length=1)
    start: dict[str, bool | int | float | str] = Field(default_factory=dict)
    stop: float | None = None
    interval: float | None = Field(default=None, gt=0)
    seed: str = ""
    trust: dict[str, TrustTable] = Field(default_factory=dict)
    declines: str = ""
    needs: list[str] = Field(default_factory=list)
    disk_mb: float = Field(default=1000.0, gt=0)
    validate_: bool = Field(default=True, alias="validate")


@dataclass(frozen=True)
class Model(Foldered):
    """A declared FMU. Satisfies `oracle.Simulator`; made by `model.declared`.

    Its knobs are the start values that the campaign holds.
    """

    table: ModelTable
    path: Path

    runs_per_process = _RUNS

    def __call__(self, point: Point, *, rng: np.random.Generator) -> Answer | Infeasible:
        """One run. Raises `SimulatorError` where none can be made, `RunFailed` where one failed."""
        check_needs(self.table.needs, self.name)
        values: dict[str, Any] = {**self.knobs, **self.space.complete(point)}
        if self.table.seed:
            values[self.table.seed] = int(rng.integers(2**31))
        with self.run_folder(self.path.parent) as folder, chdir(folder):
            said = _Tee(sys.stdout)
            with redirect_stdout(said):
                try:
                    result = self._simulated(values, folder)
                except _fmpy("fmi1").FMICallException as problem:
                    return self._failed(problem, said)
        return self._judged(result, said)

    @cached_property
    def description(self) -> Any:
        """What the FMU says of itself; raises `PlanError` where it is none, or not of this kind."""
        read = _fmpy("model_description").read_model_description
        try:
            found = read(str(self.path), validate=self.table.validate_)
        except Exception as problem:  # whatever is wrong with an archive, an XML, a schema
            raise PlanError(
                f"key 'simulator.declare.fmu': {self.path.name} is no FMU that can be read: "
                f"{problem}; validate = false overlooks slips in its description"
            ) from problem
        if found.coSimulation is None or not found.fmiVersion.startswith(("2", "3")):
            raise PlanError(
                f"key 'simulator.declare.fmu': {self.path.name} is FMI {found.fmiVersion}"
                f"{'' if found.coSimulation else ' without co-simulation'}; export it for "
                "co-simulation as FMI 2 or 3"
            )
        return found

    @property
    def series(self) -> list[str]:
        """The variables that are recorded."""
        read = [SeriesFormula(entry.value).names for entry in self.table.outcomes.values()]
        return sorted(set(self.table.trust).union(*read))

    def check(self) -> None:
        """Raise `PlanError` for a variable that the FMU does not have."""
        known = {variable.name: variable for variable in self.description.modelVariables}
        seed = [self.table.seed] if self.table.seed else []
        for name in (*self.space.names, *self.knobs, *seed, *self.series):
            if name not in known:
                listed = ", ".join([*list(known)[:_LISTED], *["..."] * (len(known) > _LISTED)])
                raise PlanError(
                    f"key 'simulator.declare': {self.path.name} has no variable '{name}'; "
                    f"it has {listed}"
                )

    def _simulated(self, values: Mapping[str, Scalar], folder: Path) -> NDArray[Any]:
        """The recorded series as one structured array, its first column `time`."""
        fmpy = _fmpy()
        unpacked = fmpy.extract(str(self.path), str(folder.parent / "fmu"))
        quota = _Quota(folder.parent, folder_size(folder.parent), self.table.disk_mb)
        try:
            result: NDArray[Any] = fmpy.simulate_fmu(
                unpacked,
                validate=self.table.validate_,
                model_description=self.description,
                fmi_type="CoSimulation",
                start_values=self._start_values(values),
                stop_time=self.table.stop,
                output_interval=self.table.interval,
                output=self.series,
                step_finished=quota.step_finished,
                debug_logging=True,
                remote_platform=None,
            )
        except (_fmpy("fmi1").FMICallException, RunFailed):
            raise
        except Exception as problem:  # fmpy has no tree of its own
            raise RunFailed(f"the FMU cannot be simulated: {problem}") from problem
        quota.check()
        return result

    def _start_values(self, values: Mapping[str, Scalar]) -> dict[str, Scalar]:
        variables = {variable.name: variable for variable in self.description.modelVariables}
        return {name: _in_its_type(value, variables[name]) for name, value in values.items()}

    def _failed(self, problem: Any, said: "_Tee") -> Infeasible:
        """What a call that went wrong means; raises `RunFailed` unless it declines the point."""
        if declined := self._declined(said):
            return declined
        if problem.status == _DISCARD:
            return Infeasible(f"the FMU discarded a step{said.last_words()}")
        raise RunFailed(f"the FMU failed: {problem}{said.last_words()}") from problem

    def _judged(self, result: NDArray[Any], said: "_Tee") -> Answer | Infeasible:
        """The outcomes of a finished simulation; raises `NotFinite`."""
        if declined := self._declined(said):
            return declined
        time = np.asarray(result["time"], dtype=float)
        if _is_early(time, self.table.stop):
            last = f"the FMU ended at t = {time[-1]:g}, before stop = {self.table.stop:g}"
            return Infeasible(last + said.last_words())
        series = {name: np.asarray(result[name]) for name in self.series}
        for name, values in series.items():
            if complaint := _outside(name, time, values, self.table.trust.get(name, TrustTable())):
                return Infeasible(complaint)
        return Answer(
            {
                name: SeriesFormula(table.value)(time, series)
                for name, table in self.table.outcomes.items()
            }
        )

    def _declined(self, said: "_Tee") -> Infeasible | None:
        if not self.table.declines:
            return None
        lines = said.text().splitlines()
        found = next((line for line in lines if re.search(self.table.declines, line)), None)
        return None if found is None else Infeasible(f"it said {found.strip()!r}")


def _model(read: ModelTable, folder: Path) -> Model:
    """The FMU that a plan's [simulator.declare] describes; raises `PlanError`."""
    path = (folder / read.fmu).resolve()
    if not path.is_file():
        raise PlanError(
            f"key 'simulator.declare.fmu': there is no {path}; give its place beside the plan"
        )
    name = read.name or path.stem
    space, outcomes = read.made_space(), outcomes_of(read.outcomes)
    made = Model(name, space, outcomes, read, path, knobs=read.start)
    made.check()
    return made


model = TableAdapter(ModelTable, _model)


class _Tee(io.TextIOBase):
    """Keeps the end of what an FMU's messages print, and passes it on."""

    def __init__(self, onward: TextIO) -> None:
        super().__init__()
        self._onward = onward
        self._kept: deque[str] = deque(maxlen=_PIECES)

    def write(self, text: str) -> int:
        self._kept.append(text)
        return self._onward.write(text)

    def text(self) -> str:
        """The end of it."""
        return "".join(self._kept)

    def last_words(self) -> str:
        """The last line, ready to end a message with."""
        return last_words(self.text())


@dataclass
class _Quota:
    """Looks now and then at what an FMU has written beside what was there before (bytes)."""

    folder: Path
    before: int
    disk_mb: float
    steps: int = 0

    def step_finished(self, time: float, recorder: object) -> bool:
        """Go on, as fmpy asks after each step."""
        self.steps += 1
        if self.steps % _STEPS_BETWEEN_LOOKS == 0:
            self.check()
        return True

    def check(self) -> None:
        """Raise `RunFailed` beyond the quota."""
        written = (folder_size(self.folder) - self.before) / 1e6
        if written > self.disk_mb:
            raise RunFailed(
                f"the FMU wrote {written:.1f} MB, more than disk_mb = {self.disk_mb:g}; "
                "raise disk_mb, or have it write less"
            )


def _fmpy(part: str = "") -> Any:
    why = "an FMU needs fmpy, which is not installed: pip install 'surrogate-service[fmu]'"
    return optional(f"fmpy.{part}" if part else "fmpy", SimulatorError, why)


def _is_early(time: NDArray[Any], stop: float | None) -> bool:
    """Whether a whole step or more is missing; what does not fill a step may be left out."""
    if stop is None or len(time) < 2:
        return stop is not None
    step = time[1] - time[0]
    return bool(stop - time[-1] > step * (1 - 1e-6))


def _outside(name: str, time: NDArray[Any], values: NDArray[Any], trust: TrustTable) -> str:
    """Where a series first leaves its range, in words; raises `NotFinite` for NaN, infinity."""
    if values.dtype.kind not in "fiub":
        return ""
    numbers = values.astype(float)
    if not np.isfinite(numbers).all():
        k = int(np.flatnonzero(~np.isfinite(numbers))[0])
        raise NotFinite(
            f"the FMU gave {name} = {numbers[k]} at t = {time[k]:g}; a finite number was expected"
        )
    wrong = np.flatnonzero((numbers < trust.low) | (numbers > trust.high))
    if not wrong.size:
        return ""
    k = int(wrong[0])
    return (
        f"{name} = {numbers[k]:g} at t = {time[k]:g} is outside {trust.low:g}..{trust.high:g}, "
        "where the model is trusted"
    )


def _in_its_type(value: Scalar, variable: Any) -> Scalar:
    """A choice as the truth or the enumeration's item that its variable wants."""
    if not isinstance(value, str):
        return value
    if variable.type == "Boolean":
        return value.lower() in ("true", "yes", "1")
    items = getattr(variable.declaredType, "items", None) or []
    return next((item.value for item in items if item.name == value), value)
