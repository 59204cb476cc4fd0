"""A database that is open: transactions that read or write, and what goes wrong in our words.

Writers in this process take turns on a lock, those in other processes wait for the database's own
(SQLite's one, PostgreSQL's on the rows that change); readers see one consistent state and wait
for nobody. May be used from any thread of the process that opened it.

Whether anybody has committed to an embedded store since one last looked, SQLite tells: it counts,
for each connection, the commits of all others (sqlite.org/pragma.html, data_version); to read that
number costs a hundredth of a query. A server has no such number.

A campaign has one holder at a time: by an advisory lock on a file beside the store, or on the
server. The kernel lets go of the lock when its holder dies, so a killed run never bars the next.
"""

import os
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from hashlib import blake2b
from pathlib import Path

from sqlalchemy import Connection, PoolProxiedConnection
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, SQLAlchemyError

from surrogate.errors import StoreError
from surrogate.store.base import Renew, StoreAway, refusal
from surrogate.store.opening import opened, reading, writing

# What SQLite and PostgreSQL call it: sqlite.org/rescode.html; PostgreSQL manual, appendix A.
_FULL = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE, "53100")
_READ_ONLY = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_READONLY_DIRECTORY, "25006")
_GO_ON = "the same command continues, with all that was recorded"
_held_here: set[Path] = set()
_guard = threading.Lock()


class TakenError(StoreError):
    """A uniqueness that the schema guards would have been broken."""


class Database:
    """Connections to one database. `words` name it in messages, without a password.

    `file` is that of an embedded store, None on a server; `caution` is a sentence that says why
    nothing may be written here, empty when all is well.
    """

    def __init__(self, location: str, *, create: bool = True) -> None:
        self.location = location  # with a password, where a server's has one: not for messages
        found = opened(location, create=create)
        self.words, self.file, self.caution = found.words, found.file, found.caution
        self._engine = found.engine
        self._reading, self._writing = reading(self._engine), writing(self._engine)
        self._guard = threading.Lock()
        # it never writes, so it counts every commit
        self._line: PoolProxiedConnection | None = None
        self._turn = threading.RLock()
        self._mine = threading.local()  # the connection of a thread's open transaction

    def moment(self) -> int | None:
        """A number that is another one after any commit, by whomever.

        None where it can't be had: on a server, and within a transaction that writes.
        """
        if self.file is None or getattr(self._mine, "connection", None) is not None:
            return None
        with self._guard:
            if self._line is None:
                self._line = self._engine.raw_connection()
                self._line.detach()
            try:
                with closing(self._line.cursor()) as cursor:
                    cursor.execute("PRAGMA data_version")
                    return int(cursor.fetchall()[0][0])
            except sqlite3.Error:
                return None

    @contextmanager
    def write(self, taken: StoreError | None = None) -> Iterator[Connection]:
        """One transaction that writes: committed when the context ends, or absent.

        Within another of the same thread it is a part of that one: undone alone where it fails,
        and committed with it. Raises `taken` (default: a `TakenError`) where a uniqueness that the
        schema guards would be broken.
        """
        if self.caution:
            raise StoreError(self.caution)
        with self._turn, self._speaking(taken):
            outer: Connection | None = getattr(self._mine, "connection", None)
            if outer is not None:
                with outer.begin_nested():
                    yield outer
                return
            with self._writing.begin() as connection:
                self._mine.connection = connection
                try:
                    yield connection
                finally:
                    self._mine.connection = None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One transaction that reads; within one that writes, what that has written too."""
        outer: Connection | None = getattr(self._mine, "connection", None)
        if outer is not None:
            yield outer
            return
        with self._speaking(), self._reading.begin() as connection:
            yield connection

    @contextmanager
    def hold(self, campaign: str, who: str) -> Iterator[Renew]:
        """Be the only one that runs this campaign; see `store.base.Store.hold`."""
        origin = f"{who} (process {os.getpid()} on {socket.gethostname()})"
        with ExitStack() as stack:
            if self.file is not None:
                stack.enter_context(held(self.file.resolve(), campaign, origin))
                yield lambda: None  # a file's lock stays until its holder dies
            else:
                from surrogate.store.postgres import ServerHold

                with self._speaking():
                    lock = stack.enter_context(ServerHold(self._engine, campaign, origin))
                yield self._speaking()(lock.renew)

    def close(self) -> None:
        """Release the file or connections. Closing twice is harmless."""
        with self._guard:
            if self._line is not None:
                self._line.close()
                self._line = None
        self._engine.dispose()

    @contextmanager
    def _speaking(self, taken: StoreError | None = None) -> Iterator[None]:
        """What the database says, as an error of ours."""
        try:
            yield
        except IntegrityError as problem:
            raise taken or TakenError(f"store {self.words}: {problem.orig}") from problem
        except SQLAlchemyError as problem:
            cause = getattr(problem, "orig", None) or problem
            away = self.file is None and isinstance(problem, DBAPIError) and _is_away(problem)
            kind = StoreAway if away else StoreError
            raise kind(f"store {self.words}: {_legend(problem)}{str(cause).strip()}") from problem


def _legend(problem: SQLAlchemyError) -> str:
    """What to do about a disk that is full, or a database that may not be written."""
    cause = getattr(problem, "orig", None)
    code = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorcode", None)
    if code in _FULL:
        return f"its disk is full; make room, and {_GO_ON}: "
    return f"it may not be written; allow it, and {_GO_ON}: " if code in _READ_ONLY else ""


def _is_away(problem: DBAPIError) -> bool:
    """Whether a server broke off, or did not answer; see PostgreSQL's error codes, appendix A."""
    code = getattr(problem.orig, "sqlstate", None)
    broken = isinstance(problem, OperationalError) and (code or "08")[:2] == "08"
    return problem.connection_invalidated or broken or (code or "").startswith("57P")


@contextmanager
def held(store: Path, campaign: str, who: str) -> Iterator[None]:
    """Hold `campaign` of the store in file `store`; raises `StoreError` naming the holder."""
    digest = blake2b(campaign.encode(), digest_size=4).hexdigest()
    path = Path(f"{store}.{digest}.running")
    with _guard:
        if path in _held_here:
            raise StoreError(refusal(campaign, "this process"))
        _held_here.add(path)
    try:
        descriptor = _lock(path, campaign)
        try:
            with suppress(OSError):  # a full disk has no room for the name; the lock holds
                os.ftruncate(descriptor, 0)
                os.write(descriptor, who.encode())
            yield
        finally:
            with suppress(OSError):
                path.unlink()  # while it is locked: whoever waits on it sees that it is gone
            os.close(descriptor)
    finally:
        _held_here.discard(path)


def _lock(path: Path, campaign: str) -> int:
    import fcntl

    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as problem:
            raise StoreError(
                f"campaign '{campaign}' can't be locked: {problem}; make its folder one that "
                "may be written"
            ) from problem
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            holder = os.read(descriptor, 1000).decode(errors="replace") or "another process"
            os.close(descriptor)
            raise StoreError(refusal(campaign, holder)) from problem
        with suppress(FileNotFoundError):
            if os.fstat(descriptor).st_ino == path.stat().st_ino:
                return descriptor
        os.close(descriptor)
