r"""Any program as a simulator, declared in a plan's own TOML, without a line of Python.

    [simulator]
    use = "simulators.adapters.command:program"

    [simulator.declare]
    command = ["./solver", "--speed={{speed}}", "--seed={{seed}}"]
    space.speed = { low = 1, high = 9, unit = "m/s" }
    outcomes.reach = { unit = "m", pattern = 'reach = (\S+)' }

Every run has a fresh folder, in which templates are rendered and which is the program's working
folder. Placeholders, `{{name}}` or `{{name:format}}`, may stand in arguments, standard input,
environment and templates: parameters, knobs, `seed`, `python` (this interpreter) and `folder` (the
plan's). A format is one of Python's (`{{speed:.3e}}`, `{{count:04d}}`); without one a number is
written so that reading it back gives the same number. Nothing is evaluated, and there is no shell;
a value is a number or a declared choice, so that none can be read as anything else. A program that
fails is an error; one that says what `declines` is set to, is infeasible.
"""

import re
import shutil
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

from simulators.adapters.process import Finished, Foldered, Invocation, check_needs, run_program
from simulators.adapters.reading import ReadTable, last_words
from surrogate.declared import SpaceTables, Table, TableAdapter, outcomes_of
from surrogate.errors import NotFinite, OutcomeError, PlanError, RunFailed, SimulatorError
from surrogate.expression import Expression
from surrogate.outcome import Infeasible
from surrogate.processes import ending
from surrogate.settings import environment
from surrogate.space import Point

_OWN = ("seed", "python", "folder")
_SHOWN_LINES = 200
_PLACEHOLDER = re.compile(r"\{\{\s*([^{}:]+?)\s*(?::([^{}]*))?\}\}")


@dataclass(frozen=True)
class Template:
    """A text and where it stands, for messages."""

    text: str
    place: str

    def check(self, known: Collection[str]) -> None:
        """Raise `PlanError` for a placeholder that nothing in `known` can fill."""
        for name, _ in _PLACEHOLDER.findall(self.text):
            if name not in known:
                raise PlanError(
                    f"{self.place}: nothing fills the placeholder {{{{{name}}}}}; "
                    f"there are {', '.join(sorted(known))}"
                )

    def filled(self, values: Mapping[str, Any]) -> str:
        """The text with every placeholder filled in; raises `PlanError` for a wrong format."""

        def fill(found: re.Match[str]) -> str:
            name, form = found[1], found[2] or ""
            try:
                return format(values[name], form)
            except ValueError as problem:
                raise PlanError(
                    f"{self.place}: {values[name]!r} cannot be written as {found[0]}: {problem}; "
                    "mend its format"
                ) from problem

        return _PLACEHOLDER.sub(fill, self.text)


class SuccessTable(Table):
    """What must be true of a run that went well; anything else is an error."""

    exit_codes: list[int] = Field(default=[0], min_length=1)
    says: str | None = None
    never_says: str | None = None
    files: list[str] = Field(default_factory=list)


class DeclinesTable(Table):
    """By what a program shows that it has no answer at this point: then it is infeasible."""

    exit_codes: list[int] = Field(default_factory=list)
    says: str | None = None


class ProgramTable(SpaceTables):
    """The whole of [simulator.declare] for a program."""

    command: list[str] = Field(min_length=1)
    outcomes: dict[str, ReadTable] = Field(min_length=1)
    knobs: dict[str, Any] = Field(default_factory=dict)
    templates: dict[str, str] = Field(default_factory=dict)
    copies: list[str] = Field(default_factory=list)
    stdin: str = ""
    environment: dict[str, str] = Field(default_factory=dict)
    needs: list[str] = Field(default_factory=list)
    disk_mb: float = Field(default=1000.0, gt=0)
    log: list[str] = Field(default_factory=list)
    success: SuccessTable = SuccessTable()
    declines: DeclinesTable = DeclinesTable()


@dataclass(frozen=True)
class Program(Foldered):
    """A declared program. Satisfies `oracle.Simulator`; made by `program.declared`."""

    table: ProgramTable
    folder: Path
    templates: Mapping[str, Template]

    def __call__(self, point: Point, *, rng: np.random.Generator) -> Any:
        """One run. Raises `SimulatorError` where none can be made, `RunFailed` where one failed."""
        values = {
            **self.knobs,
            **self.space.complete(point),
            "seed": int(rng.integers(2**31)),
            "python": sys.executable,
            "folder": str(self.folder),
        }
        with self.run_folder(self.folder) as folder:
            self._furnish(folder, values)
            done = run_program(self._invocation(values), folder)
            said = _Said(done, folder, tuple(self.table.log))
            try:
                return self._judged(said)
            except SimulatorError:
                sys.stderr.write(said.tail())
                raise

    def _furnish(self, folder: Path, values: Mapping[str, Any]) -> None:
        """Render templates and copy files into the run's folder."""
        for name, template in self.templates.items():
            (folder / name).write_text(template.filled(values), encoding="utf-8")
        for name in self.table.copies:
            shutil.copy(self.folder / name, folder / Path(name).name)

    def _invocation(self, values: Mapping[str, Any]) -> Invocation:
        table, known = self.table, environment()
        check_needs(table.needs, self.name)
        filled = {
            k: Template(v, f"environment {k}").filled(values) for k, v in table.environment.items()
        }
        arguments = [Template(part, "command").filled(values) for part in table.command]
        if "/" in arguments[0]:
            arguments[0] = str(self.folder / arguments[0])
        stdin = Template(table.stdin, "stdin").filled(values)
        return Invocation(tuple(arguments), {**known, **filled}, stdin, table.disk_mb)

    def _judged(self, said: "_Said") -> Any:
        """The outcomes' values, or `Infeasible`; raises `RunFailed` and `OutcomeError`."""
        declines, success = self.table.declines, self.table.success
        if said.done.code in declines.exit_codes:
            return Infeasible(f"it {ending(said.done.code)}{said.last_words()}")
        if declines.says and (match := said.line_with(declines.says)):
            return Infeasible(f"it said {match!r}")
        said.must_have_succeeded(success)
        return {name: _read(name, table, said) for name, table in self.table.outcomes.items()}


