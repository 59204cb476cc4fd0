"""How far ahead to choose and to hand out, so that no worker waits and no choice goes stale. Pure.

    symbol   meaning
    r        runs that end in a second: slots over the mean duration of a run
    T        seconds that one round of thinking takes: a refit and an ask
    D        by how much rounds differ from their mean, in the mean: learned as T is

While the learner thinks, r T queries are used up, which a round of thinking asks for in advance.
A buffer of r (T + 4 D) keeps workers busy when a round is as late as rounds have been: the bound
by which the internet's transport waits for an answer (RFC 6298). Anything beyond it would be chosen
from older knowledge than need be; and where thinking takes far longer than a run, waiting costs
less than choosing blindly, so the buffer is never larger than the slots or an eighth of what is
known, whichever is more, or four: with two workers, runs of 0.5 to 3 s and rounds of 1 s, a buffer
of two kept them busy 94 % of the time.
"""

import math
from dataclasses import dataclass, replace

_NEWS = 0.3  # weight of the newest duration in the running means ...
_BAD_NEWS = 0.7  # ... and of a round of thinking that took longer than expected
_FIRST_THOUGHT = 0.5  # seconds, until one was measured
_DOUBT = 4.0  # deviations that a round may be late by
_DELAY = 0.1  # seconds until the acting loop has committed a result and handed out the next
_SPARE = 1
_LEAST = 4  # queries that may be chosen ahead in any case
_BLIND = 8  # one choice in so many may be made from what the last round knew
_SHORTEST = 1e-4  # seconds
_MOST_HANDED = 8  # per slot: more would only wait inside the engine


@dataclass(frozen=True)
class Pace:
    """Running means of what was measured; `run_seconds` is None before the first run ended."""

    slots: int
    run_seconds: float | None = None
    think_seconds: float = _FIRST_THOUGHT
    think_spread: float = _FIRST_THOUGHT / 4

    def after_run(self, seconds: float) -> "Pace":
        """The pace once a run has taken that long."""
        mean = self.run_seconds if self.run_seconds is not None else seconds
        return replace(self, run_seconds=max(mean + _NEWS * (seconds - mean), _SHORTEST))

    def after_thinking(self, seconds: float) -> "Pace":
        """The pace once a round of thinking has taken that long."""
        change = seconds - self.think_seconds
        weight = _BAD_NEWS if change > 0 else _NEWS
        spread = self.think_spread + _NEWS * (abs(change) - self.think_spread)
        return replace(
            self, think_seconds=self.think_seconds + weight * change, think_spread=spread
        )

    @property
    def rate(self) -> float:
        """r: runs that end in a second when all slots work; 0 while unknown."""
        return 0.0 if self.run_seconds is None else self.slots / self.run_seconds

    def used_up(self) -> float:
        """r T: how many queries begin while the learner thinks."""
        return self.rate * self.think_seconds

    def ahead(self, known: int) -> int:
        """How many queries to keep chosen beyond those that run, when `known` are settled."""
        latest = self.think_seconds + _DOUBT * self.think_spread
        return min(math.ceil(self.rate * latest) + self.handed() - self.slots, self._most(known))

    def to_ask(self, open_queries: int, known: int) -> int:
        """How many queries to ask for when that many run or wait; 0 for none yet."""
        missing = self.slots + self.ahead(known) - open_queries
        used_up = min(round(self.used_up()), self._most(known))
        return missing + used_up if missing > 0 else 0

    def _most(self, known: int) -> int:
        return max(self.slots, known // _BLIND, _LEAST)

    def handed(self) -> int:
        """How many tasks the engine should hold: one a slot, and what ends before the loop acts."""
        extra = _SPARE + math.ceil(self.rate * _DELAY)
        return self.slots + min(extra, _MOST_HANDED * self.slots)
