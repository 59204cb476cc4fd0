"""A working folder for each slot, so that what one run writes beside itself meets no other run's.

A simulator is loaded where the campaign was started; each of its runs begins in an empty folder.
"""

import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from surrogate.processes import own_folder


def made_folder() -> Path:
    """A new folder for the slots of this process; those of processes that died are removed."""
    return own_folder(Path(tempfile.gettempdir()), "surrogate-slots", sweep=True)


@dataclass(frozen=True)
class Place:
    """Where a slot runs: its own folder, and the one that the campaign was started in."""

    folder: Path
    home: Path

    def enter(self) -> None:
        """Make the folder empty and this process's working folder, whatever the last run did."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    shutil.rmtree(entry.path, ignore_errors=True)
                else:
                    with suppress(FileNotFoundError):
                        Path(entry.path).unlink()
        os.chdir(self.folder)

    def advice(self, problem: BaseException) -> str:
        """What to add to a message where a run looked for a file that lies at home."""
        named = getattr(problem, "filename", None)
        if not isinstance(problem, FileNotFoundError) or not isinstance(named, str):
            return ""
        meant = self.home / named
        if Path(named).is_absolute() or not meant.exists():
            return ""
        return f"; a run has a working folder of its own: name the file as {meant}"
