"""Whether anybody has committed to an embedded store since one last looked.

SQLite counts, for each connection, the commits of all others (sqlite.org/pragma.html,
data_version); to read that number costs a hundredth of a query. A server has no such number.
"""

import sqlite3
import threading
from contextlib import closing

from sqlalchemy import Engine, PoolProxiedConnection


class Watch:
    """Watches one database. May be used from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._guard = threading.Lock()
        # it never writes, so it counts every commit
        self._line: PoolProxiedConnection | None = None

    def moment(self) -> int | None:
        """A number that is another one after any commit; None where it can't be had."""
        if self._engine.dialect.name != "sqlite":
            return None
        with self._guard:
            if self._line is None:
                self._line = self._engine.raw_connection()
                self._line.detach()
            try:
                with closing(self._line.cursor()) as cursor:
                    cursor.execute("PRAGMA data_version")
                    row = cursor.fetchone()
                return None if row is None else int(row[0])
            except sqlite3.Error:
                return None

    def close(self) -> None:
        """Let go of the file; watching again opens it again."""
        with self._guard:
            if self._line is not None:
                self._line.close()
                self._line = None
