"""Which version of a design is simulated: a word, a git revision, or a print of files.

A plan may name where the version is to be read; what was read is what the campaign keeps.
"""

import hashlib
import subprocess
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Discriminator, Field, Tag, model_validator

from surrogate.errors import PlanError
from surrogate.sections import Section

_DIGITS = 12


class DesignSection(Section):
    """Where the design's version is read, when a plan is loaded: give one of the two."""

    git: str | None = Field(default=None, examples=["."])
    """A folder of a git repository, relative to the plan: its revision, and a print of changes that
    are not committed."""
    files: list[str] = Field(default_factory=list, examples=[["build/game.bin", "levels/*.json"]])
    """Files whose content is the design, relative to the plan, patterns allowed."""

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        if (self.git is None) == (not self.files):
            raise ValueError('either git = "." or files = ["..."] was expected')
        return self


def _kind(entry: object) -> str:
    return "(word)" if isinstance(entry, str) else "(table)"


DesignEntry = Annotated[
    Annotated[str, Tag("(word)")] | Annotated[DesignSection, Tag("(table)")],
    Discriminator(_kind),
]


def read_version(entry: Any, folder: Path) -> str:
    """The version that a plan's `design` stands for; raises `PlanError` where it can't be read."""
    if not isinstance(entry, DesignSection):
        return str(entry)
    if entry.git is not None:
        return f"git {_revision(folder / entry.git)}"
    return f"files {_print(entry.files, folder)}"


def _revision(folder: Path) -> str:
    commit = _said(folder, "rev-parse", f"--short={_DIGITS}", "HEAD").decode().strip()
    if changes := _said(folder, "diff", "HEAD", "--binary"):
        print_ = hashlib.blake2b(changes, digest_size=_DIGITS // 2).hexdigest()
        return f"{commit} with changes {print_}"
    return commit


def _said(folder: Path, *words: str) -> bytes:
    try:
        done = subprocess.run(["git", *words], cwd=folder, capture_output=True, check=False)
    except OSError as problem:
        raise PlanError(
            f"key 'design.git': git cannot be run in {folder}: {problem}; install it, or leave the "
            "key out"
        ) from problem
    if done.returncode:
        complaint = done.stderr.decode(errors="replace").strip()
        raise PlanError(
            f"key 'design.git': {folder} has no revision: {complaint}; commit there, or leave the "
            "key out"
        )
    return done.stdout


def _print(patterns: list[str], folder: Path) -> str:
    """Of the names, relative to the plan, and the content of all files."""
    told = hashlib.blake2b(digest_size=_DIGITS // 2)
    for pattern in patterns:
        found = sorted(path for path in folder.glob(pattern) if path.is_file())
        if not found:
            raise PlanError(
                f"key 'design.files': nothing in {folder} is named {pattern!r}; mend the name"
            )
        for path in found:
            told.update(f"{path.relative_to(folder).as_posix()}\0".encode())
            told.update(path.read_bytes())
    return told.hexdigest()
