"""Time as a dependency: whoever needs it is handed a `Clock`, so that tests can hold the hands."""

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits. Safe to use from any thread."""

    def now(self) -> float:
        """Seconds since 1970-01-01 UTC, as stored in records."""

    def monotonic(self) -> float:
        """Seconds that never run backwards, for durations."""

    def sleep(self, seconds: float) -> None:
        """Return after that many seconds; at once where they are not positive."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Seconds since 1970-01-01 UTC."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Return after that many seconds; at once where they are not positive."""
        if seconds > 0:
            time.sleep(seconds)
