"""Who may come in, and how fast: what holds before anything of the web is imported.

The service answers to some names alone. A caller, known by its address, has a bucket of requests
that fills at a rate (token bucket: Turner 1986, IEEE Communications 24, 8); a request with none
left is told when to come again: nobody holds the service up for others. A request's head (`haste`)
and its body (`guard`) have to arrive in time: uvicorn has no limit for either.
"""

from dataclasses import dataclass

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_MOST_CALLERS = 10_000  # buckets kept; those that are full again are forgotten first


@dataclass(frozen=True)
class Address:
    """Where the service lives: the host names it answers to, and other origins it trusts."""

    hosts: tuple[str, ...] = LOOPBACK
    origins: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pace:
    """`rate` requests a second on average, `burst` at once; `body` seconds for a body to arrive.

    With more than `connections` open at a time, whoever asks is told to come again.
    """

    rate: float = 250.0
    burst: int = 500
    body: float = 60.0
    connections: int = 256


class Buckets:
    """The callers' buckets. Of one thread, the event loop's."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._left: dict[str, tuple[float, float]] = {}  # requests left, and when that was

    def wait(self, caller: str, now: float) -> float:
        """Take a request from a caller's bucket: 0, or the seconds after which there is one."""
        left = self._filled(caller, now)
        if left < 1.0:
            self._left[caller] = (left, now)
            return (1.0 - left) / self._pace.rate
        self._left[caller] = (left - 1.0, now)
        if len(self._left) > _MOST_CALLERS:
            self._forget(now)
        return 0.0

    def _filled(self, caller: str, now: float) -> float:
        left, then = self._left.get(caller, (self._pace.burst, now))
        return min(left + (now - then) * self._pace.rate, self._pace.burst)

    def _forget(self, now: float) -> None:
        self._left = {
            k: v for k, v in self._left.items() if self._filled(k, now) < self._pace.burst
        }