@dataclass(frozen=True)
class _Said:
    """A finished run: how it ended, and everything it wrote that rules may look at."""

    done: Finished
    folder: Path
    logs: tuple[str, ...]

    def text(self, source: str) -> str:
        """What was written to `source`; raises `RunFailed` for a file that is not there."""
        if source in ("stdout", "stderr"):
            return self.done.stdout if source == "stdout" else self.done.stderr
        path = self.folder / source
        try:
            return path.read_text(encoding="utf-8", errors="replace")
        except OSError as problem:
            there = sorted(p.name for p in self.folder.glob("*")) or "nothing"
            raise RunFailed(
                f"file '{source}' was expected in the run's folder, where there is {there}; "
                f"does the program write it into the folder that it is started in?"
                f"{self.last_words()}"
            ) from problem

    def everything(self) -> str:
        """Standard output, standard error, and the logs that are there."""
        paths = [self.folder / name for name in self.logs]
        logs = [p.read_text(encoding="utf-8", errors="replace") for p in paths if p.is_file()]
        return "\n".join([self.done.stdout, self.done.stderr, *logs])

    def line_with(self, pattern: str) -> str:
        """The first line that matches, stripped; empty where none does."""
        lines = self.everything().splitlines()
        return next((line.strip() for line in lines if re.search(pattern, line)), "")

    def last_words(self) -> str:
        """The last line that it wrote, ready to end a message with."""
        text = self.done.stderr if self.done.stderr.strip() else self.everything()
        return last_words(text) or "; it wrote nothing"

    def tail(self) -> str:
        """The last lines of everything, for the run's record."""
        return "\n".join(self.everything().splitlines()[-_SHOWN_LINES:]) + "\n"

    def must_have_succeeded(self, rule: SuccessTable) -> None:
        """Raise `RunFailed` where the rule is not met."""
        if self.done.code not in rule.exit_codes:
            raise RunFailed(f"the program {ending(self.done.code)}{self.last_words()}")
        if rule.never_says and (line := self.line_with(rule.never_says)):
            raise RunFailed(f"the program said {line!r}, which success.never_says forbids")
        if rule.says and not self.line_with(rule.says):
            raise RunFailed(f"the program never said {rule.says!r}{self.last_words()}")
        for name in rule.files:
            self.text(name)


def _program(read: ProgramTable, folder: Path) -> Program:
    """The program that a plan's [simulator.declare] describes; raises `PlanError`."""
    space = read.made_space()
    known = {*_OWN, *read.knobs, *space.names}
    for name in set(_OWN) & {*read.knobs, *space.names}:
        raise PlanError(f"key 'simulator.declare': '{name}' is taken; choose another name")
    texts = [
        *(Template(part, "key 'simulator.declare.command'") for part in read.command),
        Template(read.stdin, "key 'simulator.declare.stdin'"),
        *(Template(v, f"environment {k}") for k, v in read.environment.items()),
    ]
    templates = {name: _template(folder / path) for name, path in read.templates.items()}
    for template in (*texts, *templates.values()):
        template.check(known)
    for name in (*read.templates, *read.copies):
        if name in templates and Path(name).name != name:
            raise PlanError(
                f"key 'simulator.declare.templates': '{name}' is no plain file name; leave "
                "folders out"
            )
    name, outcomes = read.name or Path(read.command[0]).name, outcomes_of(read.outcomes)
    return Program(name, space, outcomes, read, folder, templates, knobs=read.knobs)


program = TableAdapter(ProgramTable, _program)


def _template(path: Path) -> Template:
    try:
        return Template(path.read_text(encoding="utf-8"), f"template {path.name}")
    except (OSError, UnicodeDecodeError) as problem:
        raise PlanError(
            f"key 'simulator.declare.templates': {path.name} cannot be read: {problem}; "
            "a text file in UTF-8 was expected"
        ) from problem


def _read(name: str, table: ReadTable, said: _Said) -> Any:
    raw = table.value(said.text(table.source))
    if table.yes is None:
        return raw
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise OutcomeError(f"outcome '{name}': {table.yes!r} needs a number, {raw!r} came")
    if not np.isfinite(raw):
        raise NotFinite(f"outcome '{name}': {table.yes!r} needs a finite number, {raw} came")
    return bool(Expression(table.yes)({"value": np.asarray(float(raw))}))
