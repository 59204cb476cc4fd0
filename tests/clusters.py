"""A throwaway PostgreSQL server for the tests, from whatever the machine has installed.

Debian keeps `initdb` outside the PATH and refuses to run it as root, so it is looked for there
and run as user postgres. Nothing listens but a socket in a folder of our own.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

MISSING = "no PostgreSQL server is installed (Debian: apt-get install postgresql)"
_ALONE = "-c max_connections=60 -c listen_addresses=''"
_FAST = "-c fsync=off -c full_page_writes=off"  # for tests, which no power cut interrupts


@dataclass(frozen=True)
class Cluster:
    """A server of our own; `folder` holds its socket, its data and its log."""

    folder: Path
    programs: Path
    durable: bool = False

    def url(self, schema: str = "public") -> str:
        return (
            f"postgresql://surrogate@/postgres?host={self.folder}&options=-csearch_path%3D{schema}"
        )

    def start(self) -> None:
        told = f"-k {self.folder} {_ALONE} {'' if self.durable else _FAST}"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", self._data, "-w", "-l", log, "-o", told, "start")

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "-D", self._data, "-w", "-m", mode, "stop")

    def make(self) -> None:
        self._run("initdb", "-D", self._data, "-A", "trust", "-U", "surrogate", "--no-sync")

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def _run(self, program: str, *arguments: str) -> None:
        command = [*_as_user(), str(self.programs / program), *arguments]
        subprocess.run(
            command, check=True, stdout=subprocess.DEVNULL, cwd="/", stdin=subprocess.DEVNULL
        )


def programs() -> Path | None:
    """The folder of `initdb` and `pg_ctl`, the newest version's first."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("pg_ctl")
    for folder in [*folders, *([Path(on_path).parent] if on_path else [])]:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    return None


@contextmanager
def cluster(found: Path, *, durable: bool = False) -> Iterator[Cluster]:
    """A server while the context lasts; a durable one waits for its disk, as a real one does."""
    folder = Path(tempfile.mkdtemp(prefix="surrogate-pg-"))  # short: a socket's path is limited
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
    made = Cluster(folder, found, durable)
    try:
        made.make()
        made.start()
        yield made
    finally:
        with suppress(subprocess.CalledProcessError):
            made.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _as_user() -> Sequence[str]:
    return ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
