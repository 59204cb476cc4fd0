"""The scheduler inside a service: looks for what is due, and has it run in a process of its own.

That process is `surrogate schedule run STORE --due`; what holds for it holds here: jobs are run
once however many look for them, and one that dies is continued by whoever looks next. Once a day it
forgets replies that nobody will ask for again.
"""

import logging
import subprocess
import sys
import threading

from surrogate.clock import Clock
from surrogate.errors import SurrogateError
from surrogate.schedule import Post, is_due
from surrogate.store.service_tables import KEPT_SECONDS, Replies
from surrogate.store.sql import SqlStore

EVERY = 30.0  # seconds between looks
_A_DAY = 86_400.0  # seconds
_LAST_WAIT = 20.0  # seconds for a re-run that was told to end
_log = logging.getLogger("surrogate")


class Scheduler:
    """Looks every 30 seconds from `start` to `close`."""

    def __init__(self, store: SqlStore, clock: Clock) -> None:
        self._post, self._location = Post(store, clock), store.database.location
        self._replies, self._forgot = Replies(store.database), -float("inf")
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_on, name="surrogate-scheduler")
        self._work: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def close(self) -> None:
        """End: a re-run lets its simulations finish, and is continued by whoever looks next."""
        self._over.set()
        self._thread.join()
        if self._work is not None and self._work.poll() is None:
            self._work.terminate()
            try:
                self._work.wait(_LAST_WAIT)
            except subprocess.TimeoutExpired:
                self._work.kill()
                self._work.wait()

    def look(self) -> bool:
        """Start what is due, unless something is at it already; whether it was started."""
        at_it = self._work is not None and self._work.poll() is None
        if at_it or not is_due(self._post):
            return False
        words = ["-m", "surrogate", "schedule", "run", self._location, "--due"]
        self._work = subprocess.Popen([sys.executable, *words], stdout=subprocess.DEVNULL)
        return True

    def forget(self) -> None:
        """Drop replies over a month old, unless that was done in the last day."""
        now = self._post.clock.now()
        if now - self._forgot >= _A_DAY:
            self._forgot = now
            self._replies.forget(before=now - KEPT_SECONDS)

    def _look_on(self) -> None:
        while not self._over.is_set():
            try:
                self.look()
                self.forget()
            except SurrogateError as problem:
                _log.warning("schedules or old replies could not be looked at: %s", problem)
            self._over.wait(EVERY)
