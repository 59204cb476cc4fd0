"""A clock whose hands a test holds."""


class ManualClock:
    """A clock that stands still until it is told to move."""

    def __init__(self, start: float = 0.0) -> None:
        self._now = start

    def now(self) -> float:
        """The time it was set to."""
        return self._now

    def monotonic(self) -> float:
        """The same hands: it never runs backwards."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Move the hands forward instead of waiting."""
        self._now += max(seconds, 0.0)
