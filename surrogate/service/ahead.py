"""Thinks of a campaign's next queries before they are asked for, so that an ask need not wait."""

import logging
import threading
from concurrent.futures import Executor
from contextlib import suppress

from surrogate.desk import Desk
from surrogate.errors import SurrogateError

_log = logging.getLogger("surrogate")
_MOST = 8  # queries: what is chosen early knows less, so who asks for many has them chosen then


class Ahead:
    """The forethought of one desk. May be used from any thread."""

    def __init__(self, desk: Desk, thinker: Executor) -> None:
        self._desk, self._thinker = desk, thinker
        self._thinking = threading.Lock()  # held while somebody thinks

    def expect(self, count: int) -> None:
        """Somebody asked for `count` queries, and may soon come for as many; returns at once."""
        if count > _MOST or not self._thinking.acquire(blocking=False):
            return
        with suppress(RuntimeError):  # the service is ending
            self._thinker.submit(self._think, count)

    def _think(self, count: int) -> None:
        try:
            self._desk.stock(count)
        except SurrogateError as problem:  # whoever asks next will be told
            _log.warning("thinking ahead: %s", problem)
        finally:
            self._thinking.release()
